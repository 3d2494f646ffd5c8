"""Search by the sound of a name's beginning: constituencies first, then other places, then people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, select
from sqlalchemy.orm import aliased

from db.session import Database
from db.warroom import NameKey, OfficePerson, Place
from dialer.core.sound import sound_words
from dialer.store.access import Access
from dialer.warroom.statements import LEVELS
from dialer.warroom.storing import PERSON_RANK

MOST_HITS: Final = 20
_LOOKED_AT: Final = 60
"""Keys read per kind: a person has a few, and the best spelling should be among them."""
_PLACE_RANKS: Final = (0, *sorted(set(LEVELS.values()) - {LEVELS["constituency"]}))


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found. ``kind``: of place, or ``person``. ``where``: its constituency's number, if any.

    ``names``: Hindi and English of a place; the name and how else it is written of a person.
    """

    kind: str
    id: int
    where: int | None
    names: tuple[str, str]
    number: str = ""
    post: str = ""
    invented: bool = False


class Search:
    """Searches one database; ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def find(self, text: str, limit: int = MOST_HITS, *, people: bool = True) -> Sequence[Hit]:
        """The best hits for what was typed so far, in Hindi or Latin letters, whatever the spelling."""
        words = sound_words(text)
        if not words:
            return ()
        async with self._access.reading() as connection:
            return await connection.run_sync(_find, text, words, min(limit, MOST_HITS), people)


def _find(connection: Connection, text: str, words: Sequence[str], limit: int, people: bool) -> Sequence[Hit]:
    typed = text.strip().casefold()
    hits: list[Hit] = []
    for rank in (*_PLACE_RANKS, *((PERSON_RANK,) if people else ())):
        if len(hits) >= limit:
            break
        ids = _ids(connection, rank, words)
        if ids:
            found = _people(connection, ids) if rank == PERSON_RANK else _places(connection, ids)
            by_id = {hit.id: hit for hit in found}
            ordered = [by_id[id_] for id_ in ids if id_ in by_id]
            # What is written as typed comes before what only sounds so.
            hits += sorted(ordered, key=lambda hit: not _is_spelled(hit, typed))
    return hits[:limit]


def _is_spelled(hit: Hit, typed: str) -> bool:
    return any(
        word.startswith(typed) for name in hit.names for word in (name.casefold(), *name.casefold().split())
    )


def _ids(connection: Connection, rank: int, words: Sequence[str]) -> list[int]:
    """Ids whose keys begin with the first two words, in key order; further words narrow."""
    query = _beginning(select(NameKey.entity_id), NameKey, rank, " ".join(words[:2]))
    for word in words[2:]:
        other = aliased(NameKey)
        more = _beginning(select(other.entity_id), other, rank, word)
        query = query.where(NameKey.entity_id.in_(more.where(other.entity_id == NameKey.entity_id)))
    rows = connection.scalars(query.order_by(NameKey.key, NameKey.entity_id).limit(_LOOKED_AT))
    return list(dict.fromkeys(rows))


def _beginning(query: Select[Any], table: Any, rank: int, prefix: str) -> Select[Any]:
    # Keys hold only what sound_words makes: "{" is behind every letter and digit.
    return query.where(table.rank == rank, table.key >= prefix, table.key < prefix + "{")


def _places(connection: Connection, ids: Sequence[int]) -> Sequence[Hit]:
    rows = connection.execute(select(Place).where(Place.id.in_(ids), Place.retired_at.is_(None)))
    return [
        Hit(row.kind, row.id, row.constituency, (row.name_hi, row.name_en), row.number, "", row.invented)
        for row in rows
    ]


def _people(connection: Connection, ids: Sequence[int]) -> Sequence[Hit]:
    columns = (
        OfficePerson.id, OfficePerson.constituency, OfficePerson.name, OfficePerson.other_name,
        OfficePerson.invented,
    )  # fmt: skip
    rows = connection.execute(
        select(*columns).where(OfficePerson.id.in_(ids), OfficePerson.retired_at.is_(None))
    ).all()
    return [
        Hit("person", row.id, row.constituency, (row.name, row.other_name), invented=row.invented)
        for row in rows
    ]
