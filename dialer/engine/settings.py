"""What the engine must know of the office; built by the composition root from the configuration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

from dialer.core.model import DialPolicy
from dialer.core.trunks import TrunkLimits


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """Asterisk's own record of a channel of ours. ``ended_at`` is None when Asterisk died in the call."""

    started_at: float
    answered_at: float | None
    ended_at: float | None
    cause: int | None


CallRecords = Callable[[Collection[str]], Awaitable[Mapping[str, PlacedCall]]]
"""Looks attempts up in Asterisk's call records; an id that is missing was never placed."""


async def no_call_records(_ids: Collection[str]) -> Mapping[str, PlacedCall]:
    """For a telephony that keeps no records of its own."""
    return {}


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """``seats`` places, the trunks' limits, the calling rules, and times in seconds."""

    seats: int
    trunks: tuple[TrunkLimits, ...]
    policy: DialPolicy
    nailed_up: bool = True
    seat_ring_s: float = 20.0
    tick_s: float = 0.25
    reread_campaigns_s: float = 2.0
    resync_s: float = 30.0
    drain_s: float = 90.0
