"""The day's report as data: figures, each with the source it was counted from. Pure: counts in, figures out.

Seconds; shares 0..1, rounded to four decimals. Nobody who was called stands in it: no number, no name, no
attempt, only counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from dialer.core.model import Outcome
from dialer.reports.figures import Calls, Figures
from dialer.reports.reconcile import Reconciliation
from dialer.store.rings import LineCalls
from dialer.warroom.awareness import Awareness

FORMAT: Final = "sampark daily report 1"
UNKNOWN_PLACE: Final = 0
"""The number that stands for people whose constituency is not known."""
NO_CAMPAIGN: Final = "-"
"""Stands for a campaign where there was none; no campaign has this name."""

Number = int | float
"""Counts and seconds are whole, shares are not."""
Figure_key = tuple[str, str, int | None, str]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``where``: a constituency's number, None for the whole area of the report.

    ``item``: an outcome, a campaign, a scheme's code ... or empty. ``before``: the same of the day before.
    ``value`` is None where nothing is known.
    """

    section: str
    item: str
    where: int | None
    measure: str
    value: Number | None
    source: str
    before: Number | None = None

    @property
    def key(self) -> Figure_key:
        """What is counted, whatever came out."""
        return self.section, self.item, self.where, self.measure


@dataclass(frozen=True, slots=True)
class Duties:
    """Responsibilities of one constituency: given and done on the day, open and overdue at its end."""

    given: int = 0
    done: int = 0
    open: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What the war room knows of a constituency. ``electors_source``: as ``facts`` states it.

    ``stale_facts``: those whose source is older than the settings' ``stale_days``.
    """

    number: int
    booths: int
    booths_without_worker: int
    people: int
    stale_facts: int
    electors: int | None
    electors_source: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything of one day that figures are made of; a number as a mapping's key is a constituency.

    ``reached``: people who were spoken with or asked by keypad. ``awareness``: None is for everybody.
    ``missed_calls``: rings of lines by campaign, empty for lines that no campaign had.
    """

    figures: Figures
    reached: Mapping[int, int] = field(default_factory=dict)
    talks: Mapping[tuple[int, str], int] = field(default_factory=dict)
    awareness: Mapping[int | None, Sequence[Awareness]] = field(default_factory=dict)
    duties: Mapping[int, Duties] = field(default_factory=dict)
    missed_calls: Mapping[str, LineCalls] = field(default_factory=dict)
    daemon_starts: int = 0
    daemon_crashes: int = 0
    links_lost: int = 0
    trunks_failed: int = 0


@dataclass(frozen=True, slots=True)
class DayReport:
    """A report. ``constituency`` None: of the whole district. ``names``: kind to key to language to name.

    ``sources``: key to what it says in each language. ``made_at``: epoch seconds; ``day_over``: whether the
    day had ended then.
    """

    district: str
    office: Mapping[str, str]
    day: str
    constituency: int | None
    made_at: int
    day_over: bool
    figures: Sequence[Figure]
    sources: Mapping[str, Mapping[str, str]]
    names: Mapping[str, Mapping[str, Mapping[str, str]]]
    revision: int = 1

    @property
    def series(self) -> str:
        """What all revisions of a report share: ``durg-2026-11-26``, with ``-62`` for one constituency."""
        place = "" if self.constituency is None else f"-{self.constituency}"
        return f"{self.district}-{self.day}{place}"

    @property
    def id(self) -> str:
        """``durg-2026-11-26.1``: no two reports of a district have it."""
        return f"{self.series}.{self.revision}"

    def as_json(self) -> dict[str, Any]:
        """Plain values, as they are signed."""
        # Not by ``asdict``, which copies every one of them at ten times the price.
        fields = {name: getattr(self, name) for name in self.__slots__}
        figures = [{name: getattr(one, name) for name in Figure.__slots__} for one in self.figures]
        return {"format": FORMAT, "id": self.id, **fields, "figures": figures}

    def section(self, name: str) -> list[Figure]:
        """Its figures, in order."""
        return [figure for figure in self.figures if figure.section == name]

    def value(self, section: str, measure: str, item: str = "", where: int | None = None) -> Number | None:
        """One figure's value, None when it is not there."""
        key = section, item, where, measure
        return next((figure.value for figure in self.figures if figure.key == key), None)


