"""The operator's desk in a browser: sign-in, states, keys, a call from the pop to the next person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest
from playwright.async_api import Browser, Page, expect

from dialer.core.desk_events import OperatorDials, OperatorReady, OperatorSkips, WrapUpDone
from dialer.core.live import SeatState
from dialer.core.model import RefusalReason, Refused
from dialer.core.picking import NotPicked, Pick
from dialer.core.seats import DialOrdered, Offered, OfferEnded
from dialer.store.operators import Operators
from dialer.store.port import AnswerGiven, DispositionGiven, OptedOut
from dialer.totp import new_secret
from tests.browser.desk_page import desk_page, go_ready, sign_in
from tests.integration.desk_world import PASSWORD, World, running_world, until
from tests.integration.paper_engine import ATTEMPT, campaign_live, context


@pytest.fixture
async def page(world: World, browser: Browser) -> AsyncIterator[Page]:
    async with desk_page(world, browser) as opened:
        yield opened


async def test_signing_in_leads_to_the_desk_and_a_wrong_password_says_what_to_do(page: Page) -> None:
    await page.goto("/")
    await page.get_by_label("उपयोगकर्ता नाम").fill("op01")
    await page.get_by_label("पासवर्ड").fill("wrong")
    await page.get_by_label("सीट").fill("1")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("पासवर्ड")
    await sign_in(page)
    assert page.url.endswith("/desk")
    await page.keyboard.press("g")
    await expect(page.locator(".bar h1")).to_have_text("On a break")


async def test_a_supervisor_with_a_second_factor_is_asked_for_the_code(world: World, page: Page) -> None:
    secret = new_secret()
    await Operators(world.database).set_totp("guide", secret, "test", world.clock.now)
    await page.goto("/")
    await page.get_by_label("उपयोगकर्ता नाम").fill("guide")
    await page.get_by_label("पासवर्ड").fill(PASSWORD)
    await page.get_by_label("सीट").fill("1")
    await expect(page.get_by_label("आपके ऐप का कोड")).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("छह अंक")
    await expect(page.get_by_label("आपके ऐप का कोड")).to_be_focused()
    code = pyotp.TOTP(secret).at(int(world.clock.now))
    await page.keyboard.type(f"{code[:3]} {code[3:]}")
    await page.keyboard.press("Enter")
    await expect(page.locator(".bar h1")).to_have_text("विराम पर")


async def test_a_seat_that_is_taken_is_taken_over_openly(world: World, page: Page, browser: Browser) -> None:
    async with desk_page(world, browser) as other:
        await sign_in(other, "op02", 1)
        await page.goto("/sign-in")
        await page.get_by_label("उपयोगकर्ता नाम").fill("op01")
        await page.get_by_label("पासवर्ड").fill(PASSWORD)
        await page.get_by_label("सीट").fill("1")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("op02 नाम")
        await page.get_by_role("button", name="यह सीट ले लें").click()
        await expect(page.locator(".bar h1")).to_have_text("विराम पर")
        await expect(other.locator(".ended")).to_contain_text("कहीं और")


async def test_a_call_from_the_pop_to_the_next_person(world: World, page: Page) -> None:
    await sign_in(page)
    await go_ready(page)
    world.engine.talk(1)
    await expect(page.locator(".name")).to_have_text("सीता साहू")
    await expect(page.locator(".person")).to_contain_text("पाटन")
    await expect(page.locator(".current")).to_contain_text("उज्ज्वला")
    await page.keyboard.press("2")
    await until(lambda: _answers(world) == [("ujjwala", "heard")])
    await page.keyboard.type("4")
    await page.keyboard.type("1")
    await page.keyboard.press("Enter")
    await until(lambda: _answers(world)[-1] == ("age", "41"))
    await page.keyboard.press("n")
    await page.keyboard.type("sister wants it too")
    await page.keyboard.press("Escape")
    await page.keyboard.press("F8")
    await expect(page.locator(".bar h1")).to_have_text("कॉल के बाद")
    await page.keyboard.press("2")
    await until(lambda: _results(world)[-1:] == [("answered_survey", "sister wants it too")])
    await page.keyboard.press("Enter")
    await expect(page.locator(".bar h1")).to_have_text("तैयार")


async def test_an_opt_out_is_one_key_and_a_yes(world: World, page: Page) -> None:
    await sign_in(page)
    await go_ready(page)
    world.engine.talk(1)
    await expect(page.locator(".name")).to_be_visible()
    await page.keyboard.press("F9")
    await expect(page.get_by_role("dialog")).to_contain_text("सीता साहू")
    await page.keyboard.press("Escape")
    assert not [fact for fact in world.engine.facts if isinstance(fact, OptedOut)]
    await page.keyboard.press("F9")
    await page.keyboard.press("Enter")
    await until(lambda: [fact.phone for fact in world.engine.facts if isinstance(fact, OptedOut)] != [])
    await expect(page.locator(".opted-out")).to_contain_text("सहेजा गया")


async def test_a_break_after_the_call_is_asked_for_and_taken_back(world: World, page: Page) -> None:
    await sign_in(page)
    await go_ready(page)
    world.engine.talk(1)
    await expect(page.locator(".name")).to_be_visible()
    await page.keyboard.press("F4")
    await page.keyboard.press("2")
    await expect(page.locator(".drain")).to_be_visible()
    await page.keyboard.press("F2")
    await expect(page.locator(".drain")).to_have_count(0)
    assert isinstance(world.engine.events[-1], OperatorReady)


async def test_a_reload_in_mid_call_loses_nothing(world: World, page: Page) -> None:
    await sign_in(page)
    await go_ready(page)
    world.engine.talk(1)
    await expect(page.locator(".current")).to_be_visible()
    await page.keyboard.press("n")
    await page.keyboard.type("half a sentence")
    await page.keyboard.press("Escape")
    await page.keyboard.press("1")
    await until(lambda: _answers(world) == [("ujjwala", "used")])
    world.engine.contexts[ATTEMPT] = context(answers={"ujjwala": "used"})  # as the store tells it again
    await page.reload()
    await expect(page.locator(".name")).to_have_text("सीता साहू")
    await expect(page.locator("#notes")).to_have_value("half a sentence")
    await expect(page.locator(".given").first).to_contain_text("लाभ लिया है")
    assert world.engine.seat(1).state is SeatState.TALKING


async def test_what_is_recorded_while_the_line_is_cut_arrives_later(world: World, page: Page) -> None:
    await sign_in(page)
    await go_ready(page)
    world.engine.talk(1)
    await expect(page.locator(".current")).to_be_visible()
    await page.context.set_offline(True)
    await page.keyboard.press("1")
    await expect(page.locator(".mark.waiting")).to_be_visible()
    await expect(page.locator(".trouble")).to_contain_text("सम्पर्क टूट गया")
    assert _answers(world) == []
    await page.context.set_offline(False)
    await until(lambda: _answers(world) == [("ujjwala", "used")], 15)
    await expect(page.locator(".trouble")).to_have_count(0, timeout=15_000)
    await expect(page.locator(".mark.waiting")).to_have_count(0)


async def test_a_busy_store_is_asked_again_until_it_has_the_answer(world: World, page: Page) -> None:
    await sign_in(page)
    await go_ready(page)
    world.engine.talk(1)
    await expect(page.locator(".current")).to_be_visible()
    world.engine.busy = True
    await page.keyboard.press("1")
    await expect(page.locator(".mark.waiting")).to_be_visible()
    world.engine.busy = False
    await until(lambda: _answers(world) == [("ujjwala", "used")])


async def test_a_call_that_ended_without_a_result_is_asked_for_later(world: World, page: Page) -> None:
    await sign_in(page)
    await go_ready(page)
    world.engine.talk(1)
    await expect(page.locator(".name")).to_be_visible()
    world.engine.person_hangs_up(1)
    await expect(page.locator(".bar h1")).to_have_text("कॉल के बाद")
    await page.keyboard.press("Enter")
    await expect(page.locator(".notice")).to_contain_text("नतीजा")
    world.engine.change(WrapUpDone(1, 0.0))
    await expect(page.locator(".unfinished")).to_contain_text("सीता साहू")
    await page.keyboard.press("9")
    await until(lambda: _results(world) == [("dropped", "")])
    await expect(page.locator(".unfinished")).to_have_count(0)


async def test_another_window_takes_the_desk_and_gives_it_back(page: Page) -> None:
    await sign_in(page)
    second = await page.context.new_page()
    await second.goto("/desk")
    await expect(second.locator(".bar h1")).to_have_text("विराम पर")
    await expect(page.locator(".between h2")).to_contain_text("दूसरी विंडो")
    await page.keyboard.press("Enter")
    await expect(second.locator(".between h2")).to_contain_text("दूसरी विंडो")


async def test_nothing_scrolls_on_a_laptop(world: World, page: Page) -> None:
    await sign_in(page)
    assert await _overflow(page) == 0
    await go_ready(page)
    world.engine.talk(1)
    await expect(page.locator(".name")).to_be_visible()
    assert await _overflow(page) == 0


async def _overflow(page: Page) -> int:
    return int(
        await page.evaluate(
            "Math.max(document.documentElement.scrollHeight - innerHeight, "
            "document.documentElement.scrollWidth - innerWidth)"
        )
    )


def _answers(world: World) -> list[tuple[str, str]]:
    return [(fact.question, fact.value) for fact in world.engine.facts if isinstance(fact, AnswerGiven)]


def _results(world: World) -> list[tuple[str, str]]:
    return [
        (fact.code, fact.notes)
        for fact in world.engine.facts
        if isinstance(fact, DispositionGiven) and fact.attempt_id == ATTEMPT
    ]


async def test_the_telephone_is_checked_before_the_first_person(
    tmp_path: Path, browser: Browser
) -> None:
    async with running_world(tmp_path, seat_check="required") as world, desk_page(world, browser) as page:
        world.engine.heard_packets = 0
        await sign_in(page)
        await page.keyboard.press("T")
        await page.keyboard.press("2")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="तैयार")).to_have_count(0)
        await page.keyboard.press("F2")
        await expect(page.locator(".seat-check")).to_contain_text("कुछ शब्द बोलें")
        await page.keyboard.press("F2")
        await expect(page.get_by_role("alert")).to_contain_text("आपकी आवाज़ नहीं पहुँच रही")
        world.engine.heard_packets = 150
        await page.keyboard.press("F2")
        await expect(page.locator(".seat-check")).to_contain_text("कुछ शब्द बोलें")
        await page.keyboard.press("F2")
        await expect(page.locator(".seat-check")).to_have_count(0)
        await go_ready(page)
        await page.reload()
        await expect(page.locator(".bar h1")).to_have_text("तैयार")


async def test_a_person_is_seen_before_the_call(world: World, page: Page) -> None:
    await sign_in(page)
    await go_ready(page)
    world.engine.change(Offered(1, ATTEMPT, 1, world.clock()))
    await expect(page.locator(".bar h1")).to_have_text("अगला व्यक्ति")
    await expect(page.locator(".name")).to_have_text("सीता साहू")
    await expect(page.get_by_role("button", name="आज बाद में")).to_be_visible()
    await page.keyboard.press("F2")
    await until(lambda: any(isinstance(event, OperatorDials) for event in world.engine.events))
    world.engine.change(DialOrdered(1, world.clock()))
    await expect(page.locator(".preview .hint")).to_contain_text("सीता साहू को फ़ोन लग रहा है")
    world.engine.change(OfferEnded(1, world.clock()))
    await expect(page.locator(".bar h1")).to_have_text("तैयार")
    await expect(page.locator(".unfinished")).to_have_count(0)
    world.engine.change(Offered(1, ATTEMPT, 1, world.clock()))
    await expect(page.locator(".bar h1")).to_have_text("अगला व्यक्ति")
    await page.keyboard.press("3")
    await until(lambda: isinstance(world.engine.events[-1], OperatorSkips))
    assert world.engine.events[-1].reason == "unsuitable"


async def test_a_number_is_typed_and_the_person_is_seen_before_the_call(world: World, page: Page) -> None:
    world.engine.campaigns = [replace(campaign_live(1), mode="manual")]
    await sign_in(page)
    await expect(page.get_by_role("button", name="नंबर से फ़ोन करें")).to_have_count(0)
    await go_ready(page)
    await expect(page.locator(".hint")).to_contain_text("नंबर से ढूँढें")
    await page.keyboard.press("F3")
    await expect(page.get_by_label("फ़ोन नंबर")).to_be_focused()
    day_limit = Refused(RefusalReason.DAY_LIMIT, world.clock.now + 3600)
    world.engine.picks = Pick(why=NotPicked.REFUSED, refused=day_limit)
    await page.keyboard.type("98765 43210")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("दिन के प्रयास पूरे")
    assert await _overflow(page) == 0
    world.engine.picks = Pick(ATTEMPT)
    await page.keyboard.press("Enter")
    await expect(page.locator(".name")).to_have_text("सीता साहू")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert world.engine.asked_for == [(1, "+919876543210")] * 2
    await page.keyboard.press("F2")
    await until(lambda: any(isinstance(event, OperatorDials) for event in world.engine.events))


async def test_who_answers_while_a_number_is_typed_comes_first_and_the_number_is_kept(
    world: World, page: Page
) -> None:
    world.engine.campaigns = [campaign_live(1), replace(campaign_live(2), mode="manual")]
    await sign_in(page)
    await go_ready(page)
    await page.keyboard.press("F3")
    await page.keyboard.type("98765")
    world.engine.talk(1)
    await expect(page.locator(".current")).to_be_visible()
    await page.keyboard.press("2")
    await until(lambda: _answers(world) == [("ujjwala", "heard")])
    world.engine.person_hangs_up(1)
    await expect(page.locator(".bar h1")).to_have_text("कॉल के बाद")
    await page.keyboard.press("1")
    await until(lambda: len(_results(world)) == 1)
    await page.keyboard.press("Enter")
    await expect(page.locator(".bar h1")).to_have_text("तैयार")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("F3")
    await expect(page.get_by_label("फ़ोन नंबर")).to_have_value("98765")
