"""What an operator should know of the person on the line beyond the call itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from db.models import Attempt, Campaign, Disposition
from db.session import Database
from dialer.store.access import Access
from dialer.store.call_words import words_of

MOST_TALKS: Final = 3


@dataclass(frozen=True, slots=True)
class EarlierTalk:
    """A call that the person answered. ``at``: UTC epoch seconds; ``disposition``: its code, or empty.

    ``notes``: of all operators who spoke in it, one under the other.
    """

    at: float
    campaign: str
    outcome: str
    disposition: str
    notes: str


async def terms_of(database: Database, campaign_id: int) -> tuple[float | None, Mapping[str, Any]]:
    """How long operators of a campaign may write after a call, and what they say; nothing when unknown."""
    query = select(Campaign.wrap_up_s, Campaign.script).where(Campaign.id == campaign_id)
    row = await Access(database).query(lambda connection: connection.execute(query).one_or_none())
    return (None, {}) if row is None else (row.wrap_up_s, row.script or {})


async def earlier_talks(database: Database, contact_id: int, attempt_id: str) -> list[EarlierTalk]:
    """The last answered calls of a contact before ``attempt_id``, newest first."""
    query = (
        select(Attempt.id, Attempt.answered_at, Attempt.outcome, Campaign.name, Disposition.code)
        .join(Campaign, Campaign.id == Attempt.campaign_id)
        .outerjoin(Disposition, Disposition.attempt_id == Attempt.id)
        .where(Attempt.contact_id == contact_id, Attempt.id != attempt_id, Attempt.answered_at.is_not(None))
        .order_by(Attempt.claimed_at.desc())
        .limit(MOST_TALKS)
    )

    def work(connection: Connection) -> list[EarlierTalk]:
        rows = connection.execute(query).all()
        words = words_of(connection, [row.id for row in rows])
        return [
            EarlierTalk(row.answered_at, row.name, row.outcome or "", row.code or "", words.get(row.id, ""))
            for row in rows
        ]

    return await Access(database).query(work)
