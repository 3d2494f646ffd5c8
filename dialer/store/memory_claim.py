"""Claiming in the store in memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from dialer.core.model import Campaign, ClaimedAttempt, DialPolicy, PastAttempt, Refused
from dialer.core.quotas import LATEST_CALLS, Alike, Standings
from dialer.core.rules import may_campaign_dial
from dialer.store.batch import step_after_refusal
from dialer.store.claiming import Candidate, judge, new_attempt_ids, page_size, refused_alone
from dialer.store.memory_tables import MemoryTables, Place, StoredAttempt
from dialer.store.port import Claim


def claim(
    tables: MemoryTables,
    campaign: Campaign,
    limit: int,
    now: float,
    policy: DialPolicy,
    *,
    only: int | None = None,
) -> Claim:
    """Take contacts that the rules allow and write their attempts."""
    campaign = replace(campaign, state=tables.campaign[campaign.id].state)
    if only is not None:
        return _claim_only(tables, campaign, only, now, policy)
    verdict = may_campaign_dial(campaign, policy, now)
    if isinstance(verdict, Refused):
        waiting, next_at = tables.waiting(campaign.id)
        if next_at is not None and verdict.until is not None:
            next_at = max(next_at, verdict.until)
        return Claim((), {verdict.reason.value: waiting} if waiting else {}, waiting, next_at)
    standings = _standings(tables, campaign) if campaign.quotas else None
    taken: list[ClaimedAttempt] = []
    refused: Counter[str] = Counter()
    examined = 0
    while size := page_size(limit - len(taken), examined, refused.total()):
        candidates = _candidates(tables, campaign.id, now, size)
        judged = judge(candidates, limit - len(taken), campaign, policy, now, standings)
        for candidate, refusal in judged.refused:
            _refuse(tables, campaign.id, candidate.contact.id, refusal, now)
            refused[refusal.reason.value] += 1
        taken += [_take(tables, campaign.id, candidate, now) for candidate in judged.allowed]
        examined += len(candidates)
        if len(candidates) < size:
            break
    return Claim(tuple(taken), dict(refused), *tables.waiting(campaign.id))


def _claim_only(
    tables: MemoryTables, campaign: Campaign, contact_id: int, now: float, policy: DialPolicy
) -> Claim:
    place = tables.places.get((campaign.id, contact_id))
    if place is None:
        return Claim((), {}, *tables.waiting(campaign.id))
    candidate, waits = _candidate(tables, place, now), place.state == "waiting"
    standings = _standings(tables, campaign) if campaign.quotas else None
    refused = refused_alone(candidate, campaign, policy, now, standings, waits=waits)
    taken: tuple[ClaimedAttempt, ...] = ()
    if refused is None:
        taken = (_take(tables, campaign.id, candidate, now),)
    elif waits and place.next_at <= now:
        _refuse(tables, campaign.id, contact_id, refused, now)
    else:
        tables.count_refusal(place, refused, now)
    return Claim(taken, {}, *tables.waiting(campaign.id), refused)


def _candidates(tables: MemoryTables, campaign_id: int, now: float, size: int) -> list[Candidate]:
    due = [
        place
        for place in tables.places.values()
        if place.campaign_id == campaign_id
        and place.state == "waiting"
        and place.next_at <= now
        and not tables.has_open_attempt(place.contact_id)
    ]
    due.sort(key=lambda place: (not _asked_for(place, now), place.next_at, place.contact_id))
    return [_candidate(tables, place, now) for place in due[:size]]


def _candidate(tables: MemoryTables, place: Place, now: float) -> Candidate:
    person = tables.people[place.contact_id]
    history = [
        PastAttempt(
            attempt.claimed.claimed_at if attempt.ended_at is None else attempt.ended_at,
            attempt.claimed.campaign_id,
            attempt.outcome,
        )
        for attempt in tables.of_contact[place.contact_id]
        if not attempt.claimed.inbound or attempt.ended_at is None
    ]
    suppressed = person.contact.suppressed or person.contact.phone in tables.suppression
    contact = replace(person.contact, suppressed=suppressed, kind=person.kind)
    return Candidate(contact, place.attempts, history, _asked_for(place, now), place.callback_with)


def _asked_for(place: Place, now: float) -> bool:
    return place.callback_at is not None and place.callback_at <= now


def _standings(tables: MemoryTables, campaign: Campaign) -> Standings:
    places = [place for place in tables.places.values() if place.campaign_id == campaign.id]
    complete = {place.contact_id for place in places if place.complete_as is not None}
    calls = [each for each in tables.attempts.values() if each.claimed.campaign_id == campaign.id]
    counted = [(number, (1, 0, 0, 0, 0, 0)) for number in complete]
    for each in calls:
        if each.ended_at is None:
            counted.append((each.claimed.contact.id, (0, 1, each.answered_at is not None, 0, 0, 0)))
    for each in [each for each in calls if each.ended_at is not None][-LATEST_CALLS:]:
        number = each.claimed.contact.id
        counted.append((number, (0, 0, 0, 1, each.answered_at is not None, number in complete)))
    people = []
    for number, counts in counted:
        person = tables.people[number]
        contact = person.contact
        people.append(Alike(contact.constituency, contact.language, person.kind, *counts))
    return Standings(campaign.quotas, people)


def _take(tables: MemoryTables, campaign_id: int, candidate: Candidate, now: float) -> ClaimedAttempt:
    (attempt_id,) = new_attempt_ids(now, 1)
    claimed = ClaimedAttempt(
        attempt_id, campaign_id, candidate.contact, now, candidate.attempts + 1, candidate.operator_id,
        asked_before=candidate.was_asked(campaign_id),
    )
    stored = StoredAttempt(claimed)
    tables.attempts[claimed.id] = stored
    tables.of_contact[candidate.contact.id].append(stored)
    place = tables.places[campaign_id, candidate.contact.id]
    place.state, place.refusal, place.refused_at = "claimed", None, None
    return claimed


def _refuse(tables: MemoryTables, campaign_id: int, contact_id: int, refused: Refused, now: float) -> None:
    place = tables.places[campaign_id, contact_id]
    place.go(step_after_refusal(refused, now))
    tables.note_refusal(place, refused, now)
