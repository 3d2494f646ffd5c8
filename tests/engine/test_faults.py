"""What happens when a part fails: link, Asterisk, store, phones, and the daemon itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from dialer.core.channels import LiveChannel
from dialer.core.live import SeatState
from dialer.core.model import CampaignKind, Outcome
from dialer.engine import PlacedCall
from dialer.engine.events import Resynced
from dialer.errors import StoreBusy
from dialer.store.port import Fact
from dialer.telephony.simulated import OriginateFault
from tests.engine.office import CAMPAIGN, RINGS_OUT, Office, answers
from tests.engine.virtual_time import run

SURVEY = replace(CAMPAIGN, kind=CampaignKind.SURVEY)


def test_a_daemon_that_dies_in_the_middle_dials_nobody_twice_and_adopts_the_living() -> None:
    office = Office(seats=4, fate=lambda d, _e: answers(8.0, 200.0) if int(d[-1]) % 2 else RINGS_OUT)
    office.enlist(CAMPAIGN, 30)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await office.until(engine, lambda: office.states(engine)[SeatState.TALKING] == 2, 120)
        talking = [attempt for attempt in office.store.attempts.values() if attempt.joined_at]
        assert len(talking) == 2 and all(attempt.outcome is None for attempt in talking)
        await asyncio.sleep(5)
        async with office.open() as engine:
            office.sign_in(engine)
            await asyncio.sleep(5)
            assert office.states(engine)[SeatState.TALKING] >= 2
            assert engine.seat(talking[0].seat or 0).attempt_id == talking[0].claimed.id
            await office.until(engine, lambda: office.finished, 3600)
        assert all(attempt.outcome is Outcome.CONNECTED for attempt in talking)

    run(story())
    assert office.most_invites == 1
    assert office.outcomes == {Outcome.CONNECTED: 15, Outcome.NO_ANSWER: 15}


def test_a_call_that_ended_while_the_daemon_was_dead_is_closed_by_the_call_records() -> None:
    office = Office(seats=1, fate=lambda _d, _e: answers(6.0, 30.0))
    office.enlist(CAMPAIGN, 1)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await office.until(engine, lambda: len(office.store.attempts) == 1, 10)
            await asyncio.sleep(1)
        (number,) = office.store.attempts
        started = office.now()
        await asyncio.sleep(100)
        office.placed[number] = PlacedCall(started, started + 6, started + 18, 16)
        async with office.open() as engine:
            await office.until(engine, lambda: office.finished, 60)

    run(story())
    assert office.outcomes == {Outcome.ABANDONED: 1}


def test_a_claim_that_was_never_placed_is_given_back_and_dialled_by_the_next_life() -> None:
    office = Office(seats=1)
    office.enlist(CAMPAIGN, 1)

    async def story() -> None:
        await office.store.claim(CAMPAIGN, 1, office.now(), office.policy)
        async with office.open() as engine:
            office.sign_in(engine)
            await office.until(engine, lambda: office.finished, 300)

    run(story())
    assert office.outcomes == {Outcome.WITHDRAWN: 1, Outcome.CONNECTED: 1}
    assert office.telephony is not None and sum(office.telephony.invites.values()) == 1


@pytest.mark.parametrize(
    "fault", [OriginateFault.LINK_LOST_BEFORE_SENDING, OriginateFault.LINK_LOST_AFTER_SENDING]
)
def test_an_order_in_doubt_is_never_sent_again(fault: OriginateFault) -> None:
    office = Office(seats=1, fate=lambda _d, _e: answers(20.0, 10.0))
    office.enlist(CAMPAIGN, 3)

    async def story() -> None:
        async with office.open() as engine:
            assert office.telephony is not None
            office.telephony.fail_originates(fault)
            office.sign_in(engine)
            await office.until(engine, lambda: office.finished, 600)

    run(story())
    assert office.most_invites == 1
    assert office.outcomes[Outcome.CONNECTED] == 3


def test_a_lost_link_stops_dialling_keeps_talks_and_catches_up_with_what_ended() -> None:
    office = Office(seats=2, fate=lambda _d, _e: answers(5.0, 12.0))
    office.enlist(CAMPAIGN, 4)

    async def story() -> None:
        async with office.open() as engine:
            assert office.telephony is not None
            office.sign_in(engine)
            await office.until(engine, lambda: office.states(engine)[SeatState.TALKING] == 2, 60)
            office.telephony.lose_link(for_s=10)
            for number, attempt in office.store.attempts.items():
                at = attempt.answered_at or office.now()
                office.placed[number] = PlacedCall(at - 5, at, at + 12, 16)
            await asyncio.sleep(3)
            assert "broke" in engine.snapshot().asterisk
            placed = len(office.store.attempts)
            await asyncio.sleep(6)
            assert len(office.store.attempts) == placed
            await office.until(engine, lambda: office.finished, 300)

    run(story())
    assert office.outcomes == {Outcome.CONNECTED: 4}
    assert office.most_invites == 1


def test_a_link_that_falls_silent_is_noticed_and_the_campaign_goes_on() -> None:
    office = Office(seats=2, fate=lambda _d, _e: answers(5.0, 60.0))
    office.enlist(CAMPAIGN, 4)

    async def story() -> None:
        async with office.open() as engine:
            assert office.telephony is not None
            office.sign_in(engine)
            await office.until(engine, lambda: office.states(engine)[SeatState.TALKING] == 2, 60)
            office.telephony.fall_silent()
            await office.until(engine, lambda: office.finished, 600)

    run(story())
    assert office.outcomes == {Outcome.CONNECTED: 4}


def test_when_asterisk_dies_its_calls_are_closed_phones_are_called_again_and_dialling_goes_on() -> None:
    office = Office(seats=2, fate=lambda _d, _e: answers(5.0, 300.0))
    office.enlist(CAMPAIGN, 4)

    async def story() -> None:
        async with office.open() as engine:
            assert office.telephony is not None
            office.sign_in(engine)
            await office.until(engine, lambda: office.states(engine)[SeatState.TALKING] == 2, 60)
            for number, attempt in office.store.attempts.items():
                at = attempt.answered_at or office.now()
                office.placed[number] = PlacedCall(at - 5, at, None, None)
            office.telephony.restart(down_s=3)
            await asyncio.sleep(30)
            assert office.states(engine)[SeatState.TALKING] == 2
            await office.until(engine, lambda: office.finished, 900)

    run(story())
    assert office.outcomes == {Outcome.CONNECTED: 4}
    assert office.most_invites == 1


def test_a_busy_store_stops_dialling_says_why_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(seats=2, fate=lambda _d, _e: answers(3.0, 4.0))
    office.enlist(CAMPAIGN, 10)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await asyncio.sleep(6)
            write = office.store.write

            async def locked(_facts: Sequence[Fact]) -> None:
                raise StoreBusy("database is locked")

            monkeypatch.setattr(office.store, "write", locked)
            await asyncio.sleep(5)
            placed = len(office.store.attempts)
            assert engine.snapshot().store == "database is locked"
            await asyncio.sleep(30)
            assert len(office.store.attempts) == placed
            monkeypatch.setattr(office.store, "write", write)
            await office.until(engine, lambda: office.finished, 600)

    run(story())
    assert office.outcomes == {Outcome.CONNECTED: 10}


def test_an_operator_whose_phone_dies_in_a_talk_gives_the_person_to_another() -> None:
    office = Office(seats=2, fate=lambda _d, _e: answers(5.0, 60.0))
    office.enlist(CAMPAIGN, 1)

    async def story() -> None:
        async with office.open() as engine:
            assert office.telephony is not None
            office.sign_in(engine)
            await office.until(engine, lambda: office.states(engine)[SeatState.TALKING] == 1, 60)
            talking = next(seat.seat for seat in engine.snapshot().seats if seat.state is SeatState.TALKING)
            office.telephony.drop(office.telephony.leg_of(talking) or "")
            office.telephony.set_phone(talking, reachable=False)
            await asyncio.sleep(7)
            other = 3 - talking
            assert engine.seat(other).state is SeatState.TALKING
            assert engine.seat(talking).state is SeatState.WRAP_UP
            office.telephony.set_phone(talking, reachable=True)
            await office.until(engine, lambda: office.finished, 300)
            await office.until(engine, lambda: office.states(engine)[SeatState.READY] == 2, 30)

    run(story())
    assert office.outcomes == {Outcome.CONNECTED: 1}


def test_a_phone_that_disappears_is_not_counted_until_it_is_back() -> None:
    office = Office(seats=1)
    office.enlist(CAMPAIGN, 50)

    async def story() -> None:
        async with office.open() as engine:
            assert office.telephony is not None
            office.sign_in(engine)
            await office.until(engine, lambda: engine.seat(1).state is SeatState.WRAP_UP, 60)
            office.telephony.set_phone(1, reachable=False)
            office.telephony.drop(office.telephony.leg_of(1) or "")
            await asyncio.sleep(30)
            assert engine.seat(1).state in (SeatState.UNREACHABLE, SeatState.CONNECTING)
            placed = len(office.store.attempts)
            await asyncio.sleep(60)
            assert len(office.store.attempts) == placed
            office.telephony.set_phone(1, reachable=True)
            await office.until(engine, lambda: engine.seat(1).state is SeatState.TALKING, 60)

    run(story())


def test_draining_places_no_new_call_and_lets_the_living_end() -> None:
    office = Office(seats=2, fate=lambda _d, _e: answers(5.0, 20.0))
    office.enlist(CAMPAIGN, 30)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await office.until(engine, lambda: office.states(engine)[SeatState.TALKING] == 2, 60)
            placed = len(office.store.attempts)
            await engine.drain()
            assert len(office.store.attempts) == placed

    run(story())
    assert office.outcomes == {Outcome.CONNECTED: 2}


def test_a_survey_call_found_alive_after_a_restart_stays_a_survey_call() -> None:
    office = Office(seats=1, fate=lambda _d, _e: answers(3.0, 60.0))
    office.enlist(SURVEY, 1)

    async def story() -> None:
        async with office.open() as engine:
            await office.until(engine, lambda: bool(office.store.attempts), 30)
            await asyncio.sleep(10)
        async with office.open() as engine:
            await office.until(engine, lambda: office.finished, 300)

    run(story())
    assert office.outcomes == {Outcome.SURVEYED: 1}


def test_a_join_that_comes_while_asterisk_is_asked_is_not_undone_by_the_older_answer() -> None:
    office = Office(seats=2, fate=lambda _d, _e: answers(5.0, 60.0))
    office.enlist(CAMPAIGN, 1)

    async def story() -> None:
        async with office.open() as engine:
            office.sign_in(engine)
            await office.until(engine, lambda: office.states(engine)[SeatState.TALKING] == 1, 60)
            (number,) = office.store.attempts
            before_the_join = LiveChannel(number, True, None, 5.0, "answered-operators")
            legs = [LiveChannel(leg, True, None, 60.0, "seat") for leg in _legs(office)]
            answer = Resynced(office.now() - 0.01, [before_the_join, *legs], frozenset({1, 2}), {}, False)
            engine.post(answer)
            await asyncio.sleep(5)
            assert office.states(engine)[SeatState.TALKING] == 1
            await office.until(engine, lambda: office.finished, 300)

    run(story())
    assert office.telephony is not None
    assert len(office.telephony.joins) == 1


def _legs(office: Office) -> list[str]:
    assert office.telephony is not None
    return [leg for leg in map(office.telephony.leg_of, (1, 2)) if leg is not None]
