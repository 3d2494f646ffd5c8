"""Replies that many endpoints share."""

from __future__ import annotations

from dialer.web.endpoint import Reply


class Accepted(Reply):
    """The engine was told; what comes of it shows in the seat's next state. ``at``: UTC epoch seconds."""

    accepted: bool = True
    at: float


class Saved(Reply):
    """It is stored and survives a power cut. ``at``: UTC epoch seconds."""

    saved: bool = True
    at: float
