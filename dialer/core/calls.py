"""The life of a call: a transition table of phase x event. An illegal event raises, the call is unchanged."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from dialer.core.call_orders import (
    HandOverFailed,
    HandOverOrdered,
    HoldFailed,
    HoldOrdered,
    OperatorLost,
    OrderSent,
    ResumeFailed,
    ResumeOrdered,
    SurveyOrdered,
    TakeBackFailed,
    TakeBackOrdered,
    ThreeWayFailed,
    ThreeWayOrdered,
)
from dialer.core.ivr_events import SurveyEnded, SurveyStarted
from dialer.core.model import CampaignKind, ClaimedAttempt, Outcome
from dialer.core.outcomes import outcome_not_placed, outcome_of
from dialer.core.telephony_events import (
    AbandonedMessageStarted,
    CallAnswered,
    CallEnded,
    CallNotPlaced,
    CallRinging,
    Held,
    Joined,
    OperatorMissed,
    OperatorWanted,
    Parted,
)
from dialer.errors import IllegalTransition

JOIN_WITHIN_S = 2.0
"""A live answer that no operator joined within this time is abandoned (PRODUCT's definition, seconds)."""
_INTERRUPTED = frozenset({"hung_up", "silent", "too_long"})
"""How a survey ends that may go on in another call; see ``survey_state.End.word``."""
_LEFT_OPEN = frozenset({"open_questions", "gave_up", "no_operator"})
"""How it ends for people who may be asked what they left open, once and on another day."""
RING_LIMIT_SLACK_S = 1.0
"""A call that ends this close to its ring limit was given up by us."""


class Phase(StrEnum):
    """Where a call is.

    ``TAKEN_BACK``: hung up by us while it rang; whoever answers in that moment hears nothing. ``SURVEY``:
    asked by keypad, in the menu of those who call us too. ``WANTED``: somebody there asked for an operator
    and waits. ``HELD``: the operator let them wait and comes back. ``RESUMING``: he is coming. ``HANDING``:
    they are on the way to another operator. ``THREE_WAY``: they talk with two.
    """

    CLAIMED = "claimed"
    DIALLING = "dialling"
    RINGING = "ringing"
    TAKEN_BACK = "taken_back"
    WAITING = "waiting"
    TALKING = "talking"
    HELD = "held"
    RESUMING = "resuming"
    HANDING = "handing"
    THREE_WAY = "three_way"
    HANDBACK = "handback"
    FALLBACK = "fallback"
    SURVEY = "survey"
    WANTED = "wanted"
    ENDED = "ended"


CallEvent = (
    OrderSent
    | CallRinging
    | CallAnswered
    | CallEnded
    | CallNotPlaced
    | AbandonedMessageStarted
    | SurveyStarted
    | SurveyEnded
    | OperatorWanted
    | OperatorMissed
    | Held
    | Joined
    | Parted
    | HoldOrdered
    | HoldFailed
    | ResumeOrdered
    | ResumeFailed
    | HandOverOrdered
    | HandOverFailed
    | ThreeWayOrdered
    | ThreeWayFailed
    | SurveyOrdered
    | OperatorLost
    | TakeBackOrdered
    | TakeBackFailed
)

TABLE: dict[tuple[Phase, type], Phase] = {
    (Phase.CLAIMED, OrderSent): Phase.DIALLING,
    (Phase.DIALLING, CallRinging): Phase.RINGING,
    (Phase.RINGING, CallRinging): Phase.RINGING,
    (Phase.RINGING, TakeBackOrdered): Phase.TAKEN_BACK,
    (Phase.TAKEN_BACK, CallRinging): Phase.TAKEN_BACK,
    # They answered in the very moment, and the order to hang up went astray.
    (Phase.TAKEN_BACK, AbandonedMessageStarted): Phase.FALLBACK,
    (Phase.WAITING, Joined): Phase.TALKING,
    (Phase.WAITING, AbandonedMessageStarted): Phase.FALLBACK,
    (Phase.TALKING, Parted): Phase.HANDBACK,
    (Phase.HANDBACK, Joined): Phase.TALKING,
    (Phase.TALKING, HoldOrdered): Phase.HELD,
    (Phase.HELD, Parted): Phase.HELD,
    (Phase.HELD, Held): Phase.HELD,
    (Phase.HELD, HoldFailed): Phase.TALKING,
    (Phase.HELD, Joined): Phase.TALKING,
    (Phase.HELD, OperatorLost): Phase.HANDBACK,
    (Phase.HELD, ResumeOrdered): Phase.RESUMING,
    (Phase.RESUMING, ResumeFailed): Phase.HELD,
    (Phase.RESUMING, Joined): Phase.TALKING,
    (Phase.RESUMING, OperatorLost): Phase.HANDBACK,
    (Phase.TALKING, HandOverOrdered): Phase.HANDING,
    (Phase.HELD, HandOverOrdered): Phase.HANDING,
    (Phase.HANDING, Parted): Phase.HANDING,
    (Phase.HANDING, Joined): Phase.TALKING,
    (Phase.HELD, ThreeWayOrdered): Phase.THREE_WAY,
    (Phase.THREE_WAY, ThreeWayFailed): Phase.HELD,
    (Phase.THREE_WAY, Joined): Phase.THREE_WAY,
    # One of the two operators has left, or the person is on their way out of the bridge.
    (Phase.THREE_WAY, Parted): Phase.TALKING,
    (Phase.TALKING, SurveyOrdered): Phase.SURVEY,
    (Phase.HELD, SurveyOrdered): Phase.SURVEY,
    (Phase.SURVEY, Parted): Phase.SURVEY,
    # The order to send them into the survey was not heard: they still talk.
    (Phase.SURVEY, Joined): Phase.TALKING,
    # The join was ordered in the last moment and overtook the message.
    (Phase.FALLBACK, Joined): Phase.TALKING,
    # The survey's connection is another one than the manager's: it may be told before the answer.
    (Phase.CLAIMED, SurveyStarted): Phase.CLAIMED,
    (Phase.DIALLING, SurveyStarted): Phase.DIALLING,
    (Phase.RINGING, SurveyStarted): Phase.RINGING,
    (Phase.SURVEY, SurveyStarted): Phase.SURVEY,
    (Phase.SURVEY, SurveyEnded): Phase.SURVEY,
    (Phase.SURVEY, OperatorWanted): Phase.WANTED,
    (Phase.WANTED, Joined): Phase.TALKING,
    (Phase.WANTED, OperatorMissed): Phase.SURVEY,
    # The session that goes on comes over another connection, and may be heard of first.
    (Phase.WANTED, SurveyStarted): Phase.SURVEY,
    (Phase.SURVEY, OperatorMissed): Phase.SURVEY,
} | {
    (phase, event): Phase.ENDED
    for phase in Phase
    if phase is not Phase.ENDED
    for event in (CallEnded, CallNotPlaced)
}
"""Not in the table: answers, which lead where the campaign's kind says, and a hand-over or a taking back that
failed, which lead back to where the person was; see ``apply``."""


class Call(NamedTuple):
    """One attempt while it lives. Times are epoch seconds, None until it has happened.

    ``taken_back_at``: when we hung up while it rang. ``wanted_at``: when an operator was asked for in a
    survey; ``wanted_from``: the campaign whose operators take the person, None: the call's own. ``seat``: the
    operator's seat while talking, and the last one after it. ``dialled_by``: the seat whose operator had this
    person called, and who takes them. ``second``: the other seat of a talk of three. ``held_at``: since when
    they are on hold. ``survey_end``: how the survey ended, as its word says. ``ring_s``: the ring limit.

    A tuple, because each event makes a changed copy, and a tuple is copied five times as fast as a dataclass.
    """

    attempt: ClaimedAttempt
    kind: CampaignKind
    trunk: str
    ring_s: float
    phase: Phase = Phase.CLAIMED
    dialled_at: float | None = None
    ringing_at: float | None = None
    taken_back_at: float | None = None
    answered_at: float | None = None
    joined_at: float | None = None
    parted_at: float | None = None
    held_at: float | None = None
    message_at: float | None = None
    survey_started_at: float | None = None
    survey_end: str | None = None
    wanted_at: float | None = None
    wanted_from: int | None = None
    ended_at: float | None = None
    seat: int | None = None
    second: int | None = None
    cause: int | None = None
    tech_cause: int | None = None
    rang: bool = False
    not_placed_reason: int | None = None
    dialled_by: int | None = None

    @property
    def id(self) -> str:
        """The attempt's id, which is also the channel's."""
        return self.attempt.id

    @property
    def operators_of(self) -> int:
        """The campaign whose operators may take this person."""
        return self.attempt.campaign_id if self.wanted_from is None else self.wanted_from

    @property
    def answered(self) -> bool:
        """A person, or a machine, picked up."""
        return self.answered_at is not None

    @property
    def interrupted(self) -> bool:
        """The person was being asked and left before the end: of who hangs up that may be heard first."""
        asked = self.survey_started_at is not None and self.joined_at is None
        return asked and (self.survey_end is None or self.survey_end in _INTERRUPTED)

    @property
    def left_open(self) -> bool:
        """The person heard the survey but left questions open, and no earlier call had asked them."""
        asked = self.survey_started_at is not None and self.joined_at is None
        return asked and self.survey_end in _LEFT_OPEN and not self.attempt.asked_before

    @property
    def awaited(self) -> bool:
        """An operator had this person called, or has promised to call them."""
        return self.dialled_by is not None or self.attempt.operator_id is not None

    @property
    def in_flight(self) -> bool:
        """Placed or about to be, not answered and not taken back: it may still turn into an answer."""
        return self.phase in (Phase.CLAIMED, Phase.DIALLING, Phase.RINGING)


def apply(call: Call, event: CallEvent) -> Call:
    """The call after ``event``; raises ``IllegalTransition`` for one that does not fit its phase."""
    if isinstance(event, CallAnswered):
        phase = _answered_phase(call)
    elif isinstance(event, HandOverFailed) and call.phase is Phase.HANDING:
        phase = _before_handing(call)
    elif isinstance(event, TakeBackFailed) and call.phase is Phase.TAKEN_BACK:
        phase = Phase.RINGING if call.answered_at is None else Phase.WAITING
    else:
        try:
            phase = TABLE[call.phase, type(event)]
        except KeyError:
            raise IllegalTransition(
                f"call {call.id} is {call.phase}: {type(event).__name__} does not fit"
            ) from None
    return _after(call, event, phase)


def _answered_phase(call: Call) -> Phase:
    if call.phase is Phase.TAKEN_BACK and call.answered_at is None:
        return Phase.TAKEN_BACK
    if call.phase not in (Phase.CLAIMED, Phase.DIALLING, Phase.RINGING):
        raise IllegalTransition(f"call {call.id} is {call.phase}: it cannot be answered again")
    return Phase.SURVEY if call.kind is CampaignKind.SURVEY else Phase.WAITING


def _before_handing(call: Call) -> Phase:
    if call.held_at is not None:
        return Phase.HELD
    return Phase.TALKING if call.parted_at is None else Phase.HANDBACK


def _after(call: Call, event: CallEvent, phase: Phase) -> Call:
    match event:
        case OrderSent(at=at):
            return call._replace(phase=phase, dialled_at=at)
        case CallRinging(at=at) if call.ringing_at is None:
            return call._replace(phase=phase, ringing_at=at)
        case CallAnswered(at=at):
            return call._replace(phase=phase, answered_at=at)
        case TakeBackOrdered(at=at):
            return call._replace(phase=phase, taken_back_at=at)
        case TakeBackFailed():
            return call._replace(phase=phase, taken_back_at=None)
        case ThreeWayOrdered(second=second):
            return call._replace(phase=phase, second=second)
        case ThreeWayFailed():
            return call._replace(phase=phase, second=None)
        case Joined() if call.phase is Phase.THREE_WAY:
            return call._replace(held_at=None, parted_at=None)
        case Parted(seat=seat) if call.phase is Phase.THREE_WAY:
            stays = call.second if seat == call.seat else call.seat
            return call._replace(phase=phase, seat=stays, second=None)
        case Joined(at=at, seat=seat):
            first = at if call.joined_at is None else call.joined_at
            return call._replace(phase=phase, joined_at=first, seat=seat, parted_at=None, held_at=None)
        case Held(at=at):
            return call._replace(phase=phase, held_at=at)
        case Parted(at=at) | OperatorLost(at=at):
            return call._replace(phase=phase, parted_at=at)
        case AbandonedMessageStarted(at=at):
            return call._replace(phase=phase, message_at=at)
        case OperatorWanted(at=at):
            return call._replace(phase=phase, wanted_at=at)
        case SurveyStarted(at=at) if call.survey_started_at is None:
            return call._replace(phase=phase, survey_started_at=at)
        case SurveyEnded(complete=complete, word=word):
            how = word or ("complete" if complete else "open_questions")
            return call._replace(phase=phase, survey_end=how)
        case CallEnded(at=at, cause=cause, tech_cause=tech_cause, rang=rang):
            return call._replace(phase=phase, ended_at=at, cause=cause, tech_cause=tech_cause, rang=rang)
        case CallNotPlaced(at=at, reason=reason):
            return call._replace(phase=phase, ended_at=at, not_placed_reason=reason)
    return call if call.phase is phase else call._replace(phase=phase)


def outcome(call: Call) -> Outcome:
    """What became of an ended call. An answered one is exactly one of connected, surveyed, abandoned.

    Of a call to us it is connected, surveyed when it was asked a survey, or no answer: no operator came.

    A survey whose person was joined to an operator is connected, however long they waited for one: the
    survey had answered them at once.
    One who hangs up before an operator could be joined counts as abandoned: the stricter reading. So does one
    whose call was taken back in the moment in which they answered.
    """
    if call.attempt.inbound:
        if call.joined_at is not None:
            return Outcome.CONNECTED
        asked = call.kind is CampaignKind.SURVEY and call.survey_started_at is not None
        return Outcome.SURVEYED if asked else Outcome.NO_ANSWER
    if call.answered_at is not None:
        if call.kind is CampaignKind.SURVEY:
            return Outcome.SURVEYED if call.joined_at is None else Outcome.CONNECTED
        joined_in_time = call.joined_at is not None and call.joined_at - call.answered_at <= JOIN_WITHIN_S
        return Outcome.CONNECTED if joined_in_time else Outcome.ABANDONED
    if call.phase is Phase.CLAIMED:
        return Outcome.WITHDRAWN
    if call.not_placed_reason is not None or call.cause is None:
        return outcome_not_placed(call.not_placed_reason or 0)
    if call.taken_back_at is not None:
        return Outcome.NO_ANSWER
    # Many networks send their ring tone as early media, without saying that the phone rings: a call that
    # lasted the whole ring time is no answer, whatever was said.
    if (call.ended_at or 0.0) - (call.dialled_at or 0.0) >= call.ring_s - RING_LIMIT_SLACK_S:
        return Outcome.NO_ANSWER
    return outcome_of(call.cause, call.tech_cause, rang=call.rang)
