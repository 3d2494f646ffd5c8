"""What the port reads in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, or_, select

from db.models import (
    Answer,
    Attempt,
    AttemptEvent,
    ContactList,
    SpooledRecord,
    Suppression,
)
from db.models import Campaign as CampaignTable
from db.models import Contact as ContactTable
from dialer.core.model import (
    Campaign,
    CampaignKind,
    CampaignState,
    ClaimedAttempt,
    Contact,
    Outcome,
    PacingMode,
    Window,
)
from dialer.core.quotas import quotas_of
from dialer.store.dialects import PerDialect, many
from dialer.store.direct import fetch
from dialer.store.port import (
    SURVEY_STARTED,
    LiveAnswers,
    OpenAttempt,
)

LONGEST_UNANSWERED_S = 3600.0
"""No call rings that long: an answer after a time belongs to an attempt claimed at most this long before."""

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]

ACTIVE = (CampaignState.RUNNING.value, CampaignState.PAUSED.value, CampaignState.STOPPING.value)
_CAMPAIGNS = select(CampaignTable).where(CampaignTable.state.in_(ACTIVE)).order_by(CampaignTable.id)

_SUPPRESSED = PerDialect(
    lambda dialect: select(Suppression.phone).where(
        dialect.among(Suppression.phone, "phones"), Suppression.lifted_at.is_(None)
    )
)
_DRAINED = PerDialect(
    lambda dialect: select(SpooledRecord.id).where(dialect.among(SpooledRecord.id, "records"))
)

_OPEN: AnySelect = (
    select(
        Attempt,
        ContactTable.phone,
        ContactTable.name,
        ContactTable.language,
        ContactTable.constituency,
        ContactList.purpose,
        ContactList.source,
        ContactList.consent,
        Suppression.id.label("suppression"),
        or_(
            select(AttemptEvent.id)
            .where(AttemptEvent.attempt_id == Attempt.id, AttemptEvent.event == SURVEY_STARTED)
            .exists(),
            select(Answer.id).where(Answer.attempt_id == Attempt.id).exists(),
        ).label("survey_started"),
    )
    .join(ContactTable, ContactTable.id == Attempt.contact_id)
    .join(CampaignTable, CampaignTable.id == Attempt.campaign_id)
    .join(ContactList, ContactList.id == CampaignTable.list_id)
    .outerjoin(Suppression, (Suppression.phone == ContactTable.phone) & Suppression.lifted_at.is_(None))
    .where(Attempt.ended_at.is_(None))
)
_ANSWERED: AnySelect = (
    select(Attempt.answered_at, Attempt.outcome)
    .where(
        Attempt.campaign_id == bindparam("campaign"),
        Attempt.claimed_at >= bindparam("claimed_since"),
        Attempt.inbound.is_(False),
        Attempt.answered_at >= bindparam("since"),
        or_(
            Attempt.outcome.is_(None),
            Attempt.outcome.in_([outcome.value for outcome in Outcome if outcome.answered]),
        ),
    )
    .order_by(Attempt.answered_at)
)
_OUTCOMES: AnySelect = (
    select(Attempt.outcome, func.count())
    .where(
        Attempt.campaign_id == bindparam("campaign"),
        Attempt.claimed_at >= bindparam("claimed_since"),
        Attempt.inbound.is_(False),
        Attempt.ended_at >= bindparam("since"),
        Attempt.outcome.is_not(None),
    )
    .group_by(Attempt.outcome)
)


def campaigns(connection: Connection) -> Sequence[Campaign]:
    """Campaigns that run, are paused or are stopping."""
    return [campaign(row) for row in connection.execute(_CAMPAIGNS)]


def suppressed(connection: Connection, phones: Sequence[str]) -> frozenset[str]:
    """Which numbers are on the suppression list."""
    parameters = {"phones": many(connection, phones)}
    return frozenset([phone for (phone,) in fetch(connection, _SUPPRESSED.on(connection), parameters)])


def drained(connection: Connection, record_ids: Sequence[str]) -> frozenset[str]:
    """Which records of the spool are stored."""
    parameters = {"records": many(connection, record_ids)}
    return frozenset(connection.scalars(_DRAINED.on(connection), parameters))


def open_attempts(connection: Connection) -> Sequence[OpenAttempt]:
    """Attempts without an end, oldest first."""
    # Sorted here: asked to sort, SQLite would walk all attempts ever made in the order of their ids.
    rows = sorted(connection.execute(_OPEN), key=lambda row: (row.claimed_at, row.id))
    return [_open_attempt(row) for row in rows]


def live_answers(connection: Connection, campaign_id: int, since: float) -> LiveAnswers:
    """When people answered, and those of them who were abandoned."""
    rows = connection.execute(_ANSWERED, _since(campaign_id, since)).all()
    return LiveAnswers(
        tuple(at for at, _outcome in rows),
        tuple(at for at, outcome in rows if outcome == Outcome.ABANDONED.value),
    )


def outcomes_since(
    connection: Connection, campaign_id: int, since: float
) -> Mapping[str, int]:
    """Ended attempts per outcome."""
    rows = connection.execute(_OUTCOMES, _since(campaign_id, since))
    return {outcome: count for outcome, count in rows}


def campaign(row: AnyRow) -> Campaign:
    """A campaign from a row with all columns of its table."""
    return Campaign(
        id=row.id,
        name=row.name,
        kind=CampaignKind(row.kind),
        state=CampaignState(row.state),
        purpose=row.purpose,
        trunk=row.trunk,
        caller_id=row.caller_id,
        promotional=row.promotional,
        window=Window(row.window_start_minute, row.window_end_minute),
        mode=PacingMode(row.mode),
        dial_ratio=row.dial_ratio,
        abandonment_cap=row.abandonment_cap,
        ring_s=row.ring_s,
        wrap_up_s=row.wrap_up_s,
        max_channels=row.max_channels,
        survey_version_id=row.survey_version_id,
        priority=row.priority,
        max_attempts=row.max_attempts,
        quotas=quotas_of(row.quotas) if row.quotas else (),
        line=row.line,
    )


def _since(campaign_id: int, since: float) -> dict[str, Any]:
    return {"campaign": campaign_id, "since": since, "claimed_since": since - LONGEST_UNANSWERED_S}


def _open_attempt(row: AnyRow) -> OpenAttempt:
    contact = Contact(
        id=row.contact_id,
        phone=row.phone,
        name=row.name,
        language=row.language,
        constituency=row.constituency,
        list_purpose=row.purpose,
        list_source=row.source,
        list_consent=row.consent,
        suppressed=row.suppression is not None,
    )
    ids = row.id, row.campaign_id, contact, row.claimed_at
    claimed = ClaimedAttempt(*ids, row.number_of_attempt, inbound=row.inbound)
    return OpenAttempt(
        claimed,
        row.dialled_at,
        row.answered_at,
        row.joined_at,
        row.seat,
        row.operator_id,
        bool(row.survey_started),
    )
