"""Posts given and ended by hand, each with its source, and changes of people taken back one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select

from db.session import Database
from db.warroom import OfficePerson, Place, Post, WarroomChange
from dialer.core.words import N_
from dialer.errors import InputError, NotFoundError, RuleRefusal
from dialer.store.access import AuditEntry, write_audit
from dialer.warroom.changing import ChangingAccess
from dialer.warroom.comparing import Change
from dialer.warroom.holders import holds
from dialer.warroom.known import TABLES
from dialer.warroom.statements import LEVELS, place_identity, read_day
from dialer.warroom.storing import Stamp, apply_changes, source_ids
from dialer.warroom.tallies import day_of


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post to be given. ``kind`` and ``place``: ``booth`` and its number, or another place and its name.

    ``constituency``: of the place, the person's own when it is None. Days are ISO or Indian, or empty.
    """

    title: str
    kind: str
    place: str
    from_on: str
    to_on: str
    source: str
    constituency: int | None = None


class Posts:
    """The posts of one database."""

    def __init__(self, database: Database) -> None:
        self._access = ChangingAccess(database)

    async def give(self, person_id: int, wanted: NewPost, by: str, now: float) -> int:
        """The new post's id; ``InputError`` names what is wrong with it."""
        title = " ".join(wanted.title.split())
        if not title or len(title) > 80:
            raise InputError(N_("say in 1 to 80 characters what the post is"))
        from_on, to_on = _day(wanted.from_on), _day(wanted.to_on)
        if to_on and to_on <= from_on:
            raise InputError(N_("a post ends after it began; correct one of the days"))
        source = _source(wanted.source)

        def work(connection: Connection) -> int:
            person = _person(connection, person_id)
            place = _place(connection, wanted, wanted.constituency or person.constituency)
            _refuse_twice(connection, person_id, place.id, title, from_on or day_of(now))
            columns = {"title": title, "from_on": from_on, "to_on": to_on or None}
            values = {
                **columns, "person_id": person_id, "place_id": place.id, "constituency": place.constituency,
                "level": LEVELS[place.kind], "is_office_bearer": LEVELS[place.kind] < LEVELS["booth"],
                "source_id": source_ids(connection, [(source, "")], now)[source, ""], "created_at": now,
                "created_by": by[:80],
            }  # fmt: skip
            post_id = connection.execute(insert(Post).values(values).returning(Post.id)).scalar_one()
            change = Change("post", post_id, place.constituency, person.name, {}, columns)
            apply_changes(connection, [change], Stamp(by[:80], now), source)
            detail = {"post": post_id}
            write_audit(connection, AuditEntry(now, by, "post give", f"person {person_id}", detail))
            return int(post_id)

        return await self._access.change(work)

    async def end(self, post_id: int, on: str, source: str, by: str, now: float) -> None:
        """Not held any more from a day on (today when it is empty); ``InputError`` for a wrong day."""
        day, said = _day(on) or day_of(now), _source(source)

        def work(connection: Connection) -> None:
            row = connection.execute(
                select(Post).where(Post.id == post_id, Post.retired_at.is_(None))
            ).one_or_none()
            if row is None:
                raise NotFoundError(N_("there is no post {number}"), number=post_id)
            if row.from_on > day:
                raise InputError(N_("a post ends after it began; correct one of the days"))
            change = Change(
                "post", post_id, row.constituency, row.title, {"to_on": row.to_on}, {"to_on": day}
            )
            apply_changes(connection, [change], Stamp(by[:80], now), said)
            detail = {"post": post_id, "on": day}
            write_audit(connection, AuditEntry(now, by, "post end", f"person {row.person_id}", detail))

        await self._access.change(work)

    async def take_back(self, change_id: int, by: str, now: float) -> None:
        """Undo one change of a person or a post made by hand; it stays in the history, and so does this.

        ``RuleRefusal`` for what an import or a merge did, and when the same was changed again since.
        """

        def work(connection: Connection) -> None:
            row = connection.execute(
                select(WarroomChange).where(
                    WarroomChange.id == change_id, WarroomChange.entity.in_(("person", "post"))
                )
            ).one_or_none()
            if row is None:
                raise NotFoundError(N_("there is no change {number} of a person"), number=change_id)
            if not may_be_taken_back(dict(row._mapping)):
                raise RuleRefusal(N_("this change came with others; it is not taken back by itself"))
            known = _as_it_is(connection, row)
            if any(known[name] != value for name, value in row.after.items() if name != "source"):
                raise RuleRefusal(N_("the same was changed again since; correct it instead"))
            _refuse_taken(connection, row)
            back = dict(row.before) or {"retired_at": now}
            before = {name: row.after.get(name) for name in back}
            change = Change(row.entity, int(row.entity_id), row.constituency, "", before, back)
            apply_changes(connection, [change], Stamp(by[:80], now), f"change {change_id}")
            detail = {"change": change_id}
            subject = f"{row.entity} {row.entity_id}"
            write_audit(connection, AuditEntry(now, by, "change take back", subject, detail))

        await self._access.change(work)


def may_be_taken_back(row: Mapping[str, Any]) -> bool:
    """Whether a change stands by itself: made by hand, no merge and no retiring."""
    return row["import_id"] is None and not {"retired_at", "person_id"} & row["after"].keys()


def _as_it_is(connection: Connection, row: Any) -> Mapping[str, Any]:
    table: Any = TABLES[row.entity]
    query = select(table.__table__).where(table.id == int(row.entity_id), table.retired_at.is_(None))
    known = connection.execute(query).mappings().one_or_none()
    if known is None:
        raise RuleRefusal(N_("the same was changed again since; correct it instead"))
    return dict(known)


def _refuse_taken(connection: Connection, row: Any) -> None:
    identity = row.before.get("identity") if row.entity == "person" else None
    if identity and connection.scalar(select(OfficePerson.id).where(OfficePerson.identity == identity)):
        text = N_("somebody else is there under the earlier name and number; merge the two instead")
        raise RuleRefusal(text)


def _person(connection: Connection, person_id: int) -> Any:
    row = connection.execute(
        select(OfficePerson.name, OfficePerson.constituency).where(
            OfficePerson.id == person_id, OfficePerson.retired_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(N_("nobody in the war room has the number {number}"), number=person_id)
    return row


def _place(connection: Connection, wanted: NewPost, constituency: int | None) -> Any:
    if wanted.kind not in LEVELS:
        raise InputError(N_("{kind}: is no kind of place"), kind=wanted.kind)
    within = constituency if LEVELS[wanted.kind] >= LEVELS["constituency"] else None
    identity = place_identity(wanted.kind, within, wanted.place.strip())
    row = connection.execute(
        select(Place.id, Place.kind, Place.constituency).where(
            Place.identity == identity, Place.retired_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise InputError(
            N_("{place}: is not known in constituency {number}"), place=wanted.place or wanted.kind,
            number=constituency or "-",
        )  # fmt: skip
    return row


def _refuse_twice(connection: Connection, person_id: int, place_id: int, title: str, day: str) -> None:
    same = select(Post.id).where(
        Post.person_id == person_id, Post.place_id == place_id, Post.title == title, holds(day)
    )
    if connection.scalar(same.limit(1)) is not None:
        raise InputError(N_("this post is held by this person already"))


def _day(text: str) -> str:
    day = read_day(text) if text.strip() else ""
    if day is None:
        raise InputError(N_("{day}: is no date; write it like 2023-11-17"), day=text)
    return day


def _source(text: str) -> str:
    if not text.strip():
        raise InputError(N_("say where the new value comes from"))
    return text.strip()[:300]
