"""Statements that SQLite and PostgreSQL share beyond the standard, and text that fits its column."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    String,
    any_,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute

Column = InstrumentedAttribute

Upsert = Any
"""An INSERT with ``on_conflict_do_nothing`` and ``on_conflict_do_update``, the same in both dialects."""

WAITING: ColumnElement[str] = literal_column("'waiting'")
"""A literal, not a parameter: only so does the planner know that the index of waiting contacts serves."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What statements are built with.

    A parameter may hold many values at once, whatever their number, so that the statement is prepared once;
    ``many`` makes one. ``among(column, name)``: the column is one of the parameter's values.
    ``rows(columns)``: columns beside each other, each from the parameter of its name with an ``s``.
    ``json_list``: its arguments as one JSON value; ``json_all``: the values of all rows as one.
    """

    insert: Callable[[Any], Upsert]
    among: Callable[[Column[Any], str], ColumnElement[bool]]
    rows: Callable[[Sequence[Column[Any]]], Sequence[ColumnElement[Any]]]
    many: Callable[[Sequence[Any]], Any]
    json_list: Callable[..., ColumnElement[Any]]
    json_all: Callable[..., ColumnElement[Any]]


def _in_json(column: Column[Any], name: str) -> ColumnElement[bool]:
    values = func.json_each(bindparam(name, type_=String())).table_valued("value")
    return column.in_(select(values.c.value))


def _in_array(column: Column[Any], name: str) -> ColumnElement[bool]:
    return column == any_(bindparam(name, type_=ARRAY(column.type)))


def _json_rows(columns: Sequence[Column[Any]]) -> Sequence[ColumnElement[Any]]:
    first, *others = columns
    each = func.json_each(bindparam(f"{first.key}s", type_=String())).table_valued("key", "value")
    path = literal_column("'$['").concat(each.c.key).concat(literal_column("']'"))
    beside = [func.json_extract(bindparam(f"{column.key}s", type_=String()), path) for column in others]
    return [each.c.value, *beside]


def _array_rows(columns: Sequence[Column[Any]]) -> Sequence[ColumnElement[Any]]:
    arrays = [bindparam(f"{column.key}s", type_=ARRAY(column.type)) for column in columns]
    return list(func.unnest(*arrays).table_valued(*[column.key for column in columns]).render_derived().c)


DIALECTS: Mapping[str, Dialect] = {
    "sqlite": Dialect(
        sqlite.insert, _in_json, _json_rows, json.dumps, func.json_array, func.json_group_array
    ),
    "postgresql": Dialect(
        postgresql.insert, _in_array, _array_rows, list, func.json_build_array, func.json_agg
    ),
}


class PerDialect:
    """A statement, built once for each dialect that wants it: a process speaks to one kind of database."""

    def __init__(self, build: Callable[[Dialect], Any]) -> None:
        self._build = build
        self._built: dict[str, Any] = {}

    def on(self, connection: Connection) -> Any:
        """The statement for this connection."""
        return self.of(connection.dialect.name)

    def of(self, dialect: str) -> Any:
        """The statement for a dialect."""
        built = self._built.get(dialect)
        if built is None:
            built = self._built[dialect] = self._build(DIALECTS[dialect])
        return built


def many(connection: Connection, values: Sequence[Any]) -> Any:
    """The parameter for ``among``."""
    return DIALECTS[connection.dialect.name].many(values)


def fit(column: Column[Any], text: str) -> str:
    """``text`` cut to the column's length, without the NUL that PostgreSQL does not store."""
    return text.replace("\x00", "")[: _length(column)]


@cache
def _length(column: Column[Any]) -> int | None:
    length: int | None = column.type.length
    return length
