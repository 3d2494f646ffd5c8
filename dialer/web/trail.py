"""Audit lines that no request waits for: kept in order, written together, never lost to a busy database."""

from __future__ import annotations

from typing import Final

import structlog

from dialer.store.access import AuditEntry
from dialer.store.sessions import Sessions

log = structlog.get_logger("web")

MOST_KEPT: Final = 50_000


class AuditTrail:
    """A backlog of audit lines. Beyond ``MOST_KEPT`` the newest are refused, loudly."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._backlog: list[AuditEntry] = []

    def put(self, entry: AuditEntry) -> None:
        """Remember this line soon."""
        if len(self._backlog) >= MOST_KEPT:
            log.error("audit line lost, the database has been away for too long", action=entry.action)
            return
        self._backlog.append(entry)

    async def flush(self) -> None:
        """Store what has gathered; ``StoreBusy`` leaves it for the next time."""
        entries = self._backlog[:1000]
        while entries:
            await self._sessions.audit(entries)
            del self._backlog[: len(entries)]
            entries = self._backlog[:1000]
