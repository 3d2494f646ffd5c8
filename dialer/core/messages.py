"""Typed events into the engine and commands out of it.

A channel id is chosen by us before Asterisk hears of it: an attempt's channel is the attempt's id
(``a`` + 24 hex digits), a seat's leg is ``seat-NN-`` + 8 hex digits; from seat 100 on three digits stand in
the place of NN. Of a call to us Asterisk chooses the id, and the adapter says it in the form of an attempt's.
Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from dialer.core.model import ClaimedAttempt

# --- what Asterisk tells ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkUp:
    """The manager link is authenticated and Asterisk is fully booted.

    ``restarted``: this is another Asterisk process than the last one the link spoke to.
    """

    at: float
    restarted: bool


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The manager link broke or fell silent; what happened since is unknown until ``LinkUp``."""

    at: float
    why: str


@dataclass(frozen=True, slots=True)
class CallRinging:
    """The far end rings, or plays early media."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """The citizen's channel is up and waits in its context."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The citizen's channel is gone. ``cause`` is Q.850, ``tech_cause`` the SIP status when known.

    ``rang``: the far end alerted (SIP 180) at some time; an announcement alone (183) is not ringing.
    """

    attempt_id: str
    at: float
    cause: int
    tech_cause: int | None = None
    rang: bool = True


@dataclass(frozen=True, slots=True)
class CallNotPlaced:
    """Asterisk made no channel for it. ``reason`` is the OriginateResponse reason (0 = no such endpoint)."""

    attempt_id: str
    at: float
    reason: int


@dataclass(frozen=True, slots=True)
class AbandonedMessageStarted:
    """Nobody joined within 2 s: the dialplan has begun to play the message to the citizen."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class OperatorWanted:
    """Somebody in a survey, or who called us, pressed the operator key and waits for one.

    ``campaign``: the name of the campaign whose operators are wanted, empty: of the call's own.
    """

    attempt_id: str
    at: float
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class OperatorMissed:
    """Nobody came in time: the person is back in the survey, or hears that nobody is free."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class SeatLegUp:
    """The operator's phone answered its leg; it waits in the holding bridge."""

    seat: int
    leg_id: str
    at: float


@dataclass(frozen=True, slots=True)
class SeatLegEnded:
    """The leg is gone, or was never answered. ``cause`` is Q.850."""

    seat: int
    leg_id: str
    at: float
    cause: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Citizen and operator are in one bridge."""

    attempt_id: str
    seat: int
    leg_id: str
    at: float


@dataclass(frozen=True, slots=True)
class Parted:
    """The citizen left the bridge with this operator; either may still be on the line."""

    attempt_id: str
    seat: int
    leg_id: str
    at: float


@dataclass(frozen=True, slots=True)
class Held:
    """The citizen was put on hold: he hears music and waits for the operator to come back."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class PhoneReachable:
    """The seat's phone registered, answers OPTIONS, or stopped doing so."""

    seat: int
    reachable: bool
    at: float


@dataclass(frozen=True, slots=True)
class LineChecked:
    """What Asterisk heard of a seat's leg while the operator tried it; packets of 20 ms."""

    seat: int
    leg_id: str
    at: float
    received: int
    lost: int
    jitter_ms: float


@dataclass(frozen=True, slots=True)
class TrunkReachable:
    """A trunk answers OPTIONS or holds its registration, or stopped doing so."""

    trunk: str
    reachable: bool
    at: float


TelephonyEvent = (
    LinkUp | LinkLost | CallRinging | CallAnswered | CallEnded | CallNotPlaced | AbandonedMessageStarted
    | OperatorWanted | OperatorMissed | Held | SeatLegUp | SeatLegEnded | Joined | Parted | PhoneReachable
    | LineChecked | TrunkReachable
)

# --- what a keypad session tells -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SurveyStarted:
    """The FastAGI session of an answered survey call plays its first prompt."""

    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class SurveyEnded:
    """The session is over. ``complete``: every question was answered. ``opted_out``: no more calls.

    ``word``: how it ended, as ``survey_state.End.word`` says; empty when that is not known.
    """

    attempt_id: str
    at: float
    complete: bool
    opted_out: bool
    word: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class CalledIn:
    """Somebody who called us wants an operator of the attempt's campaign, or is asked its survey.

    The attempt is stored.
    """

    attempt: ClaimedAttempt
    at: float


IvrEvent = SurveyStarted | SurveyEnded | CalledIn

# --- what people at desks tell ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OperatorSignedIn:
    """The operator sits on the seat; the leg is called at once, the seat is not ready yet."""

    seat: int
    operator_id: int
    at: float


