"""The store's contract runs in memory, on a SQLite file and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from db.session import Database
from dialer.store.migrations import migrate
from tests.contract.store.worlds import MemoryWorld, SqlWorld, World
from tests.postgresql import PrivatePostgres

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest schema, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    _migrate(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PrivatePostgres) -> str:
    """The name of an empty database at the newest schema, a template for others."""
    _migrate(postgres.create_database("store_template"))
    return "store_template"


def _migrate(url: str) -> None:
    async def work() -> None:
        database = Database(url)
        await migrate(database)
        await database.aclose()

    asyncio.run(work())


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of the test's own."""
    file = shutil.copy(migrated_sqlite, tmp_path / "sampark.sqlite3")
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
def postgres_url(postgres: PrivatePostgres, migrated_postgres: str) -> Iterator[str]:
    """A migrated PostgreSQL database of the test's own."""
    name = f"store_{next(_numbers)}"
    yield postgres.create_database(name, migrated_postgres)
    postgres.drop_database(name)


def _url(request: pytest.FixtureRequest) -> str | None:
    if request.param == "memory":
        return None
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


_SQL = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgresql)]
database_url = pytest.fixture(_url, params=_SQL, name="database_url")
_world_url = pytest.fixture(_url, params=["memory", *_SQL], name="world_url")


@pytest.fixture
async def sql_world(database_url: str) -> AsyncIterator[SqlWorld]:
    """A world in each kind of database."""
    database = Database(database_url)
    world = SqlWorld(database)
    await world.prepare()
    yield world
    await database.aclose()


@pytest.fixture
async def world(world_url: str | None) -> AsyncIterator[World]:
    """A world of each kind: in memory too."""
    if world_url is None:
        yield MemoryWorld()
        return
    database = Database(world_url)
    filled = SqlWorld(database)
    await filled.prepare()
    yield filled
    await database.aclose()
