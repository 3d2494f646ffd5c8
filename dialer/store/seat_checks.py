"""Trials of the operators' phones: what came of each, and which sign-in has passed one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from db.models import Operator, OperatorSession
from db.phones import SeatCheck
from db.session import Database
from dialer.core.seat_check import Fault, Heard, PhoneKind, Verdict, Weakness
from dialer.store.access import Access


@dataclass(frozen=True, slots=True)
class StoredCheck:
    """One trial; figures as in ``core.seat_check``, None where nothing was measured."""

    seat: int
    operator: str
    at: float
    phone: PhoneKind
    passed: bool
    faults: tuple[Fault, ...]
    weaknesses: tuple[Weakness, ...]
    jitter_ms: float | None
    lost_share: float | None
    round_trip_ms: float | None


class SeatChecks:
    """The trials of one database. Every method raises ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def add(
        self, session_id: int, seat: int, at: float, heard: Heard, received: int | None, verdict: Verdict
    ) -> None:
        """Keep what came of a trial."""
        row = {
            "session_id": session_id,
            "seat": seat,
            "checked_at": at,
            "phone": heard.phone.value,
            "passed": verdict.passed,
            "faults": [each.value for each in verdict.faults],
            "weaknesses": [each.value for each in verdict.weaknesses],
            "received": received,
            "microphone_db": heard.microphone_db,
            "returned_db": heard.returned_db,
            "jitter_ms": verdict.jitter_ms,
            "lost_share": verdict.lost_share,
            "round_trip_ms": verdict.round_trip_ms,
        }

        def work(connection: Connection) -> None:
            connection.execute(insert(SeatCheck).values(row))

        await self._access.transact(work)

    async def passed(self, session_id: int) -> bool:
        """Whether the latest trial of this sign-in was good."""
        query = select(SeatCheck.passed).where(SeatCheck.session_id == session_id)
        async with self._access.reading() as connection:
            return bool(await connection.scalar(query.order_by(SeatCheck.id.desc()).limit(1)))

    async def latest(self, since: float) -> Sequence[StoredCheck]:
        """The last trial of each seat after ``since``, by seat."""
        last = select(func.max(SeatCheck.id)).where(SeatCheck.checked_at >= since).group_by(SeatCheck.seat)
        query = (
            select(*SeatCheck.__table__.columns, Operator.name.label("operator"))
            .join(OperatorSession, OperatorSession.id == SeatCheck.session_id)
            .join(Operator, Operator.id == OperatorSession.operator_id)
            .where(SeatCheck.id.in_(last))
            .order_by(SeatCheck.seat)
        )
        async with self._access.reading() as connection:
            return [_stored(row) for row in await connection.execute(query)]


def _stored(row: Row[*tuple[Any, ...]]) -> StoredCheck:
    return StoredCheck(
        seat=row.seat,
        operator=row.operator,
        at=row.checked_at,
        phone=PhoneKind(row.phone),
        passed=row.passed,
        faults=tuple(map(Fault, row.faults)),
        weaknesses=tuple(map(Weakness, row.weaknesses)),
        jitter_ms=row.jitter_ms,
        lost_share=row.lost_share,
        round_trip_ms=row.round_trip_ms,
    )
