"""The life of a seat: a transition table of state x event. An illegal event raises, the seat is unchanged.

A seat that ``drains`` finishes what it does and then pauses or signs out: new people are stopped first,
then the operator is released.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dialer.core.desk_events import (
    HelpAsked,
    LineCheckBegins,
    OperatorPaused,
    OperatorReady,
    OperatorSignedIn,
    OperatorSignedOut,
    WrapUpDone,
)
from dialer.core.live import Interruption
from dialer.core.live import SeatState as S
from dialer.core.telephony_events import Joined, LineChecked, SeatLegEnded, SeatLegUp
from dialer.errors import IllegalTransition

MOST_SEATS = 250
"""Seats that an office may have; they are numbered from 1."""

SIGN_OUT = "sign_out"
"""The drain reason of an operator who leaves."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """The engine has chosen this seat for an answered call and ordered the join."""

    seat: int
    attempt_id: str
    campaign_id: int
    at: float


@dataclass(frozen=True, slots=True)
class ReservationFailed:
    """The join did not come about: the person hung up first, or Asterisk refused."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class Offered:
    """The operator is shown a person who is not called yet; who was in a break returns to it afterwards."""

    seat: int
    attempt_id: str
    campaign_id: int
    at: float


@dataclass(frozen=True, slots=True)
class DialOrdered:
    """The person whom the operator looked at is being called."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """The person is not called, or did not answer."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """The person is no longer with this operator, but with another one if they were ``given_on``."""

    seat: int
    at: float
    given_on: bool = False


@dataclass(frozen=True, slots=True)
class HoldChanged:
    """The person waits with music, or talks with the operator again."""

    seat: int
    held: bool
    at: float


@dataclass(frozen=True, slots=True)
class Consulting:
    """This operator talks with the one on seat ``other``, beside the person; None: no more."""

    seat: int
    other: int | None
    at: float


@dataclass(frozen=True, slots=True)
class GuestCame:
    """The colleague who was asked talks with the operator on seat ``host``."""

    seat: int
    host: int
    at: float


@dataclass(frozen=True, slots=True)
class GuestStays:
    """The colleague who was asked talks with the person too."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class GuestLeft:
    """The colleague who was asked is free again."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class TalkFound:
    """After a restart of ours the operator is found talking to this person."""

    seat: int
    attempt_id: str
    campaign_id: int
    at: float


@dataclass(frozen=True, slots=True)
class PhoneLost:
    """The phone no longer answers, or its leg cannot be made."""

    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class PhoneBack:
    """The phone answers again."""

    seat: int
    at: float


SeatEvent = (
    OperatorSignedIn
    | OperatorSignedOut
    | OperatorReady
    | OperatorPaused
    | WrapUpDone
    | SeatLegUp
    | SeatLegEnded
    | PhoneLost
    | PhoneBack
    | Joined
    | Reserved
    | ReservationFailed
    | Offered
    | DialOrdered
    | OfferEnded
    | TalkEnded
    | HoldChanged
    | Consulting
    | GuestCame
    | GuestStays
    | GuestLeft
    | HelpAsked
    | TalkFound
    | LineCheckBegins
    | LineChecked
)

_SIGNED_IN = tuple(state for state in S if state is not S.SIGNED_OUT)
_WITHOUT_CALL = (S.CONNECTING, S.PAUSED, S.READY, S.UNREACHABLE)
_WITH_CALL = (S.DIALLING, S.RESERVED, S.TALKING, S.WRAP_UP)
_WITH_LEG = (S.CONNECTING, S.UNREACHABLE, S.TALKING, S.WRAP_UP)

TABLE: dict[tuple[S, type], S] = (
    {
        (S.SIGNED_OUT, OperatorSignedIn): S.CONNECTING,
        (S.CONNECTING, SeatLegUp): S.PAUSED,
        (S.UNREACHABLE, SeatLegUp): S.PAUSED,
        (S.UNREACHABLE, PhoneBack): S.CONNECTING,
        (S.CONNECTING, OperatorReady): S.CONNECTING,
        (S.UNREACHABLE, OperatorReady): S.UNREACHABLE,
        (S.PAUSED, OperatorReady): S.READY,
        (S.READY, OperatorReady): S.READY,
        (S.WRAP_UP, OperatorReady): S.READY,
        (S.READY, Offered): S.PREVIEW,
        (S.PAUSED, Offered): S.PREVIEW,
        (S.PREVIEW, OperatorReady): S.PREVIEW,
        (S.PREVIEW, Reserved): S.RESERVED,
        (S.PREVIEW, DialOrdered): S.DIALLING,
        (S.PREVIEW, OfferEnded): S.READY,
        (S.PREVIEW, OperatorPaused): S.PAUSED,
        (S.PREVIEW, OperatorSignedOut): S.SIGNED_OUT,
        (S.PREVIEW, SeatLegUp): S.PREVIEW,
        (S.PREVIEW, SeatLegEnded): S.CONNECTING,
        (S.PREVIEW, PhoneLost): S.UNREACHABLE,
        (S.PREVIEW, TalkFound): S.TALKING,
        (S.DIALLING, OperatorReady): S.DIALLING,
        (S.DIALLING, Reserved): S.RESERVED,
        (S.DIALLING, OfferEnded): S.READY,
        (S.DIALLING, SeatLegUp): S.DIALLING,
        (S.DIALLING, SeatLegEnded): S.CONNECTING,
        (S.DIALLING, TalkFound): S.TALKING,
        (S.READY, Reserved): S.RESERVED,
        (S.RESERVED, SeatLegUp): S.RESERVED,
        (S.RESERVED, Joined): S.TALKING,
        (S.RESERVED, ReservationFailed): S.READY,
        (S.TALKING, TalkEnded): S.WRAP_UP,
        (S.TALKING, HoldChanged): S.TALKING,
        (S.TALKING, Consulting): S.TALKING,
        (S.RESERVED, GuestCame): S.TALKING,
        (S.TALKING, GuestLeft): S.READY,
        (S.TALKING, GuestStays): S.TALKING,
        (S.RESERVED, TalkEnded): S.READY,
        (S.WRAP_UP, WrapUpDone): S.READY,
        (S.TALKING, OperatorReady): S.TALKING,
        (S.RESERVED, OperatorReady): S.RESERVED,
        (S.CONNECTING, SeatLegEnded): S.CONNECTING,
        (S.UNREACHABLE, SeatLegEnded): S.UNREACHABLE,
        (S.PAUSED, SeatLegEnded): S.CONNECTING,
        (S.READY, SeatLegEnded): S.CONNECTING,
        (S.RESERVED, SeatLegEnded): S.CONNECTING,
        (S.TALKING, SeatLegEnded): S.TALKING,
        (S.TALKING, SeatLegUp): S.TALKING,
        (S.TALKING, Joined): S.TALKING,
        (S.WRAP_UP, SeatLegEnded): S.WRAP_UP,
        (S.PAUSED, SeatLegUp): S.PAUSED,
        (S.PAUSED, LineCheckBegins): S.PAUSED,
        (S.PAUSED, LineChecked): S.PAUSED,
        (S.WRAP_UP, SeatLegUp): S.WRAP_UP,
    }
    | {(state, PhoneLost): S.UNREACHABLE for state in _WITHOUT_CALL}
    | {(state, TalkFound): S.TALKING for state in _WITHOUT_CALL}
    | {(state, OperatorSignedOut): S.SIGNED_OUT for state in _WITHOUT_CALL}
    | {(state, OperatorSignedOut): state for state in _WITH_CALL}
    | {(state, HelpAsked): state for state in _SIGNED_IN}
    | {(state, OperatorPaused): state for state in (S.CONNECTING, S.UNREACHABLE, *_WITH_CALL)}
    | {(S.READY, OperatorPaused): S.PAUSED, (S.PAUSED, OperatorPaused): S.PAUSED}
)


@dataclass(frozen=True, slots=True)
class Seat:
    """One operator place. ``leg_id``: the phone's channel while it is up.

    ``wants_ready``: takes people as soon as the phone is there. ``drain``: what follows the present
    call: a pause reason, ``SIGN_OUT``, or nothing. ``held``: the person of the talk waits with music.
    ``consults``: the seat of the operator who talks too, without the person while
    they are ``held``; ``guest_of``: the seat that asks this one.
    ``asks_help``: the operator wants the supervisor.
    ``line``: what Asterisk heard when the operator tried the phone last.
    ``interrupted``: what became of the talk if the phone fell away in it.
    ``nailed_up``: the leg waits the whole shift; without it the phone rings for every person.
    """

    number: int
    state: S = S.SIGNED_OUT
    since: float = 0.0
    operator_id: int | None = None
    campaigns: frozenset[int] = frozenset()
    wants_ready: bool = False
    reason: str = ""
    drain: str = ""
    leg_id: str | None = None
    attempt_id: str | None = None
    campaign_id: int | None = None
    held: bool = False
    consults: int | None = None
    guest_of: int | None = None
    asks_help: bool = False
    line: LineChecked | None = None
    interrupted: Interruption = Interruption.NONE
    reachable: bool = False
    nailed_up: bool = True

    @property
    def counts(self) -> bool:
        """Whether pacing may expect this operator for the next person."""
        return self.operator_id is not None and not self.drain and self.wants_ready

    @property
    def takes_a_person(self) -> bool:
        """Whether a phone is there, or can be rung, for the next person."""
        return self.leg_id is not None or not self.nailed_up

    @property
    def is_waited_for(self) -> bool:
        """Whether the person of the talk waits for this operator's phone to come back."""
        return self.interrupted is Interruption.WAITS and self.drain != SIGN_OUT

    @property
    def lacks_leg(self) -> bool:
        """Whether the phone should be called for the seat's leg."""
        wanted = self.state in _WITH_LEG and self.drain != SIGN_OUT
        return wanted and self.nailed_up and self.leg_id is None


