"""Puts a day's report into the outbox: made, drawn, signed and stored before anything is sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from db.session import Database
from dialer.config import Config
from dialer.daily.couriers import destinations
from dialer.daily.figures import DayReport
from dialer.daily.files import report_files
from dialer.daily.keys import signing_key
from dialer.daily.making import make_report
from dialer.daily.outbox import Outbox
from dialer.daily.signing import canonical, sign
from dialer.daily.tracing import trace

CATCH_UP_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Posted:
    """The report in the outbox; ``is_new`` False when one that says the same was there already."""

    report_id: str
    is_new: bool


async def post_report(
    config: Config, database: Database, day: str, constituency: int | None, by: str, now: float
) -> Posted:
    """Store the report of a day for all destinations; one that says something else is a new revision."""
    outbox, to = Outbox(database), destinations(config)
    made = await make_report(config, database, day, constituency, now)
    digest = _digest(made)
    last = await outbox.newest(made.series)
    if last is not None and last.figures_sha256 == digest:
        await outbox.address(last.id, to)
        return Posted(last.id, is_new=False)
    report = replace(made, revision=last.revision + 1 if last else 1)
    files = await report_files(report, await trace(config, database, report))
    signed = sign(report, files, signing_key(config.data))
    is_new = await outbox.add(report, signed, digest, files, to, by, now)
    return Posted(report.id, is_new)


def days_due(now_day: str, hour_has_come: bool, done: frozenset[str]) -> list[str]:
    """The days (ISO) whose report is to be made, oldest first: today's from its hour on, and those that were
    missed since the last one, of the last week.
    """
    today = date.fromisoformat(now_day)
    last = date.fromisoformat(max(done)) if done else today - timedelta(days=1)
    first = max(last + timedelta(days=1), today - timedelta(days=CATCH_UP_DAYS))
    until = today if hour_has_come else today - timedelta(days=1)
    return [(first + timedelta(days=number)).isoformat() for number in range((until - first).days + 1)]


def _digest(report: DayReport) -> str:
    """Of what the report says, not of when it was made."""
    content: dict[str, Any] = {**report.as_json(), "id": report.series, "made_at": 0, "revision": 0}
    return hashlib.sha256(canonical(content)).hexdigest()
