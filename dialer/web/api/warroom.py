"""The war room to look at: pages, search, cards, people. Telephones are masked, looks written down."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from aiohttp import web

from dialer.store.access import Access as Store
from dialer.store.access import AuditEntry
from dialer.warroom.awareness import Awareness, awareness
from dialer.warroom.calls_heard import calls_heard
from dialer.warroom.card import Card, Cards
from dialer.warroom.imports import Imports
from dialer.warroom.old import old
from dialer.warroom.people import People, Selection
from dialer.warroom.printing import pdf_of
from dialer.warroom.search import Search
from dialer.warroom.statements import read_day
from dialer.warroom.tallies import day_of
from dialer.web.assets import asset
from dialer.web.endpoint import (
    REPORTS,
    SUPERVISOR,
    WAR_ROOM,
    WAR_ROOM_CALL,
    WAR_ROOM_EDIT,
    Call,
    Empty,
    Endpoint,
    Reply,
)
from dialer.web.kept_cards import Sight
from dialer.web.problems import Problem, language_of
from dialer.web.warroom_charts import draw_map
from dialer.web.warroom_page import Pages, Viewer
from dialer.web.warroom_words import WarWords

PEOPLE_AT_ONCE: Final = 40
_LARGEST: Final = 9_999_999_999


class HitView(Reply):
    """Something found; ``constituency``: its number. ``kind_name`` in the reader's language."""

    kind: str
    kind_name: str
    id: int
    constituency: int | None
    number: str
    name: str
    other_name: str
    invented: bool


class Hits(Reply):
    """The best hits, best first."""

    hits: list[HitView]


def language(call: Call[Any]) -> str:
    """The one in the address, else the person's own, else the browser's."""
    asked = call.request.query.get("lang", "")
    if asked in ("hi", "en"):
        return asked
    if call.caller is not None and call.caller.session:
        return call.caller.language
    return language_of(call.request)


def viewer(call: Call[Any]) -> Viewer:
    """Who looks, and what the role allows."""
    person = call.person
    session = person.session
    return Viewer(
        language(call),
        session.csrf if session else "",
        may_edit=session is not None and person.role in WAR_ROOM_EDIT.roles,
        may_call=session is not None and person.role in WAR_ROOM_CALL.roles,
        sees_reports=person.role in REPORTS.roles,
        sees_surveys=person.role in SUPERVISOR.roles,
        is_state=call.parts.config.is_state,
    )


def looked(call: Call[Any], action: str, subject: str) -> None:
    """Write down that somebody looked at people."""
    call.parts.trail.put(AuditEntry(call.parts.clock(), call.person.name, action, subject))


def number_in(call: Call[Any], name: str) -> int:
    """A number of the address."""
    text = call.request.match_info[name]
    if not text.isascii() or not text.isdigit() or int(text) > _LARGEST:
        raise Problem("not_found")
    return int(text)


async def read_card(call: Call[Any], number: int) -> tuple[Card, list[Awareness]]:
    """The card as of the day in the address, with awareness."""
    parts = call.parts
    day = read_day(call.request.query.get("on", "")) or ""
    await parts.tallies.look()
    card = await Cards(parts.database, parts.config.warroom.stale_days).card(number, parts.clock(), day)
    aware = await Store(parts.database).query(lambda connection: awareness(connection, card.heard.ever))
    return card, aware


def html_page(text: str, call: Call[Any]) -> web.Response:
    """A page in the viewer's language."""
    return web.Response(
        text=text, content_type="text/html", headers={"Content-Language": language(call)}
    )


async def start(call: Call[Empty]) -> web.Response:
    """Map and list."""
    parts = call.parts
    await parts.tallies.look()
    measure = call.request.query.get("by", "")
    drawn = await draw_map(parts.database, parts.config.data, measure, day_of(parts.clock()))
    return html_page(Pages(viewer(call)).start(drawn), call)


async def card_page(call: Call[Empty]) -> web.Response:
    """The card: what calls said as it is now, everything else as it is kept since the last change."""
    number, parts, now = number_in(call, "number"), call.parts, call.parts.clock()
    day = read_day(call.request.query.get("on", "")) or ""
    await parts.tallies.look()
    said = await calls_heard(parts.database, number, now)
    who = viewer(call)
    pages = Pages(who)
    sight = Sight(said.version, number, day, day_of(now), who.language, who.may_edit, who.may_call)
    kept = parts.cards.get(sight)
    if kept is None:
        card = await Cards(parts.database, parts.config.warroom.stale_days).card(number, now, day)
        # Elsewhere than in the loop that also places calls.
        kept = await asyncio.to_thread(pages.card_facts, card)
        parts.cards.put(sight, kept)
    looked(call, "card look", f"constituency {number}")
    return html_page(pages.card(kept, said, parts.tallies.counted_at), call)


