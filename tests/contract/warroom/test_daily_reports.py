"""Daily reports on both databases: the same figures, an outbox that hands out once, receipts that hold."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from db.session import Database
from dialer.daily.archive import Archive
from dialer.daily.districts import Districts
from dialer.daily.making import make_report
from dialer.daily.outbox import Outbox
from dialer.daily.posting import post_report
from dialer.daily.receiving import Received, totals
from dialer.daily.signing import read_signed, sign
from dialer.daily.tracing import trace
from dialer.warroom.beginning import begin
from tests.integration.campaign_world import MORNING, World
from tests.integration.report_day import DAY, NEXT_DAY, fill_day, settings

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = {"durg": KEY, "balod": Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))}
DAY_ID = f"durg-{DAY}.1"


async def test_figures_are_those_of_the_tables(database: Database, tmp_path: Path) -> None:
    await begin(database, tmp_path, "test", MORNING - 86_400)
    await fill_day(World(database), database)
    config = settings(tmp_path)
    made = await make_report(config, database, DAY, None, NEXT_DAY)
    assert (made.value("calls", "placed"), made.value("calls", "reached")) == (8, 5)
    assert made.value("awareness", "awareness", "PMJAY") == 0.6667
    assert made.value("operators", "talk_s") == 3600 and made.value("room", "electors", where=62) == 216917
    assert made.value("missed_calls", "called_back", "winter") == made.value("incidents", "links_lost") == 1
    assert made.value("incidents", "daemon_crashes") == 1 and made.section("calls")[0].before == 1
    assert len(await trace(config, database, made)) == 8
    place = await make_report(config, database, DAY, 62, NEXT_DAY)
    assert (place.value("calls", "placed"), place.value("rules", "people", "spacing")) == (4, 1)
    assert place.value("responsibilities", "open") == 0


async def test_people_who_called_us_are_none_of_those_we_reached(database: Database, tmp_path: Path) -> None:
    office = World(database)
    await begin(database, tmp_path, "test", MORNING - 86_400)
    await fill_day(office, database)
    to_us = {"inbound": True, "number_of_attempt": 0, "dialled_at": None, "ringing_at": None}
    [caller] = await office.contact_list("called us", people=1)
    await office.attempt(caller, "surveyed", claimed_at=MORNING + 3600, **to_us)
    made = await make_report(settings(tmp_path), database, DAY, None, NEXT_DAY)
    assert [made.value("calls", one) for one in ("placed", "reached", "surveyed")] == [8, 5, 3]


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


async def test_a_trend_has_every_day_and_the_newest_revision(database: Database, tmp_path: Path) -> None:
    made = await make_report(settings(tmp_path), database, DAY, None, NEXT_DAY)
    for code in ("durg", "balod"):
        await Districts(database).add(code, KEYS[code].public_key(), code, "test", 1.0)
    received = Received(database)
    for code, day, revision, placed in (
        ("durg", "2026-11-18", 1, 5), ("durg", DAY, 1, 7), ("durg", DAY, 2, 8), ("balod", DAY, 1, 30),
    ):  # fmt: skip
        figures = [replace(one, value=placed) if one.measure == "placed" else one for one in made.figures]
        report = replace(made, district=code, day=day, revision=revision, figures=figures)
        await received.take(sign(report, {}, KEYS[code]).as_bytes(), NEXT_DAY)
    all_ = await received.trend(DAY, days=3)
    assert [(one.day, one.reported) for one in all_] == [("2026-11-18", 1), ("2026-11-19", 0), (DAY, 2)]
    assert all_[1].figures is None and all_[2].figures is not None and all_[2].figures["placed"] == 38
    one = (await received.trend(DAY, "durg", days=3))[-1]
    assert one.report_id == f"durg-{DAY}.2" and one.figures is not None and one.figures["placed"] == 8
    assert len(await received.trend(DAY)) == 30
    assert await Districts(database).name("durg") == "durg" and await Districts(database).name("x") == "x"


async def test_the_archive_keeps_days_whole(database: Database, tmp_path: Path) -> None:
    config = settings(tmp_path, push=[{"url": "https://state.example/api/v1/reports"}])
    report = await make_report(config, database, DAY, None, NEXT_DAY)
    outbox = Outbox(database)
    for day, where, files in (
        ("2026-11-18", None, {}), ("2026-11-19", None, {"a.pdf": b"%PDF"}), ("2026-11-19", 62, {}),
        (DAY, None, {}),
    ):  # fmt: skip
        one = replace(report, day=day, constituency=where)
        await outbox.add(one, sign(one, files, KEY), "0" * 64, files, ["a", "b"], "test", NEXT_DAY)
    (waiting, *_) = await outbox.unsent("a")
    await outbox.sent(waiting, NEXT_DAY)
    archive = Archive(database)
    found = await archive.page(most=2)
    days = [(one.day, one.constituency) for one in found]
    assert days == [(DAY, None), ("2026-11-19", None), ("2026-11-19", 62)]
    (last,) = await archive.page(before="2026-11-19")
    assert (last.sent, last.addressed, list(last.files)) == (1, 2, ["durg-2026-11-18.1.json"])
    assert list(found[1].files) == ["durg-2026-11-19.1.json", "a.pdf"]
    assert await archive.file(found[1].id, "a.pdf") == b"%PDF"
    assert (await archive.report(found[2].id)).constituency == 62
    assert read_signed(await archive.file(DAY_ID, f"{DAY_ID}.json")).id == DAY_ID
