"""The faults that offices meet, each on the real thing: two Asterisks, a database, a daemon process."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from dialer.core.model import Outcome
from dialer.telephony.carrier import invites
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile, Spread
from tests.asterisk.ami_proxy import AmiProxy
from tests.asterisk.pairs import Pair, PairSpec
from tests.asterisk.system import Office, with_web
from tests.ports import free_port

ANSWERED = {Outcome.CONNECTED, Outcome.SURVEYED, Outcome.ABANDONED}
LIVELY = PairSpec(
    seats=4,
    behaviour=CarrierBehaviour(
        seed=7,
        default=Profile(
            shares={"answer": 0.7, "busy": 0.15, "switched_off": 0.1, "rejected": 0.05},
            ring_s=Spread(2.0, 0.4, 0.5, 5.0),
            talk_s=Spread(4.0, 0.4, 2.0, 9.0),
        ),
    ),
    calls_per_second=4.0,
)
pytestmark = [pytest.mark.parametrize("pair_spec", [LIVELY], ids=["lively"]), pytest.mark.timeout(180)]


def numbers(count: int, first: int = 0) -> list[str]:
    return [f"+9191{12_345_67 + (first + one) * 7919:08d}" for one in range(count)]


@asynccontextmanager
async def office_on(pair: Pair, ami_port: int | None = None) -> AsyncIterator[Office]:
    config = with_web(pair.config, free_port())
    if ami_port is not None:
        settings = config.asterisk.model_copy(update={"ami_port": ami_port})
        config = config.model_copy(update={"asterisk": settings})
    office = Office(config)
    await office.prepare()
    try:
        yield office
    finally:
        await office.aclose()


async def reconciled(office: Office, pair: Pair) -> Counter[str | None]:
    """Every placed attempt is one INVITE at the carrier, number by number; returns the outcomes."""
    rows = await office.attempts()
    placed = Counter(row.phone.lstrip("+") for row in rows if row.outcome != Outcome.WITHDRAWN)
    assert invites(pair.config.data) == placed
    assert [attempt for attempt in rows if attempt.ended_at is None] == []
    for attempt in rows:
        assert (attempt.answered_at is not None) == (attempt.outcome in ANSWERED), attempt.outcome
    return await office.outcomes()


async def test_killed_in_the_middle_the_daemon_dials_nobody_twice_and_goes_on(own_pair: Pair) -> None:
    async with office_on(own_pair) as office:
        people = await office.operators(4)
        talks = await office.campaign("talks", numbers(24))
        asks = await office.campaign("asks", numbers(24, 100), kind="survey", max_channels=6)
        await office.start()
        async with office.desks(people):
            for _life in range(2):
                await asyncio.sleep(6)
                office.kill()
                await asyncio.sleep(1)
                await office.start()
            await office.until_finished([talks, asks], 100)
        outcomes = await reconciled(office, own_pair)
        attempts = Counter(attempt.phone for attempt in await office.attempts())
    assert outcomes[Outcome.CONNECTED] > 5
    assert outcomes[Outcome.SURVEYED] > 5
    placed = invites(own_pair.config.data)
    assert max(placed.values()) == 1, "somebody was dialled twice"
    assert len(attempts) == 48


async def test_when_asterisk_is_killed_its_calls_are_closed_and_the_campaign_goes_on(
    own_pair: Pair,
) -> None:
    async with office_on(own_pair) as office:
        people = await office.operators(4)
        talks = await office.campaign("talks", numbers(24))
        await office.start()
        async with office.desks(people):
            await asyncio.sleep(8)
            pid = own_pair.asterisk.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(2)
            await own_pair.asterisk.up()
            await office.until_finished([talks], 120)
        outcomes = await reconciled(office, own_pair)
    assert outcomes[Outcome.CONNECTED] > 8


@pytest.mark.parametrize("silent", [False, True], ids=["cut", "silent"])
async def test_a_manager_link_that_fails_for_ten_seconds_loses_no_call(
    own_pair: Pair, silent: bool
) -> None:
    proxy, port = AmiProxy(own_pair.config.asterisk.ami_port), free_port()
    await proxy.start(port)
    try:
        async with office_on(own_pair, port) as office:
            people = await office.operators(4)
            talks = await office.campaign("talks", numbers(20))
            await office.start()
            async with office.desks(people):
                await asyncio.sleep(6)
                if silent:
                    proxy.fall_silent()
                else:
                    proxy.cut()
                await asyncio.sleep(10)
                proxy.mend()
                await office.until_finished([talks], 120)
            outcomes = await reconciled(office, own_pair)
    finally:
        await proxy.aclose()
    assert outcomes[Outcome.CONNECTED] > 6


async def test_a_database_locked_for_five_seconds_only_delays(own_pair: Pair) -> None:
    async with office_on(own_pair) as office:
        people = await office.operators(4)
        talks = await office.campaign("talks", numbers(20))
        await office.start()
        async with office.desks(people):
            await asyncio.sleep(5)
            other = sqlite3.connect(office.database.url.database or "", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(5)
            other.execute("ROLLBACK")
            other.close()
            await office.until_finished([talks], 100)
        outcomes = await reconciled(office, own_pair)
    assert outcomes[Outcome.CONNECTED] > 8


async def test_a_full_disk_stops_dialling_and_loses_nothing(own_pair: Pair) -> None:
    async with office_on(own_pair) as office:
        people = await office.operators(4)
        talks = await office.campaign("talks", numbers(20))
        await office.start()
        assert office.process is not None
        pid, no_limit = office.process.pid, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        async with office.desks(people):
            await asyncio.sleep(5)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            await asyncio.sleep(4)
            before = sum(invites(own_pair.config.data).values())
            await asyncio.sleep(4)
            assert sum(invites(own_pair.config.data).values()) == before
            resource.prlimit(pid, resource.RLIMIT_FSIZE, no_limit)
            await office.until_finished([talks], 100)
        outcomes = await reconciled(office, own_pair)
    assert outcomes[Outcome.CONNECTED] > 8


async def test_a_trunk_that_answers_503_is_left_alone_and_costs_nobody_an_attempt(own_pair: Pair) -> None:
    async with office_on(own_pair) as office:
        people = await office.operators(4)
        await own_pair.carrier.congest(True)
        talks = await office.campaign("talks", numbers(12))
        await office.start()
        async with office.desks(people):
            await asyncio.sleep(12)
            refused = sum(invites(own_pair.config.data).values())
            assert 5 <= refused <= 14
            await own_pair.carrier.congest(False)
            await office.until_finished([talks], 120)
        outcomes = await reconciled(office, own_pair)
    assert outcomes[Outcome.CONGESTION] == refused
    assert outcomes.total() - refused == 12


async def test_when_all_operators_leave_at_once_dialling_stops(own_pair: Pair) -> None:
    async with office_on(own_pair) as office:
        people = await office.operators(4)
        await office.campaign("talks", numbers(60))
        await office.start()
        async with office.desks(people):
            await asyncio.sleep(6)
        left_at = sum(invites(own_pair.config.data).values())
        await asyncio.sleep(8)
        assert sum(invites(own_pair.config.data).values()) == left_at
        outcomes = await office.outcomes()
    assert outcomes[None] == 0, "a call is still open though nobody is there"


async def test_a_second_daemon_on_the_same_database_refuses(own_pair: Pair) -> None:
    async with office_on(own_pair) as office:
        await office.start()
        environment = {**os.environ, "SAMPARK_CONFIG": str(office.config.base / "config.yaml")}
        second = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "dialer", "serve", "--quiet"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert office.process is not None
        assert second.returncode == 5
        assert f"process {office.process.pid}" in second.stderr
        began = time.monotonic()
        assert office.stop() == 0
        assert time.monotonic() - began < 10
