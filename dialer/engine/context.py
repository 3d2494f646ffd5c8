"""What every room of the engine shares: the ports, the clock, and the way to start background work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from dialer.core.events import Event
from dialer.engine.events import InternalEvent
from dialer.engine.settings import CallRecords, EngineSettings
from dialer.engine.writer import FactWriter
from dialer.errors import TelephonyError
from dialer.store.port import DialStore
from dialer.telephony.port import Telephony

log = structlog.get_logger("engine")


@dataclass(slots=True)
class Context:
    """Ports and clock; ``post`` puts an event into the engine's queue.

    Background work is a named task of the engine's group: one that dies of an unforeseen error brings
    the engine down, loudly.
    """

    telephony: Telephony
    store: DialStore
    writer: FactWriter
    settings: EngineSettings
    clock: Callable[[], float]
    post: Callable[[Event | InternalEvent], None]
    records: CallRecords
    group: asyncio.TaskGroup | None = field(default=None)

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` beside the engine; what it finds out comes back as an event."""
        if self.group is None:
            work.close()
            return
        self.group.create_task(work, name=name)

    def order(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run a command to Asterisk whose failure needs no answer: the next resync shows the truth."""
        self.spawn(name, self._forgiving(name, work))

    async def _forgiving(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except TelephonyError as fault:
            log.warning("order failed", order=name, why=str(fault))
