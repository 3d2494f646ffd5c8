"""How far a campaign's quotas are, in SQL, and who comes back when one is raised."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from db.models import Attempt, CampaignContact, Contact
from dialer.core.model import Campaign, Quota, QuotaBy, RefusalReason
from dialer.core.quotas import LATEST_CALLS, Alike, Standings
from dialer.store.dialects import Dialect, PerDialect

_COUNTS = ("complete", "under_way", "answered", "latest", "latest_answered", "latest_complete")
_ONE: ColumnElement[int] = literal_column("1")
_of_campaign: ColumnElement[int] = bindparam("campaign")


def told_apart(dialect: Dialect, contact_id: Any) -> ColumnElement[str]:
    """All of a contact that quotas tell apart, as JSON text: constituency, language, kind.

    A subquery, found by the contact's id: of a join PostgreSQL may think it best to read all contacts.
    """
    alike = cast(dialect.json_list(Contact.constituency, Contact.language, Contact.kind), String)
    return select(alike).where(Contact.id == contact_id).scalar_subquery()


def _counting(alike: Any, **counted: Any) -> Select[*tuple[Any, ...]]:
    counts = [counted.get(name, literal_column("0")).label(name) for name in _COUNTS]
    return select(alike.label("alike"), *counts)


def _if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, _ONE), else_=literal_column("0"))


def _standings(dialect: Dialect) -> Select[*tuple[Any, ...]]:
    own, complete_as = CampaignContact.campaign_id == _of_campaign, CampaignContact.complete_as
    latest = (
        select(Attempt.contact_id, Attempt.answered_at)
        .where(Attempt.campaign_id == _of_campaign, Attempt.ended_at.is_not(None))
        .order_by(Attempt.claimed_at.desc())
        .limit(literal_column(str(LATEST_CALLS)))
        .subquery()
    )
    people = union_all(
        _counting(complete_as, complete=func.count())
        .where(own, complete_as.is_not(None))
        .group_by(complete_as),
        # Not by the index of the campaign's attempts, which are many: open ones are few.
        _counting(
            told_apart(dialect, Attempt.contact_id),
            under_way=_ONE,
            answered=_if(Attempt.answered_at.is_not(None)),
        ).where(Attempt.campaign_id + 0 == _of_campaign, Attempt.ended_at.is_(None)),
        _counting(
            told_apart(dialect, latest.c.contact_id),
            latest=_ONE,
            latest_answered=_if(latest.c.answered_at.is_not(None)),
            latest_complete=_if(complete_as.is_not(None)),
        )
        .join(CampaignContact, CampaignContact.contact_id == latest.c.contact_id)
        .where(own),
    ).subquery()
    sums = (cast(func.sum(people.c[name]), Integer) for name in _COUNTS)
    return select(people.c.alike, *sums).group_by(people.c.alike)


_STANDINGS = PerDialect(_standings)


def read_standings(connection: Connection, campaign: Campaign) -> Standings:
    """How far each quota is now."""
    rows = connection.execute(_STANDINGS.on(connection), {"campaign": campaign.id})
    return Standings(campaign.quotas, [Alike(*json.loads(alike), *counts) for alike, *counts in rows])


def bring_back(connection: Connection, campaign: Campaign) -> int:
    """Those who left because a group of theirs was full wait again, unless one still is; how many do."""
    own = CampaignContact
    left = [own.campaign_id == campaign.id, own.state == "done"]
    left.append(own.done_why == RefusalReason.QUOTA_FULL.value)
    if full := [each.quota for each in read_standings(connection, campaign).progress if each.is_full]:
        of_full = select(Contact.id).where(Contact.id == own.contact_id, or_(*map(_is_in, full)))
        left.append(~of_full.exists())
    returning = {"state": "waiting", "next_at": 0.0, "done_why": None, "refusal": None, "refused_at": None}
    return connection.execute(update(own).where(*left).values(returning)).rowcount


def _is_in(quota: Quota) -> ColumnElement[bool]:
    match quota.by:
        case QuotaBy.CONSTITUENCY:
            return Contact.constituency == int(quota.group)
        case QuotaBy.LANGUAGE:
            return Contact.language == quota.group
        case QuotaBy.KIND:
            return Contact.kind == quota.group
