"""The suppression list as the office keeps it: numbers that are never called, until the person opts in again.

The daemon writes opt-outs of its own calls through the port; both end in the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select, update

from db.models import Suppression
from db.session import Database
from dialer.core.words import N_
from dialer.errors import NotFoundError
from dialer.store.access import Access, AuditEntry, write_audit
from dialer.store.dialects import PerDialect, fit, many
from dialer.store.lists import BATCH, batches

NOT_LIFTED: Final = Suppression.lifted_at.is_(None)
_ACTIVE: Final[dict[str, Any]] = {"index_elements": ["phone"], "index_where": NOT_LIFTED}
_INSERT = PerDialect(lambda dialect: dialect.insert(Suppression).on_conflict_do_nothing(**_ACTIVE))
_COUNT = PerDialect(
    lambda dialect: select(func.count()).where(dialect.among(Suppression.phone, "phones"), NOT_LIFTED)
)


@dataclass(frozen=True, slots=True)
class SuppressionRecord:
    """A number that is not called, or was not until ``lifted_at``. Times are epoch seconds."""

    id: int
    phone: str
    source: str
    note: str
    created_at: float
    created_by: str
    lifted_at: float | None
    lifted_by: str | None


class SuppressionList:
    """The list of one database. Every method raises ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def add(
        self, phones: Callable[[], Iterable[str]], source: str, note: str, by: str, now: float
    ) -> tuple[int, int]:
        """Suppress all E.164 numbers or none; returns how many are new and how many were there already.

        From the commit on no campaign dials them. ``source``: where the wish came from (``office``,
        ``import``, ...).
        """

        def work(connection: Connection) -> tuple[int, int]:
            new = total = 0
            for batch in batches(phones(), BATCH):
                total += len(batch)
                new += _suppress(connection, batch, source, note, by, now)
            detail = {"new": new, "known": total - new, "source": source}
            write_audit(connection, AuditEntry(now, by, "suppression add", f"{total} numbers", detail))
            return new, total - new

        return await self._access.transact(work)

    async def lift(self, phone: str, note: str, by: str, now: float) -> SuppressionRecord:
        """The person opted in again: calls are allowed from now on. ``note``: how they said so."""

        def work(connection: Connection) -> SuppressionRecord:
            row = connection.execute(_records().where(Suppression.phone == phone, NOT_LIFTED)).one_or_none()
            if row is None:
                text = N_("this number is not on the suppression list; see `dialer suppress list`")
                raise NotFoundError(text)
            lifting = update(Suppression).where(Suppression.id == row.id)
            connection.execute(lifting.values(lifted_at=now, lifted_by=fit(Suppression.created_by, by)))
            entry = AuditEntry(now, by, "suppression lift", f"suppression {row.id}", {"note": note})
            write_audit(connection, entry)
            return replace(SuppressionRecord(*row), lifted_at=now, lifted_by=by)

        return await self._access.transact(work)

    async def page(
        self, *, source: str = "", lifted: bool = False, before_id: int = 0, limit: int = 50
    ) -> Sequence[SuppressionRecord]:
        """The newest first, older than ``before_id`` (0: from the newest); ``lifted``: those too."""
        query = _narrowed(_records(), source, lifted)
        if before_id:
            query = query.where(Suppression.id < before_id)
        async with self._access.reading() as connection:
            rows = await connection.execute(query.order_by(Suppression.id.desc()).limit(limit))
            return [SuppressionRecord(*row) for row in rows]

    async def count(self, *, source: str = "", lifted: bool = False) -> int:
        """How many ``page`` would show in all."""
        query = _narrowed(select(func.count()).select_from(Suppression), source, lifted)
        async with self._access.reading() as connection:
            return (await connection.scalar(query)) or 0

    async def note_revealed(self, shown: int, by: str, now: float) -> None:
        """Write down that somebody saw ``shown`` whole numbers."""
        entry = AuditEntry(now, by, "suppression reveal", "suppression list", {"shown": shown})
        await self._access.transact(lambda connection: write_audit(connection, entry))


def _suppress(
    connection: Connection, phones: Sequence[str], source: str, note: str, by: str, now: float
) -> int:
    among = {"phones": many(connection, phones)}
    before = connection.scalar(_COUNT.on(connection), among) or 0
    row = {
        "source": fit(Suppression.source, source),
        "note": fit(Suppression.note, note),
        "created_at": now,
        "created_by": fit(Suppression.created_by, by),
    }
    connection.execute(_INSERT.on(connection), [{**row, "phone": phone} for phone in phones])
    return (connection.scalar(_COUNT.on(connection), among) or 0) - before


def _records() -> Select[*tuple[Any, ...]]:
    return select(
        Suppression.id,
        Suppression.phone,
        Suppression.source,
        Suppression.note,
        Suppression.created_at,
        Suppression.created_by,
        Suppression.lifted_at,
        Suppression.lifted_by,
    )


def _narrowed(query: Select[*tuple[Any, ...]], source: str, lifted: bool) -> Select[*tuple[Any, ...]]:
    if source:
        query = query.where(Suppression.source == source)
    return query if lifted else query.where(NOT_LIFTED)
