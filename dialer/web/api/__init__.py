"""The HTTP API, one file per resource. ``ENDPOINTS`` is all there is: nothing else is served."""

from __future__ import annotations

from typing import Final

from dialer.web.api import (
    background,
    callbacks,
    calls,
    desk,
    handing_on,
    numbers,
    pages,
    phone,
    picking,
    preview,
    report_pages,
    reports,
    room,
    seat_check,
    session,
    surveys,
    system,
    warroom,
    warroom_change,
    warroom_files,
    warroom_lists,
)
from dialer.web.endpoint import Endpoint

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *session.ENDPOINTS,
    *desk.ENDPOINTS,
    *preview.ENDPOINTS,
    *picking.ENDPOINTS,
    *handing_on.ENDPOINTS,
    *phone.ENDPOINTS,
    *seat_check.ENDPOINTS,
    *numbers.ENDPOINTS,
    *background.ENDPOINTS,
    *calls.ENDPOINTS,
    *callbacks.ENDPOINTS,
    *room.ENDPOINTS,
    *surveys.ENDPOINTS,
    *warroom.ENDPOINTS,
    *warroom_change.ENDPOINTS,
    *warroom_files.ENDPOINTS,
    *warroom_lists.ENDPOINTS,
    *reports.ENDPOINTS,
    *report_pages.ENDPOINTS,
    *system.ENDPOINTS,
    *pages.ENDPOINTS,
)

PUBLIC_PATHS: Final = frozenset(
    {
        ("POST", "/api/v1/session"),
        ("POST", "/api/v1/reports"),
        ("GET", "/health"),
        ("GET", "/api/v1/openapi.json"),
        ("GET", "/api/v1/docs"),
        ("GET", "/static/docs.css"),
        ("GET", "/"),
        ("GET", "/sign-in"),
        ("GET", "/desk"),
        ("GET", "/assets/texts.json"),
        ("GET", "/assets/{file}"),
    }
)
"""The only ones that answer somebody who is not signed in; ``build_app`` refuses any other."""