async def card_pdf(call: Call[Empty]) -> web.Response:
    """The card on one A4 page."""
    number = number_in(call, "number")
    card, aware = await read_card(call, number)
    looked(call, "card print", f"constituency {number}")
    pages = Pages(viewer(call))
    html = await asyncio.to_thread(pages.print_card, card, aware, call.parts.clock())
    name = f"constituency-{number}-{language(call)}.pdf"
    return web.Response(
        body=await pdf_of(html), content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )  # fmt: skip


async def search(call: Call[Empty]) -> Hits:
    """What begins so, by its sound."""
    text = call.request.query.get("q", "")[:80]
    words = WarWords(language(call))
    found = await Search(call.parts.database).find(text)
    views = []
    for hit in found:
        row = {"name_hi": hit.names[0], "name_en": hit.names[1], "number": hit.number}
        is_person = hit.kind == "person"
        views.append(
            HitView(
                kind=hit.kind, kind_name=words.kind(hit.kind), id=hit.id, constituency=hit.where,
                number=hit.number, name=hit.names[0] if is_person else words.name(row),
                other_name=hit.names[1] if is_person else words.other_name(row), invented=hit.invented,
            )
        )  # fmt: skip
    return Hits(hits=views)


async def people(call: Call[Empty]) -> web.Response:
    """Rows of people, as the card shows them."""
    query = call.request.query
    wanted = Selection(
        constituency=number_of(query.get("constituency", "")), booth=query.get("booth", "")[:16],
        name=query.get("name", "")[:80], open_only=query.get("open_only") == "true",
        booth_workers=query.get("booth_workers") == "true",
    )  # fmt: skip
    after = (number_of(query.get("after_level", "0")), number_of(query.get("after_id", "0")))
    found = await People(call.parts.database).page(
        wanted, call.parts.clock(), after=after, most=PEOPLE_AT_ONCE
    )
    looked(call, "people look", f"constituency {wanted.constituency}")
    return html_page(Pages(viewer(call)).holders(found), call)


def number_of(text: str) -> int:
    """A number of the query."""
    if not text.isascii() or not text.isdigit() or int(text) > _LARGEST:
        raise Problem("bad_request")
    return int(text)


async def person_page(call: Call[Empty]) -> web.Response:
    """One person."""
    person_id = number_in(call, "person")
    story = await People(call.parts.database).story(person_id, call.parts.clock())
    looked(call, "person look", f"person {person_id}")
    return html_page(Pages(viewer(call)).person(story), call)


async def import_page(call: Call[Empty]) -> web.Response:
    """Where files are taken in."""
    records = await Imports(call.parts.database, call.parts.config.data).all()
    return html_page(Pages(viewer(call)).imports(records), call)


async def upkeep_page(call: Call[Empty]) -> web.Response:
    """What is old, and people who may be there twice."""
    parts = call.parts
    days = parts.config.warroom.stale_days
    found = await old(parts.database, parts.clock(), days)
    duplicates = await People(parts.database).duplicates()
    looked(call, "people look", "duplicates")
    return html_page(Pages(viewer(call)).upkeep(found, duplicates, days), call)


ENDPOINTS = (
    Endpoint("GET", "/static/warroom.css", asset("warroom.css", "text/css"), WAR_ROOM,
             "The war room's style sheet", "war room"),
    Endpoint("GET", "/static/warroom.js", asset("warroom.js", "text/javascript"), WAR_ROOM,
             "What makes its pages work", "war room"),
    Endpoint("GET", "/warroom", start, WAR_ROOM, "Map and list of constituencies", "war room",
             problems=("store_busy",),
             notes="Query: by=turnout|margin|electors|calls|calls_today|awareness:CODE."),
    Endpoint("GET", "/warroom/import", import_page, WAR_ROOM_EDIT, "Imports of the war room", "war room",
             problems=("store_busy",)),
    Endpoint("GET", "/warroom/upkeep", upkeep_page, WAR_ROOM, "What wants looking after", "war room",
             problems=("store_busy",)),
    Endpoint("GET", "/warroom/people/{person}", person_page, WAR_ROOM, "One person", "war room",
             problems=("not_found", "store_busy")),
    Endpoint("GET", "/warroom/{number}", card_page, WAR_ROOM, "A constituency's card", "war room",
             problems=("not_found", "store_busy"),
             notes="Query: on=DAY for what was true then, lang=hi|en."),
    Endpoint("GET", "/warroom/{number}/card.pdf", card_pdf, WAR_ROOM, "The card on one A4 page", "war room",
             problems=("not_found", "store_busy")),
    Endpoint("GET", "/api/v1/warroom/search", search, WAR_ROOM, "Find places and people by sound", "war room",
             reply=Hits, problems=("store_busy",),
             notes="Query: q, the beginning of a name in either script."),
    Endpoint("GET", "/api/v1/warroom/people", people, WAR_ROOM, "Holders of posts, page by page", "war room",
             problems=("store_busy",)),
)  # fmt: skip
