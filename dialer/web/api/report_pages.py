"""Pages of daily reports, for those who oversee. Nothing personal is in them: no look is written down."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from aiohttp import web

from dialer.warroom.tallies import day_of
from dialer.web.api.warroom import html_page, language, viewer
from dialer.web.endpoint import REPORTS, Call, Empty, Endpoint
from dialer.web.problems import Problem

WAITING_SHOWN: Final = 200
_TYPES: Final = {
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

# What signs and reads reports is large; only those who look at them load it.


async def own_reports(call: Call[Empty]) -> web.Response:
    """Our reports by day, and what is not there yet."""
    from dialer.daily.archive import AT_ONCE, Archive
    from dialer.daily.outbox import Outbox
    from dialer.web.report_page import ReportPages

    database, before = call.parts.database, call.request.query.get("before", "")
    reports = await Archive(database).page(_day(before) if before else "")
    waiting = [] if before else await Outbox(database).all(unsent_only=True, most=WAITING_SHOWN)
    pages, now = ReportPages(viewer(call)), call.parts.clock()
    return html_page(pages.own(reports, waiting, now, whole=len(reports) < AT_ONCE), call)


async def own_report(call: Call[Empty]) -> web.Response:
    """One of them, figure by figure."""
    from dialer.daily.archive import Archive
    from dialer.web.report_page import ReportPages

    found = await Archive(call.parts.database).kept(call.request.match_info["report"])
    report = await Archive(call.parts.database).report(found.id)
    files = [(f"/warroom/reports/{quote(found.id)}/files/{quote(name)}", name) for name in found.files]
    pages = ReportPages(viewer(call))
    return html_page(await asyncio.to_thread(pages.report, report, files), call)


async def own_file(call: Call[Empty]) -> web.Response:
    """A file of it, byte for byte as it was signed and sent."""
    from dialer.daily.archive import Archive

    info = call.request.match_info
    content = await Archive(call.parts.database).file(info["report"], info["name"])
    return _file(info["name"], content)


async def state(call: Call[Empty]) -> web.Response:
    """All districts of a day side by side."""
    _refuse_unless_state(call)
    from dialer.daily.receiving import Received
    from dialer.web.report_page import Days, ReportPages

    today = day_of(call.parts.clock())
    asked = call.request.match_info.get("day") or call.request.query.get("day", "")
    if asked and "day" not in call.request.match_info:
        address = f"/warroom/state/{_day(asked)}?lang={language(call)}"
        return web.Response(status=303, headers={"Location": address})
    days = Days.around(_day(asked) if asked else today, today)
    received = Received(call.parts.database)
    found, earlier = await received.day(days.day), await received.day(days.before)
    trend = await received.trend(days.day)
    pages = ReportPages(viewer(call))
    return html_page(await asyncio.to_thread(pages.state, days, found, earlier, trend, today), call)


async def state_report(call: Call[Empty]) -> web.Response:
    """A district's report of a day, with the change against the day before, and its last days."""
    _refuse_unless_state(call)
    from dialer.daily.districts import Districts
    from dialer.daily.receiving import AROUND_DAYS, TREND_DAYS, Received, days_later
    from dialer.web.report_page import ReportPages

    received = Received(call.parts.database)
    report = await received.report(call.request.match_info["report"])
    # Some days beyond it too, so that one can go on to the next.
    last = days_later(report.day, AROUND_DAYS)
    trend = await received.trend(last, report.district, TREND_DAYS + AROUND_DAYS)
    name = await Districts(call.parts.database).name(report.district)
    files = [(f"/warroom/state/reports/{quote(report.id)}/signed", f"{report.id}.json")]
    pages = ReportPages(viewer(call))
    return html_page(await asyncio.to_thread(pages.report, report, files, trend, name), call)


async def state_file(call: Call[Empty]) -> web.Response:
    """The report as its district signed it."""
    _refuse_unless_state(call)
    from dialer.daily.receiving import Received

    report_id = call.request.match_info["report"]
    return _file(f"{report_id}.json", await Received(call.parts.database).signed(report_id))


def _refuse_unless_state(call: Call[Empty]) -> None:
    if not call.parts.config.is_state:
        raise Problem("not_found")


def _day(text: str) -> str:
    """An ISO day of this century."""
    try:
        if len(text) == len("2026-11-26") and text.startswith("20"):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise Problem("bad_request")


def _file(name: str, content: bytes) -> web.Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return web.Response(body=content, content_type=_TYPES[PurePath(name).suffix], headers=headers)


ENDPOINTS = (
    Endpoint("GET", "/warroom/reports", own_reports, REPORTS, "Our daily reports and the outbox", "reports",
             problems=("bad_request", "store_busy"), notes="Query: before=DAY for older ones, lang=hi|en."),
    Endpoint("GET", "/warroom/reports/{report}", own_report, REPORTS, "One of our reports", "reports",
             problems=("not_found", "store_busy")),
    Endpoint("GET", "/warroom/reports/{report}/files/{name}", own_file, REPORTS,
             "A file of it: PDF, XLSX, or the signed JSON", "reports", problems=("not_found", "store_busy")),
    Endpoint("GET", "/warroom/state", state, REPORTS, "All districts today side by side", "reports",
             problems=("not_found", "bad_request", "store_busy"),
             notes="Query: day=DAY leads to that day's page. Like all below /warroom/state only where the "
             "settings say `role: state`."),
    Endpoint("GET", "/warroom/state/{day}", state, REPORTS, "All districts of a day side by side", "reports",
             problems=("not_found", "bad_request", "store_busy")),
    Endpoint("GET", "/warroom/state/reports/{report}", state_report, REPORTS,
             "A district's report of a day", "reports", problems=("not_found", "store_busy")),
    Endpoint("GET", "/warroom/state/reports/{report}/signed", state_file, REPORTS,
             "That report as its district signed it", "reports", problems=("not_found", "store_busy")),
)  # fmt: skip
