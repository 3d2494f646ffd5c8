"""Signing in: who may, on which seat, and what a second sign-in does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from db.models import OperatorSession
from dialer.core.desk_events import OperatorSignedIn, OperatorSignedOut
from dialer.core.live import SeatState
from dialer.passwords import hash_password
from dialer.store.operators import NewOperator, Operators, Role
from tests.integration.desk_world import PASSWORD, World, next_of, running_world, settle


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path) as running:
        yield running


async def test_an_operator_signs_in_and_the_engine_calls_the_seats_phone(world: World) -> None:
    desk = world.desk()
    reply = await desk.sign_in("OP01", 3)
    assert reply.status == 201
    assert (await reply.json())["seat"] == 3
    assert [type(event) for event in world.engine.events] == [OperatorSignedIn]
    await settle()
    assert world.engine.seat(3).operator_id == 1


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    reply = await world.desk().sign_in("op01", 1)
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
    assert "Secure" not in cookie


async def test_behind_an_encrypting_proxy_the_cookie_is_secure_and_bound_to_the_host(tmp_path: Path) -> None:
    async with running_world(tmp_path, public_url="https://desk.example.org") as world:
        reply = await world.desk().sign_in("op01", 1)
        assert reply.status == 201
        cookie = reply.headers["Set-Cookie"]
        assert cookie.startswith("__Host-sampark=") and "Secure" in cookie
        assert reply.headers["Strict-Transport-Security"]


async def test_only_the_hash_of_the_token_is_stored(world: World) -> None:
    reply = await world.desk().sign_in("op01", 1)
    token = reply.cookies["sampark"].value
    stored = await world.rows(select(OperatorSession.token_sha256))
    assert len(stored) == 1 and len(stored[0][0]) == 64 and token not in stored[0][0]


async def test_a_wrong_password_and_an_unknown_name_look_the_same(world: World) -> None:
    wrong = await world.desk().sign_in("op01", 1, password="wrong wrong wrong")
    unknown = await world.desk().sign_in("nobody", 1)
    assert (wrong.status, await wrong.json()) == (unknown.status, await unknown.json())
    assert wrong.status == 401


async def test_failed_sign_ins_back_off_by_name_and_stand_in_the_audit_log(world: World) -> None:
    for _ in range(6):
        reply = await world.desk().sign_in("op01", 1, password="wrong wrong wrong")
        assert reply.status == 401
    refused = await world.desk().sign_in("op01", 1)
    assert refused.status == 429 and int(refused.headers["Retry-After"]) >= 1
    assert (await world.desk().sign_in("op02", 2)).status == 201, "others are not kept out"
    world.clock.now += 60
    assert (await world.desk().sign_in("op01", 1)).status == 201
    await asyncio.sleep(1.3)
    refusals = [line for line in await world.audit() if line[1] == "session refuse"]
    assert refusals == [("op01", "session refuse", "op01")] * 6


async def test_guesses_made_at_the_same_moment_do_not_slip_through(world: World) -> None:
    desks = [world.desk() for _ in range(20)]
    replies = await asyncio.gather(
        *(desk.sign_in("op01", 1, password="wrong wrong wrong") for desk in desks)
    )
    assert [reply.status for reply in replies].count(401) <= 6


async def test_a_seat_that_does_not_exist_is_refused_with_the_range(world: World) -> None:
    reply = await world.desk().sign_in("op01", 37)
    assert reply.status == 422
    assert "1" in (await reply.json())["title"] and "36" in (await reply.json())["title"]


async def test_an_operator_needs_a_seat_and_a_supervisor_does_not(world: World) -> None:
    assert (await world.desk().sign_in("op01", None)).status == 403
    assert (await world.desk().sign_in("guide", None)).status == 201


async def test_the_same_person_signs_in_again_and_the_first_desk_is_told(world: World) -> None:
    first = await world.seated("op01", 1)
    socket = await first.open()
    await next_of(socket, "seat")
    second = await world.seated("op01", 1)
    told = await next_of(socket, "session_ended")
    assert told["reason"] == "taken_over"
    assert (await socket.receive()).data == 4001
    assert (await first.get("/api/v1/me")).status == 401
    assert (await second.get("/api/v1/me")).status == 200
    assert OperatorSignedOut not in [type(event) for event in world.engine.events], "the phone stays up"


async def test_moving_to_another_seat_leaves_the_first(world: World) -> None:
    await world.seated("op01", 1)
    await world.seated("op01", 2)
    assert world.engine.seat(1).state is SeatState.SIGNED_OUT
    assert world.engine.seat(2).operator_id == 1


async def test_another_operator_takes_a_seat_over(world: World) -> None:
    first = await world.seated("op01", 1)
    await world.seated("op02", 1)
    assert world.engine.seat(1).operator_id == 2
    assert (await first.get("/api/v1/me")).status == 401


async def test_who_asks_first_is_told_who_sits_there(world: World) -> None:
    await world.seated("op01", 1)
    reply = await world.desk().sign_in("op02", 1, take_over=False)
    assert reply.status == 409
    problem = await reply.json()
    assert problem["code"] == "seat_taken" and "op01" in problem["title"]
    assert world.engine.seat(1).operator_id == 1


async def test_nobody_is_pushed_off_a_seat_in_mid_call(world: World) -> None:
    desk = await world.seated("op01", 1)
    await desk.post("/api/v1/desk/ready", {})
    await settle()
    world.engine.talk(1)
    reply = await world.desk().sign_in("op02", 1)
    assert (await reply.json())["code"] == "seat_in_call"
    assert (await desk.get("/api/v1/me")).status == 200


async def test_a_seat_in_wrap_up_is_taken_over(world: World) -> None:
    desk = await world.seated("op01", 1)
    await desk.post("/api/v1/desk/ready", {})
    await settle()
    world.engine.talk(1)
    world.engine.person_hangs_up(1)
    await world.seated("op02", 1)
    assert world.engine.seat(1).operator_id == 2


async def test_signing_out_ends_the_sign_in_and_releases_the_seat(world: World) -> None:
    desk = await world.seated("op01", 1)
    assert (await desk.delete("/api/v1/session")).status == 200
    await settle()
    assert world.engine.seat(1).state is SeatState.SIGNED_OUT
    assert (await desk.get("/api/v1/me")).status == 401
    actions = [line[1] for line in await world.audit()]
    assert actions.count("session start") == 1 and actions.count("session end") == 1


async def test_nobody_signs_out_with_a_person_on_the_line(world: World) -> None:
    desk = await world.seated("op01", 1)
    await desk.post("/api/v1/desk/ready", {})
    await settle()
    world.engine.talk(1)
    refused = await desk.delete("/api/v1/session")
    assert (refused.status, (await refused.json())["code"]) == (409, "person_on_the_line")
    assert (await desk.get("/api/v1/me")).status == 200
    world.engine.person_hangs_up(1)
    assert (await desk.delete("/api/v1/session")).status == 200


async def test_an_idle_sign_in_ends(world: World) -> None:
    desk = await world.seated("op01", 1)
    world.clock.now += 31 * 60
    assert (await desk.get("/api/v1/me")).status == 401


async def test_a_sign_in_that_is_used_lives_until_the_day_is_over(world: World) -> None:
    desk = await world.seated("op01", 1)
    for _ in range(5):
        world.clock.now += 20 * 60
        assert (await desk.get("/api/v1/me")).status == 200
    world.clock.now += 13 * 3600
    assert (await desk.get("/api/v1/me")).status == 401


async def test_a_disabled_operator_is_out_within_seconds(world: World) -> None:
    desk = await world.seated("op01", 1)
    socket = await desk.open()
    await Operators(world.database).set_active("op01", False, "test", world.clock.now)
    world.clock.now += 6
    assert (await desk.get("/api/v1/me")).status == 401
    assert (await next_of(socket, "session_ended", 8.0))["reason"] == "revoked"
    await settle()
    assert world.engine.seat(1).state is SeatState.SIGNED_OUT
    assert (await world.desk().sign_in("op01", 1)).status == 401


async def test_a_new_password_ends_the_sign_ins_made_with_the_old_one(world: World) -> None:
    desk = await world.seated("op01", 1)
    stored = hash_password("another good phrase")
    await Operators(world.database).set_password("op01", stored, "test", world.clock.now)
    world.clock.now += 6
    assert (await desk.get("/api/v1/me")).status == 401
    assert (await world.desk().sign_in("op01", 1, password="another good phrase")).status == 201


async def test_thirty_six_operators_sign_in_at_the_same_moment(world: World) -> None:
    await Operators(world.database).add(_many(36), "test", 1.0)
    desks = [world.desk() for _ in range(36)]
    replies = await asyncio.gather(
        *(desk.sign_in(f"many{number}", number + 1) for number, desk in enumerate(desks))
    )
    assert [reply.status for reply in replies] == [201] * 36
    await settle()
    assert all(world.engine.seat(number).operator_id for number in range(1, 37))


def _many(count: int) -> list[NewOperator]:
    stored = hash_password(PASSWORD)
    return [NewOperator(f"many{number}", "नाम", Role.OPERATOR, stored) for number in range(count)]
