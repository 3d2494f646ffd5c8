"""The people who may sign in. Every change is audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from db.models import Operator, OperatorRecoveryCode, OperatorSession
from db.session import Database
from dialer.core.words import N_
from dialer.errors import InputError, NotFoundError
from dialer.store.access import Access, AuditEntry, write_audit


class Role(StrEnum):
    """What a person may do. An admin may all that a supervisor may.

    In the war room a reader looks, an editor also changes and sees telephones and addresses, and so does
    the district head.
    """

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    WARROOM_READER = "warroom_reader"
    WARROOM_EDITOR = "warroom_editor"
    DISTRICT_HEAD = "district_head"


CALL_CENTRE: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN})
"""Those who may sit on a seat."""
MAY_HAVE_TOTP: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""Those who may sign in with a code as second factor."""


@dataclass(frozen=True, slots=True)
class OperatorRecord:
    """A person who may sign in. ``username`` is in lower case."""

    id: int
    username: str
    name: str
    role: Role
    language: str
    active: bool
    created_at: float
    created_by: str


@dataclass(frozen=True, slots=True)
class NewOperator:
    """What is needed to make one."""

    username: str
    name: str
    role: Role
    password_hash: str
    language: str = "hi"


@dataclass(frozen=True, slots=True)
class Totp:
    """A second factor: see ``dialer.totp``. ``last_step`` is None until a code was used."""

    secret: str = field(repr=False)
    last_step: int | None


@dataclass(frozen=True, slots=True)
class OperatorSeen:
    """An operator, when last seen, and the seat while a sign-in lasts.

    ``codes_left``: recovery codes that were not used yet, of those who have a second factor.
    """

    operator: OperatorRecord
    seat: int | None
    last_seen_at: float | None
    has_totp: bool
    codes_left: int


PERSON_COLUMNS = (
    Operator.id,
    Operator.username,
    Operator.name,
    Operator.role,
    Operator.language,
    Operator.active,
    Operator.created_at,
    Operator.created_by,
)


def operator_record(row: Row[*tuple[Any, ...]]) -> OperatorRecord:
    """The person in a row that has ``PERSON_COLUMNS``."""
    return OperatorRecord(
        id=row.id,
        username=row.username,
        name=row.name,
        role=Role(row.role),
        language=row.language,
        active=row.active,
        created_at=row.created_at,
        created_by=row.created_by,
    )


