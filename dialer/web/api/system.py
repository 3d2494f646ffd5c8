"""What needs no sign-in: health, the documentation; and figures for a monitoring system."""

from __future__ import annotations

from typing import Literal

from aiohttp import web

from dialer.web.endpoint import MACHINE, PUBLIC, Call, Empty, Endpoint, Reply


class Health(Reply):
    """``ready``: Asterisk is linked and calls can be placed; ``starting``: not (any more), status 503."""

    status: Literal["ready", "starting"]


async def health(call: Call[Empty]) -> web.Response:
    """For a watchdog; it tells nothing else."""
    is_ready = call.parts.engine.ready
    body = Health(status="ready" if is_ready else "starting")
    return web.json_response(text=body.model_dump_json(), status=200 if is_ready else 503)


async def metrics(call: Call[Empty]) -> web.Response:
    """All figures in Prometheus' text format."""
    return web.Response(
        body=call.parts.meters.text(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    )


async def document(call: Call[Empty]) -> web.Response:
    """The OpenAPI document."""
    from dialer.web.openapi import document_text

    return web.json_response(text=document_text(), headers={"Cache-Control": "no-cache"})


async def page(call: Call[Empty]) -> web.Response:
    """The same document for people."""
    from dialer.web.openapi import page_text

    return web.Response(text=page_text(), content_type="text/html", headers={"Cache-Control": "no-cache"})


async def style(_call: Call[Empty]) -> web.Response:
    """The page's style sheet."""
    from dialer.web.openapi import style_text

    return web.Response(text=style_text(), content_type="text/css", headers={"Cache-Control": "no-cache"})


ENDPOINTS = (
    Endpoint("GET", "/health", health, PUBLIC, "Is the daemon ready", "system", reply=Health),
    Endpoint(
        "GET", "/metrics", metrics, MACHINE, "Figures for Prometheus", "system",
        notes="Only for programs on this machine, or with the local token.",
    ),
    Endpoint("GET", "/api/v1/openapi.json", document, PUBLIC, "This document", "system"),
    Endpoint("GET", "/api/v1/docs", page, PUBLIC, "This document for people", "system"),
    Endpoint("GET", "/static/docs.css", style, PUBLIC, "The page's style sheet", "system"),
)  # fmt: skip
