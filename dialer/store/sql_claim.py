"""Claiming in SQL: runs inside one write transaction, knows nothing of how it was begun."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
    update,
)

from db.models import Attempt, CampaignContact, ContactList, Refusal, Suppression
from db.models import Campaign as CampaignTable
from db.models import Contact as ContactTable
from dialer.core.model import (
    Campaign,
    CampaignState,
    ClaimedAttempt,
    Contact,
    DialPolicy,
    Done,
    Outcome,
    PastAttempt,
    Refused,
    RetryAt,
)
from dialer.core.rules import may_campaign_dial
from dialer.store.batch import step_after_refusal
from dialer.store.claiming import Candidate, judge, new_attempt_id, page_size
from dialer.store.dialects import WAITING, Dialect, PerDialect, Upsert, fit, many

COUNTED_EXACTLY = 1_000
"""Up to so many waiting contacts are counted in every claim."""

_waits = (CampaignContact.campaign_id == bindparam("campaign"), CampaignContact.state == WAITING)

_CAMPAIGN: Select[*tuple[Any, ...]] = (
    select(CampaignTable.state, ContactList.purpose, ContactList.source, ContactList.consent)
    .join(ContactList, ContactList.id == CampaignTable.list_id)
    .where(CampaignTable.id == bindparam("campaign"))
)
# One table at a time, each by its index: so the plan stays the same whatever the tables hold.
_DUE = (
    select(CampaignContact.contact_id, CampaignContact.attempts, CampaignContact.next_at)
    .where(
        *_waits,
        CampaignContact.next_at <= bindparam("now"),
        tuple_(CampaignContact.next_at, CampaignContact.contact_id)
        > tuple_(bindparam("after_at"), bindparam("after_contact")),
    )
    .order_by(CampaignContact.next_at, CampaignContact.contact_id)
    .limit(bindparam("size"))
    .with_for_update(skip_locked=True)
)
_PEOPLE = PerDialect(
    lambda dialect: (
        select(
            ContactTable.id,
            ContactTable.phone,
            ContactTable.name,
            ContactTable.language,
            ContactTable.constituency,
            Suppression.id.label("suppression"),
        )
        .outerjoin(Suppression, (Suppression.phone == ContactTable.phone) & Suppression.lifted_at.is_(None))
        .where(dialect.among(ContactTable.id, "contacts"))
    )
)
# The whole past of a contact: it is short, and a condition on its age would let the planner scan for it.
_HISTORY = PerDialect(
    lambda dialect: select(
        Attempt.contact_id,
        Attempt.campaign_id,
        func.coalesce(Attempt.ended_at, Attempt.claimed_at).label("at"),
        Attempt.outcome,
    ).where(dialect.among(Attempt.contact_id, "contacts"))
)
_TAKE = PerDialect(
    lambda dialect: (
        update(CampaignContact)
        .where(
            CampaignContact.campaign_id == bindparam("campaign"),
            dialect.among(CampaignContact.contact_id, "contacts"),
        )
        .values(state="claimed", refusal=None, refused_at=None)
    )
)
_SEND_AWAY = (
    update(CampaignContact)
    .where(
        CampaignContact.campaign_id == bindparam("campaign"),
        CampaignContact.contact_id == bindparam("contact"),
    )
    .values(
        state=bindparam("to_state"),
        next_at=bindparam("to_next_at"),
        done_why=bindparam("to_done_why"),
        refusal=bindparam("why"),
        refused_at=bindparam("now"),
    )
)
_earliest = select(CampaignContact.next_at).where(*_waits).order_by(CampaignContact.next_at)
_earliest_some = _earliest.limit(COUNTED_EXACTLY + 1).subquery()
_WAITING = select(func.count(), func.min(_earliest_some.c.next_at))
_COUNT_WAITING = select(func.count()).select_from(CampaignContact).where(*_waits)


def _insert_attempts(dialect: Dialect) -> Upsert:
    each = (Attempt.id, Attempt.contact_id, Attempt.number_of_attempt)
    common = (Attempt.campaign_id, Attempt.trunk, Attempt.claimed_at)
    alike = [bindparam(column.key, type_=column.type) for column in common]
    rows = select(*dialect.rows(each), *alike, literal_column("''")).where(
        true()
    )  # without a WHERE, SQLite takes ON CONFLICT for a join
    return (
        dialect.insert(Attempt)
        .from_select([*each, *common, Attempt.note], rows, include_defaults=False)
        .on_conflict_do_nothing(index_elements=["contact_id"], index_where=Attempt.ended_at.is_(None))
        .returning(Attempt.contact_id)
    )


def _count_refusal(dialect: Dialect) -> Upsert:
    refusal = dialect.insert(Refusal).inline()
    return refusal.on_conflict_do_update(
        index_elements=["campaign_id", "contact_id", "reason"],
        set_={
            "detail": refusal.excluded.detail,
            "until_at": refusal.excluded.until_at,
            "last_at": refusal.excluded.last_at,
            "times": Refusal.times + 1,
        },
    )


_INSERT_ATTEMPTS = PerDialect(_insert_attempts)
_COUNT_REFUSAL = PerDialect(_count_refusal)


@dataclass(slots=True)
class Taken:
    """What a claim's transaction did. ``waiting`` is None where it must be counted in another way."""

    attempts: list[ClaimedAttempt] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    of_campaign: Refused | None = None
    waiting: int | None = None
    next_at: float | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    campaign: Campaign
    of_list: Row[*tuple[Any, ...]]
    policy: DialPolicy
    now: float


