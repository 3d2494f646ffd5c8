"""One person of the war room: looked at, corrected, found twice; numbers and addresses only with a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    update,
)

from db.session import Database
from db.warroom import FactSource, OfficePerson, Place, Post, Responsibility, WarroomChange
from dialer.contacts.numbers import NotANumber, read_number
from dialer.core.sound import sound_of, sound_words
from dialer.core.words import N_
from dialer.errors import InputError, NotFoundError
from dialer.store.access import AuditEntry, write_audit
from dialer.store.lists import batches
from dialer.warroom.card import Row
from dialer.warroom.changing import ChangingAccess
from dialer.warroom.comparing import Change
from dialer.warroom.holders import Holder, Task, holds, people, tasks, with_duties
from dialer.warroom.known import MERGED
from dialer.warroom.statements import person_identity
from dialer.warroom.storing import Stamp, apply_changes
from dialer.warroom.tallies import day_of

EDITABLE: Final[Mapping[str, int]] = {
    "name": 120,
    "other_name": 120,
    "phone": 16,
    "address": 300,
    "languages": 40,
}
"""What may be corrected in place, and how long it may be."""
MOST_DUPLICATES: Final = 100
MOST_CHANGES: Final = 200


@dataclass(frozen=True, slots=True)
class Selection:
    """Which people of a constituency; what is empty does not narrow. ``ids``: exactly these."""

    constituency: int
    booth: str = ""
    name: str = ""
    open_only: bool = False
    booth_workers: bool = False
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonStory:
    """A person with posts, responsibilities, source and every change."""

    row: Row
    source: str
    stated_on: str
    posts: Sequence[Row]
    tasks: Sequence[Task]
    changes: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """People who may be one. ``by``: phone or name."""

    by: str
    people: Sequence[Row]


class People:
    """The people of one database."""

    def __init__(self, database: Database) -> None:
        self._access = ChangingAccess(database)

    async def page(
        self, wanted: Selection, now: float, *, after: tuple[int, int] = (0, 0), most: int = 50
    ) -> Sequence[Holder]:
        """The next holders of posts behind ``after`` (level, person id of the last one)."""
        async with self._access.reading() as connection:
            return await connection.run_sync(
                lambda link: with_duties(link, _page(link, wanted, day_of(now), after, most))
            )

    async def story(self, person_id: int, now: float) -> PersonStory:
        """Everything about one, retired or not; ``NotFoundError`` when there is none."""
        async with self._access.reading() as connection:
            return await connection.run_sync(_story, person_id, day_of(now))

    async def reveal(self, person_id: int, by: str, now: float) -> tuple[str, str]:
        """Telephone and address; that somebody looked is written down first."""

        def work(connection: Connection) -> tuple[str, str]:
            row = _one(connection, person_id)
            detail = {"constituency": row["constituency"]}
            write_audit(connection, AuditEntry(now, by, "person reveal", f"person {person_id}", detail))
            return row["phone"], row["address"]

        return await self._access.transact(work)

    async def change(
        self, person_id: int, values: Mapping[str, str], source: str, by: str, now: float
    ) -> None:
        """Correct fields in place; ``InputError`` names the field and the fix. What was before is kept."""
        after = check_person(values)
        if not source.strip():
            raise InputError(N_("say where the new value comes from"))

        def work(connection: Connection) -> None:
            row = _one(connection, person_id)
            changed: dict[str, Any] = {name: new for name, new in after.items() if row[name] != new}
            if not changed:
                return
            if "name" in changed:
                changed["sound"] = sound_of(changed["name"])
            if changed.keys() & {"name", "phone"} and not row["code"]:
                changed["identity"] = _new_identity(connection, row, changed)
            before: dict[str, Any] = {name: row[name] for name in changed}
            known = connection.execute(
                select(FactSource.name, FactSource.stated_on).where(FactSource.id == row["source_id"])
            ).one()
            before["source"], changed["source"] = list(known), [source.strip()[:300], ""]
            change = Change("person", person_id, row["constituency"], row["name"], before, changed)
            apply_changes(connection, [change], Stamp(by[:80], now), source)
            detail = {"fields": sorted(after)}
            write_audit(connection, AuditEntry(now, by, "person change", f"person {person_id}", detail))

        await self._access.change(work)

    async def duplicates(self, constituency: int | None = None) -> Sequence[Duplicates]:
        """People with one telephone, and people of one constituency whose names sound the same."""
        async with self._access.reading() as connection:
            return await connection.run_sync(_duplicates, constituency)

    async def merge(self, keep: int, gone: int, by: str, now: float) -> None:
        """Two entries were one person: posts and responsibilities go to ``keep``, the other is retired."""
        if keep == gone:
            raise InputError(N_("choose two different people"))

        def work(connection: Connection) -> None:
            row, _kept = _one(connection, gone), _one(connection, keep)
            changes = [
                Change(
                    entity, id_, row["constituency"], row["name"], {"person_id": gone}, {"person_id": keep}
                )
                for entity, table in (("post", Post), ("responsibility", Responsibility))
                for id_ in connection.scalars(select(table.id).where(table.person_id == gone))
            ]
            last = {"retired_at": None}, {"retired_at": now}
            changes.append(Change("person", gone, row["constituency"], row["name"], *last))
            apply_changes(connection, changes, Stamp(by[:80], now), f"{MERGED}{keep}")
            detail = {"into": keep}
            write_audit(connection, AuditEntry(now, by, "person merge", f"person {gone}", detail))

        await self._access.change(work)


def check_person(values: Mapping[str, str]) -> dict[str, str]:
    """The values as they are stored; ``InputError`` for one that cannot be."""
    checked = {}
    for name, value in values.items():
        text = " ".join(value.split())
        if name not in EDITABLE:
            raise InputError(N_("{field}: cannot be changed here"), field=name)
        if len(text) > EDITABLE[name]:
            raise InputError(
                N_("{field}: at most {most} characters; shorten it"), field=name, most=EDITABLE[name]
            )
        if name == "name" and not sound_words(text):
            raise InputError(N_("{field}: holds no name"), field=name)
        if name == "phone" and text:
            number = read_number(text)
            if isinstance(number, NotANumber):
                raise InputError(N_("{field}: {reason}"), field=name, reason=number.reason)
            text = number.phone
        checked[name] = text
    return checked


def selected(connection: Connection, wanted: Selection, today: str, most: int) -> Sequence[Row]:
    """The people themselves, each once, with place and post, for a campaign or an assignment."""
    columns = (
        OfficePerson.id, OfficePerson.name, OfficePerson.phone, OfficePerson.address,
        OfficePerson.languages, OfficePerson.constituency, Post.title, Post.place_id, Place.kind,
        Place.number,
    )  # fmt: skip
    query = (
        select(*columns)
        .select_from(OfficePerson)
        .join(Post, Post.person_id == OfficePerson.id)
        .join(Place, Place.id == Post.place_id)
        .where(OfficePerson.retired_at.is_(None), Post.retired_at.is_(None))
        .order_by(case((holds(today), 0), else_=1), Post.level, Post.id)
    )
    if wanted.ids:
        exact: dict[int, Row] = {}
        for row in connection.execute(query.where(OfficePerson.id.in_(wanted.ids))).mappings():
            exact.setdefault(row["id"], dict(row))
        return list(exact.values())
    holders = _page(connection, wanted, today, (0, 0), most)
    ids = list(dict.fromkeys(holder.id for holder in holders))
    if not ids:
        return []
    found: dict[int, Row] = {}
    for start in range(0, len(ids), 1000):
        rows = connection.execute(query.where(OfficePerson.id.in_(ids[start : start + 1000]))).mappings()
        for row in rows:
            found.setdefault(row["id"], dict(row))
    return [found[id_] for id_ in ids]


def _page(
    connection: Connection, wanted: Selection, today: str, after: tuple[int, int], most: int
) -> Sequence[Holder]:
    behind = after
    if after[1]:
        post = select(func.max(Post.id)).where(Post.person_id == after[1], Post.level == after[0])
        behind = (after[0], connection.scalar(post) or 0)
    return people(
        connection, wanted.constituency, today, most=most, after=behind, booth=wanted.booth,
        name=sound_words(wanted.name), open_only=wanted.open_only, level=7 if wanted.booth_workers else 0,
    )  # fmt: skip


def _one(connection: Connection, person_id: int, *, retired: bool = False) -> Row:
    query = select(OfficePerson.__table__).where(OfficePerson.id == person_id)
    if not retired:
        query = query.where(OfficePerson.retired_at.is_(None))
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(N_("nobody in the war room has the number {number}"), number=person_id)
    return dict(row)


def _new_identity(connection: Connection, row: Row, changed: Mapping[str, Any]) -> str:
    phone, name = changed.get("phone", row["phone"]), changed.get("name", row["name"])
    identity = person_identity("", phone, name, f"constituency:{row['constituency']}", str(row["id"]))
    taken = connection.execute(
        select(OfficePerson.name, OfficePerson.retired_at).where(
            OfficePerson.identity == identity, OfficePerson.id != row["id"]
        )
    ).one_or_none()
    if taken is None:
        return identity
    if taken.retired_at is None:
        text = N_("{name} with this number is there already; merge the two instead")
        raise InputError(text, name=taken.name)
    return str(row["identity"])  # an entry that was retired or merged keeps its own


def _story(connection: Connection, person_id: int, today: str) -> PersonStory:
    row = _one(connection, person_id, retired=True)
    source = connection.execute(
        select(FactSource.name, FactSource.stated_on).where(FactSource.id == row["source_id"])
    ).one()
    posts = connection.execute(
        select(Post.__table__, Place.kind, Place.name_hi, Place.name_en, Place.number)
        .join(Place, Place.id == Post.place_id)
        .where(Post.person_id == person_id, Post.retired_at.is_(None))
        .order_by(Post.from_on.desc(), Post.id)
    ).mappings()
    own: list[ColumnElement[bool]] = [
        and_(WarroomChange.entity == "person", WarroomChange.entity_id == str(person_id))
    ]
    for entity, table in (("post", Post), ("responsibility", Responsibility)):
        ids = select(cast(table.id, String)).where(table.person_id == person_id)
        own.append(and_(WarroomChange.entity == entity, WarroomChange.entity_id.in_(ids)))
    changes = connection.execute(
        select(WarroomChange.__table__).where(or_(*own)).order_by(WarroomChange.id.desc()).limit(MOST_CHANGES)
    ).mappings()
    return PersonStory(
        row, source[0], source[1], [dict(each) for each in posts],
        tasks(connection, 0, today, most=200, person_id=person_id), [dict(each) for each in changes],
    )  # fmt: skip


def _duplicates(connection: Connection, constituency: int | None) -> Sequence[Duplicates]:
    found: list[Duplicates] = []
    for by, keys in (
        ("phone", (OfficePerson.phone,)),
        ("name", (OfficePerson.sound, OfficePerson.constituency)),
    ):
        alive: list[ColumnElement[bool]] = [OfficePerson.retired_at.is_(None)]
        if by == "phone":
            alive.append(OfficePerson.phone != "")
        if constituency is not None:
            alive.append(OfficePerson.constituency == constituency)
        twice: Any = (
            select(*keys).where(*alive).group_by(*keys).having(func.count() > 1)
            .order_by(*keys).limit(MOST_DUPLICATES)
        )  # fmt: skip
        for key in connection.execute(twice).all():
            same = [column == value for column, value in zip(keys, key, strict=True)]
            rows = connection.execute(select(OfficePerson.__table__).where(*alive, *same)).mappings()
            found.append(Duplicates(by, [dict(row) for row in rows]))
    return found[:MOST_DUPLICATES]


def set_contact(
    connection: Connection, pairs: Mapping[int, int], campaign_id: int, ids: Sequence[int]
) -> int:
    """Open responsibilities ``ids`` are asked about in this campaign; ``pairs``: person to contact.

    What was answered before stays until the person answers again.
    """
    rows: list[dict[str, int]] = []
    for batch in batches(ids, 1000):
        query = select(Responsibility.id, Responsibility.person_id).where(
            Responsibility.id.in_(batch), Responsibility.state == "open"
        )
        rows += [
            {"row_id": id_, "of_contact": pairs[person]}
            for id_, person in connection.execute(query)
            if person in pairs
        ]
    if rows:
        asked = update(Responsibility).where(Responsibility.id == bindparam("row_id"))
        values = {"campaign_id": campaign_id, "contact_id": bindparam("of_contact")}
        connection.execute(asked.values(values), rows)
    return len(rows)
