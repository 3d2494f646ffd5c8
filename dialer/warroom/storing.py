"""Stores a comparison whole or not at all, and takes an import back. Every change keeps what was before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from db.warroom import (
    FactSource,
    NameKey,
    OfficePerson,
    Place,
    Post,
    Responsibility,
    WarroomChange,
    WarroomImport,
)
from dialer.core.sound import search_keys
from dialer.core.words import N_
from dialer.errors import InputError, NotFoundError, RuleRefusal
from dialer.store.access import AuditEntry, write_audit
from dialer.store.lists import batches
from dialer.warroom.bulk import insert_numbered, insert_rows
from dialer.warroom.comparing import Change, Comparison, gone_entity, war_room_state
from dialer.warroom.known import AT_ONCE, TABLES, source_digest
from dialer.warroom.retiring import WITHDRAWN, ended_with, left, retired
from dialer.warroom.statements import LEVELS, Statement

PERSON_RANK: Final = 9
"""In searching, people come after every kind of place."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who changes something, when, and by which import."""

    actor: str
    at: float
    import_id: int | None = None


@dataclass(frozen=True, slots=True)
class File:
    """The file behind an import."""

    name: str
    sha256: str


def store(
    connection: Connection, found: Comparison, file: File, by: str, now: float, *, retire_gone: bool
) -> int:
    """The number of the import; ``RuleRefusal`` when the war room changed since the comparison."""
    if war_room_state(connection) != found.state:
        raise RuleRefusal(N_("somebody changed the war room meanwhile; look at the differences again"))
    counts = {**found.counts(), "retired": len(found.gone) if retire_gone else 0}
    import_id = connection.execute(
        insert(WarroomImport)
        .values(
            kind=found.kind.value, file_name=file.name[-255:], file_sha256=file.sha256, imported_at=now,
            imported_by=by[:80], counts=counts,
        )
        .returning(WarroomImport.id)
    ).scalar_one()  # fmt: skip
    stamp = Stamp(by[:80], now, import_id)
    sources = source_ids(connection, ((each.source, each.stated_on) for each in found.added), now)
    _Adding(connection, found, stamp, sources).run()
    changes = [*found.changed, *found.revived, *left(found.moved, now)]
    if retire_gone:
        entity = gone_entity(found.kind)
        changes += retired(entity, found.gone, now)
        apply_changes(connection, ended_with(connection, entity, found.gone, now), stamp, WITHDRAWN)
    apply_changes(connection, changes, stamp)
    detail = {"kind": found.kind.value, **counts}
    write_audit(connection, AuditEntry(now, by, "warroom import", f"import {import_id}", detail))
    return import_id


def source_ids(
    connection: Connection, sources: Iterable[tuple[str, str]], now: float
) -> dict[tuple[str, str], int]:
    """(name, day) -> id of every source; new ones are made."""
    wanted = {source_digest(name, day): (name, day) for name, day in sources}
    known: dict[str, int] = {}
    for batch in batches(wanted, AT_ONCE):
        rows = connection.execute(
            select(FactSource.digest, FactSource.id).where(FactSource.digest.in_(batch))
        )
        known |= {digest: id_ for digest, id_ in rows}
    fresh = [
        {"digest": digest, "name": name, "stated_on": day, "created_at": now}
        for digest, (name, day) in wanted.items()
        if digest not in known
    ]
    if fresh:
        made = connection.execute(insert(FactSource).returning(FactSource.digest, FactSource.id), fresh)
        known |= {digest: id_ for digest, id_ in made}
    return {wanted[digest]: id_ for digest, id_ in known.items()}


