"""The living calls: each event is let happen to its call, and an answered person is given to an operator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Protocol

import structlog

from dialer.core import calls as table
from dialer.core.call_orders import HandOverFailed, HandOverOrdered, ResumeFailed, ResumeOrdered
from dialer.core.calls import Call, CallEvent, Phase
from dialer.core.ivr_events import SurveyEnded, SurveyStarted
from dialer.core.live import SeatState
from dialer.core.model import CampaignKind, Outcome
from dialer.core.seats import (
    Consulting,
    GuestStays,
    HoldChanged,
    OfferEnded,
    ReservationFailed,
    Reserved,
    Seat,
    TalkEnded,
)
from dialer.core.telephony_events import (
    AbandonedMessageStarted,
    CallAnswered,
    CallRinging,
    Held,
    Joined,
    OperatorWanted,
    Parted,
    SeatLegEnded,
    SeatLegUp,
)
from dialer.engine.context import Context
from dialer.engine.events import JoinFailed
from dialer.engine.floor import Floor
from dialer.errors import IllegalTransition, TelephonyError
from dialer.store.port import COMPLETE, SURVEY_ENDED, AttemptTimes, EventNoted

log = structlog.get_logger("switchboard")

LAST_JOIN_S = 1.75
"""After this long a waiting person is left to the message: a join could no longer arrive in time."""
WITH_OPERATOR = (Phase.TALKING, Phase.HELD, Phase.RESUMING, Phase.HANDING, Phase.THREE_WAY)
"""An operator is responsible for the person, who talks with him or waits for him."""
_WITHOUT_OPERATOR = (Phase.WAITING, Phase.HANDBACK, Phase.WANTED)
HANDBACK_PAUSE_S = 0.2
"""A person who parted from an operator is usually hanging up; only who stays is given to another."""
OWN_OPERATOR_S = 5.0
"""So long a person whose operator's phone fell away waits for it alone; then for whoever is free first."""


class CallWatcher(Protocol):
    """Who is told of the calls' fates: the campaigns' room."""

    def answered(self, call: Call, at: float) -> None: ...

    def answer_settled(self, call: Call, *, abandoned: bool) -> None: ...

    def campaign_named(self, name: str) -> int | None: ...

    def closed(self, call: Call, forced: Outcome | None, note: str) -> None: ...


