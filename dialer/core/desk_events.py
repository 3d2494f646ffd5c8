"""What people at desks tell the engine. Times are UTC epoch seconds."""

from __future__ import annotations

from dataclasses import dataclass


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
