"""What a day's report needs beyond the counts of ``store.reporting``, read from the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, distinct, func, or_, select

from db.models import Answer, Attempt, Audit, Contact, DaemonRun, Disposition
from db.session import Database
from db.warroom import Place as PlaceRow
from db.warroom import Post, Responsibility, Scheme
from dialer.core.model import Outcome
from dialer.core.troubles import LINK_LOST, TRUNK_FAILED
from dialer.daily.figures import UNKNOWN_PLACE, Counted, Duties, Place
from dialer.reports.figures import figures
from dialer.store.access import Access
from dialer.store.reporting import Reporting, Scope, attempts_of
from dialer.store.rings import RingBook
from dialer.warroom.awareness import Awareness, awareness
from dialer.warroom.card import stale
from dialer.warroom.facts import StatedFact, facts_of, hold
from dialer.warroom.statements import LEVELS
from dialer.warroom.tallies import day_bounds, day_of

REACHED = (Outcome.CONNECTED.value, Outcome.SURVEYED.value)
PLACES = "places"
"""The source of what the war room counts itself; a fact from outside has a source of its own."""


@dataclass(frozen=True, slots=True)
class Known:
    """The war room beside the calls: its constituencies, where their facts come from, names for readers."""

    places: Sequence[Place]
    fact_sources: Mapping[str, str]
    place_names: Mapping[int, Mapping[str, str]]
    scheme_names: Mapping[str, Mapping[str, str]]


async def count_day(database: Database, scope: Scope) -> Counted:
    """Everything that was counted of the scope's time."""
    found = figures(await Reporting(database).rows(scope))
    async with Access(database).reading() as connection:
        counted = await connection.run_sync(lambda link: _Day(link, scope).counted(found))
    if scope.constituency is not None:
        return counted
    return replace(counted, missed_calls=await RingBook(database).by_campaign(scope.since, scope.until))


async def read_room(database: Database, day: str, constituency: int | None, stale_days: int) -> Known:
    """What the war room knows of this constituency, or of all, on this day (ISO).

    ``stale_days``: facts of older sources want renewing.
    """
    async with Access(database).reading() as connection:
        return await connection.run_sync(_known, day, constituency, stale_days)


class _Day:
    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope
        self._attempts = attempts_of(scope)

    def counted(self, found: Any) -> Counted:
        starts, crashes = self._daemon()
        troubles = self._troubles()
        return Counted(
            figures=found,
            reached=self._reached(),
            talks=self._talks(),
            awareness=self._awareness(),
            duties=self._duties(),
            daemon_starts=starts,
            daemon_crashes=crashes,
            links_lost=troubles.get(LINK_LOST, 0),
            trunks_failed=troubles.get(TRUNK_FAILED, 0),
        )

    def _by_place(self, *columns: Any) -> Select[*tuple[Any, ...]]:
        query: Select[*tuple[Any, ...]] = (
            select(func.coalesce(Contact.constituency, UNKNOWN_PLACE), *columns)
            .select_from(Attempt)
            .join(Contact, Contact.id == Attempt.contact_id)
            .where(self._attempts)
        )
        return query

    def _reached(self) -> dict[int, int]:
        people = func.count(distinct(Attempt.contact_id))
        ours = Attempt.outcome.in_(REACHED), Attempt.inbound.is_(False)
        query = self._by_place(people).where(*ours).group_by(Contact.constituency)
        return {where: count for where, count in self._connection.execute(query)}

    def _talks(self) -> dict[tuple[int, str], int]:
        query = self._by_place(Disposition.code, func.count())
        query = query.join(Disposition, Disposition.attempt_id == Attempt.id)
        rows = self._connection.execute(query.group_by(Contact.constituency, Disposition.code))
        return {(where, code): count for where, code, count in rows}

    def _awareness(self) -> dict[int | None, list[Awareness]]:
        keys = (Answer.survey_version_id, Answer.question, Answer.value)
        query = self._by_place(*keys, func.count()).join(Answer, Answer.attempt_id == Attempt.id)
        everywhere: dict[tuple[str, str], int] = {}
        by_place: dict[int, dict[tuple[str, str], int]] = {}
        for where, *item, count in self._connection.execute(query.group_by(Contact.constituency, *keys)):
            key = "answer", " ".join(map(str, item))
            by_place.setdefault(where, {})[key] = count
            everywhere[key] = everywhere.get(key, 0) + count
        found: dict[int | None, list[Awareness]] = {None: awareness(self._connection, everywhere)}
        if self._scope.constituency is None:
            found |= {where: awareness(self._connection, by_place[where]) for where in sorted(by_place)}
        return found

    def _duties(self) -> dict[int, Duties]:
        scope, table = self._scope, Responsibility
        last_day = day_of(scope.until - 1)
        is_open = and_(
            table.created_at < scope.until,
            or_(table.state == "open", and_(table.state == "done", table.done_at >= scope.until)),
        )
        columns = (
            _within(table.created_at, scope),
            and_(table.state == "done", _within(table.done_at, scope)),
            is_open,
            and_(is_open, table.due_on < last_day),
        )
        query = select(
            func.coalesce(table.constituency, UNKNOWN_PLACE),
            *(func.sum(case((condition, 1), else_=0)) for condition in columns),
        ).where(table.retired_at.is_(None))
        if scope.constituency is not None:
            query = query.where(table.constituency == scope.constituency)
        rows = self._connection.execute(query.group_by(table.constituency))
        return {where: Duties(*map(int, counts)) for where, *counts in rows}

    def _daemon(self) -> tuple[int, int]:
        """Starts of the daemon, and lives that ended without a word: a later one began."""
        scope = self._scope
        runs = self._connection.execute(
            select(DaemonRun.started_at, DaemonRun.ended_at, DaemonRun.host).order_by(DaemonRun.id)
        ).all()
        starts = [row for row in runs if scope.since <= row.started_at < scope.until]
        crashed = 0
        for row in starts:
            earlier = [one for one in runs if one.host == row.host and one.started_at < row.started_at]
            crashed += bool(earlier) and earlier[-1].ended_at is None
        return len(starts), crashed

    def _troubles(self) -> dict[str, int]:
        query = select(Audit.action, func.count()).where(_within(Audit.at, self._scope))
        query = query.where(Audit.action.in_((LINK_LOST, TRUNK_FAILED))).group_by(Audit.action)
        return {action: count for action, count in self._connection.execute(query)}


