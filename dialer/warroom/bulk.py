"""Many rows into one table at once: COPY on PostgreSQL, one prepared statement on SQLite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.util import await_only

from db.base import Base


def insert_rows(connection: Connection, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """In the caller's transaction. Columns that a row leaves out get the table's defaults."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
    else:
        connection.execute(insert(table), list(rows))


def insert_numbered(
    connection: Connection, table: type[Base], rows: Sequence[Mapping[str, Any]]
) -> Sequence[int]:
    """As ``insert_rows``; returns the new ids in the order of the rows."""
    numbered: Any = table
    if connection.dialect.name != "postgresql":
        made = connection.scalars(
            insert(table).returning(numbered.id, sort_by_parameter_order=True), list(rows)
        )
        return made.all()
    series = func.generate_series(1, len(rows)).table_valued("value")
    ids = connection.scalars(select(func.nextval(f"{table.__tablename__}_id_seq")).select_from(series)).all()
    _copy(connection, table, [{**row, "id": id_} for row, id_ in zip(rows, ids, strict=True)])
    return ids


def _copy(connection: Connection, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    defaults = {
        column.name: column.default.arg if column.default is not None else None
        for column in table.__table__.columns
        if column.name != "id" or "id" in rows[0]
    }
    records = [tuple(row.get(name, default) for name, default in defaults.items()) for row in rows]
    driver: Any = connection.connection.driver_connection
    await_only(driver.copy_records_to_table(table.__tablename__, records=records, columns=list(defaults)))
