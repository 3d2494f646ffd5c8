"""The FastAGI server under scanners, crowds, faulty handlers and at its close."""

from __future__ import annotations

import asyncio
import time

import pytest

from dialer.telephony.fastagi import AgiSession, AgiTiming
from tests.integration.fake_channel import FakeChannel, serving


async def never(session: AgiSession) -> None:
    raise AssertionError("no session should begin")


async def test_a_port_scan_costs_next_to_nothing() -> None:
    async with serving(never) as server:
        began = time.process_time()
        for _ in range(300):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.close()
        await asyncio.sleep(0.1)
        scanned = time.process_time() - began
        began = time.process_time()
        await asyncio.sleep(0.3)
        assert time.process_time() - began < 0.05, "something spins after the scan"
        assert scanned < 2.0
        assert server.live_sessions == 0


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\n",
        b"\x16\x03\x01\x02\x00\n\n",
        b"agi_x" * 5000,
        b"agi_x: 1\n" * 500 + b"\n",
    ],
)
async def test_garbage_begins_no_session_and_is_cut_off(garbage: bytes) -> None:
    async with serving(never) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(garbage)
        try:
            assert await asyncio.wait_for(reader.read(), 2) == b""
        except ConnectionError:
            pass
        writer.close()


async def test_a_peer_that_says_nothing_is_cut_off_at_the_deadline() -> None:
    async with serving(never, AgiTiming(headers_s=0.05)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert await asyncio.wait_for(reader.read(), 1) == b""
        writer.close()


async def test_three_hundred_sessions_at_once_are_served_together() -> None:
    async def handler(session: AgiSession) -> None:
        for prompt in range(5):
            await session.stream_file(f"q{prompt}")

    async def citizen(port: int) -> int:
        channel = await FakeChannel.connect(port)
        for _ in range(5):
            await channel.hear()
            await asyncio.sleep(0.02)
            channel.say("200 result=49 endpos=100")
        assert await channel.hear() == ""
        channel.cut()
        return 1

    async with serving(handler) as server:
        began = time.monotonic()
        served = await asyncio.gather(*(citizen(server.port) for _ in range(300)))
        assert (sum(served), server.live_sessions) == (300, 0)
        assert time.monotonic() - began < 5.0


async def test_a_handler_that_fails_ends_its_own_session_only(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(session: AgiSession) -> None:
        if session.arguments == ("fail",):
            raise RuntimeError("broken")
        await session.answer()

    async with serving(handler) as server:
        good = await FakeChannel.connect(server.port)
        bad = await FakeChannel.connect(server.port, {"agi_uniqueid": "x", "agi_arg_1": "fail"})
        assert await bad.hear() == ""
        assert await good.exchange("200 result=0") == "ANSWER"
        good.cut()
        bad.cut()
    assert "the call goes on in the dialplan" in caplog.text


async def test_a_crowd_beyond_the_limit_is_turned_away() -> None:
    async def handler(session: AgiSession) -> None:
        await session.answer()

    async with serving(handler, most_sessions=1) as server:
        first = await FakeChannel.connect(server.port)
        assert await first.hear() == "ANSWER"
        second = await FakeChannel.connect(server.port)
        assert await second.hear() == ""
        first.cut()
        second.cut()


async def test_closing_lets_a_session_end_and_cuts_off_one_that_does_not() -> None:
    ended: list[str] = []

    async def handler(session: AgiSession) -> None:
        try:
            await session.stream_file(session.arguments[0])
            ended.append("in time")
        except asyncio.CancelledError:
            ended.append("cut off")
            raise

    async with serving(handler) as server:
        short = await FakeChannel.connect(server.port, {"agi_arg_1": "short"})
        long = await FakeChannel.connect(server.port, {"agi_arg_1": "long"})
        await short.hear()
        await long.hear()
        closing = asyncio.create_task(server.aclose(0.2))
        await asyncio.sleep(0.05)
        with pytest.raises(OSError):
            await FakeChannel.connect(server.port)
        short.say("200 result=49 endpos=1")
        await asyncio.wait_for(closing, 1)
    assert ended == ["in time", "cut off"]
    short.cut()
    long.cut()


async def test_a_taken_port_is_an_error_at_the_start() -> None:
    async with serving(never) as server:
        with pytest.raises(OSError):
            async with serving(never) as other:
                other.port = server.port
                await other.start()
