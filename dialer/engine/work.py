"""A campaign at work, as every room of the engine sees it."""

from __future__ import annotations

from dataclasses import dataclass

from dialer.core.model import Campaign
from dialer.engine.pacing import PacingRoom
from dialer.engine.tallies import Tally


@dataclass(slots=True)
class Work:
    """A campaign and all that the engine keeps of it."""

    campaign: Campaign
    tally: Tally
    pacing: PacingRoom
    claiming: int = 0
    waiting: int | None = None
    nothing_until: float = 0.0
    counting: bool = False
    finishing: bool = False

    def waits_again(self, at: float) -> None:
        """A contact is back in the queue, not before ``at``."""
        self.waiting = (self.waiting or 0) + 1
        self.nothing_until = min(self.nothing_until, at)
