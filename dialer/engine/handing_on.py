"""What an operator does with the person on the line besides talking: hold, keys, handing on."""

from __future__ import annotations

from dataclasses import replace

import structlog

from dialer.core.call_orders import (
    HoldFailed,
    HoldOrdered,
    OperatorLost,
    SurveyOrdered,
    ThreeWayFailed,
    ThreeWayOrdered,
)
from dialer.core.calls import Call, Phase
from dialer.core.channels import Place
from dialer.core.desk_events import (
    OperatorConsults,
    OperatorGathers,
    OperatorHolds,
    OperatorLeaves,
    OperatorResumes,
    OperatorSendsDigits,
    OperatorSendsToSurvey,
    OperatorTransfers,
)
from dialer.core.live import SeatState
from dialer.core.seats import Consulting, GuestCame, GuestLeft, ReservationFailed, Reserved, Seat
from dialer.core.telephony_events import SeatLegEnded
from dialer.engine.context import Context
from dialer.engine.events import ConsultBegan, ConsultFailed
from dialer.engine.floor import Floor
from dialer.engine.switchboard import Switchboard
from dialer.errors import TelephonyError

log = structlog.get_logger("handing on")


class HandingOn:
    """Orders of operators about their own person. One that does not fit any more is ignored, with a line."""

    def __init__(self, context: Context, floor: Floor, switchboard: Switchboard) -> None:
        self._context = context
        self._floor = floor
        self._switchboard = switchboard
        self._guests: dict[str, int] = {}
        self._threes: dict[str, int] = {}
        switchboard.closed = self._part_operators

    def hold(self, event: OperatorHolds) -> None:
        """The person hears music; the operator's leg waits meanwhile."""
        call = self._own(event.seat, Phase.TALKING)
        if call is None:
            return
        self._switchboard.apply(HoldOrdered(call.id, event.at))
        self._context.spawn(f"hold {call.id}", self._hold(call.id))

    def resume(self, event: OperatorResumes) -> None:
        """The operator and the person talk again."""
        call = self._own(event.seat, Phase.HELD)
        if call is not None:
            # The bridge to the person takes the leg out of a talk with a colleague.
            self._guest_leaves(call, event.at)
            self._switchboard.resume(call, self._floor.seats[event.seat], event.at)

    def digits(self, event: OperatorSendsDigits) -> None:
        """Keys on the person's line, for a menu at the other end."""
        call = self._own(event.seat, Phase.TALKING)
        if call is not None:
            keys = self._context.telephony.send_digits(call.id, event.digits)
            self._context.order(f"digits {call.id}", keys)

    def transfer(self, event: OperatorTransfers) -> None:
        """Another operator who is ready takes the person; the first one goes on with the wrap-up."""
        call = self._own(event.seat, Phase.TALKING, Phase.HELD)
        if call is None:
            return
        guest = self._guests.get(call.id)
        if guest is not None and event.to in (None, guest):
            event = replace(event, to=guest)
            self._guest_leaves(call, event.at)
        seat = self._receiver(call, event)
        if seat is None:
            log.info("nobody to transfer to", seat=event.seat)
            return
        self._part_operators(call, event.at)
        self._switchboard.hand_over(call, seat, event.at)

    def to_survey(self, event: OperatorSendsToSurvey) -> None:
        """The person goes on by keypad; the operator with the wrap-up."""
        call = self._own(event.seat, Phase.TALKING, Phase.HELD)
        if call is None:
            return
        held = call.phase is Phase.HELD
        self._part_operators(call, event.at)
        self._switchboard.apply(SurveyOrdered(call.id, event.at))
        self._context.order(f"survey {call.id}", self._context.telephony.send_to(call.id, Place.SURVEY))
        if held:
            self._switchboard.let_go(call, event.at)

    def consult(self, event: OperatorConsults) -> None:
        """Ask a colleague who is ready, while the person is on hold."""
        call = self._own(event.seat, Phase.HELD)
        host, guest = self._floor.seats[event.seat], self._floor.seats.get(event.to)
        if call is None or call.id in self._guests or guest is None or guest.state is not SeatState.READY:
            log.info("no colleague to ask", seat=event.seat)
            return
        reserved = Reserved(event.to, call.id, call.operators_of, event.at)
        if host.leg_id is None or guest.leg_id is None or not self._floor.apply(event.to, reserved):
            return
        self._guests[call.id] = event.to
        work = self._consult(call.id, host.number, host.leg_id, event.to, guest.leg_id)
        self._context.spawn(f"consult {call.id}", work)

    async def _consult(self, call_id: str, host: int, leg_id: str, guest: int, guest_leg: str) -> None:
        try:
            await self._context.telephony.join(leg_id, guest_leg)
        except TelephonyError as fault:
            log.info("a colleague could not be asked", seat=host, why=str(fault))
            self._context.post(ConsultFailed(call_id, guest, self._context.clock()))
        else:
            self._context.post(ConsultBegan(call_id, host, guest, self._context.clock()))

    def consult_began(self, event: ConsultBegan) -> None:
        """Both operators hear each other; if the person is gone meanwhile, they part again."""
        call = self._switchboard.calls.get(event.attempt_id)
        self._floor.apply(event.guest, GuestCame(event.guest, event.host, event.at))
        if call is None or call.phase is not Phase.HELD or self._guests.get(call.id) != event.guest:
            self._send_home(event.guest, event.at)
            return
        self._floor.apply(event.host, Consulting(event.host, event.guest, event.at))

    def consult_failed(self, event: ConsultFailed) -> None:
        """The colleague stays ready; the person waits on."""
        if self._guests.get(event.attempt_id) == event.guest:
            del self._guests[event.attempt_id]
        self._floor.apply(event.guest, ReservationFailed(event.guest, event.at))

    def gather(self, event: OperatorGathers) -> None:
        """All three hear each other."""
        call = self._own(event.seat, Phase.HELD)
        host = self._floor.seats[event.seat]
        if call is None or call.id not in self._guests or host.consults is None or host.leg_id is None:
            return
        self._threes[call.id] = self._guests.pop(call.id)
        self._switchboard.apply(ThreeWayOrdered(call.id, self._threes[call.id], event.at))
        self._context.spawn(f"gather {call.id}", self._gather(call.id, host.leg_id))

    async def _gather(self, call_id: str, leg_id: str) -> None:
        try:
            await self._context.telephony.gather(call_id, leg_id)
        except TelephonyError as fault:
            log.warning("a person was not brought into a talk", attempt=call_id, why=str(fault))
            self._context.post(ThreeWayFailed(call_id, self._context.clock()))

    def gather_failed(self, event: ThreeWayFailed) -> None:
        """The person is still on hold, and the colleague still asked."""
        if event.attempt_id in self._threes:
            self._guests[event.attempt_id] = self._threes.pop(event.attempt_id)
        self._switchboard.apply(event)

    def leave(self, event: OperatorLeaves) -> None:
        """Out of a talk of three, whose other two go on; or back from a colleague's question."""
        seat = self._floor.seats.get(event.seat)
        if seat is None or seat.state is not SeatState.TALKING:
            return
        call = self._switchboard.calls.get(seat.attempt_id or "")
        if seat.guest_of is not None:
            self._guests.pop(seat.attempt_id or "", None)
            self._floor.apply(seat.guest_of, Consulting(seat.guest_of, None, event.at))
            self._send_home(seat.number, event.at)
        elif call is not None and call.phase is Phase.THREE_WAY and seat.leg_id is not None:
            self._threes.pop(call.id, None)
            home = self._context.telephony.send_to(seat.leg_id, Place.SEAT)
            self._context.order(f"leave {call.id}", home)

    def _guest_leaves(self, call: Call, at: float) -> None:
        """The colleague who was asked is free again; their leg leaves by itself, or is sent."""
        guest = self._guests.pop(call.id, None)
        if guest is not None:
            self._floor.apply(guest, GuestLeft(guest, at))
            if call.seat is not None:
                self._floor.apply(call.seat, Consulting(call.seat, None, at))

    def _send_home(self, number: int, at: float) -> None:
        """The leg of a guest waits by itself again, and so does the other one."""
        leg_id = self._floor.seats[number].leg_id
        self._floor.apply(number, GuestLeft(number, at))
        if leg_id is not None:
            self._context.order(f"home {leg_id}", self._context.telephony.send_to(leg_id, Place.SEAT))

    def _part_operators(self, call: Call, at: float) -> None:
        """Two operators whose person is gone, or with somebody else, do not go on talking to each other."""
        for of_call in (self._guests, self._threes):
            number = of_call.pop(call.id, None)
            if number is not None:
                self._send_home(number, at)

    def leg_ended(self, event: SeatLegEnded) -> None:
        """Somebody on hold whose operator's leg is gone waits for another operator."""
        for call in tuple(self._switchboard.calls.values()):
            waits = call.phase in (Phase.HELD, Phase.RESUMING)
            if waits and event.seat in (call.seat, self._guests.get(call.id)):
                self._guest_leaves(call, event.at)
            if waits and call.seat == event.seat:
                self._switchboard.apply(OperatorLost(call.id, event.at))
                order = self._context.telephony.send_to(call.id, Place.HANDBACK)
                self._context.order(f"hand back {call.id}", order)

    def _own(self, number: int, *phases: Phase) -> Call | None:
        """The person of this seat, if the call is in one of the phases."""
        seat = self._floor.seats.get(number)
        call = None if seat is None else self._switchboard.calls.get(seat.attempt_id or "")
        fits = call is not None and call.phase in phases and number == call.seat
        if seat is None or seat.state is not SeatState.TALKING or not fits:
            log.info("order of a desk ignored", seat=number, state=seat and seat.state)
            return None
        return call

    def _receiver(self, call: Call, event: OperatorTransfers) -> Seat | None:
        if event.to is None:
            return self._floor.choose(call.operators_of)
        seat = self._floor.seats.get(event.to)
        is_free = seat is not None and seat.state is SeatState.READY and seat.takes_a_person
        return seat if is_free and event.to != event.seat else None

    async def _hold(self, call_id: str) -> None:
        try:
            await self._context.telephony.send_to(call_id, Place.ON_HOLD)
        except TelephonyError as fault:
            log.warning("a person was not put on hold", attempt=call_id, why=str(fault))
            self._context.post(HoldFailed(call_id, self._context.clock()))
