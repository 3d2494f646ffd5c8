"""The war room's speed on SQLite and on PostgreSQL: card, search, import, the day's report, state office.

The card and the search are asked over HTTP by a signed-in client, one after the other. ``card_p95_ms``: what
a reader meets, the card whose parts that facts decide are kept; ``card_fresh_p95_ms``: the first look after
somebody changed the war room, made anew. ``card_page_ms``: the whole page in Chromium, from the order to
open it to the last row of its lists; ``card_load_ms``: to its load event. ``report_s``, ``state_ms``: see
``bench.report``.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

from playwright.async_api import async_playwright

from bench import report
from bench.room import BOOTHS, Room, on_both, p95_ms, served
from db.session import Database
from dialer.web.parts import PARTS
from tests.browser.conftest import FLAGS
from tests.integration.desk_world import Desk, World

TARGETS = {
    "card_p95_ms": 50.0, "card_page_ms": 500.0, "search_p95_ms": 50.0, "import_s": 60.0, **report.TARGETS
}  # fmt: skip
CARDS, KEYS, PAGES = 150, 400, 15
TYPED = (
    "ram", "सा", "sahu", "Paatan", "देव", "mee", "गीता व", "rajesh ku", "v", "भिला", "12", "lakshmi", "chan",
)  # fmt: skip


async def measure(url: str, folder: Path) -> dict[str, float]:
    """The figures of one database."""
    began = time.monotonic()
    database = Database(url)
    import_s = await Room(database, folder).furnish()
    await database.aclose()
    figures = {"import_s": import_s}
    for part in (room, report.measure):
        print(f"{part.__module__}: begins after {time.monotonic() - began:.0f} s", flush=True)
        figures |= await part(url, folder)
    return figures


async def room(url: str, folder: Path) -> dict[str, float]:
    """Card, page and search."""
    async with served(url, folder / "office") as world:
        desk = world.desk()
        assert (await desk.sign_in("head", None)).status == 201
        tallies = world.server.app[PARTS].tallies

        async def card(_number: int) -> None:
            reply = await desk.get("/warroom/62?lang=hi")
            shown = await reply.text()
            assert reply.status == 200 and shown.count("<tr") > BOOTHS, reply.status

        async def fresh_card(number: int) -> None:
            world.server.app[PARTS].cards.forget()
            await card(number)

        async def search(number: int) -> None:
            typed = TYPED[number % len(TYPED)]
            letters = 1 + number // len(TYPED) % len(typed)
            reply = await desk.get(f"/api/v1/warroom/search?q={typed[:letters]}")
            assert reply.status == 200
            await reply.read()

        await card(0)
        figures = {
            "card_p95_ms": await p95_ms(card, CARDS),
            "card_fresh_p95_ms": await p95_ms(fresh_card, CARDS),
            "search_p95_ms": await p95_ms(search, KEYS),
            **await page_ms(world, desk),
        }
        assert tallies.counted_at
    return figures


async def page_ms(world: World, desk: Desk) -> dict[str, float]:
    """Chromium from the order to open the card to its load event, and to its last row; p95."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        context = await browser.new_context(viewport={"width": 1366, "height": 768})
        for one in desk.http.cookie_jar:
            await context.add_cookies([{"name": one.key, "value": one.value, "url": world.url}])
        page = await context.new_page()

        async def show(_number: int) -> None:
            await page.goto(f"{world.url}/warroom/62?lang=hi", wait_until="load")

        async def show_all(number: int) -> None:
            await show(number)
            await page.wait_for_selector(f"#booths tbody tr:nth-child({BOOTHS})", state="attached")

        taken = {"card_load_ms": await p95_ms(show, PAGES), "card_page_ms": await p95_ms(show_all, PAGES)}
        await browser.close()
    return taken


if __name__ == "__main__":
    sys.exit(on_both("warroom", measure, TARGETS))
