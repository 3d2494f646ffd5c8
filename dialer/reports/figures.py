"""From counted rows to the figures of a report. Pure: rows in, figures out; seconds, shares 0..1."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dialer.core.model import Outcome
from dialer.reports.rows import AnswerCount, OperatorCalls, OutcomeCount, RefusalCount, Rows, SeatTime

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Answered:
    """Live answers and what became of them; ``rate`` is abandoned / (abandoned + connected), 0 when none."""

    connected: int = 0
    surveyed: int = 0
    abandoned: int = 0

    @property
    def live(self) -> int:
        """Every answered call is exactly one of the three."""
        return self.connected + self.surveyed + self.abandoned

    @property
    def abandonment_rate(self) -> float:
        """The share of those who were to speak with an operator and could not."""
        wanted = self.connected + self.abandoned
        return self.abandoned / wanted if wanted else 0.0


@dataclass(frozen=True, slots=True)
class Calls:
    """Attempts by outcome. ``living``: not ended yet."""

    outcomes: Mapping[Outcome, int]
    living: int = 0

    @property
    def placed(self) -> int:
        """Calls that were placed; withdrawn ones were only written down."""
        return sum(count for outcome, count in self.outcomes.items() if outcome.was_placed) + self.living

    @property
    def answered(self) -> Answered:
        """The live answers."""
        kinds = (Outcome.CONNECTED, Outcome.SURVEYED, Outcome.ABANDONED)
        return Answered(*(self.outcomes.get(kind, 0) for kind in kinds))

    @property
    def answer_rate(self) -> float:
        """Live answers over ended calls that say something of the person, 0 when there is none."""
        reached = sum(count for outcome, count in self.outcomes.items() if outcome.uses_attempt)
        return self.answered.live / reached if reached else 0.0


@dataclass(frozen=True, slots=True)
class CampaignDay:
    """A campaign's day in Asia/Kolkata, the span in which the abandonment cap holds."""

    campaign: str
    day: int
    answered: Answered
    cap: float

    @property
    def over_cap(self) -> bool:
        """More people were abandoned than the cap allows."""
        return self.answered.abandonment_rate > self.cap


@dataclass(frozen=True, slots=True)
class Distribution:
    """Of ``count`` values: mean, percentiles (nearest rank) and the largest."""

    count: int
    mean: float
    p50: float
    p90: float
    p99: float
    longest: float


@dataclass(frozen=True, slots=True)
class OperatorFigures:
    """An operator's time (seconds). Utilisation is talk and wrap-up over signed-in time."""

    operator: str
    calls: int
    talk_s: float
    wrap_up_s: float
    ready_s: float
    paused_s: float
    signed_in_s: float

    @property
    def utilisation(self) -> float:
        """0 for nobody."""
        return (self.talk_s + self.wrap_up_s) / self.signed_in_s if self.signed_in_s else 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """A report. ``by_constituency``: None is for contacts whose constituency is unknown."""

    calls: Calls
    by_campaign: Mapping[str, Calls]
    by_constituency: Mapping[int | None, Calls]
    days: Sequence[CampaignDay]
    answers: Mapping[str, Mapping[str, Mapping[str, int]]]
    operators: Sequence[OperatorFigures]
    dispositions: Mapping[str, int]
    refusals: Sequence[RefusalCount]
    opt_outs: Mapping[str, int]
    inbound: Mapping[str, int]
    surveys_started: int
    surveys_complete: int
    dial_s: Distribution | None
    ring_s: Distribution | None
    talk_s: Distribution | None
    survey_s: Distribution | None
    join_ms: Distribution | None

    @property
    def utilisation(self) -> float | None:
        """Of all operators together, None when nobody signed in."""
        signed_in = sum(one.signed_in_s for one in self.operators)
        busy = sum(one.talk_s + one.wrap_up_s for one in self.operators)
        return busy / signed_in if signed_in else None


