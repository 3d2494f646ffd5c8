"""Callbacks: agreed in a call, kept before anything else, ended by an opt-out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.core.model import Campaign, ClaimedAttempt, Done, Outcome, RetryAt
from dialer.store.port import AttemptClosed, CallbackAgreed, OptedOut
from tests.contract.store.worlds import NOW, World, phone

HOUR = 3600.0


async def called(world: World, campaign: Campaign, now: float = NOW) -> ClaimedAttempt:
    """One person, whose call is under way."""
    return (await world.claim(campaign, 1, now)).attempts[0]


def agreed(attempt: ClaimedAttempt, due_at: float, at: float = NOW) -> CallbackAgreed:
    return CallbackAgreed(attempt.id, attempt.campaign_id, attempt.contact.id, due_at, at)


def ended(attempt: ClaimedAttempt, at: float, outcome: Outcome = Outcome.CONNECTED) -> AttemptClosed:
    ids = (attempt.id, attempt.campaign_id, attempt.contact.id)
    return AttemptClosed(*ids, at, outcome, Done("connected"))


@pytest.mark.parametrize("order", ["in the call", "in one batch", "in the wrap-up"])
async def test_who_asked_for_it_is_called_at_that_time_before_all_others(world: World, order: str) -> None:
    campaign = await world.campaign(max_attempts=1)
    ids = await world.people(4, campaign)
    attempt = await called(world, campaign)
    callback, end = agreed(attempt, NOW + HOUR), ended(attempt, NOW + 60)
    if order == "in one batch":
        await world.store.write([callback, end])
    else:
        facts = [callback, end] if order == "in the call" else [end, callback]
        for fact in facts:
            await world.store.write([fact])
    place = await world.place(campaign, ids[0])
    assert (place.state, place.next_at, place.done_why) == ("waiting", NOW + HOUR, None)
    early = await world.claim(campaign, 1, NOW + HOUR - 1)
    assert [each.contact.id for each in early.attempts] == [ids[1]]
    due = await world.claim(campaign, 2, NOW + HOUR)
    assert [each.contact.id for each in due.attempts] == [ids[0], ids[2]]


async def test_a_callback_that_was_kept_is_over(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    first = await called(world, campaign)
    await world.store.write([agreed(first, NOW + HOUR), ended(first, NOW + 60)])
    second = await called(world, campaign, NOW + HOUR)
    await world.store.write([ended(second, NOW + HOUR + 60)])
    place = await world.place(campaign, contact_id)
    assert (place.state, place.done_why, place.callback_at) == ("done", "connected", None)


async def test_another_time_may_be_agreed_in_the_callback(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    first = await called(world, campaign)
    await world.store.write([agreed(first, NOW + HOUR), ended(first, NOW + 60)])
    second = await called(world, campaign, NOW + HOUR)
    await world.store.write([agreed(second, NOW + 3 * HOUR), ended(second, NOW + HOUR + 60)])
    place = await world.place(campaign, contact_id)
    assert (place.state, place.next_at) == ("waiting", NOW + 3 * HOUR)


async def test_who_does_not_answer_the_callback_is_tried_by_the_rules_for_all(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    first = await called(world, campaign)
    await world.store.write([agreed(first, NOW + HOUR), ended(first, NOW + 60)])
    second = await called(world, campaign, NOW + HOUR)
    ids = (second.id, second.campaign_id, second.contact.id)
    retry = RetryAt(NOW + 3 * HOUR)
    await world.store.write([AttemptClosed(*ids, NOW + HOUR + 30, Outcome.NO_ANSWER, retry)])
    place = await world.place(campaign, contact_id)
    assert (place.state, place.next_at, place.callback_at) == ("waiting", NOW + 3 * HOUR, None)


@pytest.mark.parametrize("first", ["opt-out", "callback"])
async def test_an_opt_out_ends_it(world: World, first: str) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    attempt = await called(world, campaign)
    out = OptedOut(phone(contact_id), "operator", NOW, "citizen", attempt.id)
    facts = [out, agreed(attempt, NOW + HOUR)]
    for fact in facts if first == "opt-out" else reversed(facts):
        await world.store.write([fact])
    await world.store.write([ended(attempt, NOW + 60)])
    assert (await world.place(campaign, contact_id)).state == "done"
    assert (await world.claim(campaign, 5, NOW + HOUR)).attempts == ()


async def test_rules_that_protect_everybody_hold_for_callbacks_too(world: World) -> None:
    campaign = await world.campaign()
    await world.people(1, campaign)
    attempt = await called(world, campaign)
    night = NOW + 12 * HOUR
    await world.store.write([agreed(attempt, night), ended(attempt, NOW + 60)])
    claim = await world.claim(campaign, 1, night)
    assert claim.attempts == () and claim.waiting == 1


@pytest.mark.parametrize("outcome", [Outcome.CONGESTION, Outcome.TRUNK_FAULT])
async def test_a_fault_of_the_trunk_does_not_keep_the_callback(world: World, outcome: Outcome) -> None:
    campaign = await world.campaign(max_attempts=1)
    [contact_id] = await world.people(1, campaign)
    first = await called(world, campaign)
    await world.store.write([agreed(first, NOW + HOUR), ended(first, NOW + 60)])
    second = await called(world, campaign, NOW + HOUR)
    ids = (second.id, second.campaign_id, second.contact.id)
    await world.store.write([AttemptClosed(*ids, NOW + HOUR + 5, outcome, RetryAt(NOW + HOUR + 300))])
    again = await world.claim(campaign, 1, NOW + HOUR + 300)
    assert [each.contact.id for each in again.attempts] == [contact_id]


async def test_who_was_abandoned_meanwhile_waits_all_the_same(world: World) -> None:
    first, other = await world.campaign(), await world.campaign()
    await world.people(1, first, other)
    attempt = await called(world, first)
    await world.store.write([agreed(attempt, NOW + 3 * HOUR), ended(attempt, NOW + 60)])
    claim = await world.claim(other, 1, NOW + 2.5 * HOUR)
    if claim.attempts:
        lost = claim.attempts[0]
        ids = (lost.id, lost.campaign_id, lost.contact.id)
        abandoned = AttemptClosed(*ids, NOW + 2.6 * HOUR, Outcome.ABANDONED, RetryAt(NOW + 100 * HOUR))
        await world.store.write([abandoned])
    assert claim.attempts
    assert (await world.claim(first, 1, NOW + 3 * HOUR)).attempts == ()


async def test_with_whom_they_want_to_speak_is_kept_until_the_call(world: World) -> None:
    campaign = await world.campaign()
    [contact_id] = await world.people(1, campaign)
    first = await called(world, campaign)
    assert first.operator_id is None
    mine = replace(agreed(first, NOW + HOUR), operator_id=7)
    await world.store.write([mine, ended(first, NOW + 60)])
    second = await called(world, campaign, NOW + HOUR)
    assert second.operator_id == 7
    await world.store.write([ended(second, NOW + HOUR + 60)])
    assert (await world.place(campaign, contact_id)).callback_with is None
