"""Statements that SQLite and PostgreSQL share beyond the standard, and text that fits its column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute

Upsert = Any
"""An INSERT with ``on_conflict_do_nothing`` and ``on_conflict_do_update``, the same in both dialects."""

WAITING: ColumnElement[str] = literal_column("'waiting'")
"""A literal, not a parameter: only so does the planner know that the index of waiting contacts serves."""


class PerDialect:
    """A statement built once for each dialect."""

    def __init__(self, build: Callable[[Callable[[Any], Upsert]], Upsert]) -> None:
        self._statements: Mapping[str, Upsert] = {
            "sqlite": build(sqlite.insert),
            "postgresql": build(postgresql.insert),
        }

    def on(self, connection: Connection) -> Upsert:
        """The statement for this connection."""
        return self._statements[connection.dialect.name]


def fit(column: InstrumentedAttribute[Any], text: str) -> str:
    """``text`` cut to the column's length, without the NUL that PostgreSQL does not store."""
    return text.replace("\x00", "")[: column.type.length]
