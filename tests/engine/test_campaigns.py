"""Campaigns from their first call to their end, on virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dialer.core.desk_events import OperatorPaused, OperatorSignedOut, WrapUpDone
from dialer.core.live import SeatState
from dialer.core.model import CampaignKind, CampaignState, DialPolicy, Outcome, PacingMode, Window
from dialer.store.port import OptedOut
from tests.engine.office import BUSY, CAMPAIGN, CONGESTED, MORNING, RINGS_OUT, Office, answers
from tests.engine.virtual_time import run


def test_everybody_is_called_once_and_everybody_who_answers_speaks_to_an_operator() -> None:
    office = Office(fate=lambda dialled, _: [answers(), BUSY, RINGS_OUT][int(dialled[-1]) % 3])
    office.enlist(CAMPAIGN, 60)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await office.until(engine, lambda: office.finished, 3600)

    run(story())
    assert office.outcomes == {Outcome.CONNECTED: 24, Outcome.BUSY: 18, Outcome.NO_ANSWER: 18}
    assert office.most_invites == 1
    assert office.store.campaign[1].state is CampaignState.FINISHED


def test_progressive_never_has_more_calls_on_their_way_than_free_operators() -> None:
    office = Office()
    office.enlist(CAMPAIGN, 40)
    worst = 0

    async def story() -> None:
        nonlocal worst
        async with office.open() as engine:
            office.sign_in(engine)
            for _ in range(3000):
                await asyncio.sleep(0.1)
                room = engine.snapshot()
                free = sum(1 for seat in room.seats if seat.state is SeatState.READY)
                worst = max([worst, *(live.ringing - free for live in room.campaigns)])

    run(story())
    assert worst <= 0
    assert office.outcomes[Outcome.ABANDONED] == 0


def test_a_daemon_that_starts_again_believes_what_the_last_days_calls_have_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def dialled_at_first(past: dict[str, int]) -> int:
        office = Office(seats=20, fate=lambda _d, _e: RINGS_OUT)
        office.enlist(replace(CAMPAIGN, mode=PacingMode.PREDICTIVE), 400)

        async def outcomes_since(_campaign: int, since: float) -> dict[str, int]:
            return past if since < office.now() - 86_400 else {}

        monkeypatch.setattr(office.store, "outcomes_since", outcomes_since)

        async def story() -> None:
            async with office.open() as engine:
                office.sign_in(engine)
                await asyncio.sleep(4)

        run(story())
        return len(office.store.attempts)

    usual = dialled_at_first({})
    few_answer = dialled_at_first({"no_answer": 900, "connected": 90, "abandoned": 10, "congestion": 500})
    many_answer = dialled_at_first({"no_answer": 300, "connected": 700})
    assert few_answer > 1.5 * usual and usual > 1.2 * many_answer


def test_nothing_is_dialled_after_every_operator_has_left() -> None:
    office = Office(fate=lambda _d, _e: answers(talk_s=600.0))
    office.enlist(CAMPAIGN, 50)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await asyncio.sleep(20)
            for seat in range(1, 5):
                engine.post(OperatorSignedOut(seat, office.now()))
            await asyncio.sleep(1)
            placed = len(office.store.attempts)
            assert office.states(engine)[SeatState.TALKING] == 4
            await asyncio.sleep(1200)
            assert len(office.store.attempts) == placed
            assert office.states(engine)[SeatState.SIGNED_OUT] == 4

    run(story())
    assert office.outcomes[Outcome.ABANDONED] == 0


def test_signing_out_with_calls_on_their_way_hands_them_to_those_who_stay() -> None:
    office = Office(seats=4, fate=lambda _d, _e: answers(after_s=10.0, talk_s=20.0))
    office.enlist(CAMPAIGN, 4)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await asyncio.sleep(3)
            engine.post(OperatorSignedOut(1, office.now()))
            engine.post(OperatorPaused(2, "tea", office.now()))
            await asyncio.sleep(120)

    run(story())
    assert office.outcomes == {Outcome.CONNECTED: 2, Outcome.ABANDONED: 2}


def test_an_answered_person_waits_for_the_operator_who_comes_free_within_the_allowance() -> None:
    office = Office(seats=2, fate=lambda d, _e: answers(5.0 if d.endswith("1") else 6.5, 2.0))
    office.enlist(CAMPAIGN, 2)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await asyncio.sleep(3)
            engine.post(OperatorSignedOut(2, office.now()))
            await office.until(engine, lambda: engine.seat(1).state is SeatState.WRAP_UP, 60)
            engine.post(WrapUpDone(1, office.now()))
            await asyncio.sleep(60)

    run(story())
    assert office.outcomes == {Outcome.CONNECTED: 2}


def test_who_cannot_be_joined_hears_the_message_and_counts_as_abandoned() -> None:
    office = Office(seats=3, fate=lambda _d, _e: answers(5.0, 120.0))
    office.enlist(CAMPAIGN, 3)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await asyncio.sleep(3)
            for seat in (2, 3):
                engine.post(OperatorSignedOut(seat, office.now()))
            await asyncio.sleep(27)
            live = engine.snapshot().campaigns[0]
            assert (live.talking, round(live.abandonment_rate, 3)) == (1, 0.667)
            await asyncio.sleep(200)

    run(story())
    assert office.outcomes == {Outcome.CONNECTED: 1, Outcome.ABANDONED: 2}


def test_survey_calls_need_no_operator_and_fill_the_channels() -> None:
    survey = replace(CAMPAIGN, kind=CampaignKind.SURVEY, max_channels=10)
    office = Office(seats=2, channels=30)
    office.enlist(survey, 40)
    most = 0

    async def story() -> None:
        nonlocal most
        async with office.open() as engine:
            while not office.finished:
                await asyncio.sleep(0.5)
                most = max([most, *(each.ringing + each.in_survey for each in engine.snapshot().campaigns)])

    run(story())
    assert office.outcomes == {Outcome.SURVEYED: 40}
    assert most == 10


def test_outside_the_window_nobody_is_called_and_the_reason_is_shown() -> None:
    opens = (MORNING + 19_800) % 86_400 // 60 + 20
    office = Office(policy=DialPolicy(window=Window(int(opens), 21 * 60)))
    office.enlist(CAMPAIGN, 5)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await asyncio.sleep(60)
            assert engine.snapshot().campaigns[0].reason_code == "outside_window"
            assert not office.store.attempts
            await asyncio.sleep(20 * 60)
            await asyncio.sleep(60)

    run(story())
    assert office.outcomes[Outcome.CONNECTED] > 0


def test_an_opt_out_holds_at_once_even_for_those_who_wait_in_the_queue() -> None:
    office = Office(seats=1)
    office.enlist(CAMPAIGN, 5)

    async def story() -> None:
        async with office.open() as engine:
            phones = [each.contact.phone for each in office.store.people.values()]
            await engine.record([OptedOut(phone, "operator", office.now(), "asha") for phone in phones[1:]])
            office.sign_in(engine)
            await asyncio.sleep(600)

    run(story())
    assert sum(office.outcomes.values()) == 1


def test_a_trunk_that_refuses_everything_is_left_alone_and_costs_nobody_an_attempt() -> None:
    office = Office(seats=4, fate=lambda _d, _e: CONGESTED)
    office.enlist(CAMPAIGN, 100)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await asyncio.sleep(120)
            room = engine.snapshot()
            assert "refuses calls" in room.trunks[0].fault
            assert room.campaigns[0].reason_code == "trunk_fault"

    run(story())
    assert sum(office.outcomes.values()) <= 25
    assert all(place.attempts == 0 for place in office.store.places.values())


def test_two_campaigns_share_the_operators() -> None:
    second = replace(CAMPAIGN, id=2, name="second")
    office = Office(seats=4)
    office.enlist(CAMPAIGN, 30)
    office.enlist(second, 30, first=1001)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine, campaigns=(1, 2))
            await office.until(engine, lambda: office.finished, 7200)

    run(story())
    assert office.outcomes == {Outcome.CONNECTED: 60}
    halfway = sorted(office.store.attempts.values(), key=lambda attempt: attempt.claimed.claimed_at)[:30]
    assert 10 <= sum(attempt.claimed.campaign_id == 2 for attempt in halfway) <= 20


def test_a_phone_that_rings_per_person_serves_a_seat_without_a_nailed_up_leg() -> None:
    office = Office(seats=2, nailed_up=False)
    office.enlist(CAMPAIGN, 6)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await office.until(engine, lambda: office.finished, 3600)
            assert office.telephony is not None
            assert office.telephony.leg_of(1) is None

    run(story())
    assert office.outcomes == {Outcome.CONNECTED: 6}


def test_a_busy_number_is_tried_again_after_its_spacing_and_the_campaign_waits_for_it() -> None:
    policy = DialPolicy(spacing_s={Outcome.BUSY: 900.0})
    twice = replace(CAMPAIGN, max_attempts=2)
    office = Office(seats=1, policy=policy, fate=lambda _d, earlier: answers() if earlier else BUSY)
    office.enlist(twice, 3)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await asyncio.sleep(600)
            assert office.outcomes == {Outcome.BUSY: 3}
            assert engine.snapshot().campaigns[0].contacts_waiting == 3
            await office.until(engine, lambda: office.finished, 3600)

    run(story())
    assert office.outcomes == {Outcome.BUSY: 3, Outcome.CONNECTED: 3}
