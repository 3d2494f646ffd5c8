"""Voices that surveys record."""

from __future__ import annotations

from pydantic import Field

from dialer.settings.fields import Section


class VoiceSettings(Section):
    """Voices that surveys record. ``keep_days``: then the sound is deleted, 0: never by itself.

    ``erase_on_opt_out``: the sounds of people who want no more calls are deleted within minutes.
    """

    keep_days: int = Field(default=180, ge=0, le=3650)
    erase_on_opt_out: bool = True
