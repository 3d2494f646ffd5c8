"""The migrations lead to the tables of ``db.models``, on both databases."""

from __future__ import annotations

import asyncio
import shutil
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from db.models import Base
from db.schema import EARLIER_VERSIONS, SCHEMA_VERSION
from db.session import Database
from dialer.config import load_config
from dialer.store.database import open_database
from dialer.store.migrations import alembic_config, migrate
from dialer.store.schema import check_schema, schema_version
from tests.postgresql import PrivatePostgres

ROOT = Path(__file__).parents[3]


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))


def _indexes(connection: Connection) -> set[tuple[str, tuple[str, ...], bool, bool]]:
    found = set()
    for table in Base.metadata.tables:
        for index in inspect(connection).get_indexes(table):
            columns = tuple(str(column) for column in index["column_names"])
            partial = any(name.endswith("_where") for name in index.get("dialect_options", {}))
            found.add((str(index["name"]), columns, bool(index["unique"]), partial))
    return found


async def test_the_migrated_tables_are_those_of_the_models(database_url: str) -> None:
    database = Database(database_url)
    async with database.reading() as connection:
        assert await connection.run_sync(_differences) == []
        migrated = await connection.run_sync(_indexes)
    async with database.writing() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.run_sync(Base.metadata.create_all)
        created = await connection.run_sync(_indexes)
    assert migrated == created
    assert {name for name, _columns, _unique, partial in migrated if partial} >= {
        "ix_campaign_contact_waiting",
        "uq_attempt_open",
        "uq_suppression_active",
    }
    await database.aclose()


async def test_the_program_knows_the_newest_migration_and_all_before_it(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'new.sqlite3'}")
    async with database.writing() as connection:
        versions = await connection.run_sync(
            lambda link: [
                each.revision
                for each in ScriptDirectory.from_config(alembic_config(link)).walk_revisions()
            ]
        )
    assert versions == [SCHEMA_VERSION, *reversed(EARLIER_VERSIONS)]
    await database.aclose()


async def test_a_migrated_database_fits_and_migrating_again_changes_nothing(database_url: str) -> None:
    database = Database(database_url)
    await migrate(database)
    assert await schema_version(database) == SCHEMA_VERSION
    await check_schema(database)
    await database.aclose()


@pytest.mark.postgresql
async def test_two_migrations_at_once_make_one_schema(postgres: PrivatePostgres) -> None:
    url = postgres.create_database("migrated_twice")
    databases = [Database(url), Database(url)]
    await asyncio.gather(*(migrate(database) for database in databases))
    await check_schema(databases[0])
    for database in databases:
        await database.aclose()


async def test_the_office_database_is_opened_by_its_owner_only(tmp_path: Path) -> None:
    database = open_database(load_config(Path(shutil.copy(ROOT / "config.yaml", tmp_path))))
    await migrate(database)
    file = Path(str(database.url.database))
    assert file == tmp_path / "var" / "sampark.sqlite3"
    async with database.reading():
        modes = [stat.S_IMODE(each.stat().st_mode) for each in file.parent.glob("sampark.sqlite3*")]
    assert set(modes) == {0o600}
    await database.aclose()
