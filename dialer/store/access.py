"""The database's own faults as ours: for stores of people and sign-ins, which no engine waits for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, insert
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Audit
from db.session import Database
from dialer.core.words import N_
from dialer.errors import StoreBusy

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit log: who did what to whom. ``action`` is ``noun verb``.

    No telephone number and no name of a citizen stands in it.
    """

    at: float
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)


class Access:
    """Reads and transactions of one database; a locked, full or absent one raises ``StoreBusy``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """As ``Database.reading``."""
        with _faults_as_ours():
            async with self._database.reading() as connection:
                yield connection

    async def transact(self, work: Callable[[Connection], Result]) -> Result:
        """As ``Database.transact``."""
        with _faults_as_ours():
            return await self._database.transact(work)


def write_audit(connection: Connection, *entries: AuditEntry) -> None:
    """Add lines to the audit log, in the caller's transaction."""
    rows = [
        {
            "at": entry.at,
            "actor": entry.actor[:80],
            "action": entry.action[:40],
            "subject": entry.subject[:80],
            "detail": dict(entry.detail),
        }
        for entry in entries
    ]
    if rows:
        connection.execute(insert(Audit), rows)


@contextmanager
def _faults_as_ours() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError, TimeoutError, OSError) as fault:
        # The driver's sentence only: the statement's values may be people's data.
        what = getattr(fault, "orig", None) or fault
        raise StoreBusy(N_("the database cannot be used now: {what}"), what=what) from fault
