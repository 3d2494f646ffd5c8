"""Lists of people: their terms, and imports that are stored whole or not at all. Every change is audited."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Integer, Row, Select, bindparam, func, insert, select, update

from db.models import Contact, ContactList, ListImport, ListMember, Suppression
from db.session import Database
from dialer.core.people import USUAL_KIND, Conflict, KnownPerson, Person, merge
from dialer.core.words import N_
from dialer.errors import InputError, RuleRefusal
from dialer.store.access import Access, AuditEntry, write_audit
from dialer.store.contacts import KNOWN_COLUMNS, known_person
from dialer.store.dialects import Dialect, PerDialect, many

BATCH: Final = 2000
"""People per round: long enough for few statements, short enough for little memory."""
MAX_CONFLICTS: Final = 100_000

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ListTerms:
    """What a list's people may be called for, where they came from, and who agreed to it."""

    name: str
    purpose: str
    source: str
    consent: str


@dataclass(frozen=True, slots=True)
class ListRecord:
    """A list with its size and its last import (epoch seconds)."""

    id: int
    terms: ListTerms
    contacts: int
    created_at: float
    created_by: str
    imported_at: float | None


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """The file behind an import. ``rows_read`` without the heading and blank rows."""

    name: str
    sha256: str
    rows_read: int
    rows_rejected: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an import did.

    ``new``: people never seen before. ``known``: people the database had; ``filled`` of them got blanks
    filled. ``joined``: new on this list. ``suppressed``: are on the suppression list and will not be called.
    ``conflicts``: where the file says otherwise, at most ``MAX_CONFLICTS``. ``imported_before``: when the
    very same file was last imported into this list, None if never.
    """

    list_id: int
    new: int
    known: int
    filled: int
    joined: int
    suppressed: int
    conflicts: tuple[Conflict, ...]
    imported_before: float | None


class Lists:
    """The lists of one database. Every method raises ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def terms(self, name: str, purpose: str, source: str, consent: str) -> ListTerms:
        """The terms under which to import: of an existing list its own, of a new one those given.

        ``RuleRefusal`` when the list exists with other terms than a given one; ``InputError`` when the list
        is new and a term is missing or too long.
        """
        wished = ListTerms(name.strip(), purpose.strip(), source.strip(), consent.strip())
        async with self._access.reading() as connection:
            row = (await connection.execute(_terms_of(wished.name))).one_or_none()
        return _agreed_terms(row, wished)

    async def import_people(
        self,
        terms: ListTerms,
        file: ImportedFile,
        people: Callable[[], Iterable[Person]],
        language: str,
        by: str,
        now: float,
    ) -> Receipt:
        """Store all people and put them on the list, in one transaction, or nothing.

        ``people()`` yields each telephone number once. Known people are kept; what is blank is filled.
        Importing the same again changes nothing but the log of imports. ``language``: of new people whose row
        states none.
        """

        def work(connection: Connection) -> Receipt:
            return _import(connection, terms, file, people(), language, by, now)

        return await self._access.transact(work)

    async def all(self) -> Sequence[ListRecord]:
        """All lists, by name."""
        members = (
            select(ListMember.list_id, func.count().label("contacts")).group_by(ListMember.list_id).subquery()
        )
        imports = (
            select(ListImport.list_id, func.max(ListImport.imported_at).label("imported_at"))
            .group_by(ListImport.list_id)
            .subquery()
        )
        query = (
            select(ContactList, func.coalesce(members.c.contacts, 0).label("contacts"), imports.c.imported_at)
            .outerjoin(members, members.c.list_id == ContactList.id)
            .outerjoin(imports, imports.c.list_id == ContactList.id)
            .order_by(ContactList.name)
        )
        async with self._access.reading() as connection:
            return [_list_record(row) for row in await connection.execute(query)]


# --- import ---------------------------------------------------------------------------------------

_INSERT_CONTACTS = PerDialect(
    lambda dialect: dialect.insert(Contact).on_conflict_do_nothing(index_elements=["phone"])
)
_KNOWN = PerDialect(lambda dialect: select(*KNOWN_COLUMNS).where(dialect.among(Contact.phone, "phones")))
_SUPPRESSED = PerDialect(
    lambda dialect: select(func.count()).where(
        dialect.among(Suppression.phone, "phones"), Suppression.lifted_at.is_(None)
    )
)


def _joining(dialect: Dialect) -> Any:
    list_id = bindparam("list", type_=Integer())
    on_the_list = select(ListMember.contact_id).where(
        ListMember.list_id == list_id, ListMember.contact_id == Contact.id
    )
    people = select(list_id, Contact.id).where(dialect.among(Contact.phone, "phones"), ~on_the_list.exists())
    return insert(ListMember).from_select(["list_id", "contact_id"], people)


_JOIN = PerDialect(_joining)


@dataclass(slots=True)
class _Tally:
    new: int = 0
    known: int = 0
    filled: int = 0
    joined: int = 0
    suppressed: int = 0
    conflicts: list[Conflict] = field(default_factory=list)


