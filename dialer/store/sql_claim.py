"""Claiming in SQL: runs inside one write transaction, knows nothing of how it was begun."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Row,
    Select,
    Update,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

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
from dialer.store.dialects import DIALECTS, WAITING, Dialect, PerDialect, Upsert, fit, many

COUNTED_EXACTLY = 1_000
"""Up to so many waiting contacts are counted in every claim."""

_waits = (CampaignContact.campaign_id == bindparam("campaign"), CampaignContact.state == WAITING)

_CAMPAIGN: Select[*tuple[Any, ...]] = (
    select(CampaignTable.state, ContactList.purpose, ContactList.source, ContactList.consent)
    .join(ContactList, ContactList.id == CampaignTable.list_id)
    .where(CampaignTable.id == bindparam("campaign"))
)


def _due(dialect: Dialect) -> Select[*tuple[Any, ...]]:
    """Who is due, the person and the whole past of each: one statement, for each costs a way to the server.

    What hangs on a contact is a subquery of its own, found by its index for each row whatever the tables
    hold: in a join the planner would choose, and sometimes for reading a table to its end.
    """
    opted_out = (
        select(Suppression.id)
        .where(Suppression.phone == ContactTable.phone, Suppression.lifted_at.is_(None))
        .exists()
    )
    columns = (ContactTable.phone, ContactTable.name, ContactTable.language, ContactTable.constituency)
    person = select(dialect.json_list(*columns, opted_out, type_=JSON())).where(
        ContactTable.id == CampaignContact.contact_id
    )
    # The whole past: it is short, and a condition on its age would let the planner scan for it.
    ended_or_claimed = func.coalesce(Attempt.ended_at, Attempt.claimed_at)
    each = dialect.json_list(ended_or_claimed, Attempt.campaign_id, Attempt.outcome)
    past = select(dialect.json_all(each, type_=JSON())).where(
        Attempt.contact_id == CampaignContact.contact_id
    )
    return (
        select(
            CampaignContact.contact_id,
            CampaignContact.attempts,
            CampaignContact.next_at,
            person.scalar_subquery().label("person"),
            past.scalar_subquery().label("past"),
        )
        .where(
            *_waits,
            CampaignContact.next_at <= bindparam("now"),
            tuple_(CampaignContact.next_at, CampaignContact.contact_id)
            > tuple_(bindparam("after_at"), bindparam("after_contact")),
        )
        .order_by(CampaignContact.next_at, CampaignContact.contact_id)
        .limit(bindparam("size"))
        .with_for_update(of=CampaignContact, skip_locked=True)
    )


_DUE = PerDialect(_due)
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
    alike = [bindparam(f"the_{column.key}", type_=column.type) for column in common]
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


def _take_those(contacts: ColumnElement[bool]) -> Update:
    of_campaign = CampaignContact.campaign_id == bindparam("campaign")
    taken = {"state": "claimed", "refusal": None, "refused_at": None}
    return update(CampaignContact).where(of_campaign, contacts).values(taken)


def _insert_and_take() -> ReturningUpdate[int]:
    """Both writes in one statement, which PostgreSQL can do and SQLite cannot."""
    written = _INSERT_ATTEMPTS.of("postgresql").cte("written")
    among = CampaignContact.contact_id.in_(select(written.c.contact_id))
    return _take_those(among).returning(CampaignContact.contact_id)


_INSERT_AND_TAKE = _insert_and_take()
_TAKE = _take_those(DIALECTS["sqlite"].among(CampaignContact.contact_id, "contacts"))
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
        page |= {"after_at": after[0], "after_contact": after[1]}
        due = connection.execute(_DUE.on(connection), page).all()
        if not due:
            return
        room = limit - len(taken.attempts)
        judged = judge(_candidates(due, asked), room, asked.campaign, asked.policy, asked.now)
        if judged.refused:
            _send_away(connection, asked, judged.refused)
            taken.refused += [refused for _candidate, refused in judged.refused]
        if judged.allowed:
            taken.attempts += _write_attempts(connection, asked, judged.allowed)
        if len(due) < size:
            return
        examined += size
        after = (due[-1].next_at, due[-1].contact_id)


def _candidates(due: Sequence[Row[*tuple[Any, ...]]], asked: _Asked) -> list[Candidate]:
    """The due contacts, in order, without those whose number is being called."""
    candidates = (Candidate(_contact(row, asked), row.attempts, _history(row.past)) for row in due)
    return [each for each in candidates if not any(past.outcome is None for past in each.history)]


def _contact(row: Row[*tuple[Any, ...]], asked: _Asked) -> Contact:
    phone, name, language, constituency, opted_out = row.person
    return Contact(
        id=row.contact_id,
        phone=phone,
        name=name,
        language=language,
        constituency=constituency,
        list_purpose=asked.of_list.purpose,
        list_source=asked.of_list.source,
        list_consent=asked.of_list.consent,
        suppressed=bool(opted_out),
    )


def _history(past: Sequence[tuple[float, int, str | None]] | None) -> Sequence[PastAttempt]:
    return tuple(
        PastAttempt(at, campaign_id, None if outcome is None else Outcome(outcome))
        for at, campaign_id, outcome in past or ()
    )


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
        "ids": many(connection, [attempt.id for attempt in ordered]),
        "contact_ids": many(connection, [attempt.contact.id for attempt in ordered]),
        "number_of_attempts": many(connection, [attempt.number_of_attempt for attempt in ordered]),
        "the_campaign_id": asked.campaign.id,
        "the_trunk": asked.campaign.trunk,
        "the_claimed_at": asked.now,
    }
    # Another daemon may have called one of them for another campaign in this moment: it keeps the contact.
    if connection.dialect.name == "postgresql":
        parameters["campaign"] = asked.campaign.id
        written = set(connection.scalars(_INSERT_AND_TAKE, parameters))
    else:
        written = set(connection.scalars(_INSERT_ATTEMPTS.on(connection), parameters))
        connection.execute(_TAKE, {"campaign": asked.campaign.id, "contacts": json.dumps(list(written))})
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
