"""A line is rung: real Asterisks, the real daemon, and the simulated carrier's citizens as those who ring."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Contact
from db.rings import Ring
from dialer.campaigns.reconciling import reconcile_scope
from dialer.settings.lines import Line
from dialer.store.reporting import Scope
from dialer.telephony.carrier import invites
from dialer.telephony.tones import silence, tone, write
from tests.asterisk.pairs import Pair, PairSpec, until
from tests.asterisk.sipp import caller, presses
from tests.asterisk.system import Office, with_web
from tests.asterisk.test_survey_calls import SHORT
from tests.ports import free_port

LINE = "+917880000001"
NATIONAL, PHONE, DIALLED = "09870004121", "+919870004121", "919870004121"
"""A citizen who, when called, presses 1, 2 and 1, each after what is said."""
SYSTEM = ("apology", "goodbye", "opted_out", "inbound")
NODES = ("hello", "a", "b", "c", "bye")
KEYS = {"a": "yes", "b": "y", "c": "1"}


def spec(answer: str = "nobody", **settings: Any) -> PairSpec:
    line = Line(number=LINE, answer=answer, call_back_seconds=1.0, **settings)  # type: ignore[arg-type]
    return PairSpec(seats=1, phones=0, lines=(line,))


MISSED = pytest.mark.parametrize("pair_spec", [spec()])
ASKED = pytest.mark.parametrize("pair_spec", [spec("survey")])
pytestmark = pytest.mark.timeout(120)


@asynccontextmanager
async def office_with_line(pair: Pair) -> AsyncIterator[Office]:
    """A survey campaign that has the line and nobody to call."""
    office = Office(with_web(pair.config, free_port()))
    await office.prepare()
    version = await office.survey(SHORT)
    prompts = pair.config.data / "prompts"
    for name in SYSTEM:
        write(prompts / f"system/hi/{name}.alaw", tone(500, 1.0, 0.1))
    for node in NODES:
        write(prompts / f"survey-{version}/hi/{node}.alaw", tone(500, 0.6, 0.1), silence(0.1))
    await office.campaign("missed", [], kind="survey", survey_version_id=version, line=LINE, max_attempts=3)
    await office.start()
    try:
        yield office
    finally:
        await office.aclose()


async def rings(office: Office) -> list[Any]:
    async with office.database.reading() as rows:
        return list(await rows.execute(select(*Ring.__table__.columns).order_by(Ring.at)))


async def rung(pair: Pair, citizen: str = NATIONAL, number: str = "07880000001") -> str:
    """A citizen rings and is turned away; what they heard."""
    await pair.carrier.call_office(citizen, number)
    return await until(lambda: pair.carrier.citizen_heard(citizen), bool, 10.0)


async def survey_is_over(office: Office) -> Any:
    """The one attempt, once it has ended."""
    rows = await until(office.attempts, lambda found: bool(found and found[-1].ended_at), 40.0)
    answers = {row.question: row.value for row in await office.answers()}
    assert answers == KEYS
    (attempt,) = rows
    return attempt


@MISSED
async def test_a_missed_call_is_called_back_once_and_asked(own_pair: Pair) -> None:
    async with office_with_line(own_pair) as office:
        assert await rung(own_pair) == "BUSY"
        assert await rung(own_pair, number="917880000001") == "BUSY"
        attempt = await survey_is_over(office)
        assert (attempt.phone, attempt.outcome, attempt.inbound) == (PHONE, "surveyed", False)
        assert {ring.result for ring in await rings(office)} == {"call_back", "repeated"}
        await asyncio.sleep(5.0)
        assert invites(own_pair.config.data) == {DIALLED: 1}
        assert len(await office.attempts()) == 1
        async with office.database.reading() as rows:
            person = (await rows.execute(select(Contact.phone, Contact.constituency))).one()
        assert tuple(person) == (PHONE, None)
        assert await office.state(1) == "running", "others may ring"
        scope = Scope(0.0, time.time() + 1, time.time() + 1)
        found = await reconcile_scope(office.config, office.database, scope)
        assert found.reconciles and found.attempts == 1, found


@MISSED
async def test_with_the_daemon_dead_the_ring_is_kept_and_called_back_at_the_start(own_pair: Pair) -> None:
    async with office_with_line(own_pair) as office:
        office.kill()
        assert await rung(own_pair) == "BUSY"
        assert await rung(own_pair) == "BUSY"
        spool = own_pair.config.data / "spool"
        kept = await until(_spooled(spool), lambda files: len(files) == 2, 5.0)
        assert invites(own_pair.config.data) == {}
        copies = {file.name: file.read_bytes() for file in kept}
        await office.start()
        attempt = await survey_is_over(office)
        assert attempt.phone == PHONE
        assert [ring.result for ring in await rings(office)] == ["call_back", "repeated"]
        # As if the daemon had died between the database and the spool.
        for name, content in copies.items():
            (spool / name).write_bytes(content)
        await until(_spooled(spool), lambda files: not files, 10.0)
        await asyncio.sleep(2.0)
        assert invites(own_pair.config.data) == {DIALLED: 1}
        assert len(await rings(office)) == 2


def _spooled(spool: Path) -> Callable[[], Awaitable[list[Path]]]:
    return lambda: asyncio.to_thread(lambda: sorted(spool.glob("*.json")))


@MISSED
async def test_numbers_that_may_not_be_called_are_noted_and_refused(own_pair: Pair) -> None:
    async with office_with_line(own_pair) as office:
        for forged in ("+447911123456", "07880000001", "12345"):
            assert await rung(own_pair, forged) == "BUSY"
        noted = await until(lambda: rings(office), lambda found: len(found) == 3, 10.0)
        assert [each.result for each in noted] == ["foreign_number", "own_number", "invalid_number"]
        await asyncio.sleep(2.0)
        assert await office.attempts() == [] and invites(own_pair.config.data) == {}


@ASKED
async def test_a_line_that_answers_asks_at_once_and_goes_on_where_a_caller_hung_up(
    own_pair: Pair, tmp_path: Path
) -> None:
    async with office_with_line(own_pair) as office:
        port = own_pair.config.asterisk.sip_port
        async with caller(tmp_path / "one", NATIONAL, presses("1", first_s=2.0), port, LINE):
            await until(office.answers, bool, 15.0)
            office.kill()
            await office.start()
        await own_pair.asterisk.command("channel request hangup all")
        (first,) = await until(office.attempts, lambda rows: bool(rows and rows[0].ended_at), 10.0)
        assert (first.inbound, first.outcome, first.phone) == (True, "surveyed", PHONE)
        assert first.dialled_at is None and first.number_of_attempt == 0
        keys = presses("21", first_s=2.0, gap_s=2.0)
        async with caller(tmp_path / "two", NATIONAL, keys, port, LINE) as person:
            assert await asyncio.wait_for(person.wait(), 30.0) == 0, "we hung up at the end"
        rows = await until(office.attempts, lambda found: all(each.ended_at for each in found), 10.0)
        assert [(row.inbound, row.outcome) for row in rows] == [(True, "surveyed")] * 2
        assert {row.question: row.value for row in await office.answers()} == KEYS
        assert [ring.result for ring in await rings(office)] == ["asked", "asked"]
        await asyncio.sleep(2.0)
        assert invites(own_pair.config.data) == {}
        assert await rung(own_pair) == "BUSY", "who answered everything is not asked again"


@ASKED
async def test_with_the_daemon_dead_a_line_that_answers_is_a_missed_call(own_pair: Pair) -> None:
    async with office_with_line(own_pair) as office:
        office.kill()
        assert await rung(own_pair) == "BUSY"
        await office.start()
        attempt = await survey_is_over(office)
        assert not attempt.inbound and invites(own_pair.config.data) == {DIALLED: 1}


@pytest.mark.parametrize("pair_spec", [spec(ring_seconds=3.0)])
@pytest.mark.parametrize("daemon", ["alive", "dead"])
async def test_whoever_hangs_up_at_once_has_rung(own_pair: Pair, daemon: str) -> None:
    async with office_with_line(own_pair) as office:
        if daemon == "dead":
            office.kill()
        for last in range(3):
            await own_pair.carrier.call_office(f"0987000412{last}", "07880000001")
            await until(partial(_has_taken, own_pair, last + 1), bool, 10.0)
            await own_pair.carrier.command("channel request hangup all")
        spooled = _spooled(own_pair.config.data / "spool")
        if daemon == "dead":
            await until(spooled, lambda files: len(files) == 3, 10.0)
            await office.start()
        noted = await until(lambda: rings(office), lambda found: len(found) == 3, 10.0)
        assert [each.result for each in noted] == ["call_back"] * 3


@pytest.mark.parametrize("pair_spec", [spec(ring_seconds=5.0, calls_at_once=2)])
async def test_far_more_calls_at_once_than_people_ring_are_turned_away(own_pair: Pair) -> None:
    async with office_with_line(own_pair) as office:
        citizens = [f"0987000412{last}" for last in range(4)]
        for citizen in citizens:
            await own_pair.carrier.call_office(citizen, "07880000001")
        for citizen in citizens:
            heard = await until(lambda one=citizen: own_pair.carrier.citizen_heard(one), bool, 15.0)
            assert heard == ("BUSY" if citizen in citizens[:2] else "CONGESTION")
        assert len(await until(lambda: rings(office), lambda found: len(found) >= 2, 10.0)) == 2


async def _has_taken(pair: Pair, calls: int) -> bool:
    """Whether our Asterisk began to handle so many calls since it was started."""
    told = re.search(r"(\d+) calls? processed", await pair.asterisk.command("core show calls"))
    return told is not None and int(told[1]) >= calls
