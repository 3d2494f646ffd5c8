"""Trials of the operators' phones: begun and ended by the desk, counted by Asterisk, judged, stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dialer.core.desk_events import LineCheckBegins, LineCheckEnds
from dialer.core.live import SeatLive
from dialer.core.seat_check import Heard, Verdict, judge
from dialer.core.telephony_events import LineChecked
from dialer.store.seat_checks import SeatChecks
from dialer.store.sessions import Session
from dialer.web.port import DeskEngine
from dialer.web.problems import Problem

PATIENCE_S: Final = 2.0
"""So long Asterisk may take to tell what it counted."""
MOST_KNOWN: Final = 1_000


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it, at ``at`` (UTC epoch seconds)."""

    at: float
    verdict: Verdict


class SeatTrials:
    """Who may be ready: a sign-in whose last trial was good. ``required`` False: everybody."""

    def __init__(
        self, engine: DeskEngine, checks: SeatChecks, clock: Callable[[], float], *, required: bool
    ) -> None:
        self._engine = engine
        self._checks = checks
        self._clock = clock
        self.required = required
        self._begun: set[int] = set()
        self._passed: dict[int, bool] = {}

    def begin(self, session: Session, seat: int) -> None:
        """From now on the operator hears themselves."""
        self._begun.add(session.id)
        self._engine.post(LineCheckBegins(seat, self._clock()))

    async def end(self, session: Session, seat: int, heard: Heard) -> Trial:
        """Judge and store; ``Problem`` when none was begun, ``StoreBusy`` when it cannot be stored."""
        if session.id not in self._begun:
            raise Problem("no_trial_begun")
        line = await self._counted(seat)
        verdict, now = judge(heard, line), self._clock()
        received = None if line is None else line.received
        await self._checks.add(session.id, seat, now, heard, received, verdict)
        self._begun.discard(session.id)
        self._remember(session.id, verdict.passed)
        return Trial(now, verdict)

    async def may_be_ready(self, session: Session) -> bool:
        """Whether people may be put through to this sign-in."""
        if not self.required:
            return True
        if session.id not in self._passed:
            self._remember(session.id, await self._checks.passed(session.id))
        return self._passed[session.id]

    def _remember(self, session_id: int, passed: bool) -> None:
        self._passed[session_id] = passed
        while len(self._passed) > MOST_KNOWN:
            self._passed.pop(next(iter(self._passed)))

    async def _counted(self, seat: int) -> LineChecked | None:
        """What Asterisk counted on the seat's line; None when it does not tell in time."""
        told = asyncio.Event()

        def look(live: SeatLive) -> None:
            if live.seat == seat and live.line is not None:
                told.set()

        unsubscribe = self._engine.subscribe(look)
        try:
            self._engine.post(LineCheckEnds(seat, self._clock()))
            look(self._engine.seat(seat))
            async with asyncio.timeout(PATIENCE_S):
                await told.wait()
        except TimeoutError:
            return None
        finally:
            unsubscribe()
        return self._engine.seat(seat).line
