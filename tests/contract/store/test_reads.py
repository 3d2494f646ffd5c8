"""What the engine and the desks ask of the store."""

from __future__ import annotations

import pytest

from dialer.core.model import CampaignKind, CampaignState, Done, Outcome, RetryAt
from dialer.errors import NotFoundError
from dialer.store.port import (
    SURVEY_STARTED,
    AnswerGiven,
    AttemptClosed,
    AttemptTimes,
    EventNoted,
    LiveAnswers,
    OptedOut,
)
from tests.contract.store.worlds import NOW, SURVEY_SOURCE, World, phone


async def test_campaigns_that_have_work_are_listed(world: World) -> None:
    campaigns = [await world.campaign(state=state, max_channels=7) for state in CampaignState]
    active = [campaigns[number] for number in (1, 2, 3)]
    assert list(await world.store.campaigns()) == active


async def test_a_campaigns_state_is_written(world: World) -> None:
    campaign = await world.campaign()
    await world.store.set_campaign_state(campaign.id, CampaignState.STOPPING, NOW)
    [listed] = await world.store.campaigns()
    assert listed.state is CampaignState.STOPPING
    await world.store.set_campaign_state(campaign.id, CampaignState.FINISHED, NOW)
    assert list(await world.store.campaigns()) == []


async def test_the_state_of_an_unknown_campaign_cannot_be_written(world: World) -> None:
    with pytest.raises(NotFoundError):
        await world.store.set_campaign_state(99, CampaignState.PAUSED, NOW)


async def test_open_attempts_come_back_whole_and_oldest_first(world: World) -> None:
    campaign = await world.campaign(survey_version_id=1)
    await world.people(5, campaign)
    attempts = [(await world.claim(campaign, 1, NOW + n)).attempts[0] for n in range(5)]
    talking, asked, answered, ended, dialled = attempts
    closed = AttemptClosed(ended.id, campaign.id, ended.contact.id, NOW + 9, Outcome.BUSY, RetryAt(NOW + 99))
    await world.store.write(
        [
            AttemptTimes(talking.id, NOW + 1, NOW + 2, NOW + 3, NOW + 4, 12, 1),
            EventNoted(asked.id, NOW + 5, SURVEY_STARTED),
            AnswerGiven(answered.id, answered.contact.id, 1, "q1", "1", "keypad", "hi", NOW + 6),
            EventNoted(dialled.id, NOW + 5, "dialled"),
            closed,
        ]
    )
    found = await world.store.open_attempts()
    assert [each.attempt for each in found] == [talking, asked, answered, dialled]
    first = found[0]
    assert (first.dialled_at, first.answered_at, first.joined_at) == (NOW + 1, NOW + 3, NOW + 4)
    assert (first.seat, first.operator_id) == (12, 1)
    assert [each.survey_started for each in found] == [False, True, True, False]


async def test_live_answers_count_those_who_spoke_and_those_abandoned(world: World) -> None:
    campaign = await world.campaign()
    await world.people(6, campaign)
    attempts = (await world.claim(campaign, 6)).attempts
    abandoned = Outcome.ABANDONED
    outcomes = (Outcome.CONNECTED, abandoned, Outcome.SURVEYED, Outcome.NO_ANSWER, None, abandoned)
    for number, (attempt, outcome) in enumerate(zip(attempts, outcomes, strict=True)):
        if outcome is not Outcome.NO_ANSWER:
            await world.store.write([AttemptTimes(attempt.id, answered_at=NOW + number)])
        if outcome is not None:
            ids = (attempt.id, campaign.id, attempt.contact.id)
            await world.store.write([AttemptClosed(*ids, NOW + 50, outcome, Done(outcome.value))])
    found = await world.store.live_answers(campaign.id, NOW)
    assert found == LiveAnswers((NOW, NOW + 1, NOW + 2, NOW + 4, NOW + 5), (NOW + 1, NOW + 5))
    later = await world.store.live_answers(campaign.id, NOW + 2.5)
    assert later == LiveAnswers((NOW + 4, NOW + 5), (NOW + 5,))
    assert await world.store.live_answers(99, NOW) == LiveAnswers((), ())


async def test_outcomes_are_counted_since_a_time(world: World) -> None:
    campaign = await world.campaign()
    await world.people(5, campaign)
    attempts = (await world.claim(campaign, 5)).attempts
    outcomes = (Outcome.BUSY, Outcome.BUSY, Outcome.CONNECTED, Outcome.WITHDRAWN)
    for number, (attempt, outcome) in enumerate(zip(attempts[:4], outcomes, strict=True)):
        ids = (attempt.id, campaign.id, attempt.contact.id)
        await world.store.write([AttemptClosed(*ids, NOW + 60 * number, outcome, RetryAt(NOW + 900))])
    assert await world.store.outcomes_since(campaign.id, NOW) == {"busy": 2, "connected": 1, "withdrawn": 1}
    assert await world.store.outcomes_since(campaign.id, NOW + 61) == {"connected": 1, "withdrawn": 1}


