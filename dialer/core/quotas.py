"""Quotas: how many complete interviews a campaign wants of a group of people, and how far it is.

An interview is complete when no question on the person's way was left open. A group whose quota is full is
called no more. Until then it is called as long as the interviews that are to be expected of the calls under
way do not make it full; the campaign's latest calls tell what to expect. So calls do not wait for each other
when few become interviews, and a quota is overshot by no more than the calls in flight, mostly by none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dialer.core.model import Contact, Quota, QuotaBy
from dialer.core.words import N_

ONLY_SURVEYS = N_("a quota counts interviews; campaign {name!r} is no survey")
LATEST_CALLS = 200
"""So many calls, the last that ended, tell how many become interviews."""


@dataclass(frozen=True, slots=True)
class Alike:
    """People of a campaign who share all that quotas tell apart.

    ``complete``: so many have had their interview. ``under_way``: are being called, of whom ``answered`` have
    picked up. ``latest``: calls to them among the campaign's latest; so many were answered, and so many went
    to people who have had their interview.
    """

    constituency: int | None
    language: str
    kind: str
    complete: int
    under_way: int
    answered: int
    latest: int
    latest_answered: int
    latest_complete: int


@dataclass(slots=True)
class Progress:
    """How far a quota is. ``expected``: interviews, those to come of the calls under way with them."""

    quota: Quota
    complete: int = 0
    under_way: int = 0
    expected: float = 0.0

    @property
    def is_full(self) -> bool:
        """Nobody of the group needs to be called any more."""
        return self.complete >= self.quota.wanted

    @property
    def is_held(self) -> bool:
        """The calls under way are expected to make it full."""
        return round(self.expected, 6) >= self.quota.wanted


class Standings:
    """How far the quotas of a campaign are; whoever is taken for a call is counted with ``take``."""

    def __init__(self, quotas: Iterable[Quota], people: Sequence[Alike] = ()) -> None:
        # Nothing known means that every call may become an interview.
        latest_complete = sum(alike.latest_complete for alike in people) + 1
        of_answer = min(1.0, latest_complete / (sum(alike.latest_answered for alike in people) + 1))
        self._of_call = min(1.0, latest_complete / (sum(alike.latest for alike in people) + 1))
        self._progress = {(each.by, each.group): Progress(each) for each in quotas}
        for alike in people:
            in_flight = alike.under_way - alike.answered
            for progress in self.of(alike):
                progress.complete += alike.complete
                progress.under_way += alike.under_way
                progress.expected += (
                    alike.complete + alike.answered * of_answer + in_flight * self._of_call
                )

    @property
    def progress(self) -> Sequence[Progress]:
        """Each quota, in the campaign's order."""
        return list(self._progress.values())

    def of(self, person: Contact | Alike) -> Sequence[Progress]:
        """The quotas of the groups that the person is in."""
        groups = ((by, group_of(person, by)) for by in QuotaBy)
        return [self._progress[group] for group in groups if group in self._progress]

    def take(self, contact: Contact) -> None:
        """One more call is under way."""
        for progress in self.of(contact):
            progress.under_way += 1
            progress.expected += self._of_call


def group_of(person: Contact | Alike, by: QuotaBy) -> str:
    """The person's group; empty when it is unknown."""
    match by:
        case QuotaBy.CONSTITUENCY:
            return "" if person.constituency is None else str(person.constituency)
        case QuotaBy.LANGUAGE:
            return person.language
        case QuotaBy.KIND:
            return person.kind


def quotas_of(stored: Mapping[str, int]) -> tuple[Quota, ...]:
    """Quotas from how they are stored: ``{"constituency:62": 200}``."""
    return tuple(Quota(*_group(name), wanted) for name, wanted in stored.items())


def stored_quotas(quotas: Iterable[Quota]) -> dict[str, int]:
    """The other way."""
    return {f"{quota.by.value}:{quota.group}": quota.wanted for quota in quotas}


def _group(name: str) -> tuple[QuotaBy, str]:
    by, _colon, group = name.partition(":")
    return QuotaBy(by), group
