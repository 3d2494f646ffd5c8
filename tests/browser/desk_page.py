"""What tests of the desk do with its page: sign in, press keys, read what is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, expect

from tests.integration.desk_world import PASSWORD, World

LAPTOP = {"width": 1366, "height": 768}


@asynccontextmanager
async def desk_page(world: World, browser: Browser, **more: object) -> AsyncIterator[Page]:
    """A page of a browser of its own; the test fails when the console complains."""
    options = {"viewport": LAPTOP, "base_url": world.url, **more}
    context = await browser.new_context(**options)  # type: ignore[arg-type]
    page, complaints = await context.new_page(), list[str]()
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    page.on("console", lambda told: complaints.append(told.text) if "Content Security" in told.text else None)
    try:
        yield page
    finally:
        await context.close()
    assert complaints == []


async def sign_in(page: Page, username: str = "op01", seat: int = 1) -> None:
    """As a person does it, by keyboard; done when the seat's state is shown."""
    await page.goto("/")
    await page.get_by_label("उपयोगकर्ता नाम").fill(username)
    await page.get_by_label("पासवर्ड").fill(PASSWORD)
    await page.get_by_label("सीट").fill(str(seat))
    await page.keyboard.press("Enter")
    await expect(page.locator(".bar h1")).to_have_text("विराम पर")


async def go_ready(page: Page) -> None:
    """One key."""
    await page.keyboard.press("F2")
    await expect(page.locator(".bar h1")).to_have_text("तैयार")
