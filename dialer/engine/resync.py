"""Holding our calls against what Asterisk really has: after a start, a lost link, and every half minute."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from dialer.core.call_orders import HoldOrdered, OrderSent
from dialer.core.calls import Call, Phase
from dialer.core.channels import LiveChannel, Place
from dialer.core.model import Outcome
from dialer.core.seats import TalkFound
from dialer.core.telephony_events import (
    AbandonedMessageStarted,
    CallAnswered,
    CallEnded,
    Held,
    Joined,
    OperatorWanted,
    Parted,
)
from dialer.engine.context import Context
from dialer.engine.events import Resynced, ResyncFailed
from dialer.engine.floor import Floor
from dialer.engine.settings import PlacedCall
from dialer.engine.switchboard import Switchboard
from dialer.errors import TelephonyError
from dialer.store.port import AttemptTimes

log = structlog.get_logger("resync")

SETTLE_S = 2.0
"""What changed this shortly before the question, or after it, is not judged by the answer."""


class Resync:
    """Asks Asterisk and brings calls and seats in line with the answer."""

    def __init__(self, context: Context, switchboard: Switchboard, floor: Floor) -> None:
        self._context = context
        self._switchboard = switchboard
        self._floor = floor
        self.running = False

    def ask(self, *, restarted: bool) -> None:
        """Start asking; the answer comes back as ``Resynced`` or ``ResyncFailed``."""
        if not self.running:
            self.running = True
            self._context.spawn("resync", self._ask(restarted))

    async def _ask(self, restarted: bool) -> None:
        context = self._context
        asked_at = context.clock()
        try:
            channels = await context.telephony.live_channels()
            reachable = await context.telephony.reachable_seats()
        except TelephonyError as fault:
            log.warning("Asterisk could not be asked for its channels", why=str(fault))
            context.post(ResyncFailed(context.clock()))
            return
        live = {channel.channel_id for channel in channels}
        missing = [call_id for call_id in self._switchboard.calls if call_id not in live]
        records = await context.records(missing) if missing else {}
        context.post(Resynced(asked_at, channels, reachable, records, restarted))

    def settle(self, answer: Resynced) -> None:
        """Adopt what lives, close what is gone."""
        self.running = False
        channels = {channel.channel_id: channel for channel in answer.channels}
        self._floor.resync(channels, answer.reachable, answer.asked_at)
        for call in tuple(self._switchboard.calls.values()):
            channel = channels.get(call.id)
            if channel is not None:
                self._adopt(call, channel, answer.asked_at)
            elif answer.restarted or self._should_have_channel(call, answer.asked_at):
                self._bury(call, answer.records, answer.asked_at)

    def _should_have_channel(self, call: Call, asked_at: float) -> bool:
        ordered_at = call.dialled_at if call.dialled_at is not None else call.attempt.claimed_at
        return asked_at - ordered_at > SETTLE_S

    def _adopt(self, call: Call, channel: LiveChannel, now: float) -> None:
        apply = self._switchboard.apply
        if call.phase is Phase.CLAIMED:
            apply(OrderSent(call.id, now - channel.age_s))
        if not channel.answered:
            return
        if not call.answered:
            apply(CallAnswered(call.id, now))
        leg_id = channel.bridged_with or ""
        if leg_id.startswith("seat-"):
            self._adopt_talk(call.id, leg_id, now)
        elif channel.place == Place.ABANDONED:
            apply(AbandonedMessageStarted(call.id, now))
        elif channel.place == Place.ON_HOLD:
            self._adopt_held(call.id, now)
        elif channel.place == Place.WANTS_OPERATOR and self._switchboard.calls[call.id].phase is Phase.SURVEY:
            apply(OperatorWanted(call.id, now))
        elif self._talks_by_our_book(call.id, now):
            apply(Parted(call.id, self._switchboard.calls[call.id].seat or 0, "", now))

    def _adopt_held(self, call_id: str, now: float) -> None:
        """Somebody waits with music: as we know, as an event told that was lost, or since an earlier life."""
        call = self._switchboard.calls[call_id]
        seat = self._floor.seats.get(call.seat or 0)
        if seat is None or (call.phase is Phase.TALKING and seat.attempt_id == call_id):
            return
        if call.phase is Phase.TALKING:
            self._switchboard.apply(HoldOrdered(call_id, now))
        if seat.attempt_id != call_id:
            self._floor.apply(seat.number, TalkFound(seat.number, call_id, call.operators_of, now))
        if not self._floor.seats[seat.number].held:
            self._switchboard.apply(Held(call_id, now))

    def _talks_by_our_book(self, call_id: str, asked_at: float) -> bool:
        """Whether we take the call for a talk, and did so before Asterisk was asked.

        A join that came while the answer was under way is newer than the answer: believing the answer would
        give the person to a second operator.
        """
        call = self._switchboard.calls[call_id]
        if call.phase is not Phase.TALKING:
            return False
        seat = self._floor.seats.get(call.seat or 0)
        return seat is None or seat.since < asked_at - SETTLE_S

    def _adopt_talk(self, call_id: str, leg_id: str, now: float) -> None:
        number = int(leg_id.split("-")[1])
        call = self._switchboard.calls[call_id]
        if call.parted_at is not None and call.parted_at >= now - SETTLE_S:
            return
        seat = self._floor.seats.get(number)
        if call.phase is Phase.TALKING and seat is not None and seat.attempt_id == call_id:
            return
        self._floor.apply(number, TalkFound(number, call_id, call.attempt.campaign_id, now))
        if call.phase is not Phase.TALKING:
            joined_at = call.joined_at if call.joined_at is not None else call.answered_at
            self._switchboard.apply(Joined(call_id, number, leg_id, joined_at or now))

    def _bury(self, call: Call, records: Mapping[str, PlacedCall], now: float) -> None:
        """Close a call that Asterisk no longer has, by what its call records say."""
        record = records.get(call.id)
        if record is None:
            self._switchboard.close(call._replace(ended_at=now), Outcome.WITHDRAWN, "never placed")
            return
        call = self._complete(call, record)
        if record.ended_at is None:
            forced = None if call.answered else Outcome.CANCELLED
            self._switchboard.close(call._replace(ended_at=now), forced, "Asterisk stopped in the call")
            return
        self._switchboard.add(call)
        rang = call.ringing_at is not None
        self._switchboard.apply(CallEnded(call.id, record.ended_at, record.cause or 0, rang=rang))

    def _complete(self, call: Call, record: PlacedCall) -> Call:
        """What the record knows of the call and we do not."""
        if call.phase is Phase.CLAIMED:
            call = call._replace(phase=Phase.DIALLING, dialled_at=record.started_at)
            self._context.writer.put(AttemptTimes(call.id, dialled_at=record.started_at))
        if call.answered_at is None and record.answered_at is not None:
            call = call._replace(answered_at=record.answered_at)
            self._context.writer.put(AttemptTimes(call.id, answered_at=record.answered_at))
        return call