def claim(
    connection: Connection, campaign: Campaign, limit: int, now: float, policy: DialPolicy, *, is_long: bool
) -> Taken:
    """Take contacts and write their attempts; the campaign's state is read again, a pause holds at once.

    ``is_long``: the queue is known to hold far more than ``limit``; when all of them are found, what is left
    need not be looked at.
    """
    taken = Taken()
    row = connection.execute(_CAMPAIGN, {"campaign": campaign.id}).one_or_none()
    if row is None:
        taken.waiting = 0
        return taken
    asked = _Asked(replace(campaign, state=CampaignState(row.state)), row, policy, now)
    verdict = may_campaign_dial(asked.campaign, policy, now)
    if isinstance(verdict, Refused):
        taken.of_campaign = verdict
    else:
        _take(connection, asked, limit, taken)
        if is_long and len(taken.attempts) == limit:
            taken.next_at = now
            return taken
    waiting, taken.next_at = connection.execute(_WAITING, {"campaign": campaign.id}).one()
    taken.waiting = waiting if waiting <= COUNTED_EXACTLY else None
    return taken


def count_waiting(connection: Connection, campaign_id: int) -> int:
    """All contacts that wait; tens of milliseconds when they are a million."""
    return connection.scalar(_COUNT_WAITING, {"campaign": campaign_id}) or 0


def _take(connection: Connection, asked: _Asked, limit: int, taken: Taken) -> None:
    examined, after = 0, (-1.0, 0)
    while size := page_size(limit - len(taken.attempts), examined, len(taken.refused)):
        page = {"campaign": asked.campaign.id, "now": asked.now, "size": size}
        due = connection.execute(_DUE, {**page, "after_at": after[0], "after_contact": after[1]}).all()
        if not due:
            return
        candidates = _candidates(connection, asked, {row.contact_id: row.attempts for row in due})
        judged = judge(candidates, limit - len(taken.attempts), asked.campaign, asked.policy, asked.now)
        if judged.refused:
            _send_away(connection, asked, judged.refused)
            taken.refused += [refused for _candidate, refused in judged.refused]
        if judged.allowed:
            taken.attempts += _write_attempts(connection, asked, judged.allowed)
        if len(due) < size:
            return
        examined += size
        after = (due[-1].next_at, due[-1].contact_id)


