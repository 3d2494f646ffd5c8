"""Engines and sessions for the one database, SQLite (WAL) or PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

_T = TypeVar("_T")

SQLITE_BUSY_MS = 2_000
"""How long a statement waits for another writer before it fails and the caller decides."""
_COMMITS_PER_CHECKPOINT = 50
_LARGEST_WAL_PAGES = 20_000
"""A writer that finds the WAL this long carries it over itself (80 MB)."""


class Database:
    """A pool on ``url`` (an SQLAlchemy URL with its async driver).

    Its errors never show the parameters of a statement: they may be names and telephone numbers.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer: _SqliteThread | None = None
        self._reader: _SqliteThread | None = None
        self._checkpoints: _SqliteThread | None = None
        self._commits = 0
        options: dict[str, Any] = {"hide_parameters": True}
        if not self.is_sqlite:
            # To compile a query takes longer than any of ours takes to run.
            options |= {"pool_size": 5, "max_overflow": 5}
            options["connect_args"] = {"server_settings": {"jit": "off"}}
        elif self.url.database and self.url.database != ":memory:":
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            self._writer = _SqliteThread(self.url, writes=True)
            self._reader = _SqliteThread(self.url, writes=False)
            self._checkpoints = _SqliteThread(self.url, writes=False)
        self.engine: AsyncEngine = create_async_engine(self.url, **options)
        # A pool of its own: a change of isolation level there and back costs more than a short statement.
        self._at_once = create_async_engine(self.url, isolation_level="AUTOCOMMIT", **options)
        if self.is_sqlite:
            _tune_sqlite(self.engine.sync_engine)
        else:
            for engine in (self.engine, self._at_once):
                event.listen(engine.sync_engine, "checkout", _refuse_closed)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reads; nothing written on it is kept."""
        async with self.engine.connect() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed at the end, rolled back on an exception."""
        async with self.engine.connect() as connection:
            await connection.execution_options(sampark_writes=True)
            async with connection.begin():
                yield connection

    @asynccontextmanager
    async def rebuilding(self) -> AsyncIterator[AsyncConnection]:
        """As ``writing``, for changes of the tables themselves.

        SQLite changes a key by a copy of the table in its place, and with foreign keys heeded it drops no
        table that others refer to. Whether they are heeded cannot be changed inside a transaction.
        """
        async with self.engine.connect() as connection:
            await connection.execution_options(sampark_writes=True)
            await self._heed_foreign_keys(connection, "OFF")
            try:
                async with connection.begin():
                    yield connection
            finally:
                await self._heed_foreign_keys(connection, "ON")

    async def _heed_foreign_keys(self, connection: AsyncConnection, heed: str) -> None:
        if self.is_sqlite:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            await (await driver.execute(f"PRAGMA foreign_keys={heed}")).close()

    async def transact(self, work: Callable[[Connection], _T]) -> _T:
        """Run ``work`` in one write transaction and return what it returns.

        For SQLite all such transactions run one after the other in one thread, at a fifth of the cost of
        going back and forth for every statement. A caller that is cancelled must not conclude that nothing
        was stored.
        """
        if self._writer is not None and self._checkpoints is not None:
            result = await self._writer.run(work)
            self._commits += 1
            if self._commits % _COMMITS_PER_CHECKPOINT == 0:
                self._checkpoints.checkpoint_soon()
            return result
        async with self.writing() as connection:
            return await connection.run_sync(work)

    async def at_once(self, work: Callable[[Connection], _T]) -> _T:
        """Run ``work``, each of whose statements is a transaction of its own, and return what it returns.

        For servers only: it saves the ways there and back of BEGIN and COMMIT.
        """
        async with self._at_once.connect() as connection:
            return await connection.run_sync(work)

    async def query(self, work: Callable[[Connection], _T]) -> _T:
        """Run ``work``, which only reads, on one state of the database and return what it returns.

        For SQLite in a thread as ``transact``, but in another one: readers do not wait for writers.
        """
        if self._reader is not None:
            return await self._reader.run(work)
        async with self.reading() as connection:
            return await connection.run_sync(work)

    async def aclose(self) -> None:
        """Give all connections back."""
        for thread in (self._writer, self._reader, self._checkpoints):
            if thread is not None:
                await thread.aclose()
        await self._at_once.dispose()
        await self.engine.dispose()


class _SqliteThread:
    """One thread with one connection of its own; both begin with the first use.

    The connection is kept: taking it from the pool and giving it back costs as much as a short read.
    """

    def __init__(self, url: URL, *, writes: bool) -> None:
        self._engine = create_engine(
            url.set(drivername="sqlite"), hide_parameters=True, pool_size=1, max_overflow=0
        )
        _tune_sqlite(self._engine)
        self._writes = writes
        self._connection: Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")

    async def run(self, work: Callable[[Connection], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    def _run(self, work: Callable[[Connection], _T]) -> _T:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(sampark_writes=self._writes)
        try:
            with self._connection.begin():
                return work(self._connection)
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        """After a fault nothing is known of the connection; the next work begins with another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def checkpoint_soon(self) -> None:
        """Carry what was committed from the WAL into the file, while writers go on."""
        self._thread.submit(self._checkpoint)

    def _checkpoint(self) -> None:
        with self._engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            with suppress(sqlite3.OperationalError):  # busy or full: the next one does its work
                driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    async def aclose(self) -> None:
        self._thread.submit(self._let_go)
        await asyncio.to_thread(self._thread.shutdown)
        self._engine.dispose()


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    # Costs nothing: a ping would ask the server three times before every transaction.
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _tune_sqlite(engine: Engine) -> None:
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN below decides, not the driver
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={SQLITE_BUSY_MS}",
        f"wal_autocheckpoint={_LARGEST_WAL_PAGES}",
        "temp_store=MEMORY",
        "cache_size=-20000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # A writer takes the write lock first: a read that turns into a write could not be retried by SQLite.
    writes = connection.get_execution_options().get("sampark_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
