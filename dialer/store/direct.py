"""Statements given to the driver itself: what SQLAlchemy does for each costs more than the short ones do.

They live as long as the program, and SQLAlchemy makes their texts; values come and go as the driver has them.
Faults are SQLAlchemy's ``DBAPIError``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, Dialect, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

Row = Mapping[str, Any]

_SQLITE: Dialect = sqlite.dialect()
_POSTGRESQL: Dialect = make_url("postgresql+asyncpg://").get_dialect()()


def fetch(connection: Connection, statement: Any, parameters: Row) -> Sequence[Sequence[Any]]:
    """The rows of a statement.

    For PostgreSQL it is a transaction of its own, unless SQLAlchemy itself executed something on the
    connection before: its transactions begin only then.
    """
    if connection.dialect.name == "sqlite":
        text, in_order = _for_sqlite(statement, tuple(parameters))
        with _sqlite(connection, text) as cursor:
            rows: Sequence[Sequence[Any]] = cursor.execute(text, in_order(parameters)).fetchall()
        return rows
    text, names = _for_postgresql(statement)
    adapted = cast(Any, connection.connection.dbapi_connection)
    values = [parameters[name] for name in names]
    try:
        rows = adapted.run_async(lambda driver: driver.fetch(text, *values))
    except _faults_of_asyncpg() as fault:
        is_gone = adapted.driver_connection.is_closed()
        raise DBAPIError(text, None, fault, hide_parameters=True, connection_invalidated=is_gone) from fault
    return rows


def run_for_each(connection: Connection, statement: Any, rows: Sequence[Row]) -> None:
    """Execute an INSERT or UPDATE for each row, if there is any; all rows have the same names.

    Only SQLite's driver is given them itself: with a server the way to it costs more.
    """
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
        return
    text, in_order = _for_sqlite(statement, tuple(rows[0]))
    with _sqlite(connection, text) as cursor:
        cursor.executemany(text, [in_order(row) for row in rows])


@contextmanager
def _sqlite(connection: Connection, text: str) -> Iterator[Any]:
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except sqlite3.Error as fault:
        raise DBAPIError.instance(text, None, fault, sqlite3.Error, hide_parameters=True) from fault
    finally:
        cursor.close()


@cache
def _for_sqlite(statement: Any, names: tuple[str, ...]) -> tuple[str, Callable[[Row], Sequence[Any]]]:
    """Its text, and what makes its parameters of a row: the row's values, and its own constants."""
    compiled = statement.compile(dialect=_SQLITE, column_keys=list(names))
    assert compiled.positiontup is not None and not compiled.prefetch, "a default of SQLAlchemy's"
    constants = {name: value for name, value in compiled.params.items() if name not in names}
    types = {name: compiled.binds[name].type.dialect_impl(_SQLITE) for name in compiled.positiontup}
    made_of = {name: make for name, kind in types.items() if (make := kind.bind_processor(_SQLITE))}
    first, *others = compiled.positiontup
    take: Callable[[Row], Sequence[Any]] = (
        itemgetter(first, *others) if others else lambda row: (row[first],)
    )
    if not constants and not made_of:
        return compiled.string, take

    def in_order(row: Row) -> Sequence[Any]:
        values = {**constants, **row}
        for name, make in made_of.items():
            values[name] = make(values[name])
        return take(values)

    return compiled.string, in_order


@cache
def _faults_of_asyncpg() -> tuple[type[Exception], ...]:
    """Imported where it is used: a daemon on SQLite has no need of its memory."""
    import asyncpg

    return asyncpg.PostgresError, asyncpg.InterfaceError


@cache
def _for_postgresql(statement: Any) -> tuple[str, Sequence[str]]:
    """Its text, and the names of its parameters in their order."""
    compiled = statement.compile(dialect=_POSTGRESQL)
    return compiled.string, tuple(compiled.positiontup or ())
