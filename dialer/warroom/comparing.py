"""A file's statements held against what is known: what is new, what changes, what is gone, who disagrees."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, func, select

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
    WarroomImport,
)
from dialer.contacts.people import RowFault
from dialer.core.sound import sound_of
from dialer.i18n import translate
from dialer.store.lists import batches
from dialer.warroom.sheets import Kind
from dialer.warroom.statements import UNSOURCED, Statement

_ = translate

TABLES: Final[Mapping[str, type[Base]]] = {
    "place": Place, "person": OfficePerson, "post": Post, "responsibility": Responsibility, "fact": Fact,
    "candidacy": Candidacy, "scheme": Scheme,
}  # fmt: skip
"""Entities in the order in which they are stored: what is pointed to comes first."""
AT_ONCE: Final = 1000
_STATED_PER_SOURCE: Final = frozenset(("fact", "candidacy"))
_GONE_OF: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.BOOTHS: ("booth",), Kind.PLACES: ("mandal", "shakti_kendra"), Kind.PEOPLE: ("person",),
    Kind.SCHEMES: ("scheme",),
}  # fmt: skip
_SOURCE: Final = (FactSource.name.label("source_name"), FactSource.stated_on.label("source_on"))
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """Columns of a known row that the file states differently. ``label``: what the row is called."""

    entity: str
    entity_id: int | str
    constituency: int | None
    label: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """A row that is there already. ``source``: its name and day."""

    id: int | str
    label: str
    constituency: int | None
    columns: Mapping[str, Any]
    source: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sources that disagree; ``preferred``: whether the file's own is taken."""

    subject: str
    key: str
    valid_from: str
    value: str
    source: str
    known_value: str
    known_source: str
    preferred: bool
    line: int


@dataclass(slots=True)
class Comparison:
    """What a file would do. ``state``: of the war room when it was compared; storing needs the same."""

    kind: Kind
    state: tuple[int, int]
    added: list[Statement] = field(default_factory=list)
    preferred: dict[int, bool] = field(default_factory=dict)
    changed: list[Change] = field(default_factory=list)
    gone: list[Known] = field(default_factory=list)
    same: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """In figures."""
        return {
            "added": len(self.added), "changed": len(self.changed), "same": self.same, "gone": len(self.gone),
            "conflicts": len(self.conflicts),
        }  # fmt: skip


def source_digest(name: str, stated_on: str) -> str:
    """What one source is known by."""
    return hashlib.sha256(f"{name}\n{stated_on}".encode()).hexdigest()


def war_room_state(connection: Connection) -> tuple[int, int]:
    """Changes whenever anything in the war room does."""
    change = connection.scalar(select(func.max(WarroomChange.id))) or 0
    imports = connection.scalar(
        select(func.count()).select_from(WarroomImport).where(WarroomImport.undone_at.is_(None))
    )
    return change, (imports or 0) + 1_000_000 * (connection.scalar(select(func.max(WarroomImport.id))) or 0)


def compare(connection: Connection, kind: Kind, statements: Sequence[Statement]) -> Comparison:
    """Only reads. Faults are rows that contradict each other or name somebody who is not known."""
    found = Comparison(kind, war_room_state(connection))
    by_entity: dict[str, list[Statement]] = {}
    for statement in _once_each(statements, found):
        by_entity.setdefault(statement.entity, []).append(statement)
    for entity in TABLES:
        stated = by_entity.get(entity, [])
        if entity == "responsibility":
            stated = list(_with_people(connection, stated, found))
        known = dict(_known(connection, entity, stated))
        for statement in stated:
            _hold_against(statement, known.get(_key(statement)), found)
    _compare_sources(connection, found)
    _find_gone(connection, kind, statements, found)
    return found


def _key(statement: Statement) -> _Key:
    per_source = statement.entity in _STATED_PER_SOURCE
    return statement.identity, source_digest(statement.source, statement.stated_on) if per_source else ""


def _once_each(statements: Sequence[Statement], found: Comparison) -> Iterator[Statement]:
    seen: dict[tuple[str, _Key], Statement] = {}
    for statement in statements:
        first = seen.setdefault((statement.entity, _key(statement)), statement)
        if first is statement:
            yield statement
        elif dict(first.columns) != dict(statement.columns):
            text = _("says otherwise than line {line} of the same: {what}; keep one of them")
            differing = [name for name in first.columns if first.columns[name] != statement.columns.get(name)]
            what = ", ".join(differing)
            found.faults.append(
                RowFault(
                    statement.line, what, statement.identity[:100], text.format(line=first.line, what=what)
                )
            )


