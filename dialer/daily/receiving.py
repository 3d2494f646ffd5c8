"""Takes reports of other districts in: only what a known district signed, each once, never changed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from db.reports import ReceivedReport
from db.session import Database
from dialer.core.words import N_
from dialer.daily.districts import Districts
from dialer.daily.figures import DayReport, Number
from dialer.daily.signing import Signed, read_signed, stored_report
from dialer.errors import InputError, NotFoundError, RuleRefusal, SignatureWrong
from dialer.store.access import Access, AuditEntry, write_audit
from dialer.warroom.tallies import day_of

SUMMED: Final = ("placed", "answered", "reached", "connected", "abandoned")
"""What is shown of all districts side by side, and added up."""
TREND_DAYS: Final = 30
AROUND_DAYS: Final = 7
"""How far after a report the next one of its district is looked for."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a report is stored; ``is_new`` False when it was there already."""

    id: str
    sha256: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class DistrictDay:
    """A district's day. ``report_id`` is empty when it has not reported; ``figures``: those of ``SUMMED``."""

    district: str
    name: str
    report_id: str = ""
    received_at: float | None = None
    figures: Mapping[str, Number | None] | None = None


@dataclass(frozen=True, slots=True)
class TrendDay:
    """A day of all districts that reported, added up, or of one. ``report_id``: of one district's report."""

    day: str
    reported: int = 0
    figures: Mapping[str, int] | None = None
    report_id: str = ""


class Received:
    """The reports in one database; every method raises ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)
        self._districts = Districts(database)

    async def take(self, raw: bytes, now: float) -> Receipt:
        """Check and store a report; again the same is no fault.

        ``InputError``: no report. ``SignatureWrong``: nobody known signed it, or it was changed.
        ``RuleRefusal``: another report has its number.
        """
        signed = await asyncio.to_thread(read_signed, raw)
        found = await self._districts.signer(signed.key_id)
        if found is None:
            text = N_("key {key} is not known here; the state office adds it with `dialer warroom districts`")
            raise SignatureWrong(text, key=signed.key_id[:16])
        district, key = found
        report = await asyncio.to_thread(signed.checked, key)
        if report.district != district:
            text = N_("{id}: was signed by the district {district}, which may only send its own")
            raise SignatureWrong(text, id=report.id[:80], district=district)
        _check_day(report.day, now)
        row = _row(report, signed, now)

        def work(connection: Connection) -> bool:
            query = select(ReceivedReport.sha256).where(ReceivedReport.id == report.id)
            known = connection.scalar(query)
            if known is None:
                connection.execute(insert(ReceivedReport).values(row))
                write_audit(connection, AuditEntry(now, district, "report receive", report.id))
            elif known != signed.digest:
                text = N_("{id} was received already and said something else; send a new revision instead")
                raise RuleRefusal(text, id=report.id)
            return known is None

        return Receipt(report.id, signed.digest, await self._access.transact(work))

    async def day(self, day: str) -> Sequence[DistrictDay]:
        """Every district whose reports are taken in, and any other that reported that day (ISO)."""
        names = {one.code: one.name for one in await self._districts.all() if one.removed_at is None}
        table = ReceivedReport
        columns = (table.district, table.id, table.received_at, *(getattr(table, name) for name in SUMMED))
        query = select(*columns).where(table.day == day, table.constituency.is_(None))
        ordered = query.order_by(table.revision)
        rows = await self._access.query(lambda connection: connection.execute(ordered).all())
        reported = {
            code: DistrictDay(code, names.get(code, ""), id_, at, dict(zip(SUMMED, counts, strict=True)))
            for code, id_, at, *counts in rows
        }
        silent = {code: DistrictDay(code, name) for code, name in names.items()}
        return [one for _code, one in sorted((silent | reported).items())]

    async def trend(self, last: str, district: str = "", days: int = TREND_DAYS) -> Sequence[TrendDay]:
        """Each of so many days that end with ``last`` (ISO): all districts together, or one of them."""
        until = date.fromisoformat(last)
        wanted = [(until - timedelta(days=back)).isoformat() for back in reversed(range(days))]
        table = ReceivedReport
        columns = (table.day, table.district, table.id, *(getattr(table, name) for name in SUMMED))
        query = select(*columns).where(table.day.between(wanted[0], last), table.constituency.is_(None))
        if district:
            query = query.where(table.district == district)
        ordered = query.order_by(table.revision)
        rows = await self._access.query(lambda connection: connection.execute(ordered).all())
        newest: dict[str, dict[str, Sequence[Any]]] = {}
        for day, code, *reported in rows:
            newest.setdefault(day, {})[code] = reported
        return [_trend_day(day, list(newest.get(day, {}).values())) for day in wanted]

    async def report(self, report_id: str) -> DayReport:
        """One that was received; ``NotFoundError`` when there is none."""
        return stored_report((await self.signed(report_id)).decode())

    async def signed(self, report_id: str) -> bytes:
        """One that was received, as its district signed it; ``NotFoundError`` when there is none."""
        query = select(ReceivedReport.content).where(ReceivedReport.id == report_id)
        async with self._access.reading() as connection:
            content = await connection.scalar(query)
        if content is None:
            raise NotFoundError(N_("no report {id} was received"), id=report_id[:80])
        return content.encode()


def _trend_day(day: str, reported: Sequence[Sequence[Any]]) -> TrendDay:
    """``reported``: of each district the report's id and its figures in the order of ``SUMMED``."""
    if not reported:
        return TrendDay(day)
    ids, *columns = zip(*reported, strict=True)
    figures = {name: sum(filter(None, column)) for name, column in zip(SUMMED, columns, strict=True)}
    return TrendDay(day, len(reported), figures, ids[0] if len(ids) == 1 else "")


def totals(days: Sequence[DistrictDay]) -> Mapping[str, int]:
    """The sums over all districts that reported."""
    found = [one.figures for one in days if one.figures is not None]
    return {name: int(sum(figures[name] or 0 for figures in found)) for name in SUMMED}


def days_later(day: str, days: int) -> str:
    """The ISO day so many days after ``day``."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _check_day(day: str, now: float) -> None:
    latest = date.fromisoformat(day_of(now)) + timedelta(days=1)
    try:
        fits = len(day) == 10 and date.fromisoformat(day) <= latest
    except ValueError:
        fits = False
    if not fits:
        raise InputError(N_("{day!r} is no day that can be reported"), day=day[:20])


def _row(report: DayReport, signed: Signed, now: float) -> dict[str, Any]:
    counts = {name: report.value("calls", name) for name in SUMMED}
    return {
        "id": report.id,
        "district": report.district,
        "day": report.day,
        "constituency": report.constituency,
        "revision": report.revision,
        "sha256": signed.digest,
        "key_id": signed.key_id,
        "content": signed.as_bytes().decode(),
        "received_at": now,
        **{name: None if value is None else int(value) for name, value in counts.items()},
    }