def figures(rows: Rows) -> Figures:
    """All figures of a report."""
    outcomes = rows.outcomes
    return Figures(
        calls=_calls(outcomes),
        by_campaign=_grouped(outcomes, lambda row: row.campaign),
        by_constituency=_grouped(outcomes, lambda row: row.constituency),
        days=_days(outcomes),
        answers=_answers(rows.answers),
        operators=_operators(rows.seat_times, rows.operator_calls),
        dispositions=rows.dispositions,
        refusals=sorted(rows.refusals, key=lambda row: (-row.contacts, row.reason)),
        opt_outs=rows.opt_outs,
        inbound=rows.inbound,
        surveys_started=rows.surveys_started,
        surveys_complete=rows.surveys_complete,
        dial_s=distribution(rows.dial_s),
        ring_s=distribution(rows.ring_s),
        talk_s=distribution(rows.talk_s),
        survey_s=distribution(rows.survey_s),
        join_ms=distribution(rows.join_ms),
    )


def distribution(histogram: Iterable[tuple[float, int]]) -> Distribution | None:
    """Mean and nearest-rank percentiles of ``(value, count)`` pairs; None when there is no value."""
    pairs = sorted((value, count) for value, count in histogram if count > 0)
    count = sum(times for _, times in pairs)
    if not count:
        return None
    mean = sum(value * times for value, times in pairs) / count
    p50, p90, p99 = (_rank(pairs, share * count) for share in (0.5, 0.9, 0.99))
    return Distribution(count, mean, p50, p90, p99, pairs[-1][0])


def _rank(pairs: Sequence[tuple[float, int]], rank: float) -> float:
    seen = 0
    for value, times in pairs:
        seen += times
        if seen >= rank:
            return value
    return pairs[-1][0]


def _calls(rows: Iterable[OutcomeCount]) -> Calls:
    outcomes: dict[Outcome, int] = {}
    living = 0
    for row in rows:
        if row.outcome is None:
            living += row.count
        else:
            outcomes[row.outcome] = outcomes.get(row.outcome, 0) + row.count
    ordered = {outcome: outcomes[outcome] for outcome in Outcome if outcome in outcomes}
    return Calls(ordered, living)


def _grouped(rows: Iterable[OutcomeCount], key: Callable[[OutcomeCount], Key]) -> Mapping[Key, Calls]:
    groups: dict[Key, list[OutcomeCount]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return {name: _calls(groups[name]) for name in sorted(groups, key=_none_last)}


def _none_last(key: Hashable) -> tuple[bool, Any]:
    return key is None, 0 if key is None else key


def _days(rows: Sequence[OutcomeCount]) -> list[CampaignDay]:
    caps = {row.campaign: row.cap for row in rows}
    days = _grouped(rows, lambda row: (row.day, row.campaign))
    return [
        CampaignDay(name, day, calls.answered, caps[name])
        for (day, name), calls in days.items()
        if calls.answered.live
    ]


def _answers(rows: Sequence[AnswerCount]) -> Mapping[str, Mapping[str, Mapping[str, int]]]:
    surveys: dict[str, dict[str, dict[str, int]]] = {}
    for row in rows:
        values = surveys.setdefault(row.survey, {}).setdefault(row.question, {})
        values[row.value] = values.get(row.value, 0) + row.count
    return surveys


def _operators(times: Sequence[SeatTime], calls: Sequence[OperatorCalls]) -> list[OperatorFigures]:
    names = {row.operator_id: row.operator for row in times}
    names |= {row.operator_id: row.operator for row in calls}
    spoken = {row.operator_id: row.calls for row in calls}
    found = [
        _operator(name, spoken.get(id_, 0), [row for row in times if row.operator_id == id_])
        for id_, name in names.items()
    ]
    return sorted(found, key=lambda one: (-one.calls, one.operator))


def _operator(name: str, calls: int, times: Sequence[SeatTime]) -> OperatorFigures:
    def spent(*states: str) -> float:
        return sum(row.seconds for row in times if row.state in states)

    return OperatorFigures(
        operator=name,
        calls=calls,
        talk_s=spent("talking"),
        wrap_up_s=spent("wrap_up"),
        ready_s=spent("ready", "preview", "dialling", "reserved"),
        paused_s=spent("paused"),
        signed_in_s=sum(row.seconds for row in times),
    )
