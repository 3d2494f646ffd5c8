"""How an agreed callback stands. Times are UTC epoch seconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LATE_AFTER_S: Final = 15 * 60.0
"""From then on the person has waited for longer than they were told."""


class CallbackState(StrEnum):
    """``OVER``: nobody calls any more, because of an opt-out, a full quota or the campaign's end."""

    UPCOMING = "upcoming"
    DUE = "due"
    LATE = "late"
    DONE = "done"
    REPLACED = "replaced"
    CANCELLED = "cancelled"
    OVER = "over"


OPEN: Final = frozenset({CallbackState.UPCOMING, CallbackState.DUE, CallbackState.LATE})
"""Somebody still has to call."""


@dataclass(frozen=True, slots=True)
class CallbackFacts:
    """What is stored of an agreement.

    ``waits``: its time stands at the person's place in a campaign that goes on. ``replaced``: a later one
    was agreed. ``called``: the person was called at its time or later.
    """

    due_at: float
    waits: bool
    replaced: bool
    cancelled: bool
    called: bool


def state_of(facts: CallbackFacts, now: float) -> CallbackState:
    """The state at ``now``."""
    if facts.cancelled:
        return CallbackState.CANCELLED
    if facts.replaced:
        return CallbackState.REPLACED
    if not facts.waits:
        return CallbackState.DONE if facts.called else CallbackState.OVER
    if now < facts.due_at:
        return CallbackState.UPCOMING
    return CallbackState.DUE if now - facts.due_at <= LATE_AFTER_S else CallbackState.LATE
