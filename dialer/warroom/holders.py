"""Who holds which post in a constituency, and what they were asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, func, or_, select

from db.warroom import OfficePerson, Place, Post, Responsibility
from dialer.warroom.retiring import end_of, there


@dataclass(frozen=True, slots=True)
class Holder:
    """A person in a post, or without one. ``open``: how many responsibilities are not done; ``duties``: which
    they are, where a page shows them.
    """

    id: int
    name: str
    other_name: str
    phone: str
    address: str
    invented: bool
    post: str
    level: int
    place: str
    place_kind: str
    from_on: str
    to_on: str | None
    open: int
    duties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A responsibility with its person."""

    id: int
    person_id: int
    person: str
    what: str
    place: str
    from_on: str
    due_on: str | None
    given_by: str
    state: str
    confirmed: str
    done_at: float | None
    done_by: str | None
    overdue: bool


def holds(today: Any) -> Any:
    """Whether a post is held on this day (ISO)."""
    return and_(
        Post.retired_at.is_(None), Post.from_on <= today, or_(Post.to_on.is_(None), Post.to_on > today)
    )


def people(
    connection: Connection,
    number: int,
    today: str,
    *,
    most: int,
    after: tuple[int, int] = (0, 0),
    level: int = 0,
    below: int = 99,
    booth: str = "",
    name: Sequence[str] = (),
    open_only: bool = False,
) -> Sequence[Holder]:
    """Holders of posts by level, then in the order they were entered; ``after``: (level, post id) to go on
    behind. ``name``: words of a sound that the name must have.
    """
    query, open_count = _posts(bool(level))
    if after[1]:
        query = query.where(or_(Post.level > after[0], and_(Post.level == after[0], Post.id > after[1])))
    if booth:
        query = query.where(Place.kind == "booth", Place.number == booth)
    for word in name:
        query = query.where((" " + OfficePerson.sound).contains(" " + word, autoescape=True))
    if open_only:
        query = query.where(open_count > 0)
    values = {"number": number, "today": today, "most": most, "below": below, "level": level,
              "end": end_of(today)}  # fmt: skip
    return [Holder(*row) for row in connection.execute(query, values).all()]


def with_duties(connection: Connection, holders: Sequence[Holder]) -> Sequence[Holder]:
    """The same holders, each with what they have open in words; for so many as a page shows."""
    ids = sorted({each.id for each in holders if each.open})
    if not ids:
        return holders
    texts: dict[int, list[str]] = {}
    for person_id, what in connection.execute(_open_texts(), {"ids": ids}):
        texts.setdefault(person_id, []).append(what)
    return [replace(each, duties=tuple(texts.get(each.id, ()))) for each in holders]


@cache
def _open_texts() -> Select[*tuple[Any, ...]]:
    return (
        select(Responsibility.person_id, Responsibility.what)
        .where(Responsibility.person_id.in_(bindparam("ids", expanding=True)))
        .where(Responsibility.state == "open", Responsibility.retired_at.is_(None))
        .order_by(Responsibility.id)
    )


@cache
def _posts(of_level: bool) -> tuple[Select[*tuple[Any, ...]], Any]:
    """Holders of posts and, in it, how many responsibilities they have open; built once."""
    open_count = (
        select(func.count())
        .where(Responsibility.person_id == OfficePerson.id, Responsibility.state == "open")
        .where(Responsibility.retired_at.is_(None))
        .correlate(OfficePerson)
        .scalar_subquery()
    )
    place_name = func.coalesce(func.nullif(Place.name_hi, ""), Place.name_en)
    columns = (
        OfficePerson.id, OfficePerson.name, OfficePerson.other_name, OfficePerson.phone, OfficePerson.address,
        OfficePerson.invented, Post.title, Post.level,
        func.coalesce(func.nullif(Place.number, ""), place_name).label("place"), Place.kind, Post.from_on,
        Post.to_on, open_count.label("open"),
    )  # fmt: skip
    joined: Select[*tuple[Any, ...]] = (
        select(*columns)
        .select_from(Post)
        .join(OfficePerson, OfficePerson.id == Post.person_id)
        .join(Place, Place.id == Post.place_id)
        .where(there(OfficePerson, bindparam("end")))
        .where(Post.constituency == bindparam("number"), holds(bindparam("today")))
        .order_by(Post.level, Post.id)
        .limit(bindparam("most"))
    )
    # One of the two, not both: an index then gives them in their order.
    levels = Post.level == bindparam("level") if of_level else Post.level < bindparam("below")
    return joined.where(levels), open_count


def tasks(
    connection: Connection, number: int, today: str, *, most: int, state: str = "open", person_id: int = 0
) -> Sequence[Task]:
    """Responsibilities of a constituency or a person, those due first."""
    query = _tasks(of_person=bool(person_id))
    values = {"most": most, "person": person_id} if person_id else {
        "most": most, "number": number, "state": state}  # fmt: skip
    rows = connection.execute(query, values).all()
    return [Task(*(*row, _is_late(row, today))) for row in rows]


def _is_late(row: Any, today: str) -> bool:
    return row.state == "open" and bool(row.due_on) and row.due_on < today


def tasks_where(
    connection: Connection, narrow: Sequence[ColumnElement[bool]], today: str, most: int
) -> Sequence[Task]:
    """Responsibilities that meet all of it, the newest first."""
    query = _all_tasks().where(*narrow).order_by(Responsibility.id.desc()).limit(most)
    return [Task(*(*row, _is_late(row, today))) for row in connection.execute(query).all()]


@cache
def _tasks(*, of_person: bool) -> Select[*tuple[Any, ...]]:
    due = func.coalesce(Responsibility.due_on, "9999")
    query = _all_tasks().order_by(due, Responsibility.id).limit(bindparam("most"))
    if of_person:
        return query.where(Responsibility.person_id == bindparam("person"))
    return query.where(
        Responsibility.constituency == bindparam("number"), Responsibility.state == bindparam("state")
    )


def _all_tasks() -> Select[*tuple[Any, ...]]:
    columns = (
        Responsibility.id, Responsibility.person_id, OfficePerson.name, Responsibility.what,
        case((Place.kind == "booth", Place.number), else_=Place.name_hi).label("place"),
        Responsibility.from_on, Responsibility.due_on, Responsibility.given_by, Responsibility.state,
        Responsibility.confirmed, Responsibility.done_at, Responsibility.done_by,
    )  # fmt: skip
    return (
        select(*columns)
        .select_from(Responsibility)
        .join(OfficePerson, OfficePerson.id == Responsibility.person_id)
        .join(Place, Place.id == Responsibility.place_id)
        .where(Responsibility.retired_at.is_(None))
    )
