"""What the web side asks of the engine; the composition root hands one in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from dialer.core.desk_events import DeskEvent
from dialer.core.live import LiveSnapshot, SeatLive
from dialer.core.picking import Pick
from dialer.store.port import (
    AnswerGiven,
    CallbackAgreed,
    CallContext,
    DispositionGiven,
    EventNoted,
    NoteWritten,
    OptedOut,
)

SeatListener = Callable[[SeatLive], None]
"""Called from the loop at each change of a seat; it must not block and must not raise."""

DeskFact = DispositionGiven | AnswerGiven | OptedOut | CallbackAgreed | EventNoted | NoteWritten
"""What people at desks give to be remembered."""


class DeskEngine(Protocol):
    """The running engine, seen from desks, wallboard and command line."""

    @property
    def ready(self) -> bool:
        """False while it starts, recovers or has stopped: desk events would not be heard."""

    def post(self, event: DeskEvent) -> None:
        """Put an event into the engine's queue; one that does not fit the seat is ignored with a log line."""

    def snapshot(self) -> LiveSnapshot:
        """The room now."""

    def seat(self, seat: int) -> SeatLive:
        """One seat now; ``KeyError`` for a seat the office does not have."""

    def subscribe(self, listener: SeatListener) -> Callable[[], None]:
        """Tell ``listener`` of each change of a seat; the returned function ends it."""

    async def record(self, facts: Sequence[DeskFact]) -> None:
        """Return when all are stored; ``StoreBusy`` when the store cannot be written now."""

    async def pick(self, seat: int, phone: str) -> Pick:
        """Show the operator the person with this number (E.164), if a campaign of theirs may call them."""

    async def call_context(self, attempt_id: str) -> CallContext | None:
        """The person and survey behind an attempt; ``StoreBusy`` when the store cannot be read now."""


class PhoneSwitch(Protocol):
    """Who may sign in as a seat's browser phone; both raise ``TelephonyError`` when Asterisk is not told."""

    async def admit(self, seat: int, password: str) -> None:
        """From now on this password, and no other, signs the seat's browser phone in."""

    async def withdraw(self, seat: int) -> None:
        """No password signs in any more, and a browser that is signed in is called no more."""
