"""Somebody calls us, in SQL: who it is, and the attempt that their call becomes."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select

from db.models import Attempt, CampaignContact, Suppression
from db.models import Campaign as CampaignTable
from db.models import Contact as ContactTable
from dialer.core.model import ClaimedAttempt, Contact
from dialer.store.dialects import Dialect, PerDialect, Upsert
from dialer.store.port import Caller
from dialer.store.sql_read import ACTIVE

_PERSON = (
    select(
        ContactTable.id, ContactTable.name, ContactTable.language, ContactTable.constituency,
        Suppression.id.label("suppression"),
    )
    .outerjoin(Suppression, (Suppression.phone == ContactTable.phone) & Suppression.lifted_at.is_(None))
    .where(ContactTable.phone == bindparam("phone"))
)  # fmt: skip
_last_call = (
    select(func.max(Attempt.claimed_at))
    .where(Attempt.contact_id == bindparam("contact"), Attempt.campaign_id == CampaignTable.id)
    .scalar_subquery()
)
_CAMPAIGNS = (
    select(CampaignTable.id)
    .join(CampaignContact, CampaignContact.campaign_id == CampaignTable.id)
    .where(CampaignContact.contact_id == bindparam("contact"), CampaignTable.state.in_(ACTIVE))
    .order_by(func.coalesce(_last_call, 0.0).desc(), CampaignTable.id.desc())
)


def _take_in(dialect: Dialect) -> Upsert:
    return (
        dialect.insert(Attempt)
        .on_conflict_do_nothing(index_elements=["contact_id"], index_where=Attempt.ended_at.is_(None))
        .returning(Attempt.id)
    )


_TAKE_IN = PerDialect(_take_in)


def caller(connection: Connection, phone: str) -> Caller | None:
    """Who has this number."""
    row = connection.execute(_PERSON, {"phone": phone}).one_or_none()
    if row is None:
        return None
    contact = Contact(
        row.id, phone, row.name, row.language, row.constituency, "", "", "", row.suppression is not None
    )
    return Caller(contact, tuple(connection.scalars(_CAMPAIGNS, {"contact": row.id})))


def take_in(connection: Connection, attempt: ClaimedAttempt, trunk: str) -> bool:
    """Write the attempt, unless the contact has another that lives."""
    row = {
        "id": attempt.id,
        "campaign_id": attempt.campaign_id,
        "contact_id": attempt.contact.id,
        "number_of_attempt": attempt.number_of_attempt,
        "trunk": trunk,
        "claimed_at": attempt.claimed_at,
        "answered_at": attempt.claimed_at,
        "inbound": True,
    }
    return connection.scalar(_TAKE_IN.on(connection), row) is not None
