"""The open desks: each is told of its own seat at once, and a ready operator whose desk is gone is paused."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from dialer.core.desk_events import OperatorPaused, OperatorReady
from dialer.core.dispositions import DESK_GONE
from dialer.core.live import SeatLive, SeatState
from dialer.store.access import AuditEntry
from dialer.store.sessions import Session
from dialer.web.auth import SignIns
from dialer.web.calls import CallBook, CallView
from dialer.web.messages import DeskReplaced, GoingAway, SeatMessage, SessionEnded, seat_view
from dialer.web.meters import Meters
from dialer.web.port import DeskEngine
from dialer.web.sockets import ENDED, REPLACED, RESTARTING, Socket
from dialer.web.trail import AuditTrail

log = structlog.get_logger("web")

GRACE_S: Final = 3.0
"""A page that loads anew is back within this time."""
GRACE_AFTER_SILENCE_S: Final = 0.5
"""A browser that fell silent was given its time already: with both, a lost desk is found within 5 s."""
COMES_BACK_S: Final = 60.0
"""A desk that is back within this time is ready again by itself."""

MOST_LOOKS: Final = 5_000

_WORKING = (
    SeatState.READY, SeatState.PREVIEW, SeatState.DIALLING, SeatState.RESERVED, SeatState.TALKING,
    SeatState.WRAP_UP,
)  # fmt: skip
_WAITING_FOR_PHONE = (SeatState.CONNECTING, SeatState.UNREACHABLE)


@dataclass(slots=True)
class _Desk:
    socket: Socket
    session: Session


@dataclass(slots=True)
class _Gone:
    """A desk that left its seat working: what to give back if it returns until ``until``."""

    campaigns: frozenset[int]
    until: float


class DeskHub:
    """One desk per seat."""

    def __init__(
        self,
        engine: DeskEngine,
        sign_ins: SignIns,
        calls: CallBook,
        trail: AuditTrail,
        meters: Meters,
        clock: Callable[[], float],
    ) -> None:
        self._engine = engine
        self._sign_ins = sign_ins
        self._calls = calls
        self._trail = trail
        self._meters = meters
        self._clock = clock
        self._desks: dict[int, _Desk] = {}
        self._gone: dict[int, _Gone] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._takes_all: set[int] = set()
        self._looks: OrderedDict[tuple[int, str], None] = OrderedDict()
        self._unsubscribe: Callable[[], None] = lambda: None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Listen to the engine from now on."""
        self._loop = asyncio.get_running_loop()
        self._unsubscribe = self._engine.subscribe(self._seat_changed)

    def stop(self) -> None:
        """Tell every desk that the daemon goes, and listen no more."""
        self._unsubscribe()
        for timer in self._timers.values():
            timer.cancel()
        for desk in tuple(self._desks.values()):
            desk.socket.end(RESTARTING, "restarting", GoingAway())

    @property
    def sessions(self) -> Sequence[Session]:
        """The sign-ins behind the open desks."""
        return [desk.session for desk in self._desks.values()]

    # --- desks come and go

    def attach(self, socket: Socket, session: Session, seat: int) -> None:
        """This is the seat's desk now; an older window of it is told and closed."""
        older = self._desks.get(seat)
        if older is not None:
            older.socket.end(REPLACED, "replaced", DeskReplaced())
        if (timer := self._timers.pop(seat, None)) is not None:
            timer.cancel()
        self._desks[seat] = _Desk(socket, session)
        self._sign_ins.seen(session.id)
        self._sign_ins.take_seat(session)
        live = self._engine.seat(seat)
        self._give_back(live)
        self._push(seat)
        if live.attempt_id is not None:
            self._calls.fetch(live.attempt_id, lambda: self._push(seat), afresh=True)

    def detach(self, socket: Socket, seat: int) -> None:
        """The socket is closed; if it was the seat's desk, it has a moment to come back."""
        desk = self._desks.get(seat)
        if desk is None or desk.socket is not socket:
            return
        del self._desks[seat]
        if self._loop is not None:
            grace_s = GRACE_AFTER_SILENCE_S if socket.silent else GRACE_S
            self._timers[seat] = self._loop.call_later(grace_s, self._pause_deserted, seat, desk.session)

    def session_ended(self, session_id: int, reason: str) -> None:
        """Tell the desk of this sign-in that it is over."""
        for seat, desk in tuple(self._desks.items()):
            if desk.session.id == session_id:
                del self._desks[seat]
                self._gone.pop(seat, None)
                self._takes_all.discard(seat)
                desk.socket.end(ENDED, reason, SessionEnded(reason=reason))

    def _pause_deserted(self, seat: int, session: Session) -> None:
        self._timers.pop(seat, None)
        live = self._engine.seat(seat)
        if live.operator_id != session.operator.id or live.draining:
            return
        now = self._clock()
        in_a_break = bool(live.reason)  # to which the operator returns who looks at somebody
        if live.state in _WORKING and not in_a_break:
            log.info("a ready seat's desk is gone", seat=seat)
            self._gone[seat] = _Gone(live.campaigns, now + COMES_BACK_S)
        if live.state in (*_WORKING, *_WAITING_FOR_PHONE):
            self._engine.post(OperatorPaused(seat, DESK_GONE.code, now))

    def _give_back(self, live: SeatLive) -> None:
        """Undo the pause of a desk that is back; in wrap-up that would cut it short, so it waits."""
        gone = self._gone.get(live.seat)
        is_back = gone is not None and live.seat in self._desks and live.reason == DESK_GONE.code
        if gone is None or not is_back or live.state is SeatState.WRAP_UP:
            return
        del self._gone[live.seat]
        now = self._clock()
        if now <= gone.until:
            self._engine.post(OperatorReady(live.seat, gone.campaigns, now))

    # --- seats change

    def _seat_changed(self, live: SeatLive) -> None:
        """The engine calls this in the middle of its work: a fault of a desk must not reach it."""
        try:
            self._follow(live)
        except Exception as fault:
            log.error("a desk was not told", seat=live.seat, kind=type(fault).__name__)

    def _follow(self, live: SeatLive) -> None:
        self._calls.note(live)
        desk = self._desks.get(live.seat)
        if desk is None:
            return
        if live.state is SeatState.SIGNED_OUT:
            self._sign_ins.take_seat(desk.session)
        self._give_back(live)
        self._push(live.seat)
        if live.attempt_id is not None and self._calls.known(live.attempt_id) is None:
            self._calls.fetch(live.attempt_id, lambda: self._push(live.seat))

    def _push(self, seat: int) -> None:
        desk = self._desks.get(seat)
        if desk is not None:
            changed_at = self._clock()
            desk.socket.put("seat", lambda: self._compose(desk, seat, changed_at))

    def show_call(self, attempt_id: str, but: int) -> None:
        """Something was recorded of a call at the seat ``but``: tell the other seats that are on it."""
        for seat in self._desks:
            if seat != but and self._engine.seat(seat).attempt_id == attempt_id:
                self._push(seat)

    def _compose(self, desk: _Desk, seat: int, changed_at: float) -> str:
        message = self.message(seat, desk.session)
        self._meters.pushed(self._clock() - changed_at)
        return message.model_dump_json()

    def message(self, seat: int, reader: Session) -> SeatMessage:
        """The seat now, with the call's context if it was read already; that ``reader`` sees it is noted."""
        live = self._engine.seat(seat)
        context = self._calls.known(live.attempt_id) if live.attempt_id is not None else None
        call = None if context is None else self._calls.view(context)
        if call is not None:
            self._note_look(reader, call)
        return SeatMessage(at=self._clock(), seat=seat_view(live), call=call)

    def _note_look(self, session: Session, call: CallView) -> None:
        """One line of the audit log for each call and sign-in, however often it is shown."""
        look = (session.id, call.attempt_id)
        if look in self._looks:
            return
        self._looks[look] = None
        if len(self._looks) > MOST_LOOKS:
            self._looks.popitem(last=False)
        subject = f"contact {call.contact_id}"
        detail = {"attempt": call.attempt_id, "seat": session.seat}
        self._trail.put(AuditEntry(self._clock(), session.operator.username, "contact show", subject, detail))

    # --- operators who take every campaign

    def takes_all(self, seat: int, every: bool) -> None:
        """Whether the operator takes every operators' campaign, also those that start later."""
        if every:
            self._takes_all.add(seat)
        else:
            self._takes_all.discard(seat)

    def follow_campaigns(self) -> None:
        """Give the seats that take every campaign those that were started since."""
        if not self._takes_all:
            return
        campaigns = self.operator_campaigns()
        now = self._clock()
        for seat in self._takes_all:
            live = self._engine.seat(seat)
            settled = live.state is SeatState.READY and not live.draining
            if settled and live.campaigns != campaigns:
                self._engine.post(OperatorReady(seat, campaigns, now))

    def operator_campaigns(self) -> frozenset[int]:
        """The campaigns whose people go to operators; of surveys those who press the operator key."""
        return frozenset(campaign.campaign_id for campaign in self._engine.snapshot().campaigns)

    def touch(self) -> None:
        """An open desk is a sign of life."""
        for desk in self._desks.values():
            self._sign_ins.seen(desk.session.id)
