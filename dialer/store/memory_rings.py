"""Missed calls in the store in memory."""

from __future__ import annotations

from dialer.core.missed_calls import (
    DAY_S,
    MINUTE_S,
    MISSED_CALL,
    LineLimits,
    RingFacts,
    RingResult,
    judge_ring,
)
from dialer.core.model import Campaign, CampaignState, Contact, RetryAt
from dialer.store.memory_tables import MemoryTables, Person, Place
from dialer.store.port import Ring, Rung


def rang(tables: MemoryTables, ring: Ring, limits: LineLimits) -> Rung:
    """Remember a ring, and whether it is a wish to be called."""
    first, known = tables.rings.get(ring.id, (ring, None))
    if known is not None and not ring.was_not_asked(known.result):
        return Rung(known.result, known.campaign_id)
    taking = (CampaignState.DRAFT, CampaignState.RUNNING, CampaignState.PAUSED)
    owners = [each for each in tables.campaign.values() if each.line == ring.line and each.state in taking]
    campaign = max(owners, key=lambda each: each.id, default=None)
    result = ring.refused or RingResult.NO_CAMPAIGN
    if ring.refused is None and campaign is not None:
        facts = _ring_facts(tables, ring, first.at if known else None, campaign.id)
        result = judge_ring(facts, limits, ring.at, answering=ring.resumes_at is not None)
    rung = Rung(result, None if campaign is None else campaign.id)
    if campaign is not None and result in (RingResult.CALL_BACK, RingResult.ASKED):
        due_at = ring.due_at(result, limits)
        contact = _who_rang(tables, ring, campaign)
        _put_in_queue(tables, campaign.id, contact.id, result, due_at)
        rung = Rung(result, campaign.id, contact, due_at)
    tables.rings[ring.id] = first, rung
    return rung


def _ring_facts(
    tables: MemoryTables, ring: Ring, rang_at: float | None, campaign_id: int
) -> RingFacts:
    person = tables.person_of(ring.phone)
    place = tables.places.get((campaign_id, person.contact.id)) if person is not None else None
    wishes = [
        (each.phone, each.at)
        for each, rung in tables.rings.values()
        if each.line == ring.line and rung.result is RingResult.CALL_BACK
    ]
    calling = {
        each.claimed.campaign_id
        for each in (tables.of_contact[person.contact.id] if person is not None else ())
        if each.ended_at is None and not (each.claimed.inbound and each.claimed.claimed_at == rang_at)
    }
    own = [at for phone, at in wishes if phone == ring.phone and at > ring.at - DAY_S]
    return RingFacts(
        suppressed=ring.phone in tables.suppression,
        last_wish_at=max(own, default=None),
        awaits_call=place is not None and place.state == "waiting" and place.callback_at is not None,
        call_under_way=campaign_id in calling,
        called_elsewhere=bool(calling - {campaign_id}),
        complete=place is not None and place.complete_as is not None,
        wishes_of_day=len(own),
        wishes_of_minute=sum(at > ring.at - MINUTE_S for _phone, at in wishes),
    )


def _who_rang(tables: MemoryTables, ring: Ring, campaign: Campaign) -> Contact:
    person = tables.person_of(ring.phone)
    if person is None:
        number = max(tables.people, default=0) + 1
        of_list = (campaign.purpose, MISSED_CALL, MISSED_CALL)
        person = Person(Contact(number, ring.phone, "", "hi", None, *of_list))
        tables.add_person(person)
    return person.contact


def _put_in_queue(
    tables: MemoryTables, campaign_id: int, contact_id: int, result: RingResult, due_at: float
) -> None:
    key = campaign_id, contact_id
    place = tables.places.setdefault(key, Place(campaign_id, contact_id, next_at=due_at))
    if result is RingResult.CALL_BACK:
        place.callback_at, place.callback_with, place.done_why = due_at, None, None
        if place.state != "claimed":
            place.go(RetryAt(due_at))
    elif place.state == "waiting":
        place.next_at = max(place.next_at, due_at)
