"""A line that people ring to be called back: what one ring of it means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MISSED_CALL = "missed call"
"""The source, and the consent, of a list of those who rang."""
DAY_S = 86_400.0
MINUTE_S = 60.0


class RingResult(StrEnum):
    """What became of a ring. Only the first means another call by us."""

    CALL_BACK = "call_back"
    REPEATED = "repeated"
    ASKED = "asked"
    COMPLETE = "complete"
    SUPPRESSED = "suppressed"
    INVALID_NUMBER = "invalid_number"
    FOREIGN_NUMBER = "foreign_number"
    OWN_NUMBER = "own_number"
    PERSON_LIMIT = "person_limit"
    FLOOD = "flood"
    NO_CAMPAIGN = "no_campaign"

    @property
    def refused(self) -> bool:
        """Whether the person wanted something that they do not get."""
        return self not in (RingResult.CALL_BACK, RingResult.REPEATED, RingResult.ASKED)


@dataclass(frozen=True, slots=True)
class LineLimits:
    """What guards a line. Rings of a person within ``one_wish_s`` are one wish.

    ``wishes_a_day``: of one person in 24 hours; a forged caller id must not make us pester somebody.
    ``wishes_a_minute``: of the whole line. ``call_back_s``: how long after the ring the earliest call goes
    out, since the telephone of whoever has just rung is busy.
    """

    one_wish_s: float = 600.0
    wishes_a_day: int = 3
    wishes_a_minute: int = 300
    call_back_s: float = 5.0


@dataclass(frozen=True, slots=True)
class RingFacts:
    """What is known when somebody has rung.

    ``last_wish_at``: of this person on this line. ``awaits_call``: a call that they asked for is still to
    come. ``call_under_way``: with them, of this campaign; ``called_elsewhere``: of another one, which
    does not ask what they rang for. ``complete``: they answered the whole survey.
    ``wishes_of_day``, ``wishes_of_minute``: of the person within a day and of the line within a minute
    before the ring.
    """

    suppressed: bool = False
    last_wish_at: float | None = None
    awaits_call: bool = False
    call_under_way: bool = False
    called_elsewhere: bool = False
    complete: bool = False
    wishes_of_day: int = 0
    wishes_of_minute: int = 0


def judge_ring(facts: RingFacts, limits: LineLimits, at: float, *, answering: bool = False) -> RingResult:
    """What a ring at ``at`` (epoch seconds) by a number that may be called means.

    ``answering``: the line could ask its survey at once. That is a call by the person, so neither the
    suppression list nor the limits speak against it.
    """
    asks = answering and not facts.called_elsewhere
    if facts.suppressed and not asks:
        return RingResult.SUPPRESSED
    if facts.complete:
        return RingResult.COMPLETE
    if facts.call_under_way:
        return RingResult.REPEATED
    if asks:
        return RingResult.ASKED
    recent = facts.last_wish_at is not None and at - facts.last_wish_at < limits.one_wish_s
    if recent or facts.awaits_call:
        return RingResult.REPEATED
    if facts.wishes_of_day >= limits.wishes_a_day:
        return RingResult.PERSON_LIMIT
    if facts.wishes_of_minute >= limits.wishes_a_minute:
        return RingResult.FLOOD
    return RingResult.CALL_BACK