class Operators:
    """The operators of one database. Every method raises ``StoreBusy`` when the database is away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def add(self, people: Sequence[NewOperator], by: str, now: float) -> None:
        """Make all of them or none; ``InputError`` names a username that is taken."""
        names = [person.username for person in people]

        def work(connection: Connection) -> None:
            taken = connection.scalars(select(Operator.username).where(Operator.username.in_(names)))
            if known := sorted(taken):
                raise _taken(known)
            try:
                connection.execute(insert(Operator), [_row(person, by, now) for person in people])
            except IntegrityError as fault:
                raise _taken(names) from fault
            for person in people:
                detail = {"role": person.role.value}
                write_audit(connection, AuditEntry(now, by, "operator add", person.username, detail))

        await self._access.transact(work)

    async def all(self) -> Sequence[OperatorSeen]:
        """Everyone, by username."""
        latest = (
            select(OperatorSession.operator_id, func.max(OperatorSession.seen_at).label("seen_at"))
            .group_by(OperatorSession.operator_id)
            .subquery()
        )
        sits = and_(
            OperatorSession.operator_id == Operator.id,
            OperatorSession.ended_at.is_(None),
            OperatorSession.seat.is_not(None),
        )
        left = (
            select(func.count())
            .where(OperatorRecoveryCode.operator_id == Operator.id, OperatorRecoveryCode.used_at.is_(None))
            .scalar_subquery()
        )
        factor = Operator.totp_secret.is_not(None).label("has_totp"), left.label("codes_left")
        query = (
            select(*PERSON_COLUMNS, OperatorSession.seat, latest.c.seen_at, *factor)
            .outerjoin(latest, latest.c.operator_id == Operator.id)
            .outerjoin(OperatorSession, sits)
            .order_by(Operator.username)
        )
        async with self._access.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [
            OperatorSeen(operator_record(row), row.seat, row.seen_at, bool(row.has_totp), row.codes_left)
            for row in rows
        ]

    async def names(self) -> dict[int, str]:
        """The names of all by id."""
        async with self._access.reading() as connection:
            return {row.id: row.name for row in await connection.execute(select(Operator.id, Operator.name))}

    async def credentials(self, username: str) -> tuple[OperatorRecord, str] | None:
        """The active operator of that name and the password's hash, None when there is none."""
        query = select(*PERSON_COLUMNS, Operator.password_hash).where(
            Operator.username == username, Operator.active
        )
        async with self._access.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else (operator_record(row), row.password_hash)

    async def set_active(self, username: str, active: bool, by: str, now: float) -> None:
        """Let sign in again, or disable: then every sign-in of that person ends."""

        def work(connection: Connection) -> None:
            operator_id = _change(connection, username, {"active": active})
            if not active:
                _end_sign_ins(connection, operator_id, "disabled", now)
            action = "operator enable" if active else "operator disable"
            write_audit(connection, AuditEntry(now, by, action, username))

        await self._access.transact(work)

    async def set_password(self, username: str, password_hash: str, by: str, now: float) -> None:
        """Replace the password; every sign-in made with the old one ends."""

        def work(connection: Connection) -> None:
            operator_id = _change(connection, username, {"password_hash": password_hash})
            _end_sign_ins(connection, operator_id, "password changed", now)
            write_audit(connection, AuditEntry(now, by, "operator password", username))

        await self._access.transact(work)

    async def totp(self, operator_id: int) -> Totp | None:
        """The person's second factor, None when there is none."""
        query = select(Operator.totp_secret, Operator.totp_step).where(Operator.id == operator_id)
        async with self._access.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None or row.totp_secret is None else Totp(row.totp_secret, row.totp_step)

    async def set_totp(
        self, username: str, secret: str | None, by: str, now: float, codes: Sequence[str] = ()
    ) -> None:
        """Give a second factor, or take it away with None; a sign-in made without it ends.

        ``codes``: digests of recovery codes, which replace all earlier ones. ``InputError`` for anybody but
        supervisors and admins.
        """

        def work(connection: Connection) -> None:
            operator_id = _change(connection, username, {"totp_secret": secret, "totp_step": None})
            role = connection.scalars(select(Operator.role).where(Operator.id == operator_id)).one()
            if Role(role) not in MAY_HAVE_TOTP:
                raise InputError(
                    N_("operator {username!r}: only supervisors and admins sign in with a code"),
                    username=username,
                )
            _replace_codes(connection, operator_id, codes, now)
            if secret is not None:
                _end_sign_ins(connection, operator_id, "second factor", now)
            action = "operator totp off" if secret is None else "operator totp on"
            write_audit(connection, AuditEntry(now, by, action, username))

        await self._access.transact(work)

    async def use_totp_step(self, operator_id: int, step: int) -> bool:
        """Use up the code of this step and of all before it; False when somebody has done so already."""
        unused = or_(Operator.totp_step.is_(None), Operator.totp_step < step)
        query = update(Operator).where(Operator.id == operator_id, unused).values(totp_step=step)
        return await self._access.transact(lambda connection: connection.execute(query).rowcount == 1)

    async def set_recovery_codes(self, username: str, codes: Sequence[str], by: str, now: float) -> None:
        """Replace all recovery codes by those with these digests; ``InputError`` without a second factor."""

        def work(connection: Connection) -> None:
            operator_id = _id_of(connection, username)
            query = select(Operator.totp_secret).where(Operator.id == operator_id)
            if connection.scalars(query).one() is None:
                raise InputError(
                    N_("operator {username!r} has no second factor; see `dialer operators totp-on`"),
                    username=username,
                )
            _replace_codes(connection, operator_id, codes, now)
            write_audit(connection, AuditEntry(now, by, "operator totp codes", username))

        await self._access.transact(work)

    async def has_recovery_code(self, operator_id: int, digest: str) -> bool:
        """Whether this code of the person was not used yet."""
        query = select(OperatorRecoveryCode.id).where(*_unused(operator_id, digest))
        async with self._access.reading() as connection:
            return await connection.scalar(query.limit(1)) is not None

    async def use_recovery_code(self, operator: OperatorRecord, digest: str, now: float) -> bool:
        """Use the code up; False when somebody has done so already."""

        def work(connection: Connection) -> bool:
            using = update(OperatorRecoveryCode).where(*_unused(operator.id, digest)).values(used_at=now)
            if connection.execute(using).rowcount != 1:
                return False
            left = select(func.count()).where(*_unused(operator.id))
            detail = {"left": connection.scalar(left)}
            name = operator.username
            write_audit(connection, AuditEntry(now, name, "session recovery code", name, detail))
            return True

        return await self._access.transact(work)


def _unused(operator_id: int, digest: str | None = None) -> list[ColumnElement[bool]]:
    code = OperatorRecoveryCode
    found = [code.operator_id == operator_id, code.used_at.is_(None)]
    return found if digest is None else [*found, code.sha256 == digest]


def _replace_codes(connection: Connection, operator_id: int, codes: Sequence[str], now: float) -> None:
    connection.execute(
        delete(OperatorRecoveryCode).where(OperatorRecoveryCode.operator_id == operator_id)
    )
    rows = [{"operator_id": operator_id, "sha256": digest, "made_at": now} for digest in codes]
    if rows:
        connection.execute(insert(OperatorRecoveryCode), rows)


def _taken(usernames: Sequence[str]) -> InputError:
    return InputError(
        N_("operator: the username is taken: {usernames}; choose another"), usernames=", ".join(usernames)
    )


def _row(person: NewOperator, by: str, now: float) -> dict[str, Any]:
    return {
        "username": person.username,
        "name": person.name,
        "role": person.role.value,
        "password_hash": person.password_hash,
        "language": person.language,
        "active": True,
        "created_at": now,
        "created_by": by[:80],
    }


def _id_of(connection: Connection, username: str) -> int:
    operator_id = connection.scalar(select(Operator.id).where(Operator.username == username))
    if operator_id is None:
        raise NotFoundError(
            N_("operator: nobody is named {username!r}; see `dialer operators list`"), username=username
        )
    return operator_id


def _change(connection: Connection, username: str, values: dict[str, Any]) -> int:
    operator_id = _id_of(connection, username)
    connection.execute(update(Operator).where(Operator.id == operator_id).values(values))
    return operator_id


def _end_sign_ins(connection: Connection, operator_id: int, reason: str, now: float) -> None:
    connection.execute(
        update(OperatorSession)
        .where(OperatorSession.operator_id == operator_id, OperatorSession.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason)
    )
