"""An operator's phone falls away in the middle of a talk: who gets the person, and what the desk is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from dialer.core.desk_events import OperatorHangsUp, OperatorHolds, OperatorSignedOut
from dialer.core.live import Interruption, SeatState
from dialer.core.model import Outcome
from dialer.engine import Engine, PlacedCall
from dialer.telephony.simulated import SimulatedTelephony
from tests.engine.office import CAMPAIGN, Office, answers
from tests.engine.virtual_time import on_virtual_time


@dataclass
class Talk:
    """One person, who talks with the operator of seat 1; the campaign's wrap-up lasts ten seconds."""

    office: Office
    engine: Engine
    attempt: str

    @property
    def telephony(self) -> SimulatedTelephony:
        assert self.office.telephony is not None
        return self.office.telephony

    @property
    def with_seat(self) -> int | None:
        """The seat with which the person shares a bridge."""
        partner = self.telephony.world.channels[self.attempt].partner
        return None if partner is None else int(partner.id[5:7])

    @property
    def place(self) -> str | None:
        channel = self.telephony.world.channels.get(self.attempt)
        return None if channel is None else channel.place

    def seat(self, number: int) -> tuple[SeatState, Interruption]:
        live = self.engine.seat(number)
        return live.state, live.interrupted

    def lose_phone(self, seat: int = 1) -> None:
        """The page goes away: it ends its leg, and is signed in at Asterisk no more."""
        self.telephony.drop(self.telephony.leg_of(seat) or "")
        self.telephony.set_phone(seat, reachable=False)

    @property
    def noted(self) -> list[str]:
        """What the records say of the call, in order."""
        events = self.office.store.events
        return [each.event for each in events if each.attempt_id == self.attempt]


@asynccontextmanager
async def talk(*, colleague: bool = False) -> AsyncIterator[Talk]:
    office = Office(seats=2, fate=lambda _dialled, _earlier: answers(talk_s=300.0))
    office.enlist(CAMPAIGN, 1)
    async with office.open() as engine:
        office.sign_in(engine, 1)
        await office.until(engine, lambda: engine.seat(1).state is SeatState.TALKING, 60)
        if colleague:
            office.sign_in(engine, 2)
        await asyncio.sleep(2)
        yield Talk(office, engine, engine.seat(1).attempt_id or "")


@pytest.mark.parametrize("colleague", [False, True])
@on_virtual_time
async def test_whose_page_is_loaded_anew_talks_on_with_the_same_person(colleague: bool) -> None:
    async with talk(colleague=colleague) as line:
        line.lose_phone()
        await asyncio.sleep(3)
        assert line.seat(1) == (SeatState.TALKING, Interruption.WAITS)
        assert line.with_seat is None
        line.telephony.set_phone(1, reachable=True)
        await asyncio.sleep(1)
        assert line.seat(1) == (SeatState.TALKING, Interruption.NONE)
        assert line.with_seat == 1
        assert line.noted[-3:] == ["joined", "parted", "joined"]


@pytest.mark.parametrize("colleague", [False, True])
@on_virtual_time
async def test_a_leg_alone_that_falls_off_is_called_again_at_once(colleague: bool) -> None:
    async with talk(colleague=colleague) as line:
        line.telephony.drop(line.telephony.leg_of(1) or "")
        await asyncio.sleep(1)
        assert (line.with_seat, *line.seat(1)) == (1, SeatState.TALKING, Interruption.NONE)


@on_virtual_time
async def test_a_colleague_gets_the_person_whose_own_operator_does_not_come_back() -> None:
    async with talk(colleague=True) as line:
        line.lose_phone()
        await asyncio.sleep(4.5)
        assert line.with_seat is None and line.seat(2)[0] is SeatState.READY
        await asyncio.sleep(1)
        assert line.with_seat == 2 and line.seat(2) == (SeatState.TALKING, Interruption.NONE)
        assert line.seat(1) == (SeatState.WRAP_UP, Interruption.GIVEN_ON)
        line.telephony.set_phone(1, reachable=True)
        await asyncio.sleep(1)
        assert line.telephony.leg_of(1) is not None
        assert line.with_seat == 2 and line.seat(1) == (SeatState.WRAP_UP, Interruption.GIVEN_ON)
        await asyncio.sleep(10)
        assert line.seat(1) == (SeatState.READY, Interruption.NONE)


@on_virtual_time
async def test_with_nobody_else_the_person_waits_longer_for_their_own_operator() -> None:
    async with talk() as line:
        line.lose_phone()
        await asyncio.sleep(9)
        line.telephony.set_phone(1, reachable=True)
        await asyncio.sleep(1)
        assert (line.with_seat, *line.seat(1)) == (1, SeatState.TALKING, Interruption.NONE)


