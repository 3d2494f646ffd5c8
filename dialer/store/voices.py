"""Recorded voices in the database: which answer a sound belongs to, and the mark that it was erased.

The value of such an answer is its file's name, ``ATTEMPT-QUESTION``. The mark is written before the sound is
deleted: what is marked is as good as gone, and whoever looks next deletes what a crash left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, case, select, update

from db.models import Answer, Attempt, Contact, Suppression
from db.session import Database
from dialer.store.access import Access, AuditEntry, write_audit
from dialer.store.dialects import PerDialect, many

RETENTION: Final = "retention"
OPT_OUT: Final = "opt_out"
REQUEST: Final = "request"

_IS_VOICE: ColumnElement[bool] = Answer.value == Answer.attempt_id + "-" + Answer.question


@dataclass(frozen=True, slots=True)
class Voice:
    """An answer that is a sound. Times are epoch seconds; ``opted_out``: the person wants no calls now."""

    answer_id: int
    name: str
    answered_at: float
    erased_at: float | None
    opted_out: bool


class Voices:
    """The voices of one database. Every method raises ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def of_attempts(self, attempt_ids: Sequence[str]) -> Sequence[Voice]:
        """All voices that were recorded in these calls."""

        def read(connection: Connection) -> list[Voice]:
            rows = connection.execute(_VOICES.on(connection), {"attempts": many(connection, attempt_ids)})
            return [
                Voice(row.id, row.value, row.answered_at, row.erased_at, bool(row.opted_out)) for row in rows
            ]

        return await self._access.query(read)

    async def mark(self, answer_ids: Sequence[int], why: str, by: str, now: float) -> None:
        """These sounds are about to be deleted; ``why``: retention, opt_out or request."""

        def work(connection: Connection) -> None:
            marking = update(Answer).where(Answer.id.in_(answer_ids), Answer.erased_at.is_(None))
            done = connection.execute(marking.values(erased_at=now, erased_why=why)).rowcount
            entry = AuditEntry(now, by, "voice erase", f"{done} voices", {"why": why})
            write_audit(connection, entry)

        await self._access.transact(work)

    async def mark_contact(
        self, contact_id: int, note: str, by: str, now: float
    ) -> tuple[int, Sequence[str]]:
        """All voices of a person are about to be deleted, because somebody asked.

        Returns how many were marked, and all calls of the person: their sounds are to go, answer or not.
        """

        def work(connection: Connection) -> tuple[int, Sequence[str]]:
            theirs = (Answer.contact_id == contact_id, _IS_VOICE, Answer.erased_at.is_(None))
            mine = update(Answer).where(*theirs)
            done = connection.execute(mine.values(erased_at=now, erased_why=REQUEST)).rowcount
            detail = {"why": REQUEST, "note": note, "voices": done}
            write_audit(connection, AuditEntry(now, by, "voice erase", f"contact {contact_id}", detail))
            calls = select(Attempt.id).where(Attempt.contact_id == contact_id)
            return done, connection.scalars(calls).all()

        return await self._access.transact(work)


_OPTED_OUT = (
    select(Suppression.id)
    .where(Suppression.phone == Contact.phone, Suppression.lifted_at.is_(None))
    .exists()
)
_VOICES = PerDialect(
    lambda dialect: select(
        Answer.id,
        Answer.value,
        Answer.answered_at,
        Answer.erased_at,
        case((_OPTED_OUT, 1), else_=0).label("opted_out"),
    )
    .join(Contact, Contact.id == Answer.contact_id)
    .where(dialect.among(Answer.attempt_id, "attempts"), _IS_VOICE)
)
