"""The reports that this office made, for those who look at them: by day, with their files and their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.reports import OwnReport, ReportDelivery, ReportFile
from db.session import Database
from dialer.core.words import N_
from dialer.daily.figures import DayReport
from dialer.daily.signing import stored_report
from dialer.errors import NotFoundError
from dialer.store.access import Access

AT_ONCE: Final = 60


@dataclass(frozen=True, slots=True)
class Kept:
    """A report of ours. ``constituency`` None: of the whole district. ``files``: names, the signed one first.

    ``sent`` of ``addressed`` destinations have it; ``made_at``: epoch seconds.
    """

    id: str
    day: str
    constituency: int | None
    revision: int
    made_at: float
    made_by: str
    files: Sequence[str]
    sent: int
    addressed: int


class Archive:
    """Our own reports in one database; every method raises ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def page(self, before: str = "", most: int = AT_ONCE) -> Sequence[Kept]:
        """Reports of the newest days, or of days before ``before`` (ISO); the newest first.

        A page ends with a whole day, so it may hold a few more than ``most``.
        """
        days = select(OwnReport.day).order_by(OwnReport.day.desc()).limit(1).offset(most - 1)
        wanted = [OwnReport.day < before] if before else []
        async with self._access.reading() as connection:
            if first := await connection.scalar(days.where(*wanted)):
                wanted.append(OwnReport.day >= first)
            return await _kept(connection, wanted)

    async def kept(self, report_id: str) -> Kept:
        """One of them; ``NotFoundError`` when there is none."""
        async with self._access.reading() as connection:
            found = await _kept(connection, [OwnReport.id == report_id])
        if not found:
            raise NotFoundError(N_("there is no report {id}"), id=report_id[:80])
        return found[0]

    async def report(self, report_id: str) -> DayReport:
        """One of them; ``NotFoundError`` when there is none."""
        return stored_report((await self._content(report_id)).decode())

    async def file(self, report_id: str, name: str) -> bytes:
        """A file of a report, or the report as it was signed; ``NotFoundError`` when there is none."""
        if name == f"{report_id}.json":
            return await self._content(report_id)
        query = select(ReportFile.content).where(ReportFile.report_id == report_id, ReportFile.name == name)
        async with self._access.reading() as connection:
            found = await connection.scalar(query)
        if found is None:
            raise NotFoundError(N_("there is no report {id}"), id=report_id[:80])
        return bytes(found)

    async def _content(self, report_id: str) -> bytes:
        query = select(OwnReport.content).where(OwnReport.id == report_id)
        async with self._access.reading() as connection:
            found = await connection.scalar(query)
        if found is None:
            raise NotFoundError(N_("there is no report {id}"), id=report_id[:80])
        return found.encode()


async def _kept(connection: AsyncConnection, wanted: Sequence[ColumnElement[bool]]) -> list[Kept]:
    table = OwnReport
    query = select(table.id, table.series, table.day, table.revision, table.created_at, table.created_by)
    order = table.day.desc(), table.series, table.revision.desc()
    rows = list(await connection.execute(query.where(*wanted).order_by(*order)))
    ids = [row.id for row in rows]
    files = {id_: [f"{id_}.json"] for id_ in ids}
    names = select(ReportFile.report_id, ReportFile.name).where(ReportFile.report_id.in_(ids))
    for id_, name in await connection.execute(names.order_by(ReportFile.name)):
        files[id_].append(name)
    counts = (
        select(ReportDelivery.report_id, func.count(ReportDelivery.sent_at), func.count())
        .where(ReportDelivery.report_id.in_(ids))
        .group_by(ReportDelivery.report_id)
    )
    way = {id_: (sent, addressed) for id_, sent, addressed in await connection.execute(counts)}
    return [
        Kept(row.id, row.day, _constituency(row.series, row.day), row.revision, row.created_at,
             row.created_by, files[row.id], *way.get(row.id, (0, 0)))
        for row in rows
    ]  # fmt: skip


def _constituency(series: str, day: str) -> int | None:
    """``durg-2026-11-26-62`` is of 62."""
    number = series.rpartition(day)[2].removeprefix("-")
    return int(number) if number else None
