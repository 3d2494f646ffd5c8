"""Statements given to PostgreSQL's driver itself: SQLAlchemy's work for one costs more than its way there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

import asyncpg
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError

_DIALECT = make_url("postgresql+asyncpg://").get_dialect()()


def fetch(
    connection: Connection, statement: Any, parameters: Mapping[str, object]
) -> Sequence[Sequence[Any]]:
    """The rows of a statement that lives as long as the program; values come and go as the driver has them.

    For connections without a transaction of SQLAlchemy's. ``DBAPIError`` as from SQLAlchemy.
    """
    text, names = _prepared(statement)
    adapted = cast(Any, connection.connection.dbapi_connection)
    try:
        rows: Sequence[Sequence[Any]] = adapted.run_async(
            lambda driver: driver.fetch(text, *[parameters[name] for name in names])
        )
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as fault:
        is_gone = adapted.driver_connection.is_closed()
        raise DBAPIError(text, None, fault, hide_parameters=True, connection_invalidated=is_gone) from fault
    return rows


@cache
def _prepared(statement: Any) -> tuple[str, Sequence[str]]:
    """Its text, and the names of its parameters in their order."""
    compiled = statement.compile(dialect=_DIALECT)
    return str(compiled), tuple(compiled.positiontup or ())
