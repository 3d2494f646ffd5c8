"""Style sheets and scripts under an address of their own for each content, so that browsers may keep them."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from dialer.web.endpoint import Call, Empty

STATIC: Final = Path(__file__).parent / "static"
_FOR_GOOD: Final = "private, max-age=31536000, immutable"


def asset_address(name: str) -> str:
    """Where pages find the file."""
    return f"/static/{name}?v={_read(name)[1]}"


def asset(name: str, content_type: str) -> Callable[[Call[Empty]], Awaitable[web.Response]]:
    """A handler that serves the file; it is kept for good when it was asked for by its content."""

    async def serve(call: Call[Any]) -> web.Response:
        text, digest = _read(name)
        is_exact = call.request.query.get("v") == digest
        headers = {"Cache-Control": _FOR_GOOD if is_exact else "no-cache"}
        return web.Response(text=text, content_type=content_type, headers=headers)

    return serve


@cache
def _read(name: str) -> tuple[str, str]:
    raw = (STATIC / name).read_bytes()
    return raw.decode(), hashlib.sha256(raw).hexdigest()[:16]
