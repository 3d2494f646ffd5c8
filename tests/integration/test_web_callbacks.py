"""Callbacks at the desk: what may be agreed, what is stored, and what the engine hears."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialer.core.desk_events import CallbackPromised
from dialer.store.port import CallbackAgreed
from tests.integration.desk_world import ATTEMPT, Desk, World, running_world, settle

HOUR, DAY = 3600.0, 86_400.0


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path) as running:
        yield running


async def talking(world: World) -> tuple[Desk, float]:
    """The desk of seat 1 in a call, and the next noon of the office in at least an hour."""
    desk = await world.seated()
    await desk.post("/api/v1/desk/ready", {})
    await settle()
    world.engine.talk(1)
    now = (await (await desk.get("/api/v1/desk/state")).json())["at"]
    midnight = now - (now + 19_800) % DAY
    noon = midnight + 12 * HOUR
    return desk, noon if noon > now + HOUR else noon + DAY


async def test_a_time_is_stored_and_told_to_the_engine(world: World) -> None:
    desk, noon = await talking(world)
    reply = await desk.post("/api/v1/desk/callback", {"attempt_id": ATTEMPT, "due_at": noon})
    assert reply.status == 200
    [agreed] = [fact for fact in world.engine.facts if isinstance(fact, CallbackAgreed)]
    assert (agreed.attempt_id, agreed.contact_id, agreed.due_at) == (ATTEMPT, 1, noon)
    [told] = [event for event in world.engine.events if isinstance(event, CallbackPromised)]
    assert (told.campaign_id, told.due_at) == (1, noon)


async def test_an_operator_may_keep_the_person_for_themselves(world: World) -> None:
    desk, noon = await talking(world)
    body = {"attempt_id": ATTEMPT, "due_at": noon, "mine": True}
    assert (await desk.post("/api/v1/desk/callback", body)).status == 200
    [agreed] = [fact for fact in world.engine.facts if isinstance(fact, CallbackAgreed)]
    assert agreed.operator_id == world.engine.seat(1).operator_id


@pytest.mark.parametrize(
    ("shift", "code"),
    [(-3 * DAY, "callback_time"), (40 * DAY, "callback_time"), (11 * HOUR, "callback_not_then")],
)
async def test_a_time_that_cannot_be_kept_is_refused_with_one_that_can(
    world: World, shift: float, code: str
) -> None:
    desk, noon = await talking(world)
    reply = await desk.post("/api/v1/desk/callback", {"attempt_id": ATTEMPT, "due_at": noon + shift})
    problem = await reply.json()
    assert (reply.status, problem["code"]) == (422, code)
    assert any(sign.isdigit() for sign in problem["fix"])
    assert not world.engine.facts


async def test_nobody_agrees_for_a_call_that_was_not_theirs(world: World) -> None:
    _desk, noon = await talking(world)
    other = await world.seated("op02", 2)
    reply = await other.post("/api/v1/desk/callback", {"attempt_id": ATTEMPT, "due_at": noon})
    assert reply.status == 403
