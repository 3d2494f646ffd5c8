"""The office's seats as rows: as many as the settings say."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from db.models import Seat
from db.session import Database
from dialer.store.access import Access, AuditEntry, write_audit


async def add_missing_seats(database: Database, seats: int, by: str, now: float) -> int:
    """Make a row for each seat from 1 to ``seats`` that has none; returns how many were made.

    Seats above that number keep their rows: sign-ins of the past refer to them.
    """

    def work(connection: Connection) -> int:
        known = set(connection.scalars(select(Seat.number)))
        missing = [{"number": n, "label": "", "phone": "sip"} for n in range(1, seats + 1) if n not in known]
        if missing:
            connection.execute(insert(Seat), missing)
            entry = AuditEntry(now, by, "seats add", f"{len(missing)} seats", {"seats": seats})
            write_audit(connection, entry)
        return len(missing)

    return await Access(database).transact(work)
