"""Who of a campaign's list the rules let through: the numbers behind ``plan`` and ``start``.

The verdict on a contact that nobody called lately depends on its constituency and suppression alone, and on
what quotas tell apart, so such contacts are judged once per group, counted by the database; the others are
judged one by one with their history, in batches. A million untouched contacts take about as long as counting
them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Attempt, CampaignContact, ListMember, Suppression
from db.models import Contact as ContactTable
from db.session import Database
from dialer.core.model import (
    Allowed,
    Campaign,
    CampaignState,
    Contact,
    DialPolicy,
    Outcome,
    PastAttempt,
    RefusalReason,
    Refused,
    Verdict,
)
from dialer.core.rules import CampaignRules, history_horizon_s, may_campaign_dial
from dialer.store.access import Access
from dialer.store.campaigns import CampaignRecord
from dialer.store.quotas import read_standings

BATCH = 5_000

AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Selection:
    """Everyone on the list, each in exactly one place, as the rules see it at ``at``.

    ``dialable``: may be dialled at ``at``. ``later``: refused for now, with the earliest ``until`` of each
    rule in ``later_until``. ``excluded``: refused for good. ``done``: left the campaign, by why.
    """

    at: float
    total: int
    dialable: int
    later: Mapping[RefusalReason, int] = field(default_factory=dict)
    later_until: Mapping[RefusalReason, float] = field(default_factory=dict)
    excluded: Mapping[RefusalReason, int] = field(default_factory=dict)
    done: Mapping[str, int] = field(default_factory=dict)

    @property
    def not_excluded(self) -> int:
        """Contacts that are dialable now or later."""
        return self.dialable + sum(self.later.values())


class _Tally:
    def __init__(self) -> None:
        self.dialable = 0
        self.later: Counter[RefusalReason] = Counter()
        self.until: dict[RefusalReason, float] = {}
        self.excluded: Counter[RefusalReason] = Counter()

    def add(self, verdict: Verdict, count: int) -> None:
        match verdict:
            case Allowed():
                self.dialable += count
            case Refused(reason, None):
                self.excluded[reason] += count
            case Refused(reason, float() as until):
                self.later[reason] += count
                self.until[reason] = min(until, self.until.get(reason, until))


async def select_contacts(
    database: Database, record: CampaignRecord, policy: DialPolicy, now: float
) -> Selection:
    """Judge everyone on the campaign's list as if it ran.

    Outside calling hours they are judged for the next opening: ``at`` of the result says when.
    """
    campaign = replace(record.campaign, state=CampaignState.RUNNING)
    at = _verdict_time(campaign, policy, now)
    # An attempt that ended within the horizon was claimed at most hours before it ended.
    since = now - history_horizon_s(policy) - 86_400
    tally = _Tally()
    async with Access(database).reading() as connection:
        standings = await connection.run_sync(read_standings, campaign) if campaign.quotas else None
        rules = CampaignRules(campaign, policy, at, standings)
        done = {why or "": count for why, count in await connection.execute(_done(record))}
        for *alike, count in await connection.execute(_groups(record, since)):
            tally.add(rules.may_dial(_contact(record, *alike), ()), count)
        async for contact, history in _people_with_history(connection, record, since):
            tally.add(rules.may_dial(contact, history), 1)
    counted = tally.dialable + tally.later.total() + tally.excluded.total()
    return Selection(
        at=at,
        total=counted + sum(done.values()),
        dialable=tally.dialable,
        later=dict(tally.later.most_common()),
        later_until=tally.until,
        excluded=dict(tally.excluded.most_common()),
        done=done,
    )


def _verdict_time(campaign: Campaign, policy: DialPolicy, now: float) -> float:
    opening = may_campaign_dial(campaign, policy, now)
    waits = (RefusalReason.OUTSIDE_WINDOW, RefusalReason.SILENCE_PERIOD)
    if isinstance(opening, Refused) and opening.reason in waits and opening.until is not None:
        return opening.until
    return now


def _done(record: CampaignRecord) -> Select[*tuple[Any, ...]]:
    return (
        select(CampaignContact.done_why, func.count())
        .where(CampaignContact.campaign_id == record.campaign.id, CampaignContact.state == "done")
        .group_by(CampaignContact.done_why)
    )


def _members(record: CampaignRecord) -> ColumnElement[bool]:
    done = select(CampaignContact.contact_id).where(
        CampaignContact.campaign_id == record.campaign.id, CampaignContact.state == "done"
    )
    return and_(ListMember.list_id == record.list_id, ListMember.contact_id.not_in(done))


def _touched(record: CampaignRecord, since: float) -> Select[*tuple[Any, ...]]:
    return select(Attempt.contact_id).where(_matters(record, since))


def _matters(record: CampaignRecord, since: float) -> ColumnElement[bool]:
    """A call of ours that the rules may count."""
    within = or_(Attempt.claimed_at >= since, Attempt.campaign_id == record.campaign.id)
    return and_(within, Attempt.inbound.is_(False))


def _suppressed() -> ColumnElement[bool]:
    active = (
        select(ContactTable.id)
        .join(Suppression, Suppression.phone == ContactTable.phone)
        .where(Suppression.lifted_at.is_(None))
    )
    return ListMember.contact_id.in_(active)


def _groups(record: CampaignRecord, since: float) -> Select[*tuple[Any, ...]]:
    alike: list[Any] = [ContactTable.constituency, _suppressed().label("suppressed")]
    if record.campaign.quotas:
        alike += [ContactTable.language, ContactTable.kind]
    return (
        select(*alike, func.count())
        .join(ListMember, ListMember.contact_id == ContactTable.id)
        .where(_members(record), ListMember.contact_id.not_in(_touched(record, since)))
        .group_by(*alike)
    )


async def _people_with_history(
    connection: AsyncConnection, record: CampaignRecord, since: float
) -> AsyncIterator[tuple[Contact, list[PastAttempt]]]:
    query = (
        select(
            Attempt.contact_id,
            ContactTable.constituency,
            _suppressed().label("suppressed"),
            ContactTable.language,
            ContactTable.kind,
            Attempt.claimed_at,
            Attempt.ended_at,
            Attempt.campaign_id,
            Attempt.outcome,
        )
        .join(ListMember, ListMember.contact_id == Attempt.contact_id)
        .join(ContactTable, ContactTable.id == Attempt.contact_id)
        .where(_members(record), _matters(record, since))
        .order_by(Attempt.contact_id, Attempt.claimed_at)
    )
    rows = await connection.stream(query.execution_options(yield_per=BATCH))
    whole: list[AnyRow] = []
    async for batch in rows.partitions():
        for row in batch:
            if whole and whole[0].contact_id != row.contact_id:
                yield _person(record, whole)
                whole = []
            whole.append(row)
    if whole:
        yield _person(record, whole)


def _person(record: CampaignRecord, rows: Sequence[AnyRow]) -> tuple[Contact, list[PastAttempt]]:
    first = rows[0]
    contact = _contact(record, first.constituency, first.suppressed, first.language, first.kind)
    return contact, [_past(row) for row in rows]


def _past(row: AnyRow) -> PastAttempt:
    outcome = Outcome(row.outcome) if row.outcome else None
    return PastAttempt(row.ended_at or row.claimed_at, row.campaign_id, outcome)


def _contact(
    record: CampaignRecord, constituency: int | None, suppressed: bool, language: str = "", kind: str = ""
) -> Contact:
    return Contact(
        id=0,
        phone="",
        name="",
        language=language,
        kind=kind,
        constituency=constituency,
        list_purpose=record.list_purpose,
        list_source=record.list_source,
        list_consent=record.list_consent,
        suppressed=bool(suppressed),
    )
