"""The day's report on SQLite and on PostgreSQL, and the state office's table of districts.

``report_s``: from the order to the signed files, JSON, PDF and spreadsheet in both languages, in the outbox,
with 1,000,000 attempts of 60 days in the database; the slower of two. ``state_ms``: 33 districts and three
years of reports; a day's table with its sums and one whole report, p95. Reports older than 90 days have
their figures but not their full text, so that the database fits on any disk.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, text

from bench.warroom import Room
from db.reports import ReceivedReport
from db.session import Database
from dialer.config import Config
from dialer.daily.districts import Districts
from dialer.daily.figures import DayReport
from dialer.daily.making import make_report
from dialer.daily.outbox import Outbox
from dialer.daily.posting import post_report
from dialer.daily.receiving import Received, totals
from dialer.daily.signing import sign
from dialer.store.migrations import migrate
from dialer.warroom.beginning import begin
from dialer.warroom.tallies import day_of
from tests.integration.report_day import settings
from tests.postgresql import PrivatePostgres, programs

TARGETS = {"report_s": 10.0, "state_ms": 100.0}
DISTRICTS, DAYS, FULL_DAYS, ASKED = 33, 3 * 365, 90, 100


async def report_s(config: Config, database: Database, day: str, now: float) -> float:
    """Seconds for one day's report, from nothing to the outbox."""
    began = time.perf_counter()
    posted = await post_report(config, database, day, None, "bench", now)
    taken = time.perf_counter() - began
    assert posted.is_new and len((await Outbox(database).parcel(posted.report_id)).files) == 4
    return taken


async def state_ms(database: Database, like: DayReport, now: float) -> float:
    """Milliseconds p95 for a day's table and one report of it."""
    key = Ed25519PrivateKey.generate()
    codes = [f"district{number:02d}" for number in range(DISTRICTS)]
    for code in codes:
        own = Ed25519PrivateKey.generate().public_key()
        await Districts(database).add(code, own, code, "bench", now)
    last = date.fromisoformat(day_of(now))
    for back in range(DAYS):
        day = (last - timedelta(days=back)).isoformat()
        reports = [replace(like, district=code, day=day) for code in codes]
        rows = [_row(report, key, now, full=back < FULL_DAYS) for report in reports]
        await database.transact(lambda link, rows=rows: link.execute(insert(ReceivedReport), rows))
    async with database.writing() as connection:
        await connection.execute(text("ANALYZE"))
    received, taken = Received(database), []
    for number in range(ASKED + 5):
        day = (last - timedelta(days=number * 7 % FULL_DAYS)).isoformat()
        began = time.perf_counter()
        shown = await received.day(day)
        assert totals(shown)["placed"] > 0 and len(shown) == DISTRICTS
        await received.report(shown[number % DISTRICTS].report_id)
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.quantiles(taken[5:], n=100)[94]


def _row(report: DayReport, key: Ed25519PrivateKey, now: float, *, full: bool) -> dict[str, Any]:
    content = sign(report, {}, key).as_bytes().decode() if full else ""
    counts = {"placed": 100, "answered": 60, "reached": 55, "connected": 40, "abandoned": 1}
    return {
        "id": report.id, "district": report.district, "day": report.day, "constituency": None, "revision": 1,
        "sha256": "0" * 64, "key_id": "0" * 16, "content": content, "received_at": now, **counts,
    }  # fmt: skip


async def _measure(url: str, folder: Path) -> dict[str, float]:
    database, config = Database(url), settings(folder)
    try:
        await migrate(database)
        room = Room(database, folder)
        await begin(database, folder, "bench", room.now)
        await room.furnish_calls()
        today = date.fromisoformat(day_of(room.now))
        days = [(today - timedelta(days=back)).isoformat() for back in (1, 8)]
        taken = [await report_s(config, database, day, room.now) for day in days]
        like = await make_report(config, database, days[0], None, room.now)
        return {"report_s": max(taken), "state_ms": await state_ms(database, like, room.now)}
    finally:
        await database.aclose()


async def _both(folder: Path, kinds: Sequence[str]) -> dict[str, float]:
    figures: dict[str, float] = {}
    for kind in kinds:
        (folder / kind).mkdir()
        if kind == "sqlite":
            found = await _measure(f"sqlite+aiosqlite:///{folder / kind / 'report.sqlite3'}", folder / kind)
        else:
            bin_folder = programs()
            assert bin_folder is not None, "no PostgreSQL server program is installed"
            cluster = PrivatePostgres(bin_folder, shared_buffers="256MB").start()
            try:
                found = await _measure(cluster.create_database("bench"), folder / kind)
            finally:
                cluster.stop()
        figures |= {f"{name}_{kind}": round(value, 1) for name, value in found.items()}
        print(json.dumps(figures), flush=True)
    return figures


def measure(kinds: Sequence[str] = ("sqlite", "postgresql")) -> dict[str, float]:
    """``report_s`` and ``state_ms``, each with ``_sqlite`` and ``_postgresql``."""
    folder = Path(tempfile.mkdtemp(prefix="sampark-bench-"))
    os.chmod(folder, 0o755)
    try:
        return asyncio.run(_both(folder, kinds))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Measure and print the figures."""
    figures = measure()
    holds = all(value <= TARGETS[name.rpartition("_")[0]] for name, value in figures.items())
    print(json.dumps({"bench": "report", "figures": figures, "targets": TARGETS, "holds": holds}))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
