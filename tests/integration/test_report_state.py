"""The state office: a web side of this program that takes reports of districts in over TLS."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from db.session import Database
from dialer.config import Config
from dialer.daily.couriers import tls_context
from dialer.daily.districts import Districts
from dialer.daily.keys import key_text, read_key, signing_key
from dialer.daily.outbox import LONGEST_WAIT_S
from dialer.daily.receiving import Received, totals
from dialer.daily.signing import canonical, sign
from dialer.telephony.certificate import make_certificate
from dialer.web.api import reports as endpoint
from dialer.web.app import build_app
from dialer.web.server import serve
from tests.integration.cli_office import open_office
from tests.integration.desk_world import office, prepared_database
from tests.integration.paper_engine import PaperEngine
from tests.integration.report_day import DAY, NEXT_DAY, settings
from tests.integration.test_report_outbox import Sender
from tests.integration.test_report_signature import REPORT
from tests.ports import free_ports

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@dataclass
class State:
    """A running state office."""

    url: str
    folder: Path
    database: Database
    received: Received

    async def post(self, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
        """What it answers; over TLS, which the test believes because it knows the certificate."""
        context = await asyncio.to_thread(tls_context, self.folder / "asterisk.crt")
        sent = {"Content-Type": "application/json", "Accept-Language": "en", **headers}
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.url, data=io.BytesIO(body), headers=sent, ssl=context) as reply,
        ):
            return reply.status, json.loads(await reply.read())

    async def ids(self, day: str = DAY) -> list[str]:
        return [one.report_id for one in await self.received.day(day) if one.report_id]


@asynccontextmanager
async def state_office(folder: Path, *, role: str = "state", port: int = 0) -> AsyncIterator[State]:
    """One that knows the district of Durg by ``KEY``; started again in its folder it is the same."""
    await asyncio.to_thread(make_certificate, folder, "127.0.0.1")
    config = office(folder, certificate="asterisk.crt", private_key="asterisk.key")
    config = config.model_copy(update={"role": role})
    is_new = not (folder / "var" / "sampark.sqlite3").exists()
    database = await prepared_database(config) if is_new else Database(config.database_url)
    if is_new:
        await Districts(database).add("durg", KEY.public_key(), "दुर्ग", "test", 1.0)
    app = build_app(config, PaperEngine(), database, lambda: NEXT_DAY)
    server = await serve(app, config, port)
    try:
        yield State(f"{server.url}/api/v1/reports", folder, database, Received(database))
    finally:
        await server.aclose()
        await database.aclose()


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[State]:
    async with state_office(tmp_path) as running:
        yield running


async def test_a_signed_report_is_taken_in_once(state: State) -> None:
    signed = sign(REPORT, {}, KEY)
    status, said = await state.post(signed.as_bytes())
    assert status == 200 and said == {"id": REPORT.id, "sha256": signed.digest, "new": True}
    assert (await state.post(signed.as_bytes()))[1]["new"] is False
    assert await state.ids() == [REPORT.id]
    assert await state.received.report(REPORT.id) == REPORT


async def test_a_forgery_is_refused(state: State) -> None:
    raw = sign(REPORT, {}, KEY).as_bytes()
    stranger = Ed25519PrivateKey.generate()
    other_district = sign(replace(REPORT, district="raipur"), {}, KEY).as_bytes()
    changed, strange = raw.replace(b'"value":8', b'"value":9'), sign(REPORT, {}, stranger).as_bytes()
    for body in (changed, strange, other_district):
        status, said = await state.post(body)
        assert (status, said["code"]) == (403, "signature_wrong")
    assert await state.ids() == []


async def test_a_report_cannot_be_replaced_but_followed_by_its_next_revision(state: State) -> None:
    await state.post(sign(REPORT, {}, KEY).as_bytes())
    changed = replace(REPORT, made_at=REPORT.made_at + 1)
    status, said = await state.post(sign(changed, {}, KEY).as_bytes())
    assert status == 409 and "new revision" in said["detail"]
    second = replace(changed, revision=2)
    assert (await state.post(sign(second, {}, KEY).as_bytes()))[0] == 200
    assert await state.ids() == [second.id], "the newest revision is shown"
    assert await state.received.report(REPORT.id) == REPORT


@pytest.mark.parametrize(("body", "status"), [
    (b"", 422), (b"{", 422), (b"[" * 100_000, 422), (b"x" * (2 * 1024 * 1024 + 1), 413),
    (sign(replace(REPORT, day="2027-01-01"), {}, KEY).as_bytes(), 422),
    (sign(replace(REPORT, day="../../etc"), {}, KEY).as_bytes(), 422),
    (canonical({"report": {"format": "sampark daily report 1", "id": 7}, "files": {},
                "signature": {"algorithm": "Ed25519", "key": "k", "value": ""}}), 403),
])  # fmt: skip
async def test_what_is_no_report_is_refused(state: State, body: bytes, status: int) -> None:
    assert (await state.post(body))[0] == status
    assert await state.ids() == []


async def test_no_browser_of_another_site_and_no_crowd(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = sign(REPORT, {}, KEY).as_bytes()
    assert (await state.post(raw, Origin="https://evil.example"))[1]["code"] == "foreign_origin"
    assert (await state.post(raw, **{"Content-Type": "text/plain"}))[0] == 415
    monkeypatch.setattr(endpoint, "AT_ONCE", 0)
    assert (await state.post(raw))[0] == 503


async def test_an_office_that_is_no_state_office_takes_nothing(tmp_path: Path) -> None:
    async with state_office(tmp_path, role="district") as district:
        assert (await district.post(sign(REPORT, {}, KEY).as_bytes()))[0] == 404


async def test_a_removed_district_is_refused_and_what_it_sent_stays(state: State) -> None:
    await state.post(sign(REPORT, {}, KEY).as_bytes())
    await Districts(state.database).remove("durg", "test", 2.0)
    later = sign(replace(REPORT, revision=2), {}, KEY).as_bytes()
    assert (await state.post(later))[0] == 403
    assert await state.ids() == [REPORT.id]


async def test_districts_stand_side_by_side_with_sums(state: State) -> None:
    keys = {code: Ed25519PrivateKey.generate() for code in ("balod", "raipur", "bemetara")}
    for code, key in keys.items():
        await Districts(state.database).add(code, key.public_key(), code.title(), "test", 1.0)
    for code in ("balod", "raipur"):
        assert (await state.post(sign(replace(REPORT, district=code), {}, keys[code]).as_bytes()))[0] == 200
    days = await state.received.day(DAY)
    assert [one.district for one in days if one.report_id] == ["balod", "raipur"]
    assert [one.district for one in days if not one.report_id] == ["bemetara", "durg"]
    assert totals(days)["placed"] == 16


async def test_from_outbox_to_state_over_tls_with_the_line_down_and_restarts(tmp_path: Path) -> None:
    """A district sends for days into the dark; the state office comes, goes, and has every report once."""
    from dialer.store.database import open_database
    from dialer.store.migrations import migrate

    state_folder, district_folder = tmp_path / "state", tmp_path / "district"
    state_folder.mkdir()
    (port,) = free_ports(1)
    push = {"url": f"https://127.0.0.1:{port}/api/v1/reports", "ca_file": str(state_folder / "asterisk.crt")}
    await asyncio.to_thread(make_certificate, state_folder, "127.0.0.1")
    config: Config = settings(district_folder, push=[push])
    days = [f"2026-11-{number}" for number in range(14, 21)]
    now = NEXT_DAY

    async def district(*fresh: str) -> None:
        """The district's program from its start to its end."""
        nonlocal now
        database = open_database(config)
        await migrate(database)
        sender = Sender(config, database, now)
        await sender.put(*fresh)
        await sender.send()
        now = sender.now + LONGEST_WAIT_S
        await database.aclose()

    await district(*days[:2])
    async with state_office(state_folder, port=port) as running:
        await district()  # the state office does not know this district's key yet
        assert not any([await running.ids(day) for day in days])
        key = signing_key(config.data).public_key()
        await Districts(running.database).remove("durg", "test", 2.0)
        await Districts(running.database).add("durg", key, "दुर्ग", "test", 3.0)
        await district(days[2])
    await district(*days[3:6])
    async with state_office(state_folder, port=port) as running:
        await district(days[6])
        await district()
        assert [await running.ids(day) for day in days] == [[f"durg-{day}.1"] for day in days]
        reports = [action for action in await _audit(running.database) if action == "report receive"]
        assert len(reports) == len(days)


