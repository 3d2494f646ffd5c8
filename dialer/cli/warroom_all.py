"""``dialer warroom``: all its commands, whichever file they are in."""

from __future__ import annotations

from dialer.cli import (
    warroom_districts,
    warroom_duties,
    warroom_outbox,
    warroom_people,
    warroom_posts,
    warroom_verify,
)
from dialer.cli.warroom import app

__all__ = [
    "app", "warroom_districts", "warroom_duties", "warroom_outbox", "warroom_people", "warroom_posts",
    "warroom_verify",
]  # fmt: skip
