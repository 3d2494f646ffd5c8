"""What the engine and the keypad sessions ask of the store. Adapters: ``sql`` and ``memory``.

The administration side (imports, campaigns, operators, reports) talks SQL through modules of its own;
this port is only what happens while calls are made, and one contract suite holds for both adapters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from dialer.core.missed_calls import LineLimits, RingResult
from dialer.core.model import (
    Campaign,
    CampaignState,
    ClaimedAttempt,
    Contact,
    DialPolicy,
    NextStep,
    Outcome,
    Refused,
)

# --- facts: what is to be remembered ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AttemptTimes:
    """Later points of an attempt's life; what is None stays as it was. A closed attempt takes none."""

    attempt_id: str
    dialled_at: float | None = None
    ringing_at: float | None = None
    answered_at: float | None = None
    joined_at: float | None = None
    seat: int | None = None
    operator_id: int | None = None


@dataclass(frozen=True, slots=True)
class AttemptClosed:
    """The end of an attempt and what becomes of its contact in the campaign.

    Written at most once: an attempt that is closed already stays as it is. An ``inbound`` one uses up none,
    and sends nobody but who was joined anywhere.
    """

    attempt_id: str
    campaign_id: int
    contact_id: int
    ended_at: float
    outcome: Outcome
    next_step: NextStep
    cause: int | None = None
    tech_cause: int | None = None
    note: str = ""
    inbound: bool = False


@dataclass(frozen=True, slots=True)
class AttemptWithdrawn:
    """A claimed attempt that was never dialled; its contact waits again (or leaves, as ``refused`` says)."""

    attempt_id: str
    campaign_id: int
    contact_id: int
    at: float
    note: str
    refused: Refused | None = None


SURVEY_STARTED = "survey_started"
"""The event that tells a recovering daemon that an attempt's keypad session had begun."""
SURVEY_ENDED, COMPLETE = "survey_ended", "complete"
"""The event at a session's end, and its detail when no question was left open: the interview is complete."""


@dataclass(frozen=True, slots=True)
class EventNoted:
    """One line of an attempt's story."""

    attempt_id: str
    at: float
    event: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AnswerGiven:
    """An answer; one to the same question of the same attempt that is later by ``at`` replaces it.

    A repeated or an earlier one changes nothing: answers may also arrive through the spool, out of order.
    """

    attempt_id: str
    contact_id: int
    survey_version_id: int
    question: str
    value: str
    via: str
    language: str
    at: float


@dataclass(frozen=True, slots=True)
class OptedOut:
    """Never call this number again, in any campaign; it leaves every queue at once.

    ``phone`` is E.164; repeating it changes nothing.
    """

    phone: str
    source: str
    at: float
    by: str
    attempt_id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class DispositionGiven:
    """What the operator recorded; a second one for the same attempt replaces the first."""

    attempt_id: str
    operator_id: int
    code: str
    notes: str
    at: float


@dataclass(frozen=True, slots=True)
class NoteWritten:
    """What the operator wrote so far; one of the same operator that is later by ``at`` replaces it."""

    attempt_id: str
    operator_id: int
    notes: str
    at: float


@dataclass(frozen=True, slots=True)
class CallbackAgreed:
    """The person asked to be called at ``due_at``; a later agreement replaces it, an opt-out ends it.

    ``operator_id``: with whom they want to speak, None: with anybody.
    """

    attempt_id: str
    campaign_id: int
    contact_id: int
    due_at: float
    at: float
    operator_id: int | None = None


@dataclass(frozen=True, slots=True)
class SeatStateNoted:
    """The seat entered ``state``; the period before it ends. State ``signed_out`` opens no period."""

    seat: int
    operator_id: int
    state: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class DecisionNoted:
    """A pacing decision worth keeping."""

    campaign_id: int
    at: float
    dials: int
    code: str
    text: str
    forecast: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpoolRecordDrained:
    """A record of the fallback spool is stored with the facts of the same ``write``; it may be repeated."""

    record_id: str
    at: float


Fact = (
    AttemptTimes | AttemptClosed | AttemptWithdrawn | EventNoted | AnswerGiven | OptedOut
    | DispositionGiven | NoteWritten | CallbackAgreed | SeatStateNoted | DecisionNoted | SpoolRecordDrained
)

# --- what comes back ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """Contacts taken for dialling, each with its attempt written.

    ``refused``: how many were refused per reason in this call; all that wait, if the campaign as a whole
    may not dial. ``waiting``: contacts still waiting in the campaign, now or later; above 1,000 it may be
    half a minute old. ``next_at``: when the earliest of them may be tried, None if none waits.
    ``verdict``: of a claim of one contact only, why they were not taken.
    """

    attempts: tuple[ClaimedAttempt, ...]
    refused: Mapping[str, int]
    waiting: int
    next_at: float | None
    verdict: Refused | None = None


@dataclass(frozen=True, slots=True)
class OpenAttempt:
    """An attempt without an end, found by a recovering daemon."""

    attempt: ClaimedAttempt
    dialled_at: float | None
    answered_at: float | None
    joined_at: float | None
    seat: int | None
    operator_id: int | None
    survey_started: bool


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who calls us. ``campaign_ids``: the active ones they are on, that of their last call first.

    ``contact`` comes without the words of a list: they are on several.
    """

    contact: Contact
    campaign_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ring:
    """Somebody rang a line. ``id``: the call's; ``caller``: as the network says it; ``phone``: E.164.

    ``refused``: what keeps that number from being called, whoever it is; ``phone`` is empty then.
    ``resumes_at``: the line could ask its survey at once; if that is interrupted it goes on in a call by us,
    not before then.
    """

    id: str
    line: str
    caller: str
    phone: str
    at: float
    refused: RingResult | None = None
    resumes_at: float | None = None

    def due_at(self, result: RingResult, limits: LineLimits) -> float:
        """When the person may be called, if the ring was a wish or they are asked now."""
        if result is RingResult.ASKED and self.resumes_at is not None:
            return self.resumes_at
        return self.at + limits.call_back_s

    def was_not_asked(self, known: RingResult) -> bool:
        """Whether it was to be asked, as its ``known`` result says, and is a missed call after all.

        The spool tells of nobody who was asked: database or daemon failed before the line answered.
        """
        return known is RingResult.ASKED and self.resumes_at is None


