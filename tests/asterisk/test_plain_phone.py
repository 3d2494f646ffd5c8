"""A seat with any plain SIP telephone: baresip, the account that Sampark shows, people on the line."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar

from dialer.core.model import Outcome
from dialer.ivr.prompt_build import build_survey_prompts
from tests.asterisk.baresip import Baresip, baresip
from tests.asterisk.pairs import Pair, PairSpec, until
from tests.asterisk.system import Office, with_web
from tests.asterisk.test_survey_calls import SHORT
from tests.asterisk.test_survey_crowd import ALL, citizens, say_numbers
from tests.ports import free_port

pytestmark = [
    pytest.mark.parametrize(
        "pair_spec", [PairSpec(seats=1, phones=0, trunks=("people",))], ids=["no phones"]
    ),
    pytest.mark.timeout(120),
]
SAY_BACK = ["+917880003005", "+917890003005"]
LOUD, SILENT = 0.1, 0.001


async def account_of(office: Office, seat: int) -> dict[str, Any]:
    """What whoever sets the telephone up is shown."""
    environment = {**os.environ, "SAMPARK_CONFIG": str(office.config.base / "config.yaml")}
    command = (sys.executable, "-m", "dialer", "seats", "accounts", str(seat), "--json")
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    shown, _ = await process.communicate()
    return dict(json.loads(shown)[0])


class Desk:
    """An operator's requests, as any program may make them."""

    def __init__(self, http: ClientSession, office: Office) -> None:
        self._http = http
        self._url = f"{office.url}/api/v1"
        self._headers = {"Origin": office.url}

    async def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        async with self._http.post(self._url + path, json=body, headers=self._headers) as reply:
            assert reply.ok, f"{path}: {reply.status} {await reply.text()}"
            return dict(await reply.json())

    async def sign_in(self, username: str, password: str, seat: int) -> None:
        body = {"username": username, "password": password, "seat": seat}
        self._headers["X-CSRF-Token"] = (await self.post("/session", body))["csrf"]

    async def state(self) -> dict[str, Any]:
        async with self._http.get(f"{self._url}/desk/state") as reply:
            return dict(await reply.json())

    async def seat(self) -> dict[str, Any]:
        return dict((await self.state())["seat"])

    async def until(self, state: str) -> dict[str, Any]:
        return await until(self.seat, lambda seat: seat["state"] == state, 20.0)


@asynccontextmanager
async def desk(office: Office) -> AsyncIterator[Desk]:
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        yield Desk(http, office)


async def hears_and_is_heard(phone: Baresip) -> None:
    """The person says back what comes: only what went the whole way both ways is heard here."""
    await until(phone.hears_itself, lambda loud: loud > LOUD, 5.0)


async def hears_nobody(phone: Baresip) -> None:
    await until(phone.hears_itself, lambda loud: loud < SILENT, 5.0)


@asynccontextmanager
async def shift(pair: Pair, folder: Path) -> AsyncIterator[tuple[Office, Baresip, Desk]]:
    """An operator who has tried the phone and is ready."""
    office = Office(with_web(pair.config, free_port()))
    await office.prepare()
    (person,) = await office.operators(1)
    await office.start()
    try:
        async with (
            baresip(folder / "baresip", await account_of(office, 1)) as phone,
            desk(office) as operator,
        ):
            await until(pair.asterisk.status, lambda status: status.seats == frozenset({1}), 10.0)
            await operator.sign_in(*person)
            await operator.until("paused")
            await operator.post("/desk/seat-check/begin")
            await hears_and_is_heard(phone)
            await asyncio.sleep(1.0)
            check = await operator.post("/desk/seat-check", {"phone": "table", "heard_self": True})
            assert check["passed"], check
            await operator.post("/desk/ready", {})
            await operator.until("ready")
            yield office, phone, operator
    finally:
        await office.aclose()


async def a_third_is_asked_by_keypad_what_the_operator_filled_in(
    pair: Pair, office: Office, operator: Desk
) -> None:
    version = await office.survey(SHORT)
    await asyncio.to_thread(build_survey_prompts, office.config, version, SHORT)
    say_numbers(office.config.data / "prompts", version)
    async with citizens(lambda _dialled: {}, pair.port("people")):
        await pair.reach("people")
        await office.campaign("asked", ["+919876500000"], survey_version_id=version, trunk="people")
        attempt = (await operator.until("talking"))["attempt_id"]
        for question, value in (("a", "no"), ("b", "z"), ("c", "5")):
            noted = {"attempt_id": attempt, "question": question, "value": value}
            await operator.post("/desk/answer", noted)
        assert {row.via for row in await office.answers()} == {"operator"}
        await operator.post("/desk/to-survey")
        await operator.until("wrap_up")
        await until(office.attempts, lambda rows: all(row.ended_at for row in rows), 40.0)
    kept = {row.question: (row.value, row.via) for row in await office.answers()}
    assert kept == {question: (value, "keypad") for question, value in ALL.items()}
    assert await office.outcomes() == {Outcome.CONNECTED: 3}


async def test_two_people_one_after_the_other_are_heard_and_hear_and_a_third_goes_on_by_keypad(
    own_pair: Pair, tmp_path: Path
) -> None:
    async with shift(own_pair, tmp_path) as (office, phone, operator):
        await hears_nobody(phone)
        await office.campaign("talks", SAY_BACK)
        for _person in range(2):
            attempt = (await operator.until("talking"))["attempt_id"]
            await hears_and_is_heard(phone)
            await operator.post("/desk/hang-up", {})
            await operator.until("wrap_up")
            await hears_nobody(phone)
            done = {"attempt_id": attempt, "code": "informed", "done": True}
            await operator.post("/desk/disposition", done)
        await until(office.attempts, lambda rows: all(row.ended_at for row in rows), 5.0)
        assert await office.outcomes() == {Outcome.CONNECTED: 2}
        assert len(phone.calls()) == 1, "the leg is up for the whole shift"
        await a_third_is_asked_by_keypad_what_the_operator_filled_in(own_pair, office, operator)


async def test_a_phone_that_says_nothing_any_more_takes_nobody_until_it_speaks_again(
    own_pair: Pair, tmp_path: Path
) -> None:
    async with shift(own_pair, tmp_path) as (office, phone, operator):
        began = time.monotonic()
        os.kill(phone.pid, signal.SIGSTOP)
        await operator.until("unreachable")
        found_s = time.monotonic() - began
        os.kill(phone.pid, signal.SIGCONT)
        await operator.until("ready")
        await office.campaign("talks", SAY_BACK[:1])
        await operator.until("talking")
        await hears_and_is_heard(phone)
    # Asked every 2 s with 2 s to answer; the rest is a busy machine's.
    assert found_s < 6.0