def _import(
    connection: Connection,
    terms: ListTerms,
    file: ImportedFile,
    people: Iterable[Person],
    language: str,
    by: str,
    now: float,
) -> Receipt:
    list_id = _list_for(connection, terms, by, now)
    before = connection.scalar(
        select(func.max(ListImport.imported_at)).where(
            ListImport.list_id == list_id, ListImport.file_sha256 == file.sha256
        )
    )
    tally = _Tally()
    for batch in batches(people, BATCH):
        _import_batch(connection, list_id, batch, language, now, tally)
    connection.execute(
        insert(ListImport).values(
            list_id=list_id,
            file_name=file.name[-255:],
            file_sha256=file.sha256,
            imported_at=now,
            imported_by=by[:80],
            rows_read=file.rows_read,
            rows_new=tally.new,
            rows_known=tally.known,
            rows_rejected=file.rows_rejected,
        )
    )
    detail = {"new": tally.new, "known": tally.known, "joined": tally.joined, "rejected": file.rows_rejected}
    write_audit(connection, AuditEntry(now, by, "contacts import", terms.name, detail))
    return Receipt(
        list_id=list_id,
        new=tally.new,
        known=tally.known,
        filled=tally.filled,
        joined=tally.joined,
        suppressed=tally.suppressed,
        conflicts=tuple(tally.conflicts),
        imported_before=before,
    )


def _list_for(connection: Connection, terms: ListTerms, by: str, now: float) -> int:
    row = connection.execute(_terms_of(terms.name)).one_or_none()
    _agreed_terms(row, terms)  # somebody may have made the list since it was looked at
    if row is not None:
        return int(row.id)
    values = {"purpose": terms.purpose, "source": terms.source, "consent": terms.consent}
    made = insert(ContactList).values(name=terms.name, created_at=now, created_by=by[:80], **values)
    return connection.execute(made.returning(ContactList.id)).scalar_one()


def _import_batch(
    connection: Connection, list_id: int, batch: Sequence[Person], language: str, now: float, tally: _Tally
) -> None:
    phones = {"phones": many(connection, [person.phone for person in batch])}
    rows = connection.execute(_KNOWN.on(connection), phones)
    known = {row.phone: known_person(row) for row in rows}
    fresh = [_contact_row(person, language, now) for person in batch if person.phone not in known]
    if fresh:
        connection.execute(_INSERT_CONTACTS.on(connection), fresh)
    tally.new += len(fresh)
    tally.known += len(known)
    _fill(connection, [(known[person.phone], person) for person in batch if person.phone in known], tally)
    tally.joined += connection.execute(_JOIN.on(connection), {**phones, "list": list_id}).rowcount
    tally.suppressed += connection.scalar(_SUPPRESSED.on(connection), phones) or 0


def _fill(connection: Connection, pairs: Sequence[tuple[KnownPerson, Person]], tally: _Tally) -> None:
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for known, stated in pairs:
        merged = merge(known, stated)
        tally.conflicts.extend(merged.conflicts[: MAX_CONFLICTS - len(tally.conflicts)])
        if merged.changes:
            values = {f"new_{column}": value for column, value in merged.changes.items()}
            by_columns.setdefault(tuple(sorted(merged.changes)), []).append({"known_id": known.id, **values})
    for columns, rows in by_columns.items():
        values_of: dict[str, Any] = {column: bindparam(f"new_{column}") for column in columns}
        connection.execute(update(Contact).where(Contact.id == bindparam("known_id")).values(values_of), rows)
        tally.filled += len(rows)


def _contact_row(person: Person, language: str, now: float) -> dict[str, Any]:
    return {
        "phone": person.phone,
        "name": person.name,
        "language": person.language or language,
        "constituency": person.constituency,
        "booth": person.booth,
        "kind": person.kind or USUAL_KIND,
        "role": person.role,
        "schemes": list(person.schemes),
        "attributes": dict(person.attributes),
        "created_at": now,
    }


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of ``size``, the last one shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


# --- terms ----------------------------------------------------------------------------------------

_TERM_LENGTHS: Final = {"name": 80, "purpose": 80, "source": 200, "consent": 200}


def _terms_of(name: str) -> Select[*tuple[Any, ...]]:
    columns = (ContactList.id, ContactList.purpose, ContactList.source, ContactList.consent)
    return select(*columns).where(ContactList.name == name)


def _agreed_terms(row: Row[*tuple[Any, ...]] | None, wished: ListTerms) -> ListTerms:
    for term, most in _TERM_LENGTHS.items():
        value = getattr(wished, term)
        if len(value) > most or not value.isprintable():
            text = N_("--{term}: at most {most} printable characters")
            raise InputError(text, term="list" if term == "name" else term, most=most)
    if not wished.name:
        raise InputError(N_("--list: give the list a name"))
    if row is None:
        for term in ("purpose", "source", "consent"):
            if not getattr(wished, term):
                text = N_("list {name!r} is new: say its --{term}; without it nobody on it may be called")
                raise InputError(text, name=wished.name, term=term)
        return wished
    for term in ("purpose", "source", "consent"):
        stored, given = getattr(row, term), getattr(wished, term)
        if given and given != stored:
            text = N_("list {name!r} has --{term} {stored!r}, not {given!r}; take another list name")
            raise RuleRefusal(text, name=wished.name, term=term, stored=stored, given=given)
    return ListTerms(wished.name, row.purpose, row.source, row.consent)


def _list_record(row: Row[*tuple[Any, ...]]) -> ListRecord:
    return ListRecord(
        id=row.id,
        terms=ListTerms(row.name, row.purpose, row.source, row.consent),
        contacts=row.contacts,
        created_at=row.created_at,
        created_by=row.created_by,
        imported_at=row.imported_at,
    )
