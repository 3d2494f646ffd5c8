"""What operators did today: calls, talk, waiting; read by each desk, so kept for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select

from db.models import Attempt, Disposition, SeatPeriod
from db.session import Database
from dialer.core.live import SeatState
from dialer.core.rules import day_start
from dialer.store.access import Access

FRESH_S: Final = 20.0
"""36 desks ask at about the same times: one reading serves them all."""


@dataclass(frozen=True, slots=True)
class OperatorDay:
    """One operator's day, or the mean of several. Seconds."""

    calls: float = 0.0
    talk_s: float = 0.0
    waiting_s: float = 0.0


class OperatorDays:
    """The days of all operators, from midnight in the office's time zone."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._access = Access(database)
        self._clock = clock
        self._days: Mapping[int, OperatorDay] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def today(self) -> Mapping[int, OperatorDay]:
        """Operator id -> the day so far, of those who spoke to somebody; at most ``FRESH_S`` old."""
        async with self._reading:
            now = self._clock()
            if not 0 <= now - self._read_at < FRESH_S:
                self._days, self._read_at = await self._read(now), now
            return self._days

    async def dispositions(self, operator_id: int) -> Mapping[str, int]:
        """Code -> how often this operator recorded it today."""
        query = (
            select(Disposition.code, func.count())
            .where(Disposition.operator_id == operator_id, Disposition.given_at >= day_start(self._clock()))
            .group_by(Disposition.code)
        )
        rows = await self._access.query(lambda connection: connection.execute(query).all())
        return {code: count for code, count in rows}

    async def _read(self, now: float) -> Mapping[int, OperatorDay]:
        since = day_start(now)
        calls = (
            select(Attempt.operator_id, func.count())
            .where(Attempt.claimed_at >= since, Attempt.joined_at.is_not(None))
            .group_by(Attempt.operator_id)
        )
        seconds = func.sum(func.coalesce(SeatPeriod.to_at, now) - SeatPeriod.from_at)
        times = (
            select(SeatPeriod.operator_id, SeatPeriod.state, seconds)
            .where(SeatPeriod.from_at >= since, SeatPeriod.state.in_((SeatState.TALKING, SeatState.READY)))
            .group_by(SeatPeriod.operator_id, SeatPeriod.state)
        )
        async with self._access.reading() as connection:
            spoken = {id_: count for id_, count in await connection.execute(calls) if id_ is not None}
            spent = {(id_, state): total for id_, state, total in await connection.execute(times)}
        return {
            id_: OperatorDay(
                count, spent.get((id_, SeatState.TALKING), 0.0), spent.get((id_, SeatState.READY), 0.0)
            )
            for id_, count in spoken.items()
        }


def mean(days: Mapping[int, OperatorDay]) -> OperatorDay:
    """The mean of the room; zeros while nobody spoke."""
    count = len(days)
    if count == 0:
        return OperatorDay()
    return OperatorDay(
        calls=sum(day.calls for day in days.values()) / count,
        talk_s=sum(day.talk_s for day in days.values()) / count,
        waiting_s=sum(day.waiting_s for day in days.values()) / count,
    )
