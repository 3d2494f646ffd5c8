"""Contacts as people at the office look them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Contact, ContactList, ListMember, Suppression
from db.session import Database
from dialer.core.people import KnownPerson
from dialer.core.words import N_
from dialer.errors import NotFoundError
from dialer.store.access import Access, AuditEntry, write_audit

KNOWN_COLUMNS = (
    Contact.id,
    Contact.phone,
    Contact.name,
    Contact.language,
    Contact.constituency,
    Contact.booth,
    Contact.kind,
    Contact.role,
    Contact.schemes,
    Contact.attributes,
)
"""What ``known_person`` needs in a row."""


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """Which contacts; what is None or empty does not narrow. ``name``: a part of the name, any case."""

    list_name: str = ""
    constituency: int | None = None
    booth: str = ""
    kind: str = ""
    language: str = ""
    name: str = ""
    suppressed: bool | None = None


@dataclass(frozen=True, slots=True)
class ContactSeen:
    """A contact as lists show it."""

    person: KnownPerson
    created_at: float
    suppressed: bool


class Contacts:
    """The contacts of one database; ``NotFoundError`` for a list that is not there.

    Every method raises ``StoreBusy`` when the database is locked or away.
    """

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def page(self, wanted: ContactFilter, after_id: int = 0, limit: int = 50) -> Sequence[ContactSeen]:
        """The next ``limit`` contacts with an id above ``after_id``, by id."""
        async with self._access.reading() as connection:
            list_id = await self._list_id(connection, wanted.list_name)
            query = _narrowed(_contacts(), wanted, list_id)
            rows = await connection.execute(
                query.where(Contact.id > after_id).order_by(Contact.id).limit(limit)
            )
            return [contact_seen(row) for row in rows]

    async def count(self, wanted: ContactFilter) -> int:
        """How many contacts there are of that kind."""
        async with self._access.reading() as connection:
            list_id = await self._list_id(connection, wanted.list_name)
            query = _narrowed(select(func.count()).select_from(Contact), wanted, list_id)
            return (await connection.scalar(query)) or 0

    async def note_revealed(self, wanted: ContactFilter, shown: int, by: str, now: float) -> None:
        """Write down that somebody saw ``shown`` whole numbers."""
        narrowed = {"list": wanted.list_name, "constituency": wanted.constituency, "kind": wanted.kind}
        detail = {"shown": shown, **{name: value for name, value in narrowed.items() if value}}
        entry = AuditEntry(now, by, "contacts reveal", "list of contacts", detail)
        await self._access.transact(lambda connection: write_audit(connection, entry))

    async def _list_id(self, connection: AsyncConnection, name: str) -> int | None:
        if not name:
            return None
        list_id = await connection.scalar(select(ContactList.id).where(ContactList.name == name))
        if list_id is None:
            raise NotFoundError(N_("no list is named {name!r}; see `dialer contacts lists`"), name=name)
        return list_id


def known_person(row: Row[*tuple[Any, ...]]) -> KnownPerson:
    """The person in a row that has the contact's columns."""
    return KnownPerson(
        id=row.id,
        phone=row.phone,
        name=row.name,
        language=row.language,
        constituency=row.constituency,
        booth=row.booth,
        kind=row.kind,
        role=row.role,
        schemes=tuple(row.schemes),
        attributes=row.attributes,
    )


def is_suppressed() -> ColumnElement[bool]:
    """Whether the contact of the enclosing query is on the suppression list now."""
    return (
        select(Suppression.id)
        .where(Suppression.phone == Contact.phone, Suppression.lifted_at.is_(None))
        .exists()
    )


def _contacts() -> Select[Any]:
    return select(*KNOWN_COLUMNS, Contact.created_at, is_suppressed().label("suppressed"))


def contact_seen(row: Row[*tuple[Any, ...]]) -> ContactSeen:
    """A row of a query of contacts with ``suppressed``."""
    return ContactSeen(known_person(row), row.created_at, bool(row.suppressed))


def _narrowed(query: Select[Any], wanted: ContactFilter, list_id: int | None) -> Select[Any]:
    if list_id is not None:
        query = query.join(ListMember, ListMember.contact_id == Contact.id)
        query = query.where(ListMember.list_id == list_id)
    for column, value in (
        (Contact.constituency, wanted.constituency),
        (Contact.booth, wanted.booth),
        (Contact.kind, wanted.kind),
        (Contact.language, wanted.language),
    ):
        if value not in (None, ""):
            query = query.where(column == value)
    if wanted.name:
        query = query.where(func.lower(Contact.name).contains(wanted.name.lower(), autoescape=True))
    if wanted.suppressed is not None:
        query = query.where(is_suppressed() if wanted.suppressed else ~is_suppressed())
    return query
