"""Callbacks: what may be agreed at the desk, what is stored, what the engine hears, and who sees which."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from db.models import Attempt, Callback, CampaignContact, Contact
from dialer.core.desk_events import CallbackPromised
from dialer.store.port import CallbackAgreed
from tests.integration.desk_world import Desk, World, running_world, settle
from tests.integration.paper_engine import ATTEMPT

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


def _agreed(now: float) -> Any:
    """Five people who wait, one hour after another; the second wants anybody, the others operator 1."""

    def work(connection: Any) -> None:
        for number in range(5):
            id_, due_at = 10 + number, now + (number - 1) * HOUR
            person = {"id": id_, "phone": f"+9198765433{id_}", "name": f"गीता {number}", "created_at": 1.0}
            connection.execute(insert(Contact).values(person))
            place = {"campaign_id": 1, "contact_id": id_, "state": "waiting", "callback_at": due_at}
            connection.execute(insert(CampaignContact).values(place))
            attempt = {"id": f"ac{number:023d}", "campaign_id": 1, "contact_id": id_, "trunk": "carrier"}
            times = {"number_of_attempt": 1, "claimed_at": now - DAY, "ended_at": now - DAY + 60}
            connection.execute(insert(Attempt).values(attempt | times))
            connection.execute(
                insert(Callback).values(
                    campaign_id=1, contact_id=id_, attempt_id=attempt["id"], due_at=due_at,
                    operator_id=None if number == 1 else 1, agreed_at=now - DAY,
                )
            )  # fmt: skip

    return work


async def test_an_operator_sees_the_next_three_of_their_own(world: World) -> None:
    await world.database.transact(_agreed(world.clock.now))
    desk, other = await world.seated("op01", 1), await world.seated("op02", 2)
    told = await (await desk.get("/api/v1/desk/callbacks")).json()
    assert [one["name"] for one in told["callbacks"]] == ["गीता 0", "गीता 2", "गीता 3"]
    assert told["callbacks"][0] == {"due_at": world.clock.now - HOUR, "name": "गीता 0", "campaign": "योजना"}
    assert (await (await other.get("/api/v1/desk/callbacks")).json()) == {"callbacks": []}


async def test_a_supervisor_sees_all_with_numbers_masked_and_it_is_written_down(world: World) -> None:
    await world.database.transact(_agreed(world.clock.now))
    desk = world.desk()
    assert (await desk.sign_in("guide", None)).status == 201
    told = (await (await desk.get("/api/v1/callbacks")).json())["callbacks"]
    assert [one["state"] for one in told] == ["late", "due", "upcoming", "upcoming", "upcoming"]
    assert (told[0]["phone"], told[0]["operator"]) == ("+91••••••3310", "op01 नाम")
    assert told[1]["operator"] == ""
    narrowed = await (await desk.get("/api/v1/callbacks?operator=op01&campaign=योजना")).json()
    assert len(narrowed["callbacks"]) == 4
    assert (await (await desk.get("/api/v1/callbacks?day=2026-01-01")).json())["callbacks"] == []
    await until_audited(world, "callback list")


async def until_audited(world: World, action: str) -> None:
    for _ in range(60):
        if action in [line[1] for line in await world.audit()]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(action)


@pytest.mark.parametrize(
    ("query", "status"), [("day=soon", 422), ("campaign=nothing", 404), ("operator=nobody", 404)]
)
async def test_what_nobody_knows_is_said_so(world: World, query: str, status: int) -> None:
    desk = world.desk()
    await desk.sign_in("guide", None)
    assert (await desk.get(f"/api/v1/callbacks?{query}")).status == status


async def test_the_list_of_all_is_not_for_operators(world: World) -> None:
    desk = await world.seated()
    assert (await desk.get("/api/v1/callbacks")).status == 403
