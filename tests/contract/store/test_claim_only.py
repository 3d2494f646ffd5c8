"""Claiming one contact who was asked for: due or not, the rules decide, and a refusal is kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dialer.core.model import Done, Outcome, RefusalReason, RetryAt, SilencePeriod
from dialer.core.rules import skipped
from dialer.store.port import AttemptClosed, AttemptWithdrawn, CallbackAgreed, Claim, OptedOut
from tests.contract.store.worlds import NOW, POLICY, SqlWorld, World, phone

HOUR = 3600.0


def reason(claim: Claim) -> str:
    assert claim.attempts == () and claim.verdict is not None
    return claim.verdict.reason.value


async def test_only_this_contact_is_taken_though_others_come_first(world: World) -> None:
    campaign = await world.campaign()
    ids = await world.people(3, campaign)
    await world.set_place(campaign, ids[2], next_at=NOW + HOUR)
    claim = await world.store.claim(campaign, 1, NOW, POLICY, only=ids[2])
    [attempt] = claim.attempts
    assert (attempt.contact.id, attempt.number_of_attempt, claim.verdict) == (ids[2], 1, None)
    assert (claim.waiting, claim.next_at, dict(claim.refused)) == (2, 0.0, {})
    assert (await world.place(campaign, ids[2])).state == "claimed"
    assert (await world.attempt(attempt.id))["dialled_at"] is None


async def test_somebody_of_another_campaign_is_not_taken(world: World) -> None:
    campaign, other = await world.campaign(), await world.campaign()
    await world.people(1, campaign)
    [stranger] = await world.people(1, other)
    claim = await world.store.claim(campaign, 1, NOW, POLICY, only=stranger)
    assert (claim.attempts, claim.verdict, claim.waiting) == ((), None, 1)
    assert await world.attempts() == 0


async def test_who_is_being_called_is_refused_and_stays(world: World) -> None:
    campaign, other = await world.campaign(), await world.campaign()
    [contact_id] = await world.people(1, campaign, other)
    await world.claim(campaign)
    claim = await world.store.claim(campaign, 1, NOW, POLICY, only=contact_id)
    assert reason(claim) == "call_in_progress"
    assert (await world.place(campaign, contact_id)).state == "claimed"
    elsewhere = await world.store.claim(other, 1, NOW, POLICY, only=contact_id)
    assert reason(elsewhere) == "call_in_progress"
    assert await world.attempts() == 1


async def test_the_rules_of_the_campaign_refuse_and_it_is_kept(world: World) -> None:
    campaign = await world.campaign()
    ids = await world.people(2, campaign)
    night, morning = NOW + 9 * HOUR, NOW + 19.5 * HOUR
    claim = await world.store.claim(campaign, 1, night, POLICY, only=ids[0])
    assert reason(claim) == "outside_window" and claim.verdict is not None
    assert claim.verdict.until == morning
    [row] = await world.rows("refusal")
    assert (row["contact_id"], row["reason"], row["times"]) == (ids[0], "outside_window", 1)
    assert (await world.place(campaign, ids[0])).next_at == morning
    assert (await world.place(campaign, ids[1])).next_at == 0.0


async def test_a_refusal_never_brings_forward_what_was_agreed(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    await world.store.write([CallbackAgreed("a" + "0" * 24, campaign.id, contact_id, NOW + 5 * HOUR, NOW)])
    policy = replace(POLICY, silence=(SilencePeriod(62, NOW - HOUR, NOW + HOUR),))
    claim = await world.store.claim(campaign, 1, NOW, policy, only=contact_id)
    assert reason(claim) == "silence_period"
    place = await world.place(campaign, contact_id)
    assert (place.state, place.next_at) == ("waiting", NOW + 5 * HOUR)
    [row] = await world.rows("refusal")
    assert (row["reason"], row["times"]) == ("silence_period", 1)


async def test_attempts_and_their_spacing_count(world: World) -> None:
    campaign = await world.campaign(max_attempts=1)
    [contact_id] = await world.people(1, campaign)
    [attempt] = (await world.claim(campaign)).attempts
    ended = AttemptClosed(attempt.id, campaign.id, contact_id, NOW + 60, Outcome.BUSY, RetryAt(NOW + 960))
    await world.store.write([ended])
    more = replace(campaign, max_attempts=3)
    assert reason(await world.store.claim(more, 1, NOW + 61, POLICY, only=contact_id)) == "spacing"
    assert reason(await world.store.claim(campaign, 1, NOW + 61, POLICY, only=contact_id)) == "total_limit"
    assert (await world.place(campaign, contact_id)).next_at == NOW + 960
    assert len((await world.store.claim(more, 1, NOW + 960, POLICY, only=contact_id)).attempts) == 1


async def test_who_opted_out_is_refused_as_such_though_they_left(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    await world.store.write([OptedOut(phone(contact_id), "keypad", NOW, "test")])
    claim = await world.store.claim(campaign, 1, NOW, POLICY, only=contact_id)
    assert reason(claim) == "suppressed"
    assert (await world.place(campaign, contact_id)).done_why == "opted_out"
    assert [row["reason"] for row in await world.rows("refusal")] == ["suppressed"]


async def test_whom_the_campaign_is_through_with_is_not_called_again(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    [attempt] = (await world.claim(campaign)).attempts
    ended = AttemptClosed(attempt.id, campaign.id, contact_id, NOW, Outcome.CONNECTED, Done("connected"))
    await world.store.write([ended])
    later = NOW + 2 * HOUR
    claim = await world.store.claim(campaign, 1, later, POLICY, only=contact_id)
    assert reason(claim) == RefusalReason.THROUGH.value
    place = await world.place(campaign, contact_id)
    assert (place.state, place.done_why) == ("done", "connected")


async def test_whom_an_operator_put_off_may_be_asked_for_before_that(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    [attempt] = (await world.claim(campaign)).attempts
    put_off = skipped("another_day", NOW)
    await world.store.write([AttemptWithdrawn(attempt.id, campaign.id, contact_id, NOW, "", put_off)])
    assert (await world.claim(campaign, now=NOW + 60)).attempts == ()
    claim = await world.store.claim(campaign, 1, NOW + 60, POLICY, only=contact_id)
    assert [each.contact.id for each in claim.attempts] == [contact_id]


async def test_who_was_only_looked_at_stays_put_off(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    await world.set_place(campaign, contact_id, next_at=NOW + 20 * HOUR)
    [attempt] = (await world.store.claim(campaign, 1, NOW, POLICY, only=contact_id)).attempts
    away = AttemptWithdrawn(attempt.id, campaign.id, contact_id, NOW + 60, "the operator left")
    await world.store.write([away])
    place = await world.place(campaign, contact_id)
    assert (place.state, place.next_at) == ("waiting", NOW + 20 * HOUR)
    assert (await world.claim(campaign, now=NOW + 61)).attempts == ()


@pytest.mark.parametrize("rounds", [3])
async def test_two_who_ask_for_one_person_at_once_get_them_once(sql_world: SqlWorld, rounds: int) -> None:
    one, other = await sql_world.campaign(), await sql_world.campaign()
    for contact_id in await sql_world.people(rounds, one, other):
        asked = [sql_world.store.claim(each, 1, NOW, POLICY, only=contact_id) for each in (one, other)]
        claims = await asyncio.gather(*asked)
        assert sorted(len(claim.attempts) for claim in claims) == [0, 1]
        [left] = [claim for claim in claims if not claim.attempts]
        assert reason(left) == "call_in_progress"
