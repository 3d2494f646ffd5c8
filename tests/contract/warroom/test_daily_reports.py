"""Daily reports on both databases: the same figures, an outbox that hands out once, receipts that hold."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from db.session import Database
from dialer.daily.districts import Districts
from dialer.daily.making import make_report
from dialer.daily.outbox import Outbox
from dialer.daily.posting import post_report
from dialer.daily.receiving import Received, totals
from dialer.daily.signing import sign
from dialer.warroom.beginning import begin
from tests.integration.campaign_world import MORNING, World
from tests.integration.report_day import DAY, NEXT_DAY, fill_day, settings

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


async def test_figures_are_those_of_the_tables(database: Database, tmp_path: Path) -> None:
    await begin(database, tmp_path, "test", MORNING - 86_400)
    await fill_day(World(database), database)
    config = settings(tmp_path)
    made = await make_report(config, database, DAY, None, NEXT_DAY)
    assert (made.value("calls", "placed"), made.value("calls", "reached")) == (8, 5)
    assert made.value("awareness", "awareness", "PMJAY") == 0.6667
    assert made.value("operators", "talk_s") == 3600 and made.value("room", "electors", where=62) == 216917
    assert made.value("incidents", "daemon_crashes") == 1 and made.section("calls")[0].before == 1
    place = await make_report(config, database, DAY, 62, NEXT_DAY)
    assert (place.value("calls", "placed"), place.value("rules", "people", "spacing")) == (4, 1)
    assert place.value("responsibilities", "open") == 0


async def test_a_delivery_is_handed_out_once(database: Database, tmp_path: Path) -> None:
    config = settings(tmp_path, push=[{"url": "https://state.example/api/v1/reports"}])
    posted = await post_report(config, database, DAY, None, "test", NEXT_DAY)
    assert not (await post_report(config, database, DAY, None, "test", NEXT_DAY + 1)).is_new
    outbox = Outbox(database)
    (delivery,) = await outbox.unsent(config.reports.push[0].url)
    claims = await asyncio.gather(*(outbox.claim(delivery, NEXT_DAY) for _ in range(4)))
    assert sorted(claims) == [False, False, False, True]
    await outbox.failed(delivery, "away", NEXT_DAY, refused=False)
    (waiting,) = await outbox.all(unsent_only=True)
    assert (waiting.attempts, waiting.next_at, waiting.last_error) == (1, NEXT_DAY + 60, "away")
    await outbox.sent(waiting, NEXT_DAY + 60)
    assert await outbox.unsent(delivery.destination) == [] and len(await outbox.all()) == 1
    assert await outbox.days("durg", "2026-11-01") == {DAY}
    parcel = await outbox.parcel(posted.report_id)
    assert {name.rpartition(".")[2] for name in parcel.files} == {"pdf", "xlsx"} and len(parcel.files) == 4


async def test_what_a_district_sent_is_kept_once(database: Database, tmp_path: Path) -> None:
    made = await make_report(settings(tmp_path), database, DAY, None, NEXT_DAY)
    await Districts(database).add("durg", KEY.public_key(), "दुर्ग", "test", 1.0)
    received, raw = Received(database), sign(made, {}, KEY).as_bytes()
    assert [(await received.take(raw, NEXT_DAY)).is_new for _ in range(2)] == [True, False]
    (day,) = await received.day(DAY)
    assert (day.district, day.name, day.report_id) == ("durg", "दुर्ग", made.id)
    assert totals([day])["placed"] == 0 and (await received.report(made.id)).figures == made.figures
