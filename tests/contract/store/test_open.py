"""One daemon at a time serves a database."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from db.session import Database
from dialer.errors import AlreadyRunning, StoreError
from dialer.store.port import EventNoted, SeatStateNoted
from dialer.store.sql import SqlDialStore
from tests.contract.store.worlds import NOW, POLICY, SqlWorld

ROOT = Path(__file__).parents[3]
HOLD = """
import asyncio, sys
from db.session import Database
from dialer.store.sql import SqlDialStore

async def hold():
    await SqlDialStore(Database(sys.argv[1]), clock=lambda: 1795507200.0).open()
    print("open", flush=True)
    await asyncio.sleep(60)

asyncio.run(hold())
"""


@pytest.fixture
async def second(sql_world: SqlWorld) -> AsyncIterator[SqlDialStore]:
    """Another daemon's store on the same database."""
    database = Database(sql_world.database.url.render_as_string(hide_password=False))
    yield SqlDialStore(database)
    await database.aclose()


async def test_a_second_daemon_is_refused_and_told_who_serves(
    sql_world: SqlWorld, second: SqlDialStore
) -> None:
    await sql_world.store.open()
    with pytest.raises(AlreadyRunning) as raised:
        await second.open()
    message = str(raised.value)
    assert f"process {os.getpid()} on {socket.gethostname()} since 20" in message
    await second.aclose()
    await sql_world.store.aclose()


async def test_a_place_that_was_left_may_be_taken(sql_world: SqlWorld, second: SqlDialStore) -> None:
    await sql_world.store.open()
    await sql_world.store.aclose()
    await second.open()
    await second.aclose()
    runs = await sql_world.rows("daemon_run")
    assert len(runs) == 2
    assert all(run["ended_at"] is not None for run in runs)


async def test_a_killed_daemon_frees_its_place_and_its_run_stays_unended(sql_world: SqlWorld) -> None:
    url = sql_world.database.url.render_as_string(hide_password=False)
    call = [sys.executable, "-c", HOLD, url]
    holder = await asyncio.create_subprocess_exec(*call, stdout=subprocess.PIPE, cwd=ROOT)
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"open\n"
        with pytest.raises(AlreadyRunning, match=f"process {holder.pid} on .* since 2026-11-24 13:30"):
            await sql_world.store.open()
    finally:
        holder.kill()
        await holder.communicate()
    await _open_soon(sql_world.store)
    await sql_world.store.aclose()
    crashed, ours = await sql_world.rows("daemon_run")
    assert (crashed["ended_at"], ours["ended_at"] is None) == (None, False)


async def _open_soon(store: object) -> None:
    assert isinstance(store, SqlDialStore)
    for _ in range(50):
        try:
            await store.open()
        except AlreadyRunning:  # PostgreSQL needs a moment to see the dead peer
            await asyncio.sleep(0.05)
        else:
            return
    pytest.fail("the place was not freed")


async def test_contacts_left_claimed_without_an_attempt_are_given_back(sql_world: SqlWorld) -> None:
    campaign = await sql_world.campaign()
    ids = await sql_world.people(2, campaign)
    [attempt] = (await sql_world.claim(campaign, 1)).attempts
    await sql_world.set_place(campaign, ids[1], state="claimed")
    await sql_world.store.open()
    assert (await sql_world.place(campaign, ids[0])).state == "claimed"
    assert (await sql_world.place(campaign, ids[1])).state == "waiting"
    assert [each.attempt.id for each in await sql_world.store.open_attempts()] == [attempt.id]
    await sql_world.store.aclose()


async def test_a_crash_ends_the_periods_of_seats_with_its_last_sign_of_life(sql_world: SqlWorld) -> None:
    await sql_world.store.write(
        [
            SeatStateNoted(1, 1, "ready", "", NOW),
            SeatStateNoted(2, 2, "ready", "", NOW + 90),
            EventNoted("a1", NOW + 60, "ended"),
        ]
    )
    await sql_world.store.open()
    periods = [(row["from_at"], row["to_at"]) for row in await sql_world.rows("seat_period")]
    assert periods == [(NOW, NOW + 90), (NOW + 90, NOW + 90)]
    await sql_world.store.aclose()


async def test_a_database_without_tables_asks_for_init(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite3'}")
    with pytest.raises(StoreError, match=r"schema none.*run `dialer init`"):
        await SqlDialStore(database).open()
    await database.aclose()


@pytest.mark.parametrize(("version", "fix"), [("0001", "run `dialer init`"), ("9999", "update the program")])
async def test_a_database_of_another_schema_is_refused_with_the_fix(
    sql_world: SqlWorld, version: str, fix: str
) -> None:
    async with sql_world.database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    with pytest.raises(StoreError, match=fix):
        await sql_world.store.open()


@pytest.mark.postgresql
class TestLostPlace:
    async def test_is_taken_again_before_the_next_write(self, postgres_url: str) -> None:
        world, database = await self._opened(postgres_url)
        await self._end_session_that_holds_the_lock(database)
        campaign = await world.campaign()
        await world.people(1, campaign)
        assert len((await world.claim(campaign)).attempts) == 1
        with pytest.raises(AlreadyRunning):
            other = Database(postgres_url)
            try:
                await SqlDialStore(other).open()
            finally:
                await other.aclose()
        await world.store.aclose()
        await database.aclose()

    async def test_that_another_took_ends_this_daemon(self, postgres_url: str) -> None:
        world, database = await self._opened(postgres_url)
        other = Database(postgres_url)
        usurper = SqlDialStore(other)
        campaign = await world.campaign()
        await self._end_session_that_holds_the_lock(database)
        await usurper.open()
        with pytest.raises(AlreadyRunning):
            await world.store.claim(campaign, 1, NOW, POLICY)
        await usurper.aclose()
        await other.aclose()
        await database.aclose()

    async def _opened(self, url: str) -> tuple[SqlWorld, Database]:
        database = Database(url)
        world = SqlWorld(database)
        await world.prepare()
        await world.store.open()
        return world, database

    async def _end_session_that_holds_the_lock(self, database: Database) -> None:
        killed = text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        async with database.reading() as connection:
            await connection.execute(killed)
        await asyncio.sleep(0.2)
