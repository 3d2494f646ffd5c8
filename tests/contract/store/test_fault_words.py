"""Which driver errors pass by themselves, and how they are told."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from dialer.errors import StoreBusy
from dialer.store.faults import as_store_error

SQLITE = make_url("sqlite+aiosqlite:////srv/sampark.sqlite3")
POSTGRES = make_url("postgresql+asyncpg://office:secret@db.example/sampark")


class PostgresFault(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__("it went wrong\nDETAIL: Key (phone)=(+919876543210)")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "words"),
    [
        ("40P01", "locked"),
        ("40001", "locked"),
        ("55P03", "locked"),
        ("53100", "no room left"),
        ("53300", "does not answer"),
        ("57P01", "does not answer"),
        ("57P03", "does not answer"),
        ("08006", "does not answer"),
        ("23505", None),
        ("42P01", None),
    ],
)
def test_postgresql_says_by_its_state_whether_to_try_again(sqlstate: str, words: str | None) -> None:
    fault = as_store_error(DBAPIError("SELECT 1", {}, PostgresFault(sqlstate)), POSTGRES)
    assert isinstance(fault, StoreBusy) == (words is not None)
    assert (words or "refused a statement: it went wrong") in str(fault)
    assert "sampark at db.example" in str(fault)
    assert "secret" not in str(fault) and "9876543210" not in str(fault)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("database is locked", "locked"),
        ("database table is locked: attempt", "locked"),
        ("database or disk is full", "no room left"),
        ("disk I/O error", "does not answer"),
        ("unable to open database file", "does not answer"),
        ("no such table: attempt", None),
    ],
)
def test_sqlite_says_it_in_words(message: str, words: str | None) -> None:
    fault = as_store_error(OperationalError("SELECT 1", {}, sqlite3.OperationalError(message)), SQLITE)
    assert isinstance(fault, StoreBusy) == (words is not None)
    assert (words or message) in str(fault)
    assert "/srv/sampark.sqlite3" in str(fault)


@pytest.mark.parametrize(
    "fault", [ConnectionRefusedError(111, "refused"), InterfaceError("SELECT 1", {}, Exception("closed"))]
)
def test_a_lost_connection_is_busy(fault: Exception) -> None:
    assert isinstance(as_store_error(fault, POSTGRES), StoreBusy)
