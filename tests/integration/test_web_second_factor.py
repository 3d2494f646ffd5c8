"""A supervisor's code at sign-in: taken once, near its time, and guessed no faster than a password."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest
from aiohttp import ClientResponse
from sqlalchemy import select

from db.models import Audit
from dialer.recovery_codes import new_recovery_codes, recovery_digest
from dialer.store.operators import Operators
from dialer.totp import STEP_S, new_secret
from tests.integration.desk_world import World, running_world

SECRET = new_secret()
CODES = new_recovery_codes()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path) as running:
        digests = [recovery_digest(each) for each in CODES]
        await Operators(running.database).set_totp("guide", SECRET, "test", running.clock.now, digests)
        yield running


def code(world: World, steps_off: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(int(world.clock.now) + steps_off * STEP_S)


def wrong_code(world: World) -> str:
    near = {code(world, steps) for steps in range(-1, 2)}
    return next(one for one in ("000000", "000001", "000002", "000003") if one not in near)


async def problem(reply: ClientResponse) -> tuple[int, str]:
    return reply.status, (await reply.json())["code"]


async def test_the_right_password_is_asked_for_a_code_and_signs_in_with_it(world: World) -> None:
    desk = world.desk()
    assert await problem(await desk.sign_in("guide", None)) == (401, "code_needed")
    reply = await desk.sign_in("guide", None, code=code(world))
    assert reply.status == 201 and "totp" not in await reply.text()
    assert (await desk.get("/api/v1/me")).status == 200


async def test_a_wrong_code_is_told_from_a_wrong_password_only_after_the_right_one(world: World) -> None:
    wrong = await world.desk().sign_in("guide", None, code=wrong_code(world))
    assert await problem(wrong) == (401, "wrong_code")
    told = []
    for username in ("guide", "boss", "nobody"):
        for given in (None, code(world)):
            reply = await world.desk().sign_in(username, None, password="wrong wrong wrong", code=given)
            told.append((reply.status, await reply.json()))
    assert told == [told[0]] * 6 and told[0][1]["code"] == "wrong_credentials"


async def test_a_code_opens_one_sign_in(world: World) -> None:
    assert (await world.desk().sign_in("guide", None, code=code(world))).status == 201
    replayed = await world.desk().sign_in("guide", None, code=code(world))
    assert await problem(replayed) == (401, "wrong_code")
    earlier = await world.desk().sign_in("guide", None, code=code(world, -1))
    assert await problem(earlier) == (401, "wrong_code")
    world.clock.now += STEP_S
    assert (await world.desk().sign_in("guide", None, code=code(world))).status == 201


async def test_a_code_that_is_sent_twice_at_once_opens_one_sign_in(world: World) -> None:
    desks = [world.desk() for _ in range(4)]
    replies = await asyncio.gather(*(desk.sign_in("guide", None, code=code(world)) for desk in desks))
    assert sorted(reply.status for reply in replies) == [201, 401, 401, 401]


@pytest.mark.parametrize(("steps_off", "status"), [(-2, 401), (-1, 201), (1, 201), (2, 401)])
async def test_a_telephones_clock_may_be_one_step_off(world: World, steps_off: int, status: int) -> None:
    reply = await world.desk().sign_in("guide", None, code=code(world, steps_off))
    assert reply.status == status


async def test_a_seat_that_is_taken_does_not_use_the_code_up(world: World) -> None:
    await world.seated("op01", 1)
    taken = await world.desk().sign_in("guide", 1, take_over=False, code=code(world))
    assert await problem(taken) == (409, "seat_taken")
    assert (await world.desk().sign_in("guide", 1, code=code(world))).status == 201


async def test_wrong_codes_back_off_like_wrong_passwords(world: World) -> None:
    for number in range(6):
        given = {"code": wrong_code(world)} if number % 2 else {"password": "wrong wrong wrong"}
        assert (await world.desk().sign_in("guide", None, **given)).status == 401
    assert (await world.desk().sign_in("guide", None, code=code(world))).status == 429
    world.clock.now += 60
    assert (await world.desk().sign_in("guide", None, code=code(world))).status == 201
    await asyncio.sleep(1.3)
    refusals = [line for line in await world.audit() if line[1] == "session refuse"]
    assert refusals == [("guide", "session refuse", "guide")] * 6


async def test_the_password_alone_buys_no_new_guesses(world: World) -> None:
    statuses = []
    for number in range(8):
        given = {"code": wrong_code(world)} if number % 2 else {}
        statuses.append((await world.desk().sign_in("guide", None, **given)).status)
    assert statuses == [401] * 6 + [429] * 2


async def test_signing_in_in_two_steps_adds_up_to_nothing(world: World) -> None:
    for _ in range(30):
        assert await problem(await world.desk().sign_in("guide", None)) == (401, "code_needed")
        assert (await world.desk().sign_in("guide", None, code=code(world))).status == 201
        world.clock.now += STEP_S


async def test_a_recovery_code_opens_one_sign_in_and_it_is_written_down(world: World) -> None:
    assert (await world.desk().sign_in("guide", None, code=CODES[0])).status == 201
    again = await world.desk().sign_in("guide", None, code=CODES[0])
    assert await problem(again) == (401, "wrong_code")
    assert (await world.desk().sign_in("guide", None, code=CODES[1].upper().replace("-", ""))).status == 201
    assert (await world.desk().sign_in("guide", None, code=code(world))).status == 201
    used = [line for line in await world.rows(select(Audit.action, Audit.actor, Audit.detail)) if line[2]]
    left = [line for line in used if line[0] == "session recovery code"]
    assert [(line[1], line[2]) for line in left] == [("guide", {"left": 9}), ("guide", {"left": 8})]


async def test_a_recovery_code_that_is_sent_twice_at_once_opens_one_sign_in(world: World) -> None:
    desks = [world.desk() for _ in range(4)]
    replies = await asyncio.gather(*(desk.sign_in("guide", None, code=CODES[0]) for desk in desks))
    assert sorted(reply.status for reply in replies) == [201, 401, 401, 401]


async def test_a_recovery_code_needs_the_password_and_is_its_owners(world: World) -> None:
    await Operators(world.database).set_totp("boss", SECRET, "test", world.clock.now)
    stolen = await world.desk().sign_in("boss", None, code=CODES[0])
    assert await problem(stolen) == (401, "wrong_code")
    guessed = await world.desk().sign_in("guide", None, password="wrong wrong wrong", code=CODES[0])
    assert await problem(guessed) == (401, "wrong_credentials")
    assert (await world.desk().sign_in("guide", None, code=CODES[0])).status == 201


async def test_a_seat_that_is_taken_does_not_use_a_recovery_code_up(world: World) -> None:
    await world.seated("op01", 1)
    taken = await world.desk().sign_in("guide", 1, take_over=False, code=CODES[0])
    assert await problem(taken) == (409, "seat_taken")
    assert (await world.desk().sign_in("guide", 1, code=CODES[0])).status == 201


async def test_recovery_codes_are_guessed_no_faster_than_passwords(world: World) -> None:
    for guess in new_recovery_codes()[:6]:
        assert (await world.desk().sign_in("guide", None, code=guess)).status == 401
    assert (await world.desk().sign_in("guide", None, code=CODES[0])).status == 429
    world.clock.now += 60
    assert (await world.desk().sign_in("guide", None, code=CODES[0])).status == 201


async def test_new_recovery_codes_end_the_earlier_ones(world: World) -> None:
    new = new_recovery_codes()
    digests = [recovery_digest(each) for each in new]
    await Operators(world.database).set_recovery_codes("guide", digests, "test", world.clock.now)
    assert (await world.desk().sign_in("guide", None, code=CODES[0])).status == 401
    assert (await world.desk().sign_in("guide", None, code=new[0])).status == 201


async def test_recovery_codes_end_with_the_second_factor(world: World) -> None:
    operators = Operators(world.database)
    await operators.set_totp("guide", None, "test", world.clock.now)
    await operators.set_totp("guide", SECRET, "test", world.clock.now)
    assert (await world.desk().sign_in("guide", None, code=CODES[0])).status == 401


async def test_switched_off_the_password_is_enough_again(world: World) -> None:
    await Operators(world.database).set_totp("guide", None, "test", world.clock.now)
    assert (await world.desk().sign_in("guide", None)).status == 201


async def test_others_sign_in_as_before(world: World) -> None:
    assert (await world.desk().sign_in("boss", None)).status == 201
    assert (await world.desk().sign_in("op01", 1, code="123456")).status == 201


async def test_a_sign_in_made_without_the_code_ends_when_it_is_switched_on(world: World) -> None:
    desk = await world.seated("boss", 2)
    await Operators(world.database).set_totp("boss", SECRET, "test", world.clock.now)
    world.clock.now += 6
    assert (await desk.get("/api/v1/me")).status == 401


@pytest.mark.parametrize(
    "given",
    ["12345", "1234567", "१२३४५६", "12345a", "123456\n", "abcd-efgh-jkmn", "abcd-efgh-jkmn-pqr1"],
)
async def test_what_is_no_code_is_a_wrong_field(world: World, given: str) -> None:
    reply = await world.desk().sign_in("guide", None, code=given)
    assert reply.status == 422
    assert [fault["field"] for fault in (await reply.json())["fields"]] == ["code"]


async def test_the_secret_is_neither_logged_nor_audited(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for given in (None, wrong_code(world), code(world), code(world), CODES[0]):
        await world.desk().sign_in("guide", None, code=given)
    await asyncio.sleep(1.3)
    audited = str(await world.rows(select(Audit.subject, Audit.detail)))
    assert "wrong_code" in audited
    printed = capsys.readouterr()
    for place in (audited, caplog.text, printed.out, printed.err):
        assert SECRET not in place and code(world) not in place and CODES[0] not in place
    assert SECRET not in repr(await Operators(world.database).totp(6))
