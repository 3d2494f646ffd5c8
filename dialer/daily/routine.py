"""The daemon's evening: makes the day's report at its hour, and sends whatever the outbox holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from db.session import Database
from dialer.config import Config
from dialer.core.rules import OFFICE_ZONE
from dialer.daily.outbox import Outbox
from dialer.daily.posting import CATCH_UP_DAYS, days_due, post_report
from dialer.daily.sending import send_due
from dialer.errors import SamparkError
from dialer.store.database import open_database
from dialer.warroom.tallies import day_of

log = structlog.get_logger("reports")

EVERY_S: Final = 30.0
ACTOR: Final = "daemon"


async def report_forever(config: Config, clock: Callable[[], float] = time.time) -> None:
    """Until it is cancelled."""
    while True:
        await asyncio.sleep(EVERY_S)
        await look(config, clock)


async def look(config: Config, clock: Callable[[], float]) -> None:
    """Make what is due, then send what is due; a fault is logged, and tried again at the next look."""
    database = open_database(config)
    try:
        days = await _due(config, database, clock())
        if days:
            # In a thread with a loop of its own: counting and drawing must not delay a call.
            await asyncio.to_thread(lambda: asyncio.run(_make(config, days, clock)))
        await send_due(config, database, clock)
    except SamparkError as fault:
        log.warning("reports wait", why=type(fault).__name__)
    finally:
        await database.aclose()


async def _make(config: Config, days: Sequence[str], clock: Callable[[], float]) -> None:
    database = open_database(config)
    try:
        for day in days:
            posted = await post_report(config, database, day, None, ACTOR, clock())
            log.info("report made", report=posted.report_id)
    except SamparkError as fault:
        log.warning("the day's report waits", why=type(fault).__name__)
    finally:
        await database.aclose()


async def _due(config: Config, database: Database, now: float) -> list[str]:
    if not config.reports.at:
        return []
    today = day_of(now)
    since = (date.fromisoformat(today) - timedelta(days=CATCH_UP_DAYS + 1)).isoformat()
    done = await Outbox(database).days(config.reports.district, since)
    hour_has_come = datetime.fromtimestamp(now, OFFICE_ZONE).strftime("%H:%M") >= config.reports.at
    return days_due(today, hour_has_come, done)
