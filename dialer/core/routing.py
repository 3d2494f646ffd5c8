"""Which operator speaks to the person who just answered."""

from __future__ import annotations

from collections.abc import Iterable

from dialer.core.live import SeatState
from dialer.core.seats import Seat


def choose_seat(seats: Iterable[Seat], campaign_id: int) -> Seat | None:
    """The ready operator of this campaign who has waited longest; the lower seat number breaks a tie."""
    ready = (
        seat
        for seat in seats
        if seat.state is SeatState.READY and seat.takes_a_person and campaign_id in seat.campaigns
    )
    return min(ready, key=lambda seat: (seat.since, seat.number), default=None)
