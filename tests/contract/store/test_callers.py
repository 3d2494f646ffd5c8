"""Somebody calls us: who it is, and what their call changes of their place, which is little."""

from __future__ import annotations

import pytest

from dialer.core.model import (
    Campaign,
    CampaignKind,
    CampaignState,
    ClaimedAttempt,
    Contact,
    DialPolicy,
    Done,
    NextStep,
    Outcome,
    RetryAt,
)
from dialer.store.port import AttemptClosed, AttemptTimes, CallbackAgreed, OptedOut
from tests.contract.store.worlds import NOW, World, phone

CALL_ID = "afffff" + "0" * 19
ONE_A_DAY = DialPolicy(max_per_day=1, default_spacing_s=7200.0)


async def calls_in(world: World, campaign: Campaign, contact_id: int, at: float = NOW) -> ClaimedAttempt:
    contact = Contact(contact_id, phone(contact_id), "", "hi", 62, "", "", "")
    attempt = ClaimedAttempt(CALL_ID, campaign.id, contact, at, 0, inbound=True)
    assert await world.store.take_in(attempt, "carrier")
    return attempt


def ended(attempt: ClaimedAttempt, outcome: Outcome, step: NextStep) -> AttemptClosed:
    ids = (attempt.id, attempt.campaign_id, attempt.contact.id)
    return AttemptClosed(*ids, NOW + 60, outcome, step, inbound=True)


async def test_a_caller_is_known_by_the_number_with_the_campaign_of_the_last_call_first(world: World) -> None:
    older, newer = await world.campaign(), await world.campaign()
    await world.campaign()
    finished = await world.campaign(state=CampaignState.FINISHED)
    [contact_id] = await world.people(1, older, newer, finished)
    found = await world.store.caller(phone(contact_id))
    assert found and found.contact.id == contact_id and found.contact.language == "hi"
    assert found.campaign_ids == (newer.id, older.id)
    await world.claim(older, 1)
    again = await world.store.caller(phone(contact_id))
    assert again and again.campaign_ids == (older.id, newer.id)
    assert await world.store.caller("+919999999999") is None


async def test_a_caller_who_opted_out_is_known_as_such(world: World) -> None:
    [contact_id] = await world.people(1)
    await world.store.write([OptedOut(phone(contact_id), "keypad", NOW, "keypad")])
    found = await world.store.caller(phone(contact_id))
    assert found and found.contact.suppressed and found.campaign_ids == ()


async def test_a_call_to_us_is_one_at_a_time_and_keeps_the_contact_from_being_dialled(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    attempt = await calls_in(world, campaign, contact_id)
    again = ClaimedAttempt("afffff" + "1" * 19, campaign.id, attempt.contact, NOW, 0, inbound=True)
    assert not await world.store.take_in(again, "carrier")
    assert (await world.claim(campaign)).attempts == ()
    (left,) = await world.store.open_attempts()
    assert left.attempt.inbound and left.answered_at == NOW and left.dialled_at is None
    context = await world.store.call_context(attempt.id)
    assert context and context.contact_id == contact_id and context.inbound


async def test_nobody_came_changes_nothing_of_the_place_nor_of_the_limits(world: World) -> None:
    campaign = await world.campaign(max_attempts=1)
    [contact_id] = await world.people(1, campaign)
    attempt = await calls_in(world, campaign, contact_id)
    before = await world.place(campaign, contact_id)
    await world.store.write([ended(attempt, Outcome.NO_ANSWER, RetryAt(NOW + 60))])
    assert await world.place(campaign, contact_id) == before
    assert len((await world.claim(campaign, now=NOW + 61, policy=ONE_A_DAY)).attempts) == 1


async def test_who_was_joined_is_called_no_more_and_counts_for_no_allowance(world: World) -> None:
    campaign = await world.campaign(kind=CampaignKind.OPERATORS)
    [contact_id] = await world.people(1, campaign)
    attempt = await calls_in(world, campaign, contact_id)
    joined = AttemptTimes(attempt.id, joined_at=NOW + 40, seat=1, operator_id=1)
    await world.store.write([joined, ended(attempt, Outcome.CONNECTED, Done("connected"))])
    place = await world.place(campaign, contact_id)
    assert (place.state, place.done_why, place.attempts) == ("done", "connected", 0)
    assert place.last_outcome == "connected"
    assert (await world.store.live_answers(campaign.id, NOW - 60)).answered_at == ()
    assert await world.store.outcomes_since(campaign.id, NOW - 60) == {}


@pytest.mark.parametrize("state", ["waiting", "done"])
async def test_a_callback_agreed_in_a_call_to_us_is_kept(world: World, state: str) -> None:
    campaign = await world.campaign(max_attempts=1)
    [contact_id] = await world.people(1, campaign)
    await world.set_place(campaign, contact_id, state=state)
    attempt = await calls_in(world, campaign, contact_id)
    agreed = CallbackAgreed(attempt.id, campaign.id, contact_id, NOW + 3600, NOW + 30)
    await world.store.write([agreed])
    await world.store.write([ended(attempt, Outcome.CONNECTED, Done("connected"))])
    place = await world.place(campaign, contact_id)
    assert (place.state, place.next_at, place.done_why) == ("waiting", NOW + 3600, None)