def apply(seat: Seat, event: SeatEvent) -> Seat:
    """The seat after ``event``; raises ``IllegalTransition`` for one that does not fit its state."""
    try:
        target = TABLE[seat.state, type(event)]
    except KeyError:
        raise IllegalTransition(
            f"seat {seat.number} is {seat.state}: {type(event).__name__} does not fit"
        ) from None
    changed = _settle(_with_data(seat, event), target, event)
    return changed if changed.state is seat.state else replace(changed, since=event.at)


def _with_data(seat: Seat, event: SeatEvent) -> Seat:
    match event:
        case OperatorSignedIn(operator_id=operator_id, at=at):
            return replace(seat, operator_id=operator_id, since=at, wants_ready=False, drain="")
        case OperatorReady(campaign_ids=campaigns):
            return replace(seat, campaigns=campaigns, wants_ready=True, drain="", reason="")
        case OperatorPaused(reason=reason):
            busy = seat.state in _WITH_CALL
            return replace(seat, wants_ready=busy, drain=reason if busy else "", reason=reason)
        case OperatorSignedOut():
            return replace(seat, drain=SIGN_OUT)
        case Reserved(attempt_id=attempt_id, campaign_id=campaign_id) | Offered(
            attempt_id=attempt_id, campaign_id=campaign_id
        ):
            return replace(seat, attempt_id=attempt_id, campaign_id=campaign_id)
        case HelpAsked(asks=asks):
            return replace(seat, asks_help=asks)
        case LineCheckBegins():
            return replace(seat, line=None)
        case LineChecked():
            return replace(seat, line=event)
        case Consulting(other=other):
            return replace(seat, consults=other)
        case GuestCame(host=host):
            return replace(seat, guest_of=host)
        case GuestStays():
            return replace(seat, consults=seat.guest_of, guest_of=None)
        case HoldChanged(held=held):
            return replace(seat, held=held)
        case TalkFound(attempt_id=attempt_id, campaign_id=campaign_id):
            campaigns = seat.campaigns | {campaign_id}
            found = replace(seat, attempt_id=attempt_id, campaign_id=campaign_id)
            return replace(found, campaigns=campaigns, wants_ready=True)
        case SeatLegUp(leg_id=leg_id):
            return replace(seat, leg_id=leg_id, reachable=True)
        case SeatLegEnded():
            own_talk = seat.state is S.TALKING and seat.nailed_up and seat.guest_of is None
            seat = replace(seat, leg_id=None)
            return replace(seat, held=False, interrupted=Interruption.WAITS) if own_talk else seat
        case Joined():
            return replace(seat, held=False, interrupted=Interruption.NONE)
        case TalkEnded(given_on=given_on) if seat.interrupted is Interruption.WAITS:
            return replace(seat, interrupted=Interruption.GIVEN_ON if given_on else Interruption.ENDED)
    return seat


