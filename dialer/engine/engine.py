"""The single owner of live state: events come in through one queue, commands go out through the ports.

Handlers run to their end without waiting; what must wait runs as a named task and comes back as an event.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from dialer.core import desk_events as d
from dialer.core import ivr_events as i
from dialer.core import telephony_events as t
from dialer.core.call_orders import HoldFailed, TakeBackFailed, ThreeWayFailed
from dialer.core.calls import Call, Phase
from dialer.core.events import Event, Tick
from dialer.core.live import LiveSnapshot, SeatLive, SeatState
from dialer.core.model import Campaign
from dialer.core.picking import NotPicked, Pick
from dialer.engine import events as e
from dialer.engine import picture
from dialer.engine.context import Context
from dialer.engine.dialling import Dialling
from dialer.engine.floor import Floor
from dialer.engine.handing_on import HandingOn
from dialer.engine.line_checks import LineChecks
from dialer.engine.lost_phones import LostPhones
from dialer.engine.resync import Resync
from dialer.engine.settings import CallRecords, EngineSettings, no_call_records
from dialer.engine.switchboard import Switchboard
from dialer.engine.writer import FactWriter
from dialer.store.port import CallContext, DialStore, Fact, OpenAttempt
from dialer.telephony.port import Telephony

log = structlog.get_logger("engine")

PICK_PATIENCE_S = 8.0
"""A desk that asks for a person is answered within this time."""


class Engine:
    """One office at work. Create it, ``adopt`` what an earlier life left open, then ``run`` it."""

    def __init__(
        self,
        telephony: Telephony,
        store: DialStore,
        settings: EngineSettings,
        clock: Callable[[], float] = time.time,
        records: CallRecords = no_call_records,
    ) -> None:
        self._queue: asyncio.Queue[Event | e.InternalEvent] = asyncio.Queue()
        self.writer = FactWriter(store)
        self._context = Context(telephony, store, self.writer, settings, clock, self.post, records)
        self._floor = Floor(self._context)
        self._dialling = Dialling(self._context, self._floor)
        self._switchboard = Switchboard(self._context, self._floor, self._dialling)
        self._dialling.switchboard = self._dialling.claims.switchboard = self._switchboard
        self._dialling.callers.switchboard = self._dialling.taking_back.switchboard = self._switchboard
        self._handing_on = HandingOn(self._context, self._floor, self._switchboard)
        self._line_checks = LineChecks(self._context, self._floor)
        self._lost_phones = LostPhones(self._context, self._floor)
        self._floor.watcher = self._dialling.seat_changed
        self._resync = Resync(self._context, self._switchboard, self._floor)
        self._started_at = clock()
        self._link_fault = "connecting"
        self._synced_at: float | None = None
        self._draining = False
        self._idle = asyncio.Event()
        self._handlers = self._handler_table()

    # --- for the rooms around

    def post(self, event: Event | e.InternalEvent) -> None:
        """Put an event into the queue; never blocks."""
        self._queue.put_nowait(event)

    @property
    def ready(self) -> bool:
        """Linked to Asterisk and in line with it."""
        return self._synced_at is not None

    def snapshot(self) -> LiveSnapshot:
        """The room now."""
        return picture.snapshot(
            self._floor,
            self._switchboard,
            self._dialling,
            now=self._context.clock(),
            started_at=self._started_at,
            asterisk=self._link_fault or "up",
            store=self.writer.trouble or "ok",
            draining=self._draining,
        )

    def seat(self, number: int) -> SeatLive:
        """One seat now; ``KeyError`` for a number the office does not have."""
        return self._floor.live(self._floor.seats[number])

    def takes_caller(self, campaign_ids: Sequence[int]) -> Campaign | None:
        """The first of these campaigns whose operators talk with people who call us now."""
        now = self._context.clock()
        return self._dialling.callers.campaign(campaign_ids, now) if self._may_dial else None

    def asks_caller(self, line: str) -> Campaign | None:
        """The campaign whose survey people who ring ``line`` may be asked now."""
        return self._dialling.callers.asks(line, self._context.clock()) if self._may_dial else None

    def subscribe(self, listener: Callable[[SeatLive], None]) -> Callable[[], None]:
        """Tell ``listener`` of each seat's change; the returned function ends it."""
        return self._floor.subscribe(listener)

    async def record(self, facts: Sequence[Fact]) -> None:
        """Return when the facts are stored; ``StoreBusy`` when that takes too long."""
        await self.writer.save(facts)

    async def pick(self, seat: int, phone: str) -> Pick:
        """Show the operator the person with this number (E.164), if a campaign of theirs may call them."""
        answer: asyncio.Future[Pick] = asyncio.get_running_loop().create_future()
        self.post(e.PickAsked(seat, phone, answer, self._context.clock()))
        try:
            return await asyncio.wait_for(answer, PICK_PATIENCE_S)
        except TimeoutError:
            return Pick(why=NotPicked.NOT_NOW)

    async def call_context(self, attempt_id: str) -> CallContext | None:
        """The person and the survey behind an attempt."""
        return await self._context.store.call_context(attempt_id)

    # --- life

    async def adopt(self) -> int:
        """Take over attempts that an earlier life left open; the first resync decides about each.

        Returns how many there are. ``StoreBusy`` when the store cannot be read.
        """
        await self._dialling.begin(self._context.clock())
        adopted = 0
        for left in await self._context.store.open_attempts():
            work = self._dialling.work.get(left.attempt.campaign_id)
            if work is None:
                log.error("open attempt of a finished campaign", attempt=left.attempt.id)
                continue
            campaign = work.campaign
            call = Call(left.attempt, campaign.kind, campaign.trunk, campaign.ring_limit_s)
            self._switchboard.add(_as_left(call, left))
            adopted += 1
        return adopted

    async def run(self) -> None:
        """Work until cancelled, or until ``drain`` has ended."""
        writing = asyncio.create_task(self.writer.run(), name="fact writer")
        try:
            async with asyncio.TaskGroup() as group:
                self._context.group = group
                ticking = group.create_task(self._tick_forever(), name="tick")
                group.create_task(self._watch(writing), name="watch fact writer")
                await self._context.telephony.start(self.post)
                await self._work()
                ticking.cancel()
                self._context.group = None
                await self._context.telephony.aclose()
                await self.writer.aclose()
        finally:
            self._context.group = None
            await self._flush(writing)

    async def drain(self) -> None:
        """No new call; return when the last one is over or the drain time has passed."""
        self._draining = True
        log.info("draining", calls=len(self._switchboard.calls))
        try:
            await asyncio.wait_for(self._idle.wait(), self._context.settings.drain_s)
        except TimeoutError:
            log.warning("calls left to the next life", calls=len(self._switchboard.calls))
        self.stop()

    def stop(self) -> None:
        """End ``run`` now; living calls go on in Asterisk and are adopted by the next life."""
        self._queue.put_nowait(_STOP)

    async def _work(self) -> None:
        while True:
            event = await self._queue.get()
            if event is _STOP:
                return
            self._handlers[type(event)](event)

    async def _tick_forever(self) -> None:
        while True:
            self.post(Tick(self._context.clock()))
            await asyncio.sleep(self._context.settings.tick_s)

    async def _watch(self, writing: asyncio.Task[None]) -> None:
        await asyncio.shield(writing)

    async def _flush(self, writing: asyncio.Task[None]) -> None:
        await self.writer.aclose()
        try:
            await asyncio.wait_for(writing, 10.0)
        except (TimeoutError, asyncio.CancelledError):
            log.error("facts not stored at the end", why=self.writer.trouble)

    # --- handlers

    def _handler_table(self) -> dict[type, Callable[[Any], None]]:
        switchboard, floor, dialling = self._switchboard, self._floor, self._dialling
        handing_on = self._handing_on
        calls = (
            t.CallRinging, t.CallAnswered, t.CallEnded, t.CallNotPlaced, t.AbandonedMessageStarted,
            t.Joined, t.Parted, i.SurveyStarted, i.SurveyEnded, t.OperatorWanted, t.OperatorMissed,
            t.Held, HoldFailed, TakeBackFailed,
        )  # fmt: skip
        desks = (
            d.OperatorSignedIn, d.OperatorSignedOut, d.OperatorReady, d.OperatorPaused, d.WrapUpDone,
            d.HelpAsked,
        )  # fmt: skip
        return {
            **dict.fromkeys(calls, switchboard.apply),
            **dict.fromkeys(desks, self._desk_event),
            d.OperatorHangsUp: self._operator_hangs_up,
            d.OperatorHolds: handing_on.hold,
            d.OperatorResumes: handing_on.resume,
            d.OperatorSendsDigits: handing_on.digits,
            d.OperatorTransfers: handing_on.transfer,
            d.OperatorConsults: handing_on.consult,
            d.OperatorGathers: handing_on.gather,
            d.OperatorLeaves: handing_on.leave,
            ThreeWayFailed: handing_on.gather_failed,
            e.ConsultBegan: handing_on.consult_began,
            e.ConsultFailed: handing_on.consult_failed,
            d.OperatorSendsToSurvey: handing_on.to_survey,
            i.CalledIn: dialling.callers.called_in,
            d.LineCheckBegins: self._line_checks.begin,
            d.LineCheckEnds: self._line_checks.end,
            t.LineChecked: self._line_checks.checked,
            d.TalkProgress: self._talk_progress,
            d.OperatorDials: dialling.previews.dials,
            d.OperatorSkips: dialling.previews.skips,
            e.DialChecked: dialling.previews.checked,
            e.PickAsked: lambda event: dialling.picks.asked(event, allowed=self._may_dial),
            e.PickEnded: dialling.picks.ended,
            d.CallbackPromised: dialling.callback_promised,
            d.CampaignsChanged: lambda event: dialling.read_campaigns(event.at),
            t.SeatLegUp: self._leg_up,
            t.SeatLegEnded: self._leg_ended,
            t.PhoneReachable: floor.phone,
            t.TrunkReachable: self._trunk_reachable,
            t.LinkUp: self._link_up,
            t.LinkLost: self._link_lost,
            Tick: self._tick,
            e.CampaignsRead: dialling.campaigns_read,
            e.Claimed: lambda event: dialling.claims.claimed(event, allowed=self._may_dial),
            e.ClaimFailed: dialling.claims.claim_failed,
            e.OrderRefused: dialling.claims.order_refused,
            e.JoinFailed: switchboard.join_failed,
            e.LegFailed: floor.leg_failed,
            e.LegHeard: self._lost_phones.heard,
            e.Resynced: self._resynced,
            e.ResyncFailed: self._resync_failed,
        }

    @property
    def _may_dial(self) -> bool:
        return self.ready and not self._draining and not self.writer.trouble

    def _tick(self, event: Tick) -> None:
        now = event.at
        self._floor.tick(now)
        if self._floor.linked:
            self._lost_phones.tick(now)
        self._switchboard.tick(now)
        self._serve_waiting(now)
        self._dialling.tick(now, allowed=self._may_dial)
        if self._synced_at is not None and now - self._synced_at >= self._context.settings.resync_s:
            self._synced_at = now
            self._resync.ask(restarted=False)
        if self._switchboard.calls:
            self._idle.clear()
        else:
            self._idle.set()

    def _serve_waiting(self, now: float) -> None:
        """Seats that became ready in any way take whoever waits."""
        if not self._switchboard.anybody_waits(now):
            return
        for seat in self._floor.seats.values():
            if seat.state is SeatState.READY:
                self._switchboard.seat_free(seat, now)

    def _desk_event(self, event: Any) -> None:
        if self._floor.apply(event.seat, event):
            self._switchboard.seat_free(self._floor.seats[event.seat], event.at)

    def _operator_hangs_up(self, event: d.OperatorHangsUp) -> None:
        seat = self._floor.seats.get(event.seat)
        if seat is not None and seat.guest_of is not None:
            self._handing_on.leave(d.OperatorLeaves(seat.number, event.at))
        elif seat is not None and seat.state is SeatState.TALKING and seat.attempt_id:
            order = self._context.telephony.hang_up(seat.attempt_id)
            self._context.order(f"hang up {seat.attempt_id}", order)

    def _talk_progress(self, event: d.TalkProgress) -> None:
        seat = self._floor.seats.get(event.seat)
        work = self._dialling.work.get(seat.campaign_id or 0) if seat is not None else None
        if work is not None:
            work.pacing.progress(event)

    def _leg_up(self, event: t.SeatLegUp) -> None:
        self._floor.leg_up(event)
        self._switchboard.leg_up(event)
        self._line_checks.leg_up(event)
        self._switchboard.seat_free(self._floor.seats[event.seat], event.at)

    def _leg_ended(self, event: t.SeatLegEnded) -> None:
        self._floor.leg_ended(event)
        self._switchboard.leg_ended(event)
        self._handing_on.leg_ended(event)

    def _trunk_reachable(self, event: t.TrunkReachable) -> None:
        gate = self._dialling.gates.get(event.trunk)
        if gate is not None:
            gate.reachable = event.reachable

    def _link_up(self, event: t.LinkUp) -> None:
        self._link_fault = "reading its state"
        self._floor.linked = True
        self._resync.running = False
        self._resync.ask(restarted=event.restarted)

    def _link_lost(self, event: t.LinkLost) -> None:
        log.error("link to Asterisk lost", why=event.why)
        self._link_fault = event.why or "link lost"
        self._synced_at = None
        self._floor.linked = False

    def _resynced(self, event: e.Resynced) -> None:
        if not self._floor.linked:
            return
        self._resync.settle(event)
        self._link_fault = ""
        self._synced_at = event.asked_at

    def _resync_failed(self, event: e.ResyncFailed) -> None:
        self._resync.running = False
        if self._floor.linked and self._synced_at is None:
            self._resync.ask(restarted=False)


class _Stop:
    """Ends the queue."""


_STOP: Any = _Stop()


def _as_left(call: Call, left: OpenAttempt) -> Call:
    """The call as the store knew it last; what it was doing shows in Asterisk."""
    phase = Phase.CLAIMED if left.dialled_at is None else Phase.DIALLING
    call = call._replace(phase=phase, dialled_at=left.dialled_at)
    if left.answered_at is None:
        return call
    waiting = Phase.SURVEY if call.kind == "survey" or call.attempt.inbound else Phase.WAITING
    phase = waiting if left.joined_at is None else Phase.TALKING
    asked_at = left.answered_at if left.survey_started and call.attempt.inbound else None
    return call._replace(
        phase=phase,
        answered_at=left.answered_at,
        joined_at=left.joined_at,
        seat=left.seat,
        survey_started_at=asked_at,
    )