def _hold_against(statement: Statement, known: Known | None, found: Comparison) -> None:
    if known is None:
        found.added.append(statement)
        return
    # A blank cell never erases what is known.
    after = {
        name: value
        for name, value in statement.columns.items()
        if value not in ("", None) and known.columns.get(name) != value
    }
    if not after:
        found.same += 1
        return
    before = {name: known.columns.get(name) for name in after}
    if statement.entity not in _STATED_PER_SOURCE:
        before["source"], after["source"] = list(known.source), [statement.source, statement.stated_on]
    found.changed.append(
        Change(statement.entity, known.id, statement.constituency, known.label, before, after, statement.line)
    )


# --- what is known --------------------------------------------------------------------------------


def _known(connection: Connection, entity: str, stated: Sequence[Statement]) -> Iterator[tuple[_Key, Known]]:
    for batch in batches(stated, AT_ONCE):
        if entity in ("post", "responsibility"):
            people = list({statement.refers["person_id"] for statement in batch})
            yield from _known_of_people(connection, entity, people)
        else:
            yield from _known_by_identity(connection, entity, [statement.identity for statement in batch])


def _known_by_identity(
    connection: Connection, entity: str, identities: Sequence[str]
) -> Iterator[tuple[_Key, Known]]:
    table: Any = TABLES[entity]
    column = {"fact": Fact.subject, "scheme": Scheme.code}.get(entity)
    wanted = identities if entity != "fact" else list({each.partition("|")[0] for each in identities})
    query = select(table.__table__, *_SOURCE, FactSource.digest).outerjoin(
        FactSource, FactSource.id == table.source_id
    )
    query = query.where(
        (column if column is not None else table.identity).in_(wanted), table.retired_at.is_(None)
    )
    for mapped in connection.execute(query).mappings():
        row: Mapping[str, Any] = dict(mapped)
        if entity == "fact":
            identity = f"{row['subject']}|{row['key']}|{row['valid_from']}"
            label = f"{row['subject']} {row['key']}"
        else:
            identity = row["code"] if entity == "scheme" else row["identity"]
            label = row.get("name") or row.get("name_hi") or row.get("name_en") or identity
        digest = row["digest"] if entity in _STATED_PER_SOURCE else ""
        id_ = row["code"] if entity == "scheme" else row["id"]
        yield (identity, digest), Known(id_, label, row.get("constituency"), row, _source(row))


