"""How calls went: by the hour, how long they rang, how long people and operators took. Nothing personal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Attempt, SeatPeriod
from db.session import Database
from dialer.core.model import Outcome
from dialer.core.rules import OFFICE_ZONE
from dialer.store.access import Access
from dialer.store.reporting import Scope

EARLY_S = 8.0
"""Who has not answered and is gone by then was busy or switched off."""
_OFFSET_S = OFFICE_ZONE.utcoffset(None).total_seconds()
_TOLD = [outcome.value for outcome in Outcome if outcome.uses_attempt]
_LIVE = [outcome.value for outcome in (Outcome.CONNECTED, Outcome.SURVEYED, Outcome.ABANDONED)]


@dataclass(frozen=True, slots=True)
class Length:
    """Of ``count`` durations: mean (seconds) and standard deviation over mean."""

    count: int
    mean: float
    cv: float


@dataclass(frozen=True, slots=True)
class Habits:
    """``by_hour``: hour of day in Asia/Kolkata -> (calls that say something of the person, live answers).

    ``early_end``: share of the unanswered that ended at once, None when nobody was unanswered.
    """

    by_hour: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    ring: Length | None = None
    talk: Length | None = None
    wrap_up: Length | None = None
    early_end: float | None = None


async def habits(database: Database, scope: Scope) -> Habits:
    """What the attempts of ``scope`` and the operators' wrap-ups in its time tell."""
    told = [
        Attempt.claimed_at >= scope.since,
        Attempt.claimed_at < scope.until,
        Attempt.outcome.in_(_TOLD),
        Attempt.dialled_at.is_not(None),
    ]
    if scope.campaign_id is not None:
        told.append(Attempt.campaign_id == scope.campaign_id)
    calls = and_(*told)
    live = and_(calls, Attempt.outcome.in_(_LIVE))
    talks = and_(calls, Attempt.outcome == Outcome.CONNECTED.value)
    wraps = and_(
        SeatPeriod.state == "wrap_up", SeatPeriod.from_at >= scope.since, SeatPeriod.from_at < scope.until
    )
    async with Access(database).reading() as rows:
        return Habits(
            by_hour=await _by_hour(rows, calls),
            ring=await _length(rows, Attempt.answered_at - Attempt.ringing_at, live),
            talk=await _length(rows, Attempt.ended_at - Attempt.joined_at, talks),
            wrap_up=await _length(rows, SeatPeriod.to_at - SeatPeriod.from_at, wraps),
            early_end=await _early_end(rows, and_(calls, Attempt.outcome.not_in(_LIVE))),
        )


async def _by_hour(rows: AsyncConnection, which: ColumnElement[bool]) -> dict[int, tuple[int, int]]:
    # Rounding half an hour earlier is cutting off, in words that both databases know.
    hour = func.round((Attempt.dialled_at + _OFFSET_S) / 3600.0 - 0.5).label("hour")
    live = func.count().filter(Attempt.outcome.in_(_LIVE)).label("live")
    hours = select(hour, func.count(), live).where(which).group_by(hour)
    found: dict[int, tuple[int, int]] = {}
    for at, calls, answers in await rows.execute(hours):
        before = found.get(int(at) % 24, (0, 0))
        found[int(at) % 24] = before[0] + calls, before[1] + answers
    return dict(sorted(found.items()))


async def _length(
    rows: AsyncConnection, value: ColumnElement[Any], which: ColumnElement[bool]
) -> Length | None:
    query = select(func.count(value), func.avg(value), func.avg(value * value)).where(which, value >= 0)
    count, mean, squares = (await rows.execute(query)).one()
    if not count or not mean:
        return None
    return Length(count, float(mean), max(0.0, float(squares) / float(mean) ** 2 - 1.0) ** 0.5)


async def _early_end(rows: AsyncConnection, unanswered: ColumnElement[bool]) -> float | None:
    early = func.count().filter(Attempt.ended_at - Attempt.dialled_at < EARLY_S)
    ended, soon = (await rows.execute(select(func.count(), early).where(unanswered))).one()
    return soon / ended if ended else None
