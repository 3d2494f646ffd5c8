"""What somebody who hears or tabs through a page would stumble over."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page

AXE: Final = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS: Final = frozenset({"serious", "critical"})


async def axe_faults(
    page: Page, impacts: Collection[str] = SERIOUS, rules: Collection[str] = ()
) -> list[str]:
    """What axe finds of these impacts, each with its first place. ``rules``: only these, if any."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"runOnly": list(rules)} if rules else {}
    found: dict[str, Any] = await page.evaluate("(options) => axe.run(options)", options)
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in found["violations"]
        if one["impact"] in impacts
    ]