def _settle(seat: Seat, target: S, event: SeatEvent) -> Seat:
    """Where the seat comes to rest: drains and wishes decide what follows a finished call."""
    if target is S.TALKING and isinstance(event, SeatLegEnded) and seat.interrupted is not Interruption.WAITS:
        target = S.WRAP_UP
    if target is S.PAUSED and isinstance(event, SeatLegUp) and seat.wants_ready:
        target = S.READY
    if target is S.READY and seat.drain:
        target = S.SIGNED_OUT if seat.drain == SIGN_OUT else S.PAUSED
        seat = replace(seat, drain="", reason=seat.drain, wants_ready=False)
    if target is S.READY and not seat.wants_ready:
        target = S.PAUSED
    if seat.nailed_up:
        target = S.CONNECTING if target is S.READY and seat.leg_id is None else target
    if target is S.CONNECTING and seat.takes_a_person:
        target = S.READY if seat.wants_ready else S.PAUSED
    if target is S.SIGNED_OUT:
        return Seat(seat.number, leg_id=seat.leg_id, reachable=seat.reachable, nailed_up=seat.nailed_up)
    if target in _WITHOUT_CALL:
        seat = replace(seat, attempt_id=None, campaign_id=None, interrupted=Interruption.NONE)
    if target is not S.TALKING:
        seat = replace(seat, held=False, consults=None, guest_of=None)
    return replace(seat, state=target)