def _within(column: Any, scope: Scope) -> ColumnElement[bool]:
    return and_(column >= scope.since, column < scope.until)


def _known(connection: Connection, day: str, constituency: int | None, stale_days: int) -> Known:
    query = select(PlaceRow.number, PlaceRow.name_hi, PlaceRow.name_en).where(
        PlaceRow.kind == "constituency", PlaceRow.retired_at.is_(None)
    )
    names = {int(row.number): {"hi": row.name_hi, "en": row.name_en} for row in connection.execute(query)}
    wanted = sorted(names) if constituency is None else [constituency] if constituency in names else []
    people = _holders(connection, day)
    staffed = _staffed_booths(connection, day)
    booths = _booths(connection)
    facts = {number: facts_of(connection, number, ("constituency",)) for number in wanted}
    electors = {number: _electors(facts[number], number, day) for number in wanted}
    over = day_bounds(day)[1] - 1
    said = dict.fromkeys(_says(fact) for fact in electors.values() if fact)
    keys = {text: f"facts {number}" for number, text in enumerate(said, 1)}
    places = [
        Place(
            number=number,
            booths=booths.get(number, 0),
            booths_without_worker=booths.get(number, 0) - staffed.get(number, 0),
            people=people.get(number, 0),
            stale_facts=len(stale(facts[number], over, stale_days)),
            electors=_whole(fact.value) if (fact := electors[number]) else None,
            electors_source=keys[_says(fact)] if fact else PLACES,
        )
        for number in wanted
    ]
    return Known(places, {key: text for text, key in keys.items()}, names, _schemes(connection))


def _holds(day: str) -> ColumnElement[bool]:
    return and_(Post.retired_at.is_(None), Post.from_on <= day, or_(Post.to_on.is_(None), Post.to_on > day))


def _holders(connection: Connection, day: str) -> dict[int, int]:
    query = select(Post.constituency, func.count(distinct(Post.person_id))).where(_holds(day))
    return _by_number(connection, query.group_by(Post.constituency))


def _staffed_booths(connection: Connection, day: str) -> dict[int, int]:
    query = (
        select(PlaceRow.constituency, func.count(distinct(PlaceRow.id)))
        .join(Post, Post.place_id == PlaceRow.id)
        .where(PlaceRow.kind == "booth", PlaceRow.retired_at.is_(None))
        .where(Post.level == LEVELS["booth"], _holds(day))
    )
    return _by_number(connection, query.group_by(PlaceRow.constituency))


def _booths(connection: Connection) -> dict[int, int]:
    query = select(PlaceRow.constituency, func.count()).where(
        PlaceRow.kind == "booth", PlaceRow.retired_at.is_(None)
    )
    return _by_number(connection, query.group_by(PlaceRow.constituency))


def _by_number(connection: Connection, query: Select[*tuple[Any, ...]]) -> dict[int, int]:
    return {number: count for number, count in connection.execute(query) if number is not None}


def _electors(facts: Sequence[StatedFact], number: int, day: str) -> StatedFact | None:
    held = hold(facts, day)
    found = held.get(f"constituency:{number}", {}).get("electors_total")
    return found.chosen if found else None


def _whole(text: str) -> int | None:
    try:
        return int(float(text))
    except ValueError:
        return None


def _says(fact: StatedFact) -> str:
    day = fact.stated_on or fact.valid_from
    return f"{fact.source} ({day})" if day else fact.source


def _schemes(connection: Connection) -> dict[str, dict[str, str]]:
    query = select(Scheme.code, Scheme.name_hi, Scheme.name_en).where(Scheme.retired_at.is_(None))
    return {row.code: {"hi": row.name_hi, "en": row.name_en} for row in connection.execute(query)}
