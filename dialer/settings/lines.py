"""Numbers of ours that people ring to be called."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dialer.core.missed_calls import LineLimits
from dialer.settings.fields import E164, Section


class Line(Section):
    """A number of ours that people ring to be called by a campaign, which names it as its missed-call line.

    ``answer``: nobody, or survey: whoever rings while the campaign may call is asked at once. A call that is
    not answered rings for ``ring_seconds``; the earliest call back goes out ``call_back_seconds`` after it.
    Rings of a person within ``one_wish_minutes`` are one wish; more than ``wishes_a_day`` of a person and
    more than ``wishes_a_minute`` of the whole line are only noted. Of more than ``calls_at_once`` not even
    that: they are turned away.
    """

    number: E164
    answer: Literal["nobody", "survey"] = "nobody"
    ring_seconds: float = Field(default=1.0, ge=0, le=10)
    call_back_seconds: float = Field(default=5.0, ge=0, le=3600)
    one_wish_minutes: float = Field(default=10.0, ge=0, le=24 * 60)
    wishes_a_day: int = Field(default=3, ge=1, le=20)
    wishes_a_minute: int = Field(default=300, ge=1, le=10_000)
    calls_at_once: int = Field(default=60, ge=1, le=2000)

    @property
    def spellings(self) -> tuple[str, ...]:
        """How trunks may write it."""
        plain = (self.number, self.number[1:])
        national = self.number.removeprefix("+91")
        return plain if national == self.number else (*plain, f"0{national}", national)

    def limits(self) -> LineLimits:
        """As the core takes them."""
        return LineLimits(
            one_wish_s=self.one_wish_minutes * 60,
            wishes_a_day=self.wishes_a_day,
            wishes_a_minute=self.wishes_a_minute,
            call_back_s=self.call_back_seconds,
        )
