"""What both stores share of claiming: ids, whom the rules let through, how far to look."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dialer.core.model import (
    Allowed,
    Campaign,
    Contact,
    DialPolicy,
    Outcome,
    PastAttempt,
    RefusalReason,
    Refused,
)
from dialer.core.quotas import Standings
from dialer.core.rules import RECHECK_S, CampaignRules

EXAMINED_AT_MOST = 2_000
"""Contacts looked at in one claim, so that a list full of refusals cannot hold the database up."""
_LARGEST_PAGE = 496
_SIZES_APART = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A waiting contact. ``attempts``: those it has used in this campaign; ``history``: of its number.

    ``asked_for``: the person asked to be called about now; ``operator_id``: with this operator, if possible.
    """

    contact: Contact
    attempts: int
    history: Sequence[PastAttempt] = ()
    asked_for: bool = False
    operator_id: int | None = None

    def was_asked(self, campaign_id: int) -> bool:
        """Whether an earlier call of the campaign asked them by keypad."""
        return bool(self.history) and any(
            past.campaign_id == campaign_id and past.outcome is Outcome.SURVEYED for past in self.history
        )


@dataclass(slots=True)
class Judged:
    """The first candidates that may be dialled, and the refused ones met on the way."""

    allowed: list[Candidate] = field(default_factory=list)
    refused: list[tuple[Candidate, Refused]] = field(default_factory=list)


def judge(
    candidates: Iterable[Candidate],
    room: int,
    campaign: Campaign,
    policy: DialPolicy,
    now: float,
    standings: Standings | None = None,
) -> Judged:
    """Ask the rules, in order, until ``room`` candidates are allowed; the rest stays unjudged.

    ``standings``: how far the campaign's quotas are; who is allowed is counted in it.
    """
    judged = Judged()
    rules = CampaignRules(campaign, policy, now, standings)
    for candidate in candidates:
        if len(judged.allowed) >= room:
            break
        verdict = rules.may_dial(candidate.contact, candidate.history, asked_for=candidate.asked_for)
        if isinstance(verdict, Allowed):
            judged.allowed.append(candidate)
            if standings is not None:
                standings.take(candidate.contact)
        else:
            judged.refused.append((candidate, verdict))
    return judged


def refused_alone(
    candidate: Candidate,
    campaign: Campaign,
    policy: DialPolicy,
    now: float,
    standings: Standings | None,
    *,
    waits: bool,
) -> Refused | None:
    """Why this contact, who was asked for by name, may not be taken; None if they may.

    ``waits``: the campaign has not done with them yet.
    """
    for _candidate, refused in judge([candidate], 1, campaign, policy, now, standings).refused:
        return refused
    return None if waits else Refused(RefusalReason.THROUGH, None, "the campaign is through with this person")


def taken_meanwhile(now: float) -> Refused:
    """Of a contact whom another campaign took in the moment of the claim."""
    return Refused(RefusalReason.CALL_IN_PROGRESS, now + RECHECK_S, "the number is being called now")


def page_size(room: int, examined: int, refused: int) -> int:
    """How many contacts to read next: a few more than are wanted, more the more were refused; 0 is enough."""
    if room <= 0:
        return 0
    size = one_of_few_sizes(max(room + room // 8, 2 * refused))
    return min(size, _LARGEST_PAGE, EXAMINED_AT_MOST - examined)


def one_of_few_sizes(size: int) -> int:
    """``size`` or a little more: each size is a statement of its own to the database."""
    return -(-size // _SIZES_APART) * _SIZES_APART


def new_attempt_ids(now: float, count: int) -> Sequence[str]:
    """``a`` and 24 hex digits each: 12 of the time in milliseconds, to sort by age, and 12 random ones."""
    begin = f"a{int(now * 1000) & 0xFFFF_FFFF_FFFF:012x}"
    random = secrets.token_hex(6 * count)
    return [begin + random[at : at + 12] for at in range(0, 12 * count, 12)]
