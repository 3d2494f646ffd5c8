"""Keypad sessions with the real Asterisk: keys in prompts, keys typed ahead, hang-ups, odd values."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from dialer.core.channels import Place
from dialer.core.telephony_events import CallAnswered
from dialer.errors import AgiHangup, TelephonyError
from dialer.telephony.fastagi import AgiSession, FastAgiServer
from dialer.telephony.tones import tone, write
from tests.asterisk.pairs import Pair
from tests.contract.telephony.worlds import AsteriskWorld

T = TypeVar("T")
KEYS_123 = "2123"
HANGS_UP_MIDWAY = "3004"
SILENT = "3002"


@pytest.fixture
def prompt(tmp_path: Path) -> str:
    """A prompt of six seconds, as Asterisk takes it: without extension."""
    tmp_path.chmod(0o755)
    write(tmp_path / "prompt.alaw", tone(500, 6.0, 0.1))
    return str(tmp_path / "prompt")


@pytest.fixture
async def world(pair: Pair) -> AsyncIterator[AsteriskWorld]:
    world = AsteriskWorld(pair)
    await world.start()
    yield world
    await world.aclose()


@pytest.fixture
def asked(world: AsteriskWorld, pair: Pair) -> Callable[..., Awaitable[object]]:
    """Call a citizen, run ``work`` as the keypad session, return what it returned or raised."""

    async def ask(script: str, work: Callable[[AgiSession], Awaitable[T]]) -> T | Exception:
        result: asyncio.Future[T | Exception] = asyncio.get_running_loop().create_future()

        async def handler(session: AgiSession) -> None:
            if result.done():
                return
            try:
                value: T | Exception = await work(session)
            except Exception as fault:
                value = fault
            result.set_result(value)
            with contextlib.suppress(AgiHangup):
                await session.set_variable("SAMPARK_SURVEY_DONE", "1")

        server = FastAgiServer("127.0.0.1", pair.config.asterisk.agi_port, handler)
        await server.start()
        try:
            await world.originate(world.order(script, place=Place.SURVEY))
            return await asyncio.wait_for(result, 20)
        finally:
            await server.aclose(1.0)

    return ask


Asked = Callable[..., Awaitable[object]]


async def test_a_key_ends_the_prompt_and_the_next_ones_are_not_lost(asked: Asked, prompt: str) -> None:
    async def work(session: AgiSession) -> tuple[list[str | None], float]:
        began = time.monotonic()
        keys = [await session.stream_file(prompt) for _ in range(3)]
        return keys, time.monotonic() - began

    result = await asked(KEYS_123, work)
    assert isinstance(result, tuple)
    assert result[0] == ["1", "2", "3"]
    assert result[1] < 5.0


async def test_keys_come_one_by_one_while_commands_follow_each_other(asked: Asked) -> None:
    async def work(session: AgiSession) -> list[str | None]:
        return [await session.wait_for_digit(3.0) for _ in range(4)]

    assert await asked(KEYS_123, work) == ["1", "2", "3", None]


async def test_a_prompt_without_escape_keys_plays_on(asked: Asked, prompt: str) -> None:
    async def work(session: AgiSession) -> tuple[str | None, float]:
        began = time.monotonic()
        return await session.stream_file(prompt, ""), time.monotonic() - began

    result = await asked(KEYS_123, work)
    assert isinstance(result, tuple)
    assert result[0] is None
    assert result[1] > 5.5, "a key cut the prompt short"


async def test_a_prompt_is_heard_and_then_listened_after(asked: Asked, prompt: str) -> None:
    async def work(session: AgiSession) -> tuple[str | None, float]:
        began = time.monotonic()
        return await session.get_option(prompt, 0.5), time.monotonic() - began

    result = await asked(SILENT, work)
    assert isinstance(result, tuple), result
    assert result[0] is None and result[1] > 6.4


async def test_several_keys_are_gathered(asked: Asked, prompt: str) -> None:
    assert await asked(KEYS_123, lambda session: session.get_data(prompt, 3.0, 3)) == "123"


async def test_silence_is_no_key(asked: Asked) -> None:
    assert await asked(SILENT, lambda session: session.wait_for_digit(0.5)) is None


async def test_a_hang_up_in_a_prompt_ends_the_session_at_once(asked: Asked, prompt: str) -> None:
    async def work(session: AgiSession) -> str:
        assert await session.stream_file(prompt) == "1"
        with pytest.raises(AgiHangup):
            await session.stream_file(prompt)
        with pytest.raises(AgiHangup):
            await session.get_variable("SAMPARK_ATTEMPT")
        return "over"

    assert await asked(HANGS_UP_MIDWAY, work) == "over"


async def test_a_hang_up_while_the_listening_goes_on_after_a_prompt_is_no_silence(
    asked: Asked, prompt: str
) -> None:
    short = f"{prompt}-short"
    write(Path(f"{short}.alaw"), tone(500, 0.3, 0.1))

    async def work(session: AgiSession) -> str:
        assert await session.get_option(short, 10.0) == "1"
        with pytest.raises(AgiHangup):
            await session.get_option(short, 15.0)
        return "over"

    assert await asked(HANGS_UP_MIDWAY, work) == "over"


async def test_a_missing_prompt_is_an_error_and_the_session_goes_on(asked: Asked, prompt: str) -> None:
    async def work(session: AgiSession) -> str | None:
        with pytest.raises(TelephonyError, match="no-such-prompt"):
            await session.stream_file("no-such-prompt")
        with pytest.raises(TelephonyError, match="no-such-prompt"):
            await session.get_option("no-such-prompt", 5.0)
        return await session.stream_file(prompt)

    assert await asked(KEYS_123, work) == "1"


async def test_the_session_knows_its_attempt_and_keeps_odd_values_as_they_are(
    asked: Asked, world: AsteriskWorld
) -> None:
    odd = 'say "नमस्ते" \\ 100% (yes); ok'

    async def work(session: AgiSession) -> list[str | None]:
        await session.set_variable("ODD", odd)
        names = ("SAMPARK_ATTEMPT", "CHANNEL(language)", "ODD", "NO_SUCH_VARIABLE")
        return [session.channel_id, session.path, *[await session.get_variable(name) for name in names]]

    values = await asked(SILENT, work)
    attempt_id = (await world.until(CallAnswered)).attempt_id
    assert values == [attempt_id, "survey", attempt_id, "hi", odd, None]


async def test_a_command_that_asterisk_does_not_know_leaves_the_session_in_step(asked: Asked) -> None:
    async def work(session: AgiSession) -> str | None:
        with pytest.raises(TelephonyError):
            await session.command("NO SUCH COMMAND")
        with pytest.raises(TelephonyError):
            await session.command("STREAM FILE")
        return await session.get_variable("CHANNEL(language)")

    assert await asked(SILENT, work) == "hi"


async def test_what_the_citizen_says_is_recorded(asked: Asked, tmp_path: Path) -> None:
    await asyncio.to_thread(tmp_path.chmod, 0o777)
    seconds = await asked(KEYS_123, lambda session: session.record_file(str(tmp_path / "voice"), 5.0))
    assert isinstance(seconds, float), seconds
    assert 0.2 < seconds < 2.5
    assert (tmp_path / "voice.wav").stat().st_size > 1000
