"""The audit log: who looked at personal data or changed anything. It holds no telephone numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Audit


async def audit(
    connection: AsyncConnection,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any],
    at: float,
) -> None:
    """Add a line in the caller's transaction: the deed and its trace are stored together or not at all.

    ``action`` is ``noun verb``; ``subject`` is a name or ``contact ID``, cut at 80 characters; ``at`` is
    epoch seconds. Numbers go in masked or as the contact's id, so that an erased person leaves none here.
    """
    await connection.execute(
        insert(Audit).values(
            at=at, actor=actor[:80], action=action[:40], subject=subject[:80], detail=dict(detail)
        )
    )
