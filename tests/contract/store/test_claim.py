"""Claiming: who is taken, who is refused, and what is written of both."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest

from dialer.core.model import (
    CampaignState,
    Done,
    Outcome,
    RetryAt,
    SilencePeriod,
)
from dialer.core.rules import RECHECK_S, skipped
from dialer.store.claiming import EXAMINED_AT_MOST
from dialer.store.port import AttemptClosed, AttemptWithdrawn, OptedOut
from dialer.store.sql import SqlDialStore
from tests.contract.store.worlds import NOW, POLICY, SqlWorld, World, phone

HOUR = 3600.0


async def test_a_claimed_contact_has_its_attempt_written(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    claim = await world.claim(campaign)
    [attempt] = claim.attempts
    assert re.fullmatch("a[0-9a-f]{24}", attempt.id)
    assert (attempt.campaign_id, attempt.claimed_at, attempt.number_of_attempt) == (campaign.id, NOW, 1)
    contact = attempt.contact
    assert (contact.id, contact.phone, contact.name) == (contact_id, phone(contact_id), f"सुनीता {contact_id}")
    assert (contact.constituency, contact.language, contact.suppressed) == (62, "hi", False)
    assert (contact.list_purpose, contact.list_consent) == ("scheme awareness", "form 12")
    stored = await world.attempt(attempt.id)
    assert stored["ended_at"] is None and stored["dialled_at"] is None
    assert (await world.place(campaign, contact_id)).state == "claimed"
    assert (claim.waiting, claim.next_at, dict(claim.refused)) == (0, None, {})


async def test_ids_sort_by_the_time_of_the_claim(world: World) -> None:
    campaign = await world.campaign()
    await world.people(3, campaign)
    ids = [(await world.claim(campaign, 1, NOW + n)).attempts[0].id for n in range(3)]
    assert ids == sorted(ids)


async def test_no_more_than_asked_for_are_taken_earliest_first(world: World) -> None:
    campaign = await world.campaign()
    ids = await world.people(5, campaign)
    await world.set_place(campaign, ids[0], next_at=NOW - 10)
    await world.set_place(campaign, ids[3], next_at=NOW + 10)
    claim = await world.claim(campaign, 2)
    assert [attempt.contact.id for attempt in claim.attempts] == ids[1:3]
    assert (claim.waiting, claim.next_at) == (3, 0.0)
    claim = await world.claim(campaign, 9)
    assert [attempt.contact.id for attempt in claim.attempts] == [ids[4], ids[0]]
    assert (claim.waiting, claim.next_at) == (1, NOW + 10)


async def test_a_contact_is_claimed_once(world: World) -> None:
    campaign = await world.campaign()
    await world.people(5, campaign)
    first, second = await world.claim(campaign, 5), await world.claim(campaign, 5)
    assert len(first.attempts) == 5
    assert second.attempts == ()


async def test_an_empty_queue_gives_nobody(world: World) -> None:
    claim = await world.claim(await world.campaign())
    assert (claim.attempts, dict(claim.refused), claim.waiting, claim.next_at) == ((), {}, 0, None)


async def test_a_contact_with_a_living_call_of_another_campaign_is_passed_over(world: World) -> None:
    one, other = await world.campaign(), await world.campaign()
    [shared] = await world.people(1, one, other)
    [alone] = await world.people(1, other)
    [living] = (await world.claim(one)).attempts
    claim = await world.claim(other)
    assert [attempt.contact.id for attempt in claim.attempts] == [alone]
    assert (claim.waiting, dict(claim.refused)) == (1, {})
    place = await world.place(other, shared)
    assert (place.state, place.refusal) == ("waiting", None)
    ended = AttemptClosed(living.id, one.id, shared, NOW, Outcome.WITHDRAWN, Done("withdrawn"))
    await world.store.write([ended])
    assert [attempt.contact.id for attempt in (await world.claim(other)).attempts] == [shared]


async def test_a_contact_refused_for_a_time_waits_until_then(world: World) -> None:
    until = NOW + 5 * HOUR
    policy = replace(POLICY, silence=(SilencePeriod(62, NOW - HOUR, until),))
    campaign = await world.campaign()
    [silenced] = await world.people(1, campaign)
    [free] = await world.people(1, campaign, constituency=63)
    [unknown] = await world.people(1, campaign, constituency=None)
    claim = await world.claim(campaign, policy=policy)
    assert [attempt.contact.id for attempt in claim.attempts] == [free]
    assert claim.refused == {"silence_period": 1, "no_constituency": 1}
    assert (claim.waiting, claim.next_at) == (2, until)
    for contact_id, reason in ((silenced, "silence_period"), (unknown, "no_constituency")):
        place = await world.place(campaign, contact_id)
        assert (place.state, place.next_at, place.refusal) == ("waiting", until, reason)
        assert place.refused_at == NOW
    again = await world.claim(campaign, now=until, policy=policy)
    assert [attempt.contact.id for attempt in again.attempts] == [silenced, unknown]
    assert (await world.place(campaign, silenced)).refusal is None


async def test_a_refusal_is_counted_each_time(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    first = replace(POLICY, silence=(SilencePeriod(62, NOW - HOUR, NOW + HOUR),))
    longer = replace(POLICY, silence=(SilencePeriod(62, NOW - HOUR, NOW + 2 * HOUR),))
    await world.claim(campaign, policy=first)
    await world.claim(campaign, policy=longer, now=NOW + HOUR)
    [row] = await world.rows("refusal")
    assert (row["contact_id"], row["reason"], row["times"]) == (contact_id, "silence_period", 2)
    assert (row["first_at"], row["last_at"], row["until_at"]) == (NOW, NOW + HOUR, NOW + 2 * HOUR)


async def test_a_suppressed_contact_leaves_with_its_reason(world: World) -> None:
    campaign = await world.campaign()
    await world.store.write([OptedOut(phone(1), "import", NOW, "test")])
    [contact_id] = await world.people(1, campaign)
    claim = await world.claim(campaign)
    assert (claim.attempts, claim.refused, claim.waiting) == ((), {"suppressed": 1}, 0)
    place = await world.place(campaign, contact_id)
    assert (place.state, place.done_why, place.refusal) == ("done", "suppressed", "suppressed")


async def test_a_list_of_another_purpose_is_not_dialled(world: World) -> None:
    campaign = await world.campaign(purpose="party membership")
    await world.people(2, campaign)
    claim = await world.claim(campaign)
    assert (claim.attempts, claim.refused, claim.waiting) == ((), {"purpose_mismatch": 2}, 0)


async def test_earlier_attempts_of_every_campaign_count(world: World) -> None:
    one, other = await world.campaign(), await world.campaign()
    [contact_id] = await world.people(1, one, other)
    [attempt] = (await world.claim(one)).attempts
    await world.store.write(
        [AttemptClosed(attempt.id, one.id, contact_id, NOW + 60, Outcome.BUSY, RetryAt(NOW + 960))]
    )
    claim = await world.claim(other, now=NOW + 61)
    assert (claim.attempts, claim.refused, claim.next_at) == ((), {"spacing": 1}, NOW + 960)
    assert len((await world.claim(other, now=NOW + 960)).attempts) == 1


async def test_the_number_of_the_attempt_counts_those_that_were_used(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    now, numbers = NOW, []
    for outcome in (Outcome.CONGESTION, Outcome.BUSY, Outcome.CONGESTION, Outcome.BUSY):
        [attempt] = (await world.claim(campaign, now=now)).attempts
        numbers.append(attempt.number_of_attempt)
        now += 1000
        await world.store.write(
            [AttemptClosed(attempt.id, campaign.id, contact_id, now - 950, outcome, RetryAt(now))]
        )
    assert numbers == [1, 1, 2, 2]


async def test_a_claim_knows_whether_the_campaign_has_asked_the_person_before(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    now, asked_before = NOW, []
    for outcome in (Outcome.NO_ANSWER, Outcome.SURVEYED, Outcome.NO_ANSWER):
        [attempt] = (await world.claim(campaign, now=now)).attempts
        asked_before.append(attempt.asked_before)
        now += 10_800
        await world.store.write(
            [AttemptClosed(attempt.id, campaign.id, contact_id, now - 9000, outcome, RetryAt(now))]
        )
    assert asked_before == [False, False, True]


async def test_outside_the_window_nobody_is_touched(world: World) -> None:
    campaign = await world.campaign()
    ids = await world.people(2, campaign)
    night, morning = NOW + 9 * HOUR, NOW + 19.5 * HOUR
    claim = await world.claim(campaign, now=night)
    assert (claim.attempts, claim.refused) == ((), {"outside_window": 2})
    assert (claim.waiting, claim.next_at) == (2, morning)
    assert (await world.place(campaign, ids[0])).next_at == 0.0
    assert len((await world.claim(campaign, now=morning)).attempts) == 2


async def test_a_pause_holds_at_once_even_for_a_caller_that_has_not_heard_of_it(world: World) -> None:
    campaign = await world.campaign()
    await world.people(1, campaign)
    await world.store.set_campaign_state(campaign.id, CampaignState.PAUSED, NOW)
    claim = await world.claim(campaign)
    assert (claim.attempts, claim.refused, claim.waiting) == ((), {"campaign_not_running": 1}, 1)
    assert claim.next_at == NOW + RECHECK_S


async def test_refused_contacts_do_not_keep_the_others_from_being_found(world: World) -> None:
    campaign = await world.campaign()
    policy = replace(POLICY, silence=(SilencePeriod(62, NOW - HOUR, NOW + HOUR),))
    await world.people(300, campaign)
    free = await world.people(3, campaign, constituency=63)
    claim = await world.claim(campaign, 2, policy=policy)
    assert [attempt.contact.id for attempt in claim.attempts] == free[:2]
    assert claim.refused == {"silence_period": 300}


async def test_one_claim_looks_at_a_bounded_number(world: World) -> None:
    campaign = await world.campaign()
    policy = replace(POLICY, silence=(SilencePeriod(62, NOW - HOUR, NOW + HOUR),))
    await world.people(EXAMINED_AT_MOST + 5, campaign)
    first = await world.claim(campaign, 50, policy=policy)
    assert first.refused == {"silence_period": EXAMINED_AT_MOST}
    second = await world.claim(campaign, 50, policy=policy)
    assert second.refused == {"silence_period": 5}


async def test_large_queues_are_counted(world: World) -> None:
    campaign = await world.campaign()
    await world.people(1500, campaign)
    assert (await world.claim(campaign, 100)).waiting == 1400
    assert (await world.claim(campaign, 100, NOW + 1)).waiting == 1300
    assert (await world.claim(campaign, 200, NOW + 2)).waiting == 1100
    assert (await world.claim(campaign, 200, NOW + 3)).waiting == 900


async def test_whoever_comes_to_stand_in_front_is_found(world: World) -> None:
    campaign = await world.campaign()
    await world.people(40, campaign)
    await world.claim(campaign, 10)
    [first, second] = await world.people(2, campaign)
    await world.set_place(campaign, first, next_at=-0.5)
    soon = await world.claim(campaign, 10, NOW + 1)
    assert len(soon.attempts) == 10
    later = await world.claim(campaign, 1, NOW + 31)
    known = [attempt.contact.id for attempt in (*soon.attempts, *later.attempts)]
    assert first in known
    await world.set_place(campaign, second, next_at=-0.5)
    rest = await world.claim(campaign, 50, NOW + 32)
    assert len(rest.attempts) == 21 and second in [attempt.contact.id for attempt in rest.attempts]


async def test_forgotten_refusals_are_asked_again_at_once(world: World) -> None:
    campaign = await world.campaign()
    policy = replace(POLICY, silence=(SilencePeriod(62, NOW - HOUR, NOW + 5 * HOUR),))
    await world.store.write([OptedOut(phone(1), "import", NOW, "test")])
    suppressed, silenced = await world.people(2, campaign)
    [gone] = await world.people(1, campaign)
    await world.set_place(campaign, gone, state="done", done_why="connected")
    await world.claim(campaign, policy=policy)
    await world.store.forget_refusals(campaign.id)
    place = await world.place(campaign, silenced)
    assert (place.state, place.next_at, place.refusal) == ("waiting", 0.0, None)
    claim = await world.claim(campaign)
    assert [attempt.contact.id for attempt in claim.attempts] == [silenced]
    assert (await world.place(campaign, suppressed)).done_why == "suppressed"
    assert (await world.place(campaign, gone)).done_why == "connected"


async def test_whom_an_operator_passed_over_is_not_forgotten_by_new_settings(world: World) -> None:
    campaign = await world.campaign()
    await world.people(1, campaign)
    [attempt] = (await world.claim(campaign)).attempts
    ids = (attempt.id, campaign.id, attempt.contact.id)
    await world.store.write([AttemptWithdrawn(*ids, NOW, "passed over", skipped("unsuitable", NOW))])
    await world.store.forget_refusals(campaign.id)
    assert (await world.place(campaign, attempt.contact.id)).state == "done"
    assert not (await world.claim(campaign)).attempts


async def test_claims_at_the_same_time_get_different_contacts(sql_world: SqlWorld) -> None:
    campaign = await sql_world.campaign()
    await sql_world.people(200, campaign)
    second_daemon = SqlDialStore(sql_world.database)
    stores = [sql_world.store, second_daemon]
    claims = await asyncio.gather(*(stores[n % 2].claim(campaign, 10, NOW, POLICY) for n in range(20)))
    # Whoever is looked at by one claim is skipped by the other, and found by the next.
    claims.append(await sql_world.claim(campaign, 200))
    taken = [attempt.contact.id for claim in claims for attempt in claim.attempts]
    assert len(taken) == len(set(taken)) == 200
    assert await sql_world.attempts() == 200


async def test_two_campaigns_never_call_one_person_at_once(sql_world: SqlWorld) -> None:
    campaigns = [await sql_world.campaign() for _ in range(4)]
    ids = await sql_world.people(60, *campaigns)
    claims = await asyncio.gather(*(sql_world.claim(campaign, 60) for campaign in campaigns))
    claims.append(await sql_world.claim(campaigns[0], 60))
    taken = [attempt.contact.id for claim in claims for attempt in claim.attempts]
    assert sorted(taken) == ids


@pytest.mark.parametrize("limit", [0, -1])
async def test_asking_for_nobody_takes_nobody(world: World, limit: int) -> None:
    campaign = await world.campaign()
    await world.people(1, campaign)
    claim = await world.claim(campaign, limit)
    assert (claim.attempts, claim.waiting) == ((), 1)
