"""The war room's pages one after the other, each as it should be seen in its picture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Locator, Page, expect
from sqlalchemy import select, update

from db import models
from db.warroom import FactSource, Responsibility
from tests.browser.desk_office import OFFICE
from tests.browser.desk_page import desk_page
from tests.integration.desk_world import World
from tests.integration.war_room_world import NOW, signed_in, war_room_world

SIZE: Final = {"width": 1240, "height": 780}
CARD_HEIGHT: Final = 1500
EDITOR: Final = "सुनीता चंद्राकर"
FILE: Final = (
    "नाम,मोबाइल,पद,विधानसभा,बूथ\n"
    "रानी वर्मा,9876512345,बूथ अध्यक्ष,62,2\n"
    "मीना साहू,9876512346,कार्यकर्ता,62,3\n"
    "देवेंद्र निषाद,9876512347,कार्यकर्ता,62,5\n"
)


@asynccontextmanager
async def furnished_room(folder: Path, browser: Browser, language: str) -> AsyncIterator[tuple[World, Page]]:
    """The war room of an office with people and calls, and an editor's page of it."""
    async with war_room_world(folder, booths=12, workers=60, who=OFFICE) as world:
        world.clock.now = NOW
        await world.database.transact(_named)
        editor = await signed_in(world, "editor")
        async with desk_page(world, browser, viewport=SIZE, locale=f"{language}-IN") as page:
            for one in editor.http.cookie_jar:
                await page.context.add_cookies([{"name": one.key, "value": one.value, "url": world.url}])
            yield world, page


def _named(connection: Any) -> None:
    connection.execute(update(models.Campaign).values(name="योजना जानकारी अभियान"))
    invented = update(FactSource).where(FactSource.name == "invented for a test")
    connection.execute(invented.values(name="काल्पनिक सूची"))
    editor = update(models.Operator).where(models.Operator.username == "editor")
    connection.execute(editor.values(name=EDITOR))


async def room_states(
    world: World, page: Page, language: str, folder: Path
) -> AsyncIterator[tuple[str, Locator | None]]:
    """Name -> the part to be seen, None for the whole page, while it is there."""
    spoken = f"lang={language}"
    await page.goto(f"/warroom?{spoken}&by=margin")
    await expect(page.locator(".tile")).to_have_count(6)
    yield "map", None
    await page.goto(f"/warroom?{spoken}")
    await page.keyboard.type("pat")
    await expect(page.locator("#hits li").first).to_be_visible()
    yield "search", None
    await page.goto(f"/warroom/62?{spoken}")
    await page.locator("#search").blur()
    await page.set_viewport_size(SIZE | {"height": CARD_HEIGHT})
    yield "card", None
    await page.set_viewport_size(SIZE)
    # It would lie over whatever part is scrolled to.
    await page.locator("body > header").evaluate("(header) => { header.style.position = 'static'; }")
    await page.locator("#disputed summary").click()
    yield "conflicts", page.locator("#results")
    await page.locator("#filter [name=booth]").fill("2")
    await page.locator("#filter button").click()
    await expect(page.locator("#holders tbody tr")).to_have_count(5)
    for row in (0, 2):
        await page.locator("#holders tbody [name=person]").nth(row).check()
    await page.locator("#act summary").click()
    yield "people", page.locator("#people")
    duty = await world.rows(select(Responsibility.person_id).limit(1))
    await page.goto(f"/warroom/people/{duty[0].person_id}?{spoken}")
    await page.locator("#edit [name=address]").fill("ग्राम जामगाँव, पाटन")
    await page.locator("#edit [name=source]").fill("फ़ोन पर पूछा")
    await page.locator("#edit button").click()
    await expect(page.locator("#changes tr")).not_to_have_count(0)
    await page.locator("#search").blur()
    yield "person", None
    await page.goto(f"/warroom/upkeep?{spoken}")
    await page.locator("#search").blur()
    yield "upkeep", None
    await page.goto(f"/warroom/import?{spoken}")
    file = folder / "सदस्यता सूची.csv"
    file.write_text(FILE, encoding="utf-8")
    await page.locator("[name=kind]").select_option("people")
    await page.locator("[name=source]").fill("सदस्यता रजिस्टर 2026")
    await page.locator("[name=file]").set_input_files(file)
    await page.locator("#upload button").click()
    await expect(page.locator("#count-added")).to_be_visible()
    yield "import", None