class _Adding:
    """New rows, entity after entity, so that each may point to the one before it."""

    def __init__(
        self,
        connection: Connection,
        found: Comparison,
        stamp: Stamp,
        sources: Mapping[tuple[str, str], int],
    ) -> None:
        self._connection = connection
        self._found = found
        self._sources = sources
        self._stamp = stamp
        self._ids: dict[str, int] = {}
        self._common = {"import_id": stamp.import_id, "created_at": stamp.at, "created_by": stamp.actor}

    def run(self) -> None:
        by_entity: dict[str, list[tuple[int, Statement]]] = {}
        for place, statement in enumerate(self._found.added):
            by_entity.setdefault(statement.entity, []).append((place, statement))
        for entity in TABLES:
            statements = by_entity.get(entity, [])
            if entity == "place":
                for level in sorted({LEVELS[each.columns["kind"]] for _n, each in statements}):
                    of_level = [pair for pair in statements if LEVELS[pair[1].columns["kind"]] == level]
                    self._insert(entity, of_level)
            elif statements:
                self._insert(entity, statements)

    def _insert(self, entity: str, statements: Sequence[tuple[int, Statement]]) -> None:
        table: Any = TABLES[entity]
        self._resolve([ref for _n, each in statements for ref in each.refers.values()])
        for batch in batches(statements, AT_ONCE):
            rows = [self._row(place, statement) for place, statement in batch]
            if entity not in ("place", "person"):
                insert_rows(self._connection, table, rows)
                continue
            ids = insert_numbered(self._connection, table, rows)
            self._ids |= {each.identity: id_ for (_n, each), id_ in zip(batch, ids, strict=True)}
            insert_name_keys(
                self._connection,
                entity,
                [(id_, each.columns) for (_n, each), id_ in zip(batch, ids, strict=True)],
            )

    def _row(self, place: int, statement: Statement) -> dict[str, Any]:
        row = {**statement.columns, **self._common}
        row["source_id"] = self._sources[statement.source, statement.stated_on]
        for column, identity in statement.refers.items():
            row[column] = self._ids[identity]
        if statement.entity == "scheme":
            row["code"] = statement.identity
        elif statement.entity in ("place", "person", "candidacy"):
            row["identity"] = statement.identity
        elif statement.entity == "fact":
            row |= self._preference(place, statement)
        elif statement.entity == "responsibility":
            done = statement.columns["state"] == "done"
            row["done_at"] = self._stamp.at if done else None
            row["done_by"] = self._stamp.actor if done else None
        return row

    def _preference(self, place: int, statement: Statement) -> dict[str, Any]:
        decided = statement.preferred is not None
        return {
            "preferred": self._found.preferred[place],
            "preferred_why": statement.why,
            "preferred_by": self._stamp.actor if decided else "",
            "preferred_at": self._stamp.at if decided else None,
        }

    def _resolve(self, identities: Iterable[str]) -> None:
        missing = {identity for identity in identities if identity not in self._ids}
        for table in (Place, OfficePerson):
            for batch in batches(sorted(missing), AT_ONCE):
                columns: Any = (table.identity, table.id)
                rows = self._connection.execute(select(*columns).where(columns[0].in_(batch)))
                self._ids |= {identity: id_ for identity, id_ in rows}


# --- searching ------------------------------------------------------------------------------------


def insert_name_keys(
    connection: Connection, entity: str, named: Iterable[tuple[int, Mapping[str, Any]]]
) -> None:
    """The keys by which places and people are found, for rows that have none yet."""
    rows = [
        {"rank": rank, "key": key, "entity": entity, "entity_id": id_}
        for id_, columns in named
        for rank, key in _keys(entity, columns)
    ]
    insert_rows(connection, NameKey, rows)


