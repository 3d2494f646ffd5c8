"""The war room."""

from __future__ import annotations

from pydantic import Field

from dialer.settings.fields import Section


class WarRoomSettings(Section):
    """``stale_days``: facts, people and posts of older sources are told as wanting renewal."""

    stale_days: int = Field(default=365, ge=1, le=36_500)
