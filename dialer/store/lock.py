"""The daemon's place: one daemon at a time serves a database, and a killed one frees it by dying.

SQLite: an exclusive ``flock`` on a file beside the database. PostgreSQL: a session advisory lock on a
connection that does nothing else. Both belong to the process and end with it.
"""

from __future__ import annotations

import fcntl
import os
from typing import Any, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from db.session import Database

_ADVISORY_LOCK = 0x53414D_0002


class DaemonPlace(Protocol):
    """``lost`` turns true when the lock is gone although nobody released it."""

    lost: bool

    async def take(self) -> bool:
        """Whether the place is ours now."""

    async def release(self) -> None:
        """Leave it; nothing happens when it is not ours."""


def place_of(database: Database) -> DaemonPlace:
    """The place of this database."""
    file = database.url.database
    if not database.is_sqlite:
        return _PostgresPlace(database)
    return _FilePlace(None if file in (None, "", ":memory:") else f"{file}.lock")


class _FilePlace:
    def __init__(self, path: str | None) -> None:
        self.lost = False
        self._path = path
        self._descriptor: int | None = None

    async def take(self) -> bool:
        if self._path is None or self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    async def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class _PostgresPlace:
    def __init__(self, database: Database) -> None:
        self.lost = False
        self._database = database
        self._connection: AsyncConnection | None = None

    async def take(self) -> bool:
        if self.lost:
            await self._forget()
        if self._connection is not None:
            return True
        connection = await self._database.engine.connect()
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        taken = await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
        if not taken:
            await connection.close()
            return False
        self._connection = connection
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        driver.add_termination_listener(self._on_termination)
        return True

    async def release(self) -> None:
        await self._forget()

    def _on_termination(self, _connection: Any) -> None:
        self.lost = self._connection is not None

    async def _forget(self) -> None:
        # The session ends with its connection, and the lock with its session: never give it to the pool.
        connection, self._connection, self.lost = self._connection, None, False
        if connection is not None:
            await connection.invalidate()
            await connection.close()