def _keys(entity: str, columns: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    names: list[str]
    if entity == "person":
        names = [columns["name"], columns.get("other_name") or ""]
        rank = PERSON_RANK
    else:
        others = str(columns.get("other_names") or "").replace(",", ";").split(";")
        names = [columns.get("name_en") or "", columns.get("name_hi") or "", *others]
        rank = LEVELS[columns["kind"]]
        if columns["kind"] == "constituency":
            rank = 0
            names.append(str(columns.get("number") or ""))
    yield from ((rank, key) for key in sorted(search_keys(names)))


def renew_name_keys(connection: Connection, entity: str, ids: Sequence[int]) -> None:
    """After names have changed or rows were retired."""
    table: Any = TABLES[entity]
    for batch in batches(ids, AT_ONCE):
        connection.execute(delete(NameKey).where(NameKey.entity == entity, NameKey.entity_id.in_(batch)))
        rows = connection.execute(
            select(table.__table__).where(table.id.in_(batch), table.retired_at.is_(None))
        ).mappings()
        insert_name_keys(connection, entity, [(row["id"], dict(row)) for row in rows])


# --- changes --------------------------------------------------------------------------------------

_NAMED: Final = frozenset(("name", "other_name", "name_en", "name_hi", "other_names", "retired_at"))


def apply_changes(connection: Connection, changes: Sequence[Change], stamp: Stamp, why: str = "") -> None:
    """Write the columns of ``after`` and remember both sides."""
    connection_rows = [
        {
            "at": stamp.at, "actor": stamp.actor, "entity": each.entity, "entity_id": str(each.entity_id),
            "constituency": each.constituency, "before": dict(each.before), "after": dict(each.after),
            "why": why[:300], "import_id": stamp.import_id,
        }
        for each in changes
    ]  # fmt: skip
    for batch in batches(connection_rows, AT_ONCE):
        connection.execute(insert(WarroomChange), batch)
    sources = source_ids(connection, _sources_of(changes), stamp.at)
    _write(connection, [(each, _columns(each.after, sources)) for each in changes])
    for entity in ("place", "person"):
        renamed = [
            int(each.entity_id) for each in changes if each.entity == entity and _NAMED & each.after.keys()
        ]
        renew_name_keys(connection, entity, renamed)


def _sources_of(changes: Iterable[Change]) -> list[tuple[str, str]]:
    return [(each.after["source"][0], each.after["source"][1]) for each in changes if "source" in each.after]


def _columns(after: Mapping[str, Any], sources: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    columns = {name: value for name, value in after.items() if name != "source"}
    if "source" in after:
        name, day = after["source"]
        columns["source_id"] = sources[name, day]
    return columns


def _write(connection: Connection, changes: Iterable[tuple[Change, Mapping[str, Any]]]) -> None:
    """One statement for all rows that change in the same columns."""
    together: dict[tuple[str, tuple[str, ...]], list[dict[str, Any]]] = {}
    for change, columns in changes:
        values = {f"new_{name}": value for name, value in columns.items()}
        group = together.setdefault((change.entity, tuple(sorted(columns))), [])
        group.append({"row_id": change.entity_id, **values})
    for (entity, names), rows in together.items():
        table: Any = TABLES[entity]
        key = table.code if entity == "scheme" else table.id
        values = {name: bindparam(f"new_{name}") for name in names}
        connection.execute(update(table.__table__).where(key == bindparam("row_id")).values(values), rows)


# --- undo -----------------------------------------------------------------------------------------


def undo(connection: Connection, import_id: int, by: str, now: float) -> Mapping[str, int]:
    """Take an import back as if it had never been, or refuse when later work rests on it.

    Returns how many rows were removed and restored.
    """
    row = connection.execute(select(WarroomImport).where(WarroomImport.id == import_id)).one_or_none()
    if row is None:
        raise NotFoundError(N_("there is no import {number}; see `dialer warroom imports`"), number=import_id)
    if row.undone_at is not None:
        raise InputError(N_("import {number} was taken back already"), number=import_id)
    _refuse_when_built_upon(connection, import_id)
    restored = _restore(connection, import_id, now)
    removed = 0
    for entity in reversed(list(TABLES)):
        table: Any = TABLES[entity]
        if entity in ("place", "person"):
            gone = select(table.id).where(table.import_id == import_id)
            connection.execute(delete(NameKey).where(NameKey.entity == entity, NameKey.entity_id.in_(gone)))
        for _level in LEVELS if entity == "place" else ("",):
            leaf = table.import_id == import_id
            if entity == "place":
                parents = select(Place.parent_id).where(Place.parent_id.is_not(None))
                leaf = leaf & Place.id.not_in(parents)
            removed += connection.execute(delete(table).where(leaf)).rowcount
    connection.execute(
        update(WarroomImport).where(WarroomImport.id == import_id).values(undone_at=now, undone_by=by[:80])
    )
    detail = {"removed": removed, "restored": restored}
    write_audit(connection, AuditEntry(now, by, "warroom undo", f"import {import_id}", detail))
    return detail


def _restore(connection: Connection, import_id: int, now: float) -> int:
    query = select(WarroomChange).where(WarroomChange.import_id == import_id)
    rows = connection.execute(query.order_by(WarroomChange.id.desc())).all()
    changes = []
    for row in rows:
        entity_id: int | str = row.entity_id if row.entity == "scheme" else int(row.entity_id)
        changes.append(Change(row.entity, entity_id, row.constituency, "", row.after, row.before))
    sources = source_ids(connection, _sources_of(changes), now)
    _write(connection, [(each, _columns(each.after, sources)) for each in changes])
    connection.execute(delete(WarroomChange).where(WarroomChange.import_id == import_id))
    for entity in ("place", "person"):
        renew_name_keys(
            connection, entity, [int(each.entity_id) for each in changes if each.entity == entity]
        )
    return len(changes)


def _refuse_when_built_upon(connection: Connection, import_id: int) -> None:
    places = select(Place.id).where(Place.import_id == import_id)
    people = select(OfficePerson.id).where(OfficePerson.import_id == import_id)
    rests = 0
    for table, column, rows in (
        (Place, Place.parent_id, places), (Post, Post.place_id, places), (Post, Post.person_id, people),
        (Responsibility, Responsibility.person_id, people), (Responsibility, Responsibility.place_id, places),
    ):  # fmt: skip
        import_of: Any = table.import_id
        other = (import_of != import_id) | import_of.is_(None)
        query = select(func.count()).select_from(table).where(column.in_(rows), other)
        rests += connection.scalar(query) or 0
    rests += _later_changes(connection, import_id)
    if rests:
        raise RuleRefusal(
            N_("import {number} cannot be taken back: {count} later entries rest on it; undo those first"),
            number=import_id,
            count=rests,
        )


def _later_changes(connection: Connection, import_id: int) -> int:
    """Changes by others, since then, to rows that this import made or changed."""
    since = select(WarroomImport.imported_at).where(WarroomImport.id == import_id).scalar_subquery()
    other = (WarroomChange.import_id != import_id) | WarroomChange.import_id.is_(None)
    query = select(WarroomChange.entity, WarroomChange.entity_id).where(other, WarroomChange.at >= since)
    later = {(row.entity, row.entity_id) for row in connection.execute(query)}
    if not later:
        return 0
    own = select(WarroomChange.entity, WarroomChange.entity_id).where(WarroomChange.import_id == import_id)
    touched = {(row.entity, row.entity_id) for row in connection.execute(own)} & later
    for entity, table in TABLES.items():
        of_entity: Any = table
        key = of_entity.code if entity == "scheme" else of_entity.id
        ids: list[Any] = [id_ if entity == "scheme" else int(id_) for name, id_ in later if name == entity]
        for batch in batches(ids, AT_ONCE):
            made = connection.scalars(select(key).where(key.in_(batch), of_entity.import_id == import_id))
            touched |= {(entity, str(id_)) for id_ in made}
    return len(touched)
