"""Which operator speaks to the person who just answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dialer.core.live import SeatState
from dialer.core.seats import Seat


def choose_seat(
    seats: Iterable[Seat],
    campaign_id: int,
    allotted: Mapping[int, int] | None = None,
    operator_id: int | None = None,
    *,
    also_looking: bool = False,
) -> Seat | None:
    """The ready operator of this campaign who has waited longest; the lower seat number breaks a tie.

    ``operator_id``: with whom the person would rather speak, if that operator is ready.
    ``also_looking``: last of all, somebody who looks at a person who is not called yet, and is in no break.

    ``allotted``: seat -> the campaign that paces for it. Others' seats are taken last, so that nobody is left
    without an operator while one who takes only this campaign sits idle.
    """
    shares = allotted or {}
    ready = (
        seat
        for seat in seats
        if (seat.state is SeatState.READY or (also_looking and _may_be_interrupted(seat)))
        and seat.takes_a_person
        and campaign_id in seat.campaigns
    )
    return min(
        ready,
        key=lambda seat: (
            seat.state is not SeatState.READY,
            operator_id is None or seat.operator_id != operator_id,
            shares.get(seat.number, campaign_id) != campaign_id,
            seat.since,
            seat.number,
        ),
        default=None,
    )


def _may_be_interrupted(seat: Seat) -> bool:
    return seat.state is SeatState.PREVIEW and seat.wants_ready
