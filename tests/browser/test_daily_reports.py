"""Daily reports in a browser: districts side by side, one of them, our own and what waits; by keys alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.axe import axe_faults
from tests.integration.desk_world import World
from tests.integration.report_day import DAY
from tests.integration.state_world import days_before, state_world
from tests.integration.war_room_world import signed_in

ANY = ("minor", "moderate", "serious", "critical")
DAY_BEFORE = days_before(DAY, 1)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[World]:
    """The state office."""
    async with state_world(tmp_path) as running:
        yield running


@pytest.fixture
async def page(office: World, browser: Browser) -> AsyncIterator[Page]:
    """The page of the head; it fails the test when the console complains."""
    desk = await signed_in(office, "head")
    context = await browser.new_context(base_url=office.url, viewport={"width": 1240, "height": 900})
    for one in desk.http.cookie_jar:
        await context.add_cookies([{"name": one.key, "value": one.value, "url": office.url}])
    opened, complaints = await context.new_page(), list[str]()
    opened.on("pageerror", lambda fault: complaints.append(str(fault)))
    opened.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
    yield opened
    assert complaints == []


@pytest.mark.parametrize("address", [
    "/warroom/reports", f"/warroom/reports/durg-{DAY}.1", f"/warroom/state/{DAY}",
    f"/warroom/state/reports/raipur-{DAY}.1",
])  # fmt: skip
async def test_axe_finds_nothing_in_either_language(page: Page, address: str) -> None:
    for language in ("hi", "en"):
        await page.goto(f"{address}?lang={language}")
        await expect(page.locator("html")).to_have_attribute("lang", language)
        assert await axe_faults(page, ANY) == []
        wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, "only tables scroll sideways"


async def test_the_state_is_read_by_keys_alone(page: Page) -> None:
    await page.goto("/warroom/state?lang=hi")
    await expect(page.locator("h1")).to_have_text("21.11.2026 को सभी ज़िले")
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator("h1")).to_have_text("20.11.2026 को सभी ज़िले")
    await expect(page.locator("#silent")).to_contain_text("सुकमा")
    await expect(page.locator("#districts tbody tr")).to_have_count(33)
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("h1")).to_contain_text("21.11.2026")
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator("h1")).to_contain_text("20.11.2026")
    raipur = page.get_by_role("link", name="रायपुर")
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await raipur.evaluate("link => link === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_contain_text("रायपुर")
    await page.keyboard.press("ArrowLeft")
    await expect(page).to_have_url(f"{page.url.partition('/warroom')[0]}/warroom/state/reports/"
                                   f"raipur-{DAY_BEFORE}.1?lang=hi")  # fmt: skip


async def test_a_day_is_chosen_and_its_trend_leads_on(page: Page) -> None:
    await page.goto("/warroom/state?lang=en")
    await page.get_by_label("Day", exact=True).fill(DAY)
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator("#chart-calls rect.tall")).to_have_count(29)
    await expect(page.locator("#chart-abandonment .limit")).to_have_count(1)
    await page.get_by_text("The same as a table").click()
    await page.locator("#trend").get_by_role("link", name="19.11.2026").click()
    await expect(page.locator("#reported")).to_contain_text("33 of 33")


async def test_a_report_is_downloaded_and_what_waits_is_seen(page: Page) -> None:
    await page.goto("/warroom/reports?lang=en")
    await expect(page.locator("#waiting tbody tr")).to_have_count(2)
    await expect(page.locator("#waiting")).to_contain_text("does not answer")
    async with page.expect_download() as coming:
        await page.locator("#reports tbody tr").first.get_by_role("link", name="PDF, हिन्दी").click()
    download = await coming.value
    assert download.suggested_filename == f"durg-{DAY}.1-hi.pdf"
    await page.get_by_role("link", name=f"durg-{DAY}.1", exact=True).first.click()
    await expect(page.locator("#calls")).to_contain_text("calls placed")
