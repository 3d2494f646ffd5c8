"""Who rang a campaign's line, and what became of it, for people to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, select

from db.models import Attempt, Campaign, CampaignContact
from db.rings import Ring
from db.session import Database
from dialer.core.missed_calls import RingResult
from dialer.store.access import Access

MOST_RINGS = 20


@dataclass(frozen=True, slots=True)
class LineCalls:
    """Rings by result, of ``people`` different numbers; ``called_back``: wishes after which we called.

    ``to_call``: wishes that still wait for their call.
    """

    results: Mapping[RingResult, int] = field(default_factory=dict)
    people: int = 0
    called_back: int = 0
    to_call: int = 0

    @property
    def rang(self) -> int:
        """All rings."""
        return sum(self.results.values())

    @property
    def refused(self) -> Mapping[RingResult, int]:
        """Those of people who do not get what they wanted, most first."""
        refused = [(result, count) for result, count in self.results.items() if result.refused]
        return dict(sorted(refused, key=lambda each: -each[1]))


@dataclass(frozen=True, slots=True)
class RingStory:
    """One ring. ``campaign`` is empty when no campaign had the line."""

    at: float
    line: str
    campaign: str
    result: RingResult


class RingBook:
    """Reads of one database."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def of_campaign(self, campaign_id: int, since: float = 0.0) -> LineCalls:
        """Rings of the campaign's line since a time."""
        return await self._line_calls(and_(Ring.campaign_id == campaign_id, Ring.at >= since))

    async def by_campaign(self, since: float, until: float) -> Mapping[str, LineCalls]:
        """Rings within ``[since, until)`` by the name of the campaign, empty for lines that none had.

        ``called_back`` counts calls that were placed before ``until``.
        """
        here = and_(Ring.at >= since, Ring.at < until)
        names = select(Ring.campaign_id, Campaign.name).outerjoin(Campaign, Campaign.id == Ring.campaign_id)
        async with self._access.reading() as connection:
            found = (await connection.execute(names.where(here).distinct())).all()
        return {
            name or "": await self._line_calls(and_(Ring.campaign_id.is_not_distinct_from(id_), here), until)
            for id_, name in found
        }

    async def _line_calls(self, here: ColumnElement[bool], until: float | None = None) -> LineCalls:
        dialled = exists().where(
            Attempt.contact_id == Ring.contact_id, Attempt.campaign_id == Ring.campaign_id,
            Attempt.inbound.is_(False), Attempt.dialled_at >= Ring.at,
            *([] if until is None else [Attempt.dialled_at < until]),
        )  # fmt: skip
        waits = exists().where(
            CampaignContact.contact_id == Ring.contact_id, CampaignContact.campaign_id == Ring.campaign_id,
            CampaignContact.state != "done",
        )  # fmt: skip
        wish = Ring.result == RingResult.CALL_BACK.value
        called = func.count(case((and_(wish, dialled), 1)))
        to_call = func.count(case((and_(wish, waits, not_(dialled)), 1)))
        by_result = select(Ring.result, func.count(), called, to_call).where(here).group_by(Ring.result)
        people = select(func.count(Ring.phone.distinct())).where(here, Ring.phone != "")
        async with self._access.reading() as connection:
            rows = (await connection.execute(by_result)).all()
            return LineCalls(
                {RingResult(row[0]): row[1] for row in rows},
                await connection.scalar(people) or 0,
                sum(row[2] for row in rows),
                sum(row[3] for row in rows),
            )

    async def of_person(self, phone: str) -> Sequence[RingStory]:
        """What this number (E.164) rang, newest first, at most ``MOST_RINGS``."""
        query = (
            select(Ring.at, Ring.line, func.coalesce(Campaign.name, ""), Ring.result)
            .outerjoin(Campaign, Campaign.id == Ring.campaign_id)
            .where(Ring.phone == phone)
            .order_by(Ring.at.desc())
            .limit(MOST_RINGS)
        )
        async with self._access.reading() as connection:
            rows = await connection.execute(query)
            return [RingStory(at, line, name, RingResult(result)) for at, line, name, result in rows]
