"""The room for supervisors: seats, campaigns, the live picture."""

from __future__ import annotations

from aiohttp import web

from dialer.core.desk_events import CampaignsChanged, HelpAsked
from dialer.web.api.replies import Accepted
from dialer.web.endpoint import ANYBODY, SUPERVISOR, Call, Empty, Endpoint, Reply
from dialer.web.live import Room
from dialer.web.messages import GoingAway, SeatView, SessionEnded, seat_view
from dialer.web.problems import Problem
from dialer.web.sockets import Socket


class CampaignView(Reply):
    """A campaign that runs, is paused or is stopping. ``kind``: operators or survey."""

    campaign_id: int
    name: str
    kind: str
    state: str
    mode: str


class Campaigns(Reply):
    """All of them."""

    campaigns: list[CampaignView]


class OccupiedSeat(Reply):
    """A seat and who sits there."""

    seat: SeatView
    operator: str


class Seats(Reply):
    """Every seat of the office."""

    seats: list[OccupiedSeat]


async def campaigns(call: Call[Empty]) -> Campaigns:
    """What can be chosen when going ready."""
    found = [
        CampaignView(
            campaign_id=one.campaign_id, name=one.name, kind=one.kind, state=one.state, mode=one.mode
        )
        for one in call.parts.engine.snapshot().campaigns
    ]
    return Campaigns(campaigns=found)


async def campaigns_changed(call: Call[Empty]) -> Accepted:
    """Let the engine read the campaigns again now."""
    now = call.parts.clock()
    call.parts.engine.post(CampaignsChanged(now))
    return Accepted(at=now)


async def room(call: Call[Empty]) -> Room:
    """The whole room now."""
    return await call.parts.live.room()


async def room_socket(call: Call[Empty]) -> web.StreamResponse:
    """The whole room, twice a second."""
    parts = call.parts
    socket = Socket(call.request, f"wallboard of {call.person.name}")
    await socket.open()
    parts.live.attach(socket, call.person.session)
    parts.meters.opened("wallboard", 1)
    try:
        return await socket.serve()
    finally:
        parts.meters.opened("wallboard", -1)
        parts.live.detach(socket)


async def seats(call: Call[Empty]) -> Seats:
    """Every seat with its operator's name."""
    now = await call.parts.live.room()
    found = [
        OccupiedSeat(seat=seat_view(live), operator=now.operators.get(live.operator_id or 0, ""))
        for live in now.room.seats
    ]
    return Seats(seats=found)


async def helped(call: Call[Empty]) -> Accepted:
    """The supervisor has been there."""
    seat, now = _seat_of(call), call.parts.clock()
    call.parts.engine.post(HelpAsked(seat, False, now))
    return Accepted(at=now)


def _seat_of(call: Call[Empty]) -> int:
    seat, seats = int(call.request.match_info["seat"]), call.parts.config.seats
    if not 1 <= seat <= seats:
        raise Problem("no_such_seat", seat=seat, seats=seats)
    return seat


async def release_seat(call: Call[Empty]) -> Accepted:
    """Sign whoever sits there out; a call is finished first."""
    seat = _seat_of(call)
    if not await call.parts.sign_ins.end_on_seat(seat, call.person.name):
        raise Problem("not_found")
    return Accepted(at=call.parts.clock())


ENDPOINTS = (
    Endpoint("GET", "/api/v1/campaigns", campaigns, ANYBODY, "Campaigns now", "room", reply=Campaigns),
    Endpoint(
        "POST", "/api/v1/campaigns/changed", campaigns_changed, SUPERVISOR, "Read the campaigns again",
        "room", reply=Accepted, status=202,
    ),
    Endpoint("GET", "/api/v1/live", room, SUPERVISOR, "The room now", "room", reply=Room),
    Endpoint(
        "GET", "/api/v1/live/stream", room_socket, SUPERVISOR, "The room as a WebSocket", "room", status=101,
        messages={"room": Room, "session_ended": SessionEnded, "going_away": GoingAway},
        problems=("foreign_origin",), notes="Sent twice a second; a slow browser gets only the latest.",
    ),
    Endpoint("GET", "/api/v1/seats", seats, SUPERVISOR, "Seats and who sits there", "room", reply=Seats),
    Endpoint(
        "POST", r"/api/v1/seats/{seat:\d{1,3}}/sign-out", release_seat, SUPERVISOR, "Sign a seat out", "room",
        reply=Accepted, status=202, problems=("no_such_seat", "not_found"),
    ),
    Endpoint(
        "POST", r"/api/v1/seats/{seat:\d{1,3}}/helped", helped, SUPERVISOR, "The operator was helped", "room",
        reply=Accepted, status=202, problems=("no_such_seat",),
    ),
)  # fmt: skip
