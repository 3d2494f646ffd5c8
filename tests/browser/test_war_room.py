"""The war room in a browser: search by keys, card, edit, import, undo, map, campaign, print."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from sqlalchemy import Connection, func, insert, select

from db.models import Attempt, Campaign, Contact
from dialer.warroom.tallies import refresh
from tests.browser.axe import axe_faults
from tests.integration.desk_world import PASSWORD, World
from tests.integration.war_room_world import NOW, signed_in, war_room_world

PEOPLE = "नाम,मोबाइल,पद,विधानसभा,बूथ\nरानी वर्मा,9876512345,कार्यकर्ता,62,2\nमीना साहू,9876512346,कार्यकर्ता,62,3\n"
FAULTY = "नाम,मोबाइल,पद,विधानसभा,बूथ\nरानी वर्मा,12345,कार्यकर्ता,62,99\n"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[World]:
    """With few booths, so that a test is quick."""
    async with war_room_world(tmp_path, booths=5, workers=50) as running:
        running.clock.now = NOW
        yield running


@pytest.fixture
async def page(room: World, browser: Browser) -> AsyncIterator[Page]:
    """An editor's page; it fails the test when the console complains."""
    desk = await signed_in(room, "editor")
    context: BrowserContext = await browser.new_context(
        base_url=room.url, viewport={"width": 1240, "height": 900}
    )
    for one in desk.http.cookie_jar:
        await context.add_cookies([{"name": one.key, "value": one.value, "url": room.url}])
    opened, complaints = await context.new_page(), list[str]()
    opened.on("pageerror", lambda fault: complaints.append(str(fault)))
    opened.on(
        "console", lambda told: complaints.append(told.text) if "Content Security" in told.text else None
    )
    yield opened
    assert complaints == []


async def test_a_stranger_signs_in_and_lands_where_he_wanted_to_go(room: World, browser: Browser) -> None:
    page = await (await browser.new_context(base_url=room.url)).new_page()
    await page.goto("/warroom/64?lang=en")
    await page.get_by_label("उपयोगकर्ता नाम").fill("reader")
    await page.get_by_label("पासवर्ड").fill(PASSWORD)
    await page.get_by_role("button", name="साइन इन करें").click()
    await expect(page.locator("h1")).to_contain_text("Durg Shahar")


@pytest.mark.parametrize("typed", ["पाट", "paa"])
async def test_three_letters_and_enter_open_the_card(page: Page, typed: str) -> None:
    await page.goto("/warroom?lang=hi")
    await expect(page.locator("#search")).to_be_focused()
    await page.keyboard.type(typed)
    await expect(page.locator("#hits li").first).to_contain_text("पाटन")
    assert await axe_faults(page) == []
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_contain_text("62 पाटन")


async def test_the_map_is_coloured_and_leads_to_the_card(page: Page) -> None:
    await page.goto("/warroom?lang=en")
    await expect(page.locator(".tile")).to_have_count(6)
    before = await page.locator(".tile[data-number='62']").get_attribute("fill-opacity")
    await page.get_by_role("link", name="Margin").click()
    await expect(page.locator(".tile[data-number='62']")).not_to_have_attribute("fill-opacity", before or "")
    await page.locator(".map a[aria-label='Patan']").click()
    await expect(page.locator("h1")).to_contain_text("62 Patan")


async def test_the_card_shows_results_conflicts_people_and_calls(page: Page, room: World) -> None:
    await page.clock.install()
    await page.goto("/warroom/62?lang=en")
    await expect(page.locator("#results .bar-winner")).to_have_count(4)
    await expect(page.locator("#results tbody tr").first).to_contain_text("95,438")
    hint = await page.locator("#results abbr.disputed").first.get_attribute("title")
    assert hint and "≠" in hint
    await page.get_by_text("Sources disagree on").click()
    await expect(page.locator("#disputed")).to_contain_text("really the roll of 2018")
    await expect(page.locator("#heard")).to_contain_text("Awareness of schemes")
    await expect(page.locator("#holders tbody tr")).to_have_count(46)
    await page.get_by_role("button", name="Show more").click()
    await expect(page.locator("#holders tbody tr")).to_have_count(56)
    await page.locator("#filter [name=booth]").fill("2")
    await page.locator("#filter button").click()
    await expect(page.locator("#holders tbody tr")).to_have_count(10)
    said = page.locator("#heard tbody tr").first.locator("td").first
    before = int((await said.inner_text()).replace(",", ""))
    await room.database.transact(_another_call)
    await refresh(room.database, NOW)
    await page.clock.run_for(11_000)
    await expect(said).to_have_text(str(before + 1))
    await expect(page.locator("#calls-tile b")).to_have_text(str(before + 1))


def _another_call(connection: Connection) -> None:
    of_patan = select(func.min(Contact.id)).where(Contact.constituency == 62)
    connection.execute(insert(Attempt).values(
        id="a2" + "0" * 23, campaign_id=1, contact_id=connection.scalar(of_patan), number_of_attempt=2,
        trunk="carrier", claimed_at=NOW - 60, ended_at=NOW - 30, outcome="busy"))  # fmt: skip


