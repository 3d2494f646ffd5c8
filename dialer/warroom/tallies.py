"""What the calls of each day said, counted per constituency ahead of time, so that a card need not count.

A day is counted from its attempts (the index of campaigns and times leads to them), and its rows replace
those before. Only the last two days can still change much, so those are what a refresh counts again; the
first refresh of a database counts every day. Answers belong to the day of their attempt.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any, Final

import structlog
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    select,
    update,
)

from db.models import Answer, Attempt, CallNote, Campaign, Contact, Disposition
from db.session import Database
from db.warroom import ConstituencyTally, ConstituencyVoice, Responsibility
from dialer.core.rules import OFFICE_ZONE
from dialer.errors import SamparkError
from dialer.warroom.changing import ChangingAccess

log = structlog.get_logger("warroom")

FRESH_S: Final = 5.0
SHARE_OF_TIME: Final = 0.03
"""At most this part of the time is spent counting, however many look."""
RECENT_DAYS: Final = 2
TO_READ: Final = ("complaint", "call_back")
CONFIRM_QUESTION: Final = "confirm"
"""The question of a keypad survey by which a person confirms a responsibility."""

_YES: Final = ("yes", "accept")

Counts = Mapping[tuple[str, str], int]


def day_of(moment: float) -> str:
    """The office's day, ISO."""
    return datetime.fromtimestamp(moment, OFFICE_ZONE).date().isoformat()


def day_bounds(day: str) -> tuple[float, float]:
    """Its first and the next day's first moment, epoch seconds."""
    begin = datetime.fromisoformat(day).replace(tzinfo=OFFICE_ZONE)
    return begin.astimezone(UTC).timestamp(), (begin + timedelta(days=1)).astimezone(UTC).timestamp()


@dataclass(frozen=True, slots=True)
class Heard:
    """What the call centre heard of one constituency: (measure, item) to how often, in all and today."""

    ever: Counts
    today: Counts

    def total(self, measure: str, today: bool = False) -> int:
        """All items of a measure together."""
        counts = self.today if today else self.ever
        return sum(count for (name, _item), count in counts.items() if name == measure)


async def refresh(database: Database, now: float, *, every_day: bool = False) -> None:
    """Count the recent days again, or every day."""
    access = ChangingAccess(database)
    async with access.reading() as connection:
        days = await connection.run_sync(_days, now, every_day)
    for day in days:
        async with access.reading() as connection:
            counted = await connection.run_sync(_count, *day_bounds(day))
        await access.transact(partial(_replace, day=day, counted=counted))
    async with access.reading() as connection:
        confirmed = await connection.run_sync(_confirmations)
    if confirmed:
        await access.change(lambda link: _confirm(link, confirmed))


def heard(connection: Connection, constituency: int, today: str) -> Heard:
    """From what was counted."""
    rows = connection.execute(_heard(), {"constituency": constituency, "today": today}).all()
    ever = {(measure, item): int(count) for measure, item, count, _now in rows}
    return Heard(ever, {(measure, item): int(now) for measure, item, _count, now in rows if now})


@cache
def _heard() -> Select[*tuple[Any, ...]]:
    table = ConstituencyTally
    now = case((table.day == bindparam("today"), table.count), else_=0)
    query = select(table.measure, table.item, func.sum(table.count), func.sum(now))
    return query.where(table.constituency == bindparam("constituency")).group_by(table.measure, table.item)


def heard_everywhere(connection: Connection, day: str = "") -> Mapping[int, Counts]:
    """Constituency to counts, of one day or of all."""
    table = ConstituencyTally
    keys = (table.constituency, table.measure, table.item)
    query = select(*keys, func.sum(table.count)).group_by(*keys)
    if day:
        query = query.where(table.day == day)
    found: dict[int, dict[tuple[str, str], int]] = {}
    for number, measure, item, count in connection.execute(query):
        found.setdefault(number, {})[measure, item] = int(count)
    return found


