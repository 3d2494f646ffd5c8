"""The day's report on SQLite and on PostgreSQL, and the state office's pages.

``report_s``: from the order to the signed files, JSON, PDF and spreadsheet in both languages, in the outbox,
with 1,000,000 attempts of 60 days in the database; the slower of two. ``state_ms``: what the state office
answers over HTTP, for 33 districts and three years of whole reports, on days all over the three years: p95
of the page of a day with all districts side by side (``state_day_ms``) or of one district's report
(``state_report_ms``), whichever is slower.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, text

from bench.room import Room, on_both, p95_ms, served
from db.reports import ReceivedReport
from db.session import Database
from dialer.config import Config
from dialer.daily.districts import Districts
from dialer.daily.figures import DayReport
from dialer.daily.making import make_report
from dialer.daily.outbox import Outbox
from dialer.daily.posting import post_report
from dialer.daily.signing import sign
from dialer.store.migrations import migrate
from dialer.warroom.beginning import begin
from dialer.warroom.tallies import day_of
from tests.integration.report_day import settings

TARGETS = {"report_s": 10.0, "state_ms": 100.0}
DISTRICTS, DAYS, ASKED = 33, 3 * 365, 150
CODES = [f"district{number:02d}" for number in range(DISTRICTS)]


async def measure(url: str, folder: Path) -> dict[str, float]:
    """``report_s`` and ``state_ms`` of a database with the calls of ``Room``."""
    database, config, now = Database(url), settings(folder), time.time()
    try:
        today = date.fromisoformat(day_of(now))
        days = [(today - timedelta(days=back)).isoformat() for back in (1, 8)]
        taken = [await report_s(config, database, day, now) for day in days]
        like = await make_report(config, database, days[0], None, now)
        await receive_all(database, like, today, now)
    finally:
        await database.aclose()
    return {"report_s": max(taken), **await state_ms(url, folder, today)}


async def report_s(config: Config, database: Database, day: str, now: float) -> float:
    """Seconds for one day's report, from nothing to the outbox."""
    began = time.perf_counter()
    posted = await post_report(config, database, day, None, "bench", now)
    taken = time.perf_counter() - began
    assert posted.is_new and len((await Outbox(database).parcel(posted.report_id)).files) == 4
    return taken


async def receive_all(database: Database, like: DayReport, today: date, now: float) -> None:
    """Three years of reports of 33 districts, each as long as a real one."""
    key = Ed25519PrivateKey.generate()
    for code in CODES:
        own = Ed25519PrivateKey.generate().public_key()
        await Districts(database).add(code, own, code, "bench", now)
    template = sign(replace(like, district="@district", day="@day"), {}, key).as_bytes().decode()
    print(f"a district's report has {len(template):,} letters", flush=True)
    for back in range(DAYS):
        day = (today - timedelta(days=back)).isoformat()
        rows = [_row(code, day, template, now) for code in CODES]
        await database.transact(lambda link, rows=rows: link.execute(insert(ReceivedReport), rows))
    async with database.writing() as connection:
        await connection.execute(text("ANALYZE"))


def _row(code: str, day: str, template: str, now: float) -> dict[str, Any]:
    content = template.replace("@district", code).replace("@day", day)
    counts = {"placed": 100, "answered": 60, "reached": 55, "connected": 40, "abandoned": 1}
    return {
        "id": f"{code}-{day}.1", "district": code, "day": day, "constituency": None, "revision": 1,
        "sha256": "0" * 64, "key_id": "0" * 16, "content": content, "received_at": now, **counts,
    }  # fmt: skip


async def state_ms(url: str, folder: Path, today: date) -> dict[str, float]:
    """Milliseconds p95 for the page of a day, and for that of one district's report."""
    async with served(url, folder / "state", "state") as world:
        desk = world.desk()
        assert (await desk.sign_in("head", None)).status == 201

        async def get(address: str, *said: str) -> None:
            reply = await desk.get(f"{address}?lang=hi")
            shown = await reply.text()
            assert reply.status == 200 and all(each in shown for each in said), (address, reply.status)

        async def day(number: int) -> None:
            at = _some_day(today, number)
            await get(f"/warroom/state/{at}", *(f"/warroom/state/reports/{code}-{at}.1" for code in CODES))

        async def one(number: int) -> None:
            report_id = f"{CODES[number % DISTRICTS]}-{_some_day(today, number)}.1"
            await get(f"/warroom/state/reports/{report_id}", f"/warroom/state/reports/{report_id}/signed")

        taken = {"state_day_ms": await p95_ms(day, ASKED), "state_report_ms": await p95_ms(one, ASKED)}
    return {"state_ms": max(taken.values()), **taken}


def _some_day(today: date, number: int) -> str:
    """Days all over the three years, none near the one before."""
    return (today - timedelta(days=number * 397 % DAYS)).isoformat()


async def measure_alone(url: str, folder: Path) -> dict[str, float]:
    """The same of a database that has nothing yet."""
    database = Database(url)
    room = Room(database, folder)
    await migrate(database)
    await begin(database, folder, "bench", room.now)
    await room.furnish_calls()
    await database.aclose()
    return await measure(url, folder)


if __name__ == "__main__":
    sys.exit(on_both("report", measure_alone, TARGETS))
