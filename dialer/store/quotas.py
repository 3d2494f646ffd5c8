"""How far a campaign's quotas are, in SQL: one statement, whose work grows with what is complete."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
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

_COUNTS = ("complete", "under_way", "answered", "latest", "latest_answered", "latest_complete")
_ONE: ColumnElement[int] = literal_column("1")
_of_campaign: ColumnElement[int] = bindparam("campaign")


def _counting(contact_id: Any, **counted: Any) -> Select[*tuple[Any, ...]]:
    columns = [contact_id.label("contact_id")]
    columns += [counted.get(name, literal_column("0")).label(name) for name in _COUNTS]
    return select(*columns)


def _if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, _ONE), else_=literal_column("0"))


def _standings() -> Select[*tuple[Any, ...]]:
    complete = CampaignContact.complete_at.is_not(None)
    latest = (
        select(Attempt.contact_id, Attempt.answered_at)
        .where(Attempt.campaign_id == _of_campaign, Attempt.ended_at.is_not(None))
        .order_by(Attempt.claimed_at.desc())
        .limit(literal_column(str(LATEST_CALLS)))
        .subquery()
    )
    own = CampaignContact.campaign_id == _of_campaign
    people = union_all(
        _counting(CampaignContact.contact_id, complete=_ONE).where(own, complete),
        # Not by the index of the campaign's attempts, which are many: open ones are few.
        _counting(Attempt.contact_id, under_way=_ONE, answered=_if(Attempt.answered_at.is_not(None))).where(
            Attempt.campaign_id + 0 == _of_campaign, Attempt.ended_at.is_(None)
        ),
        _counting(
            latest.c.contact_id,
            latest=_ONE,
            latest_answered=_if(latest.c.answered_at.is_not(None)),
            latest_complete=_if(complete),
        )
        .join(CampaignContact, CampaignContact.contact_id == latest.c.contact_id)
        .where(own),
    ).subquery()
    alike = (Contact.constituency, Contact.language, Contact.kind)
    sums = (func.sum(people.c[name]).label(name) for name in _COUNTS)
    return select(*alike, *sums).join(Contact, Contact.id == people.c.contact_id).group_by(*alike)


_STANDINGS = _standings()


def read_standings(connection: Connection, campaign: Campaign) -> Standings:
    """How far each quota is now; 1 ms and another for each thousand complete interviews."""
    rows = connection.execute(_STANDINGS, {"campaign": campaign.id})
    return Standings(campaign.quotas, [Alike(*row) for row in rows])


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
