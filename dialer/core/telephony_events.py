"""What Asterisk tells the engine.

A channel id is chosen by us before Asterisk hears of it: an attempt's channel is the attempt's id
(``a`` + 24 hex digits), a seat's leg is ``seat-NN-`` + 8 hex digits; from seat 100 on three digits stand in
the place of NN. Of a call to us Asterisk chooses the id, and the adapter says it in the form of an attempt's.
Times are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass


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
