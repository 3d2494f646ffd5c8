"""Somebody rings a line: remembered once, one wish, in front of the queue of the line's campaign."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import insert, update

from db.models import Attempt, CampaignContact
from dialer.core.missed_calls import LineLimits, RingResult
from dialer.core.model import (
    Campaign,
    CampaignState,
    ClaimedAttempt,
    DialPolicy,
    Done,
    Outcome,
    RetryAt,
)
from dialer.store.port import SURVEY_ENDED, AttemptClosed, EventNoted, OptedOut, Ring, Rung
from tests.contract.store.worlds import NOW, SqlWorld, World, phone

LINE, STRANGER = "+917880000001", "+919876543210"
LIMITS = LineLimits(one_wish_s=600.0, wishes_a_day=2, wishes_a_minute=3, call_back_s=5.0)
ONE_A_DAY = DialPolicy(max_per_day=1, default_spacing_s=7200.0)


def ring(number: int, who: str = STRANGER, at: float = NOW, line: str = LINE) -> Ring:
    return Ring(f"afffff{number:019x}", line, who[1:], who, at)


async def rings(world: World, number: int, who: str = STRANGER, at: float = NOW) -> Rung:
    return await world.store.rang(ring(number, who, at), LIMITS)


async def called_back(world: World, campaign: Campaign, now: float) -> list[ClaimedAttempt]:
    return list((await world.claim(campaign, 10, now, ONE_A_DAY)).attempts)


def ended(attempt: ClaimedAttempt, at: float, outcome: Outcome = Outcome.SURVEYED) -> AttemptClosed:
    ids = (attempt.id, attempt.campaign_id, attempt.contact.id)
    return AttemptClosed(*ids, at, outcome, Done(outcome.value), inbound=attempt.inbound)


async def test_a_stranger_becomes_a_contact_and_is_called_once_a_little_later(world: World) -> None:
    campaign = await world.campaign(line=LINE)
    rung = await rings(world, 1)
    assert (rung.result, rung.campaign_id, rung.due_at) == (RingResult.CALL_BACK, campaign.id, NOW + 5)
    assert await called_back(world, campaign, NOW + 4) == []
    [attempt] = await called_back(world, campaign, NOW + 5)
    assert rung.contact and attempt.contact.id == rung.contact.id and attempt.contact.phone == STRANGER
    assert attempt.contact.constituency is None and attempt.contact.list_consent
    await world.store.write([ended(attempt, NOW + 60)])
    assert await called_back(world, campaign, NOW + 9 * 3600) == []


async def test_the_same_call_told_again_changes_nothing(world: World) -> None:
    campaign = await world.campaign(line=LINE)
    first, again = await rings(world, 1), await rings(world, 1)
    assert (again.result, again.campaign_id) == (first.result, first.campaign_id)
    [attempt] = await called_back(world, campaign, NOW + 5)
    await world.store.write([ended(attempt, NOW + 60)])
    await rings(world, 1)
    assert await called_back(world, campaign, NOW + 3600) == []


async def test_several_rings_are_one_wish_and_a_later_one_another(world: World) -> None:
    campaign = await world.campaign(line=LINE)
    assert (await rings(world, 1)).result is RingResult.CALL_BACK
    assert (await rings(world, 2, at=NOW + 300)).result is RingResult.REPEATED
    assert (await rings(world, 3, at=NOW + 3600)).result is RingResult.REPEATED, "the call is still to come"
    [attempt] = await called_back(world, campaign, NOW + 3601)
    assert (await rings(world, 4, at=NOW + 3610)).result is RingResult.REPEATED, "being called now"
    await world.store.write([ended(attempt, NOW + 3660)])
    assert (await rings(world, 5, at=NOW + 3700)).result is RingResult.CALL_BACK
    [second] = await called_back(world, campaign, NOW + 3705)
    await world.store.write([ended(second, NOW + 3760)])
    assert (await rings(world, 6, at=NOW + 9000)).result is RingResult.PERSON_LIMIT
    assert await called_back(world, campaign, NOW + 9100) == []


async def test_a_ring_in_the_moment_of_a_claim_is_no_wish_of_its_own(sql_world: SqlWorld) -> None:
    campaign = await sql_world.campaign(line=LINE)
    [contact_id] = await sql_world.people(1, campaign)
    async with sql_world.database.writing() as claim:
        place = {"campaign_id": campaign.id, "contact_id": contact_id}
        attempt = {"id": "a" + "1" * 24, "number_of_attempt": 1, "trunk": "carrier", "claimed_at": NOW}
        await claim.execute(insert(Attempt).values(attempt | place))
        await claim.execute(update(CampaignContact).values(state="claimed"))
        ringing = asyncio.create_task(rings(sql_world, 1, phone(contact_id)))
        await asyncio.sleep(0.2)
        assert not ringing.done()
    assert (await ringing).result is RingResult.REPEATED


async def test_who_waits_in_the_queue_anyway_comes_first_and_without_limits(world: World) -> None:
    campaign = await world.campaign(line=LINE)
    ids = await world.people(3, campaign)
    [first] = (await world.claim(campaign, 1)).attempts
    done = RetryAt(NOW + 7200)
    close = AttemptClosed(first.id, campaign.id, ids[0], NOW + 30, Outcome.NO_ANSWER, done)
    await world.store.write([close])
    await rings(world, 1, phone(ids[0]), NOW + 60)
    claim = await world.claim(campaign, 1, NOW + 65, ONE_A_DAY)
    assert [each.contact.id for each in claim.attempts] == [ids[0]]


@pytest.mark.parametrize("state", ["waiting", "done"])
async def test_who_opted_out_is_not_called(world: World, state: str) -> None:
    campaign = await world.campaign(line=LINE)
    before, after = await world.people(2, campaign)
    await world.set_place(campaign, before, state=state)
    await world.store.write([OptedOut(phone(before), "keypad", NOW, "keypad")])
    assert (await rings(world, 1, phone(before))).result is RingResult.SUPPRESSED
    assert (await rings(world, 2, phone(after))).result is RingResult.CALL_BACK
    await world.store.write([OptedOut(phone(after), "keypad", NOW, "keypad")])
    assert await called_back(world, campaign, NOW + 10) == []


async def test_a_flood_is_cut_off_and_a_minute_later_over(world: World) -> None:
    await world.campaign(line=LINE)
    results = [(await rings(world, number, phone(900 + number))).result for number in range(5)]
    assert results == [RingResult.CALL_BACK] * 3 + [RingResult.FLOOD] * 2
    assert (await rings(world, 9, phone(999), NOW + 61)).result is RingResult.CALL_BACK


async def test_a_number_that_may_not_be_called_is_only_remembered(world: World) -> None:
    campaign = await world.campaign(line=LINE)
    forged = Ring("afffff" + "0" * 19, LINE, "+447911123456", "", NOW, RingResult.FOREIGN_NUMBER)
    rung = await world.store.rang(forged, LIMITS)
    assert (rung.result, rung.campaign_id, rung.contact) == (RingResult.FOREIGN_NUMBER, campaign.id, None)
    assert (await world.claim(campaign)).waiting == 0


@pytest.mark.parametrize("state", [CampaignState.FINISHED, CampaignState.STOPPING])
async def test_the_line_of_a_campaign_that_is_over_is_nobodys(world: World, state: CampaignState) -> None:
    await world.campaign(line=LINE, state=state)
    assert await rings(world, 1) == Rung(RingResult.NO_CAMPAIGN)


async def test_the_newest_campaign_has_the_line_and_calls_when_it_runs(world: World) -> None:
    await world.campaign(line=LINE)
    newer = await world.campaign(line=LINE, state=CampaignState.PAUSED)
    assert (await rings(world, 1)).campaign_id == newer.id
    assert (await world.claim(newer, 1, NOW + 60)).attempts == ()


async def test_who_has_answered_everything_is_not_asked_again(world: World) -> None:
    campaign = await world.campaign(line=LINE, survey_version_id=1)
    [contact_id] = await world.people(1, campaign)
    [attempt] = (await world.claim(campaign, 1)).attempts
    over = EventNoted(attempt.id, NOW + 50, SURVEY_ENDED, "complete")
    await world.store.write([over, ended(attempt, NOW + 60)])
    assert (await rings(world, 1, phone(contact_id), NOW + 3600)).result is RingResult.COMPLETE


async def test_who_is_asked_at_once_waits_for_no_call_until_the_survey_is_interrupted(world: World) -> None:
    campaign = await world.campaign(line=LINE, survey_version_id=1)
    asked = replace(ring(1), resumes_at=NOW + 7200)
    rung = await world.store.rang(asked, LIMITS)
    assert (rung.result, rung.due_at) == (RingResult.ASKED, NOW + 7200) and rung.contact
    attempt = ClaimedAttempt(asked.id, campaign.id, rung.contact, NOW, 0, inbound=True)
    assert await world.store.take_in(attempt, campaign.trunk)
    interrupted = replace(ended(attempt, NOW + 60), next_step=RetryAt(NOW + 60))
    await world.store.write([interrupted])
    assert await called_back(world, campaign, NOW + 7199) == []
    [resumed] = await called_back(world, campaign, NOW + 7200)
    assert resumed.number_of_attempt == 1, "a call to us is none of the attempts"


async def test_a_survey_that_was_answered_in_a_call_to_us_is_over(world: World) -> None:
    campaign = await world.campaign(line=LINE, survey_version_id=1)
    asked = replace(ring(1), resumes_at=NOW + 7200)
    rung = await world.store.rang(asked, LIMITS)
    assert rung.contact
    attempt = ClaimedAttempt(asked.id, campaign.id, rung.contact, NOW, 0, inbound=True)
    assert await world.store.take_in(attempt, campaign.trunk)
    await world.store.write([ended(attempt, NOW + 60)])
    place = await world.place(campaign, rung.contact.id)
    assert (place.state, place.done_why, place.last_outcome) == ("done", "surveyed", "surveyed")
    assert await world.store.outcomes_since(campaign.id, NOW - 60) == {}


@pytest.mark.parametrize("taken_in", [False, True])
@pytest.mark.parametrize("through", [False, True])
async def test_who_was_to_be_asked_and_was_turned_away_is_called_back(
    world: World, taken_in: bool, through: bool
) -> None:
    """The database or the daemon failed before the line answered; the spool tells of the ring."""
    campaign = await world.campaign(line=LINE, survey_version_id=1)
    [contact_id] = await world.people(1, campaign)
    if through:
        await world.set_place(campaign, contact_id, state="done", done_why="total_limit")
    asked = replace(ring(1, phone(contact_id)), resumes_at=NOW + 7200)
    rung = await world.store.rang(asked, LIMITS)
    assert rung.result is RingResult.ASKED and rung.contact
    if taken_in:
        attempt = ClaimedAttempt(asked.id, campaign.id, rung.contact, NOW, 0, inbound=True)
        assert await world.store.take_in(attempt, campaign.trunk)
    told = replace(ring(1, phone(contact_id)), at=NOW + 1)
    again = await world.store.rang(told, LIMITS)
    assert (again.result, again.due_at) == (RingResult.CALL_BACK, NOW + 6)
    assert (await world.store.rang(told, LIMITS)).due_at is None, "told again, it changes nothing"
    if taken_in:
        not_asked = replace(ended(attempt, NOW + 3, Outcome.NO_ANSWER), next_step=RetryAt(NOW + 3))
        await world.store.write([not_asked])
    [call] = await called_back(world, campaign, NOW + 6)
    assert call.contact.id == contact_id


@pytest.mark.parametrize("resumes_at", [None, NOW + 7200])
async def test_a_call_of_another_campaign_takes_nobodys_wish_away(
    world: World, resumes_at: float | None
) -> None:
    """Such a call may be one that a crash left open, or one that an operator only looks at."""
    other, campaign = await world.campaign(), await world.campaign(line=LINE, survey_version_id=1)
    [contact_id] = await world.people(1, other)
    [under_way] = (await world.claim(other)).attempts
    rung = await world.store.rang(replace(ring(1, phone(contact_id)), resumes_at=resumes_at), LIMITS)
    assert (rung.result, rung.due_at) == (RingResult.CALL_BACK, NOW + 5)
    assert await called_back(world, campaign, NOW + 10) == [], "two calls at once"
    await world.store.write([ended(under_way, NOW + 60, Outcome.CONNECTED)])
    [call] = await called_back(world, campaign, NOW + 61)
    assert call.contact.id == contact_id
