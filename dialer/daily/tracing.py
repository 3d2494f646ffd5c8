"""A report's figures traced to single calls: each attempt of the day beside Asterisk's record of it.

Nobody who was called stands in it, neither number nor name; an attempt is known by its id alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, or_, select

from db.models import Attempt, Campaign, Contact
from db.session import Database
from dialer.campaigns.reconciling import scope_records
from dialer.config import Config
from dialer.core.model import Outcome
from dialer.daily.figures import DayReport
from dialer.store.access import Access
from dialer.store.reporting import Scope, attempts_of
from dialer.telephony.call_records import CallRecord
from dialer.warroom.tallies import day_bounds


@dataclass(frozen=True, slots=True)
class Trace:
    """An attempt, times in epoch seconds, and its call records: None when there is no witness at all.

    ``constituency`` None: not known. ``outcome`` None: its end is not written yet. ``claimed_at`` None: there
    is no such attempt, only call records that name it.
    """

    id: str
    campaign: str
    constituency: int | None
    claimed_at: float | None
    answered_at: float | None
    ended_at: float | None
    had_channel: bool
    outcome: Outcome | None
    records: Sequence[CallRecord] | None

    @property
    def agrees(self) -> bool:
        """There is one record, and it says as we do whether the call was answered.

        None is right for a call that Asterisk refused before it had a channel.
        """
        if not self.records:
            refused = self.outcome in (Outcome.TRUNK_FAULT, Outcome.CONGESTION)
            return refused and self.answered_at is None and not self.had_channel
        if self.claimed_at is None:
            return False
        answered = self.records[0].answered_at is not None
        return len(self.records) == 1 and answered is (self.answered_at is not None)


async def trace(config: Config, database: Database, report: DayReport) -> Sequence[Trace]:
    """Every attempt that the report's "calls placed" counts, in the order in which they were claimed; then
    the call records of the day that belong to no attempt.
    """
    since, until = day_bounds(report.day)
    scope = Scope(since, until, report.made_at, constituency=report.constituency)
    heard = func.coalesce(Attempt.cause, Attempt.ringing_at, Attempt.answered_at).is_not(None).label("heard")
    columns = (
        Attempt.id, Campaign.name, Contact.constituency, Attempt.claimed_at,
        Attempt.answered_at, Attempt.ended_at, heard, Attempt.outcome,
    )  # fmt: skip
    query = (
        select(*columns)
        .join(Campaign, Campaign.id == Attempt.campaign_id)
        .outerjoin(Contact, Contact.id == Attempt.contact_id)
        .where(attempts_of(scope), Attempt.inbound.is_(False))
        .where(or_(Attempt.outcome.is_(None), Attempt.outcome != Outcome.WITHDRAWN.value))
        .order_by(Attempt.claimed_at, Attempt.id)
    )
    async with Access(database).reading() as connection:
        rows = (await connection.execute(query)).all()
    ours = {row.id for row in rows}
    found = await scope_records(config, database, scope, ours)
    if found is None:
        return [_trace(row, None) for row in rows]
    strangers = [_stranger(id_, records) for id_, records in found.items() if id_ not in ours]
    return [*(_trace(row, found.get(row.id, ())) for row in rows), *strangers]


def _stranger(id_: str, records: Sequence[CallRecord]) -> Trace:
    return Trace(
        id=id_, campaign="", constituency=None, claimed_at=None, answered_at=None, ended_at=None,
        had_channel=False, outcome=None, records=records,
    )  # fmt: skip


def _trace(row: Row[*tuple[Any, ...]], records: Sequence[CallRecord] | None) -> Trace:
    return Trace(
        id=row.id,
        campaign=row.name,
        constituency=row.constituency,
        claimed_at=row.claimed_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        had_channel=bool(row.heard),
        outcome=None if row.outcome is None else Outcome(row.outcome),
        records=records,
    )
