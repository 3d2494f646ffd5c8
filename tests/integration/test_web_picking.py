"""Manual dialling over HTTP: what may be typed, who may ask, what is answered, and what is written down."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Audit
from dialer.core.model import RefusalReason, Refused
from dialer.core.picking import NotPicked, Pick
from tests.integration.desk_world import Desk, World, running_world, settle
from tests.integration.paper_engine import ATTEMPT

NUMBER = "98765 43210"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path) as running:
        yield running


async def look_up(desk: Desk, number: str = NUMBER, **headers: str) -> tuple[int, Any]:
    reply = await desk.post("/api/v1/desk/look-up", {"number": number}, **headers)
    return reply.status, await reply.json()


@pytest.mark.parametrize("number", ["9876543210", "098765-43210", "+91 98765 43210", "९८७६५ ४३२१०"])
async def test_a_number_is_read_as_people_write_it_and_the_person_is_shown(world: World, number: str) -> None:
    desk = await world.seated()
    await desk.post("/api/v1/desk/ready", {})
    await settle()
    status, told = await look_up(desk, number)
    assert (status, told["attempt_id"]) == (200, ATTEMPT)
    assert world.engine.asked_for == [(1, "+919876543210")]
    seen = await (await desk.get("/api/v1/desk/state")).json()
    assert (seen["seat"]["state"], seen["call"]["name"]) == ("preview", "सीता साहू")
    assert (await desk.post("/api/v1/desk/dial", {"attempt_id": ATTEMPT})).status == 202


@pytest.mark.parametrize("number", ["", "98765", "1800 11 1234", "+1 212 555 0100", "call me"])
async def test_what_is_no_persons_number_is_not_looked_up(world: World, number: str) -> None:
    desk = await world.seated()
    status, _told = await look_up(desk, number)
    assert (status, world.engine.asked_for) == (422, [])


async def test_a_rule_that_refuses_is_named_in_the_readers_language(world: World) -> None:
    desk = await world.seated()
    until = 1_795_507_200.0
    world.engine.picks = Pick(why=NotPicked.REFUSED, refused=Refused(RefusalReason.DAY_LIMIT, until))
    status, told = await look_up(desk, **{"Accept-Language": "en"})
    assert (status, told["code"]) == (409, "refused_for_now")
    assert "attempts of the day used up" in told["title"] and "24.11.2026 13:30" in told["fix"]
    _status, told = await look_up(desk, **{"Accept-Language": "hi"})
    assert "दिन के प्रयास पूरे" in told["title"] and "24.11.2026 13:30" in told["fix"]
    world.engine.picks = Pick(why=NotPicked.REFUSED, refused=Refused(RefusalReason.SUPPRESSED, None))
    _status, told = await look_up(desk, **{"Accept-Language": "en"})
    assert (told["code"], "suppression list" in told["title"]) == ("refused_for_good", True)


@pytest.mark.parametrize(
    ("why", "status", "code"),
    [
        (NotPicked.NOT_ON_A_LIST, 409, "not_on_a_list"),
        (NotPicked.NO_CAMPAIGN, 409, "no_campaign_by_number"),
        (NotPicked.SEAT_NOT_FREE, 409, "wrong_seat_state"),
        (NotPicked.NOT_NOW, 503, "not_dialling"),
    ],
)
async def test_every_other_no_has_its_own_words(
    world: World, why: NotPicked, status: int, code: str
) -> None:
    desk = await world.seated()
    world.engine.picks = Pick(why=why)
    given, told = await look_up(desk)
    assert (given, told["code"]) == (status, code)


async def test_nobody_is_looked_up_in_mid_call_or_without_a_seat_or_from_elsewhere(world: World) -> None:
    desk = await world.seated()
    await desk.post("/api/v1/desk/ready", {})
    await settle()
    world.engine.talk(1)
    assert (await look_up(desk))[0] == 409
    stranger = world.desk()
    assert (await look_up(stranger))[0] == 401
    supervisor = world.desk()
    await supervisor.sign_in("guide", None)
    assert (await look_up(supervisor))[1]["code"] == "seat_needed"
    other = await world.seated("op02", 2)
    assert (await look_up(other, **{"X-CSRF-Token": "guessed"}))[1]["code"] == "csrf"
    assert world.engine.asked_for == []


async def test_a_desk_cannot_try_numbers_out(world: World) -> None:
    desk, other = await world.seated(), await world.seated("op02", 2)
    world.engine.picks = Pick(why=NotPicked.NOT_ON_A_LIST)
    for digit in range(30):
        assert (await look_up(desk, f"98765432{digit:02d}"))[0] == 409
    reply = await desk.post("/api/v1/desk/look-up", {"number": NUMBER})
    assert (reply.status, (await reply.json())["code"]) == (429, "too_many_numbers")
    assert 200 < int(reply.headers["Retry-After"]) <= 300 and len(world.engine.asked_for) == 30
    assert (await look_up(other))[0] == 409
    world.clock.now += 301
    assert (await look_up(desk))[0] == 409


async def test_each_look_up_is_in_the_audit_log_without_the_number(world: World) -> None:
    desk = await world.seated()
    world.engine.picks = Pick(why=NotPicked.NOT_ON_A_LIST)
    await look_up(desk)
    world.engine.picks = Pick(ATTEMPT)
    await look_up(desk)
    await world.server.close()
    look_ups = select(Audit.actor, Audit.subject, Audit.detail).where(Audit.action == "contact look-up")
    rows = await world.rows(look_ups)
    assert [(row.actor, row.subject, row.detail) for row in rows] == [
        ("op01", "seat 1", {"why": "not_on_a_list"}),
        ("op01", "seat 1", {"attempt": ATTEMPT}),
    ]
    for row in await world.rows(select(Audit.subject, Audit.detail)):
        assert "43210" not in f"{row.subject}{row.detail}"
