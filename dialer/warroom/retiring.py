"""What ends with a person or a place that is retired: posts, and what was still to be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, or_, select

from db.warroom import OfficePerson, Post, Responsibility
from dialer.core.words import N_
from dialer.store.lists import batches
from dialer.warroom.comparing import Change, Move
from dialer.warroom.known import AT_ONCE, Known
from dialer.warroom.tallies import day_bounds, day_of

WITHDRAWN: Final = N_("ended with what was retired")
"""Why the posts and responsibilities of somebody or of a place that was retired are over."""


def there(table: Any, moment: Any) -> ColumnElement[bool]:
    """Whether a row was not retired yet at a moment (epoch seconds)."""
    return or_(table.retired_at.is_(None), table.retired_at > moment)


def end_of(day: str) -> float:
    """The end of a day, or of the first day of a month or a year (``2018``, ``2018-12``), epoch seconds."""
    return day_bounds(f"{day}-01-01"[:10])[1]


def retired(entity: str, gone: Sequence[Known], now: float) -> list[Change]:
    """The rows themselves."""
    return [
        Change(entity, each.id, each.constituency, each.label, {"retired_at": None}, {"retired_at": now})
        for each in gone
    ]


def ended_with(connection: Connection, entity: str, gone: Sequence[Known], now: float) -> list[Change]:
    """Posts that end on this day, and open responsibilities that are withdrawn."""
    if entity not in ("person", "place"):
        return []
    changes: list[Change] = []
    for batch in batches([each.id for each in gone], AT_ONCE):
        changes += _posts(connection, f"{entity}_id", batch, day_of(now))
        changes += _duties(connection, f"{entity}_id", batch)
    return changes


def _posts(connection: Connection, column: str, ids: Sequence[Any], today: str) -> Iterator[Change]:
    query = (
        select(Post.id, Post.constituency, Post.title, Post.to_on, OfficePerson.name)
        .join(OfficePerson, OfficePerson.id == Post.person_id)
        .where(getattr(Post, column).in_(ids), Post.retired_at.is_(None))
        .where(or_(Post.to_on.is_(None), Post.to_on > today))
    )
    for row in connection.execute(query):
        label = f"{row.name}: {row.title}"
        yield Change("post", row.id, row.constituency, label, {"to_on": row.to_on}, {"to_on": today})


def _duties(connection: Connection, column: str, ids: Sequence[Any]) -> Iterator[Change]:
    query = select(Responsibility.id, Responsibility.constituency, Responsibility.what).where(
        getattr(Responsibility, column).in_(ids), Responsibility.retired_at.is_(None),
        Responsibility.state == "open",
    )  # fmt: skip
    for row in connection.execute(query):
        before, after = {"state": "open"}, {"state": "withdrawn"}
        yield Change("responsibility", row.id, row.constituency, row.what, before, after)


def left(moved: Sequence[Move], now: float) -> list[Change]:
    """The posts that people leave who hold them elsewhere from now on."""
    return [
        Change("post", each.post_id, each.constituency, each.label, {"to_on": None},
               {"to_on": each.on or day_of(now)}, each.line)
        for each in moved
    ]  # fmt: skip