def share(part: float, whole: float) -> float | None:
    """None of nothing."""
    return round(part / whole, 4) if whole else None


def day_figures(counted: Counted, constituency: int | None = None) -> list[Figure]:
    """All figures of a day; of one constituency those that cannot be told apart by place are left out."""
    found = counted.figures
    figures = [
        *_calls(found.calls, sum(counted.reached.values())),
        *_outcomes(found.calls),
        *(one for name, calls in found.by_campaign.items() for one in _campaign(name, calls, found)),
        *(one for name, calls in found.by_campaign.items() for one in _campaign_outcomes(name, calls)),
    ]
    if constituency is None:
        figures += [*_missed_calls(counted.missed_calls), *_constituencies(counted)]
    figures += [
        *_awareness(counted.awareness),
        *_counts("feedback", "talks", "dispositions", found.dispositions),
        *_counts("opt_outs", "numbers", "suppressions", found.opt_outs),
        *_counts("rules", "people", "refusals", {row.reason: row.contacts for row in found.refusals}),
    ]
    if constituency is None:
        figures += _operators(found)
    figures += _duties(counted.duties, constituency)
    if constituency is None:
        figures += _incidents(counted)
    return figures


def compared(today: Iterable[Figure], before: Iterable[Figure]) -> list[Figure]:
    """Today's figures with those of the day before beside them; what was not counted then was nothing."""
    then = {figure.key: figure.value for figure in before}
    return [
        replace(one, before=then.get(one.key, 0 if isinstance(one.value, int) else None)) for one in today
    ]


def book_figures(books: Reconciliation) -> list[Figure]:
    """The day's attempts against Asterisk's call records."""
    add = _adder("books", "call_records")
    return [
        add("attempts", books.attempts),
        add("without_channel", books.without_channel),
        add("living", books.living),
        add("call_records", books.call_records),
        add("answered", books.answered),
        add("connected", books.connected),
        add("surveyed", books.surveyed),
        add("abandoned", books.abandoned),
        add("dialled_twice", books.dialled_twice),
        add("differences", books.differences_in_all),
    ]


def room_figures(places: Iterable[Place]) -> list[Figure]:
    """What the war room knows, constituency by constituency."""
    figures = []
    for place in places:
        add = _adder("room", "places", where=place.number)
        electors = Figure("room", "", place.number, "electors", place.electors, place.electors_source)
        figures += [
            electors,
            add("booths", place.booths),
            add("booths_without_worker", place.booths_without_worker),
            add("people", place.people),
            add("stale_facts", place.stale_facts),
        ]
    return figures


def _adder(
    section: str, source: str, item: str = "", where: int | None = None
) -> Callable[[str, Number | None], Figure]:
    return lambda measure, value: Figure(section, item, where, measure, value, source)


def _calls(calls: Calls, reached: int) -> list[Figure]:
    add, answered = _adder("calls", "attempts"), calls.answered
    reachable = sum(count for outcome, count in calls.outcomes.items() if outcome.uses_attempt)
    return [
        add("placed", calls.placed),
        add("answered", answered.live),
        add("reached", reached),
        add("connected", answered.connected),
        add("surveyed", answered.surveyed),
        add("abandoned", answered.abandoned),
        add("answer_rate", share(answered.live, reachable)),
        add("abandonment_rate", share(answered.abandoned, answered.connected + answered.abandoned)),
        add("living", calls.living),
    ]


def _outcomes(calls: Calls) -> list[Figure]:
    return _counts("outcomes", "calls", "attempts", _placed(calls))


def _campaign_outcomes(name: str, calls: Calls) -> list[Figure]:
    add = _adder("campaign_outcomes", "attempts", name)
    return [add(outcome, count) for outcome, count in _placed(calls).items()]


def _placed(calls: Calls) -> dict[str, int]:
    return {outcome.value: count for outcome, count in calls.outcomes.items() if outcome.was_placed}


