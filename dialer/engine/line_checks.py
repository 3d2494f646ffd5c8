"""An operator tries the phone: the leg hears itself, and Asterisk counts what arrives."""

from __future__ import annotations

from dialer.core.channels import Place
from dialer.core.desk_events import LineCheckBegins, LineCheckEnds
from dialer.core.live import SeatState
from dialer.core.telephony_events import LineChecked, SeatLegUp
from dialer.engine.context import Context
from dialer.engine.floor import Floor


class LineChecks:
    """Trials of seats that take nobody just now. One that does not fit any more is ignored, with a line."""

    def __init__(self, context: Context, floor: Floor) -> None:
        self._context = context
        self._floor = floor
        self._wanted: set[int] = set()

    def begin(self, event: LineCheckBegins) -> None:
        """The operator hears themselves from now on; a phone that rings per person is rung for it."""
        if not self._floor.apply(event.seat, event):
            return
        seat = self._floor.seats[event.seat]
        if seat.leg_id is not None:
            self._send(seat.leg_id, Place.SEAT_CHECK)
        elif not seat.nailed_up and self._floor.linked:
            self._wanted.add(event.seat)
            self._floor.rings_for(event.seat)

    def leg_up(self, event: SeatLegUp) -> None:
        """The phone that was rung for a trial was answered."""
        seat = self._floor.seats.get(event.seat)
        wanted = event.seat in self._wanted
        self._wanted.discard(event.seat)
        if wanted and seat is not None and (seat.state, seat.leg_id) == (SeatState.PAUSED, event.leg_id):
            self._send(event.leg_id, Place.SEAT_CHECK)

    def end(self, event: LineCheckEnds) -> None:
        """Back to waiting; what was counted comes as ``LineChecked``."""
        self._wanted.discard(event.seat)
        seat = self._floor.seats.get(event.seat)
        if seat is not None and seat.state is SeatState.PAUSED and seat.leg_id is not None:
            self._send(seat.leg_id, Place.SEAT_CHECKED)

    def checked(self, event: LineChecked) -> None:
        """What Asterisk counted."""
        seat = self._floor.seats.get(event.seat)
        if seat is not None and seat.leg_id == event.leg_id and self._floor.apply(event.seat, event):
            self._floor.release_leg(event.seat)

    def _send(self, leg_id: str, place: Place) -> None:
        self._context.order(f"send {leg_id}", self._context.telephony.send_to(leg_id, place))
