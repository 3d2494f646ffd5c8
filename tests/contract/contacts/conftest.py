"""Contacts, lists and the suppression list on a SQLite file and on a real PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from db.session import Database
from dialer.store.migrations import migrate
from tests.postgresql import PrivatePostgres

_numbers = itertools.count(1)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file of the test's own."""
    return f"sqlite+aiosqlite:///{tmp_path / 'sampark.sqlite3'}"


@pytest.fixture
def postgres_url(postgres: PrivatePostgres) -> Iterator[str]:
    """A PostgreSQL database of the test's own."""
    name = f"contacts_{next(_numbers)}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgresql)])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A migrated database of each kind."""
    opened = Database(request.getfixturevalue(f"{request.param}_url"))
    await migrate(opened)
    yield opened
    await opened.aclose()