def _candidates(connection: Connection, asked: _Asked, attempts: Mapping[int, int]) -> list[Candidate]:
    """The due contacts, in order, without those whose number is being called."""
    ids = list(attempts)
    rows = connection.execute(_PEOPLE.on(connection), {"contacts": many(connection, ids)})
    people = {row.id: row for row in rows}
    histories = _histories(connection, ids)
    return [
        Candidate(_contact(people[id_], asked), attempts[id_], histories[id_])
        for id_ in ids
        if not any(past.outcome is None for past in histories[id_])
    ]


def _contact(row: Row[*tuple[Any, ...]], asked: _Asked) -> Contact:
    return Contact(
        id=row.id,
        phone=row.phone,
        name=row.name,
        language=row.language,
        constituency=row.constituency,
        list_purpose=asked.of_list.purpose,
        list_source=asked.of_list.source,
        list_consent=asked.of_list.consent,
        suppressed=row.suppression is not None,
    )


def _histories(connection: Connection, contacts: Sequence[int]) -> defaultdict[int, list[PastAttempt]]:
    histories: defaultdict[int, list[PastAttempt]] = defaultdict(list)
    rows = connection.execute(_HISTORY.on(connection), {"contacts": many(connection, contacts)})
    for contact_id, campaign_id, at, outcome in rows:
        past = PastAttempt(at, campaign_id, None if outcome is None else Outcome(outcome))
        histories[contact_id].append(past)
    return histories


def _write_attempts(
    connection: Connection, asked: _Asked, allowed: Sequence[Candidate]
) -> list[ClaimedAttempt]:
    claimed = [
        ClaimedAttempt(
            new_attempt_id(asked.now), asked.campaign.id, each.contact, asked.now, each.attempts + 1
        )
        for each in allowed
    ]
    # Two claims that meet wait for each other in one direction only: by contact.
    ordered = sorted(claimed, key=lambda attempt: attempt.contact.id)
    parameters = {
        "id": many(connection, [attempt.id for attempt in ordered]),
        "contact_id": many(connection, [attempt.contact.id for attempt in ordered]),
        "number_of_attempt": many(connection, [attempt.number_of_attempt for attempt in ordered]),
        "campaign_id": asked.campaign.id,
        "trunk": asked.campaign.trunk,
        "claimed_at": asked.now,
    }
    # Another daemon may have called one of them for another campaign in this moment: it keeps the contact.
    written = set(connection.scalars(_INSERT_ATTEMPTS.on(connection), parameters))
    if written:
        parameters = {"campaign": asked.campaign.id, "contacts": many(connection, list(written))}
        connection.execute(_TAKE.on(connection), parameters)
    return [attempt for attempt in claimed if attempt.contact.id in written]


def _send_away(connection: Connection, asked: _Asked, refused: Sequence[tuple[Candidate, Refused]]) -> None:
    places, rows = [], []
    for candidate, refusal in refused:
        step = step_after_refusal(refusal, asked.now)
        place = {"campaign": asked.campaign.id, "contact": candidate.contact.id, "now": asked.now}
        places.append({**place, **place_after(step), "why": refusal.reason.value})
        rows.append(refusal_row(asked.campaign.id, candidate.contact.id, refusal, asked.now))
    connection.execute(_SEND_AWAY, places)
    note_refusals(connection, rows)


def place_after(step: RetryAt | Done) -> dict[str, Any]:
    """Parameters of a queue place: waiting until a time, or done and why."""
    if isinstance(step, RetryAt):
        return {"to_state": "waiting", "to_next_at": step.at, "to_done_why": None}
    return {"to_state": "done", "to_next_at": 0.0, "to_done_why": fit(CampaignContact.done_why, step.why)}


def refusal_row(campaign_id: int, contact_id: int, refused: Refused, now: float) -> dict[str, Any]:
    """A row for ``note_refusals``."""
    return {
        "campaign_id": campaign_id,
        "contact_id": contact_id,
        "reason": refused.reason.value,
        "detail": fit(Refusal.detail, refused.detail),
        "until_at": refused.until,
        "first_at": now,
        "last_at": now,
        "times": 1,
    }


def note_refusals(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Count refusals, one row per contact and rule."""
    connection.execute(_COUNT_REFUSAL.on(connection), rows)
