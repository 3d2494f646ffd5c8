"""The constituency card: everything that is known of one constituency, read at one moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, func, select

from db.session import Database
from db.warroom import (
    Candidacy,
    Fact,
    FactSource,
    Place,
    PlaceNote,
    Post,
    Responsibility,
    Scheme,
    WarroomChange,
)
from dialer.core.words import N_
from dialer.errors import NotFoundError
from dialer.store.access import Access
from dialer.warroom.calls_heard import voices
from dialer.warroom.facts import Held, StatedFact, facts_of, hold
from dialer.warroom.holders import Holder, Task, holds, people, tasks, with_duties
from dialer.warroom.retiring import end_of, there
from dialer.warroom.statements import LEVELS
from dialer.warroom.tallies import Heard, day_of, heard

PEOPLE_SHOWN: Final = 40
OPEN_SHOWN: Final = 40
NOTES_SHOWN: Final = 10
CHANGES_SHOWN: Final = 8
_ELECTORS: Final = ("electors_total", "electors_male", "electors_female", "electors_third_gender")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Election:
    """One election: its facts, and its candidates by rank as the preferred source states them."""

    name: str
    facts: Mapping[str, Held]
    candidates: Sequence[Row]

    def number(self, key: str) -> float | None:
        """A fact as a number, None when it is not known."""
        held = self.facts.get(key)
        try:
            return float(held.chosen.value) if held else None
        except ValueError:
            return None

    @property
    def turnout(self) -> float | None:
        """Per cent: as stated, else from votes and electors."""
        stated, votes, electors = (
            self.number(key) for key in ("turnout_pct", "votes_polled", "electors_total")
        )
        if stated is not None:
            return stated
        return round(100 * votes / electors, 2) if votes and electors else None


@dataclass(frozen=True, slots=True)
class Card:
    """Everything. ``people_by_level``: how many hold posts; ``responsibilities``: how many by state."""

    number: int
    place: Row
    above: Sequence[Row]
    on: str
    facts: Mapping[str, Held]
    elections: Sequence[Election]
    booths: Sequence[Row]
    people_by_level: Mapping[int, int]
    office_bearers: Sequence[Holder]
    workers: Sequence[Holder]
    responsibilities: Mapping[str, int]
    open_tasks: Sequence[Task]
    open_titles: Sequence[str]
    heard: Heard
    voices: Sequence[Row]
    schemes: Mapping[str, Row]
    notes: Sequence[Row]
    changes: Sequence[Row]
    stale: Sequence[StatedFact]
    stale_days: int

    @property
    def disputed(self) -> int:
        """On how many facts sources disagree."""
        held = [*self.facts.values(), *(one for each in self.elections for one in each.facts.values())]
        return sum(one.disputed for one in held)


class Cards:
    """The cards of one database; ``stale_days``: facts of older sources want looking after."""

    def __init__(self, database: Database, stale_days: int) -> None:
        self._access = Access(database)
        self._stale_days = stale_days

    async def card(self, number: int, now: float, on: str = "") -> Card:
        """As it is, or as it was on day ``on``; ``NotFoundError`` for one that is not known."""
        return await self._access.query(lambda connection: self._read(connection, number, now, on))

    def _read(self, connection: Connection, number: int, now: float, on: str) -> Card:
        place = _place(connection, number)
        stated = facts_of(connection, number, ("constituency", "election"))
        held = hold(stated, on)
        today = on or day_of(now)
        return Card(
            number=number,
            place=place,
            above=_above(connection, place["parent_id"]),
            on=on,
            facts=held.get(f"constituency:{number}", {}),
            elections=_elections(connection, number, held),
            booths=_booths(connection, number, today),
            people_by_level=_levels(connection, number, today),
            office_bearers=_shown(connection, number, today, below=LEVELS["booth"]),
            workers=_shown(connection, number, today, level=LEVELS["booth"]),
            responsibilities=_states(connection, number),
            open_tasks=tasks(connection, number, today, most=OPEN_SHOWN),
            open_titles=_open_titles(connection, number),
            heard=heard(connection, number, day_of(now)),
            voices=voices(connection, number),
            schemes=schemes(connection),
            notes=_notes(connection, number),
            changes=_changes(connection, number),
            stale=stale(stated, now, self._stale_days),
            stale_days=self._stale_days,
        )


def _shown(
    connection: Connection, number: int, today: str, *, level: int = 0, below: int = 99
) -> Sequence[Holder]:
    found = people(connection, number, today, most=PEOPLE_SHOWN, level=level, below=below)
    return with_duties(connection, found)


def _open_titles(connection: Connection, number: int) -> Sequence[str]:
    query = (
        select(Responsibility.what)
        .where(Responsibility.constituency == number, Responsibility.state == "open")
        .where(Responsibility.retired_at.is_(None))
        .group_by(Responsibility.what)
        .order_by(func.max(Responsibility.id).desc())
        .limit(OPEN_SHOWN)
    )
    return connection.scalars(query).all()


def stale(stated: Sequence[StatedFact], now: float, days: int) -> Sequence[StatedFact]:
    """Newest facts of the constituency itself whose source is older than ``days``: they want renewing."""
    oldest = day_of(now - days * 86_400)
    held = hold(fact for fact in stated if fact.subject.startswith("constituency:"))
    chosen = [one.chosen for keys in held.values() for one in keys.values()]
    return [fact for fact in chosen if fact.valid_from and (fact.stated_on or fact.valid_from) < oldest]


def _place(connection: Connection, number: int) -> Row:
    query = select(Place.__table__).where(
        Place.identity == f"constituency:{number}", Place.retired_at.is_(None)
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        text = N_("constituency {number} is not known here; import the constituencies first")
        raise NotFoundError(text, number=number)
    return dict(row)


def _above(connection: Connection, parent_id: int | None) -> Sequence[Row]:
    found: list[Row] = []
    while parent_id is not None and len(found) < len(LEVELS):
        row = connection.execute(select(Place.__table__).where(Place.id == parent_id)).mappings().one()
        found.append(dict(row))
        parent_id = row["parent_id"]
    return found


def _elections(
    connection: Connection, number: int, held: Mapping[str, Mapping[str, Held]]
) -> Sequence[Election]:
    candidates: dict[str, dict[str, Row]] = {}
    for row in connection.execute(_candidates(), {"number": number}).mappings().all():
        candidates.setdefault(row["election"], {}).setdefault(row["identity"], dict(row))
    prefix = f"election:{number}:"
    names = {subject.removeprefix(prefix) for subject in held if subject.startswith(prefix)}
    return [
        Election(name, held.get(prefix + name, {}), list(candidates.get(name, {}).values()))
        for name in sorted(names, reverse=True)
    ]


@cache
def _candidates() -> Select[*tuple[Any, ...]]:
    return (
        select(Candidacy.__table__, FactSource.name.label("source"))
        .join(FactSource, FactSource.id == Candidacy.source_id)
        .where(Candidacy.constituency == bindparam("number"), Candidacy.retired_at.is_(None))
        .order_by(Candidacy.election, Candidacy.rank, Candidacy.votes.desc(), Candidacy.id)
    )


def _booths(connection: Connection, number: int, today: str) -> Sequence[Row]:
    """All booths that there were on the day, with electors and how many workers they have, by number."""
    places, facts, staff = _booth_queries()
    electors: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for subject, key, value in connection.execute(facts, {"number": number}).all():
        electors[subject][key] = value
    counted = connection.execute(staff, {"number": number, "today": today}).all()
    workers = {place_id: count for place_id, count in counted}
    booths = [
        {"id": id_, "number": booth, "name_hi": name_hi, "name_en": name_en, "invented": invented,
         "workers": workers.get(id_, 0), **electors[identity]}
        for id_, identity, booth, name_hi, name_en, invented
        in connection.execute(places, {"number": number, "end": end_of(today)}).all()
    ]  # fmt: skip
    return sorted(booths, key=lambda booth: (len(booth["number"]), booth["number"]))


@cache
def _booth_queries() -> tuple[Any, Any, Any]:
    """Booths, facts about their electors, and how many workers they have."""
    number: Any = bindparam("number")
    places = select(
        Place.id, Place.identity, Place.number, Place.name_hi, Place.name_en, Place.invented
    ).where(Place.constituency == number, Place.kind == "booth", there(Place, bindparam("end")))
    facts = (
        select(Fact.subject, Fact.key, Fact.value)
        .where(Fact.constituency == number, Fact.kind == "booth", Fact.key.in_(_ELECTORS))
        .where(Fact.preferred, Fact.retired_at.is_(None))
        .order_by(Fact.valid_from)
    )
    # "+ 0": otherwise SQLite walks all posts in the order of their places to spare itself the grouping.
    at = (Post.place_id + 0).label("at")
    staff = (
        select(at, func.count())
        .where(Post.constituency == number, Post.level == LEVELS["booth"], holds(bindparam("today")))
        .group_by(at)
    )
    return places, facts, staff


def _levels(connection: Connection, number: int, today: str) -> Mapping[int, int]:
    counted = connection.execute(_level_query(), {"number": number, "today": today}).all()
    return {level: count for level, count in counted}


@cache
def _level_query() -> Select[*tuple[Any, ...]]:
    of_all = Post.constituency == bindparam("number"), holds(bindparam("today"))
    return select(Post.level, func.count()).where(*of_all).group_by(Post.level)


def _states(connection: Connection, number: int) -> Mapping[str, int]:
    query = (
        select(Responsibility.state, Responsibility.confirmed, func.count())
        .where(Responsibility.constituency == number, Responsibility.retired_at.is_(None))
        .group_by(Responsibility.state, Responsibility.confirmed)
    )
    counts: dict[str, int] = {}
    for state, confirmed, count in connection.execute(query):
        counts[state] = counts.get(state, 0) + count
        if confirmed:
            counts[f"confirmed_{confirmed}"] = counts.get(f"confirmed_{confirmed}", 0) + count
    return counts


def schemes(connection: Connection) -> Mapping[str, Row]:
    """By code."""
    rows = connection.execute(select(Scheme.__table__).where(Scheme.retired_at.is_(None))).mappings()
    return {row["code"]: dict(row) for row in rows}


def _notes(connection: Connection, number: int) -> Sequence[Row]:
    query = select(PlaceNote.__table__).where(
        PlaceNote.constituency == number, PlaceNote.retired_at.is_(None)
    )
    rows = connection.execute(query.order_by(PlaceNote.created_at.desc()).limit(NOTES_SHOWN)).mappings()
    return [dict(row) for row in rows]


def _changes(connection: Connection, number: int) -> Sequence[Row]:
    query = select(WarroomChange.__table__).where(WarroomChange.constituency == number)
    rows = connection.execute(query.order_by(WarroomChange.at.desc()).limit(CHANGES_SHOWN)).mappings()
    return [dict(row) for row in rows]
