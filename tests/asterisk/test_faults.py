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
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from db.models import SeatPeriod
from dialer.campaigns.reconciling import reconcile_scope
from dialer.core.model import Outcome
from dialer.ivr.prompt_build import build_survey_prompts
from dialer.store.reporting import Scope
from dialer.telephony.carrier import invites
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile, Spread
from tests.asterisk.ami_proxy import AmiProxy
from tests.asterisk.pairs import Pair, PairSpec, until
from tests.asterisk.system import Office, with_web
from tests.asterisk.test_survey_calls import SHORT
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
    """Attempts, the carrier's INVITEs number by number, and Asterisk's call records agree; the outcomes."""
    rows = await office.attempts()
    placed = Counter(row.phone.lstrip("+") for row in rows if row.outcome != Outcome.WITHDRAWN)
    assert invites(pair.config.data) == placed
    assert [attempt for attempt in rows if attempt.ended_at is None] == []
    for attempt in rows:
        assert (attempt.answered_at is not None) == (attempt.outcome in ANSWERED), attempt.outcome
    now = time.time()
    found = await reconcile_scope(office.config, office.database, Scope(0.0, now + 1, now + 1))
    assert found.reconciles and found.call_records == found.attempts - found.without_channel, found
    return await office.outcomes()


# --- kill -9 ---------------------------------------------------------------------------------------------

LONG_TALK, LONG_SURVEY = "+919870001130", "+919880001130"
"""They ring for a second and stay for half a minute."""
MET = {
    "answer": ANSWERED, "busy": {Outcome.BUSY}, "rejected": {Outcome.REJECTED},
    "switched_off": {Outcome.SWITCHED_OFF},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Attempts by what they are in; ids."""

    ringing: frozenset[str]
    talking: frozenset[str]
    asked: frozenset[str]

    def everything(self) -> bool:
        """There is one of each."""
        return all((self.ringing, self.talking, self.asked))


async def under_way(office: Office, asks: int) -> UnderWay:
    """As the database has it."""
    living = [row for row in await office.attempts() if row.ended_at is None]
    return UnderWay(
        frozenset(row.id for row in living if row.ringing_at is not None and row.answered_at is None),
        frozenset(row.id for row in living if row.joined_at is not None),
        frozenset(row.id for row in living if row.answered_at is not None and row.campaign_id == asks),
    )


async def talks_found(office: Office, since: float) -> set[int]:
    """Seats that a daemon found talking from this time on."""
    async with office.database.reading() as rows:
        query = select(SeatPeriod.seat).where(SeatPeriod.state == "talking", SeatPeriod.from_at >= since)
        return set(await rows.scalars(query))


async def test_killed_with_calls_ringing_talking_and_in_a_survey_the_daemon_goes_on_with_each(
    own_pair: Pair,
) -> None:
    async with office_on(own_pair) as office:
        people = await office.operators(4)
        version = await office.survey(SHORT)
        await asyncio.to_thread(build_survey_prompts, office.config, version, SHORT)
        talks = await office.campaign("talks", [LONG_TALK, *numbers(24)])
        surveyed = {"kind": "survey", "survey_version_id": version, "max_channels": 6}
        asks = await office.campaign("asks", [LONG_SURVEY, *numbers(24, 100)], **surveyed)
        await office.start()
        killed: list[UnderWay] = []
        async with office.desks(people):
            for life in range(2):
                now = await until(partial(under_way, office, asks), UnderWay.everything, 60.0)
                office.kill()
                killed.append(now)
                died_at = time.time()
                await asyncio.sleep(1)
                await office.start()
                if life == 0:
                    (long_talk,) = [row for row in await office.attempts() if row.phone == LONG_TALK]
                    assert long_talk.id in now.talking
                    found = partial(talks_found, office, died_at)
                    await until(found, lambda seats, seat=long_talk.seat: seat in seats, 20.0)
            await office.until_finished([talks, asks], 100)
        outcomes = await reconciled(office, own_pair)
        attempts = await office.attempts()
    became = {attempt.id: attempt.outcome for attempt in attempts}
    for now in killed:
        assert {became[one] for one in now.talking} == {Outcome.CONNECTED}
        assert {became[one] for one in now.asked} == {Outcome.SURVEYED}
    placed = [attempt for attempt in attempts if attempt.outcome != Outcome.WITHDRAWN]
    for attempt in placed:
        scripted = attempt.phone in (LONG_TALK, LONG_SURVEY)
        met = "answer" if scripted else LIVELY.behaviour.expected(attempt.phone.lstrip("+")).kind
        assert attempt.outcome in MET[met], (met, attempt.outcome)
        assert attempt.campaign_id == talks or attempt.outcome not in (Outcome.CONNECTED, Outcome.ABANDONED)
    (adopted,) = [attempt for attempt in attempts if attempt.id == long_talk.id]
    assert adopted.seat == long_talk.seat and adopted.operator_id is not None
    assert adopted.ended_at - adopted.answered_at > 25.0, "the talk went on to its end"
    assert outcomes[Outcome.CONNECTED] > 5
    assert outcomes[Outcome.SURVEYED] > 5
    assert max(invites(own_pair.config.data).values()) == 1, "somebody was dialled twice"
    assert len(placed) == 50


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


@contextmanager
def disk_of_the_database(folder: Path) -> Iterator[bool]:
    """A file system of its own for ``folder``, 16 MB in memory; False where we may not mount one."""
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder))
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(("umount", "--lazy", str(folder)), check=True)


@contextmanager
def no_space(folder: Path, pid: int, disk: bool) -> Iterator[None]:
    """Nothing more can be written: the disk is full to the last byte, or no file of the process may grow."""
    if not disk:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        yield
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"0" * 4096):
            pass
    yield
    filler.unlink()


async def test_a_full_disk_under_the_database_stops_dialling_and_loses_nothing(own_pair: Pair) -> None:
    """The database has a disk of its own here, so that the witnesses, Asterisk and the carrier, can write."""
    folder = own_pair.config.base / "disk"
    with disk_of_the_database(folder) as disk:
        config = own_pair.config.model_copy(update={"database": f"sqlite:///{folder / 'sampark.sqlite3'}"})
        async with office_on(Pair(config, own_pair.asterisk, own_pair.carrier)) as office:
            people = await office.operators(4)
            talks = await office.campaign("talks", numbers(20))
            await office.start()
            assert office.process is not None
            async with office.desks(people):
                await until(office.attempts, lambda rows: len(rows) > 4, 30.0)
                with no_space(folder, office.process.pid, disk):
                    await asyncio.sleep(4)
                    before = sum(invites(own_pair.config.data).values())
                    await asyncio.sleep(4)
                    assert sum(invites(own_pair.config.data).values()) == before < 20
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
