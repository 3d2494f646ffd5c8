"""The desk for those who see badly, who hear it read, and for several at once."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, expect

from dialer.store.port import AnswerGiven
from tests.browser.axe import axe_faults
from tests.browser.desk_page import desk_page, go_ready, sign_in
from tests.browser.desk_states import furnished_desk, states
from tests.integration.desk_world import World, until
from tests.integration.paper_engine import context

ZOOMED = {"viewport": {"width": 683, "height": 384}, "device_scale_factor": 2}
"""What is left of a laptop's screen at 200 %."""


async def test_axe_finds_nothing_serious_in_any_state(tmp_path: Path, browser: Browser) -> None:
    faults = []
    async with furnished_desk(tmp_path, browser, "hi") as (world, page):
        async for state in states(world, page):
            found = await axe_faults(page)
            await page.emulate_media(color_scheme="dark")
            found += await axe_faults(page, rules=["color-contrast"])
            await page.emulate_media(color_scheme="light")
            faults += [f"{state}: {fault}" for fault in found]
    assert faults == []


async def test_at_twice_the_size_nothing_is_cut_off(world: World, browser: Browser) -> None:
    async with desk_page(world, browser, **ZOOMED) as page:
        await sign_in(page)
        await go_ready(page)
        world.engine.talk(1)
        await expect(page.locator(".name")).to_be_visible()
        wider = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0
        hang_up = page.get_by_role("button", name="फ़ोन काटें")
        await expect(hang_up).to_be_in_viewport()
        await page.locator("#notes").scroll_into_view_if_needed()
        await expect(page.locator("#notes")).to_be_in_viewport()
        await expect(hang_up).to_be_in_viewport()


async def test_three_desks_at_once_each_have_their_own_person(world: World, browser: Browser) -> None:
    people = {1: "रानी वर्मा", 2: "मोहन लाल", 3: "सीता साहू"}
    for seat, name in people.items():
        attempt = f"a{seat:024d}"
        world.engine.contexts[attempt] = context(attempt, name=name, contact_id=seat)
    async with (
        desk_page(world, browser) as first,
        desk_page(world, browser) as second,
        desk_page(world, browser) as third,
    ):
        pages = {1: first, 2: second, 3: third}
        for seat, page in pages.items():
            await sign_in(page, f"op{seat:02d}", seat)
            await go_ready(page)
        for seat in pages:
            world.engine.talk(seat, f"a{seat:024d}")
        for seat, page in pages.items():
            await expect(page.locator(".name")).to_have_text(people[seat])
        await first.keyboard.press("1")
        await third.keyboard.press("2")
        await until(lambda: _answers(world) == {f"a{1:024d}": "used", f"a{3:024d}": "heard"})
        await expect(second.locator(".given")).to_have_count(0)


def _answers(world: World) -> dict[str, str]:
    return {fact.attempt_id: fact.value for fact in world.engine.facts if isinstance(fact, AnswerGiven)}
