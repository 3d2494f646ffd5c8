"""The life of the manager link: boot, restart, back-off, odd peers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise

import pytest

from dialer.core.telephony_events import CallAnswered, LinkLost, LinkUp, TrunkReachable
from dialer.errors import LinkDown
from tests.integration.ami_world import ATTEMPT, QUICK, Told, linked, telephony_on, until
from tests.integration.fake_ami import FakeAmi, fake_ami


@pytest.fixture
async def fake() -> AsyncIterator[FakeAmi]:
    async with fake_ami() as running:
        yield running


async def test_the_link_is_up_only_when_asterisk_is_fully_booted(fake: FakeAmi) -> None:
    fake.booted = False
    telephony, told = telephony_on(fake), Told()
    await telephony.start(told)
    fake.event("Newstate", Uniqueid=ATTEMPT, ChannelState="6")
    await asyncio.sleep(0.05)
    with pytest.raises(LinkDown):
        await telephony.hang_up(ATTEMPT)
    assert told.events == []
    fake.event("FullyBooted", Uptime="0")
    await until(lambda: told.of(LinkUp) != [])
    await telephony.aclose()


async def test_the_first_event_is_the_link_up_and_the_state_of_the_trunks_follows(fake: FakeAmi) -> None:
    fake.answers["PJSIPShowEndpoint"] = lambda action: (
        "Response: Success\r\nEventList: start\r\n\r\n"
        "Event: ContactStatusDetail\r\nURI: sip:127.0.0.1\r\nStatus: Reachable\r\n\r\n"
        "Event: EndpointDetailComplete\r\nEventList: Complete"
    )
    async with linked(fake) as (_, told):
        await until(lambda: told.of(TrunkReachable) != [])
        up = told.events[0]
        assert isinstance(up, LinkUp) and not up.restarted
        trunk = told.of(TrunkReachable)[0]
        assert isinstance(trunk, TrunkReachable) and trunk.trunk == "carrier" and trunk.reachable


@pytest.mark.parametrize(("started", "restarted"), [("09:00:00", False), ("09:30:00", True)])
async def test_after_a_reconnect_it_knows_whether_asterisk_is_another_process(
    fake: FakeAmi, started: str, restarted: bool
) -> None:
    async with linked(fake) as (_, told):
        fake.started = started
        fake.drop()
        await until(lambda: len(told.of(LinkUp)) == 2)
        again = told.of(LinkUp)[1]
        assert isinstance(again, LinkUp) and again.restarted == restarted
        assert len(told.of(LinkLost)) == 1


async def test_start_returns_while_nobody_listens_and_the_link_comes_up_later(fake: FakeAmi) -> None:
    await fake.aclose()
    telephony, told = telephony_on(fake), Told()
    await telephony.start(told)
    assert told.events == []
    await fake.start(fake.port)
    await until(lambda: told.of(LinkUp) != [])
    await telephony.aclose()


async def test_tries_to_connect_become_rarer() -> None:
    tries: list[float] = []
    loop = asyncio.get_running_loop()

    def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(loop.time())
        writer.transport.abort()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    fake = FakeAmi()
    fake.port = server.sockets[0].getsockname()[1]
    telephony = telephony_on(fake, replace(QUICK, retry_first_s=0.04, retry_most_s=0.16))
    await telephony.start(Told())
    await until(lambda: len(tries) == 6)
    await telephony.aclose()
    server.close()
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    # Each pause is at least half of its planned length, which doubles up to the longest.
    planned = [0.04, 0.08, 0.16, 0.16, 0.16]
    assert all(pause >= 0.5 * least for pause, least in zip(pauses, planned, strict=True))


async def test_a_peer_that_is_no_asterisk_brings_no_link_and_no_harm(fake: FakeAmi) -> None:
    fake.banner = b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * (2 << 20)
    fake.silent = True
    telephony, told = telephony_on(fake), Told()
    await telephony.start(told)
    assert told.events == []
    fake.banner, fake.silent = b"Asterisk Call Manager/5.0\r\n", False
    await until(lambda: told.of(LinkUp) != [])
    await telephony.aclose()


async def test_a_manager_user_without_the_class_system_is_explained(
    fake: FakeAmi, caplog: pytest.LogCaptureFixture
) -> None:
    fake.booted = False
    telephony = telephony_on(fake, replace(QUICK, boot_s=0.05))
    await telephony.start(Told())
    await until(lambda: "class 'system'" in caplog.text)
    await telephony.aclose()


async def test_closing_is_quiet_and_ends_what_is_under_way(fake: FakeAmi) -> None:
    fake.answers["Hangup"] = lambda action: None
    async with linked(fake) as (telephony, told):
        under_way = asyncio.create_task(telephony.hang_up(ATTEMPT))
        await until(lambda: fake.named("Hangup") != [])
        await telephony.aclose()
        with pytest.raises(LinkDown):
            await under_way
    assert told.of(LinkLost) == []


async def test_a_host_that_does_not_answer_delays_the_start_no_longer_than_the_deadline() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        fake = FakeAmi()
        fake.port = deaf.getsockname()[1]
        telephony = telephony_on(fake, replace(QUICK, connect_s=0.1))
        await asyncio.wait_for(telephony.start(Told()), 1.0)
        await telephony.aclose()


async def test_events_come_with_the_time_asterisk_gave_them(fake: FakeAmi) -> None:
    async with linked(fake) as (_, told):
        fake.event("Newstate", Timestamp="1795486291.250000", Uniqueid=ATTEMPT, ChannelState="6")
        await until(lambda: told.of(CallAnswered) != [])
        answered = told.of(CallAnswered)[0]
        assert isinstance(answered, CallAnswered) and answered.at == 1795486291.25
