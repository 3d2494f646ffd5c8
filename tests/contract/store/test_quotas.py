"""Quotas in the claim: whose group is full is not called, and what counts for it."""

from __future__ import annotations

import json
from dataclasses import replace

from sqlalchemy import Engine, event

from dialer.core.model import Campaign, ClaimedAttempt, Done, Outcome, Quota, QuotaBy, RetryAt
from dialer.core.rules import RECHECK_S
from dialer.store.port import AttemptClosed, AttemptTimes, CallbackAgreed, EventNoted
from tests.contract.store.worlds import NOW, SqlWorld, World

DURG = QuotaBy.CONSTITUENCY, "62"


async def ended(world: World, campaign: Campaign, attempt: ClaimedAttempt, how: str = "complete") -> None:
    """The survey of the attempt ended so, and its call with it."""
    over = AttemptClosed(attempt.id, campaign.id, attempt.contact.id, NOW, Outcome.SURVEYED, Done("surveyed"))
    await world.store.write([EventNoted(attempt.id, NOW, "survey_ended", how), over])


async def test_when_a_group_has_its_interviews_the_rest_of_it_leaves(world: World) -> None:
    campaign = await world.campaign(quotas=(Quota(*DURG, 2),))
    people = await world.people(4, campaign)
    [other] = await world.people(1, campaign, constituency=63)
    for attempt in (await world.claim(campaign, 2)).attempts:
        await ended(world, campaign, attempt)
    claim = await world.claim(campaign)
    assert [attempt.contact.id for attempt in claim.attempts] == [other]
    assert (dict(claim.refused), claim.waiting) == ({"quota_full": 2}, 0)
    for contact_id in people[2:]:
        place = await world.place(campaign, contact_id)
        assert (place.state, place.done_why, place.refusal) == ("done", "quota_full", "quota_full")


async def test_no_more_are_taken_than_interviews_are_missing(world: World) -> None:
    campaign = await world.campaign(quotas=(Quota(*DURG, 3),))
    people = await world.people(5, campaign)
    claim = await world.claim(campaign)
    assert [attempt.contact.id for attempt in claim.attempts] == people[:3]
    assert (dict(claim.refused), claim.next_at) == ({"quota_full": 2}, NOW + RECHECK_S)
    later = NOW + RECHECK_S
    assert (await world.claim(campaign, now=later)).attempts == ()
    first, *_others = claim.attempts
    await ended(world, campaign, first, "hung_up")
    # One call that ended, and no interview: two calls may now try for each of the three.
    again = await world.claim(campaign, now=later + RECHECK_S)
    assert [attempt.contact.id for attempt in again.attempts] == people[3:]


async def test_the_more_calls_an_interview_takes_the_more_are_under_way(world: World) -> None:
    campaign = await world.campaign(quotas=(Quota(*DURG, 2),))
    await world.people(20, campaign)
    for number in range(3):
        [attempt, *_rest] = (await world.claim(campaign, 1, NOW + number)).attempts
        ids = attempt.id, campaign.id, attempt.contact.id
        await world.store.write([AttemptClosed(*ids, NOW + number, Outcome.BUSY, RetryAt(NOW + 900))])
    assert len((await world.claim(campaign, 20, NOW + 9)).attempts) == 8


async def test_who_is_on_the_line_counts_for_more_than_a_call_in_flight(world: World) -> None:
    campaign = await world.campaign(quotas=(Quota(*DURG, 2),))
    await world.people(20, campaign)
    for attempt in (await world.claim(campaign, 2)).attempts:
        ids = attempt.id, campaign.id, attempt.contact.id
        await world.store.write([AttemptClosed(*ids, NOW, Outcome.BUSY, RetryAt(NOW + 900))])
    [answers, _rings] = (await world.claim(campaign, 2)).attempts
    await world.store.write([AttemptTimes(answers.id, answered_at=NOW)])
    # The one who answered is as good as an interview; of the others it takes three for one.
    assert len((await world.claim(campaign, 20)).attempts) == 2


async def test_only_a_complete_interview_of_the_campaign_counts_and_only_once(world: World) -> None:
    campaign, other = await world.campaign(quotas=(Quota(*DURG, 2),)), await world.campaign()
    await world.people(3, campaign)
    await world.people(1, other)
    [elsewhere] = (await world.claim(other)).attempts
    await ended(world, other, elsewhere)
    [first] = (await world.claim(campaign, 1)).attempts
    await world.store.write([EventNoted(first.id, NOW, "survey_ended", "complete")])
    await ended(world, campaign, first)
    [second] = (await world.claim(campaign, 1)).attempts
    await ended(world, campaign, second, "open_questions")
    assert len((await world.claim(campaign)).attempts) == 1
    known = (await world.place(campaign, first.contact.id)).complete_as
    assert known is not None and json.loads(known) == [62, "hi", "citizen"]
    assert (await world.place(campaign, second.contact.id)).complete_as is None


async def test_a_person_is_called_only_if_all_their_groups_have_room(world: World) -> None:
    quotas = (Quota(*DURG, 9), Quota(QuotaBy.LANGUAGE, "en", 1), Quota(QuotaBy.KIND, "worker", 1))
    campaign = await world.campaign(quotas=quotas)
    [citizen] = await world.people(1, campaign)
    english = await world.people(2, campaign, language="en")
    workers = await world.people(2, campaign, kind="worker", constituency=None)
    claim = await world.claim(campaign)
    taken = [attempt.contact.id for attempt in claim.attempts]
    assert taken == [citizen, english[0], workers[0]]
    assert dict(claim.refused) == {"quota_full": 2}


async def test_a_raised_quota_lets_those_who_wait_be_called(world: World) -> None:
    campaign = await world.campaign(quotas=(Quota(*DURG, 1),))
    await world.people(3, campaign)
    await ended(world, campaign, (await world.claim(campaign, 1)).attempts[0])
    assert (await world.claim(campaign)).waiting == 0
    await world.store.forget_refusals(campaign.id)
    raised = replace(campaign, quotas=(Quota(*DURG, 2),))
    assert len((await world.claim(raised)).attempts) == 1


async def test_a_promise_to_call_again_is_kept_whatever_the_quota(world: World) -> None:
    campaign = await world.campaign(quotas=(Quota(*DURG, 1),))
    await world.people(2, campaign)
    [first] = (await world.claim(campaign, 1)).attempts
    await world.store.write([CallbackAgreed(first.id, campaign.id, first.contact.id, NOW + 60, NOW)])
    await ended(world, campaign, first)
    claim = await world.claim(campaign, now=NOW + 60)
    assert [attempt.contact.id for attempt in claim.attempts] == [first.contact.id]


async def test_without_quotas_a_claim_asks_nothing_of_them(sql_world: SqlWorld) -> None:
    campaign = await sql_world.campaign()
    await sql_world.people(3, campaign)
    seen: list[str] = []

    def note(_link: object, _cursor: object, text: str, *_rest: object) -> None:
        seen.append(text)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert len((await sql_world.claim(campaign)).attempts) == 3
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert seen and not any("complete_as" in text for text in seen)
