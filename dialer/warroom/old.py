"""What wants renewing: facts, people and posts whose sources are older than so many days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, and_, func, or_, select

from db.session import Database
from db.warroom import FactSource, OfficePerson, Place, Post
from dialer.store.access import Access
from dialer.warroom.card import stale
from dialer.warroom.facts import StatedFact, facts_of
from dialer.warroom.holders import holds
from dialer.warroom.tallies import day_of

SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class OldEntry:
    """A person whose telephone, address or post was stated on ``day`` (ISO) at last. ``id``: the person's."""

    id: int
    name: str
    constituency: int | None
    day: str
    source: str


@dataclass(frozen=True, slots=True)
class OldEntries:
    """How many, and the oldest of them."""

    count: int
    first: Sequence[OldEntry]


@dataclass(frozen=True, slots=True)
class Old:
    """``facts``: with their constituencies; ``people``: telephones and addresses."""

    facts: Sequence[tuple[int, StatedFact]]
    people: OldEntries
    posts: OldEntries

    @property
    def count(self) -> int:
        """All together."""
        return len(self.facts) + self.people.count + self.posts.count


async def old(database: Database, now: float, days: int) -> Old:
    """Everything older than ``days``; a source without a day counts from when it was first named."""

    def work(connection: Connection) -> Old:
        numbers = select(Place.constituency).where(
            Place.kind == "constituency", Place.retired_at.is_(None), Place.constituency.is_not(None)
        )
        facts = [
            (number, fact)
            for number in sorted(int(each) for each in connection.scalars(numbers) if each is not None)
            for fact in stale(facts_of(connection, number, ("constituency",)), now, days)
        ]
        reachable = or_(OfficePerson.phone != "", OfficePerson.address != "")
        return Old(
            facts,
            _entries(connection, OfficePerson, reachable, now, days),
            _entries(connection, Post, holds(day_of(now)), now, days),
        )

    # Not the reader of desks: with many people this counts for a while.
    async with Access(database).reading() as connection:
        return await connection.run_sync(work)


def _entries(connection: Connection, table: Any, narrow: Any, now: float, days: int) -> OldEntries:
    oldest = now - days * 86_400
    is_old = or_(
        and_(FactSource.stated_on != "", FactSource.stated_on < day_of(oldest)),
        and_(FactSource.stated_on == "", FactSource.created_at < oldest),
    )
    sources = connection.scalars(select(FactSource.id).where(is_old)).all()
    if not sources:
        return OldEntries(0, [])
    wanted = and_(OfficePerson.retired_at.is_(None), narrow, table.source_id.in_(sources))
    counted = select(func.count()).select_from(OfficePerson)
    query = select(
        OfficePerson.id, OfficePerson.name, OfficePerson.constituency, FactSource.stated_on,
        FactSource.created_at, FactSource.name.label("source"),
    )  # fmt: skip
    if table is Post:
        counted = counted.join(Post, Post.person_id == OfficePerson.id)
        query = query.join(Post, Post.person_id == OfficePerson.id)
    query = query.join(FactSource, FactSource.id == table.source_id).where(wanted)
    rows = connection.execute(query.order_by(FactSource.created_at, OfficePerson.id).limit(SHOWN))
    first = [
        OldEntry(row.id, row.name, row.constituency, row.stated_on or day_of(row.created_at), row.source)
        for row in rows
    ]
    return OldEntries(connection.scalar(counted.where(wanted)) or 0, first)
