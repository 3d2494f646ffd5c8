"""Facts on their way to the store: batches for what may wait, a group commit for what may not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from dialer.errors import StoreBusy, StoreError
from dialer.store.port import Fact

BATCH_PAUSE_S = 0.2
"""How long facts nobody waits for are collected before a transaction is worth it."""
FIRST_RETRY_S, LAST_RETRY_S = 0.2, 3.0
SAVE_DEADLINE_S = 3.0
"""How long ``save`` waits for a busy store before its caller must keep the fact elsewhere."""

log = structlog.get_logger("store")


class FactSink(Protocol):
    """The part of the store that takes facts."""

    async def write(self, facts: Sequence[Fact]) -> None: ...


class FactWriter:
    """The one writer of facts. Order is kept; a busy store only makes them wait, none is dropped.

    ``trouble`` says why the store cannot be written now, empty when it can: while it is set the engine
    places no new call, so that the backlog stays as small as the calls that live.
    """

    def __init__(self, sink: FactSink, pause_s: float = BATCH_PAUSE_S) -> None:
        self.trouble = ""
        self._sink = sink
        self._pause_s = pause_s
        self._pending: list[Fact] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._work = asyncio.Event()
        self._urgent = asyncio.Event()
        self._closing = False
        self.on_trouble: Callable[[str], None] = lambda _why: None

    def put(self, *facts: Fact) -> None:
        """Remember these soon."""
        self._pending.extend(facts)
        self._work.set()

    async def save(self, facts: Sequence[Fact]) -> None:
        """Return when these, and all before them, are stored; ``StoreBusy`` after a deadline.

        After ``StoreBusy`` they are still written as soon as the store can be: a caller that keeps them
        elsewhere too must write facts that may be repeated.
        """
        done = asyncio.get_running_loop().create_future()
        self._pending.extend(facts)
        self._waiters.append(done)
        self._work.set()
        self._urgent.set()
        try:
            await asyncio.wait_for(done, SAVE_DEADLINE_S)
        except TimeoutError as fault:
            raise StoreBusy(f"not stored within {SAVE_DEADLINE_S:g} s: {self.trouble}") from fault

    async def run(self) -> None:
        """Write until ``aclose``; ends only when everything is stored."""
        while not (self._closing and not self._pending):
            await self._work.wait()
            await self._collect()
            self._work.clear()
            self._urgent.clear()
            facts, self._pending = self._pending, []
            waiters, self._waiters = self._waiters, []
            await self._write_until_stored(facts)
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    async def aclose(self) -> None:
        """Let ``run`` end once the backlog is stored."""
        self._closing = True
        self._work.set()
        self._urgent.set()

    async def _collect(self) -> None:
        if self._closing or self._urgent.is_set():
            return
        try:
            await asyncio.wait_for(self._urgent.wait(), self._pause_s)
        except TimeoutError:
            return

    async def _write_until_stored(self, facts: Sequence[Fact]) -> None:
        retry_s = FIRST_RETRY_S
        while facts:
            try:
                await self._sink.write(facts)
            except StoreBusy as fault:
                self._set_trouble(str(fault))
                await asyncio.sleep(retry_s)
                retry_s = min(retry_s * 2, LAST_RETRY_S)
            except StoreError as fault:
                await self._write_one_by_one(facts, fault)
                return
            else:
                self._set_trouble("")
                return

    async def _write_one_by_one(self, facts: Sequence[Fact], fault: StoreError) -> None:
        """One fact the database will never take must not keep the others out."""
        if len(facts) == 1:
            log.error("fact refused by the store", fact=type(facts[0]).__name__, why=str(fault))
            return
        for fact in facts:
            await self._write_until_stored([fact])

    def _set_trouble(self, why: str) -> None:
        if why != self.trouble:
            self.trouble = why
            self.on_trouble(why)
