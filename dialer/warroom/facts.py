"""Facts with their sources: what holds on a day, who disagrees, which source is preferred and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, insert, select

from db.session import Database
from db.warroom import Fact, FactSource, Place
from dialer.core.words import N_
from dialer.errors import InputError, NotFoundError
from dialer.store.access import Access, AuditEntry, write_audit
from dialer.warroom.changing import ChangingAccess
from dialer.warroom.comparing import Change
from dialer.warroom.statements import NUMERIC_FACTS, PERCENT_FACTS, read_count, read_day, read_percent
from dialer.warroom.storing import Stamp, apply_changes, source_ids

FACT_WORDS: Final[Mapping[str, str]] = {
    "electors_total": N_("Electors"),
    "electors_male": N_("Men"),
    "electors_female": N_("Women"),
    "electors_third_gender": N_("Third gender"),
    "polling_stations": N_("Polling stations"),
    "votes_polled": N_("Votes polled"),
    "turnout_pct": N_("Turnout, %"),
    "candidates": N_("Candidates"),
    "winner": N_("Winner"),
    "winner_votes": N_("Votes of the winner"),
    "runner_up": N_("Runner-up"),
    "runner_up_votes": N_("Votes of the runner-up"),
    "margin": N_("Margin"),
    "poll_date": N_("Day of poll"),
    "confidence": N_("How sure"),
    "note": N_("Remark"),
    "reservation": N_("Reservation"),
    "lok_sabha_en": N_("Lok Sabha seat"),
    "lok_sabha_hi": N_("Lok Sabha seat (Hindi)"),
    "mla": N_("Member of the assembly"),
    "mla_party": N_("Party of the member"),
}


_SITE: Final = re.compile(r"https?://([^/\s]+)")


@dataclass(frozen=True, slots=True)
class StatedFact:
    """What one source states. ``stated_on``: the source's day; ``created_at``: when it was entered."""

    id: int
    subject: str
    key: str
    value: str
    valid_from: str
    valid_to: str | None
    source: str
    stated_on: str
    note: str
    preferred: bool
    preferred_why: str
    created_at: float
    created_by: str


@dataclass(frozen=True, slots=True)
class Held:
    """A fact as it is shown: the preferred statement and those that say otherwise."""

    chosen: StatedFact
    others: tuple[StatedFact, ...]

    @property
    def disputed(self) -> bool:
        """Whether a source states another value."""
        return any(other.value != self.chosen.value for other in self.others)


def facts_of(connection: Connection, constituency: int, kinds: Sequence[str]) -> Sequence[StatedFact]:
    """Everything stated about a constituency: of itself, its elections, its booths."""
    values = {"constituency": constituency, "kinds": tuple(kinds)}
    return [StatedFact(*row) for row in connection.execute(_facts_of(), values).all()]


@cache
def _facts_of() -> Select[*tuple[Any, ...]]:
    # Built once, and only the columns of a StatedFact, in their order: cards ask for it all the time.
    columns = (
        Fact.id, Fact.subject, Fact.key, Fact.value, Fact.valid_from, Fact.valid_to, FactSource.name,
        FactSource.stated_on, Fact.note, Fact.preferred, Fact.preferred_why, Fact.created_at, Fact.created_by,
    )  # fmt: skip
    wanted = Fact.constituency == bindparam("constituency"), Fact.kind.in_(bindparam("kinds", expanding=True))
    return _facts().with_only_columns(*columns, maintain_column_froms=True).where(*wanted)


def hold(facts: Iterable[StatedFact], on: str = "") -> dict[str, dict[str, Held]]:
    """subject -> key -> what holds on day ``on`` (the newest when it is empty)."""
    together: dict[tuple[str, str], dict[str, list[StatedFact]]] = {}
    for fact in facts:
        if on and (fact.valid_from > on or (fact.valid_to and fact.valid_to <= on)):
            continue
        by_day = together.setdefault((fact.subject, fact.key), {})
        by_day.setdefault(fact.valid_from, []).append(fact)
    held: dict[str, dict[str, Held]] = {}
    for (subject, key), by_day in together.items():
        stated = by_day[max(by_day)]
        chosen = next((fact for fact in stated if fact.preferred), stated[0])
        others = tuple(fact for fact in stated if fact is not chosen)
        held.setdefault(subject, {})[key] = Held(chosen, others)
    return held


def conflicts(facts: Iterable[StatedFact]) -> list[Held]:
    """Where sources disagree, whatever the day, in the order of subjects."""
    together: dict[tuple[str, str, str], list[StatedFact]] = {}
    for fact in facts:
        together.setdefault((fact.subject, fact.key, fact.valid_from), []).append(fact)
    found = []
    for _key, stated in sorted(together.items()):
        chosen = next((fact for fact in stated if fact.preferred), stated[0])
        held = Held(chosen, tuple(fact for fact in stated if fact is not chosen))
        if held.disputed:
            found.append(held)
    return found


def short_source(source: str) -> str:
    """A source in few words: the sites of its addresses, else how it begins."""
    sites = list(dict.fromkeys(_SITE.findall(source)))
    if sites:
        return ", ".join(site.removeprefix("www.") for site in sites[:2])
    return source if len(source) <= 60 else source[:59] + "…"


