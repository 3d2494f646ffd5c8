"""Who calls."""

from __future__ import annotations

from pydantic import Field

from dialer.settings.fields import E164, Section


class Office(Section):
    """Who calls, as citizens hear and read it."""

    name_hi: str = Field(max_length=120)
    name_en: str = Field(max_length=120)
    callback_number: E164
