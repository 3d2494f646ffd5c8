"""A desk with the browser's own telephone on a real line: what a test does there, and what it can measure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, expect

from tests.asterisk.pairs import until
from tests.asterisk.system import Office
from tests.browser.desk_page import LAPTOP

SAYS_BACK = "+917880003005"
"""Who answers and says back what is said to them."""

# Every connection that the page makes, so that its figures can be read. A browser takes the test's beeps for
# an echo of what it plays, and silences them at a time of its choosing: the microphone is taken as it is.
WATCH = """
const asIs = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (wanted) =>
  open({ ...wanted, audio: { ...(wanted.audio === true ? {} : wanted.audio), ...asIs } });
window.lines = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...given) { super(...given); window.lines.push(this); }
};
"""
FIGURES = """async () => {
  const line = window.lines.findLast((one) => one.connectionState === "connected");
  const found = { sent: 0, came: 0, energy: 0, spoken: 0 };
  if (line === undefined) return found;
  for (const each of (await line.getStats()).values()) {
    if (each.type === "outbound-rtp") found.sent = each.packetsSent;
    if (each.type === "media-source") found.spoken = each.totalAudioEnergy;
    if (each.type !== "inbound-rtp") continue;
    [found.came, found.energy] = [each.packetsReceived, each.totalAudioEnergy];
  }
  return found;
}"""


@asynccontextmanager
async def desk(office: Office, browser: Browser, seat: int = 1) -> AsyncIterator[Page]:
    # A certificate of our own, as an office has that nobody vouches for, is accepted as its people accept it.
    context = await browser.new_context(viewport=LAPTOP, base_url=office.url, ignore_https_errors=True)
    await context.add_init_script(WATCH)
    page = await context.new_page()
    try:
        await page.goto("/")
        await page.get_by_label("उपयोगकर्ता नाम").fill(f"op{seat:02d}")
        await page.get_by_label("पासवर्ड").fill("a-long-test-password")
        await page.get_by_label("सीट").fill(str(seat))
        await page.keyboard.press("Enter")
        yield page
    finally:
        await context.close()


async def connected(page: Page) -> None:
    await expect(page.locator(".telephone")).to_have_text("फ़ोन जुड़ा है T", timeout=40_000)


COMES_BACK = """() => {
  const meters = [...document.querySelectorAll(".levels meter")];
  return meters.length === 2 && meters.every((one) => one.value > -60);
}"""


async def ready(page: Page) -> None:
    """The check before the first person: the microphone's beep comes back from Asterisk; then one key."""
    await expect(page.locator(".seat-check")).to_be_visible()
    await page.keyboard.press("F2")
    await page.wait_for_function(COMES_BACK, timeout=10_000)
    await asyncio.sleep(1.0)
    await page.keyboard.press("F2")
    await expect(page.locator(".seat-check")).to_have_count(0)
    await page.keyboard.press("F2")


async def figures(page: Page) -> dict[str, Any]:
    return dict(await page.evaluate(FIGURES))


async def hears_and_is_heard(page: Page) -> None:
    """The person says back what comes: only what went the whole way both ways is heard here."""
    before = await figures(page)

    async def ask() -> dict[str, Any]:
        return {**await figures(page), "before": before, "desk": await page.locator(".bar h1").text_content()}

    def good(now: dict[str, Any]) -> bool:
        return (
            now["sent"] > before["sent"] + 50
            and now["came"] > before["came"] + 50
            and now["energy"] > before["energy"] + 1e-4
        )

    await until(ask, good, 15.0)


async def talking(page: Page) -> None:
    await expect(page.locator(".bar h1")).to_have_text("बात चल रही है", timeout=20_000)


async def finish_call(page: Page) -> None:
    await page.keyboard.press("F8")
    await expect(page.locator(".bar h1")).not_to_have_text("बात चल रही है", timeout=10_000)
    await page.keyboard.press("D")
    await page.keyboard.press("1")
    await page.keyboard.press("Enter")
