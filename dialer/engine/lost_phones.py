"""Phones that fall silent in a talk: their legs are ended, and the person gets an operator who hears them."""

from __future__ import annotations

import structlog

from dialer.core.lost_phones import LISTEN_S, is_in_doubt, is_lost
from dialer.engine.context import Context
from dialer.engine.events import LegHeard
from dialer.engine.floor import Floor
from dialer.errors import TelephonyError

log = structlog.get_logger("lost phones")


class LostPhones:
    """Counts what arrives from phones in doubt, by the id of their leg."""

    def __init__(self, context: Context, floor: Floor) -> None:
        self._context = context
        self._floor = floor
        self._asked_at: dict[str, float] = {}
        self._packets: dict[str, int] = {}

    def tick(self, now: float) -> None:
        """Ask for the count of each phone in doubt when it is time; forget the others."""
        seats = self._floor.seats.values()
        doubtful = {seat.leg_id: seat.number for seat in seats if seat.leg_id and is_in_doubt(seat)}
        for known in (self._asked_at, self._packets):
            for gone in known.keys() - doubtful.keys():
                del known[gone]
        for leg_id, number in doubtful.items():
            if now - self._asked_at.get(leg_id, 0.0) >= LISTEN_S:
                self._asked_at[leg_id] = now
                self._context.spawn(f"listen to {leg_id}", self._listen(number, leg_id))

    async def _listen(self, number: int, leg_id: str) -> None:
        try:
            packets = await self._context.telephony.packets_from(leg_id)
        except TelephonyError as fault:
            log.info("a phone's sound was not counted", seat=number, why=str(fault))
        else:
            self._context.post(LegHeard(number, leg_id, packets, self._context.clock()))

    def heard(self, event: LegHeard) -> None:
        """Compare with the count before."""
        seat = self._floor.seats[event.seat]
        before = self._packets.get(event.leg_id)
        if seat.leg_id != event.leg_id:
            return
        self._packets[event.leg_id] = event.packets
        if before is not None and is_lost(seat, before, event.packets):
            log.warning("a phone fell silent in a talk", seat=seat.number)
            order = self._context.telephony.hang_up(event.leg_id)
            self._context.order(f"hang up {event.leg_id}", order)
