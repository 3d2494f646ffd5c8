"""Hold, keys, handing on, calling back: what the desk offers, which keys do it, what the server hears."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
from playwright.async_api import Browser, Page, expect

from dialer.core.desk_events import (
    OperatorConsults,
    OperatorGathers,
    OperatorHolds,
    OperatorLeaves,
    OperatorResumes,
    OperatorSendsDigits,
    OperatorSendsToSurvey,
    OperatorTransfers,
)
from dialer.core.rules import OFFICE_ZONE
from dialer.core.seats import Consulting, HoldChanged
from dialer.store.port import CallbackAgreed
from tests.browser.desk_page import desk_page, go_ready, sign_in
from tests.integration.desk_world import World, settle, until
from tests.integration.paper_engine import ATTEMPT


@pytest.fixture
async def page(world: World, browser: Browser) -> AsyncIterator[Page]:
    """An operator in a call."""
    async with desk_page(world, browser) as opened:
        await sign_in(opened)
        await go_ready(opened)
        world.engine.talk(1)
        await expect(opened.locator(".name")).to_have_text("सीता साहू")
        yield opened


async def test_hold_is_shown_when_asterisk_says_so(world: World, page: Page) -> None:
    await page.keyboard.press("F6")
    await until(lambda: isinstance(world.engine.events[-1], OperatorHolds))
    await expect(page.locator(".bar h1")).to_have_text("बात चल रही है")
    world.engine.change(HoldChanged(1, True, 1.0))
    await expect(page.locator(".bar h1")).to_have_text("रोककर रखा है")
    await page.reload()
    await expect(page.locator(".name")).to_be_visible()
    await expect(page.locator(".bar h1")).to_have_text("रोककर रखा है")
    await page.keyboard.press("F6")
    await until(lambda: isinstance(world.engine.events[-1], OperatorResumes))


async def test_keys_sound_one_by_one_and_not_while_notes_are_written(world: World, page: Page) -> None:
    await page.keyboard.press("k")
    for key in ("Digit4", "NumpadDivide"):
        await page.keyboard.press(key)
    await expect(page.locator(".pressed")).to_have_text("4#")
    sent = [event.digits for event in world.engine.events if isinstance(event, OperatorSendsDigits)]
    assert sent == ["4", "#"]
    await page.keyboard.press("Escape")
    await page.keyboard.press("n")
    await page.keyboard.type("k4")
    await expect(page.locator("#notes")).to_have_value("k4")


async def test_a_colleague_who_is_ready_is_one_key_away(world: World, page: Page) -> None:
    colleague = await world.seated("op02", 2)
    await page.keyboard.press("F7")
    await expect(page.get_by_role("dialog")).to_contain_text("अभी कोई साथी तैयार नहीं है")
    await page.keyboard.press("Escape")
    await colleague.post("/api/v1/desk/ready", {})
    await settle()
    await page.keyboard.press("F7")
    await expect(page.get_by_role("dialog")).to_contain_text("op02 नाम")
    await page.keyboard.press("1")
    await until(lambda: isinstance(world.engine.events[-1], OperatorTransfers))
    assert world.engine.events[-1].to == 2
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_the_survey_by_keypad_is_offered_when_there_is_one(world: World, page: Page) -> None:
    await page.keyboard.press("F7")
    await expect(page.get_by_role("dialog")).to_contain_text("बटन वाला सर्वेक्षण")
    await page.keyboard.press("s")
    await until(lambda: isinstance(world.engine.events[-1], OperatorSendsToSurvey))


async def test_nothing_scrolls_on_a_small_laptop(page: Page) -> None:
    for key in ("F7", "k"):
        await page.keyboard.press(key)
        await expect(page.get_by_role("dialog")).to_be_visible()
        page_height = await page.evaluate("document.documentElement.scrollHeight")
        hidden = await page.locator("dialog").evaluate("(one) => one.scrollHeight - one.clientHeight")
        assert page_height <= 768 and hidden <= 0
        await page.keyboard.press("Escape")


async def test_calling_back_needs_a_time_and_says_so_when_it_is_at_night(world: World, page: Page) -> None:
    await page.keyboard.press("d")
    await page.keyboard.press("3")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("सीता साहू को दोबारा फ़ोन कब करें?")
    await page.keyboard.press("0")
    await expect(page.get_by_role("button", name="मुझसे ही")).to_have_attribute("aria-pressed", "true")
    tomorrow = datetime.fromtimestamp(world.clock() + 86_400, OFFICE_ZONE)
    await page.get_by_label("कोई और समय").fill(tomorrow.strftime("%Y-%m-%dT23:30"))
    await page.get_by_role("button", name="यह समय रखें").click()
    await expect(page.get_by_role("alert")).to_contain_text("अगला संभव समय")
    await page.get_by_label("कोई और समय").fill(tomorrow.strftime("%Y-%m-%dT11:00"))
    await page.get_by_role("button", name="यह समय रखें").click()
    await expect(dialog).to_have_count(0)
    await expect(page.locator(".record")).to_contain_text("दोबारा फ़ोन:")
    [agreed] = [fact for fact in world.engine.facts if isinstance(fact, CallbackAgreed)]
    assert (agreed.attempt_id, agreed.operator_id) == (ATTEMPT, world.engine.seat(1).operator_id)


async def test_help_is_called_and_no_more_by_one_key(world: World, page: Page) -> None:
    await page.keyboard.press("F10")
    await expect(page.get_by_role("button", name="सुपरवाइज़र को बुलाया है")).to_be_visible()
    assert world.engine.seat(1).asks_help
    await page.keyboard.press("F10")
    await expect(page.get_by_role("button", name="मदद", exact=False)).to_be_visible()
    await until(lambda: not world.engine.seat(1).asks_help)


async def test_a_colleague_is_asked_first_and_the_band_says_who_talks(world: World, page: Page) -> None:
    colleague = await world.seated("op02", 2)
    await colleague.post("/api/v1/desk/ready", {})
    await settle()
    world.engine.change(HoldChanged(1, True, 1.0))
    await expect(page.locator(".bar h1")).to_have_text("रोककर रखा है")
    await page.keyboard.press("F7")
    await expect(page.get_by_role("dialog")).to_contain_text("पहले पूछें")
    await page.keyboard.press("f")
    await page.keyboard.press("1")
    await until(lambda: isinstance(world.engine.events[-1], OperatorConsults))
    world.engine.change(Consulting(1, 2, 1.0))
    await expect(page.locator(".bar h1")).to_have_text("रुके हैं; सीट 2 से बात")
    await page.keyboard.press("j")
    await until(lambda: isinstance(world.engine.events[-1], OperatorGathers))
    world.engine.change(HoldChanged(1, False, 1.0))
    await expect(page.locator(".bar h1")).to_have_text("तीनों की बात; सीट 2")
    await page.keyboard.press("F7")
    await until(lambda: isinstance(world.engine.events[-1], OperatorLeaves))
