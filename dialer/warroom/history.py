"""Who changed what of a constituency, page by page, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select

from db.session import Database
from db.warroom import OfficePerson, Place, Post, Responsibility, WarroomChange
from dialer.store.access import Access
from dialer.warroom.card import Row

CHANGES_AT_ONCE: Final = 100


async def changes_of(database: Database, constituency: int, before: int = 0) -> Sequence[Row]:
    """The next changes behind ``before`` (a change's id); ``called``: what or whom it was about."""

    def work(connection: Connection) -> Sequence[Row]:
        query = select(WarroomChange.__table__).where(WarroomChange.constituency == constituency)
        if before:
            query = query.where(WarroomChange.id < before)
        rows = connection.execute(query.order_by(WarroomChange.id.desc()).limit(CHANGES_AT_ONCE)).mappings()
        found = [dict(row) for row in rows]
        called = _called(connection, found)
        return [{**row, "called": called.get((row["entity"], row["entity_id"]), "")} for row in found]

    async with Access(database).reading() as connection:
        return await connection.run_sync(work)


def _called(connection: Connection, changes: Sequence[Row]) -> dict[tuple[str, str], str]:
    """(entity, id) to the name of the person, the place, the post's holder or the responsibility."""
    person = OfficePerson.name
    queries = {
        "person": select(OfficePerson.id, person),
        "place": select(Place.id, Place.identity),
        "post": select(Post.id, person).join(OfficePerson, OfficePerson.id == Post.person_id),
        "responsibility": select(Responsibility.id, Responsibility.what),
    }
    found: dict[tuple[str, str], str] = {}
    for entity, query in queries.items():
        ids = {int(row["entity_id"]) for row in changes if row["entity"] == entity}
        if ids:
            column = next(iter(query.selected_columns))
            rows = connection.execute(query.where(column.in_(ids)))
            found |= {(entity, str(id_)): name for id_, name in rows}
    return found