async def test_all_rows_are_there_for_keys_and_for_print(page: Page) -> None:
    await page.goto("/warroom/62?lang=en")
    await page.locator("#booths summary").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#booths tbody tr")).to_have_count(5)
    await expect(page.locator("#booths tbody tr").last).to_be_visible()
    await expect(page.get_by_role("row")).not_to_have_count(0)
    await page.add_init_script("addEventListener('load', (event) => event.stopImmediatePropagation())")
    await page.goto("/warroom/62?lang=en")
    await expect(page.locator("#holders tbody tr")).to_have_count(12)
    await page.evaluate("dispatchEvent(new Event('beforeprint'))")
    await expect(page.locator("#holders tbody tr")).to_have_count(46)
    await expect(page.locator("script[data-rows]")).to_have_count(0)
    await page.emulate_media(media="print")
    shown = "section => section.checkVisibility({contentVisibilityAuto: true})"
    assert await page.locator("#card section").evaluate_all(f"all => all.map({shown}).every(Boolean)")


async def test_a_number_is_shown_a_fact_corrected_a_note_written(page: Page) -> None:
    await page.goto("/warroom/62?lang=en")
    first = page.locator("#holders .phone").first
    await expect(first).to_contain_text("••••")
    await first.get_by_role("button").click()
    await expect(first).to_contain_text("+919700")
    answers = iter(("2,18,000", "final roll"))
    page.on("dialog", lambda dialog: dialog.accept(next(answers)))
    await page.locator("#electors [data-correct]").first.click()
    await expect(page.locator(".tiles b").first).to_contain_text("2,18,000")
    await page.locator("#note textarea").fill("मंडल की बैठक रविवार को")
    await page.locator("#note button").click()
    await expect(page.locator("#notes li").first).to_contain_text("रविवार")


async def test_a_person_is_edited_in_place_and_a_wrong_number_is_refused(page: Page) -> None:
    await page.goto("/warroom/people/1?lang=en")
    form = page.locator("#edit")
    await form.locator("[name=phone]").fill("123")
    await form.locator("[name=source]").fill("her own word")
    await form.locator("button").click()
    await expect(page.locator("#said.wrong")).to_contain_text("phone")
    await form.locator("[name=phone]").fill("98765 43210")
    await form.locator("button").click()
    await expect(page.locator("#changes")).to_contain_text("her own word")
    await expect(page.locator("#reach")).to_contain_text("3210")
    await page.get_by_text("Give a post").click()
    given = page.locator("#give-post")
    for field, text in (("title", "बूथ अध्यक्ष"), ("place", "2"), ("source", "letter")):
        await given.locator(f"[name={field}]").fill(text)
    await given.locator("button").click()
    await expect(page.locator("#person")).to_contain_text("Booth 2")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.locator("[data-take-back]").first.click()
    await expect(page.locator("#person")).not_to_contain_text("Booth 2")


async def test_an_import_is_previewed_stored_and_taken_back(page: Page, tmp_path: Path) -> None:
    await page.goto("/warroom/import?lang=en")
    await page.locator("[name=kind]").select_option("people")
    await page.locator("[name=source]").fill("membership list")
    for text, name in ((FAULTY, "faulty.csv"), (PEOPLE, "people.csv")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        await page.locator("[name=file]").set_input_files(tmp_path / name)
        await page.get_by_role("button", name="Look at it").click()
        if text is FAULTY:
            await expect(page.locator("#faults tbody tr")).to_have_count(2)
            await expect(page.locator("#store")).to_have_count(0)
    await expect(page.locator("#count-added")).to_have_text("4")
    await expect(page.locator("#added tbody tr")).to_have_count(4)
    async with page.expect_download() as started:
        await page.get_by_role("button", name="All differences as CSV").click()
    assert (await started.value).suggested_filename == "differences.csv"
    assert await axe_faults(page) == []
    await expect(page.locator("#columns select").first).to_have_value("name")
    await page.get_by_role("button", name="Store all of it").click()
    await expect(page.locator("#imports tbody tr").first).to_contain_text("people.csv")
    page.on("dialog", lambda dialog: dialog.accept())
    await page.locator("#imports tbody tr").first.get_by_role("button").click()
    await expect(page.locator("#imports tbody tr").first).to_contain_text("taken back")


async def test_a_campaign_is_made_from_the_card(page: Page, room: World) -> None:
    await page.goto("/warroom/62?lang=en")
    await page.locator("#filter [name=booth]").fill("1")
    await page.locator("#filter button").click()
    await expect(page.locator("#holders tbody tr")).to_have_count(10)
    await page.locator("#all").check()
    await page.get_by_text("Act: assign").click()
    form = page.locator("#campaign")
    await form.locator("[name=name]").fill("booth 1")
    await form.locator("[name=purpose]").fill("organisation")
    await form.locator("[name=consent]").fill("members")
    await form.locator("[name=how][value=operators]").check()
    await form.locator("button").click()
    await expect(page.locator("#said")).to_contain_text("a draft with 10 people")
    (made,) = await room.rows(select(Campaign).where(Campaign.name == "booth 1"))
    assert made.state == "draft"


async def test_the_card_prints_to_one_page_in_each_language(page: Page) -> None:
    await page.goto("/warroom/62?lang=en")
    for language in ("hi", "en"):
        reply = await page.request.get(f"/warroom/62/card.pdf?lang={language}")
        document = await reply.body()
        assert document.startswith(b"%PDF") and pages_of(document) == 1, language


def pages_of(document: bytes) -> int:
    """How many pages a PDF has, whose objects are compressed."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", document, re.DOTALL)
    count = 0
    for stream in streams:
        with suppress(zlib.error):
            count += len(re.findall(rb"/Type\s*/Page\b", zlib.decompress(stream)))
    return count
