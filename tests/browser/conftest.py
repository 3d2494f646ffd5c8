"""Headless Chromium and a running web side on a free port, for tests of what people see."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.integration.desk_world import Desk, World, running_world

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--no-first-run", "--disable-dev-shm-usage",
    # A microphone that beeps, and nobody who must allow it.
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
)  # fmt: skip

Open = Callable[[World, Desk], Awaitable[BrowserContext]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder needs the browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The web side with an engine of paper."""
    async with running_world(tmp_path) as running:
        yield running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A Chromium of the test's own."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no Chromium is installed")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield started
        finally:
            await started.close()


@pytest.fixture
def signed_in(browser: Browser) -> Open:
    """A browser's profile that carries a desk's sign-in."""

    async def open_context(world: World, desk: Desk) -> BrowserContext:
        context = await browser.new_context(viewport={"width": 1240, "height": 900})
        cookies = [(one.key, one.value) for one in desk.http.cookie_jar]
        for name, value in cookies:
            await context.add_cookies([{"name": name, "value": value, "url": world.url}])
        return context

    return open_context
