"""What an operator does with the person on the line besides talking: hold, keys, handing on."""

from __future__ import annotations

import structlog

from dialer.core import messages as m
from dialer.core.calls import Call, HoldFailed, HoldOrdered, OperatorLost, Phase, SurveyOrdered
from dialer.core.live import SeatState
from dialer.core.seats import Seat
from dialer.engine.context import Context
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

    def hold(self, event: m.OperatorHolds) -> None:
        """The person hears music; the operator's leg waits meanwhile."""
        call = self._own(event.seat, Phase.TALKING)
        if call is None:
            return
        self._switchboard.apply(HoldOrdered(call.id, event.at))
        self._context.spawn(f"hold {call.id}", self._hold(call.id))

    def resume(self, event: m.OperatorResumes) -> None:
        """The operator and the person talk again."""
        call = self._own(event.seat, Phase.HELD)
        if call is not None:
            self._switchboard.take_back(call, self._floor.seats[event.seat])

    def digits(self, event: m.OperatorSendsDigits) -> None:
        """Keys on the person's line, for a menu at the other end."""
        call = self._own(event.seat, Phase.TALKING)
        if call is not None:
            keys = self._context.telephony.send_digits(call.id, event.digits)
            self._context.order(f"digits {call.id}", keys)

    def transfer(self, event: m.OperatorTransfers) -> None:
        """Another operator who is ready takes the person; the first one goes on with the wrap-up."""
        call = self._own(event.seat, Phase.TALKING, Phase.HELD)
        if call is None:
            return
        seat = self._receiver(call, event)
        if seat is None:
            log.info("nobody to transfer to", seat=event.seat)
            return
        self._switchboard.hand_over(call, seat, event.at)

    def to_survey(self, event: m.OperatorSendsToSurvey) -> None:
        """The person goes on by keypad; the operator with the wrap-up."""
        call = self._own(event.seat, Phase.TALKING, Phase.HELD)
        if call is None:
            return
        held = call.phase is Phase.HELD
        self._switchboard.apply(SurveyOrdered(call.id, event.at))
        self._context.order(f"survey {call.id}", self._context.telephony.send_to(call.id, m.Place.SURVEY))
        if held:
            self._switchboard.let_go(call, event.at)

    def leg_ended(self, event: m.SeatLegEnded) -> None:
        """Somebody on hold whose operator's leg is gone waits for another operator."""
        for call in tuple(self._switchboard.calls.values()):
            if call.phase is Phase.HELD and call.seat == event.seat:
                self._switchboard.apply(OperatorLost(call.id, event.at))
                order = self._context.telephony.send_to(call.id, m.Place.HANDBACK)
                self._context.order(f"hand back {call.id}", order)

    def _own(self, number: int, *phases: Phase) -> Call | None:
        """The person of this seat, if the call is in one of the phases."""
        seat = self._floor.seats.get(number)
        call = None if seat is None else self._switchboard.calls.get(seat.attempt_id or "")
        if seat is None or call is None or seat.state is not SeatState.TALKING or call.phase not in phases:
            log.info("order of a desk ignored", seat=number, state=seat and seat.state)
            return None
        return call

    def _receiver(self, call: Call, event: m.OperatorTransfers) -> Seat | None:
        if event.to is None:
            return self._floor.choose(call.operators_of)
        seat = self._floor.seats.get(event.to)
        is_free = seat is not None and seat.state is SeatState.READY and seat.takes_a_person
        return seat if is_free and event.to != event.seat else None

    async def _hold(self, call_id: str) -> None:
        try:
            await self._context.telephony.send_to(call_id, m.Place.ON_HOLD)
        except TelephonyError as fault:
            log.warning("a person was not put on hold", attempt=call_id, why=str(fault))
            self._context.post(HoldFailed(call_id, self._context.clock()))
