"""Which ringing calls are hung up when pacing asks for some back: the longest ringing that nobody awaits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from dialer.core.calls import Call, Phase
from dialer.core.model import LEAST_RING_S

Id = TypeVar("Id", int, str)


def to_take_back(calls: Iterable[Call], most: int, now: float) -> list[str]:
    """The ids of ``most`` calls at most; each has rung ``LEAST_RING_S`` at least."""
    ringing = (
        (call.ringing_at, call.id)
        for call in calls
        if call.phase is Phase.RINGING and call.ringing_at is not None and not call.awaited
    )
    return longest_ringing(ringing, most, now - LEAST_RING_S)


def longest_ringing(ringing: Iterable[tuple[float, Id]], most: int, since_at_least: float) -> list[Id]:
    """``ringing``: (since when it rings, which call); later ones than ``since_at_least`` ring on."""
    return [call for since, call in sorted(ringing)[:most] if since <= since_at_least]
