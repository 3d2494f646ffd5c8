"""The war room on a SQLite file and on a real PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path

import pytest

from db.session import Database
from dialer.store.migrations import migrate
from dialer.warroom.beginning import begin
from dialer.warroom.imports import Imports, Preview, Wishes
from dialer.warroom.sheets import Kind
from tests.postgresql import PrivatePostgres

NOW = 1_790_000_000.0
_numbers = itertools.count(1)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file of the test's own."""
    return f"sqlite+aiosqlite:///{tmp_path / 'sampark.sqlite3'}"


@pytest.fixture
def postgres_url(postgres: PrivatePostgres) -> Iterator[str]:
    """A PostgreSQL database of the test's own."""
    name = f"warroom_{next(_numbers)}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgresql)])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A migrated database of each kind."""
    opened = Database(request.getfixturevalue(f"{request.param}_url"))
    await migrate(opened)
    yield opened
    await opened.aclose()


class Room:
    """A war room with the facts of Durg, and files to take in."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.imports = Imports(database, folder)
        self.now = NOW

    def file(self, name: str, rows: Sequence[str]) -> Path:
        """A CSV file with these lines."""
        file = self.folder / name
        file.write_text("\n".join(rows) + "\n", encoding="utf-8")
        return file

    async def preview(self, kind: Kind, *rows: str, source: str = "register", **wishes: object) -> Preview:
        """What a file with these lines would do."""
        file = self.file(f"{kind.value}.csv", rows)
        return await self.imports.preview(file, Wishes(kind, source=source, **wishes))  # type: ignore[arg-type]

    async def take(self, kind: Kind, *rows: str, retire_gone: bool = False, source: str = "register") -> int:
        """Take a file with these lines in."""
        preview = await self.preview(kind, *rows, source=source)
        self.now += 1
        return await self.imports.store(preview, "test", self.now, retire_gone=retire_gone)

    async def rows(self, query: object) -> list[object]:
        """What the database holds."""
        async with self.database.reading() as connection:
            return list(await connection.execute(query))  # type: ignore[call-overload]


@pytest.fixture
async def room(database: Database, tmp_path: Path) -> Room:
    """With the facts that come with the program."""
    await begin(database, tmp_path, "test", NOW)
    return Room(database, tmp_path)


BOOTHS = (
    "ac no,booth,booth name,mandal,electors male,electors female",
    "62,12,शाला भवन,,450,430",
    "62,13,पंचायत भवन,,500,490",
)
PEOPLE = (
    "name,phone,post,ac no,booth,address",
    "सीता साहू,9876500001,बूथ अध्यक्ष,62,12,वार्ड 3",
    "राम वर्मा,9876500002,कार्यकर्ता,62,13,",
    "गीता देवांगन,9876500003,मंडल अध्यक्ष,पाटन,,",
)
Take = Callable[..., object]
