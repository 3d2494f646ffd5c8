"""The calling rules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from dialer.core.drafting import LONGEST_RING_S
from dialer.core.model import LEAST_RING_S, DialPolicy, Outcome, SilencePeriod, Window
from dialer.settings.fields import Section

OFFICE_ZONE = ZoneInfo("Asia/Kolkata")
"""Calling windows and silence periods are local times of India, wherever the server stands."""


class Poll(Section):
    """A poll in a constituency; ``poll_closes`` is local time, ``hours`` of silence end there."""

    constituency: int | None = None
    poll_closes: datetime
    hours: float = Field(default=48.0, ge=48.0, le=24 * 90)

    def period(self) -> SilencePeriod:
        """The silence period in epoch seconds."""
        closes = self.poll_closes
        if closes.tzinfo is None:
            closes = closes.replace(tzinfo=OFFICE_ZONE)
        end = closes.timestamp()
        return SilencePeriod(self.constituency, end - self.hours * 3600, end)


def parse_window(text: str) -> Window:
    """``"09:00-21:00"`` -> ``Window``; raises ``ValueError`` that says the form."""
    try:
        start, end = (
            int(hours) * 60 + int(minutes)
            for hours, minutes in (part.strip().split(":") for part in text.split("-"))
        )
    except ValueError as fault:
        raise ValueError(f"{text!r} is not a window like 09:00-21:00") from fault
    if not 0 <= start < end <= 24 * 60:
        raise ValueError(f"{text!r}: a window begins before it ends, between 00:00 and 24:00")
    return Window(start, end)


class Rules(Section):
    """The calling rules; defaults are the law's or stricter."""

    window: str = "09:00-21:00"
    allow_wider_window: bool = False
    silence: tuple[Poll, ...] = ()
    max_per_day: int = Field(default=3, ge=1, le=10)
    max_per_week: int = Field(default=6, ge=1, le=30)
    max_total: int = Field(default=6, ge=1, le=100)
    spacing_minutes: dict[Outcome, Annotated[float, Field(ge=0)]] = Field(
        default_factory=lambda: {
            Outcome.BUSY: 15.0,
            Outcome.NO_ANSWER: 120.0,
            Outcome.REJECTED: 24 * 60.0,
            Outcome.SWITCHED_OFF: 240.0,
            Outcome.UNREACHABLE: 240.0,
            Outcome.CONGESTION: 5.0,
            Outcome.TRUNK_FAULT: 5.0,
            Outcome.CANCELLED: 5.0,
            Outcome.SURVEYED: 120.0,
        }
    )
    ring_seconds: float = Field(default=30.0, ge=LEAST_RING_S, le=LONGEST_RING_S)

    @model_validator(mode="after")
    def _window_not_wider_than_the_default(self) -> Rules:
        window = parse_window(self.window)
        if not self.allow_wider_window and (window.start_minute < 540 or window.end_minute > 1260):
            raise ValueError("window is wider than 09:00-21:00; set allow_wider_window: true to mean it")
        return self

    def policy(self) -> DialPolicy:
        """These rules as the core takes them."""
        return DialPolicy(
            window=parse_window(self.window),
            silence=tuple(poll.period() for poll in self.silence),
            max_per_day=self.max_per_day,
            max_per_week=self.max_per_week,
            max_total=self.max_total,
            spacing_s={outcome: minutes * 60 for outcome, minutes in self.spacing_minutes.items()},
            ring_s=self.ring_seconds,
        )
