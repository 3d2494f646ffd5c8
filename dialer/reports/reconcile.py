"""Attempts in our database against what others wrote down: Asterisk's call records, a carrier's INVITEs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dialer.core.model import Outcome

MOST_SHOWN = 50
"""Differences listed; all are counted."""

UNCLASSIFIED = "answered_unclassified"
"""An answered call that is none of connected, surveyed, abandoned, or an unanswered one that is."""
NO_RECORD = "no_call_record"
RECORD_TWICE = "call_record_twice"
UNKNOWN_RECORD = "unknown_call_record"
INVITE_SHORTFALL = "fewer_invites"
INVITE_SURPLUS = "more_invites"


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """An attempt as stored. ``dialled``: the number as the trunk was given it.

    ``ordered``: Asterisk was told to place it. ``had_channel``: something was heard of its channel.
    """

    id: str
    dialled: str
    ordered: bool
    answered: bool
    outcome: Outcome | None
    had_channel: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What does not agree. ``what``: an attempt's id, a channel id or a dialled number."""

    kind: str
    what: str
    ours: int
    theirs: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Counts side by side, and every difference.

    ``attempts``: placed ones. ``without_channel``: of these, refused by Asterisk before there was a
    channel, so that no record and no INVITE exists. ``call_records`` and ``invites`` are None when there is
    no such witness. ``living``: attempts whose end is not written yet. ``dialled_twice``: records of an
    attempt beyond its first, or INVITEs to a number beyond the attempts to it, whichever are more.
    """

    attempts: int
    without_channel: int
    living: int
    call_records: int | None
    invites: int | None
    answered: int
    connected: int
    surveyed: int
    abandoned: int
    dialled_twice: int
    differences: tuple[Difference, ...]
    differences_in_all: int

    @property
    def reconciles(self) -> bool:
        """Every attempt has ended, there is a witness, and each says the same as we do."""
        witnessed = self.call_records is not None or self.invites is not None
        return witnessed and self.differences_in_all == 0 and self.living == 0

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "reconciles": self.reconciles}


def reconcile(
    attempts: Iterable[AttemptLine],
    call_records: Iterable[str] | None = None,
    invites: Mapping[str, int] | int | None = None,
) -> Reconciliation:
    """Compare line by line.

    ``call_records``: the channel id of each record of a call to a citizen, with repetitions. ``invites``: how
    many INVITEs a carrier received, by dialled number or, from a carrier's bill, as one sum.
    """
    lines = {line.id: line for line in attempts if line.ordered and line.outcome is not Outcome.WITHDRAWN}
    records = None if call_records is None else Counter(call_records)
    bare = {id_ for id_, line in lines.items() if _without_channel(line) and not (records and id_ in records)}
    found = [
        *_unclassified(lines.values()),
        *_against_records({id_ for id_ in lines if id_ not in bare}, records),
        *_against_invites([line for id_, line in lines.items() if id_ not in bare], invites),
    ]
    outcomes = Counter(line.outcome for line in lines.values())
    return Reconciliation(
        attempts=len(lines),
        without_channel=len(bare),
        living=outcomes[None],
        call_records=None if records is None else records.total(),
        invites=invites if invites is None or isinstance(invites, int) else sum(invites.values()),
        answered=sum(line.answered for line in lines.values()),
        connected=outcomes[Outcome.CONNECTED],
        surveyed=outcomes[Outcome.SURVEYED],
        abandoned=outcomes[Outcome.ABANDONED],
        dialled_twice=max(_surplus(found, RECORD_TWICE), _surplus(found, INVITE_SURPLUS)),
        differences=tuple(found[:MOST_SHOWN]),
        differences_in_all=len(found),
    )


def _without_channel(line: AttemptLine) -> bool:
    return not line.had_channel and line.outcome in (Outcome.TRUNK_FAULT, Outcome.CONGESTION)


def _unclassified(lines: Iterable[AttemptLine]) -> list[Difference]:
    return [
        Difference(UNCLASSIFIED, line.id, int(line.answered), int(line.outcome.answered))
        for line in lines
        if line.outcome is not None and line.answered is not line.outcome.answered
    ]


def _against_records(ours: set[str], records: Counter[str] | None) -> list[Difference]:
    if records is None:
        return []
    missing = [Difference(NO_RECORD, id_, 1, 0) for id_ in sorted(ours - records.keys())]
    unknown = [Difference(UNKNOWN_RECORD, id_, 0, records[id_]) for id_ in sorted(records.keys() - ours)]
    repeated = sorted(id_ for id_ in ours if records[id_] > 1)
    return missing + unknown + [Difference(RECORD_TWICE, id_, 1, records[id_]) for id_ in repeated]


def _against_invites(
    lines: Sequence[AttemptLine], invites: Mapping[str, int] | int | None
) -> list[Difference]:
    if invites is None:
        return []
    if isinstance(invites, int):
        return _difference("", len(lines), invites)
    ours = Counter(line.dialled for line in lines)
    numbers = sorted(ours.keys() | invites.keys())
    return [one for number in numbers for one in _difference(number, ours[number], invites.get(number, 0))]


def _difference(number: str, ours: int, theirs: int) -> list[Difference]:
    if ours == theirs:
        return []
    return [Difference(INVITE_SURPLUS if theirs > ours else INVITE_SHORTFALL, number, ours, theirs)]


def _surplus(differences: Iterable[Difference], kind: str) -> int:
    return sum(one.theirs - one.ours for one in differences if one.kind == kind)
