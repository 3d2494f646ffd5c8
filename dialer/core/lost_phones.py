"""Whether a phone that answers no more is gone, though its leg still stands: a dead line says no goodbye.

A phone whose signalling is cut may still carry the talk, so silence of both kinds is needed.
"""

from __future__ import annotations

from dialer.core.live import SeatState
from dialer.core.seats import Seat

LISTEN_S = 1.5
"""Between two counts of what arrives from a phone in doubt."""
FEWEST_PACKETS = 10
"""A phone sends fifty a second, a muted one too."""


def is_in_doubt(seat: Seat) -> bool:
    """The phone answers no more and the operator is in a talk: somebody may be speaking to nobody."""
    return seat.state is SeatState.TALKING and seat.leg_id is not None and not seat.reachable


def is_lost(seat: Seat, packets_before: int, packets_now: int) -> bool:
    """Whether the leg should be given up, by what had arrived at two counts at least ``LISTEN_S`` apart."""
    return is_in_doubt(seat) and packets_now - packets_before < FEWEST_PACKETS
