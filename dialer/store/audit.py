"""The audit log read: who looked at or changed what, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from db.models import Audit
from db.session import Database
from dialer.store.access import Access


@dataclass(frozen=True, slots=True)
class AuditWish:
    """Which lines; what is empty does not narrow. ``since`` and ``until``: epoch seconds, ``until`` excluded.

    ``action`` and ``subject`` are beginnings: ``person`` finds ``person reveal`` and ``person change``.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: float | None = None
    until: float | None = None
    most: int = 100


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of the log. ``at``: epoch seconds."""

    id: int
    at: float
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]


async def audit_lines(database: Database, wanted: AuditWish) -> Sequence[AuditLine]:
    """The newest first."""
    query = select(Audit.id, Audit.at, Audit.actor, Audit.action, Audit.subject, Audit.detail)
    if wanted.actor:
        query = query.where(Audit.actor == wanted.actor)
    for column, text in ((Audit.action, wanted.action), (Audit.subject, wanted.subject)):
        if text:
            query = query.where(column.startswith(text, autoescape=True))
    if wanted.since is not None:
        query = query.where(Audit.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Audit.at < wanted.until)
    async with Access(database).reading() as connection:
        rows = await connection.execute(query.order_by(Audit.at.desc(), Audit.id.desc()).limit(wanted.most))
        return [AuditLine(*row) for row in rows]
