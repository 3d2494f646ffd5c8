"""The migrations lead to the tables of ``db.models``, on both databases."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from db import models
from db.models import Base
from db.schema import EARLIER_VERSIONS, SCHEMA_VERSION
from db.session import Database
from dialer.config import load_config
from dialer.store.database import open_database
from dialer.store.migrations import alembic_config, migrate
from dialer.store.schema import check_schema, schema_version
from tests.postgresql import PrivatePostgres

ROOT = Path(__file__).parents[3]
_numbers = itertools.count(1)


_A_SURVEYED_PERSON = (
    "INSERT INTO contact_list (id, name, purpose, source, consent, created_at, created_by) "
    "VALUES (1, 'all', 'p', 's', 'c', 0, 'test')",
    "INSERT INTO campaign (id, name, kind, state, purpose, list_id, trunk, caller_id, promotional, "
    "window_start_minute, window_end_minute, mode, dial_ratio, abandonment_cap, ring_s, wrap_up_s, "
    "max_channels, max_attempts, priority, script, created_at, created_by) "
    "VALUES (1, 'ask', 'survey', 'running', 'p', 1, 'carrier', "
    "'+91', false, 540, 1260, 'progressive', 1, 0.03, 30, 10, 0, 3, 1, '{}', 0, 'test')",
    "INSERT INTO contact (id, phone, name, language, constituency, booth, kind, role, schemes, attributes, "
    "created_at) VALUES (1, '+911', '', 'hi', 62, '', 'citizen', '', '[]', '{}', 0), "
    "(2, '+912', '', 'hi', 62, '', 'citizen', '', '[]', '{}', 0)",
    "INSERT INTO campaign_contact (campaign_id, contact_id, state, next_at, attempts) "
    "VALUES (1, 1, 'done', 0, 1), (1, 2, 'done', 0, 1)",
    "INSERT INTO attempt (id, campaign_id, contact_id, number_of_attempt, trunk, claimed_at, ended_at, note) "
    "VALUES ('a1', 1, 1, 1, 'carrier', 0, 1, ''), ('a2', 1, 2, 1, 'carrier', 0, 1, '')",
    "INSERT INTO attempt_event (attempt_id, at, event, detail) "
    "VALUES ('a1', 1, 'survey_ended', 'complete'), ('a2', 1, 'survey_ended', 'hung_up')",
)

_TWO_AGREEMENTS = (
    "INSERT INTO attempt_event (attempt_id, at, event, detail) "
    "VALUES ('a1', 2, 'callback_agreed', ''), ('a1', 3, 'callback_agreed', ''), "
    "('a2', 2, 'callback_agreed', '')",
    "UPDATE campaign_contact SET state = 'waiting', callback_at = 900 WHERE contact_id = 1",
)

_A_NOTE = (
    "INSERT INTO operator "
    "(id, username, name, role, password_hash, language, active, created_at, created_by) "
    "VALUES (1, 'op01', 'Rekha', 'operator', '-', 'hi', true, 0, 'test'), "
    "(2, 'op02', 'Sita', 'operator', '-', 'hi', true, 0, 'test')",
    "INSERT INTO call_note (attempt_id, operator_id, notes, written_at) VALUES ('a1', 1, 'a', 1)",
)

_OF_A_THIRD = (
    "INSERT INTO contact (id, phone, name, language, constituency, booth, kind, role, schemes, attributes, "
    "created_at) VALUES (3, '+913', '', 'hi', 62, '', 'citizen', '', '[]', '{}', 0)"
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgresql)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'empty.sqlite3'}"
    cluster: PrivatePostgres = request.getfixturevalue("postgres")
    return cluster.create_database(f"empty_{next(_numbers)}")


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


async def test_interviews_that_were_complete_before_there_were_quotas_count(empty_url: str) -> None:
    database = Database(empty_url)
    async with database.writing() as connection:
        await connection.run_sync(lambda link: command.upgrade(alembic_config(link), "call_notes"))
        for statement in _A_SURVEYED_PERSON:
            await connection.execute(text(statement))
    await migrate(database)
    async with database.reading() as connection:
        places = await connection.execute(
            text("SELECT contact_id, complete_as FROM campaign_contact ORDER BY contact_id")
        )
        complete, open_ = (known and json.loads(known) for _contact, known in places)
        assert (complete, open_) == ([62, "hi", "citizen"], None)
        assert (await connection.execute(select(models.Campaign.quotas))).scalar_one() == {}
    await database.aclose()


async def test_callbacks_that_were_open_before_there_was_a_list_stand_on_it(empty_url: str) -> None:
    database = Database(empty_url)
    async with database.writing() as connection:
        await connection.run_sync(lambda link: command.upgrade(alembic_config(link), "call_notes"))
        for statement in (*_A_SURVEYED_PERSON, *_TWO_AGREEMENTS):
            await connection.execute(text(statement))
    await migrate(database)
    columns = models.Callback.contact_id, models.Callback.attempt_id, models.Callback.due_at
    async with database.reading() as connection:
        found = (await connection.execute(select(*columns, models.Callback.agreed_at))).all()
    assert found == [(1, "a1", 900.0, 3.0)]
    await database.aclose()


async def test_a_note_from_before_each_operator_had_their_own_stays(empty_url: str) -> None:
    database = Database(empty_url)
    async with database.writing() as connection:
        await connection.run_sync(lambda link: command.upgrade(alembic_config(link), "call_notes"))
        for statement in (*_A_SURVEYED_PERSON, *_A_NOTE):
            await connection.execute(text(statement))
    await migrate(database)
    async with database.writing() as connection:
        note = {"attempt_id": "a1", "operator_id": 2, "notes": "b", "written_at": 2.0}
        await connection.execute(insert(models.CallNote).values(note))
        found = await connection.execute(
            select(models.CallNote.operator_id, models.CallNote.notes).order_by(models.CallNote.written_at)
        )
        assert found.all() == [(1, "a"), (2, "b")]
    await database.aclose()


async def test_attempts_keep_what_they_held_and_belong_to_a_place_in_the_queue(empty_url: str) -> None:
    columns = "id, campaign_id, contact_id, number_of_attempt, trunk, claimed_at, note"
    database = Database(empty_url)
    async with database.writing() as connection:
        await connection.run_sync(lambda link: command.upgrade(alembic_config(link), "call_notes"))
        for statement in (*_A_SURVEYED_PERSON, *_A_NOTE):
            await connection.execute(text(statement))
        await connection.run_sync(lambda link: command.upgrade(alembic_config(link), "notes_of_each"))
        await connection.execute(text("UPDATE attempt SET inbound = true, ended_at = NULL WHERE id = 'a2'"))
        await connection.execute(text(_OF_A_THIRD))
        await connection.execute(text(f"INSERT INTO attempt ({columns}) VALUES ('a0', 1, 3, 1, 'c', 0, '')"))
        before = (await connection.execute(text("SELECT * FROM attempt ORDER BY id"))).mappings().all()
    await migrate(database)
    refused = (
        f"INSERT INTO attempt ({columns}) VALUES ('a3', 1, 4, 1, 'carrier', 0, '')",
        f"INSERT INTO attempt ({columns}) VALUES ('a3', 1, 2, 1, 'carrier', 0, '')",
        "DELETE FROM campaign_contact WHERE contact_id = 1",
        "DELETE FROM attempt WHERE id = 'a1'",
        "DELETE FROM campaign_contact WHERE contact_id = 3",
        "INSERT INTO call_note (attempt_id, operator_id, notes, written_at) VALUES ('a3', 1, '', 1)",
    )
    async with database.writing() as connection:
        after = (await connection.execute(text("SELECT * FROM attempt ORDER BY id"))).mappings().all()
        assert [dict(row) for row in after] == [dict(row) for row in before]
        broken = "PRAGMA foreign_key_check" if database.is_sqlite else "SELECT 1 WHERE false"
        assert (await connection.execute(text(broken))).all() == []
        for statement in refused:
            with pytest.raises(IntegrityError):
                async with connection.begin_nested():
                    await connection.execute(text(statement))
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
