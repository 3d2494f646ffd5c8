"""Hold, keys, handing on: what the desk may order, and when."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialer.core.desk_events import (
    OperatorConsults,
    OperatorGathers,
    OperatorHolds,
    OperatorLeaves,
    OperatorResumes,
    OperatorSendsDigits,
    OperatorSendsToSurvey,
    OperatorTransfers,
)
from dialer.core.seats import Consulting, HoldChanged
from tests.integration.desk_world import Desk, World, running_world, settle
from tests.integration.paper_engine import ATTEMPT, context


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path) as running:
        yield running


async def talking(world: World) -> Desk:
    """Seat 1 talks; seat 2 is ready, seat 3 paused."""
    desks = [await world.seated(f"op0{seat}", seat) for seat in (1, 2, 3)]
    for desk in desks[:2]:
        await desk.post("/api/v1/desk/ready", {})
    await settle()
    world.engine.talk(1)
    return desks[0]


async def refused(desk: Desk, path: str, body: dict[str, object]) -> str:
    reply = await desk.post(f"/api/v1/desk/{path}", body)
    assert reply.status in (409, 422)
    return str((await reply.json())["code"])


async def test_hold_and_back_are_ordered_and_the_state_is_asterisks(world: World) -> None:
    desk = await talking(world)
    assert (await desk.post("/api/v1/desk/hold", {"held": True})).status == 202
    assert isinstance(world.engine.events[-1], OperatorHolds)
    assert (await (await desk.get("/api/v1/desk/state")).json())["seat"]["held"] is False
    world.engine.change(HoldChanged(1, True, 1.0))
    assert (await (await desk.get("/api/v1/desk/state")).json())["seat"]["held"] is True
    assert (await desk.post("/api/v1/desk/hold", {"held": False})).status == 202
    assert isinstance(world.engine.events[-1], OperatorResumes)


async def test_keys_go_to_the_line_but_not_to_one_on_hold(world: World) -> None:
    desk = await talking(world)
    assert (await desk.post("/api/v1/desk/digits", {"digits": "12#"})).status == 202
    order = world.engine.events[-1]
    assert isinstance(order, OperatorSendsDigits) and order.digits == "12#"
    assert await refused(desk, "digits", {"digits": "12a"}) == "invalid"
    assert await refused(desk, "digits", {"digits": ""}) == "invalid"
    world.engine.change(HoldChanged(1, True, 1.0))
    assert await refused(desk, "digits", {"digits": "1"}) == "on_hold"


async def test_colleagues_are_listed_with_those_who_are_ready_first(world: World) -> None:
    desk = await talking(world)
    told = (await (await desk.get("/api/v1/desk/colleagues")).json())["colleagues"]
    assert [(one["seat"], one["ready"]) for one in told] == [(2, True), (3, False)]
    assert all(one["name"] for one in told)


async def test_of_those_who_are_ready_the_supervisor_comes_first(world: World) -> None:
    desk = await talking(world)
    guide = await world.seated("guide", 5)
    assert (await guide.post("/api/v1/desk/ready", {})).status == 202
    socket = await guide.open()
    await settle()
    told = (await (await desk.get("/api/v1/desk/colleagues")).json())["colleagues"]
    assert [(one["seat"], one["role"]) for one in told if one["ready"]] == [(5, "supervisor"), (2, "")]
    await socket.close()


@pytest.mark.parametrize("to", [2, None])
async def test_a_person_is_given_to_a_colleague_who_is_ready(world: World, to: int | None) -> None:
    desk = await talking(world)
    assert (await desk.post("/api/v1/desk/transfer", {"to": to})).status == 202
    order = world.engine.events[-1]
    assert isinstance(order, OperatorTransfers) and (order.seat, order.to) == (1, to)


async def test_nobody_is_given_to_one_who_is_not_ready(world: World) -> None:
    desk = await talking(world)
    assert await refused(desk, "transfer", {"to": 3}) == "colleague_not_ready"
    assert await refused(desk, "transfer", {"to": 1}) == "colleague_not_ready"
    await (await world.seated("op02", 2)).post("/api/v1/desk/pause", {"reason": "break"})
    await settle()
    assert await refused(desk, "transfer", {"to": None}) == "nobody_ready"


async def test_the_survey_at_the_end_needs_a_survey(world: World) -> None:
    desk = await talking(world)
    assert (await desk.post("/api/v1/desk/to-survey")).status == 202
    assert isinstance(world.engine.events[-1], OperatorSendsToSurvey)


async def test_without_a_survey_nobody_is_sent_there(world: World) -> None:
    world.engine.contexts[ATTEMPT] = context(survey_version_id=None, survey_source=None)
    desk = await talking(world)
    assert await refused(desk, "to-survey", {}) == "no_survey"


@pytest.mark.parametrize(
    ("path", "body"),
    [("hold", {"held": True}), ("digits", {"digits": "1"}), ("transfer", {"to": None}), ("to-survey", {})],
)
async def test_without_a_talk_there_is_nobody_to_hand_on(
    world: World, path: str, body: dict[str, object]
) -> None:
    desk = await world.seated("op01", 1)
    assert await refused(desk, path, body) == "wrong_seat_state"


async def test_who_handed_a_person_on_still_writes_down_what_became_of_the_talk(world: World) -> None:
    desk = await talking(world)
    world.engine.person_hangs_up(1)
    world.engine.talk(2)
    body = {"attempt_id": ATTEMPT, "code": "informed"}
    assert (await desk.post("/api/v1/desk/disposition", body)).status == 200


async def test_the_supervisor_sees_who_asks_for_help_until_they_were_helped(world: World) -> None:
    desk = await talking(world)
    assert (await desk.post("/api/v1/desk/help", {"asks": True})).status == 202
    await settle()
    assert world.engine.seat(1).asks_help
    supervisor = world.desk()
    await supervisor.sign_in("guide", None)
    assert (await supervisor.post("/api/v1/seats/1/helped")).status == 202
    await settle()
    assert not world.engine.seat(1).asks_help
    assert (await supervisor.post("/api/v1/seats/99/helped")).status == 422
    assert (await desk.post("/api/v1/seats/1/helped")).status == 403


async def test_a_colleague_is_asked_while_the_person_is_on_hold(world: World) -> None:
    desk = await talking(world)
    assert await refused(desk, "consult", {"to": 2}) == "not_on_hold"
    world.engine.change(HoldChanged(1, True, 1.0))
    assert await refused(desk, "consult", {"to": 3}) == "colleague_not_ready"
    assert await refused(desk, "gather", {}) == "nobody_asked"
    assert (await desk.post("/api/v1/desk/consult", {"to": 2})).status == 202
    order = world.engine.events[-1]
    assert isinstance(order, OperatorConsults) and (order.seat, order.to) == (1, 2)
    world.engine.change(Consulting(1, 2, 1.0))
    assert (await desk.post("/api/v1/desk/gather")).status == 202
    assert isinstance(world.engine.events[-1], OperatorGathers)
    world.engine.change(HoldChanged(1, False, 1.0))
    assert await refused(desk, "transfer", {"to": 2}) == "wrong_seat_state"
    assert (await desk.post("/api/v1/desk/leave")).status == 202
    assert isinstance(world.engine.events[-1], OperatorLeaves)
