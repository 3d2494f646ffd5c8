"""Everything that is known of one contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import (
    Answer,
    Attempt,
    Campaign,
    CampaignContact,
    Contact,
    ContactList,
    Disposition,
    ListMember,
    Operator,
    Suppression,
    Survey,
    SurveyVersion,
)
from db.session import Database
from dialer.core.people import KnownPerson
from dialer.core.words import N_
from dialer.errors import NotFoundError
from dialer.store.access import Access, AuditEntry, write_audit
from dialer.store.contacts import KNOWN_COLUMNS, known_person

MAX_ATTEMPTS: Final = 50
"""The latest ones; attempt limits keep a contact far below."""


@dataclass(frozen=True, slots=True)
class OnList:
    """A list the contact stands on, and for what its people may be called."""

    name: str
    purpose: str
    source: str
    consent: str


@dataclass(frozen=True, slots=True)
class SuppressedSince:
    """The number is on the suppression list."""

    at: float
    source: str
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class InCampaign:
    """The contact's place in a campaign. ``refusal``: the rule that said no last."""

    campaign: str
    campaign_state: str
    state: str
    attempts: int
    next_at: float
    last_outcome: str | None
    refusal: str | None
    done_why: str | None


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """One attempt. ``talk_s``: from being joined to the end, None when nobody was joined."""

    id: str
    campaign: str
    at: float
    outcome: str | None
    talk_s: float | None
    operator: str | None
    disposition: str | None


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What the person answered. ``erased_at``: it was a voice, whose sound was deleted then."""

    survey: str
    version: int
    question: str
    value: str
    via: str
    at: float
    erased_at: float | None = None
    erased_why: str | None = None


@dataclass(frozen=True, slots=True)
class ContactStory:
    """A contact with all that belongs to it; ``calls`` newest first, at most ``MAX_ATTEMPTS``."""

    person: KnownPerson
    created_at: float
    suppressed: SuppressedSince | None
    lists: Sequence[OnList]
    campaigns: Sequence[InCampaign]
    calls: Sequence[PlacedCall]
    answers: Sequence[GivenAnswer]


_NOBODY: Final = N_("no contact has this number or id; see `dialer contacts list`")


class ContactStories:
    """Looks contacts up one at a time; every look is in the audit log.

    Raises ``StoreBusy`` when the database is locked or away.
    """

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def id_of(self, *, phone: str = "", contact_id: int = 0) -> int:
        """The id of the contact with that E.164 number or id."""
        async with self._access.reading() as connection:
            found = await connection.scalar(select(Contact.id).where(_who(phone, contact_id)))
        if found is None:
            raise NotFoundError(_NOBODY)
        return found

    async def tell(
        self, *, phone: str = "", contact_id: int = 0, by: str, now: float, revealed: bool
    ) -> ContactStory:
        """The story of the contact with that E.164 number or id; ``revealed``: its number is shown whole."""
        who = _who(phone, contact_id)
        async with self._access.reading() as connection:
            row = (await connection.execute(select(*KNOWN_COLUMNS, Contact.created_at).where(who))).first()
            if row is None:
                raise NotFoundError(_NOBODY)
            story = await _story(connection, known_person(row), row.created_at)
        entry = AuditEntry(now, by, "contact show", f"contact {row.id}", {"revealed": revealed})
        await self._access.transact(lambda writing: write_audit(writing, entry))
        return story


def _who(phone: str, contact_id: int) -> ColumnElement[bool]:
    return Contact.phone == phone if phone else Contact.id == contact_id


async def _story(connection: AsyncConnection, person: KnownPerson, created_at: float) -> ContactStory:
    return ContactStory(
        person=person,
        created_at=created_at,
        suppressed=await _suppressed(connection, person.phone),
        lists=await _lists(connection, person.id),
        campaigns=await _campaigns(connection, person.id),
        calls=await _calls(connection, person.id),
        answers=await _answers(connection, person.id),
    )


async def _suppressed(connection: AsyncConnection, phone: str) -> SuppressedSince | None:
    query = select(
        Suppression.created_at, Suppression.source, Suppression.note, Suppression.created_by
    ).where(Suppression.phone == phone, Suppression.lifted_at.is_(None))
    row = (await connection.execute(query)).first()
    return SuppressedSince(*row) if row else None


async def _lists(connection: AsyncConnection, contact_id: int) -> list[OnList]:
    query = (
        select(ContactList.name, ContactList.purpose, ContactList.source, ContactList.consent)
        .join(ListMember, ListMember.list_id == ContactList.id)
        .where(ListMember.contact_id == contact_id)
        .order_by(ContactList.name)
    )
    return [OnList(*row) for row in await connection.execute(query)]


async def _campaigns(connection: AsyncConnection, contact_id: int) -> list[InCampaign]:
    query = (
        select(
            Campaign.name,
            Campaign.state.label("campaign_state"),
            CampaignContact.state,
            CampaignContact.attempts,
            CampaignContact.next_at,
            CampaignContact.last_outcome,
            CampaignContact.refusal,
            CampaignContact.done_why,
        )
        .join(CampaignContact, CampaignContact.campaign_id == Campaign.id)
        .where(CampaignContact.contact_id == contact_id)
        .order_by(Campaign.id.desc())
    )
    return [InCampaign(*row) for row in await connection.execute(query)]


async def _calls(connection: AsyncConnection, contact_id: int) -> list[PlacedCall]:
    query = (
        select(
            Attempt.id,
            Campaign.name.label("campaign"),
            Attempt.claimed_at,
            Attempt.dialled_at,
            Attempt.joined_at,
            Attempt.ended_at,
            Attempt.outcome,
            Operator.username,
            Disposition.code,
        )
        .join(Campaign, Campaign.id == Attempt.campaign_id)
        .outerjoin(Operator, Operator.id == Attempt.operator_id)
        .outerjoin(Disposition, Disposition.attempt_id == Attempt.id)
        .where(Attempt.contact_id == contact_id)
        .order_by(Attempt.claimed_at.desc())
        .limit(MAX_ATTEMPTS)
    )
    return [_call(row) for row in await connection.execute(query)]


def _call(row: Row[*tuple[Any, ...]]) -> PlacedCall:
    joined = row.joined_at is not None and row.ended_at is not None
    return PlacedCall(
        id=row.id,
        campaign=row.campaign,
        at=row.dialled_at if row.dialled_at is not None else row.claimed_at,
        outcome=row.outcome,
        talk_s=row.ended_at - row.joined_at if joined else None,
        operator=row.username,
        disposition=row.code,
    )


async def _answers(connection: AsyncConnection, contact_id: int) -> list[GivenAnswer]:
    query = (
        select(
            Survey.name,
            SurveyVersion.version,
            Answer.question,
            Answer.value,
            Answer.via,
            Answer.answered_at,
            Answer.erased_at,
            Answer.erased_why,
        )
        .join(SurveyVersion, SurveyVersion.id == Answer.survey_version_id)
        .join(Survey, Survey.id == SurveyVersion.survey_id)
        .where(Answer.contact_id == contact_id)
        .order_by(Answer.answered_at)
    )
    return [GivenAnswer(*row) for row in await connection.execute(query)]