async def test_the_context_of_a_call_knows_person_and_survey(world: World) -> None:
    campaign = await world.campaign(survey_version_id=1)
    await world.people(1, campaign)
    [attempt] = (await world.claim(campaign)).attempts
    context = await world.store.call_context(attempt.id)
    assert context is not None
    assert (context.attempt_id, context.campaign_id, context.campaign_name) == (attempt.id, 1, "Campaign 1")
    assert (context.contact_id, context.phone, context.name) == (1, phone(1), "सुनीता 1")
    assert (context.language, context.constituency, context.booth) == ("hi", 62, "62/101")
    assert (context.kind, context.role, context.schemes) == ("citizen", "", ("ujjwala",))
    assert (context.survey_version_id, context.survey_source) == (1, SURVEY_SOURCE)
    assert (context.attributes, context.answers) == ({}, {})


async def test_the_context_brings_answers_of_earlier_calls(world: World) -> None:
    campaign = await world.campaign(survey_version_id=1)
    [contact_id] = await world.people(1, campaign)
    [first] = (await world.claim(campaign)).attempts
    given = [("q1", "1"), ("q2", "2")]
    await world.store.write(
        [AnswerGiven(first.id, contact_id, 1, name, value, "keypad", "hi", NOW) for name, value in given]
    )
    again = NOW + 3600
    end = AttemptClosed(first.id, campaign.id, contact_id, NOW + 9, Outcome.SURVEYED, RetryAt(again))
    await world.store.write([end])
    [second] = (await world.claim(campaign, now=again + 10)).attempts
    await world.store.write([AnswerGiven(second.id, contact_id, 1, "q2", "9", "keypad", "hi", again)])
    context = await world.store.call_context(second.id)
    assert context is not None and context.answers == {"q1": "1", "q2": "9"}


async def test_what_the_operator_of_this_call_noted_stands_apart(world: World) -> None:
    campaign = await world.campaign(survey_version_id=1, kind=CampaignKind.OPERATORS)
    [contact_id] = await world.people(1, campaign)
    [first] = (await world.claim(campaign)).attempts
    noted = [
        AnswerGiven(first.id, contact_id, 1, name, "1", "operator", "hi", NOW + 1) for name in ("q1", "q2")
    ]
    pressed = AnswerGiven(first.id, contact_id, 1, "q2", "2", "keypad", "hi", NOW + 2)
    await world.store.write([*noted, pressed])
    context = await world.store.call_context(first.id)
    assert context is not None and (context.answers, context.noted) == ({"q2": "2"}, {"q1": "1"})
    again = NOW + 3600
    await world.store.write(
        [AttemptClosed(first.id, campaign.id, contact_id, NOW + 9, Outcome.CONNECTED, RetryAt(again))]
    )
    [second] = (await world.claim(campaign, now=again + 10)).attempts
    context = await world.store.call_context(second.id)
    assert context is not None and (context.answers, context.noted) == ({"q1": "1", "q2": "2"}, {})


async def test_who_asks_a_sample_again_does_not_see_what_was_answered_before(world: World) -> None:
    campaign = await world.campaign(survey_version_id=1)
    check = await world.campaign(survey_version_id=1, kind=CampaignKind.OPERATORS)
    await world.check(check, campaign, ["q2"])
    [contact_id] = await world.people(1, campaign, check)
    [first] = (await world.claim(campaign)).attempts
    end = AttemptClosed(first.id, campaign.id, contact_id, NOW + 9, Outcome.SURVEYED, Done("surveyed"))
    keyed = AnswerGiven(first.id, contact_id, 1, "q2", "1", "keypad", "hi", NOW)
    await world.store.write([keyed, end])
    [again] = (await world.claim(check, now=NOW + 172_800)).attempts
    context = await world.store.call_context(again.id)
    assert context is not None and (context.asked, context.answers) == (("q2",), {})
    spoken = AnswerGiven(again.id, contact_id, 1, "q2", "2", "operator", "hi", NOW + 172_801)
    await world.store.write([spoken])
    context = await world.store.call_context(again.id)
    assert context is not None and (context.answers, context.noted) == ({}, {"q2": "2"})
    context = await world.store.call_context(first.id)
    assert context is not None and context.asked == ()


async def test_a_call_without_survey_has_no_questions(world: World) -> None:
    campaign = await world.campaign()
    await world.people(1, campaign)
    [attempt] = (await world.claim(campaign)).attempts
    context = await world.store.call_context(attempt.id)
    assert context is not None
    assert (context.survey_version_id, context.survey_source, context.answers) == (None, None, {})


async def test_an_unknown_attempt_has_no_context(world: World) -> None:
    assert await world.store.call_context("a" + "0" * 24) is None


async def test_only_numbers_on_the_list_are_suppressed(world: World) -> None:
    await world.store.write([OptedOut(phone(n), "import", NOW, "test") for n in (2, 4)])
    assert await world.store.suppressed([phone(n) for n in range(1, 5)]) == {phone(2), phone(4)}
    assert await world.store.suppressed([]) == frozenset()
