"""Nobody is put through to a phone that was not tried in this sign-in."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dialer.core.live import SeatState
from dialer.simulated_operators.behaviour import Behaviour
from dialer.simulated_operators.shift import run_operator
from dialer.web.parts import PARTS
from dialer.web.seat_trials import PATIENCE_S
from tests.integration.desk_world import PASSWORD, Desk, World, running_world, settle, until

CHECK = "/api/v1/desk/seat-check"
HEARD = {"phone": "browser", "heard_self": True, "microphone_db": -30.0, "returned_db": -32.5}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path, seat_check="required") as running:
        yield running


async def check(desk: Desk, **changes: Any) -> dict[str, Any]:
    assert (await desk.post(f"{CHECK}/begin")).status == 202
    reply = await desk.post(CHECK, {**HEARD, **changes})
    assert reply.status == 200, await reply.text()
    return dict(await reply.json())


async def ready(desk: Desk) -> str:
    """Empty when it was accepted, else the problem's code."""
    reply = await desk.post("/api/v1/desk/ready", {})
    await settle()
    return "" if reply.status == 202 else str((await reply.json())["code"])


async def test_ready_needs_a_check_that_passed(world: World) -> None:
    desk = await world.seated()
    assert await (await desk.get(CHECK)).json() == {"required": True, "may_be_ready": False}
    assert await ready(desk) == "seat_not_checked"
    told = await check(desk)
    assert (told["passed"], told["faults"], told["weaknesses"], told["jitter_ms"]) == (True, [], [], 0.5)
    assert await ready(desk) == ""
    assert world.engine.seat(1).state is SeatState.READY


async def test_a_check_that_fails_says_why_and_takes_an_earlier_pass_back(world: World) -> None:
    desk = await world.seated()
    await check(desk)
    told = await check(desk, returned_db=-100.0)
    assert (told["passed"], told["faults"]) == (False, ["nothing_comes_back"])
    assert await ready(desk) == "seat_not_checked"


async def test_what_asterisk_heard_counts_more_than_what_the_desk_says(world: World) -> None:
    desk = await world.seated()
    world.engine.heard_packets = 0
    assert (await check(desk))["faults"] == ["no_sound_arrives"]


async def test_a_line_that_tells_nothing_in_time_is_a_fault(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await world.seated()
    monkeypatch.setattr("dialer.web.seat_trials.PATIENCE_S", PATIENCE_S / 20)
    monkeypatch.setattr(world.engine, "post", lambda event: None)
    assert (await check(desk))["faults"] == ["no_line"]


async def test_a_check_is_begun_on_a_break_and_before_it_is_ended(world: World) -> None:
    desk = await world.seated()
    reply = await desk.post(CHECK, HEARD)
    assert (reply.status, (await reply.json())["code"]) == (409, "no_trial_begun")
    await check(desk)
    await ready(desk)
    reply = await desk.post(f"{CHECK}/begin")
    assert (reply.status, (await reply.json())["code"]) == (409, "wrong_seat_state")
    reply = await desk.post(CHECK, {**HEARD, "lost_share": 2.0})
    assert reply.status == 422


async def test_the_next_sign_in_needs_its_own_check(world: World) -> None:
    desk = await world.seated()
    await check(desk)
    again = await world.seated()
    assert await ready(again) == "seat_not_checked"


async def test_a_new_daemon_knows_who_has_passed(world: World) -> None:
    desk = await world.seated()
    await check(desk)
    trials = world.server.app[PARTS].trials
    trials._passed.clear()  # what a new life has not seen
    assert await ready(desk) == ""


async def test_supervisors_see_every_seat(world: World) -> None:
    await check(await world.seated("op01", 1), jitter_ms=48.0)
    await check(await world.seated("op02", 2), heard_self=False)
    guide = world.desk()
    assert (await guide.sign_in("guide", None)).status == 201
    told = (await (await guide.get("/api/v1/seat-checks")).json())["checks"]
    assert [(one["seat"], one["operator"], one["passed"], one["faults"]) for one in told] == [
        (1, "op01 नाम", True, []),
        (2, "op02 नाम", False, ["not_heard"]),
    ]
    assert told[0]["weaknesses"] == ["jitter"]
    assert (await (await world.seated("op03", 3)).get("/api/v1/seat-checks")).status == 403


async def test_operators_of_paper_check_their_phones_too(world: World) -> None:
    quick = Behaviour(pause_chance=0.0)
    stop = asyncio.Event()
    work = asyncio.create_task(run_operator(world.url, "op01", PASSWORD, 1, quick, random.Random(1), stop))
    await until(lambda: world.engine.seat(1).state is SeatState.READY, 8.0)
    stop.set()
    await asyncio.wait_for(work, 5)


def test_an_office_may_do_without(tmp_path: Path) -> None:
    async def work() -> None:
        async with running_world(tmp_path, seat_check="optional") as world:
            desk = await world.seated()
            assert await (await desk.get(CHECK)).json() == {"required": False, "may_be_ready": True}
            assert await ready(desk) == ""

    asyncio.run(work())
