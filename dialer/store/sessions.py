"""Sign-ins: who sits where since when. Only a token's SHA-256 is kept; an ended sign-in never lives again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, insert, or_, select, update

from db.models import Attempt, Operator, OperatorSession
from db.session import Database
from dialer.store.access import Access, AuditEntry, write_audit
from dialer.store.operators import PERSON_COLUMNS, OperatorRecord, operator_record


@dataclass(frozen=True, slots=True)
class Session:
    """A live sign-in; ``seat`` is None for a wallboard."""

    id: int
    operator: OperatorRecord
    csrf: str
    seat: int | None
    started_at: float
    seen_at: float


@dataclass(frozen=True, slots=True)
class EndedSession:
    """A sign-in that was ended, and the seat it leaves."""

    id: int
    operator_id: int
    seat: int | None


@dataclass(frozen=True, slots=True)
class NewSession:
    """A sign-in to be stored; ``token_sha256`` in hex. ``address`` is where it comes from."""

    operator: OperatorRecord
    token_sha256: str
    csrf: str
    seat: int | None
    address: str
    at: float


_LIVE = OperatorSession.ended_at.is_(None)
_QUERY = (
    select(
        *PERSON_COLUMNS,
        OperatorSession.id.label("session_id"),
        OperatorSession.csrf,
        OperatorSession.seat,
        OperatorSession.started_at,
        OperatorSession.seen_at,
    )
    .join(Operator, Operator.id == OperatorSession.operator_id)
    .where(_LIVE, Operator.active)
)


class Sessions:
    """The sign-ins of one database. Every method raises ``StoreBusy`` when the database is away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def open(self, new: NewSession) -> tuple[Session, Sequence[EndedSession]]:
        """Store a sign-in; earlier ones on the same seat, or of the same person on any seat, end."""

        def work(connection: Connection) -> tuple[int, Sequence[EndedSession]]:
            ended = [] if new.seat is None else _end(connection, _in_the_way(new), "taken over", new.at)
            query = insert(OperatorSession).values(_row(new)).returning(OperatorSession.id)
            session_id = connection.execute(query).scalar_one()
            name = new.operator.username
            detail = {"seat": new.seat, "address": new.address, "ended": [one.id for one in ended]}
            write_audit(connection, AuditEntry(new.at, name, "session start", name, detail))
            return session_id, ended

        session_id, ended = await self._access.transact(work)
        return Session(session_id, new.operator, new.csrf, new.seat, new.at, new.at), ended

    async def find(self, token_sha256: str) -> Session | None:
        """The live sign-in of an active operator with that token."""
        query = _QUERY.where(OperatorSession.token_sha256 == token_sha256)
        row = await self._access.query(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _session(row)

    async def on_seat(self, seat: int) -> Session | None:
        """The live sign-in that holds the seat."""
        query = _QUERY.where(OperatorSession.seat == seat).order_by(OperatorSession.id.desc()).limit(1)
        async with self._access.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _session(row)

    async def seated(self) -> Sequence[Session]:
        """The live sign-ins that hold a seat: who sits where after a restart."""
        query = _QUERY.where(OperatorSession.seat.is_not(None)).order_by(OperatorSession.id)
        async with self._access.reading() as connection:
            return [_session(row) for row in await connection.execute(query)]

    async def end(self, session_id: int, reason: str, by: str, now: float) -> Sequence[EndedSession]:
        """End one sign-in; one that has ended already is left as it is."""
        return await self._end_all(OperatorSession.id == session_id, reason, by, now)

    async def end_idle(
        self, idle_before: float, started_before: float, now: float
    ) -> Sequence[EndedSession]:
        """End sign-ins without a sign of life since ``idle_before``, or older than ``started_before``."""
        old = or_(OperatorSession.seen_at < idle_before, OperatorSession.started_at < started_before)
        async with self._access.reading() as connection:
            if await connection.scalar(select(OperatorSession.id).where(old, _LIVE).limit(1)) is None:
                return []
        return await self._end_all(old, "idle", "clock", now)

    async def _end_all(
        self, which: ColumnElement[bool], reason: str, by: str, now: float
    ) -> Sequence[EndedSession]:
        def work(connection: Connection) -> Sequence[EndedSession]:
            ended = _end(connection, which, reason, now)
            for one in ended:
                detail = {"seat": one.seat, "reason": reason}
                write_audit(connection, AuditEntry(now, by, "session end", f"session {one.id}", detail))
            return ended

        return await self._access.transact(work)

    async def touch(self, seen: Mapping[int, float]) -> None:
        """Signs of life: session id -> time."""
        if not seen:
            return

        def work(connection: Connection) -> None:
            query = (
                update(OperatorSession)
                .where(OperatorSession.id == bindparam("session_id"))
                .values(seen_at=bindparam("at"))
            )
            rows = [{"session_id": session_id, "at": at} for session_id, at in seen.items()]
            connection.execute(query, rows)

        await self._access.transact(work)

    async def still_live(self, session_ids: Collection[int]) -> frozenset[int]:
        """Which of these sign-ins nobody has ended."""
        if not session_ids:
            return frozenset()
        query = (
            select(OperatorSession.id)
            .join(Operator, Operator.id == OperatorSession.operator_id)
            .where(OperatorSession.id.in_(session_ids), _LIVE, Operator.active)
        )
        async with self._access.reading() as connection:
            return frozenset(await connection.scalars(query))

    async def talked(self, attempt_id: str, operator_id: int, since: float) -> bool:
        """Whether this attempt was joined to this operator at or after ``since``."""
        query = select(Attempt.id).where(
            Attempt.id == attempt_id, Attempt.operator_id == operator_id, Attempt.joined_at >= since
        )
        async with self._access.reading() as connection:
            return await connection.scalar(query) is not None

    async def audit(self, entries: Sequence[AuditEntry]) -> None:
        """Store all of them, or none."""
        await self._access.transact(lambda connection: write_audit(connection, *entries))


def _in_the_way(new: NewSession) -> ColumnElement[bool]:
    seated = and_(OperatorSession.operator_id == new.operator.id, OperatorSession.seat.is_not(None))
    return or_(OperatorSession.seat == new.seat, seated)


def _session(row: Row[*tuple[Any, ...]]) -> Session:
    return Session(row.session_id, operator_record(row), row.csrf, row.seat, row.started_at, row.seen_at)


def _row(new: NewSession) -> dict[str, Any]:
    return {
        "operator_id": new.operator.id,
        "token_sha256": new.token_sha256,
        "csrf": new.csrf,
        "seat": new.seat,
        "started_at": new.at,
        "seen_at": new.at,
        "end_reason": "",
    }


def _end(
    connection: Connection, which: ColumnElement[bool], reason: str, now: float
) -> Sequence[EndedSession]:
    query = select(OperatorSession.id, OperatorSession.operator_id, OperatorSession.seat).where(which, _LIVE)
    ended = [EndedSession(row.id, row.operator_id, row.seat) for row in connection.execute(query)]
    if ended:
        ids = [session.id for session in ended]
        connection.execute(
            update(OperatorSession)
            .where(OperatorSession.id.in_(ids))
            .values(ended_at=now, end_reason=reason)
        )
    return ended
