"""Hold, keys, transfer and the survey at the end, in a whole office on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.core.desk_events import (
    OperatorConsults,
    OperatorGathers,
    OperatorHangsUp,
    OperatorHolds,
    OperatorLeaves,
    OperatorResumes,
    OperatorSendsDigits,
    OperatorSendsToSurvey,
    OperatorTransfers,
    WrapUpDone,
)
from dialer.core.events import Event
from dialer.core.live import SeatState
from dialer.core.model import Outcome
from dialer.engine import Engine
from tests.engine.office import CAMPAIGN, Office, answers
from tests.engine.virtual_time import on_virtual_time, run


@dataclass
class Talk:
    """One person, who talks with the operator of seat 1; seat 2 becomes ready afterwards."""

    office: Office
    engine: Engine
    attempt: str

    def post(self, event: Event) -> None:
        self.engine.post(event)

    async def soon(self, seconds: float = 0.5) -> None:
        await asyncio.sleep(seconds)

    def state(self, seat: int) -> SeatState:
        return self.engine.seat(seat).state

    @property
    def partner(self) -> str:
        """The id of the leg that the person talks with, empty for none."""
        assert self.office.telephony is not None
        partner = self.office.telephony.world.channels[self.attempt].partner
        return "" if partner is None else partner.id

    @property
    def together(self) -> set[str]:
        """Who share a bridge: numbers of seats, and ``a`` for the person."""
        assert self.office.telephony is not None
        bridges = [one.bridge for one in self.office.telephony.world.channels.values() if one.bridge]
        return {str(int(one.id[5:7])) if one.id[0] == "s" else "a" for bridge in bridges for one in bridge}

    @property
    def outcome(self) -> Outcome | None:
        return self.office.store.attempts[self.attempt].outcome


@asynccontextmanager
async def talk(talk_s: float = 300.0, seats: int = 3) -> AsyncIterator[Talk]:
    office = Office(seats=seats, fate=lambda _dialled, _earlier: answers(talk_s=talk_s))
    office.enlist(replace(CAMPAIGN, wrap_up_s=60.0), 1)
    async with office.open() as engine:
        office.sign_in(engine, 1)
        await office.until(engine, lambda: engine.seat(1).state is SeatState.TALKING, 60)
        office.sign_in(engine, 2)
        await asyncio.sleep(2)
        running = Talk(office, engine, engine.seat(1).attempt_id or "")
        yield running
        await office.until(engine, lambda: running.outcome is not None, 1_000)


@on_virtual_time
async def test_a_person_on_hold_hears_music_and_is_taken_back() -> None:
    async with talk() as line:
        line.post(OperatorHolds(1, line.office.now()))
        await line.soon()
        assert line.partner == "" and line.engine.seat(1).held
        assert line.state(1) is SeatState.TALKING and line.state(2) is SeatState.READY
        line.post(OperatorResumes(1, line.office.now()))
        await line.soon()
        assert line.partner.startswith("seat-01") and not line.engine.seat(1).held
    assert line.outcome is Outcome.CONNECTED


@pytest.mark.parametrize("second", [OperatorResumes, OperatorSendsToSurvey, OperatorHolds])
@on_virtual_time
async def test_a_second_order_while_the_first_is_under_way_changes_nothing(
    second: Callable[[int, float], Event],
) -> None:
    async with talk() as line:
        line.post(OperatorHolds(1, line.office.now()))
        await line.soon()
        line.post(OperatorResumes(1, line.office.now()))
        line.post(second(1, line.office.now()))
        await line.soon()
        assert line.partner.startswith("seat-01") and not line.engine.seat(1).held
        assert line.state(1) is SeatState.TALKING


@on_virtual_time
async def test_one_who_hangs_up_on_hold_leaves_the_operator_in_wrap_up() -> None:
    async with talk(talk_s=20.0) as line:
        line.post(OperatorHolds(1, line.office.now()))
        await line.soon(25)
        assert line.state(1) is SeatState.WRAP_UP and not line.engine.seat(1).held
    assert line.outcome is Outcome.CONNECTED


@on_virtual_time
async def test_whose_operator_is_lost_while_they_wait_gets_another_one() -> None:
    async with talk() as line:
        line.post(OperatorHolds(1, line.office.now()))
        await line.soon()
        assert line.office.telephony is not None
        line.office.telephony.drop(line.office.telephony.leg_of(1) or "")
        line.office.telephony.set_phone(1, reachable=False)
        await line.soon(7)
        assert line.partner.startswith("seat-02") and line.state(2) is SeatState.TALKING
        assert line.state(1) is SeatState.WRAP_UP


@on_virtual_time
async def test_keys_reach_the_persons_line_only_while_they_talk() -> None:
    async with talk() as line:
        line.post(OperatorSendsDigits(1, "12#", line.office.now()))
        line.post(OperatorSendsDigits(2, "9", line.office.now()))
        await line.soon()
        assert line.office.telephony is not None
        assert line.office.telephony.world.heard_digits == {line.attempt: ["12#"]}


@pytest.mark.parametrize("to", [2, None])
@pytest.mark.parametrize("held", [False, True])
@on_virtual_time
async def test_a_person_is_handed_to_an_operator_who_is_ready(to: int | None, held: bool) -> None:
    async with talk() as line:
        if held:
            line.post(OperatorHolds(1, line.office.now()))
            await line.soon()
        line.post(OperatorTransfers(1, to, line.office.now()))
        await line.soon()
        assert line.partner.startswith("seat-02")
        assert line.state(2) is SeatState.TALKING and line.engine.seat(2).attempt_id == line.attempt
        assert line.state(1) is SeatState.WRAP_UP
        line.post(WrapUpDone(1, line.office.now()))
        await line.soon()
        assert line.state(1) is SeatState.READY and line.partner.startswith("seat-02")
    assert line.outcome is Outcome.CONNECTED


@pytest.mark.parametrize("to", [1, 3, 99])
@on_virtual_time
async def test_nobody_is_handed_to_a_seat_that_is_not_ready(to: int) -> None:
    async with talk() as line:
        line.post(OperatorTransfers(1, to, line.office.now()))
        await line.soon()
        assert line.partner.startswith("seat-01") and line.state(1) is SeatState.TALKING


@pytest.mark.parametrize("held", [False, True])
@on_virtual_time
async def test_a_transfer_to_a_phone_that_is_gone_leaves_the_person_where_they_were(held: bool) -> None:
    async with talk() as line:
        assert line.office.telephony is not None
        if held:
            line.post(OperatorHolds(1, line.office.now()))
            await line.soon()
        gone = line.office.telephony.world.channels.pop(line.office.telephony.leg_of(2) or "")
        line.post(OperatorTransfers(1, 2, line.office.now()))
        await line.soon()
        line.office.telephony.world.channels[gone.id] = gone
        assert line.state(1) is SeatState.TALKING and line.engine.seat(1).held is held
        assert line.state(2) is not SeatState.TALKING


@pytest.mark.parametrize("held", [False, True])
@on_virtual_time
async def test_the_survey_takes_the_person_and_the_operator_wraps_up(held: bool) -> None:
    async with talk(talk_s=40.0) as line:
        if held:
            line.post(OperatorHolds(1, line.office.now()))
            await line.soon()
        line.post(OperatorSendsToSurvey(1, line.office.now()))
        await line.soon()
        assert line.partner == "" and line.state(1) is SeatState.WRAP_UP
        assert line.state(2) is SeatState.READY
    assert line.outcome is Outcome.CONNECTED


@on_virtual_time
async def test_hold_survives_the_next_life_of_the_daemon() -> None:
    office = Office(seats=2, fate=lambda _dialled, _earlier: answers(talk_s=200.0))
    office.enlist(CAMPAIGN, 1)
    async with office.open() as engine:
        office.sign_in(engine, 1)
        await office.until(engine, lambda: engine.seat(1).state is SeatState.TALKING, 60)
        attempt = engine.seat(1).attempt_id
        engine.post(OperatorHolds(1, office.now()))
        await asyncio.sleep(3)
    async with office.open() as engine:
        office.sign_in(engine, 1)
        await office.until(engine, lambda: engine.seat(1).held, 60)
        assert engine.seat(1).attempt_id == attempt
        engine.post(OperatorResumes(1, office.now()))
        await office.until(engine, lambda: not engine.seat(1).held, 5)
        assert engine.seat(1).state is SeatState.TALKING
        await office.until(engine, lambda: office.outcomes[Outcome.CONNECTED] == 1, 300)


async def consulting(line: Talk) -> None:
    """The operator of seat 1 asks seat 2 while the person waits."""
    line.post(OperatorHolds(1, line.office.now()))
    await line.soon()
    line.post(OperatorConsults(1, 2, line.office.now()))
    await line.soon()
    assert line.engine.seat(1).consults == 2 and line.engine.seat(2).guest_of == 1
    assert line.state(2) is SeatState.TALKING and line.engine.seat(2).attempt_id == line.attempt
    assert line.partner == "" and line.together == {"1", "2"}


@on_virtual_time
async def test_a_colleague_is_asked_and_the_person_taken_back() -> None:
    async with talk() as line:
        await consulting(line)
        line.post(OperatorResumes(1, line.office.now()))
        await line.soon()
        assert line.partner.startswith("seat-01") and not line.engine.seat(1).held
        assert line.state(2) is SeatState.READY and line.engine.seat(1).consults is None


@pytest.mark.parametrize("to", [2, None])
@on_virtual_time
async def test_a_colleague_who_was_asked_takes_the_person(to: int | None) -> None:
    async with talk() as line:
        await consulting(line)
        line.post(OperatorTransfers(1, to, line.office.now()))
        await line.soon()
        assert line.partner.startswith("seat-02") and line.engine.seat(2).guest_of is None
        assert line.state(1) is SeatState.WRAP_UP and line.state(2) is SeatState.TALKING


@on_virtual_time
async def test_another_colleague_than_the_one_who_was_asked_may_take_the_person() -> None:
    async with talk() as line:
        await consulting(line)
        line.office.sign_in(line.engine, 3)
        await line.soon(2)
        line.post(OperatorTransfers(1, 3, line.office.now()))
        await line.soon()
        assert line.partner.startswith("seat-03") and line.together == {"3", "a"}
        assert (line.state(1), line.state(2)) == (SeatState.WRAP_UP, SeatState.READY)


@on_virtual_time
async def test_a_transfer_to_one_who_is_not_ready_leaves_the_question_as_it_is() -> None:
    async with talk() as line:
        await consulting(line)
        line.post(OperatorTransfers(1, 3, line.office.now()))
        await line.soon()
        assert line.together == {"1", "2"} and line.engine.seat(1).consults == 2


@on_virtual_time
async def test_the_survey_takes_the_person_and_both_operators_are_free() -> None:
    async with talk(talk_s=40.0) as line:
        await consulting(line)
        line.post(OperatorSendsToSurvey(1, line.office.now()))
        await line.soon()
        assert line.together == set()
        assert (line.state(1), line.state(2)) == (SeatState.WRAP_UP, SeatState.READY)


@on_virtual_time
async def test_a_colleague_may_go_back_and_a_hang_up_of_theirs_ends_no_call() -> None:
    async with talk() as line:
        await consulting(line)
        line.post(OperatorHangsUp(2, line.office.now()))
        await line.soon()
        assert line.state(2) is SeatState.READY and line.engine.seat(1).held
        assert line.engine.seat(1).consults is None and line.together == set()
        line.post(OperatorResumes(1, line.office.now()))
        await line.soon()
        assert line.partner.startswith("seat-01")


@pytest.mark.parametrize("leaves", [1, 2])
@on_virtual_time
async def test_all_three_talk_until_one_operator_leaves(leaves: int) -> None:
    async with talk() as line:
        await consulting(line)
        line.post(OperatorGathers(1, line.office.now()))
        await line.soon()
        assert line.together == {"1", "2", "a"}
        assert not line.engine.seat(1).held and line.engine.seat(2).guest_of is None
        assert (line.engine.seat(1).consults, line.engine.seat(2).consults) == (2, 1)
        line.post(OperatorLeaves(leaves, line.office.now()))
        await line.soon()
        stays = 3 - leaves
        assert line.together == {str(stays), "a"}
        assert line.engine.seat(stays).consults is None
        assert (line.state(leaves), line.state(stays)) == (SeatState.WRAP_UP, SeatState.TALKING)
    assert line.outcome is Outcome.CONNECTED


@pytest.mark.parametrize("three", [False, True])
@on_virtual_time
async def test_operators_whose_person_is_gone_do_not_go_on_talking(three: bool) -> None:
    async with talk(talk_s=20.0) as line:
        await consulting(line)
        if three:
            line.post(OperatorGathers(1, line.office.now()))
        await line.soon(25)
        assert line.together == set()
        assert line.state(1) is SeatState.WRAP_UP
        assert line.state(2) is (SeatState.WRAP_UP if three else SeatState.READY)
    assert line.outcome is Outcome.CONNECTED


@pytest.mark.parametrize("lost", [1, 2])
@on_virtual_time
async def test_a_phone_that_falls_off_while_a_colleague_is_asked_harms_nobody_else(lost: int) -> None:
    async with talk() as line:
        await consulting(line)
        assert line.office.telephony is not None
        line.office.telephony.drop(line.office.telephony.leg_of(lost) or "")
        line.office.telephony.set_phone(lost, reachable=False)
        await line.soon(7)
        if lost == 1:
            assert line.partner.startswith("seat-02") and line.state(2) is SeatState.TALKING
        else:
            assert line.engine.seat(1).held and line.engine.seat(1).consults is None
            assert line.state(2) is not SeatState.TALKING


_ORDERS = (
    OperatorHolds, OperatorResumes, OperatorGathers, OperatorLeaves, OperatorHangsUp,
    OperatorSendsToSurvey, WrapUpDone,
)  # fmt: skip


_ORDER = st.tuples(
    st.sampled_from([*_ORDERS, "transfer", "consult", "drop"]),
    st.integers(1, 3),
    st.sampled_from([1, 2, 3, None]),
    st.sampled_from([0.0, 0.01, 0.5]),
)


@given(st.lists(_ORDER, max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_operators_do_nobody_is_with_more_people_than_meant(
    orders: list[tuple[object, int, int | None, float]],
) -> None:
    async def story() -> None:
        office = Office(seats=3, fate=lambda _dialled, _earlier: answers(after_s=1.0, talk_s=40.0))
        office.enlist(replace(CAMPAIGN, wrap_up_s=5.0), 6)
        async with office.open() as engine:
            office.sign_in(engine)
            await asyncio.sleep(6)
            telephony = office.telephony
            assert telephony is not None
            for order, seat, to, pause in orders:
                now = office.now()
                if order == "transfer":
                    engine.post(OperatorTransfers(seat, to, now))
                elif order == "consult":
                    engine.post(OperatorConsults(seat, to or 1, now))
                elif order == "drop":
                    telephony.drop(telephony.leg_of(seat) or "")
                else:
                    engine.post(order(seat, now))  # type: ignore[operator]
                await asyncio.sleep(pause)
                for channel in telephony.world.channels.values():
                    people = [one for one in channel.bridge if one.id.startswith("a")]
                    legs = [one for one in channel.bridge if not one.id.startswith("a")]
                    assert len(people) <= 1 and len(legs) <= 2
                    for leg in legs if pause else ():
                        seat_now = engine.seat(int(leg.id[5:7]))
                        assert not people or seat_now.attempt_id == people[0].id
                        assert not people or seat_now.state is SeatState.TALKING
            await office.until(engine, lambda: office.finished, 2_000)
            await asyncio.sleep(20)
            assert office.states(engine)[SeatState.TALKING] == 0
            assert not any(channel.bridge for channel in telephony.world.channels.values())

    run(story())
