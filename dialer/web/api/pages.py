"""The pages of the front end: one sign-in for everybody, and the desk. They hold no data of anybody."""

from __future__ import annotations

import asyncio
import json
from typing import Final

from aiohttp import web

from dialer.web import desk_page
from dialer.web.endpoint import PUBLIC, Call, Empty, Endpoint
from dialer.web.problems import Problem

FRESH: Final = {"Cache-Control": "no-cache"}


async def home(_call: Call[Empty]) -> web.Response:
    """Whoever types only the server's name."""
    return web.Response(status=303, headers={"Location": "/desk"})


async def page(_call: Call[Empty]) -> web.Response:
    """The page, or what to do when it was not built."""
    text = await asyncio.to_thread(desk_page.shell)
    if text is None:
        return web.Response(text=desk_page.NOT_BUILT, status=503, content_type="text/html")
    return web.Response(text=text, content_type="text/html", headers=FRESH)


async def texts(_call: Call[Empty]) -> web.Response:
    """What the pages say in Hindi, by the English text."""
    found = await asyncio.to_thread(desk_page.hindi_texts)
    return _packed(json.dumps(found, ensure_ascii=False).encode(), "application/json", "no-cache")


async def asset(call: Call[Empty]) -> web.Response:
    """A built script or style sheet."""
    found = await asyncio.to_thread(desk_page.asset, call.request.match_info["file"])
    if found is None:
        raise Problem("not_found")
    content, media_type = found
    return _packed(content, media_type, desk_page.FOR_EVER)


def _packed(content: bytes, media_type: str, caching: str) -> web.Response:
    headers = {"Cache-Control": caching}
    response = web.Response(body=content, content_type=media_type, charset="utf-8", headers=headers)
    response.enable_compression()
    return response


ENDPOINTS = (
    Endpoint("GET", "/", home, PUBLIC, "Leads to the desk", "pages", status=303),
    Endpoint("GET", "/sign-in", page, PUBLIC, "Sign in, whatever your role", "pages",
             notes="Query: next, the page of ours to go to afterwards."),
    Endpoint("GET", "/desk", page, PUBLIC, "The operator's desk", "pages"),
    Endpoint("GET", "/assets/texts.json", texts, PUBLIC, "The pages' Hindi texts", "pages"),
    Endpoint("GET", "/assets/{file}", asset, PUBLIC, "A built script or style sheet", "pages",
             problems=("not_found",)),
)  # fmt: skip
