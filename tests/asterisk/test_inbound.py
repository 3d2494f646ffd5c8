"""The office's number is called back: real Asterisks, the real daemon, SIPp as the person who calls."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from db.models import CampaignContact
from dialer.campaigns.reconciling import reconcile_scope
from dialer.config import Config
from dialer.store.reporting import Scope
from dialer.telephony.tones import tone, write
from tests.asterisk.pairs import Pair, PairSpec, until
from tests.asterisk.sipp import caller, presses
from tests.asterisk.system import Office, with_web
from tests.asterisk.test_plain_phone import Desk, desk
from tests.ports import free_port

pytestmark = [pytest.mark.parametrize("pair_spec", [PairSpec(seats=1)]), pytest.mark.timeout(120)]
NATIONAL, PHONE, STRANGER = "07880001130", "+917880001130", "07880001131"
PROMPTS = ("inbound", "inbound_menu", "operator_wait", "no_operator", "goodbye", "opted_out", "apology")


def _prompts(config: Config) -> None:
    """Tones in place of the office's voice."""
    for name in PROMPTS:
        write(config.data / f"prompts/system/hi/{name}.alaw", tone(500, 1.0, 0.1))


@asynccontextmanager
async def shift(pair: Pair) -> AsyncIterator[tuple[Office, Desk]]:
    """An operator who is ready, for a campaign whose only person waits for tomorrow."""
    _prompts(pair.config)
    config = with_web(pair.config, free_port()).model_copy(update={"seat_check": "optional"})
    office = Office(config)
    await office.prepare()
    (person,) = await office.operators(1)
    await office.campaign("talks", [PHONE])
    async with office.database.writing() as rows:
        await rows.execute(update(CampaignContact).values(next_at=time.time() + 86_400.0))
    await office.start()
    try:
        async with desk(office) as operator:
            await operator.sign_in(*person)
            await operator.until("paused")
            await operator.post("/desk/ready", {})
            await operator.until("ready")
            yield office, operator
    finally:
        await office.aclose()


async def place(office: Office) -> Any:
    async with office.database.reading() as rows:
        return (await rows.execute(select(*CampaignContact.__table__.columns))).one()


async def test_who_calls_back_and_presses_1_talks_with_an_operator_like_anybody(
    own_pair: Pair, tmp_path: Path
) -> None:
    async with shift(own_pair) as (office, operator):
        sip_port = own_pair.config.asterisk.sip_port
        async with caller(tmp_path / "sipp", NATIONAL, presses("1", first_s=2.0), sip_port) as person:
            await operator.until("talking")
            pop = (await until(operator.state, lambda state: bool(state["call"]), 5.0))["call"]
            await operator.post("/desk/hold", {"held": True})
            await until(operator.seat, lambda seat: bool(seat["held"]), 5.0)
            await operator.post("/desk/hold", {"held": False})
            await until(operator.seat, lambda seat: not seat["held"], 5.0)
            office.kill()
            await office.start()
            assert (await operator.until("talking"))["attempt_id"] == pop["attempt_id"], "adopted"
            await operator.post("/desk/hang-up", {})
            assert await asyncio.wait_for(person.wait(), 10.0) == 0, "we hung up"
        await operator.until("wrap_up")
        done = {"attempt_id": pop["attempt_id"], "code": "informed", "done": True}
        await operator.post("/desk/disposition", done)
        (attempt,) = await until(office.attempts, lambda rows: bool(rows[0].ended_at), 5.0)
        assert (pop["name"], pop["inbound"]) == ("राम साहू", True)
        assert (attempt.id, attempt.inbound, attempt.outcome) == (pop["attempt_id"], True, "connected")
        assert (attempt.seat, attempt.dialled_at, attempt.phone) == (1, None, PHONE)
        stands = await until(lambda: place(office), lambda row: row.state == "done", 5.0)
        assert (stands.attempts, stands.done_why) == (0, "connected")
        scope = Scope(0.0, time.time() + 1, time.time() + 1)
        found = await reconcile_scope(office.config, office.database, scope)
        assert found.reconciles and found.attempts == 0, found


async def test_who_waits_in_vain_is_told_so_kindly(own_pair: Pair, tmp_path: Path) -> None:
    async with shift(own_pair) as (office, operator):
        dialplan = own_pair.asterisk.etc / "extensions_citizens.conf"
        dialplan.write_text(dialplan.read_text().replace("S(${LIMIT})", "S(2)"))
        await own_pair.asterisk.command("dialplan reload")
        await operator.post("/desk/pause", {"reason": "break"})
        await operator.until("paused")
        sip_port = own_pair.config.asterisk.sip_port
        async with caller(tmp_path / "sipp", NATIONAL, presses("1", first_s=2.0), sip_port) as person:
            assert await asyncio.wait_for(person.wait(), 30.0) == 0, "we hung up"
        (attempt,) = await until(office.attempts, lambda rows: bool(rows and rows[0].ended_at), 5.0)
        assert (attempt.inbound, attempt.outcome, attempt.joined_at) == (True, "no_answer", None)
        stands = await place(office)
        assert (stands.state, stands.attempts, stands.last_outcome) == ("waiting", 0, None)


async def test_a_stranger_and_a_dead_daemon_leave_the_key_that_stops_calls(
    own_pair: Pair, tmp_path: Path
) -> None:
    async with shift(own_pair) as (office, _operator):
        sip_port = own_pair.config.asterisk.sip_port
        async with caller(tmp_path / "one", STRANGER, presses("9", first_s=1.5), sip_port) as person:
            assert await asyncio.wait_for(person.wait(), 20.0) == 0
        assert await until(office.suppressed, bool, 10.0) == {f"+91{STRANGER[1:]}"}
        office.kill()
        async with caller(tmp_path / "two", NATIONAL, presses("9", first_s=1.5), sip_port) as person:
            assert await asyncio.wait_for(person.wait(), 20.0) == 0
        (spooled,) = (own_pair.config.data / "spool").glob("*.json")
        assert NATIONAL in json.dumps(json.loads(spooled.read_text()))
        assert await office.attempts() == []
