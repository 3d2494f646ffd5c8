"""A database that is locked, full or away: ``StoreBusy``, nothing stored, and all is well afterwards."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from db.session import SQLITE_BUSY_MS, Database
from dialer.core.model import ClaimedAttempt
from dialer.errors import StoreBusy
from dialer.store.port import EventNoted
from tests.contract.store.worlds import NOW, SqlWorld
from tests.postgresql import PrivatePostgres


@pytest.fixture
async def sqlite_world(sqlite_url: str) -> SqlWorld:
    world = SqlWorld(Database(sqlite_url))
    await world.prepare()
    return world


def file_of(world: SqlWorld) -> Path:
    return Path(str(world.database.url.database))


async def test_a_locked_database_is_busy_and_then_works_again(sqlite_world: SqlWorld) -> None:
    campaign = await sqlite_world.campaign()
    [contact_id] = await sqlite_world.people(1, campaign)
    other = sqlite3.connect(file_of(sqlite_world), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(StoreBusy, match=r"sampark\.sqlite3 is locked by another program"):
        await sqlite_world.claim(campaign)
    assert time.monotonic() - began < SQLITE_BUSY_MS / 1000 + 2
    with pytest.raises(StoreBusy):
        await sqlite_world.store.write([EventNoted("a1", NOW, "dialled")])
    assert len(await sqlite_world.store.campaigns()) == 1, "reading goes on"
    other.execute("ROLLBACK")
    other.close()
    assert (await sqlite_world.place(campaign, contact_id)).state == "waiting"
    assert len((await sqlite_world.claim(campaign)).attempts) == 1
    await sqlite_world.database.aclose()


async def test_a_full_disk_is_busy_and_nothing_half_written(sqlite_world: SqlWorld) -> None:
    campaign = await sqlite_world.campaign()
    await sqlite_world.people(50, campaign)
    await sqlite_world.database.transact(_no_more_pages)
    with pytest.raises(StoreBusy, match=r"no room left for database .*sampark\.sqlite3"):
        for n in range(500):
            await sqlite_world.store.write([EventNoted(f"a{n}", NOW, "x", "y" * 120)] * 50)
    assert len(await sqlite_world.rows("attempt_event")) % 50 == 0, "a batch is stored whole or not at all"
    await sqlite_world.database.transact(_all_pages)
    assert len((await sqlite_world.claim(campaign, 50)).attempts) == 50
    await sqlite_world.database.aclose()


def _no_more_pages(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 1")


def _all_pages(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")


async def test_a_folder_that_is_gone_is_busy(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'gone' / 'sampark.sqlite3'}")
    (tmp_path / "gone").rmdir()
    world = SqlWorld(database)
    with pytest.raises(StoreBusy, match="does not answer"):
        await world.store.campaigns()
    with pytest.raises(StoreBusy, match="does not answer"):
        await world.store.write([EventNoted("a1", NOW, "dialled")])
    await database.aclose()


async def test_no_fault_shows_what_was_to_be_stored(sql_world: SqlWorld) -> None:
    async with sql_world.database.writing() as connection:
        await connection.execute(text("DROP TABLE attempt_event"))
    with pytest.raises(Exception) as raised:
        await sql_world.store.write([EventNoted("a1", NOW, "called", "+919876543210")])
    fault: BaseException | None = raised.value
    while fault is not None:
        assert "9876543210" not in str(fault)
        fault = fault.__cause__


@pytest.mark.postgresql
async def test_a_server_that_restarts_is_busy_and_then_works_again(
    postgres: PrivatePostgres, postgres_url: str
) -> None:
    database = Database(postgres_url)
    world = SqlWorld(database)
    await world.prepare()
    await world.store.open()
    campaign = await world.campaign()
    await world.people(1, campaign)
    await asyncio.to_thread(postgres.restart)
    await asyncio.sleep(0.1)
    attempts: list[ClaimedAttempt] = []
    for _ in range(5):
        try:
            attempts += (await world.claim(campaign)).attempts
        except StoreBusy:
            continue
        break
    assert len(attempts) == 1
    await world.store.aclose()
    await database.aclose()


async def test_a_server_that_is_away_is_busy(unused_tcp_port: int) -> None:
    database = Database(f"postgresql+asyncpg://nobody:secret@127.0.0.1:{unused_tcp_port}/sampark")
    world = SqlWorld(database)
    for call in (world.store.campaigns(), world.store.write([]), world.store.open_attempts()):
        with pytest.raises(StoreBusy, match=r"sampark at 127\.0\.0\.1 does not answer") as raised:
            await call
        assert "secret" not in str(raised.value)
    await database.aclose()
