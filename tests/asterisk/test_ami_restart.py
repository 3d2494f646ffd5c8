"""The manager link while the real Asterisk dies, stalls and comes back."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from dialer.core.channels import Place
from dialer.core.telephony_events import CallAnswered, CallEnded, LinkLost, LinkUp
from dialer.errors import LinkDown, LinkRefused
from dialer.telephony.ami import AmiTelephony
from tests.asterisk.pairs import Pair
from tests.contract.telephony.worlds import AsteriskWorld

TALKS_ON = "1000"


async def test_an_asterisk_killed_and_started_again_is_told_as_another_process(own_pair: Pair) -> None:
    world = AsteriskWorld(own_pair)
    await world.start()
    await world.originate(world.order(TALKS_ON))
    await world.until(CallAnswered)
    pid = own_pair.asterisk.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await world.until(LinkLost)
    with pytest.raises(LinkDown):
        await world.telephony.live_channels()
    await own_pair.asterisk.up()
    again = await world.until(LinkUp, 20.0, lambda event: event.at > world.told[0].at)
    assert again.restarted
    assert await world.telephony.live_channels() == []
    assert world.count(CallEnded) == 0
    await world.telephony.aclose()


async def test_a_stalled_asterisk_is_noticed_and_found_again_as_the_same_one(own_pair: Pair) -> None:
    world = AsteriskWorld(own_pair)
    await world.start()
    order = world.order(TALKS_ON, place=Place.APOLOGY)
    await world.originate(order)
    await world.until(CallAnswered)
    pid = own_pair.asterisk.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        await world.until(LinkLost, 16.0)
    finally:
        os.kill(pid, signal.SIGCONT)
    again = await world.until(LinkUp, 20.0, lambda event: event.at > world.told[0].at)
    assert not again.restarted
    await world.telephony.aclose()


async def test_a_wrong_secret_is_refused_at_the_start(pair: Pair) -> None:
    telephony = AmiTelephony("127.0.0.1", pair.config.asterisk.ami_port, "sampark", "wrong", {})
    with pytest.raises(LinkRefused):
        await asyncio.wait_for(telephony.start(lambda event: None), 5)
    await telephony.aclose()