class Switchboard:
    """Living calls by attempt id. The watcher hears of each end, with an outcome only if it is forced."""

    def __init__(self, context: Context, floor: Floor, watcher: CallWatcher) -> None:
        self._context = context
        self._floor = floor
        self._watcher = watcher
        self._joining: dict[str, int] = {}
        self.closed: Callable[[Call, float], None] = lambda _call, _at: None
        self.calls: dict[str, Call] = {}
        self._waiting: dict[str, Call] = {}
        self._on_trunk: Counter[str] = Counter()

    def of_campaign(self, campaign_id: int) -> list[Call]:
        """Living calls of a campaign."""
        return [call for call in self.calls.values() if call.attempt.campaign_id == campaign_id]

    def has_calls(self, campaign_id: int) -> bool:
        """Whether a call of the campaign lives."""
        return any(call.attempt.campaign_id == campaign_id for call in self.calls.values())

    def on_trunk(self, trunk: str) -> int:
        """Channels of a trunk that are taken."""
        return self._on_trunk[trunk]

    def without_operator(self) -> dict[int, int]:
        """People on the line who wait for an operator and have none coming, by campaign."""
        waiting: dict[int, int] = {}
        for call in self._waiting.values():
            if call.id not in self._joining:
                campaign_id = call.operators_of
                waiting[campaign_id] = waiting.get(campaign_id, 0) + 1
        return waiting

    def wanting(self, campaign_id: int) -> int:
        """People who called us, or are in other campaigns' surveys, and wait for operators of this one."""
        calls = self._waiting.values()
        wanting = (call for call in calls if call.attempt.inbound or call.wanted_from is not None)
        here = (call for call in wanting if call.operators_of == campaign_id)
        return sum(call.id not in self._joining for call in here)

    def add(self, call: Call) -> None:
        """A claimed or adopted attempt."""
        self._on_trunk[call.trunk] += call.id not in self.calls
        self._keep(call)

    def _keep(self, call: Call) -> None:
        """The call is this now. Few wait for an operator: whoever looks for them need not see all calls."""
        self.calls[call.id] = call
        if call.phase in _WITHOUT_OPERATOR:
            self._waiting[call.id] = call
        else:
            self._waiting.pop(call.id, None)

    def apply(self, event: CallEvent) -> None:
        """Let the event happen to its call and act on it."""
        call = self.calls.get(event.attempt_id)
        if call is None:
            return
        try:
            changed = table.apply(call, event)
        except IllegalTransition as fault:
            log.info("call event ignored", why=str(fault))
            return
        self._keep(changed)
        self._remember(call, changed, event)
        self._react(call, changed, event)

    def _remember(self, before: Call, call: Call, event: CallEvent) -> None:
        put = self._context.writer.put
        match event:
            case CallRinging(at=at) if before.ringing_at is None:
                put(AttemptTimes(call.id, ringing_at=at), EventNoted(call.id, at, "ringing"))
            case CallAnswered(at=at):
                put(AttemptTimes(call.id, answered_at=at), EventNoted(call.id, at, "answered"))
            case Joined(at=at, seat=number):
                operator_id = self._floor.seats[number].operator_id
                put(
                    AttemptTimes(call.id, joined_at=call.joined_at, seat=number, operator_id=operator_id),
                    EventNoted(call.id, at, "joined", f"seat {number}"),
                )
            case Parted(at=at, seat=number):
                put(EventNoted(call.id, at, "parted", f"seat {number}"))
            case Held(at=at):
                put(EventNoted(call.id, at, "held"))
            case AbandonedMessageStarted(at=at):
                put(EventNoted(call.id, at, "abandoned_message"))
            case SurveyEnded(at=at, complete=complete, word=word):
                how = word or (COMPLETE if complete else "incomplete")
                put(EventNoted(call.id, at, SURVEY_ENDED, how))
            case OperatorWanted(at=at):
                put(EventNoted(call.id, at, "operator_wanted"))
            case SurveyStarted(at=at) if before.survey_started_at is None:
                put(EventNoted(call.id, at, "survey_started"))

    def _react(self, before: Call, call: Call, event: CallEvent) -> None:
        match event:
            case CallAnswered(at=at):
                self._watcher.answered(before, at)
                self._route(call, at)
            case OperatorWanted(at=at, campaign=name):
                wanted_from = self._watcher.campaign_named(name) if name else None
                self._keep(call._replace(wanted_from=wanted_from))
                self._route(self.calls[call.id], at)
            case Held(at=at) if call.seat is not None:
                self._floor.apply(call.seat, HoldChanged(call.seat, True, at))
            case Joined(seat=number, at=at) if call.phase is Phase.THREE_WAY:
                off_hold, stays = HoldChanged(number, False, at), GuestStays(number, at)
                self._floor.apply(number, off_hold if number == call.seat else stays)
            case Joined(seat=number, at=at):
                self._joining.pop(call.id, None)
                self._joined(before, event)
                if call.kind is CampaignKind.SURVEY:
                    if before.joined_at is None:
                        self._watcher.answer_settled(call, abandoned=False)
                elif before.joined_at is None and before.message_at is None:
                    late = at - (call.answered_at or at) > table.JOIN_WITHIN_S
                    self._watcher.answer_settled(call, abandoned=late)
            case AbandonedMessageStarted() if call.joined_at is None:
                self._watcher.answer_settled(call, abandoned=True)
            case Parted() if call.phase is Phase.HANDBACK and self._keeper(call) is not None:
                pass  # Which of the two hung up shows in a moment.
            case Parted(seat=number) if call.phase is not Phase.HELD:
                self._talk_ended(call, number, event.at, given_on=before.phase is Phase.THREE_WAY)
                if before.phase is Phase.THREE_WAY and call.seat is not None:
                    self._floor.apply(call.seat, Consulting(call.seat, None, event.at))
        if call.phase is Phase.ENDED:
            self.close(call._replace(phase=before.phase))

    def _joined(self, before: Call, event: Joined) -> None:
        """Talking now: after a wait, from hold, or handed over by another operator, whose talk is over."""
        if before.seat == event.seat and self._floor.seats[event.seat].attempt_id == event.attempt_id:
            self._floor.apply(event.seat, event)
            return
        self._floor.apply(event.seat, event)
        if before.seat is not None:
            self._talk_ended(before, before.seat, event.at, given_on=True)

    def close(self, call: Call, forced: Outcome | None = None, note: str = "") -> None:
        """The call is over: free its seat and tell what became of it."""
        at = call.ended_at or self._context.clock()
        del self.calls[call.id]
        self._waiting.pop(call.id, None)
        self._on_trunk[call.trunk] -= 1
        self._give_up_join(call, at)
        if (seat := self._dialling_seat(call)) is not None:
            self._floor.apply(seat.number, OfferEnded(seat.number, at))
        for number in (call.seat, call.second):
            if call.phase in (*WITH_OPERATOR, Phase.HANDBACK) and number is not None:
                self._talk_ended(call, number, at)
        self.closed(call, at)
        self._watcher.closed(call, forced, note)

    # --- operators for people, people for operators

    def anybody_waits(self, now: float) -> bool:
        """Whether somebody could be joined to an operator now."""
        return any(self._can_be_joined(call, now) for call in self._waiting.values())

    def seat_free(self, seat: Seat, now: float) -> None:
        """An operator is ready: whoever has waited longest, and can still be joined in time, is next."""
        waiting = [
            call
            for call in self._waiting.values()
            if call.operators_of in seat.campaigns and self._can_be_joined(call, now)
        ]
        if waiting and seat.state is SeatState.READY and seat.takes_a_person:
            self._reserve(min(waiting, key=_waits_since), seat, now)

    def tick(self, now: float) -> None:
        """Give people who stayed on the line without their operator to another one."""
        for call in tuple(self._waiting.values()):
            if call.phase is not Phase.HANDBACK or now - (call.parted_at or now) < HANDBACK_PAUSE_S:
                continue
            keeper = self._keeper(call)
            if keeper is not None and keeper.leg_id is not None and call.id not in self._joining:
                self._talk_ended(call, keeper.number, now)
            self._route(call, now)

    def leg_up(self, event: SeatLegUp) -> None:
        """A phone rung for one person was picked up, or one for which the person waits is back: join them."""
        seat = self._floor.seats[event.seat]
        call = self.calls.get(seat.attempt_id or "")
        if call is None or seat.leg_id != event.leg_id:
            return
        if seat.state is SeatState.RESERVED and not seat.nailed_up:
            self._order_join(call.id, seat)
        elif seat.is_waited_for and call.phase is Phase.HELD:
            self.resume(call, seat, event.at)
        elif seat.is_waited_for and call.phase is Phase.HANDBACK and call.id not in self._joining:
            self._joining[call.id] = seat.number
            self._order_join(call.id, seat)

    def leg_ended(self, event: SeatLegEnded) -> None:
        """A talk whose person is gone without a word is over with the operator's leg."""
        seat = self._floor.seats.get(event.seat)
        if seat is not None and seat.is_waited_for and seat.attempt_id not in self.calls:
            self._floor.apply(seat.number, TalkEnded(seat.number, event.at))

    def join_failed(self, event: JoinFailed) -> None:
        """The operator is free again; the person, if still there, goes to another one."""
        call = self.calls.get(event.attempt_id)
        if call is not None and call.phase is Phase.RESUMING:
            self.apply(ResumeFailed(call.id, event.at))
        if self._joining.get(event.attempt_id) != event.seat:
            return
        self._joining.pop(event.attempt_id, None)
        self._floor.apply(event.seat, ReservationFailed(event.seat, event.at))
        if call is not None and call.phase is Phase.HANDING:
            self.apply(HandOverFailed(call.id, event.at))
        elif call is not None and self._can_be_joined(call, event.at):
            self._route(call, event.at)

    def _can_be_joined(self, call: Call, now: float) -> bool:
        if call.id in self._joining:
            return False
        if call.phase is Phase.WANTED:
            return True
        if call.phase is Phase.HANDBACK:
            keeper = self._keeper(call)
            alone_s = OWN_OPERATOR_S if keeper is not None and keeper.is_waited_for else HANDBACK_PAUSE_S
            return now - (call.parted_at or now) >= alone_s
        return call.phase is Phase.WAITING and now - (call.answered_at or now) < LAST_JOIN_S

    def _keeper(self, call: Call) -> Seat | None:
        """The operator from whom the person was parted, as long as nobody else has them."""
        seat = self._floor.seats.get(call.seat or 0)
        keeps = seat is not None and seat.state is SeatState.TALKING and seat.attempt_id == call.id
        return seat if keeps else None

    def _route(self, call: Call, now: float) -> None:
        if not self._can_be_joined(call, now):
            return
        seat = self._dialling_seat(call)
        if seat is None:
            # Who answered has two seconds; somebody who is looked at is not called yet, and can wait.
            urgent = call.phase is Phase.WAITING
            with_whom = call.attempt.operator_id
            seat = self._floor.choose(call.operators_of, with_whom, also_looking=urgent)
        if seat is not None:
            self._reserve(call, seat, now)

    def _dialling_seat(self, call: Call) -> Seat | None:
        """The operator who had this person called, and waits for them."""
        seat = self._floor.seats.get(call.dialled_by or 0)
        waits = seat is not None and seat.state is SeatState.DIALLING and seat.attempt_id == call.id
        return seat if waits else None

    def hand_over(self, call: Call, seat: Seat, now: float) -> None:
        """Give somebody who is with an operator to another one, who is ready."""
        self.apply(HandOverOrdered(call.id, now))
        self._reserve(call, seat, now)

    def resume(self, call: Call, seat: Seat, now: float) -> None:
        """Bridge somebody on hold with their own operator again."""
        if seat.leg_id is not None:
            self.apply(ResumeOrdered(call.id, now))
            self._order_join(call.id, seat)

    def let_go(self, call: Call, now: float) -> None:
        """The operator of somebody who is in no bridge with them has done their part."""
        if call.seat is not None:
            self._talk_ended(call, call.seat, now)

    def _reserve(self, call: Call, seat: Seat, now: float) -> None:
        reserved = Reserved(seat.number, call.id, call.operators_of, now)
        if not self._floor.apply(seat.number, reserved):
            return
        self._joining[call.id] = seat.number
        if seat.nailed_up:
            self._order_join(call.id, seat)
        else:
            self._floor.rings_for(seat.number)

    def _order_join(self, attempt_id: str, seat: Seat) -> None:
        assert seat.leg_id is not None
        self._context.spawn(f"join {attempt_id}", self._join(attempt_id, seat.number, seat.leg_id))

    async def _join(self, attempt_id: str, number: int, leg_id: str) -> None:
        try:
            await self._context.telephony.join(attempt_id, leg_id)
        except TelephonyError as fault:
            log.info("join refused", seat=number, why=str(fault))
            self._context.post(JoinFailed(attempt_id, number, self._context.clock()))

    def _give_up_join(self, call: Call, at: float) -> None:
        number = self._joining.pop(call.id, None)
        if number is not None:
            self._floor.apply(number, ReservationFailed(number, at))

    def _talk_ended(self, call: Call, number: int, at: float, *, given_on: bool = False) -> None:
        if self._floor.seats[number].attempt_id == call.id:
            self._floor.apply(number, TalkEnded(number, at, given_on))
            self._floor.release_leg(number)


def _waits_since(call: Call) -> float:
    return call.wanted_at or call.answered_at or 0.0
