"""Preview: what the desk may order while it shows a person."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialer.core.desk_events import OperatorDials, OperatorSkips
from dialer.core.seats import Offered
from dialer.simulated_operators.behaviour import Behaviour
from dialer.simulated_operators.shift import run_operator
from tests.integration.desk_world import PASSWORD, Desk, World, running_world, settle, until
from tests.integration.paper_engine import ATTEMPT


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path) as running:
        yield running


async def shown(world: World) -> Desk:
    """Seat 1 is shown a person."""
    desk = await world.seated()
    await desk.post("/api/v1/desk/ready", {})
    await settle()
    world.engine.change(Offered(1, ATTEMPT, 1, 1.0))
    return desk


async def test_the_desk_is_told_who_it_is_and_orders_the_call(world: World) -> None:
    desk = await shown(world)
    told = await (await desk.get("/api/v1/desk/state")).json()
    assert (told["seat"]["state"], told["call"]["name"]) == ("preview", "सीता साहू")
    assert (await desk.post("/api/v1/desk/dial", {"attempt_id": ATTEMPT})).status == 202
    order = world.engine.events[-1]
    assert isinstance(order, OperatorDials) and order.attempt_id == ATTEMPT


async def test_the_desk_passes_a_person_over_with_a_reason(world: World) -> None:
    desk = await shown(world)
    assert (await desk.post("/api/v1/desk/skip", {"attempt_id": ATTEMPT, "reason": "bored"})).status == 422
    assert (await desk.post("/api/v1/desk/skip", {"attempt_id": ATTEMPT, "reason": "later"})).status == 202
    order = world.engine.events[-1]
    assert isinstance(order, OperatorSkips) and order.reason == "later"
    words = await (await desk.get("/api/v1/words")).json()
    assert [one["code"] for one in words["skip_reasons"]] == ["later", "another_day", "unsuitable"]


async def test_an_order_for_somebody_else_or_too_late_is_refused(world: World) -> None:
    desk = await shown(world)
    other = {"attempt_id": "a" + "1" * 24}
    assert (await desk.post("/api/v1/desk/dial", other)).status == 409
    await desk.post("/api/v1/desk/pause", {"reason": "meal"})
    await settle()
    assert (await desk.post("/api/v1/desk/dial", {"attempt_id": ATTEMPT})).status == 409


async def test_who_was_only_looked_at_was_not_spoken_to(world: World) -> None:
    desk = await shown(world)
    reply = await desk.post("/api/v1/desk/disposition", {"attempt_id": ATTEMPT, "code": "informed"})
    assert (reply.status, (await reply.json())["code"]) == (403, "not_your_call")


async def test_operators_of_paper_look_and_dial(world: World) -> None:
    quick = Behaviour(look_s=0.02, skip_chance=0.0, pause_chance=0.0)
    stop = asyncio.Event()
    work = asyncio.create_task(run_operator(world.url, "op01", PASSWORD, 1, quick, random.Random(1), stop))
    await until(lambda: world.engine.seat(1).state == "ready")
    world.engine.change(Offered(1, ATTEMPT, 1, 1.0))
    await until(lambda: any(isinstance(event, OperatorDials) for event in world.engine.events))
    stop.set()
    await asyncio.wait_for(work, 5)