@dataclass(frozen=True, slots=True)
class OperatorSignedOut:
    """Drain first, then release: a talk in progress goes on, nothing new is joined."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class OperatorReady:
    """The operator takes calls of ``campaign_ids``."""

    seat: int
    campaign_ids: frozenset[int]
    at: float


@dataclass(frozen=True, slots=True)
class LineCheckBegins:
    """The operator tries the phone: until it ends they hear themselves."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class LineCheckEnds:
    """The operator has heard enough."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class OperatorPaused:
    """No new call is joined; during a call it takes effect after wrap-up."""

    seat: int
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class OperatorHangsUp:
    """The operator ends the talk."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class OperatorHolds:
    """The operator lets the person wait with music and stays responsible for them."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class OperatorResumes:
    """The operator takes the person back from hold."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class OperatorSendsDigits:
    """The operator presses keys on the person's line; ``digits``: of 0-9, * and #."""

    seat: int
    digits: str
    at: float


@dataclass(frozen=True, slots=True)
class OperatorTransfers:
    """The operator gives the person to seat ``to``; None: to whoever is ready."""

    seat: int
    to: int | None
    at: float


@dataclass(frozen=True, slots=True)
class OperatorConsults:
    """The operator asks the colleague on seat ``to`` about the person, who is on hold meanwhile."""

    seat: int
    to: int
    at: float


@dataclass(frozen=True, slots=True)
class OperatorGathers:
    """The person comes off hold into the talk of the two operators."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class OperatorLeaves:
    """The operator leaves a talk of three, or goes back from a question of a colleague."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class OperatorSendsToSurvey:
    """The talk is over; the person is asked the campaign's survey by keypad."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """The operator asks for the supervisor, or does so no more."""

    seat: int
    asks: bool
    at: float


@dataclass(frozen=True, slots=True)
class OperatorDials:
    """The operator wants the person called whom they look at."""

    seat: int
    attempt_id: str
    at: float


@dataclass(frozen=True, slots=True)
class OperatorSkips:
    """The operator passes the person over; ``reason``: a code of ``dispositions.SKIP_REASONS``."""

    seat: int
    attempt_id: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class WrapUpDone:
    """The disposition is recorded; the seat may take the next person."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class TalkProgress:
    """How far the conversation is: ``step`` of ``steps`` questions done."""

    seat: int
    step: int
    steps: int
    at: float


@dataclass(frozen=True, slots=True)
class CallbackPromised:
    """Somebody in the campaign's queue asked to be called at ``due_at``; it is stored."""

    campaign_id: int
    due_at: float
    at: float


@dataclass(frozen=True, slots=True)
class CampaignsChanged:
    """A campaign was created, started, paused, resumed or stopped: read them again."""

    at: float


DeskEvent = (
    OperatorSignedIn | OperatorSignedOut | OperatorReady | OperatorPaused | OperatorHangsUp | WrapUpDone
    | OperatorHolds | OperatorResumes | OperatorSendsDigits | OperatorTransfers | OperatorSendsToSurvey
    | OperatorConsults | OperatorGathers | OperatorLeaves | LineCheckBegins | LineCheckEnds
    | OperatorDials | OperatorSkips
    | HelpAsked | TalkProgress | CallbackPromised | CampaignsChanged
)


@dataclass(frozen=True, slots=True)
class Tick:
    """The clock, every ``engine.TICK_S`` seconds."""

    at: float


Event = TelephonyEvent | IvrEvent | DeskEvent | Tick


# --- commands to Asterisk ----------------------------------------------------------------------


class Place(StrEnum):
    """The dialplan contexts a channel may be sent to."""

    WAIT_FOR_OPERATOR = "answered-operators"
    SURVEY = "answered-survey"
    ABANDONED = "abandoned"
    APOLOGY = "apology"
    WANTS_OPERATOR = "wants-operator"
    ON_HOLD = "on-hold"
    HANDBACK = "handback"
    THREE_WAY = "three-way"
    SEAT = "seat"
    SEAT_CHECK = "seat-check"
    SEAT_CHECKED = "seat-checked"


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """All that Asterisk needs to place one attempt; sent once, never again.

    ``phone`` is E.164; the trunk's dial pattern is applied by the adapter. ``ring_s`` seconds, >= 15.
    """

    attempt_id: str
    campaign_id: int
    phone: str
    trunk: str
    caller_id: str
    ring_s: float
    place: Place
    language: str = "hi"
    survey: str = ""


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """A channel that Asterisk has now, as a recovering daemon sees it.

    ``bridged_with``: the id of the other channel of its bridge, if any.
    """

    channel_id: str
    answered: bool
    bridged_with: str | None
    age_s: float
    place: str
