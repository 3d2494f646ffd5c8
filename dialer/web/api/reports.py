"""Where other districts' reports come in. Who sends is known by the report's own signature, nothing else."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from dialer.errors import SignatureWrong
from dialer.i18n import catalog
from dialer.web.endpoint import PUBLIC, Call, Empty, Endpoint, Reply
from dialer.web.problems import Problem, language_of

log = structlog.get_logger("web")

DEADLINE_S: Final = 30.0
AT_ONCE: Final = 4
"""Reports that are read and checked at the same time; the others are asked to come again."""


class ReceiptView(Reply):
    """The report is stored. ``sha256``: of what was signed."""

    id: str
    sha256: str
    new: bool


class _Door:
    """How many are inside."""

    def __init__(self) -> None:
        self.inside = 0

    async def __aenter__(self) -> None:
        if self.inside >= AT_ONCE:
            raise Problem("reports_busy", retry_after_s=10.0)
        self.inside += 1

    async def __aexit__(self, *_fault: object) -> None:
        self.inside -= 1


_door = _Door()


async def receive(call: Call[Empty]) -> ReceiptView:
    """Take one report in."""
    parts = call.parts
    if not parts.config.is_state:
        raise Problem("not_found")
    # Large, and only a state office takes reports in.
    from dialer.daily.receiving import Received
    from dialer.daily.signing import LARGEST

    async with _door:
        raw = await _body(call, LARGEST)
        try:
            receipt = await Received(parts.database).take(raw, parts.clock())
        except SignatureWrong as fault:
            log.warning("a report was refused", remote=call.request.remote)
            words = catalog(language_of(call.request)).gettext
            raise Problem("signature_wrong", detail=fault.in_words(words)) from fault
    return ReceiptView(id=receipt.id, sha256=receipt.sha256, new=receipt.is_new)


async def _body(call: Call[Empty], most: int) -> bytes:
    if call.request.content_type != "application/json":
        raise Problem("not_json")
    found = bytearray()
    try:
        async with asyncio.timeout(DEADLINE_S):
            async for chunk in call.request.content.iter_chunked(64 * 1024):
                found += chunk
                if len(found) > most:
                    raise Problem("too_large", limit=str(most))
    except TimeoutError as fault:
        raise Problem("slow_request") from fault
    return bytes(found)


ENDPOINTS = (
    Endpoint(
        "POST", "/api/v1/reports", receive, PUBLIC, "Hand in a signed daily report", "reports",
        reply=ReceiptView,
        problems=("not_found", "signature_wrong", "reports_busy", "refused", "invalid", "too_large",
                  "not_json", "store_busy"),
        notes="The body is the report's .json file, as `dialer report daily` writes it. Handing in the "
        "same again is no fault. Only where the settings say `role: state`.",
    ),
)  # fmt: skip
