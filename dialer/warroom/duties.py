"""Responsibilities and notes: given to one or to many, done, withdrawn; each change is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, case, func, insert, select

from db.session import Database
from db.warroom import Place, PlaceNote, Responsibility
from dialer.core.words import N_
from dialer.errors import InputError, NotFoundError
from dialer.store.access import AuditEntry, write_audit
from dialer.store.lists import batches
from dialer.warroom.changing import ChangingAccess
from dialer.warroom.comparing import Change
from dialer.warroom.holders import Task, tasks_where
from dialer.warroom.people import Selection, selected
from dialer.warroom.statements import read_day
from dialer.warroom.storing import Stamp, apply_changes, source_ids
from dialer.warroom.tallies import day_of

MOST_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Duty:
    """What is asked. ``due_on``: a day, or empty."""

    what: str
    given_by: str
    due_on: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """How many people have a responsibility, and what they answered. ``silent``: open, and no answer yet."""

    what: str
    people: int
    open: int
    done: int
    accepted: int
    declined: int
    silent: int


@dataclass(frozen=True, slots=True)
class DutyPage:
    """Which responsibilities; what is empty does not narrow. ``answer``: yes, no or silent."""

    constituency: int
    what: str = ""
    answer: str = ""
    state: str = ""
    after: int = 0


class Duties:
    """The responsibilities of one database."""

    def __init__(self, database: Database) -> None:
        self._access = ChangingAccess(database)

    async def assign(self, wanted: Selection, duty: Duty, by: str, now: float) -> Sequence[int]:
        """Give it to all the selected people at the places of their posts, or to nobody; returns the ids."""
        what, due = " ".join(duty.what.split()), read_day(duty.due_on) if duty.due_on else ""
        if not what or len(what) > 300:
            raise InputError(N_("say in 1 to 300 characters what the responsibility is"))
        if due is None:
            raise InputError(N_("{day}: is no date; write it like 2023-11-17"), day=duty.due_on)

        def work(connection: Connection) -> Sequence[int]:
            people = selected(connection, wanted, day_of(now), MOST_AT_ONCE)
            if not people:
                raise InputError(N_("nobody is selected"))
            source = source_ids(connection, [(by, "")], now)[by, ""]
            rows = [
                {"person_id": each["id"], "place_id": each["place_id"], "constituency": each["constituency"],
                 "what": what, "from_on": day_of(now), "due_on": due or None, "given_by": duty.given_by[:120],
                 "state": "open", "confirmed": "", "source_id": source, "created_at": now,
                 "created_by": by[:80]}
                for each in people
            ]  # fmt: skip
            made = connection.scalars(insert(Responsibility).returning(Responsibility.id), rows).all()
            detail = {"people": len(made), "constituency": wanted.constituency}
            write_audit(connection, AuditEntry(now, by, "responsibility assign", what[:80], detail))
            return list(made)

        return await self._access.change(work)

    async def finish(self, ids: Sequence[int], by: str, now: float, *, withdrawn: bool = False) -> int:
        """Done, or withdrawn; returns how many were open until now."""
        state = "withdrawn" if withdrawn else "done"

        def work(connection: Connection) -> int:
            rows = connection.execute(
                select(Responsibility).where(Responsibility.id.in_(ids), Responsibility.state == "open")
            ).all()
            changes = [
                Change("responsibility", row.id, row.constituency, row.what,
                       {"state": "open", "done_at": None, "done_by": None},
                       {"state": state, "done_at": None if withdrawn else now,
                        "done_by": None if withdrawn else by[:80]})
                for row in rows
            ]  # fmt: skip
            apply_changes(connection, changes, Stamp(by[:80], now))
            detail = {"count": len(rows)}
            write_audit(
                connection, AuditEntry(now, by, f"responsibility {state}", "responsibilities", detail)
            )
            return len(rows)

        return await self._access.change(work)

    async def note(self, constituency: int, text: str, by: str, now: float) -> None:
        """Write a note down."""
        words = text.strip()
        if not words or len(words) > 2000:
            raise InputError(N_("write a note of 1 to 2000 characters"))

        def work(connection: Connection) -> None:
            known = connection.scalar(
                select(Place.id).where(Place.identity == f"constituency:{constituency}")
            )
            if known is None:
                text = N_("constituency {number} is not known here; import the constituencies first")
                raise NotFoundError(text, number=constituency)
            values = {"constituency": constituency, "text": words, "created_at": now, "created_by": by[:80]}
            connection.execute(insert(PlaceNote).values(values))
            write_audit(connection, AuditEntry(now, by, "note add", f"constituency {constituency}"))

        await self._access.change(work)

    async def open_of(self, wanted: Selection, now: float, what: str = "") -> Sequence[tuple[int, int]]:
        """(id, person's id) of open responsibilities of the selected people, of all or of one kind."""

        def work(connection: Connection) -> Sequence[tuple[int, int]]:
            query = _open_of_people(connection, wanted, now, Responsibility.id, Responsibility.person_id)
            return [(id_, person) for id_, person, said in query if not what or said == what]

        async with self._access.reading() as connection:
            return await connection.run_sync(work)

    async def open_titles(self, wanted: Selection, now: float) -> Sequence[str]:
        """What the selected people have open, each title once, the most frequent first."""

        def work(connection: Connection) -> Sequence[str]:
            found = Counter(said for (said,) in _open_of_people(connection, wanted, now))
            return [said for said, _count in found.most_common()]

        async with self._access.reading() as connection:
            return await connection.run_sync(work)

    async def answers(self, constituency: int) -> Sequence[Answered]:
        """How each responsibility of a constituency stands, the newest first."""

        def of(condition: Any) -> Any:
            return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

        duty = Responsibility
        query = (
            select(
                duty.what, func.count(), of(duty.state == "open"), of(duty.state == "done"),
                of(duty.confirmed == "yes"), of(duty.confirmed == "no"),
                of((duty.confirmed == "") & (duty.state == "open")),
            )
            .where(duty.constituency == constituency, duty.retired_at.is_(None))
            .group_by(duty.what)
            .order_by(func.max(duty.id).desc())
        )  # fmt: skip
        async with self._access.reading() as connection:
            return [Answered(row[0], *map(int, row[1:])) for row in await connection.execute(query)]

    async def page(self, wanted: DutyPage, now: float, most: int = 100) -> Sequence[Task]:
        """The next responsibilities of a constituency behind ``after`` (an id), the newest first."""

        def work(connection: Connection) -> Sequence[Task]:
            narrow = [Responsibility.constituency == wanted.constituency]
            if wanted.what:
                narrow.append(Responsibility.what == wanted.what)
            if wanted.answer:
                narrow.append(Responsibility.confirmed == wanted.answer.replace("silent", ""))
            if wanted.state:
                narrow.append(Responsibility.state == wanted.state)
            if wanted.after:
                narrow.append(Responsibility.id < wanted.after)
            return tasks_where(connection, narrow, day_of(now), most)

        async with self._access.reading() as connection:
            return await connection.run_sync(work)


def _open_of_people(connection: Connection, wanted: Selection, now: float, *columns: Any) -> Iterator[Any]:
    people = [each["id"] for each in selected(connection, wanted, day_of(now), MOST_AT_ONCE)]
    for batch in batches(people, 1000):
        query = select(*columns, Responsibility.what).where(
            Responsibility.person_id.in_(batch), Responsibility.state == "open",
            Responsibility.retired_at.is_(None),
        )  # fmt: skip
        yield from connection.execute(query.order_by(Responsibility.id))
