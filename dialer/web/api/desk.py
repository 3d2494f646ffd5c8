"""What an operator does with the seat: ready, pause, hang up, wrap up; and the desk's socket."""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from dialer.core.desk_events import OperatorHangsUp, OperatorPaused, OperatorReady, TalkProgress, WrapUpDone
from dialer.core.dispositions import PAUSE_CODES
from dialer.core.live import SeatLive, SeatState
from dialer.web.api.replies import Accepted
from dialer.web.endpoint import DESK, AttemptId, Body, Call, Empty, Endpoint
from dialer.web.messages import DeskReplaced, GoingAway, SeatMessage, SessionEnded
from dialer.web.problems import Problem
from dialer.web.sockets import Socket

PauseCode = Literal["break", "meal", "meeting", "paperwork", "equipment", "other"]
CampaignId = Annotated[int, Field(ge=1, le=2**31 - 1)]
Steps = Annotated[int, Field(ge=0, le=500)]

assert frozenset(PauseCode.__args__) == PAUSE_CODES  # type: ignore[attr-defined]


class ReadyBody(Body):
    """``campaigns`` null: every campaign that goes to operators, also those that start later."""

    campaigns: Annotated[list[CampaignId], Field(min_length=1, max_length=100)] | None = None


class PauseBody(Body):
    """Why; see ``GET /api/v1/words``."""

    reason: PauseCode


class MeantBody(Body):
    """``attempt_id``: only this call is meant; a request that arrives late then ends no other."""

    attempt_id: AttemptId | None = None


class ProgressBody(Body):
    """``step`` of ``steps`` questions are done; it sharpens the forecast of when the talk ends."""

    step: Steps
    steps: Annotated[int, Field(ge=1, le=500)]


def _seat(call: Call[Body]) -> SeatLive:
    """The seat as the engine has it; after a restart the engine is told first who sits there."""
    call.parts.sign_ins.take_seat(call.session)
    return call.parts.engine.seat(call.seat)


def _accepted(call: Call[Body]) -> Accepted:
    return Accepted(at=call.parts.clock())


async def ready(call: Call[ReadyBody]) -> Accepted:
    """Take people from now on; ends a wrap-up; takes back a pause that waits for the end of a call."""
    desks = call.parts.desks
    if not await call.parts.trials.may_be_ready(call.session):
        raise Problem("seat_not_checked")
    campaigns = desks.operator_campaigns()
    if call.body.campaigns is not None:
        for campaign in call.body.campaigns:
            if campaign not in campaigns:
                raise Problem("no_such_campaign", campaign=campaign)
        campaigns = frozenset(call.body.campaigns)
    seat = _seat(call).seat
    desks.takes_all(seat, call.body.campaigns is None)
    call.parts.engine.post(OperatorReady(seat, campaigns, call.parts.clock()))
    return _accepted(call)


async def pause(call: Call[PauseBody]) -> Accepted:
    """Take nobody new; in a call it takes effect after the wrap-up."""
    call.parts.engine.post(OperatorPaused(_seat(call).seat, call.body.reason, call.parts.clock()))
    return _accepted(call)


async def hang_up(call: Call[MeantBody]) -> Accepted:
    """End the talk; one that has ended by itself meanwhile, for the next one, is no fault."""
    live = _seat(call)
    if live.state is not SeatState.TALKING:
        raise Problem("wrong_seat_state", seat=live.seat, state=live.state)
    if call.body.attempt_id in (None, live.attempt_id):
        call.parts.engine.post(OperatorHangsUp(live.seat, call.parts.clock()))
    return _accepted(call)


async def wrap_up_done(call: Call[MeantBody]) -> Accepted:
    """End the wrap-up; one that has ended by itself meanwhile is no fault."""
    live = _seat(call)
    if live.state in (SeatState.TALKING, SeatState.RESERVED):
        raise Problem("wrong_seat_state", seat=live.seat, state=live.state)
    is_meant = call.body.attempt_id in (None, live.attempt_id)
    if live.state is SeatState.WRAP_UP and is_meant:
        call.parts.engine.post(WrapUpDone(live.seat, call.parts.clock()))
    return _accepted(call)


async def progress(call: Call[ProgressBody]) -> Accepted:
    """How far the conversation is."""
    live, body = _seat(call), call.body
    if live.state is not SeatState.TALKING:
        raise Problem("wrong_seat_state", seat=live.seat, state=live.state)
    step = min(body.step, body.steps)
    call.parts.engine.post(TalkProgress(live.seat, step, body.steps, call.parts.clock()))
    return _accepted(call)


async def state(call: Call[Empty]) -> SeatMessage:
    """The seat and the call on it, for a program that cannot hold a socket open."""
    live = _seat(call)
    if live.attempt_id is not None:
        await call.parts.calls.context(live.attempt_id)
    return call.parts.desks.message(live.seat, call.session)


async def desk(call: Call[Empty]) -> web.StreamResponse:
    """The desk's socket: the seat's state and its call at every change."""
    parts, session, seat = call.parts, call.session, call.seat
    socket = Socket(call.request, f"seat {seat}")
    socket.on_heard = lambda: parts.sign_ins.seen(session.id)
    await socket.open()
    parts.desks.attach(socket, session, seat)
    parts.meters.opened("desk", 1)
    try:
        return await socket.serve()
    finally:
        parts.meters.opened("desk", -1)
        parts.desks.detach(socket, seat)


ENDPOINTS = (
    Endpoint(
        "GET", "/api/v1/desk", desk, DESK, "The desk's WebSocket", "desk", status=101,
        messages={"seat": SeatMessage, "session_ended": SessionEnded, "desk_replaced": DeskReplaced,
                  "going_away": GoingAway},
        problems=("foreign_origin",),
        notes="The Origin header must be this server's own. Every message is the whole state: a slow browser "
              "misses steps, never the latest. Send {\"type\":\"ping\"} to hear {\"type\":\"pong\"}. A ready "
              "seat whose socket is lost is paused with reason desk_gone within 5 s, and is ready again when "
              "the socket is back within a minute.",
    ),
    Endpoint(
        "GET", "/api/v1/desk/state", state, DESK, "The seat and its call now", "desk", reply=SeatMessage,
    ),
    Endpoint(
        "POST", "/api/v1/desk/ready", ready, DESK, "Take people", "desk", body=ReadyBody, reply=Accepted,
        status=202, problems=("no_such_campaign", "seat_not_checked", "store_busy"),
    ),
    Endpoint(
        "POST", "/api/v1/desk/pause", pause, DESK, "Take nobody new", "desk", body=PauseBody, reply=Accepted,
        status=202, notes="During a call it takes effect after the wrap-up.",
    ),
    Endpoint(
        "POST", "/api/v1/desk/hang-up", hang_up, DESK, "End the talk", "desk", body=MeantBody,
        reply=Accepted, status=202, problems=("wrong_seat_state",),
    ),
    Endpoint(
        "POST", "/api/v1/desk/wrap-up-done", wrap_up_done, DESK, "End the wrap-up", "desk", body=MeantBody,
        reply=Accepted, status=202, problems=("wrong_seat_state",),
    ),
    Endpoint(
        "POST", "/api/v1/desk/progress", progress, DESK, "How far the talk is", "desk", body=ProgressBody,
        reply=Accepted, status=202, problems=("wrong_seat_state",),
    ),
)  # fmt: skip
