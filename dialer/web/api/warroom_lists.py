"""Lists of a constituency, page by page, and what of the war room's pages changes while somebody looks."""

from __future__ import annotations

import hashlib
from typing import Final

from aiohttp import web

from dialer.store.access import Access
from dialer.warroom.calls_heard import calls_heard
from dialer.warroom.card import schemes
from dialer.warroom.duties import Duties, DutyPage
from dialer.warroom.history import CHANGES_AT_ONCE, changes_of
from dialer.warroom.old import old
from dialer.warroom.tallies import day_of
from dialer.web.api.warroom import html_page, looked, number_in, number_of, viewer
from dialer.web.endpoint import WAR_ROOM, Call, Empty, Endpoint, Reply
from dialer.web.warroom_charts import draw_map
from dialer.web.warroom_page import Pages

DUTIES_AT_ONCE: Final = 100
_ANSWERS: Final = ("yes", "no", "silent")
_STATES: Final = ("open", "done", "withdrawn")


async def duties_page(call: Call[Empty]) -> web.Response:
    """Responsibilities with their answers, and the people behind them."""
    number, query, now = number_in(call, "number"), call.request.query, call.parts.clock()
    answer, state = query.get("answer", ""), query.get("state", "")
    wanted = DutyPage(
        number, query.get("what", "")[:300], answer if answer in _ANSWERS else "",
        state if state in _STATES else "", number_of(query.get("after", "0")),
    )  # fmt: skip
    duties = Duties(call.parts.database)
    tasks = await duties.page(wanted, now, DUTIES_AT_ONCE)
    looked(call, "duties look", f"constituency {number}")
    following = tasks[-1].id if len(tasks) == DUTIES_AT_ONCE else 0
    answers = await duties.answers(number)
    return html_page(Pages(viewer(call)).duties(wanted, answers, tasks, following), call)


async def changes_page(call: Call[Empty]) -> web.Response:
    """All changes of a constituency."""
    number, before = number_in(call, "number"), number_of(call.request.query.get("before", "0"))
    changes = await changes_of(call.parts.database, number, before)
    looked(call, "changes look", f"constituency {number}")
    following = changes[-1]["id"] if len(changes) == CHANGES_AT_ONCE else 0
    return html_page(Pages(viewer(call)).changes(number, changes, following), call)


async def live_card(call: Call[Empty]) -> web.Response:
    """What calls said of a constituency; nobody's name stands in it, so no look is written down."""
    number, parts = number_in(call, "number"), call.parts
    await parts.tallies.look()
    said = await calls_heard(parts.database, number, parts.clock())
    named = await Access(parts.database).query(schemes)
    return _when_new(call, Pages(viewer(call)).live_card(named, said, parts.tallies.counted_at))


async def live_map(call: Call[Empty]) -> web.Response:
    """The map as it is coloured now."""
    parts = call.parts
    await parts.tallies.look()
    measure = call.request.query.get("by", "")
    drawn = await draw_map(parts.database, parts.config.data, measure, day_of(parts.clock()))
    return _when_new(call, Pages(viewer(call)).live_map(drawn))


def _when_new(call: Call[Empty], text: str) -> web.Response:
    """The text, or nothing when the browser has it already."""
    tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-store"}
    if call.request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers=headers)
    return web.Response(text=text, content_type="text/html", headers=headers)


class StaleCount(Reply):
    """How many facts, people and posts want renewing."""

    count: int


async def stale_count(call: Call[Empty]) -> StaleCount:
    """For the navigation."""
    parts = call.parts
    found = await old(parts.database, parts.clock(), parts.config.warroom.stale_days)
    return StaleCount(count=found.count)


ENDPOINTS = (
    Endpoint("GET", "/api/v1/warroom/live/{number}", live_card, WAR_ROOM, "What calls said, as HTML",
             "war room", problems=("not_found", "store_busy"), notes="If-None-Match is answered by 304."),
    Endpoint("GET", "/api/v1/warroom/live", live_map, WAR_ROOM, "The map, as HTML", "war room",
             problems=("store_busy",), notes="Query: by, as of /warroom. If-None-Match is answered by 304."),
    Endpoint("GET", "/api/v1/warroom/stale", stale_count, WAR_ROOM, "How much wants renewing", "war room",
             reply=StaleCount, problems=("store_busy",)),
    Endpoint("GET", "/warroom/{number}/duties", duties_page, WAR_ROOM, "Responsibilities and their answers",
             "war room", problems=("not_found", "store_busy"),
             notes="Query: what, answer=yes|no|silent, state=open|done|withdrawn, after=ID to go on."),
    Endpoint("GET", "/warroom/{number}/changes", changes_page, WAR_ROOM, "All changes of a constituency",
             "war room", problems=("not_found", "store_busy"), notes="Query: before=ID to go on."),
)  # fmt: skip
