"""One statement for many rows, without SQLAlchemy's work for each of them where that is most of the cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.dialects import sqlite

Row = Mapping[str, Any]

_SQLITE: Dialect = sqlite.dialect()


def run_for_each(connection: Connection, statement: Any, rows: Sequence[Row]) -> None:
    """Execute an INSERT or UPDATE that lives as long as the program for each row, if there is any.

    All rows have the same names. SQLite takes a row in less time than SQLAlchemy needs to put its parameters
    in order, so there the statement's text and that order are kept; with a server the way to it costs more.
    """
    if not rows:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(statement, rows)
        return
    text, in_order = _prepared(statement, tuple(rows[0]))
    connection.exec_driver_sql(text, [in_order(row) for row in rows])


@cache
def _prepared(statement: Any, names: tuple[str, ...]) -> tuple[str, Callable[[Row], tuple[Any, ...]]]:
    """Its text, and what makes its parameters of a row: the row's values, and its own constants."""
    compiled = statement.compile(dialect=_SQLITE, column_keys=list(names))
    assert compiled.positiontup is not None and not compiled.prefetch, "a default of SQLAlchemy's"
    constants = {name: value for name, value in compiled.params.items() if name not in names}
    types = {name: compiled.binds[name].type.dialect_impl(_SQLITE) for name in compiled.positiontup}
    made_of = {name: make for name, kind in types.items() if (make := kind.bind_processor(_SQLITE))}
    order = tuple(compiled.positiontup)

    def in_order(row: Row) -> tuple[Any, ...]:
        values = {**constants, **row} if constants else row
        if made_of:
            values = {**values, **{name: make(values[name]) for name, make in made_of.items()}}
        return tuple([values[name] for name in order])

    return compiled.string, in_order
