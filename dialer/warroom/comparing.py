"""A file's statements held against what is known: what is new, what changes, what is gone, who disagrees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import Connection, func, select

from db.warroom import Fact, FactSource, OfficePerson, Place, Scheme, WarroomChange, WarroomImport
from dialer.contacts.people import RowFault
from dialer.i18n import translate
from dialer.store.lists import batches
from dialer.warroom.known import (
    AT_ONCE,
    STATED_PER_SOURCE,
    TABLES,
    Key,
    Known,
    Merged,
    known_rows,
    merged_people,
    source_digest,
)
from dialer.warroom.sheets import Kind
from dialer.warroom.statements import UNSOURCED, Statement
from dialer.warroom.tallies import day_of

_ = translate

_GONE_OF: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.BOOTHS: ("booth",), Kind.PLACES: ("mandal", "shakti_kendra"), Kind.PEOPLE: ("person",),
    Kind.SCHEMES: ("scheme",),
}  # fmt: skip


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


@dataclass(frozen=True, slots=True)
class Move:
    """A post that is stated at another place than where it is held. ``post_id``: of the one that ends.

    ``come_from`` and ``to``: identities of places; ``on``: from which day, empty when the file does not say.
    """

    post_id: int
    label: str
    constituency: int | None
    come_from: str
    to: str
    on: str
    line: int


@dataclass(frozen=True, slots=True)
class Recognised:
    """A row about somebody whose entry was merged into another one."""

    line: int
    label: str
    keeper: str


@dataclass(slots=True)
class Comparison:
    """What a file would do. ``state``: of the war room when it was compared; storing needs the same.

    ``revived``: the changes that also bring back what had been retired; ``came_back``: of people, by their
    id, on which day they had been.
    """

    kind: Kind
    state: tuple[int, int]
    added: list[Statement] = field(default_factory=list)
    preferred: dict[int, bool] = field(default_factory=dict)
    changed: list[Change] = field(default_factory=list)
    revived: list[Change] = field(default_factory=list)
    came_back: dict[int | str, str] = field(default_factory=dict)
    moved: list[Move] = field(default_factory=list)
    merged: list[Recognised] = field(default_factory=list)
    gone: list[Known] = field(default_factory=list)
    same: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """In figures."""
        return {
            "added": len(self.added), "changed": len(self.changed), "revived": len(self.revived),
            "moved": len(self.moved), "same": self.same, "gone": len(self.gone),
            "conflicts": len(self.conflicts),
        }  # fmt: skip


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
    merged = merged_people(connection) if kind in (Kind.PEOPLE, Kind.RESPONSIBILITIES) else {}
    own = list(_of_keepers(statements, merged, found))
    by_entity: dict[str, list[Statement]] = {}
    for statement in _once_each(own, found):
        by_entity.setdefault(statement.entity, []).append(statement)
    for entity in TABLES:
        stated = by_entity.get(entity, [])
        if entity == "responsibility":
            stated = list(_with_people(connection, stated, merged, found))
        known = dict(known_rows(connection, entity, stated))
        for statement in stated:
            _hold_against(statement, known.get(_key(statement)), found)
        if entity == "post":
            _find_moves(stated, known, found)
    _compare_sources(connection, found)
    stated_here = {each.identity for each in statements}
    stated_here |= {merged[identity].keeper for identity in stated_here & merged.keys()}
    _find_gone(connection, kind, statements, stated_here, found)
    return found


def _of_keepers(
    statements: Iterable[Statement], merged: Mapping[str, Merged], found: Comparison
) -> Iterator[Statement]:
    """Posts of a merged entry belong to who was kept; the rest of such a row changes nobody."""
    for each in statements:
        if each.entity == "person" and each.identity in merged:
            keeper = merged[each.identity]
            found.merged.append(Recognised(each.line, keeper.name, keeper.keeper_name))
            found.same += 1
        elif each.entity == "post" and (gone := each.refers["person_id"]) in merged:
            keeper_id = merged[gone].keeper
            identity = keeper_id + each.identity[len(gone) :]
            yield replace(each, identity=identity, refers={**each.refers, "person_id": keeper_id})
        else:
            yield each


def _key(statement: Statement) -> Key:
    per_source = statement.entity in STATED_PER_SOURCE
    return statement.identity, source_digest(statement.source, statement.stated_on) if per_source else ""


def _once_each(statements: Sequence[Statement], found: Comparison) -> Iterator[Statement]:
    seen: dict[tuple[str, Key], Statement] = {}
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
    retired_at = known.columns.get("retired_at")
    if retired_at is not None:
        after["retired_at"] = None
        if statement.entity == "person":
            found.came_back[known.id] = day_of(retired_at)
    if statement.entity == "post" and _ended_with_person(statement, known, found):
        after["to_on"] = None
    if not after:
        found.same += 1
        return
    before = {name: known.columns.get(name) for name in after}
    if statement.entity not in STATED_PER_SOURCE:
        before["source"], after["source"] = list(known.source), [statement.source, statement.stated_on]
    change = Change(
        statement.entity, known.id, statement.constituency, known.label, before, after, statement.line
    )
    (found.changed if retired_at is None else found.revived).append(change)


def _ended_with_person(statement: Statement, known: Known, found: Comparison) -> bool:
    """Whether the post ended only because its holder was retired, who now comes back."""
    ended = known.columns["to_on"]
    return bool(
        ended and not statement.columns["to_on"] and found.came_back.get(known.columns["person_id"]) == ended
    )


def _find_moves(stated: Sequence[Statement], known: Mapping[Key, Known], found: Comparison) -> None:
    """Posts that people hold elsewhere, and that the file states at a new place only."""
    there = {_key(each) for each in stated}
    held: defaultdict[tuple[str, int, str], list[Known]] = defaultdict(list)
    for key, each in known.items():
        if key not in there and not each.columns["to_on"]:
            held[each.columns["who"], each.columns["level"], key[0].rpartition("|")[2]].append(each)
    if not held:
        return
    for statement in stated:
        columns = statement.columns
        if _key(statement) in known or columns["to_on"]:
            continue
        post = statement.refers["person_id"], columns["level"], statement.identity.rpartition("|")[2]
        for old in held.pop(post, []):
            found.moved.append(
                Move(
                    int(old.id), old.label, old.constituency, old.columns["where"],
                    statement.refers["place_id"], columns["from_on"] or statement.stated_on, statement.line,
                )
            )  # fmt: skip


# --- whose responsibilities -----------------------------------------------------------------------


def _with_people(
    connection: Connection, stated: Sequence[Statement], merged: Mapping[str, Merged], found: Comparison
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
    for each in merged.values():
        if each.phone in phones and each.keeper not in by_phone.setdefault(each.phone, []):
            by_phone[each.phone].append(each.keeper)
    for batch in batches(sorted(codes), AT_ONCE):
        of_codes = select(OfficePerson.identity).where(
            OfficePerson.identity.in_(batch), OfficePerson.retired_at.is_(None)
        )
        known |= set(connection.scalars(of_codes))
    for statement in stated:
        asked = statement.refers["person_id"]
        candidates = [asked] if asked in known else by_phone.get(asked.split(":")[1], [])
        if asked in merged:
            candidates = [merged[asked].keeper]
        elif asked in candidates:
            candidates = [asked]
        if len(candidates) == 1:
            refers = {**statement.refers, "person_id": candidates[0]}
            identity = candidates[0] + statement.identity[len(asked) :]
            yield replace(statement, identity=identity, refers=refers)
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
    connection: Connection,
    kind: Kind,
    statements: Sequence[Statement],
    stated: Set[str],
    found: Comparison,
) -> None:
    """What is known of the constituencies that the file speaks of, and does not stand in it."""
    wanted = _GONE_OF.get(kind, ())
    places = sorted({each.constituency for each in statements if each.constituency is not None})
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
