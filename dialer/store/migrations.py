"""Brings a database to the schema of this program."""

from __future__ import annotations

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Connection, text

from db.schema import MIGRATIONS
from db.session import Database
from dialer.store.faults import store_faults

_MIGRATION_LOCK = 0x53414D_0001
"""An advisory lock of PostgreSQL: of two migrations at once the second waits and finds nothing to do."""


async def migrate(database: Database) -> None:
    """Run all missing migrations in one transaction; ``StoreBusy`` when the database is not to be had."""
    with store_faults(database.url):
        async with database.rebuilding() as connection:
            await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> AlembicConfig:
    """Alembic's settings for work on this connection."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
