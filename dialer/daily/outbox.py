"""Reports on their way: stored with their files before anything is sent, kept until they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from db.reports import OwnReport, ReportDelivery, ReportFile
from db.session import Database
from dialer.daily.figures import DayReport
from dialer.daily.signing import Signed
from dialer.store.access import Access, AuditEntry, write_audit

FIRST_WAIT_S: Final = 60.0
LONGEST_WAIT_S: Final = 6 * 3600.0
CLAIM_S: Final = 300.0
"""Who sends a report has it for so long; longer than any sending may take."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent: the report as it was signed, byte for byte, and its files."""

    report_id: str
    content: bytes
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far a report has come to one destination; times are epoch seconds."""

    report_id: str
    day: str
    destination: str
    attempts: int
    next_at: float
    refused: bool
    last_error: str
    created_at: float
    sent_at: float | None


@dataclass(frozen=True, slots=True)
class Stored:
    """The newest revision of a report that the outbox has."""

    id: str
    revision: int
    figures_sha256: str


def wait_s(attempts: int, *, refused: bool = False) -> float:
    """Seconds until the next attempt after so many: a minute, doubled up to six hours."""
    doubled = FIRST_WAIT_S * 2.0 ** min(max(0, attempts - 1), 20)
    return LONGEST_WAIT_S if refused else min(LONGEST_WAIT_S, doubled)


class Outbox:
    """The outbox of one database; every method raises ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def newest(self, series: str) -> Stored | None:
        """The last revision of a report, if there is any."""
        query = select(OwnReport.id, OwnReport.revision, OwnReport.figures_sha256)
        query = query.where(OwnReport.series == series).order_by(OwnReport.revision.desc()).limit(1)
        async with self._access.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Stored(*row)

    async def days(self, prefix: str, since: str) -> frozenset[str]:
        """The days (ISO, from ``since`` on) whose whole-district report is stored."""
        query = select(OwnReport.day).where(
            OwnReport.series == prefix + "-" + OwnReport.day, OwnReport.day >= since
        )
        async with self._access.reading() as connection:
            return frozenset(await connection.scalars(query))

    async def add(
        self,
        report: DayReport,
        signed: Signed,
        figures_sha256: str,
        files: Mapping[str, bytes],
        destinations: Sequence[str],
        by: str,
        now: float,
    ) -> bool:
        """Store a report and what is to be sent, all or nothing; False when it was there already."""
        row = {
            "id": report.id, "series": report.series, "revision": report.revision, "day": report.day,
            "figures_sha256": figures_sha256, "content": signed.as_bytes().decode(), "created_at": now,
            "created_by": by[:80],
        }  # fmt: skip

        def work(connection: Connection) -> bool:
            if connection.scalar(select(OwnReport.id).where(OwnReport.id == report.id)) is not None:
                return False
            connection.execute(insert(OwnReport).values(row))
            for name, content in files.items():
                connection.execute(
                    insert(ReportFile).values(report_id=report.id, name=name, content=content)
                )
            _address(connection, report.id, destinations)
            write_audit(connection, AuditEntry(now, by, "report make", report.id))
            return True

        return await self._access.transact(work)

    async def address(self, report_id: str, destinations: Sequence[str]) -> None:
        """Send a stored report to these too, where it is not on its way or there already."""
        await self._access.transact(lambda connection: _address(connection, report_id, destinations))

    async def all(self, *, unsent_only: bool = False, most: int = 1000) -> Sequence[Delivery]:
        """Deliveries, the newest report first."""
        query = _deliveries().order_by(OwnReport.created_at.desc(), ReportDelivery.destination).limit(most)
        if unsent_only:
            query = query.where(ReportDelivery.sent_at.is_(None))
        async with self._access.reading() as connection:
            return [Delivery(*row) for row in await connection.execute(query)]

    async def unsent(self, destination: str) -> Sequence[Delivery]:
        """What one destination has not got yet, in the order in which it was made."""
        query = _deliveries().where(
            ReportDelivery.destination == destination, ReportDelivery.sent_at.is_(None)
        )
        query = query.order_by(OwnReport.created_at, OwnReport.id)
        async with self._access.reading() as connection:
            return [Delivery(*row) for row in await connection.execute(query)]

    async def claim(self, delivery: Delivery, now: float) -> bool:
        """Take a delivery for sending; False when somebody else has it or it is there already."""
        statement = (
            update(ReportDelivery)
            .where(*_is(delivery), ReportDelivery.sent_at.is_(None), ReportDelivery.claimed_until <= now)
            .values(claimed_until=now + CLAIM_S)
        )
        return await self._access.transact(lambda connection: connection.execute(statement).rowcount == 1)

    async def sent(self, delivery: Delivery, now: float) -> None:
        """It is there."""
        values = {"sent_at": now, "last_error": "", "refused": False, "claimed_until": 0.0}
        await self._note(delivery, {**values, "attempts": delivery.attempts + 1})

    async def failed(self, delivery: Delivery, why: str, now: float, *, refused: bool) -> None:
        """It is not there; it is tried again later, however often that takes."""
        attempts = delivery.attempts + 1
        values = {"refused": refused, "last_error": why[:300], "claimed_until": 0.0, "attempts": attempts}
        await self._note(delivery, {**values, "next_at": now + wait_s(attempts, refused=refused)})

    async def parcel(self, report_id: str) -> Parcel:
        """What is sent."""
        async with self._access.reading() as connection:
            content = await connection.scalar(select(OwnReport.content).where(OwnReport.id == report_id))
            query = select(ReportFile.name, ReportFile.content).where(ReportFile.report_id == report_id)
            files = {name: made for name, made in await connection.execute(query.order_by(ReportFile.name))}
        return Parcel(report_id, str(content).encode(), files)

    async def _note(self, delivery: Delivery, values: Mapping[str, Any]) -> None:
        statement = update(ReportDelivery).where(*_is(delivery)).values(**values)
        await self._access.transact(lambda connection: connection.execute(statement))


def _is(delivery: Delivery) -> tuple[Any, Any]:
    return (
        ReportDelivery.report_id == delivery.report_id,
        ReportDelivery.destination == delivery.destination,
    )


def _deliveries() -> Any:
    table = ReportDelivery
    return select(
        table.report_id, OwnReport.day, table.destination, table.attempts, table.next_at, table.refused,
        table.last_error, OwnReport.created_at, table.sent_at,
    ).join(OwnReport, OwnReport.id == table.report_id)  # fmt: skip


def _address(connection: Connection, report_id: str, destinations: Sequence[str]) -> None:
    query = select(ReportDelivery.destination).where(ReportDelivery.report_id == report_id)
    known = set(connection.scalars(query))
    rows = [{"report_id": report_id, "destination": each} for each in destinations if each not in known]
    if rows:
        connection.execute(insert(ReportDelivery), rows)
