"""Takes the pictures of desk and war room for docs/: ``python -m tests.browser.pictures [name ...]``.

They are ``desk-STATE-LANGUAGE.png``, in Hindi and in English, and ``war-room-STATE-LANGUAGE.png``, as
documents show them; with names, only those that begin with one of them. Ends with 1 when axe finds something
serious in either language, when the desk scrolls, or when no document shows a state of it.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.async_api import Browser, FloatRect, Locator, Page, async_playwright

from tests.browser.axe import axe_faults
from tests.browser.conftest import FLAGS
from tests.browser.desk_states import furnished_desk, states
from tests.browser.room_states import furnished_room, room_states

Colours = NDArray[np.integer[Any]]
DOCS: Final = Path(__file__).parents[2] / "docs"
LANGUAGES: Final = ("hi", "en")
SPACE: Final = 16
COLOURS: Final = 48
SURFACES: Final = 8
ALIKE: Final = 9
SCROLLS: Final = """[document.documentElement, ...document.querySelectorAll(".between, dialog")].some(
    (one) => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)"""


class Album:
    """Takes what is wanted, and remembers what is wrong with it."""

    def __init__(self, wanted: tuple[str, ...]) -> None:
        self._wanted = wanted
        self._shown = "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
        self.faults: list[str] = []

    async def take(self, page: Page, name: str, part: Locator | None = None) -> None:
        """Keep a picture of the page, or of a part of it, if a document shows it."""
        if not name.startswith(self._wanted):
            return
        self.faults += [f"{name}: {fault}" for fault in await axe_faults(page)]
        is_shown = f"pictures/{name}.png" in self._shown
        if is_shown:
            keep(await _picture(page, part), DOCS / "pictures" / f"{name}.png")
        if name.startswith("desk-"):
            if not is_shown:
                self.faults.append(f"{name}: no document shows it")
            if await page.evaluate(SCROLLS):
                self.faults.append(f"{name}: the page scrolls")

    async def desk(self, browser: Browser, folder: Path, language: str) -> None:
        """Every state of the desk."""
        async with furnished_desk(folder, browser, language) as (world, page):
            async for state in states(world, page):
                await self.take(page, f"desk-{state}-{language}")

    async def room(self, browser: Browser, folder: Path, language: str) -> None:
        """The war room's pages, in the languages in which documents show them."""
        async with furnished_room(folder, browser, language) as (world, page):
            async for state, part in room_states(world, page, language, folder):
                await self.take(page, f"war-room-{state}-{language}", part)


async def _picture(page: Page, part: Locator | None) -> bytes:
    """Of what the window shows, or of a part with some space around it."""
    box = None if part is None else await part.bounding_box()
    if box is None:
        return await page.screenshot()
    left, top = box["x"] - SPACE, box["y"] + await page.evaluate("scrollY")
    wide, tall = box["width"] + 2 * SPACE, box["height"] + SPACE
    clip: FloatRect = {"x": left, "y": top, "width": wide, "height": tall}
    return await page.screenshot(full_page=True, clip=clip)


def keep(picture: bytes, file: Path) -> None:
    """As a small PNG: frequent colours stay as they are, the others become the nearest of them."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    packed = pixels[:, :, 0] << 16 | pixels[:, :, 1] << 8 | pixels[:, :, 2]
    kinds, places, counts = np.unique(packed, return_inverse=True, return_counts=True)
    found = np.stack([kinds >> 16, kinds >> 8 & 255, kinds & 255], axis=1)
    few = _few_colours(found[np.argsort(-counts)])
    distances = np.abs(found[:, None, :] - few[None, :, :]).sum(axis=2)
    nearest = distances.argmin(axis=1).astype(np.uint8)
    small = Image.fromarray(nearest[places].reshape(pixels.shape[:2]), "L")
    small.putpalette(few.astype(np.uint8).tobytes())
    small.save(file, optimize=True)


def _few_colours(frequent_first: Colours) -> Colours:
    """Surfaces as they are, then the shades of letters; of those that look alike only the first."""
    few = list(frequent_first[:SURFACES])
    for colour in frequent_first[SURFACES:]:
        if len(few) == COLOURS:
            break
        if all(np.abs(colour - one).max() > ALIKE for one in few):
            few.append(colour)
    return np.array(few)


async def _in_own_folder(
    walk: Callable[[Browser, Path, str], Awaitable[None]], browser: Browser, language: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        await walk(browser, Path(folder), language)


async def take_all(wanted: tuple[str, ...]) -> list[str]:
    """With one browser, the languages beside each other; returns what is wrong."""
    album = Album(wanted)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        for kind, begins in ((album.desk, "desk"), (album.room, "war-room")):
            if any(begins.startswith(name) or name.startswith(begins) for name in wanted):
                await asyncio.gather(*(_in_own_folder(kind, browser, one) for one in LANGUAGES))
        await browser.close()
    return album.faults


def main() -> int:
    """What is wrong, a line each."""
    faults = asyncio.run(take_all(tuple(sys.argv[1:]) or ("",)))
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