def _source(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["source_name"] or "", row["source_on"] or ""


def _known_of_people(
    connection: Connection, entity: str, people: Sequence[str]
) -> Iterator[tuple[_Key, Known]]:
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


def _with_people(
    connection: Connection, stated: Sequence[Statement], found: Comparison
) -> Iterator[Statement]:
    """Responsibilities whose person is known, by membership number or telephone, and which that is."""
    phones = {each.refers["person_id"].split(":")[1] for each in stated if each.refers["person_id"][0] == "p"}
    codes = {each.refers["person_id"] for each in stated if each.refers["person_id"][0] == "c"}
    by_phone: dict[str, list[str]] = {}
    known = set()
    for batch in batches(sorted(phones), AT_ONCE):
        query = select(OfficePerson.phone, OfficePerson.identity).where(
            OfficePerson.phone.in_(batch), OfficePerson.retired_at.is_(None)
        )
        for phone, identity in connection.execute(query):
            by_phone.setdefault(phone, []).append(identity)
    for batch in batches(sorted(codes), AT_ONCE):
        known |= set(
            connection.scalars(select(OfficePerson.identity).where(OfficePerson.identity.in_(batch)))
        )
    for statement in stated:
        asked = statement.refers["person_id"]
        candidates = [asked] if asked in known else by_phone.get(asked.split(":")[1], [])
        if asked in candidates:
            candidates = [asked]
        if len(candidates) == 1:
            refers = {**statement.refers, "person_id": candidates[0]}
            identity = candidates[0] + statement.identity[len(asked) :]
            yield Statement(
                statement.entity, identity, statement.line, statement.constituency, statement.columns,
                statement.source, statement.stated_on, refers,
            )  # fmt: skip
            continue
        text = _("several people have this number; add the name as it stands in the war room")
        text = text if candidates else _("nobody here has this number; import the people first")
        found.faults.append(RowFault(statement.line, "phone", "", text))


# --- sources that disagree ------------------------------------------------------------------------


def _compare_sources(connection: Connection, found: Comparison) -> None:
    """Which of several sources is preferred: who says so, else who was first, but never from memory."""
    new = [(place, each) for place, each in enumerate(found.added) if each.entity == "fact"]
    subjects = sorted({each.columns["subject"] for _place, each in new})
    rivals: dict[str, list[tuple[Any, ...]]] = {}
    for batch in batches(subjects, AT_ONCE):
        query = (
            select(Fact, FactSource.name.label("source_name"))
            .join(FactSource, FactSource.id == Fact.source_id)
            .where(Fact.subject.in_(batch), Fact.retired_at.is_(None))
        )
        for row in connection.execute(query):
            identity = f"{row.subject}|{row.key}|{row.valid_from}"
            rivals.setdefault(identity, []).append((row.value, row.source_name, row.preferred, row.id))
    for place, statement in new:
        _judge(place, statement, rivals.setdefault(statement.identity, []), found)


def _judge(place: int, statement: Statement, rivals: list[tuple[Any, ...]], found: Comparison) -> None:
    standing = next((rival for rival in rivals if rival[2]), None)
    takes_over = statement.preferred is True or (
        statement.preferred is None
        and standing is not None
        and standing[1] == UNSOURCED
        and statement.source != UNSOURCED
    )
    is_preferred = takes_over or (statement.preferred is None and standing is None)
    found.preferred[place] = is_preferred
    value = statement.columns["value"]
    for rival in rivals:
        if rival[0] != value and (rival[2] or standing is None):
            found.conflicts.append(
                Conflict(
                    statement.columns["subject"], statement.columns["key"], statement.columns["valid_from"],
                    value, statement.source, rival[0], rival[1], is_preferred, statement.line,
                )
            )  # fmt: skip
    if takes_over and standing is not None:
        _set_back(standing, statement, found)
        rivals[rivals.index(standing)] = (*standing[:2], False, standing[3])
    rivals.append((value, statement.source, is_preferred, -1 - place))


def _set_back(standing: tuple[Any, ...], statement: Statement, found: Comparison) -> None:
    id_ = standing[3]
    if id_ < 0:
        found.preferred[-1 - id_] = False
        return
    label = f"{statement.columns['subject']} {statement.columns['key']}"
    why = statement.why or statement.source
    found.changed.append(
        Change(
            "fact", id_, statement.constituency, label, {"preferred": True},
            {"preferred": False, "preferred_why": why[:300]}, statement.line,
        )
    )  # fmt: skip


# --- what is gone ---------------------------------------------------------------------------------


def _find_gone(
    connection: Connection, kind: Kind, statements: Sequence[Statement], found: Comparison
) -> None:
    """What is known of the constituencies that the file speaks of, and does not stand in it."""
    wanted = _GONE_OF.get(kind, ())
    places = sorted({each.constituency for each in statements if each.constituency is not None})
    stated = {each.identity for each in statements}
    for name in wanted:
        for row in _all_of(connection, name, places):
            if row[1] not in stated:
                found.gone.append(Known(row[0], row[2] or row[1], row[3], {}, ("", "")))


def _all_of(connection: Connection, name: str, places: Sequence[int]) -> Iterable[Any]:
    if name == "scheme":
        rows = select(Scheme.code, Scheme.code, Scheme.short_name, Scheme.source_id)
        return connection.execute(rows.where(Scheme.retired_at.is_(None)))
    if name == "person":
        columns = (OfficePerson.id, OfficePerson.identity, OfficePerson.name, OfficePerson.constituency)
        query = select(*columns).where(
            OfficePerson.constituency.in_(places), OfficePerson.retired_at.is_(None)
        )
        return connection.execute(query)
    of_place = (Place.id, Place.identity, Place.name_hi, Place.constituency)
    query = select(*of_place).where(
        Place.constituency.in_(places), Place.kind == name, Place.retired_at.is_(None)
    )
    return connection.execute(query)


def gone_entity(kind: Kind) -> str:
    """Which table the rows in ``gone`` are of."""
    return {Kind.PEOPLE: "person", Kind.SCHEMES: "scheme"}.get(kind, "place")