class Facts:
    """The facts of one database, for people who look into them and correct them."""

    def __init__(self, database: Database) -> None:
        self._access = ChangingAccess(database)

    async def of(self, constituency: int) -> Sequence[StatedFact]:
        """Everything stated about it and its elections."""
        kinds = ("constituency", "election")
        async with self._access.reading() as connection:
            return await connection.run_sync(facts_of, constituency, kinds)

    async def prefer(self, fact_id: int, why: str, by: str, now: float) -> None:
        """Take this statement; the others of the same day stay, and why is kept."""
        if len(why.strip()) < 3:
            raise InputError(N_("say why this source is preferred"))

        def work(connection: Connection) -> None:
            row = connection.execute(_facts().where(Fact.id == fact_id)).one_or_none()
            if row is None:
                raise NotFoundError(
                    N_("there is no fact {number}; see `dialer warroom facts`"), number=fact_id
                )
            rivals = connection.execute(
                select(Fact.id, Fact.preferred).where(
                    Fact.subject == row.subject, Fact.key == row.key, Fact.valid_from == row.valid_from
                )
            ).all()
            label = f"{row.subject} {row.key}"
            changes = [
                Change("fact", each.id, row.constituency, label, {"preferred": each.preferred},
                       _preference(each.id == fact_id, why, by, now))
                for each in rivals if each.preferred != (each.id == fact_id)
            ]  # fmt: skip
            apply_changes(connection, changes, Stamp(by, now), why)
            write_audit(connection, AuditEntry(now, by, "fact prefer", label, {"fact": fact_id}))

        await self._access.change(work)

    async def correct(self, fact_id: int, value: str, source: str, by: str, now: float) -> None:
        """A new value from a new source beside the old one, preferred from now on."""

        def work(connection: Connection) -> None:
            row = connection.execute(_facts().where(Fact.id == fact_id)).one_or_none()
            if row is None:
                raise NotFoundError(
                    N_("there is no fact {number}; see `dialer warroom facts`"), number=fact_id
                )
            _state(connection, row, check_value(row.key, value), source, by, now)

        if not source.strip():
            raise InputError(N_("say where the new value comes from"))
        await self._access.change(work)


def check_value(key: str, text: str) -> str:
    """The value in its plain form; ``InputError`` says how it is written."""
    plain = text.strip()
    if not plain or len(plain) > 300:
        raise InputError(N_("{key}: give a value of at most 300 characters"), key=key)
    if key in NUMERIC_FACTS and (count := read_count(plain)) is not None:
        return str(count)
    if key in PERCENT_FACTS and (share := read_percent(plain)) is not None:
        return f"{share:g}"
    if key == "poll_date" and (day := read_day(plain)) is not None:
        return day
    if key in NUMERIC_FACTS | PERCENT_FACTS or key == "poll_date":
        raise InputError(
            N_("{key}: {value!r} does not fit; write a number, a per cent or a day"), key=key, value=plain
        )
    return plain


def _state(connection: Connection, row: Any, value: str, source: str, by: str, now: float) -> None:
    source_id = source_ids(connection, [(source.strip(), "")], now)[source.strip(), ""]
    label = f"{row.subject} {row.key}"
    same = connection.execute(
        select(Fact.id, Fact.value, Fact.preferred).where(
            Fact.subject == row.subject, Fact.key == row.key, Fact.valid_from == row.valid_from
        )
    ).all()
    chosen = _preference(True, source, by, now)
    own = connection.scalar(
        select(Fact.id).where(
            Fact.subject == row.subject, Fact.key == row.key, Fact.valid_from == row.valid_from,
            Fact.source_id == source_id,
        )
    )  # fmt: skip
    changes = [
        Change("fact", each.id, row.constituency, label, {"preferred": True},
               _preference(False, source, by, now))
        for each in same if each.preferred and each.id != own
    ]  # fmt: skip
    if own is not None:
        before = next(each.value for each in same if each.id == own)
        changes.append(
            Change("fact", own, row.constituency, label, {"value": before}, {"value": value, **chosen})
        )
    else:
        columns = {
            "subject": row.subject, "kind": row.kind, "constituency": row.constituency, "key": row.key,
            "value": value, "valid_from": row.valid_from, "valid_to": row.valid_to, "source_id": source_id,
            "created_at": now, "created_by": by[:80], **chosen,
        }  # fmt: skip
        connection.execute(insert(Fact).values(columns))
    apply_changes(connection, changes, Stamp(by, now), source)
    write_audit(connection, AuditEntry(now, by, "fact change", label))


def _preference(preferred: bool, why: str, by: str, now: float) -> dict[str, Any]:
    return {
        "preferred": preferred, "preferred_why": why.strip()[:300], "preferred_by": by[:80],
        "preferred_at": now,
    }  # fmt: skip


def _facts() -> Select[*tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = (
        select(Fact, FactSource.name.label("source_name"), FactSource.stated_on.label("source_on"))
        .join(FactSource, FactSource.id == Fact.source_id)
        .where(Fact.retired_at.is_(None))
        .order_by(Fact.subject, Fact.key, Fact.valid_from, Fact.id)
    )
    return query


async def constituency_names(database: Database) -> Mapping[int, tuple[str, str]]:
    """number -> (English, Hindi) of every constituency that the war room knows, by number."""
    return await Access(database).query(names_of_constituencies)


def names_of_constituencies(connection: Connection) -> Mapping[int, tuple[str, str]]:
    """As ``constituency_names``, within a transaction."""
    query = select(Place.number, Place.name_en, Place.name_hi).where(
        Place.kind == "constituency", Place.retired_at.is_(None)
    )
    names = {int(row.number): (row.name_en, row.name_hi) for row in connection.execute(query)}
    return dict(sorted(names.items()))
