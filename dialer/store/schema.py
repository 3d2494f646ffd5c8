"""Refuses to work with a database of another schema than this program's."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from db.schema import EARLIER_VERSIONS, SCHEMA_VERSION
from db.session import Database
from dialer.core.words import N_
from dialer.errors import StoreError
from dialer.store.faults import store_faults


async def schema_version(database: Database) -> str | None:
    """The database's schema, None when it has none."""
    with store_faults(database.url):
        async with database.reading() as connection:
            return await connection.run_sync(_version)


async def check_schema(database: Database) -> None:
    """``StoreError`` when the database is older or newer than this program."""
    version = await schema_version(database)
    if version == SCHEMA_VERSION:
        return
    name = database.url.database
    if version is None or version in EARLIER_VERSIONS:
        found = N_("database {name} is at schema {version}, this program needs {needed}; run `dialer init`")
        raise StoreError(found, name=name, version=version or "none", needed=SCHEMA_VERSION)
    newer = N_("database {name} is at schema {version}, this program knows only {needed}; update the program")
    raise StoreError(newer, name=name, version=version, needed=SCHEMA_VERSION)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version
