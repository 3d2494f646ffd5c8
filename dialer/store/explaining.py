"""What happened to a contact and to a campaign, for explanations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, or_, select

from db.models import (
    Attempt,
    AttemptEvent,
    Campaign,
    CampaignContact,
    Operator,
    PacingDecision,
    Refusal,
    Suppression,
)
from db.session import Database
from dialer.core.model import DialPolicy, Outcome, PastAttempt
from dialer.core.rules import history_horizon_s
from dialer.store.access import Access

MOST_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """One line of an attempt's story."""

    at: float
    event: str
    detail: str


@dataclass(frozen=True, slots=True)
class AttemptStory:
    """An attempt from claim to end. ``cause`` is Q.850, ``tech_cause`` the SIP status."""

    id: str
    campaign: str
    number: int
    claimed_at: float
    ended_at: float | None
    outcome: Outcome | None
    cause: int | None
    tech_cause: int | None
    trunk: str
    seat: int | None
    operator: str | None
    note: str
    events: tuple[StoryEvent, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A contact's place in a campaign's queue. ``refusal``: the rule that said no last, at ``refused_at``."""

    campaign: str
    state: str
    next_at: float
    attempts: int
    last_outcome: str | None
    refusal: str | None
    refused_at: float | None
    done_why: str | None


@dataclass(frozen=True, slots=True)
class DecisionStory:
    """A pacing decision that was kept."""

    at: float
    dials: int
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class WaitingRefused:
    """Contacts that wait because a rule refused them; ``next_at``: the earliest new try."""

    reason: str
    contacts: int
    next_at: float


class Explaining:
    """Reads of one database."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def suppressed_since(self, phone: str) -> float | None:
        """Since when the number is on the suppression list; it need not be a contact's."""
        query = select(Suppression.created_at).where(
            Suppression.phone == phone, Suppression.lifted_at.is_(None)
        )
        async with self._access.reading() as connection:
            since: float | None = await connection.scalar(query)
        return since

    async def places(self, contact_id: int) -> Sequence[Place]:
        """Where the contact stands in each campaign, newest campaign first."""
        own = CampaignContact
        # The place itself forgets a refusal at the next claim, and hears of none that did not move it.
        last = (
            select(Refusal.campaign_id, Refusal.reason, Refusal.last_at)
            .where(Refusal.contact_id == contact_id)
            .order_by(Refusal.campaign_id, Refusal.last_at.desc(), Refusal.reason)
        )
        query = (
            select(
                Campaign.id,
                Campaign.name,
                own.state,
                own.next_at,
                own.attempts,
                own.last_outcome,
                own.done_why,
            )
            .join(Campaign, Campaign.id == own.campaign_id)
            .where(own.contact_id == contact_id)
            .order_by(Campaign.id.desc())
        )
        async with self._access.reading() as connection:
            never: tuple[str | None, float | None] = (None, None)
            refused: dict[int, tuple[str | None, float | None]] = {}
            for campaign_id, reason, at in await connection.execute(last):
                refused.setdefault(campaign_id, (reason, at))
            return [
                Place(
                    row.name,
                    row.state,
                    row.next_at,
                    row.attempts,
                    row.last_outcome,
                    *refused.get(row.id, never),
                    row.done_why,
                )
                for row in await connection.execute(query)
            ]

    async def attempts(self, contact_id: int, campaign_id: int | None = None) -> Sequence[AttemptStory]:
        """The contact's latest attempts with their events, newest first, at most ``MOST_ATTEMPTS``."""
        query = (
            select(Attempt, Campaign.name.label("campaign"), Operator.name.label("operator"))
            .join(Campaign, Campaign.id == Attempt.campaign_id)
            .outerjoin(Operator, Operator.id == Attempt.operator_id)
            .where(Attempt.contact_id == contact_id)
            .order_by(Attempt.claimed_at.desc())
            .limit(MOST_ATTEMPTS)
        )
        if campaign_id is not None:
            query = query.where(Attempt.campaign_id == campaign_id)
        async with self._access.reading() as connection:
            rows = (await connection.execute(query)).all()
            told = AttemptEvent
            events = (
                select(told.attempt_id, told.at, told.event, told.detail)
                .where(told.attempt_id.in_([row.id for row in rows]))
                .order_by(told.at, told.id)
            )
            by_attempt: dict[str, list[StoryEvent]] = {}
            for attempt_id, at, event, detail in await connection.execute(events):
                by_attempt.setdefault(attempt_id, []).append(StoryEvent(at, event, detail))
        return [_story(row, by_attempt.get(row.id, [])) for row in rows]

    async def history(
        self, contact_id: int, campaign_id: int, policy: DialPolicy, now: float
    ) -> Sequence[PastAttempt]:
        """What ``may_dial`` must know of the contact's past."""
        since = now - history_horizon_s(policy) - 86_400
        query = select(
            func.coalesce(Attempt.ended_at, Attempt.claimed_at), Attempt.campaign_id, Attempt.outcome
        ).where(
            Attempt.contact_id == contact_id,
            or_(Attempt.campaign_id == campaign_id, Attempt.claimed_at >= since),
            or_(Attempt.inbound.is_(False), Attempt.ended_at.is_(None)),
        )
        async with self._access.reading() as connection:
            return [
                PastAttempt(at, of_campaign, None if outcome is None else Outcome(outcome))
                for at, of_campaign, outcome in await connection.execute(query)
            ]

    async def decisions(self, campaign_id: int, limit: int) -> Sequence[DecisionStory]:
        """The last pacing decisions, newest first."""
        made = PacingDecision
        query = (
            select(made.at, made.dials, made.code, made.text)
            .where(made.campaign_id == campaign_id)
            .order_by(made.at.desc(), made.id.desc())
            .limit(limit)
        )
        async with self._access.reading() as connection:
            return [DecisionStory(*row) for row in await connection.execute(query)]

    async def waiting_refused(self, campaign_id: int) -> Sequence[WaitingRefused]:
        """Who waits now because of which rule, most first."""
        own = CampaignContact
        query = (
            select(own.refusal, func.count().label("contacts"), func.min(own.next_at))
            .where(own.campaign_id == campaign_id, own.state == "waiting", own.refusal.is_not(None))
            .group_by(own.refusal)
            .order_by(func.count().desc())
        )
        async with self._access.reading() as connection:
            rows = await connection.execute(query)
            return [WaitingRefused(reason or "", contacts, next_at) for reason, contacts, next_at in rows]


def _story(row: Row[*tuple[Any, ...]], events: Sequence[StoryEvent]) -> AttemptStory:
    return AttemptStory(
        id=row.id,
        campaign=row.campaign,
        number=row.number_of_attempt,
        claimed_at=row.claimed_at,
        ended_at=row.ended_at,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        cause=row.cause,
        tech_cause=row.tech_cause,
        trunk=row.trunk,
        seat=row.seat,
        operator=row.operator,
        note=row.note,
        events=tuple(events),
    )