@dataclass(slots=True)
class Tallies:
    """Keeps the counts of one database fresh while somebody looks; nobody waits for it but the first."""

    database: Database
    clock: Callable[[], float]
    _counted_at: float = 0.0
    _not_before: float = 0.0
    _running: asyncio.Task[None] | None = field(default=None)

    @property
    def counted_at(self) -> float:
        """When the counts were taken, epoch seconds."""
        return self._counted_at

    async def look(self) -> None:
        """Somebody looks: count soon; only when nothing was counted yet, now."""
        if self._running is None and time.monotonic() >= self._not_before:
            self._running = asyncio.create_task(self._refresh(), name="war room tallies")
        if not self._counted_at and self._running is not None:
            await asyncio.shield(self._running)

    async def aclose(self) -> None:
        """End the counting that goes on."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _refresh(self) -> None:
        began = time.monotonic()
        moment = self.clock()
        try:
            await refresh(self.database, moment)
            self._counted_at = moment
        except SamparkError as fault:
            log.warning("war room counts wait for the database", why=type(fault).__name__)
        finally:
            took = time.monotonic() - began
            self._not_before = time.monotonic() + max(FRESH_S, took / SHARE_OF_TIME)
            self._running = None


# --- counting -------------------------------------------------------------------------------------


def _days(connection: Connection, now: float, every_day: bool) -> Sequence[str]:
    """The recent days and those since the last count; every day with calls when nothing was counted yet."""
    recent = [day_of(now - back * 86_400) for back in reversed(range(RECENT_DAYS))]
    last = connection.scalar(select(func.max(ConstituencyTally.day)))
    offset_s = int(OFFICE_ZONE.utcoffset(None).total_seconds())
    day = (cast(Attempt.claimed_at, BigInteger) + offset_s) // 86_400
    query = select(day).distinct()
    if last is not None and not every_day:
        if last >= recent[0]:
            return recent
        query = query.where(_within(day_bounds(last)[0], now))
    called = {day_of(number * 86_400 - offset_s) for number in connection.scalars(query)}
    return sorted({*called, *recent})


def _within(since: float, until: float) -> ColumnElement[bool]:
    # Through the campaigns, because attempts are indexed by campaign and time.
    return (
        Attempt.campaign_id.in_(select(Campaign.id))
        & (Attempt.claimed_at >= since)
        & (Attempt.claimed_at < until)
    )


@dataclass(frozen=True, slots=True)
class _Day:
    tallies: Sequence[dict[str, Any]]
    voices: Sequence[dict[str, Any]]


def _count(connection: Connection, since: float, until: float) -> _Day:
    tallies: list[dict[str, Any]] = []

    def add(measure: str, rows: Any) -> None:
        for row in rows:
            item = " ".join(str(part) for part in row[1:-1])
            tallies.append(
                {"constituency": row[0], "measure": measure, "item": item[:280], "count": int(row[-1])}
            )

    add("outcome", connection.execute(_grouped(Attempt.outcome).where(
        _within(since, until), Attempt.inbound.is_(False), Attempt.outcome.is_not(None))))  # fmt: skip
    answers = _grouped(Answer.survey_version_id, Answer.question, Answer.value)
    answers = answers.join(Answer, Answer.attempt_id == Attempt.id)
    add("answer", connection.execute(answers.where(_within(since, until))))
    talks = _grouped(Disposition.code).join(Disposition, Disposition.attempt_id == Attempt.id)
    add("disposition", connection.execute(talks.where(_within(since, until))))
    return _Day(tallies, _voices(connection, since, until))


def _grouped(*columns: Any) -> Any:
    keys = (Contact.constituency, *columns)
    query = select(*keys, func.count()).select_from(Attempt).join(Contact, Contact.id == Attempt.contact_id)
    return query.where(Contact.constituency.is_not(None)).group_by(*keys)


def _voices(connection: Connection, since: float, until: float) -> Sequence[dict[str, Any]]:
    known = select(ConstituencyVoice.disposition_id).where(ConstituencyVoice.disposition_id == Disposition.id)
    colleague_wrote = (
        select(CallNote.attempt_id)
        .where(CallNote.attempt_id == Disposition.attempt_id, CallNote.notes != "")
        .exists()
    )
    columns = (
        Disposition.id.label("disposition_id"), Contact.constituency.label("constituency"),
        Disposition.given_at.label("given_at"),
    )  # fmt: skip
    query = (
        select(*columns)
        .select_from(Attempt)
        .join(Disposition, Disposition.attempt_id == Attempt.id)
        .join(Contact, Contact.id == Attempt.contact_id)
        .where(_within(since, until), Contact.constituency.is_not(None), ~known.exists())
        .where(Disposition.code.in_(TO_READ) | (Disposition.notes != "") | colleague_wrote)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _replace(connection: Connection, *, day: str, counted: _Day) -> None:
    connection.execute(delete(ConstituencyTally).where(ConstituencyTally.day == day))
    if counted.tallies:
        connection.execute(insert(ConstituencyTally), [{**row, "day": day} for row in counted.tallies])
    if counted.voices:
        ids = [row["disposition_id"] for row in counted.voices]
        there = select(ConstituencyVoice.disposition_id).where(ConstituencyVoice.disposition_id.in_(ids))
        known = set(connection.scalars(there))
        fresh = [row for row in counted.voices if row["disposition_id"] not in known]
        if fresh:
            connection.execute(insert(ConstituencyVoice), fresh)


# --- responsibilities confirmed by keypad ---------------------------------------------------------


def _confirmations(connection: Connection) -> list[dict[str, Any]]:
    """Answers to the question whether the person takes the responsibility on, that were not heard yet.

    An answer of an earlier campaign gives way to one of the campaign that asks now.
    """
    query = (
        select(Responsibility.id, Answer.value, Answer.answered_at)
        .join(Campaign, Campaign.id == Responsibility.campaign_id)
        .join(
            Answer,
            (Answer.contact_id == Responsibility.contact_id)
            & (Answer.survey_version_id == Campaign.survey_version_id),
        )
        .where(Answer.question == CONFIRM_QUESTION, Answer.answered_at >= Campaign.created_at)
        .where((Responsibility.confirmed == "") | (Responsibility.confirmed_at < Campaign.created_at))
        .order_by(Answer.answered_at)
    )
    return [
        {
            "row_id": row.id,
            "said": "yes" if row.value in _YES else "no",
            "said_at": row.answered_at,
        }
        for row in connection.execute(query)
    ]


def _confirm(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        connection.execute(
            update(Responsibility)
            .where(Responsibility.id == row["row_id"])
            .values(confirmed=row["said"], confirmed_at=row["said_at"])
        )
