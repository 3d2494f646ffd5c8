"""The seats: who sits there, whether the phone's leg is up, and what happens after each talk."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace

import structlog

from dialer.core import seats as table
from dialer.core.channels import LiveChannel
from dialer.core.desk_events import WrapUpDone
from dialer.core.live import SeatLive, SeatState
from dialer.core.routing import choose_seat
from dialer.core.seats import Seat, SeatEvent
from dialer.core.telephony_events import PhoneReachable, SeatLegEnded, SeatLegUp
from dialer.engine.context import Context
from dialer.engine.events import LegFailed
from dialer.errors import IllegalTransition, TelephonyError
from dialer.store.port import SeatStateNoted

log = structlog.get_logger("floor")

LEG_RETRY_S = 3.0
"""Pause before a phone that did not answer its leg is called again."""

_ADOPTED_CAUSE = 16
_IDLE = (
    SeatState.CONNECTING, SeatState.PAUSED, SeatState.READY, SeatState.PREVIEW, SeatState.UNREACHABLE
)  # fmt: skip


class Floor:
    """All seats of the office, changed only through the transition table."""

    def __init__(self, context: Context) -> None:
        self._context = context
        nailed = context.settings.nailed_up
        self.seats: dict[int, Seat] = {
            number: Seat(number, nailed_up=nailed) for number in range(1, context.settings.seats + 1)
        }
        self._listeners: list[Callable[[SeatLive], None]] = []
        self._calling: dict[int, str] = {}
        self._retry_at: dict[int, float] = {}
        self._wrap_up_s: dict[int, float] = {}
        self.allotted: Mapping[int, int] = {}
        self.linked = False
        self.watcher: Callable[[Seat, Seat, float], None] = lambda _before, _after, _at: None

    # --- reading

    def choose(
        self, campaign_id: int, operator_id: int | None = None, *, also_looking: bool = False
    ) -> Seat | None:
        """The operator for a person of this campaign, None when nobody is ready.

        ``operator_id``: with whom the person would rather speak. ``also_looking``: sooner somebody who looks
        at a person than nobody.
        """
        seats = self.seats.values()
        return choose_seat(seats, campaign_id, self.allotted, operator_id, also_looking=also_looking)

    def of_campaign(self, campaign_id: int) -> list[Seat]:
        """Signed-in seats that take people of this campaign."""
        return [
            seat
            for seat in self.seats.values()
            if seat.operator_id is not None and campaign_id in seat.campaigns
        ]

    def live(self, seat: Seat) -> SeatLive:
        """The seat as desks and wallboard see it."""
        return SeatLive(
            seat=seat.number,
            state=seat.state,
            since=seat.since,
            operator_id=seat.operator_id,
            reason=seat.reason,
            draining=bool(seat.drain),
            attempt_id=seat.attempt_id,
            campaign_id=seat.campaign_id,
            held=seat.held,
            consults=seat.consults,
            guest_of=seat.guest_of,
            asks_help=seat.asks_help,
            reachable=seat.reachable,
            campaigns=seat.campaigns,
            line=seat.line,
            interrupted=seat.interrupted,
        )

    def subscribe(self, listener: Callable[[SeatLive], None]) -> Callable[[], None]:
        """Tell ``listener`` of each change of a seat; the returned function ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- changing

    def apply(self, number: int, event: SeatEvent) -> bool:
        """Let the event happen to the seat; False, with a log line, when it does not fit."""
        before = self.seats.get(number)
        if before is None:
            log.warning("event for a seat that does not exist", seat=number)
            return False
        try:
            after = table.apply(before, event)
        except IllegalTransition as fault:
            log.info("seat event ignored", seat=number, why=str(fault))
            return False
        self.seats[number] = after
        if after != before:
            self._changed(before, after, event.at)
        return True

    def _changed(self, before: Seat, after: Seat, at: float) -> None:
        if (before.state, before.reason) != (after.state, after.reason):
            operator_id = after.operator_id if after.operator_id is not None else before.operator_id
            if operator_id is not None:
                state = after.state.value
                self._context.writer.put(SeatStateNoted(after.number, operator_id, state, after.reason, at))
        if after.state is SeatState.SIGNED_OUT and after.leg_id is not None:
            self._hang_up_leg(after.leg_id)
        if after.lacks_leg and after.state is not SeatState.UNREACHABLE:
            self._connect(after)
        self.watcher(before, after, at)
        for listener in tuple(self._listeners):
            listener(self.live(after))

    def wraps_up(self, number: int, limit_s: float) -> None:
        """After ``limit_s`` of wrap-up the seat goes on by itself."""
        self._wrap_up_s[number] = limit_s

    def rings_for(self, number: int) -> str:
        """Ring a phone without a nailed-up leg for one person; returns the leg's id."""
        seat = self.seats[number]
        self._connect(seat)
        return self._calling[number]

    def release_leg(self, number: int) -> None:
        """A phone that rings per person is let go after the talk."""
        seat = self.seats[number]
        if not seat.nailed_up and seat.leg_id is not None:
            self._hang_up_leg(seat.leg_id)

    def tick(self, now: float) -> None:
        """End wrap-ups that lasted too long; call phones again that have no leg."""
        for seat in tuple(self.seats.values()):
            may_retry = now >= self._retry_at.get(seat.number, 0.0)
            if seat.state is SeatState.WRAP_UP and now - seat.since >= self._wrap_up_s.get(seat.number, 30.0):
                self.apply(seat.number, WrapUpDone(seat.number, now))
            elif seat.state is SeatState.UNREACHABLE:
                if may_retry:
                    self._retry_at[seat.number] = now + LEG_RETRY_S
                    self._try_again(seat, now)
            elif seat.lacks_leg and (may_retry or seat.state is SeatState.CONNECTING):
                self._connect(seat)

    def _try_again(self, seat: Seat, now: float) -> None:
        """Call a phone without a leg. A leg that is up while its phone is silent is no sign of life: then the
        phones are looked at, since Asterisk does not tell of one that came back under its old address.
        """
        if seat.leg_id is None:
            self.apply(seat.number, table.PhoneBack(seat.number, now))
        else:
            self._context.order(f"look at phone {seat.number}", self._look())

    async def _look(self) -> None:
        await self._context.telephony.reachable_seats()

    # --- legs

    def leg_up(self, event: SeatLegUp) -> None:
        """The phone answered. A leg that is not the one we called is let go."""
        seat = self.seats.get(event.seat)
        expected = self._calling.get(event.seat)
        if seat is None or seat.state is SeatState.SIGNED_OUT or expected not in (None, event.leg_id):
            self._hang_up_leg(event.leg_id)
            return
        self._calling.pop(event.seat, None)
        self.apply(event.seat, event)

    def leg_ended(self, event: SeatLegEnded) -> None:
        """The phone hung up or never answered its leg."""
        seat = self.seats.get(event.seat)
        if seat is None:
            return
        if self._calling.get(event.seat) == event.leg_id:
            self._leg_missed(event.seat, event.at)
        elif seat.leg_id == event.leg_id:
            self._retry_at[event.seat] = event.at + LEG_RETRY_S
            if seat.state is SeatState.SIGNED_OUT:
                self.seats[event.seat] = Seat(
                    seat.number, reachable=seat.reachable, nailed_up=seat.nailed_up
                )
                return
            self.apply(event.seat, event)

    def leg_failed(self, event: LegFailed) -> None:
        """Asterisk would not call the phone."""
        if self._calling.get(event.seat) == event.leg_id:
            self._leg_missed(event.seat, event.at)

    def phone(self, event: PhoneReachable) -> None:
        """A phone came or went: a seat that cannot answer any more is not counted."""
        seat = self.seats.get(event.seat)
        if seat is None or seat.reachable == event.reachable:
            return
        self.seats[event.seat] = seat = replace(seat, reachable=event.reachable)
        if event.reachable:
            self._retry_at.pop(event.seat, None)
            if seat.state is SeatState.UNREACHABLE:
                self.apply(seat.number, table.PhoneBack(seat.number, event.at))
            return
        if (calling := self._calling.get(event.seat)) is not None:
            # It rings where nobody is any more, and would ring to its limit.
            self._hang_up_leg(calling)
            self._leg_missed(event.seat, event.at)
        elif seat.state in _IDLE:
            self.apply(seat.number, table.PhoneLost(seat.number, event.at))

    def resync(self, channels: Mapping[str, LiveChannel], reachable: frozenset[int], now: float) -> None:
        """Make the seats' legs what Asterisk has: adopt, let go, or call again."""
        ours = {seat.leg_id for seat in self.seats.values()} | set(self._calling.values())
        for number, seat in tuple(self.seats.items()):
            self.phone(PhoneReachable(number, number in reachable, now))
            if seat.leg_id is not None and seat.leg_id not in channels:
                self.leg_ended(SeatLegEnded(number, seat.leg_id, now, _ADOPTED_CAUSE))
            calling = self._calling.get(number)
            if calling is not None and calling not in channels:
                self._leg_missed(number, now)
        for leg_id, channel in channels.items():
            if leg_id.startswith("seat-") and leg_id not in ours and channel.answered:
                self._adopt(leg_id, now)

    def _adopt(self, leg_id: str, now: float) -> None:
        number = int(leg_id.split("-")[1])
        seat = self.seats.get(number)
        if seat is not None and seat.lacks_leg and number not in self._calling:
            self.leg_up(SeatLegUp(number, leg_id, now))
        else:
            self._hang_up_leg(leg_id)

    def _connect(self, seat: Seat) -> None:
        if not self.linked or seat.number in self._calling:
            return
        leg_id = f"seat-{seat.number:02d}-{secrets.token_hex(4)}"
        self._calling[seat.number] = leg_id
        self._context.spawn(f"leg {leg_id}", self._call_leg(seat.number, leg_id))

    async def _call_leg(self, number: int, leg_id: str) -> None:
        try:
            await self._context.telephony.call_seat(number, leg_id, self._context.settings.seat_ring_s)
        except TelephonyError as fault:
            log.info("phone not called", seat=number, why=str(fault))
            self._context.post(LegFailed(number, leg_id, self._context.clock()))

    def _leg_missed(self, number: int, now: float) -> None:
        self._calling.pop(number, None)
        self._retry_at[number] = now + LEG_RETRY_S
        if self.seats[number].state is SeatState.RESERVED:
            self.apply(number, table.ReservationFailed(number, now))
        if self.seats[number].state in _IDLE:
            self.apply(number, table.PhoneLost(number, now))

    def _hang_up_leg(self, leg_id: str) -> None:
        self._context.order(f"hang up {leg_id}", self._context.telephony.hang_up(leg_id))

