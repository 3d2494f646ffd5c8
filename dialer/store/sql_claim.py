"""Claiming in SQL: runs inside one write transaction, knows nothing of how it was begun."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    func,
    literal_column,
    select,
    true,
    update,
)

from db.models import Attempt, CampaignContact, Refusal
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
from dialer.core.quotas import Standings
from dialer.core.rules import may_campaign_dial
from dialer.store import postgresql_claim
from dialer.store.batch import step_after_refusal
from dialer.store.claiming import (
    Candidate,
    Judged,
    judge,
    new_attempt_ids,
    page_size,
    refused_alone,
    taken_meanwhile,
)
from dialer.store.dialects import DIALECTS, Dialect, PerDialect, Upsert, fit
from dialer.store.direct import fetch
from dialer.store.quotas import read_standings
from dialer.store.sql_due import CAMPAIGN, FRONT, WAITS, Due, Page, Position, one, position

COUNTED_EXACTLY = 1_000
"""Up to so many waiting contacts are counted in every claim."""

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
_earliest = select(CampaignContact.next_at).where(*WAITS).order_by(CampaignContact.next_at)
_earliest_some = _earliest.limit(COUNTED_EXACTLY + 1).subquery()
_WAITING = select(func.count(), func.min(_earliest_some.c.next_at))
_COUNT_WAITING = select(func.count()).select_from(CampaignContact).where(*WAITS)


def _insert_attempts() -> Upsert:
    each = (Attempt.id, Attempt.contact_id, Attempt.number_of_attempt)
    common = (Attempt.campaign_id, Attempt.trunk, Attempt.claimed_at)
    alike = [bindparam(column.key, type_=column.type) for column in common]
    rows = select(*_SQLITE.rows(each), *alike, literal_column("''")).where(
        true()
    )  # without a WHERE, SQLite takes ON CONFLICT for a join
    return (
        _SQLITE.insert(Attempt)
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


_SQLITE = DIALECTS["sqlite"]
_INSERT_ATTEMPTS = _insert_attempts()
_TAKE = (
    update(CampaignContact)
    .where(
        CampaignContact.campaign_id == bindparam("campaign"),
        _SQLITE.among(CampaignContact.contact_id, "contacts"),
    )
    .values(state="claimed", refusal=None, refused_at=None)
)
_COUNT_REFUSAL = PerDialect(_count_refusal)


@dataclass(slots=True)
class Taken:
    """What a claim's transaction did. ``waiting`` is None where it must be counted in another way.

    ``verdict``: why the one contact that was asked for was not taken.
    ``up_to``: nobody who is due stands before this, unless somebody came to stand there since.
    """

    attempts: list[ClaimedAttempt] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    of_campaign: Refused | None = None
    verdict: Refused | None = None
    waiting: int | None = None
    next_at: float | None = None
    up_to: Position = FRONT


@dataclass(frozen=True, slots=True)
class _Asked:
    campaign: Campaign
    purpose: str
    source: str
    consent: str
    policy: DialPolicy
    now: float
    standings: Standings | None


def claim(
    connection: Connection,
    campaign: Campaign,
    limit: int,
    now: float,
    policy: DialPolicy,
    *,
    is_long: bool,
    after: Position = FRONT,
) -> Taken:
    """Take contacts and write their attempts; the campaign's state is read again, a pause holds at once.

    ``is_long``: the queue is known to hold far more than ``limit``; when all of them are found, what is left
    need not be looked at. ``after``: where the search begins; who stands before it comes last.
    """
    taken = Taken(up_to=after)
    page = Page(campaign.id, now, after)
    due = page.read(connection, page_size(limit, 0, 0))
    if due:
        known = json.loads(due[0].of_campaign)
    else:
        known = connection.execute(CAMPAIGN, {"campaign": campaign.id, "now": now}).one_or_none()
    if known is None:
        taken.waiting = 0
        return taken
    state, purpose, source, consent, callbacks = known
    if callbacks and due:
        due = page.those_called_back_first(connection, due)
    standings = read_standings(connection, campaign) if campaign.quotas and due else None
    running = replace(campaign, state=CampaignState(state))
    asked = _Asked(running, purpose, source, consent, policy, now, standings)
    verdict = may_campaign_dial(asked.campaign, policy, now)
    if isinstance(verdict, Refused):
        taken.of_campaign = verdict
    else:
        _take(connection, asked, limit, page, due, taken)
        if callbacks:
            taken.up_to = after  # who asked to be called stands anywhere
        if is_long and len(taken.attempts) == limit:
            taken.next_at = now
            return taken
    _count(connection, campaign.id, taken)
    return taken


def claim_only(
    connection: Connection, campaign: Campaign, contact_id: int, now: float, policy: DialPolicy
) -> Taken:
    """Take this contact, though it be not due; one that is refused goes nowhere unless it is."""
    taken = Taken()
    if (row := one(connection, campaign.id, contact_id, now)) is not None:
        state, purpose, source, consent, _callbacks = json.loads(row.of_campaign)
        running = replace(campaign, state=CampaignState(state))
        standings = read_standings(connection, campaign) if campaign.quotas else None
        asked = _Asked(running, purpose, source, consent, policy, now, standings)
        _take_only(connection, asked, row, taken)
    _count(connection, campaign.id, taken)
    return taken


def _take_only(connection: Connection, asked: _Asked, row: Due, taken: Taken) -> None:
    candidate, now = _candidate(row, json.loads(row.person), asked), asked.now
    waits = row.state == "waiting"
    taken.verdict = refused_alone(
        candidate, asked.campaign, asked.policy, now, asked.standings, waits=waits
    )
    if taken.verdict is None:
        taken.attempts += _write(connection, asked, Judged(allowed=[candidate]))
        taken.verdict = None if taken.attempts else taken_meanwhile(now)
    elif waits and row.next_at <= now:
        _write(connection, asked, Judged(refused=[(candidate, taken.verdict)]))
    else:
        refusal = refusal_row(asked.campaign.id, candidate.contact.id, taken.verdict, now)
        note_refusals(connection, [refusal])


def _count(connection: Connection, campaign_id: int, taken: Taken) -> None:
    waiting, taken.next_at = connection.execute(_WAITING, {"campaign": campaign_id}).one()
    taken.waiting = waiting if waiting <= COUNTED_EXACTLY else None


def count_waiting(connection: Connection, campaign_id: int) -> int:
    """All contacts that wait; tens of milliseconds when they are a million."""
    return connection.scalar(_COUNT_WAITING, {"campaign": campaign_id}) or 0


def _take(
    connection: Connection, asked: _Asked, limit: int, page: Page, due: Sequence[Due], taken: Taken
) -> None:
    while due:
        room = limit - len(taken.attempts)
        judged = judge(
            _candidates(due, asked),
            room,
            asked.campaign,
            asked.policy,
            asked.now,
            asked.standings,
        )
        taken.refused += [refused for _candidate, refused in judged.refused]
        taken.attempts += _write(connection, asked, judged)
        taken.up_to = page.after
        if len(judged.allowed) == room:
            last = judged.allowed[-1].contact.id
            taken.up_to = next(position(row) for row in reversed(due) if row.contact_id == last)
        size = page_size(limit - len(taken.attempts), page.examined, len(taken.refused))
        due = () if page.is_last else page.read(connection, size)


def _candidates(due: Sequence[Due], asked: _Asked) -> Iterator[Candidate]:
    """The due contacts, in order, without those whose number is being called."""
    people = json.loads(f"[{','.join([row.person for row in due])}]")
    for row, person in zip(due, people, strict=True):
        candidate = _candidate(row, person, asked)
        if not candidate.history or all(past.outcome is not None for past in candidate.history):
            yield candidate


def _candidate(row: Due, person: Sequence[Any], asked: _Asked) -> Candidate:
    contact_id, attempts, _next_at, callback_at, callback_with, *_texts = row
    phone, name, language, constituency, kind, opted_out, past = person
    contact = Contact(
        contact_id,
        phone,
        name,
        language,
        constituency,
        asked.purpose,
        asked.source,
        asked.consent,
        bool(opted_out),
        kind,
    )
    asked_for = callback_at is not None and callback_at <= asked.now
    return Candidate(contact, attempts, _history(past) if past else (), asked_for, callback_with)


def _history(past: Sequence[tuple[float, int, str | None]]) -> Sequence[PastAttempt]:
    return [
        PastAttempt(at, campaign_id, None if outcome is None else Outcome(outcome))
        for at, campaign_id, outcome in past
    ]


def _write(connection: Connection, asked: _Asked, judged: Judged) -> list[ClaimedAttempt]:
    """Write what was judged; the attempts that are written."""
    ids = new_attempt_ids(asked.now, len(judged.allowed))
    claimed = [
        ClaimedAttempt(
            attempt_id, asked.campaign.id, each.contact, asked.now, each.attempts + 1, each.operator_id,
            asked_before=each.was_asked(asked.campaign.id),
        )
        for attempt_id, each in zip(ids, judged.allowed, strict=True)
    ]
    places = [
        place_after(step_after_refusal(refusal, asked.now)) for _candidate, refusal in judged.refused
    ]
    refusals = [
        refusal_row(asked.campaign.id, candidate.contact.id, refusal, asked.now)
        for candidate, refusal in judged.refused
    ]
    common = {"campaign": asked.campaign.id, "trunk": asked.campaign.trunk, "now": asked.now}
    if not claimed and not refusals:
        return []
    if connection.dialect.name == "postgresql":
        written = postgresql_claim.write(connection, claimed, places, refusals, common)
    else:
        written = _write_attempts(connection, asked, claimed) if claimed else frozenset()
        if refusals:
            _send_away(connection, places, refusals)
    # Another daemon may have called one of them for another campaign in this moment: it keeps the contact.
    return [attempt for attempt in claimed if attempt.contact.id in written]


def _write_attempts(
    connection: Connection, asked: _Asked, claimed: Sequence[ClaimedAttempt]
) -> frozenset[int]:
    parameters = {
        "ids": _SQLITE.many([attempt.id for attempt in claimed]),
        "contact_ids": _SQLITE.many([attempt.contact.id for attempt in claimed]),
        "number_of_attempts": _SQLITE.many([attempt.number_of_attempt for attempt in claimed]),
        "campaign_id": asked.campaign.id,
        "trunk": asked.campaign.trunk,
        "claimed_at": asked.now,
    }
    written = frozenset([contact_id for (contact_id,) in fetch(connection, _INSERT_ATTEMPTS, parameters)])
    fetch(connection, _TAKE, {"campaign": asked.campaign.id, "contacts": _SQLITE.many(list(written))})
    return written


def _send_away(
    connection: Connection, places: Sequence[dict[str, Any]], refusals: Sequence[dict[str, Any]]
) -> None:
    away = [
        {
            "campaign": refusal["campaign_id"],
            "contact": refusal["contact_id"],
            "why": refusal["reason"],
            "now": refusal["last_at"],
            **place,
        }
        for place, refusal in zip(places, refusals, strict=True)
    ]
    connection.execute(_SEND_AWAY, away)
    note_refusals(connection, refusals)


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