@dataclass(frozen=True, slots=True)
class Rung:
    """What became of a ring. ``contact``: who it was, with whom a call follows or goes on now.

    ``campaign_id``: whose line it is; ``due_at``: when they may be called, None when they are not.
    """

    result: RingResult
    campaign_id: int | None = None
    contact: Contact | None = None
    due_at: float | None = None


@dataclass(frozen=True, slots=True)
class LiveAnswers:
    """Live answers of a campaign since a time: times of all, and of those abandoned. Calls to us are none."""

    answered_at: tuple[float, ...]
    abandoned_at: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CallContext:
    """All that a keypad session or a desk needs to know of the call on its line."""

    attempt_id: str
    campaign_id: int
    campaign_name: str
    contact_id: int
    phone: str
    name: str
    language: str
    constituency: int | None
    booth: str
    kind: str
    role: str
    schemes: tuple[str, ...]
    attributes: Mapping[str, Any]
    survey_version_id: int | None
    survey_source: str | None
    answers: Mapping[str, str]
    """Answers this contact has already given to this survey version, of this and of earlier attempts, but not
    ``noted``."""
    inbound: bool = False
    """They called us."""
    asked: tuple[str, ...] = ()
    """Of a sample check: the questions that operators ask; ``answers`` are then of this campaign alone."""
    noted: Mapping[str, str] = field(default_factory=dict)
    """What the operator of this call filled in: a desk shows it, a survey by keypad asks it all the same."""
    notes: tuple[NoteWritten, ...] = ()
    """What the operators of this call wrote, each their own; the oldest first."""
    disposition: DispositionGiven | None = None
    """What was recorded of this call so far."""


class DialStore(Protocol):
    """Raises ``StoreBusy`` when the database is locked, full or away: nothing of the call was stored."""

    async def open(self) -> None:
        """Connect and take the daemon's place; ``AlreadyRunning`` names the holder."""

    async def aclose(self) -> None:
        """Release the place."""

    async def campaigns(self) -> Sequence[Campaign]:
        """Campaigns that run, are paused or are stopping."""

    async def set_campaign_state(self, campaign_id: int, state: CampaignState, now: float) -> None:
        """Write the state; ``FINISHED`` also writes ``finished_at``."""

    async def claim(
        self, campaign: Campaign, limit: int, now: float, policy: DialPolicy, *, only: int | None = None
    ) -> Claim:
        """Take at most ``limit`` contacts that the rules allow and write their attempts, in one transaction.

        What the rules count are calls by us, not to us.

        A refused contact is given the time it may be asked again, or leaves; its reason is stored.
        Two daemons never get the same contact. A contact with a live attempt of any campaign is passed over.
        Of a group whose quota is full or as good as full nobody is taken; see ``core.quotas``.

        ``only``: this contact and no other, whatever ``limit``, and though it is not due yet; it is asked
        all rules, those of the campaign too. If it is refused its reason is stored, and it goes nowhere
        unless it is due. Of a contact that is not in the campaign nothing is said and nothing is stored.
        """

    async def suppressed(self, phones: Sequence[str]) -> frozenset[str]:
        """Which of the numbers are on the suppression list now."""

    async def write(self, facts: Sequence[Fact]) -> None:
        """Store all facts in order in one transaction, or nothing."""

    async def open_attempts(self) -> Sequence[OpenAttempt]:
        """Attempts without an end, oldest first."""

    async def live_answers(self, campaign_id: int, since: float) -> LiveAnswers:
        """For the abandonment allowance of a day and of the rolling half hour."""

    async def outcomes_since(self, campaign_id: int, since: float) -> Mapping[str, int]:
        """Ended attempts of a campaign per outcome word, without calls to us."""

    async def caller(self, phone: str) -> Caller | None:
        """Who has this number (E.164), None for somebody unknown."""

    async def take_in(self, attempt: ClaimedAttempt, trunk: str) -> bool:
        """Write the attempt of somebody who called us, answered when it was claimed.

        False, and nothing is written, when a call with the contact is under way already.
        """

    async def rang(self, ring: Ring, limits: LineLimits) -> Rung:
        """Remember a ring, and put the person in front of the queue of the line's campaign if it is a wish.

        Somebody who is no contact becomes one, on the list of the line. A ring that is known already changes
        nothing: the answer is what was decided then, without the contact. Only one that ``was_not_asked``
        is judged anew.
        """

    async def call_context(self, attempt_id: str) -> CallContext | None:
        """The person and survey behind an attempt."""

    async def drained(self, record_ids: Sequence[str]) -> frozenset[str]:
        """Which of these records of the spool are stored already."""

    async def forget_refusals(self, campaign_id: int) -> None:
        """Settings changed or the campaign was resumed: refused contacts are asked again at once."""