def _counts(section: str, measure: str, source: str, counts: Mapping[str, int]) -> list[Figure]:
    return [Figure(section, item, None, measure, count, source) for item, count in counts.items()]


def _campaign(name: str, calls: Calls, found: Figures) -> list[Figure]:
    add, answered = _adder("campaigns", "attempts", name), calls.answered
    cap = next((day.cap for day in found.days if day.campaign == name), None)
    return [
        add("placed", calls.placed),
        add("answered", answered.live),
        add("connected", answered.connected),
        add("surveyed", answered.surveyed),
        add("abandoned", answered.abandoned),
        add("abandonment_rate", share(answered.abandoned, answered.connected + answered.abandoned)),
        add("abandonment_cap", cap),
    ]


def _missed_calls(lines: Mapping[str, LineCalls]) -> list[Figure]:
    figures = []
    for campaign, calls in sorted(lines.items()):
        add = _adder("missed_calls", "rings", campaign or NO_CAMPAIGN)
        figures += [
            add("rang", calls.rang),
            add("callers", calls.people),
            add("called_back", calls.called_back),
            add("to_call", calls.to_call),
            add("refused", sum(calls.refused.values())),
        ]
    return figures


def _constituencies(counted: Counted) -> list[Figure]:
    figures = []
    for number, calls in counted.figures.by_constituency.items():
        where = number or UNKNOWN_PLACE
        add = _adder("constituencies", "attempts", where=where)
        told = _adder("constituencies", "dispositions", where=where)
        figures += [
            add("placed", calls.placed),
            add("answered", calls.answered.live),
            add("reached", counted.reached.get(where, 0)),
            add("abandoned", calls.outcomes.get(Outcome.ABANDONED, 0)),
            told("complaints", counted.talks.get((where, "complaint"), 0)),
            told("call_backs", counted.talks.get((where, "call_back"), 0)),
        ]
    return figures


def _awareness(found: Mapping[int | None, Sequence[Awareness]]) -> list[Figure]:
    figures = []
    for where, schemes in found.items():
        for one in schemes:
            add = _adder("awareness", "answers", one.scheme, where)
            figures += [
                add("asked", one.asked),
                add("knows", one.yes),
                add("awareness", share(one.yes, one.asked)),
            ]
    return figures


def _operators(found: Figures) -> list[Figure]:
    add, all_ = _adder("operators", "seat_periods"), found.operators
    signed_in = sum(one.signed_in_s for one in all_)
    busy = sum(one.talk_s + one.wrap_up_s for one in all_)
    return [
        add("operators", len(all_)),
        add("signed_in_s", round(signed_in)),
        add("talk_s", round(sum(one.talk_s for one in all_))),
        add("wrap_up_s", round(sum(one.wrap_up_s for one in all_))),
        add("ready_s", round(sum(one.ready_s for one in all_))),
        add("paused_s", round(sum(one.paused_s for one in all_))),
        add("utilisation", share(busy, signed_in)),
    ]


def _duties(duties: Mapping[int, Duties], constituency: int | None) -> list[Figure]:
    whole = Duties(*(sum(getattr(one, name) for one in duties.values()) for name in Duties.__slots__))
    shown: list[tuple[int | None, Duties]] = [(None, whole)]
    if constituency is None:
        shown += sorted(duties.items())
    return [
        Figure("responsibilities", "", where, measure, getattr(one, measure), "responsibilities")
        for where, one in shown
        for measure in Duties.__slots__
    ]


def _incidents(counted: Counted) -> list[Figure]:
    add, troubles, attempts = (
        _adder("incidents", source) for source in ("daemon_runs", "troubles", "attempts")
    )
    over = sum(day.over_cap for day in counted.figures.days)
    return [
        add("daemon_starts", counted.daemon_starts),
        add("daemon_crashes", counted.daemon_crashes),
        troubles("links_lost", counted.links_lost),
        troubles("trunks_failed", counted.trunks_failed),
        attempts("campaigns_over_cap", over),
        attempts("trunk_faults", counted.figures.calls.outcomes.get(Outcome.TRUNK_FAULT, 0)),
    ]
