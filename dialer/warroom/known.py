"""What the war room knows of what a file states, retired and merged entries too: their names are not free."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from db.base import Base
from db.warroom import (
    Candidacy,
    Fact,
    FactSource,
    OfficePerson,
    Place,
    Post,
    Responsibility,
    Scheme,
    WarroomChange,
)
from dialer.core.sound import sound_of
from dialer.store.lists import batches
from dialer.warroom.statements import Statement

TABLES: Final[Mapping[str, type[Base]]] = {
    "place": Place, "person": OfficePerson, "post": Post, "responsibility": Responsibility, "fact": Fact,
    "candidacy": Candidacy, "scheme": Scheme,
}  # fmt: skip
"""Entities in the order in which they are stored: what is pointed to comes first."""
AT_ONCE: Final = 1000
STATED_PER_SOURCE: Final = frozenset(("fact", "candidacy"))
_SOURCE: Final = (FactSource.name.label("source_name"), FactSource.stated_on.label("source_on"))
Key = tuple[str, str]
"""What a row is known again by: its identity and, where each source has a row, the source's digest."""
MERGED: Final = "person "
"""How the reason of a merge begins; the number of who was kept follows."""


@dataclass(frozen=True, slots=True)
class Known:
    """A row that is there already. ``source``: its name and day."""

    id: int | str
    label: str
    constituency: int | None
    columns: Mapping[str, Any]
    source: tuple[str, str]


def source_digest(name: str, stated_on: str) -> str:
    """What one source is known by."""
    return hashlib.sha256(f"{name}\n{stated_on}".encode()).hexdigest()


def known_rows(
    connection: Connection, entity: str, stated: Sequence[Statement]
) -> Iterator[tuple[Key, Known]]:
    """What is known of the things stated; of people's posts and responsibilities, all of theirs."""
    for batch in batches(stated, AT_ONCE):
        if entity in ("post", "responsibility"):
            people = list({statement.refers["person_id"] for statement in batch})
            yield from _known_of_people(connection, entity, people)
        else:
            yield from _known_by_identity(connection, entity, [statement.identity for statement in batch])


def _known_by_identity(
    connection: Connection, entity: str, identities: Sequence[str]
) -> Iterator[tuple[Key, Known]]:
    table: Any = TABLES[entity]
    column = {"fact": Fact.subject, "scheme": Scheme.code}.get(entity)
    wanted = identities if entity != "fact" else list({each.partition("|")[0] for each in identities})
    query = select(table.__table__, *_SOURCE, FactSource.digest).outerjoin(
        FactSource, FactSource.id == table.source_id
    )
    query = query.where((column if column is not None else table.identity).in_(wanted))
    for mapped in connection.execute(query).mappings():
        row: Mapping[str, Any] = dict(mapped)
        if entity == "fact":
            identity = f"{row['subject']}|{row['key']}|{row['valid_from']}"
            label = f"{row['subject']} {row['key']}"
        else:
            identity = row["code"] if entity == "scheme" else row["identity"]
            label = row.get("name") or row.get("name_hi") or row.get("name_en") or identity
        digest = row["digest"] if entity in STATED_PER_SOURCE else ""
        id_ = row["code"] if entity == "scheme" else row["id"]
        yield (identity, digest), Known(id_, label, row.get("constituency"), row, _source(row))


def _source(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["source_name"] or "", row["source_on"] or ""


def _known_of_people(
    connection: Connection, entity: str, people: Sequence[str]
) -> Iterator[tuple[Key, Known]]:
    table: Any = TABLES[entity]
    said = Post.title if entity == "post" else Responsibility.what
    query = (
        select(
            table.__table__, OfficePerson.identity.label("who"), OfficePerson.name.label("person_name"),
            Place.identity.label("where"), *_SOURCE,
        )
        .join(OfficePerson, OfficePerson.id == table.person_id)
        .join(Place, Place.id == table.place_id)
        .outerjoin(FactSource, FactSource.id == table.source_id)
        .where(OfficePerson.identity.in_(people), table.retired_at.is_(None))
    )  # fmt: skip
    for mapped in connection.execute(query).mappings():
        row: Mapping[str, Any] = dict(mapped)
        identity = f"{row['who']}|{row['where']}|{sound_of(row[said.key])}"
        label = f"{row['person_name']}: {row[said.key]}"
        yield (identity, ""), Known(row["id"], label, row["constituency"], row, _source(row))


@dataclass(frozen=True, slots=True)
class Merged:
    """An entry that was taken into another one. ``keeper``: that one's identity."""

    name: str
    phone: str
    keeper: str
    keeper_name: str


def merged_people(connection: Connection) -> Mapping[str, Merged]:
    """Identity of every entry that was merged into one that is still there."""
    query = select(WarroomChange.entity_id, WarroomChange.why, WarroomChange.after).where(
        WarroomChange.entity == "person", WarroomChange.why.startswith(MERGED)
    )
    into = {
        int(row.entity_id): int(row.why.removeprefix(MERGED))
        for row in connection.execute(query.order_by(WarroomChange.id))
        if row.after.get("retired_at") and row.why.removeprefix(MERGED).isdigit()
    }
    people: dict[int, Any] = {}
    for batch in batches(sorted({*into, *into.values()}), AT_ONCE):
        rows = connection.execute(select(OfficePerson).where(OfficePerson.id.in_(batch)))
        people |= {row.id: row for row in rows}
    found = {}
    for gone in into:
        keeper = _last(into, gone)
        if people[gone].retired_at and keeper in people and people[keeper].retired_at is None:
            last = people[keeper]
            found[people[gone].identity] = Merged(
                people[gone].name, people[gone].phone, last.identity, last.name
            )
    return found


def _last(into: Mapping[int, int], person: int) -> int:
    seen = {person}
    while (following := into.get(person)) is not None and following not in seen:
        person = following
        seen.add(person)
    return person
