"""What both stores share of claiming: ids, whom the rules let through, how far to look."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from dialer.core.model import Allowed, Campaign, Contact, DialPolicy, PastAttempt, Refused
from dialer.core.rules import may_dial

EXAMINED_AT_MOST = 2_000
"""Contacts looked at in one claim, so that a list full of refusals cannot hold the database up."""
_LARGEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    """A waiting contact. ``attempts``: those it has used in this campaign; ``history``: of its number.

    ``asked_for``: the person asked to be called about now.
    """

    contact: Contact
    attempts: int
    history: Sequence[PastAttempt] = ()
    asked_for: bool = False


@dataclass(slots=True)
class Judged:
    """The first candidates that may be dialled, and the refused ones met on the way."""

    allowed: list[Candidate] = field(default_factory=list)
    refused: list[tuple[Candidate, Refused]] = field(default_factory=list)


def judge(
    candidates: Sequence[Candidate], room: int, campaign: Campaign, policy: DialPolicy, now: float
) -> Judged:
    """Ask the rules, in order, until ``room`` candidates are allowed; the rest stays unjudged."""
    judged = Judged()
    for candidate in candidates:
        if len(judged.allowed) >= room:
            break
        verdict = may_dial(
            candidate.contact, campaign, candidate.history, policy, now, asked_for=candidate.asked_for
        )
        if isinstance(verdict, Allowed):
            judged.allowed.append(candidate)
        else:
            judged.refused.append((candidate, verdict))
    return judged


def page_size(room: int, examined: int, refused: int) -> int:
    """How many contacts to read next: a few more than are wanted, more the more were refused; 0 is enough."""
    if room <= 0:
        return 0
    return min(max(room + room // 8, 2 * refused), _LARGEST_PAGE, EXAMINED_AT_MOST - examined)


def new_attempt_id(now: float) -> str:
    """``a`` and 24 hex digits: 12 of the time in milliseconds, so that ids sort by age, 12 random ones."""
    return f"a{int(now * 1000) & 0xFFFF_FFFF_FFFF:012x}{secrets.token_hex(6)}"
