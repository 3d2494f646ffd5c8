"""Simulated operators work through the API alone, as people do."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialer.core.live import SeatState
from dialer.errors import InputError
from dialer.passwords import hash_password
from dialer.simulated_operators.behaviour import Behaviour
from dialer.simulated_operators.shift import run_operator, run_operators
from dialer.simulated_operators.tally import OperatorTally
from dialer.store.operators import NewOperator, Operators, Role
from dialer.store.port import AnswerGiven, DispositionGiven, OptedOut
from tests.integration.desk_world import PASSWORD, World, running_world, until
from tests.integration.paper_engine import context

QUICK = Behaviour(
    wrap_up_median_s=0.02, question_s=0.02, answer_chance=1.0, opt_out_chance=0.0, pause_chance=0.0
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path) as running:
        yield running


def at_work(
    world: World, behaviour: Behaviour = QUICK, stop: asyncio.Event | None = None, seat: int = 1
) -> asyncio.Task[OperatorTally]:
    work = run_operator(world.url, "op01", PASSWORD, seat, behaviour, random.Random(1), stop)
    return asyncio.create_task(work)


async def is_ready(world: World, seat: int = 1) -> None:
    await until(lambda: world.engine.seat(seat).state is SeatState.READY)


def attempt(number: int) -> str:
    return f"a{number:024x}"


async def test_an_operator_answers_the_survey_records_the_talk_and_is_ready_again(world: World) -> None:
    stop = asyncio.Event()
    work = at_work(world, stop=stop)
    await is_ready(world)
    world.engine.talk(1)
    await until(lambda: sum(isinstance(fact, AnswerGiven) for fact in world.engine.facts) == 2)
    world.engine.person_hangs_up(1)
    await until(lambda: any(isinstance(fact, DispositionGiven) for fact in world.engine.facts))
    await is_ready(world)
    stop.set()
    tally = await asyncio.wait_for(work, 5)
    assert (tally.calls, tally.answers, tally.dispositions, tally.refused) == (1, 2, 1, {})
    assert len(tally.pop_ms) == 1 and len(tally.save_ms) == 3
    await until(lambda: world.engine.seat(1).state is SeatState.SIGNED_OUT)


async def test_every_call_gets_a_disposition_however_short_it_was(world: World) -> None:
    stop = asyncio.Event()
    work = at_work(world, stop=stop)
    await is_ready(world)
    for number in range(1, 11):
        world.engine.contexts[attempt(number)] = context(attempt(number))
        world.engine.talk(1, attempt(number))
        world.engine.person_hangs_up(1)
        await is_ready(world)
    stop.set()
    tally = await asyncio.wait_for(work, 5)
    given = {fact.attempt_id for fact in world.engine.facts if isinstance(fact, DispositionGiven)}
    assert given == {attempt(number) for number in range(1, 11)}
    assert tally.dispositions == tally.calls == 10


async def test_a_break_is_a_pause_with_a_reason_and_ends(world: World) -> None:
    stop = asyncio.Event()
    behaviour = Behaviour(wrap_up_median_s=0.01, question_s=0.01, pause_chance=1.0, pause_s=(0.3, 0.3))
    work = at_work(world, behaviour, stop)
    await is_ready(world)
    world.engine.talk(1)
    world.engine.person_hangs_up(1)
    await until(lambda: world.engine.seat(1).state is SeatState.PAUSED)
    assert world.engine.seat(1).reason == "break"
    await is_ready(world)
    stop.set()
    assert (await asyncio.wait_for(work, 5)).pauses == 1


async def test_an_operator_may_hang_up_and_may_opt_a_person_out(world: World) -> None:
    stop = asyncio.Event()
    behaviour = Behaviour(
        wrap_up_median_s=0.01, question_s=0.01, opt_out_chance=1.0, pause_chance=0.0, hangs_up_after_s=0.1
    )
    work = at_work(world, behaviour, stop)
    await is_ready(world)
    world.engine.talk(1)
    await until(lambda: any(isinstance(fact, OptedOut) for fact in world.engine.facts))
    await until(lambda: any(isinstance(fact, DispositionGiven) for fact in world.engine.facts))
    stop.set()
    assert (await asyncio.wait_for(work, 5)).opt_outs == 1


async def test_a_busy_store_loses_nothing(world: World) -> None:
    stop = asyncio.Event()
    work = at_work(world, stop=stop)
    await is_ready(world)
    world.engine.busy = True
    world.engine.talk(1)
    world.engine.person_hangs_up(1)
    await asyncio.sleep(0.4)
    assert world.engine.facts == []
    world.engine.busy = False
    await until(lambda: any(isinstance(fact, DispositionGiven) for fact in world.engine.facts))
    stop.set()
    await asyncio.wait_for(work, 5)


async def test_a_cut_line_is_mended_and_the_operator_is_ready_again(world: World) -> None:
    stop = asyncio.Event()
    work = at_work(world, stop=stop)
    await is_ready(world)
    connections = world.server.runner.server.connections  # type: ignore[union-attr]
    for connection in tuple(connections):
        if connection.transport is not None:
            connection.transport.abort()
    world.engine.talk(1)
    await until(lambda: any(isinstance(fact, AnswerGiven) for fact in world.engine.facts))
    world.engine.person_hangs_up(1)
    await is_ready(world)
    stop.set()
    assert (await asyncio.wait_for(work, 5)).sign_ins == 1


async def test_an_operator_whose_seat_is_taken_over_goes_home(world: World) -> None:
    work = at_work(world)
    await is_ready(world)
    await world.seated("op02", 1)
    await asyncio.wait_for(work, 5)
    assert world.engine.seat(1).operator_id == 2


async def test_a_wrong_password_is_said_so(world: World) -> None:
    with pytest.raises(InputError, match="seat 1"):
        await run_operator(world.url, "op01", "wrong wrong wrong", 1, QUICK, random.Random(1))


async def test_a_cancelled_operator_signs_out(world: World) -> None:
    work = at_work(world)
    await is_ready(world)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await until(lambda: world.engine.seat(1).state is SeatState.SIGNED_OUT)


async def test_thirty_six_operators_take_calls_at_once(world: World) -> None:
    stored = hash_password(PASSWORD)
    people = [NewOperator(f"sim{seat:02d}", "नाम", Role.OPERATOR, stored) for seat in range(1, 37)]
    await Operators(world.database).add(people, "test", 1.0)
    stop = asyncio.Event()
    staff = [(f"sim{seat:02d}", PASSWORD, seat) for seat in range(1, 37)]
    work = asyncio.create_task(run_operators(world.url, staff, QUICK, 7, stop))
    for seat in range(1, 37):
        await is_ready(world, seat)
    for seat in range(1, 37):
        world.engine.contexts[attempt(seat)] = context(attempt(seat))
        world.engine.talk(seat, attempt(seat))
    await until(lambda: sum(isinstance(fact, AnswerGiven) for fact in world.engine.facts) == 72)
    for seat in range(1, 37):
        world.engine.person_hangs_up(seat)
    await until(lambda: sum(isinstance(fact, DispositionGiven) for fact in world.engine.facts) == 36)
    stop.set()
    tallies = await asyncio.wait_for(work, 10)
    assert sum(tally.calls for tally in tallies) == 36
    assert all(tally.refused == {} for tally in tallies)