async def _audit(database: Database) -> list[str]:
    from sqlalchemy import select

    from db.models import Audit

    async with database.reading() as connection:
        return list(await connection.scalars(select(Audit.action)))


def test_districts_and_what_they_sent_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office = open_office(tmp_path / "office", capsys)
    key = key_text(KEY.public_key())
    assert "role: state" in office.do("warroom", "districts", "add", "durg", key, "--name", "Durg").err
    assert "no code" in office.refused(2, "warroom", "districts", "add", "Durg!", key)
    assert "is the one of durg" in office.refused(2, "warroom", "districts", "add", "balod", key)
    (known,) = office.do("warroom", "districts", "list", "--json").json
    assert read_key(known["public_key"]) == KEY.public_key()
    assert "has not reported" in office.do("warroom", "received", "--day", DAY).out
    signed = sign(REPORT, {}, KEY)
    office.query(lambda database: Received(database).take(signed.as_bytes(), NEXT_DAY))
    found = office.do("warroom", "received", "--day", DAY, "--json").json
    assert found["sum"]["placed"] == 8 and found["districts"][0]["report_id"] == REPORT.id
    shown = office.run("warroom", "received", REPORT.id, language="hi").out
    assert "दैनिक रिपोर्ट 20.11.2026" in shown and "+7" in shown
    assert REPORT.id in office.do("warroom", "received", "--day", DAY).out
    file = tmp_path / "report.json"
    file.write_bytes(signed.as_bytes())
    office.do("warroom", "verify", str(file))
    office.do("warroom", "districts", "remove", "durg")
    assert "not known here" in office.refused(1, "warroom", "verify", str(file))
    assert "no district durg" in office.refused(3, "warroom", "districts", "remove", "durg")
    assert "no report x" in office.refused(3, "warroom", "received", "x")
    assert "durg" in office.do("warroom", "districts", "list").out