@on_virtual_time
async def test_when_nobody_comes_the_person_hears_the_apology_and_the_operator_that_it_is_over() -> None:
    async with talk() as line:
        line.lose_phone()
        await asyncio.sleep(14)
        assert line.place == "apology"
        assert line.seat(1) == (SeatState.TALKING, Interruption.WAITS)
        await asyncio.sleep(8)
        assert line.place is None
        assert line.seat(1) == (SeatState.WRAP_UP, Interruption.ENDED)
    assert line.office.outcomes == {Outcome.CONNECTED: 1}


@on_virtual_time
async def test_a_person_on_hold_is_taken_back_by_their_own_operator_too() -> None:
    async with talk(colleague=True) as line:
        line.engine.post(OperatorHolds(1, line.office.now()))
        await asyncio.sleep(1)
        line.lose_phone()
        await asyncio.sleep(2)
        assert line.seat(1) == (SeatState.TALKING, Interruption.WAITS) and not line.engine.seat(1).held
        line.telephony.set_phone(1, reachable=True)
        await asyncio.sleep(1)
        assert (line.with_seat, *line.seat(1)) == (1, SeatState.TALKING, Interruption.NONE)


@on_virtual_time
async def test_who_is_waited_for_may_end_the_call() -> None:
    async with talk(colleague=True) as line:
        line.lose_phone()
        await asyncio.sleep(2)
        line.engine.post(OperatorHangsUp(1, line.office.now()))
        await asyncio.sleep(1)
        assert line.place is None and line.seat(1) == (SeatState.WRAP_UP, Interruption.ENDED)


@on_virtual_time
async def test_nobody_waits_for_an_operator_who_has_left() -> None:
    async with talk(colleague=True) as line:
        line.engine.post(OperatorSignedOut(1, line.office.now()))
        line.lose_phone()
        await asyncio.sleep(1)
        assert line.with_seat == 2
        await asyncio.sleep(20)
        assert line.seat(1)[0] is SeatState.SIGNED_OUT and line.telephony.leg_of(1) is None


@pytest.mark.parametrize("held", [False, True])
@on_virtual_time
async def test_a_phone_whose_network_is_gone_is_found_though_its_leg_stands(held: bool) -> None:
    async with talk(colleague=True) as line:
        if held:
            line.engine.post(OperatorHolds(1, line.office.now()))
            await asyncio.sleep(1)
        line.telephony.cut_off(1)
        await asyncio.sleep(2.5)
        assert line.seat(1) == (SeatState.TALKING, Interruption.WAITS)
        assert line.telephony.leg_of(1) is None
        await asyncio.sleep(5.5)
        assert line.with_seat == 2
        assert line.seat(1) == (SeatState.WRAP_UP, Interruption.GIVEN_ON)


@on_virtual_time
async def test_a_network_that_is_back_in_time_gives_the_person_back() -> None:
    async with talk(colleague=True) as line:
        line.telephony.cut_off(1)
        await asyncio.sleep(5)
        line.telephony.set_phone(1, reachable=True)
        await asyncio.sleep(1)
        assert (line.with_seat, *line.seat(1)) == (1, SeatState.TALKING, Interruption.NONE)


@on_virtual_time
async def test_a_phone_that_only_cannot_be_asked_any_more_keeps_its_talk() -> None:
    async with talk(colleague=True) as line:
        leg = line.telephony.leg_of(1)
        line.telephony.set_phone(1, reachable=False)
        await asyncio.sleep(30)
        assert (line.with_seat, line.telephony.leg_of(1)) == (1, leg)
        line.telephony.cut_off(1)
        await asyncio.sleep(4)
        assert line.seat(1) == (SeatState.TALKING, Interruption.WAITS)


@pytest.mark.parametrize("down_s", [1.0, 15.0])
@on_virtual_time
async def test_asterisk_that_starts_anew_in_a_talk_ends_it_and_the_desk_says_so(down_s: float) -> None:
    async with talk() as line:
        answered = line.office.store.attempts[line.attempt].answered_at or 0.0
        line.office.placed[line.attempt] = PlacedCall(answered - 5, answered, None, None)
        line.telephony.restart(down_s)
        await asyncio.sleep(down_s + 2)
        assert line.seat(1) == (SeatState.WRAP_UP, Interruption.ENDED)
        assert line.telephony.leg_of(1) is not None
        closed = line.office.store.attempts[line.attempt]
        assert (closed.outcome, closed.note) == (Outcome.CONNECTED, "Asterisk stopped in the call")
        await asyncio.sleep(10)
        assert line.seat(1) == (SeatState.READY, Interruption.NONE)
