"""The results page in a real browser: it stays current, in both languages, under its strict policy."""

from __future__ import annotations

from playwright.async_api import BrowserContext, Page, expect

from tests.browser.conftest import Open
from tests.integration.desk_world import World
from tests.integration.survey_answers_world import NAME, START, Invented


async def opened(context: BrowserContext, url: str) -> tuple[Page, list[str]]:
    """A page and what its console complains of."""
    page, complaints = await context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    await page.goto(url)
    return page, complaints


async def test_new_answers_appear_while_the_page_is_open(world: World, signed_in: Open) -> None:
    people = Invented(first=1_000)
    people.crowd(90)
    await people.store(world.database)
    guide = await world.seated("guide", 2)
    context = await signed_in(world, guide)
    page, complaints = await opened(context, f"{world.url}/surveys/{NAME}?lang=en")
    funnel = page.locator("#chart-funnel .figure").first
    await expect(funnel).to_have_text("100 % / 90")
    await expect(page.locator("#state")).to_have_class("live")

    late = Invented(first=5_000)
    late.call(late.person(64), {"knows_pmjay": "yes"}, at=START + 9_000)
    await late.store_people(world.database)
    await expect(funnel).to_have_text("100 % / 91", timeout=15_000)
    assert complaints == [], "the policy forbids nothing that the page does"


async def test_hindi_and_english_show_the_same_figures(world: World, signed_in: Open) -> None:
    people = Invented(first=1_000)
    people.crowd(90)
    await people.store(world.database)
    context = await signed_in(world, await world.seated("guide", 2))
    page, complaints = await opened(context, f"{world.url}/surveys/{NAME}?lang=en")
    await expect(page.locator("h1")).to_have_text("Awareness of central-government schemes")
    figures = await page.locator(".figure").all_inner_texts()
    await page.get_by_role("link", name="हिन्दी").click()
    await expect(page.locator("h1")).to_have_text("केंद्र सरकार की योजनाओं की जानकारी")
    assert await page.locator(".figure").all_inner_texts() == figures
    await expect(page.locator(".map")).to_contain_text("अहिवारा")
    assert complaints == []


async def test_a_viewer_chooses_the_maps_question_and_leaves_out_marked_answers(
    world: World, signed_in: Open
) -> None:
    people = Invented(first=1_000)
    people.crowd(240)
    await people.store(world.database)
    context = await signed_in(world, await world.seated("guide", 2))
    page, complaints = await opened(context, f"{world.url}/surveys/{NAME}?lang=en")
    before = await page.locator(".tile title").first.text_content()
    await page.get_by_role("link", name="PMUY").click()
    assert await page.locator(".tile title").first.text_content() != before
    everybody = await page.locator("#chart-knows_pmuy .figure").first.inner_text()
    await page.get_by_role("link", name="Without marked answers").click()
    assert await page.locator("#chart-knows_pmuy .figure").first.inner_text() != everybody
    chosen = page.locator(".small [aria-current]")
    await expect(chosen).to_have_text("PMUY · knows_pmuy")
    assert complaints == []


async def test_the_page_says_when_the_daemon_is_away(world: World, signed_in: Open) -> None:
    await Invented(first=1_000).store(world.database)
    context = await signed_in(world, await world.seated("guide", 2))
    page, _complaints = await opened(context, f"{world.url}/surveys/{NAME}?lang=en")
    await expect(page.locator("#state")).to_have_text("live")
    await context.set_offline(True)
    await expect(page.locator("#state")).to_have_text("no connection, tried again", timeout=15_000)
    await context.set_offline(False)
    await expect(page.locator("#state")).to_have_text("live", timeout=15_000)


async def test_a_narrow_screen_needs_no_sideways_scrolling(world: World, signed_in: Open) -> None:
    people = Invented(first=1_000)
    people.crowd(60)
    await people.store(world.database)
    context = await signed_in(world, await world.seated("guide", 2))
    page, _complaints = await opened(context, f"{world.url}/surveys/{NAME}?lang=hi")
    await page.set_viewport_size({"width": 390, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
