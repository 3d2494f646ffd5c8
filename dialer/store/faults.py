"""What the database's drivers raise, in the words of the product."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dialer.core.words import N_
from dialer.errors import StoreBusy, StoreError

_LOCKED = N_("database {name} is locked by another program; it is tried again")
_FULL = N_("no room left for database {name}; free some disk space")
_AWAY = N_("database {name} does not answer ({why}); check that its server runs and can be reached")
_REFUSED = N_("database {name} refused a statement: {why}")

_SQLITE_WORDS = (
    ("database is locked", _LOCKED),
    ("database table is locked", _LOCKED),
    ("database or disk is full", _FULL),
    ("disk i/o error", _AWAY),
    ("unable to open database file", _AWAY),
)
# SQLSTATE classes and codes, appendix A of the PostgreSQL manual; the longest prefix that fits counts.
_SQLSTATES = {
    "08": _AWAY,  # connection exceptions
    "57P": _AWAY,  # shut down, crashed, starting
    "53": _AWAY,  # insufficient resources
    "53100": _FULL,
    "40": _LOCKED,  # deadlock, serialization failure
    "55P03": _LOCKED,
    "57014": _LOCKED,  # statement time-out
}


@contextmanager
def store_faults(url: URL) -> Iterator[None]:
    """Raise ``StoreBusy`` for what passes, ``StoreError`` for what does not; neither shows any data."""
    try:
        yield
    except (DBAPIError, PoolTimeout, OSError) as fault:
        raise as_store_error(fault, url) from fault


def as_store_error(fault: Exception, url: URL) -> StoreError:
    """The store's error for a driver's."""
    name = _name(url)
    if isinstance(fault, DBAPIError):
        why = _first_line(fault.orig or fault)
        template = _temporary(fault)
        if template is None:
            return StoreError(_REFUSED, name=name, why=why)
        return StoreBusy(template, name=name, why=why)
    return StoreBusy(_AWAY, name=name, why=_first_line(fault) or type(fault).__name__)


def _temporary(fault: DBAPIError) -> str | None:
    sqlstate = getattr(fault.orig, "sqlstate", None)
    if isinstance(sqlstate, str):
        fitting = [prefix for prefix in _SQLSTATES if sqlstate.startswith(prefix)]
        return _SQLSTATES[max(fitting, key=len)] if fitting else None
    if fault.connection_invalidated or isinstance(fault, InterfaceError):
        return _AWAY
    text = str(fault.orig).lower()
    return next((template for words, template in _SQLITE_WORDS if words in text), None)


def _first_line(fault: BaseException) -> str:
    # Later lines are details that may hold values of rows.
    return str(fault).partition("\n")[0].split(">: ")[-1][:200]


def _name(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.database} at {url.host or 'localhost'}"
