"""What desks and wallboards are told over their sockets."""

from __future__ import annotations

from typing import Literal

from dialer.core.live import Interruption, SeatLive, SeatState
from dialer.web.calls import CallView
from dialer.web.endpoint import Reply


class SeatView(Reply):
    """A seat now. ``since``: UTC epoch seconds. ``reason``: code of the pause.

    ``held``: the person of the talk waits with music. ``consults``: the seat of the colleague who
    talks too, without the person while they are held. ``guest_of``: the seat that asks this one.
    ``interrupted``: the telephone fell away in the talk: the person waits for it, was given to a colleague
    (``given_on``), or the call is over (``ended``). The last two hold until the end of wrap-up.
    """

    seat: int
    state: SeatState
    since: float
    reason: str
    draining: bool
    reachable: bool
    attempt_id: str | None
    campaign_id: int | None
    held: bool
    consults: int | None
    guest_of: int | None
    asks_help: bool
    interrupted: Interruption
    campaigns: list[int]


class SeatMessage(Reply):
    """The seat's whole state, sent at each change. While ``call`` is null and ``seat.attempt_id`` is not,
    the call's context follows within milliseconds.
    """

    type: Literal["seat"] = "seat"
    at: float
    seat: SeatView
    call: CallView | None


class SessionEnded(Reply):
    """The last message of a sign-in that ended; the socket closes with code 4001.

    ``reason``: signed_out, taken_over, signed_out_by_supervisor, idle, revoked.
    """

    type: Literal["session_ended"] = "session_ended"
    reason: str


class DeskReplaced(Reply):
    """Another window opened this desk; this socket closes with code 4002."""

    type: Literal["desk_replaced"] = "desk_replaced"


class GoingAway(Reply):
    """The daemon stops or starts again; the socket closes with code 1012: connect again soon."""

    type: Literal["going_away"] = "going_away"


def seat_view(live: SeatLive) -> SeatView:
    """The seat as desks see it."""
    return SeatView(
        seat=live.seat,
        state=live.state,
        since=live.since,
        reason=live.reason,
        draining=live.draining,
        reachable=live.reachable,
        attempt_id=live.attempt_id,
        campaign_id=live.campaign_id,
        held=live.held,
        consults=live.consults,
        guest_of=live.guest_of,
        asks_help=live.asks_help,
        interrupted=live.interrupted,
        campaigns=sorted(live.campaigns),
    )
