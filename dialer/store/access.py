"""Reads, transactions and audit lines for stores of people and sign-ins, which no engine waits for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Audit
from db.session import Database
from dialer.store.faults import store_faults

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
    """Reads and transactions of one database; its faults as ``store_faults`` names them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """As ``Database.reading``."""
        with store_faults(self._database.url):
            async with self._database.reading() as connection:
                yield connection

    async def query(self, work: Callable[[Connection], Result]) -> Result:
        """As ``Database.query``: for short reads that desks ask for all the time."""
        with store_faults(self._database.url):
            return await self._database.query(work)

    async def transact(self, work: Callable[[Connection], Result]) -> Result:
        """As ``Database.transact``."""
        with store_faults(self._database.url):
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
