"""What a campaign will take, told before it starts by playing it on the simulator.

A plan is a list of independent ``Part``s, each one simulated stretch, so that they may be played side by side
in other processes; ``outlook`` puts what came of them together. A long campaign is not played whole: after a
warm-up its stretch goes on as it was, so the work does not grow with the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from statistics import fmean

from dialer.core.model import LEAST_RING_S, PacingMode
from dialer.core.pacing import Pacer, PacingPolicy
from dialer.core.scenario import RING, SET_UP, Scenario, Span, Steps
from dialer.core.simulation import Shift, ShiftResult

TALK, WRAP_UP = Span(90.0, 1.0), Span(10.0, 0.0, "constant")
PLAYED_S, PLAYED_TALKS = 900.0, 6.0
"""A stretch lasts this long, or this many talks, whichever is longer; large teams are played shorter."""
PLAYED_OPERATORS = 48
LEAST_PLAYED_S = 300.0
WARM_UP_SHARE = 0.3
"""Of a stretch that stands for a longer campaign: everybody begins free at once, and that passes."""
SEEDS, CASE_SEEDS = 10, 4
LARGE_TEAM, LARGE_TEAM_SEEDS = 60, 5
TEAM_SHARES = (0.5, 0.75, 1.25, 1.5)
CAPS = (0.01, 0.02, 0.03, 0.05)
GOOD_ENOUGH = 0.02
"""A team is as good as the best when its utilisation is within these two points."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known or believed of a campaign. Times are seconds, rates shares.

    ``calls``: calls to place in all, retries included. ``answer_rate_low``, ``_high``: where the answer rate
    may lie. ``by_hour``: how the rate of each coming hour of calling stands to ``answer_rate`` (1 = alike),
    in their order. ``available_s``: how long there is to call today, None = not said. ``channels``,
    ``calls_per_second``: None = no limit.
    """

    calls: int
    operators: int
    answer_rate: float = 0.35
    answer_rate_low: float = 0.25
    answer_rate_high: float = 0.45
    by_hour: tuple[float, ...] = ()
    set_up: Span = SET_UP
    ring: Span = RING
    early_end: float = 0.2
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
class Part:
    """One stretch to play."""

    basis: Basis
    answer_rate: float
    seed: int


@dataclass(frozen=True, slots=True)
class Course:
    """What came of a stretch, carried on to the whole campaign. ``calling_s``: seconds of calling."""

    calling_s: float
    utilisation: float
    wait_s: float
    abandonment: float
    channels: float
    answered: float


@dataclass(frozen=True, slots=True)
class Range:
    """In one of ten campaigns less than ``low``, in half of them less than ``likely``, in one more than
    ``high``."""

    low: float
    likely: float
    high: float


@dataclass(frozen=True, slots=True)
class Case:
    """One what-if: ``operators`` and ``cap`` and the mean of what came of them."""

    operators: int
    cap: float
    calling_s: float
    utilisation: float
    abandonment: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """``calling_s``: seconds of calling; ``wait_s``: an operator's wait between people; ``channels``: most
    calls up at once, talks included. ``best_operators``: the smallest team that finishes in the available
    time; when none does, the largest that stays about as busy as the busiest. ``played``: stretches."""

    calling_s: Range
    utilisation: Range
    wait_s: Range
    abandonment: Range
    channels: Range
    answered: Range
    best_operators: int
    by_operators: tuple[Case, ...]
    by_cap: tuple[Case, ...]
    played: int


def parts(basis: Basis) -> list[Part]:
    """Everything to play: the campaign under every likely answer rate, then other teams and other caps."""
    seeds = SEEDS if basis.operators <= LARGE_TEAM else LARGE_TEAM_SEEDS
    wide = basis.answer_rate_high - basis.answer_rate_low
    rates = [basis.answer_rate_low + wide * (place + 0.5) / seeds for place in range(seeds)]
    # Which luck meets which rate is mixed, so that neither hides the other.
    main = [Part(basis, rate, 1 + place * 7 % seeds) for place, rate in enumerate(rates)]
    cases = [*_teams(basis), *_caps(basis)]
    return main + [
        Part(case, case.answer_rate, seed) for case in cases for seed in range(1, CASE_SEEDS + 1)
    ]


def play(part: Part) -> Course:
    """Play one stretch. Takes about a fifth of a second for 36 operators."""
    basis = part.basis
    policy = PacingPolicy(
        mode=basis.mode,
        dial_ratio=basis.dial_ratio,
        abandonment_cap=basis.cap,
        ring_limit_s=basis.ring_limit_s,
        least_ring_s=LEAST_RING_S,
        answer_rate_prior=basis.answer_rate,
        talk_prior_s=basis.talk.mean,
        wrap_up_prior_s=basis.wrap_up.mean,
    )
    scenario = scenario_of(basis, part.answer_rate)
    return _course(basis, scenario, Shift(scenario, part.seed, Pacer(policy)).run())


def outlook(basis: Basis, played: Sequence[Course]) -> Outlook:
    """What the courses of ``parts(basis)``, in their order, say together."""
    whole = len(parts(basis))
    if len(played) != whole:
        raise ValueError(f"{len(played)} courses for {whole} parts")
    cases = [*_teams(basis), *_caps(basis)]
    main, rest = played[: whole - CASE_SEEDS * len(cases)], played[whole - CASE_SEEDS * len(cases) :]
    told = [_case(case, rest[CASE_SEEDS * n : CASE_SEEDS * (n + 1)]) for n, case in enumerate(cases)]
    here = _case(basis, main)
    teams = [*told[: len(_teams(basis))], here]
    caps = [*told[len(_teams(basis)) :], here]
    by_operators = tuple(sorted(teams, key=lambda case: case.operators))
    return Outlook(
        calling_s=_range([one.calling_s for one in main]),
        utilisation=_range([one.utilisation for one in main]),
        wait_s=_range([one.wait_s for one in main]),
        abandonment=_range([one.abandonment for one in main]),
        channels=_range([one.channels for one in main]),
        answered=_range([one.answered for one in main]),
        best_operators=_best(basis, by_operators),
        by_operators=by_operators,
        by_cap=tuple(sorted(caps, key=lambda case: case.cap)),
        played=whole,
    )


def scenario_of(basis: Basis, answer_rate: float) -> Scenario:
    """The room to play for ``basis`` at this answer rate; the hours of the day pass in its stretch."""
    length_s = PLAYED_S * min(1.0, PLAYED_OPERATORS / max(1, basis.operators))
    length_s = max(LEAST_PLAYED_S, length_s, PLAYED_TALKS * (basis.talk.mean + basis.wrap_up.mean))
    return Scenario(
        name="plan",
        duration_s=length_s,
        operators=((0.0, float(basis.operators)),),
        answer_rate=_rates(basis, answer_rate, length_s),
        set_up=basis.set_up,
        ring=basis.ring,
        early_end=basis.early_end,
        ring_limit_s=basis.ring_limit_s,
        talk=basis.talk,
        wrap_up=basis.wrap_up,
        contacts=basis.calls,
        channels=basis.channels,
        calls_per_second=basis.calls_per_second,
        cap=basis.cap,
    )


def _rates(basis: Basis, answer_rate: float, length_s: float) -> Steps:
    hours = basis.by_hour or (1.0,)
    return tuple(
        (length_s * place / len(hours), min(0.98, max(0.01, answer_rate * share)))
        for place, share in enumerate(hours)
    )


def _course(basis: Basis, scenario: Scenario, played: ShiftResult) -> Course:
    if played.dials >= basis.calls:
        return Course(
            played.ended_at_s, played.utilisation, played.mean_wait_s, played.abandonment,
            played.most_channels, played.answered,
        )  # fmt: skip
    warm = [at for at in played.timeline if at[0] >= WARM_UP_SHARE * scenario.duration_s]
    first, last = warm[0], warm[-1]
    answers_per_s = max(1e-6, (last[4] - first[4]) / (last[0] - first[0]))
    # Operators set the pace, so an hour with few answers takes more calls: the mean is of calls per answer.
    calls_per_answer = fmean(1.0 / rate for _, rate in scenario.answer_rate)
    utilisation = sum(at[2] for at in warm) / max(1, sum(at[1] for at in warm))
    return Course(
        calling_s=basis.calls / (answers_per_s * calls_per_answer),
        utilisation=utilisation,
        wait_s=played.mean_wait_s,
        abandonment=played.abandonment,
        channels=played.most_channels,
        answered=basis.calls / calls_per_answer,
    )


def _teams(basis: Basis) -> list[Basis]:
    sizes = {max(1, round(basis.operators * share)) for share in TEAM_SHARES} - {basis.operators}
    return [replace(basis, operators=size) for size in sorted(sizes)]


def _caps(basis: Basis) -> list[Basis]:
    """Only where pacing goes by the cap."""
    if basis.mode not in (PacingMode.PREDICTIVE, PacingMode.RATIO):
        return []
    return [replace(basis, cap=cap) for cap in CAPS if abs(cap - basis.cap) > 1e-9]


def _case(basis: Basis, played: Sequence[Course]) -> Case:
    return Case(
        basis.operators,
        basis.cap,
        fmean(one.calling_s for one in played),
        fmean(one.utilisation for one in played),
        fmean(one.abandonment for one in played),
    )


def _range(values: Sequence[float]) -> Range:
    """Nearest ranks of a tenth, a half and nine tenths."""
    ordered = sorted(values)
    low, likely, high = (ordered[ceil(share * len(ordered)) - 1] for share in (0.1, 0.5, 0.9))
    return Range(low, likely, high)


def _best(basis: Basis, cases: Sequence[Case]) -> int:
    if basis.available_s is not None:
        for case in cases:
            if case.calling_s <= basis.available_s:
                return case.operators
    busiest = max(case.utilisation for case in cases)
    return max(case.operators for case in cases if case.utilisation >= busiest - GOOD_ENOUGH)
