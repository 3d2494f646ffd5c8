"""Between calls an operator sees who wants to speak with them again."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Browser, expect
from sqlalchemy import insert

from db.models import Callback, CampaignContact, Contact
from tests.browser.desk_page import desk_page, sign_in
from tests.integration.desk_world import World


def agreed(now: float, names: dict[str, float]) -> Any:
    """People who want operator 1 again: name -> seconds from now."""

    def work(connection: Any) -> None:
        for id_, (name, ahead_s) in enumerate(names.items(), start=20):
            person = {"id": id_, "phone": f"+9198765433{id_}", "name": name, "created_at": 1.0}
            connection.execute(insert(Contact).values(person))
            place, due_at = {"campaign_id": 1, "contact_id": id_}, now + ahead_s
            connection.execute(insert(CampaignContact).values(place | {"callback_at": due_at}))
            callback = {"attempt_id": f"a{id_}", "due_at": due_at, "operator_id": 1, "agreed_at": 1.0}
            connection.execute(insert(Callback).values(place | callback))

    return work


async def test_the_next_three_are_named_with_their_times(world: World, browser: Browser) -> None:
    people = {"गीता वर्मा": 7_200.0, "मोहन लाल": -60.0, "उषा बाई": 300.0, "रामकली": 90_000.0}
    await world.database.transact(agreed(world.clock.now, people))
    async with desk_page(world, browser) as page:
        await sign_in(page)
        lines = page.locator(".own-callbacks li")
        await expect(lines).to_have_count(3)
        await expect(lines.locator("b")).to_have_text(["मोहन लाल", "उषा बाई", "गीता वर्मा"])
        await expect(lines.nth(0)).to_contain_text("समय हो गया")
        await expect(lines.nth(1)).to_contain_text("थोड़ी देर में")
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")


async def test_nothing_is_shown_when_nobody_does(world: World, browser: Browser) -> None:
    async with desk_page(world, browser) as page:
        await sign_in(page)
        await expect(page.locator(".numbers")).to_be_visible()
        await expect(page.locator(".own-callbacks")).to_have_count(0)
