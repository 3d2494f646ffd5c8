"""What a campaign will take, told before it starts by playing it on the simulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from dialer.core.model import PacingMode
from dialer.core.pacing import Pacer, PacingPolicy
from dialer.core.scenario import Scenario, Span
from dialer.core.simulation import Shift, ShiftResult

TALK, WRAP_UP = Span(90.0, 1.0), Span(10.0, 0.0, "constant")
PLAYED_S = 1800.0
"""At most this much is played; longer campaigns go on as this half hour did."""
TEAM_SHARES = (0.5, 0.75, 1.0, 1.25, 1.5)
CAPS = (0.01, 0.03, 0.05)
GOOD_ENOUGH = 0.02
"""A team is as good as the best when its utilisation is within these two points."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known or believed of a campaign. Times are seconds, rates shares.

    ``calls``: calls to place in all, retries included. ``answer_rate_low``, ``_high``: where the answer rate
    may lie. ``available_s``: how long there is to call, None = until done. ``channels``,
    ``calls_per_second``: None = no limit.
    """

    calls: int
    operators: int
    answer_rate: float = 0.35
    answer_rate_low: float = 0.25
    answer_rate_high: float = 0.45
    talk: Span = TALK
    wrap_up: Span = WRAP_UP
    ring_limit_s: float = 25.0
    cap: float = 0.03
    mode: PacingMode = PacingMode.PREDICTIVE
    dial_ratio: float = 1.0
    channels: int | None = None
    calls_per_second: float | None = None
    available_s: float | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """A likely value between the lowest and the highest that the plan's cases gave."""

    low: float
    likely: float
    high: float


@dataclass(frozen=True, slots=True)
class Case:
    """One what-if: ``operators`` and ``cap`` and what came of them."""

    operators: int
    cap: float
    finish_s: float
    utilisation: float
    abandonment: float


@dataclass(frozen=True, slots=True)
class Plan:
    """``finish_s``: seconds of calling; ``wait_s``: an operator's wait between people; ``channels``: most
    calls up at once, talks included. ``best_operators``: the smallest team that finishes in the available
    time; without a limit, the largest that stays as busy as the best."""

    finish_s: Range
    utilisation: Range
    wait_s: Range
    abandonment: Range
    channels: Range
    answered: Range
    best_operators: int
    by_operators: tuple[Case, ...]
    by_cap: tuple[Case, ...]


def basis_from(basis: Basis, answered: int, ended: int, talk_s: Sequence[float]) -> Basis:
    """``basis`` with what the campaign's own history says: calls answered, calls ended, lengths of talks.

    The prior weighs as much as 20 calls and 10 talks.
    """
    calls = answered + ended
    rate = (answered + 20 * basis.answer_rate) / (calls + 20)
    spread = 1.64 * (rate * (1.0 - rate) / (calls + 20)) ** 0.5 + 0.02
    mean = (sum(talk_s) + 10 * basis.talk.mean) / (len(talk_s) + 10)
    low, high = max(0.01, rate - spread), min(0.99, rate + spread)
    talk = replace(basis.talk, mean=mean)
    return replace(basis, answer_rate=rate, answer_rate_low=low, answer_rate_high=high, talk=talk)


def plan(basis: Basis, seeds: Sequence[int] = (1, 2)) -> Plan:
    """Play the campaign with a low, the likely and a high answer rate, then with other teams and caps."""
    likely = [_play(basis, basis.answer_rate, seed) for seed in seeds]
    around = [
        _play(basis, rate, seeds[0]) for rate in (basis.answer_rate_low, basis.answer_rate_high)
    ]
    teams = sorted({max(1, round(basis.operators * share)) for share in TEAM_SHARES})
    by_operators = tuple(_case(replace(basis, operators=team), seeds[0]) for team in teams)
    by_cap = tuple(_case(replace(basis, cap=cap), seeds[0]) for cap in sorted({*CAPS, basis.cap}))
    return Plan(
        finish_s=_range([_finish_s(basis, one) for one in likely], [_finish_s(basis, one) for one in around]),
        utilisation=_range([one.utilisation for one in likely], [one.utilisation for one in around]),
        wait_s=_range([one.mean_wait_s for one in likely], [one.mean_wait_s for one in around]),
        abandonment=_range([one.abandonment for one in likely], [one.abandonment for one in around]),
        channels=_range([one.most_channels for one in likely], [one.most_channels for one in around]),
        answered=_range([_answers(basis, one) for one in likely], [_answers(basis, one) for one in around]),
        best_operators=_best(basis, by_operators),
        by_operators=by_operators,
        by_cap=by_cap,
    )


def scenario_of(basis: Basis, answer_rate: float) -> Scenario:
    """The room to play for ``basis`` at this answer rate."""
    return Scenario(
        name="plan",
        duration_s=min(PLAYED_S, basis.available_s or PLAYED_S),
        operators=((0.0, float(basis.operators)),),
        answer_rate=((0.0, answer_rate),),
        ring_limit_s=basis.ring_limit_s,
        talk=basis.talk,
        wrap_up=basis.wrap_up,
        contacts=basis.calls,
        channels=basis.channels,
        calls_per_second=basis.calls_per_second,
        cap=basis.cap,
    )


def _play(basis: Basis, answer_rate: float, seed: int) -> ShiftResult:
    policy = PacingPolicy(
        mode=basis.mode,
        dial_ratio=basis.dial_ratio,
        abandonment_cap=basis.cap,
        ring_limit_s=basis.ring_limit_s,
        answer_rate_prior=basis.answer_rate,
        talk_prior_s=basis.talk.mean,
        wrap_up_prior_s=basis.wrap_up.mean,
    )
    return Shift(scenario_of(basis, answer_rate), seed, Pacer(policy)).run()


def _case(basis: Basis, seed: int) -> Case:
    played = _play(basis, basis.answer_rate, seed)
    return Case(
        basis.operators, basis.cap, _finish_s(basis, played), played.utilisation, played.abandonment
    )


def _finish_s(basis: Basis, played: ShiftResult) -> float:
    return played.ended_at_s * max(1.0, basis.calls / max(1, played.dials))


def _answers(basis: Basis, played: ShiftResult) -> float:
    return played.answered * max(1.0, basis.calls / max(1, played.dials))


def _range(likely: Sequence[float], around: Sequence[float]) -> Range:
    return Range(min([*likely, *around]), fmean(likely), max([*likely, *around]))


def _best(basis: Basis, cases: Sequence[Case]) -> int:
    if basis.available_s is not None:
        in_time = [case for case in cases if case.finish_s <= basis.available_s]
        return in_time[0].operators if in_time else cases[-1].operators
    busiest = max(case.utilisation for case in cases)
    return max(case.operators for case in cases if case.utilisation >= busiest - GOOD_ENOUGH)
