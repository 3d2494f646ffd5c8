"""The check of an operator's phone, in a whole office on virtual time."""

from __future__ import annotations

import asyncio

import pytest

from dialer.core.desk_events import (
    LineCheckBegins,
    LineCheckEnds,
    OperatorReady,
    OperatorSignedIn,
    OperatorSignedOut,
)
from dialer.core.live import SeatState
from dialer.engine import Engine
from tests.engine.office import CAMPAIGN, Office, answers
from tests.engine.virtual_time import on_virtual_time


async def check(office: Office, engine: Engine, lasts_s: float = 3.0) -> None:
    engine.post(LineCheckBegins(1, office.now()))
    await asyncio.sleep(lasts_s)
    engine.post(LineCheckEnds(1, office.now()))
    await asyncio.sleep(0.5)


async def seated(office: Office, engine: Engine) -> None:
    engine.post(OperatorSignedIn(1, 101, office.now()))
    await office.until(engine, lambda: engine.seat(1).state is SeatState.PAUSED, 20)


@pytest.mark.parametrize("nailed_up", [True, False])
@on_virtual_time
async def test_a_phone_is_tried_and_then_takes_a_person(nailed_up: bool) -> None:
    office = Office(nailed_up=nailed_up, fate=lambda _dialled, _earlier: answers())
    office.enlist(CAMPAIGN, 1)
    async with office.open() as engine:
        await seated(office, engine)
        await check(office, engine)
        line = engine.seat(1).line
        assert line is not None and 90 <= line.received <= 150
        assert office.telephony is not None
        assert (office.telephony.leg_of(1) is not None) is nailed_up
        engine.post(OperatorReady(1, frozenset({1}), office.now()))
        await office.until(engine, lambda: engine.seat(1).state is SeatState.TALKING, 60)
        await office.until(engine, lambda: office.finished, 120)


@on_virtual_time
async def test_a_second_check_forgets_the_first_and_a_sign_out_forgets_both() -> None:
    office = Office()
    async with office.open() as engine:
        await seated(office, engine)
        await check(office, engine)
        engine.post(LineCheckBegins(1, office.now()))
        await asyncio.sleep(0.5)
        assert engine.seat(1).line is None
        engine.post(LineCheckEnds(1, office.now()))
        await asyncio.sleep(0.5)
        assert engine.seat(1).line is not None
        engine.post(OperatorSignedOut(1, office.now()))
        await asyncio.sleep(0.5)
        assert engine.seat(1).line is None


@on_virtual_time
async def test_who_is_ready_is_not_sent_to_hear_themselves() -> None:
    office = Office()
    office.enlist(CAMPAIGN, 0)
    async with office.open() as engine:
        office.sign_in(engine, 1)
        await office.until(engine, lambda: engine.seat(1).state is SeatState.READY, 20)
        await check(office, engine)
        assert engine.seat(1).state is SeatState.READY and engine.seat(1).line is None


@on_virtual_time
async def test_a_person_comes_also_to_a_check_that_nobody_ended() -> None:
    office = Office(fate=lambda _dialled, _earlier: answers())
    office.enlist(CAMPAIGN, 1)
    async with office.open() as engine:
        await seated(office, engine)
        engine.post(LineCheckBegins(1, office.now()))
        await asyncio.sleep(1)
        engine.post(OperatorReady(1, frozenset({1}), office.now()))
        await office.until(engine, lambda: engine.seat(1).state is SeatState.TALKING, 60)
        await office.until(engine, lambda: office.finished, 120)


@on_virtual_time
async def test_a_phone_that_falls_silent_with_its_leg_up_takes_nobody_until_it_speaks() -> None:
    office = Office(fate=lambda _dialled, _earlier: answers())
    async with office.open() as engine:
        office.sign_in(engine, 1)
        await office.until(engine, lambda: engine.seat(1).state is SeatState.READY, 20)
        assert office.telephony is not None
        office.telephony.set_phone(1, False)
        await asyncio.sleep(40)
        assert engine.seat(1).state is SeatState.UNREACHABLE
        office.telephony.set_phone(1, True)
        await asyncio.sleep(1)
        assert engine.seat(1).state is SeatState.READY
