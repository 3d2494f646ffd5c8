"""Every state of the desk on one page, one after the other: for pictures, and for whoever looks for faults.

The walk goes by keys and classes, so that it is the same in every language of the page.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page, expect

from dialer.core.desk_events import OperatorPaused, OperatorReady, WrapUpDone
from dialer.core.model import RefusalReason, Refused
from dialer.core.picking import NotPicked, Pick
from dialer.core.rules import OFFICE_ZONE
from dialer.core.seats import (
    Consulting,
    DialOrdered,
    GuestCame,
    GuestLeft,
    HoldChanged,
    Offered,
    OfferEnded,
    PhoneBack,
    PhoneLost,
    Reserved,
)
from dialer.core.telephony_events import Joined, SeatLegUp
from dialer.store.operators import Operators
from dialer.totp import new_secret
from dialer.web.messages import GoingAway
from dialer.web.parts import PARTS
from tests.browser.desk_office import CAMPAIGNS, OFFICE, SECOND, THIRD, furnish_desk
from tests.browser.desk_page import desk_page
from tests.integration.desk_world import PASSWORD, World, running_world, settle
from tests.integration.paper_engine import ATTEMPT

SEAT: Final = 7
COLLEAGUE: Final = 12
PHONE: Final = (Path(__file__).parent / "paper_phone.js").read_text(encoding="utf-8")


@asynccontextmanager
async def furnished_desk(
    folder: Path, browser: Browser, language: str, **more: object
) -> AsyncIterator[tuple[World, Page]]:
    """An office with people and calls, and a page of its desk whose telephone is of paper."""
    async with running_world(folder, seat_check="required", who=OFFICE) as world:
        await furnish_desk(world)
        still = {"locale": f"{language}-IN", "reduced_motion": "reduce"}
        async with desk_page(world, browser, **still, **more) as page:
            await page.add_init_script(f"localStorage.setItem('sampark.language', '{language}')")
            phone = {"body": PHONE, "content_type": "text/javascript"}
            await page.route("**/assets/phone-*.js", lambda route: route.fulfill(**phone))
            yield world, page


async def states(world: World, page: Page) -> AsyncIterator[str]:
    """The name of each state while the page shows it."""
    for part in PARTS_OF_A_DAY:
        async for name in part(world, page):
            await page.evaluate("document.fonts.ready")
            yield name


async def _signing_in(world: World, page: Page) -> AsyncIterator[str]:
    engine = world.engine
    engine.nail_up(SEAT)
    await page.goto("/")
    await expect(page.locator(".sign-in form")).to_be_visible()
    yield "sign-in"
    await Operators(world.database).set_totp("guide", new_secret(), "test", world.clock.now)
    await _enter(page, "guide")
    await expect(page.locator("[name=code]")).to_be_focused()
    yield "second-factor"
    colleague = await world.seated("op02", SEAT)
    await page.reload()
    await _enter(page, "op01")
    await expect(page.locator(".refusal")).not_to_be_empty()
    yield "seat-taken"
    await page.locator(".sign-in .action").click()
    await _shows(page, ".desk.connecting.up")
    await colleague.http.close()
    yield "connecting"
    engine.heard_packets = 0
    engine.change(SeatLegUp(SEAT, f"seat-{SEAT:02d}-0", world.clock.now - 12))
    await _shows(page, ".seat-check .hint")
    yield "check"
    await page.keyboard.press("F2")
    await _shows(page, ".levels")
    await page.wait_for_timeout(600)  # until the meters show the beep
    yield "check-listening"
    await page.keyboard.press("F2")
    await _shows(page, ".seat-check .failed")
    yield "check-failed"
    engine.heard_packets = 150
    await page.keyboard.press("F2")
    await _shows(page, ".levels")
    await page.wait_for_timeout(1_200)  # the microphone beeps once a second
    await page.keyboard.press("F2")
    await expect(page.locator(".seat-check")).to_have_count(0)


async def _between_calls(world: World, page: Page) -> AsyncIterator[str]:
    engine, now = world.engine, world.clock.now
    await page.keyboard.press("F4")
    await _shows(page, "dialog")
    yield "break"
    await page.keyboard.press("Escape")
    engine.change(OperatorReady(SEAT, frozenset(CAMPAIGNS), now))
    engine.change(OperatorPaused(SEAT, "meal", now - 754))
    await _shows(page, ".own-callbacks li")
    yield "paused"
    await page.keyboard.press("t")
    await _shows(page, "dialog")
    yield "telephone"
    await page.keyboard.press("Escape")
    await page.evaluate("localStorage.setItem('paper.lacks_microphone', '1')")
    await page.reload()
    await _shows(page, ".telephone.no_microphone")
    await page.keyboard.press("t")
    await _shows(page, "dialog [role=alert]")
    yield "no-microphone"
    await page.evaluate("localStorage.removeItem('paper.lacks_microphone')")
    await page.reload()
    await _shows(page, ".mute")
    engine.change(PhoneLost(SEAT, now - 9))
    await _shows(page, ".desk.unreachable")
    yield "unreachable"
    engine.change(PhoneBack(SEAT, now))
    await page.context.set_offline(True)
    await _shows(page, ".trouble")
    yield "link-lost"
    await page.context.set_offline(False)
    await expect(page.locator(".trouble")).to_have_count(0, timeout=15_000)
    engine.change(OperatorReady(SEAT, frozenset(CAMPAIGNS), now - 38))
    await _shows(page, ".desk.ready .own-callbacks li")
    yield "ready"
    await page.keyboard.press("F3")
    await page.locator("dialog input").fill("98271 14512")
    yield "number"
    engine.picks = Pick(why=NotPicked.REFUSED, refused=Refused(RefusalReason.DAY_LIMIT, now + 50_000))
    await page.keyboard.press("Enter")
    await _shows(page, "dialog .refusal")
    yield "number-refused"
    await page.keyboard.press("Escape")


async def _before_the_call(world: World, page: Page) -> AsyncIterator[str]:
    engine, now = world.engine, world.clock.now
    engine.change(Offered(SEAT, SECOND, 1, now - 21))
    await expect(page.locator(".preview dl")).to_contain_text(re.compile("67 [^ ]"))
    yield "preview"
    engine.change(DialOrdered(SEAT, now - 6))
    await _shows(page, ".preview .record .hint")
    yield "dialling"
    engine.change(OfferEnded(SEAT, now))
    engine.change(Reserved(SEAT, ATTEMPT, 1, now))
    await _shows(page, ".desk.reserved")
    yield "reserved"


async def _in_a_call(world: World, page: Page) -> AsyncIterator[str]:
    engine, now = world.engine, world.clock.now
    engine.change(Joined(ATTEMPT, SEAT, f"seat-{SEAT:02d}-0", now - 4))
    await _shows(page, ".earlier li")
    await _shows(page, ".current")
    yield "call"
    await page.keyboard.press("1")
    await page.keyboard.type("7")
    await page.keyboard.press("Enter")
    await expect(page.locator(".given .saved")).to_have_count(2)
    yield "survey"
    await page.keyboard.press("i")
    await page.locator(".fact").last.scroll_into_view_if_needed()
    yield "facts"
    await page.keyboard.press("i")
    await page.keyboard.press("n")
    await page.keyboard.type("सिलेंडर दूर से लाना पड़ता है, गाँव में वितरण चाहती हैं।")
    await _shows(page, ".kept .saved")
    yield "notes"
    await page.keyboard.press("Escape")
    await page.keyboard.press("k")
    for key in "42":
        await page.keyboard.press(key)
    await expect(page.locator(".pressed")).to_have_text("42")
    yield "keys"
    await page.keyboard.press("Escape")
    await page.keyboard.press("F10")
    await _shows(page, ".asking")
    yield "help"
    await page.keyboard.press("F10")
    await expect(page.locator(".asking")).to_have_count(0)
    await page.keyboard.press("F9")
    await _shows(page, "dialog")
    yield "opt-out"
    await page.keyboard.press("Escape")
    await page.keyboard.press("F4")
    await page.keyboard.press("2")
    await _shows(page, ".drain")
    yield "drain"
    await page.keyboard.press("F2")
    await expect(page.locator(".drain")).to_have_count(0)
    await page.context.set_offline(True)
    await page.keyboard.press("q")
    await page.keyboard.press("2")
    await _shows(page, ".mark.waiting")
    await _shows(page, ".trouble")
    yield "link-lost-in-a-call"
    await page.context.set_offline(False)
    await expect(page.locator(".trouble")).to_have_count(0, timeout=15_000)


async def _handing_on(world: World, page: Page) -> AsyncIterator[str]:
    engine, now = world.engine, world.clock.now
    await page.keyboard.press("F7")
    await _shows(page, "dialog [role=status]")
    yield "hand-on-nobody"
    await page.keyboard.press("Escape")
    for number, username in enumerate(("op03", "op04")):
        colleague = await world.seated(username, COLLEAGUE + number)
        engine.change(OperatorReady(COLLEAGUE + number, frozenset(CAMPAIGNS), now))
        await colleague.http.close()
    await settle()
    await page.keyboard.press("F7")
    await _shows(page, "dialog .results .action >> nth=2")
    yield "hand-on"
    await page.keyboard.press("Escape")
    engine.change(HoldChanged(SEAT, True, now))
    await _shows(page, ".desk.held")
    yield "hold"
    await page.keyboard.press("F7")
    await _shows(page, "dialog .results .action >> nth=2")
    await page.keyboard.press("f")
    await _shows(page, "dialog [aria-pressed=true]")
    yield "hand-on-ask-first"
    await page.keyboard.press("Escape")
    engine.change(Consulting(SEAT, COLLEAGUE, now))
    await expect(page.locator(".call footer .action")).to_have_count(5)
    yield "asked-first"
    engine.change(HoldChanged(SEAT, False, now))
    await _shows(page, ".desk.talking")
    yield "three-way"
    engine.change(Consulting(SEAT, None, now))


async def _after_the_call(world: World, page: Page) -> AsyncIterator[str]:
    engine, now = world.engine, world.clock.now
    await page.keyboard.press("d")
    await page.keyboard.press("3")
    await _shows(page, "dialog")
    await page.keyboard.press("0")
    yield "callback"
    night = datetime.fromtimestamp(now, OFFICE_ZONE).replace(hour=23, minute=30)
    await page.locator("dialog [type=datetime-local]").fill(night.strftime("%Y-%m-%dT%H:%M"))
    await page.locator("dialog .own-time .action").click()
    await _shows(page, "dialog [role=alert]")
    yield "callback-refused"
    await page.keyboard.press("Escape")
    engine.person_hangs_up(SEAT, now - 6)
    await _shows(page, ".desk.wrap_up")
    await page.keyboard.press("2")
    await _shows(page, ".kept .saved")
    yield "wrap-up"
    engine.change(WrapUpDone(SEAT, now))
    engine.talk(SEAT, THIRD, now - 17)
    await _shows(page, ".desk.talking .current")
    yield "inbound"
    engine.person_hangs_up(SEAT, now)
    await _shows(page, ".desk.wrap_up")
    engine.change(WrapUpDone(SEAT, now - 5))
    await _shows(page, ".unfinished")
    yield "unfinished"
    await page.keyboard.press("9")
    await expect(page.locator(".unfinished")).to_have_count(0)
    engine.change(Reserved(SEAT, SECOND, 1, now))
    engine.change(GuestCame(SEAT, COLLEAGUE, now - 11))
    await _shows(page, ".desk.held .person")
    yield "being-asked"
    engine.change(GuestLeft(SEAT, now))


async def _elsewhere(world: World, page: Page) -> AsyncIterator[str]:
    second = await page.context.new_page()
    await second.goto("/desk")
    await _shows(page, ".between h2")
    yield "other-window"
    await second.close()
    await page.keyboard.press("Enter")
    await _shows(page, ".desk.up [aria-keyshortcuts=F4]")
    desks = world.server.app[PARTS].desks
    next(iter(desks._desks.values())).socket.put("going", lambda: GoingAway().model_dump_json())
    await _shows(page, ".line.restarting")
    yield "restarting"
    await page.reload()
    await _shows(page, ".desk.up")
    await world.desk().sign_in("op05", SEAT, take_over=True)
    await _shows(page, ".ended")
    yield "taken-over"


async def _enter(page: Page, username: str) -> None:
    await page.locator("[name=username]").fill(username)
    await page.locator("[name=password]").fill(PASSWORD)
    await page.locator("[name=seat]").fill(str(SEAT))
    await page.keyboard.press("Enter")


async def _shows(page: Page, selector: str) -> None:
    await expect(page.locator(selector).first).to_be_visible(timeout=15_000)


PARTS_OF_A_DAY: Final = (
    _signing_in, _between_calls, _before_the_call, _in_a_call, _handing_on, _after_the_call, _elsewhere,
)  # fmt: skip
