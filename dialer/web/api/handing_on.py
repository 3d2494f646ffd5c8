"""What an operator does with the person on the line: hold, keys, handing on, the survey at the end."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from dialer.core.desk_events import (
    HelpAsked,
    OperatorConsults,
    OperatorGathers,
    OperatorHolds,
    OperatorLeaves,
    OperatorResumes,
    OperatorSendsDigits,
    OperatorSendsToSurvey,
    OperatorTransfers,
)
from dialer.core.live import SeatLive, SeatState
from dialer.store.operators import Role
from dialer.web.api.replies import Accepted
from dialer.web.api.session import SeatNumber
from dialer.web.endpoint import DESK, Body, Call, Empty, Endpoint, Reply
from dialer.web.problems import Problem


class HoldBody(Body):
    """``held``: the person waits with music; false: they talk again."""

    held: bool


class DigitsBody(Body):
    """Keys to press on the person's line, one after the other."""

    digits: Annotated[str, StringConstraints(pattern=r"^[0-9*#]{1,20}$")]


class HelpBody(Body):
    """``asks``: the supervisor is wanted; false: no more."""

    asks: bool


class TransferBody(Body):
    """``to``: the colleague's seat; null: whoever is ready."""

    to: SeatNumber | None = None


class ConsultBody(Body):
    """``to``: the colleague's seat."""

    to: SeatNumber


class Colleague(Reply):
    """Somebody who is signed in. ``ready``: takes a person now; ``role`` empty: the desk is not open."""

    seat: int
    name: str
    role: str
    ready: bool


class Colleagues(Reply):
    """All but oneself, those who are ready first, of these the supervisors."""

    colleagues: list[Colleague]


def _talking(call: Call[Body]) -> SeatLive:
    """The own seat, in a talk."""
    live = call.parts.engine.seat(call.seat)
    if live.state is not SeatState.TALKING or live.attempt_id is None:
        raise Problem("wrong_seat_state", seat=live.seat, state=live.state)
    return live


async def hold(call: Call[HoldBody]) -> Accepted:
    """Let the person wait, or talk again; Asterisk's word for it comes as ``held`` of the seat."""
    live, now = _talking(call), call.parts.clock()
    order = OperatorHolds(live.seat, now) if call.body.held else OperatorResumes(live.seat, now)
    call.parts.engine.post(order)
    return Accepted(at=now)


async def digits(call: Call[DigitsBody]) -> Accepted:
    """Press keys; not while the person is on hold."""
    live, now = _talking(call), call.parts.clock()
    if live.held:
        raise Problem("on_hold")
    call.parts.engine.post(OperatorSendsDigits(live.seat, call.body.digits, now))
    return Accepted(at=now)


async def help_wanted(call: Call[HelpBody]) -> Accepted:
    """Call the supervisor to this seat, in a call or not."""
    now = call.parts.clock()
    call.parts.engine.post(HelpAsked(call.seat, call.body.asks, now))
    return Accepted(at=now)


async def transfer(call: Call[TransferBody]) -> Accepted:
    """Give the person to a colleague who is ready; the own wrap-up begins."""
    live, now, to = _talking(call), call.parts.clock(), call.body.to
    if live.consults is not None and not live.held:
        raise Problem("wrong_seat_state", seat=live.seat, state=live.state)
    asked = live.consults is not None and to in (None, live.consults)
    ready = any(one.ready and to in (None, one.seat) for one in (await colleagues(call)).colleagues)
    if not asked and not ready:
        raise Problem("nobody_ready" if to is None else "colleague_not_ready", seat=to or 0)
    call.parts.engine.post(OperatorTransfers(live.seat, to, now))
    return Accepted(at=now)


async def consult(call: Call[ConsultBody]) -> Accepted:
    """Ask a colleague who is ready; the person must be on hold, and hears nothing of it."""
    live, now, to = _talking(call), call.parts.clock(), call.body.to
    if not live.held:
        raise Problem("not_on_hold")
    if not any(one.ready and to == one.seat for one in (await colleagues(call)).colleagues):
        raise Problem("colleague_not_ready", seat=to)
    call.parts.engine.post(OperatorConsults(live.seat, to, now))
    return Accepted(at=now)


async def gather(call: Call[Empty]) -> Accepted:
    """Let the person hear and speak too."""
    live, now = _talking(call), call.parts.clock()
    if live.consults is None or not live.held:
        raise Problem("nobody_asked")
    call.parts.engine.post(OperatorGathers(live.seat, now))
    return Accepted(at=now)


async def leave(call: Call[Empty]) -> Accepted:
    """Out of a talk of three, or back from a colleague's question; the others go on."""
    live, now = _talking(call), call.parts.clock()
    call.parts.engine.post(OperatorLeaves(live.seat, now))
    return Accepted(at=now)


async def to_survey(call: Call[Empty]) -> Accepted:
    """The person is asked the campaign's survey by keypad; the own wrap-up begins."""
    live, now, calls = _talking(call), call.parts.clock(), call.parts.calls
    context = await calls.context(live.attempt_id or "")
    if context is None or calls.survey(context) is None:
        raise Problem("no_survey")
    call.parts.engine.post(OperatorSendsToSurvey(live.seat, now))
    return Accepted(at=now)


async def colleagues(call: Call[Body]) -> Colleagues:
    """Who sits at the other seats."""
    now = await call.parts.live.room()
    roles = {session.seat: session.operator.role for session in call.parts.desks.sessions}
    others = [
        Colleague(
            seat=seat.seat,
            name=now.operators.get(seat.operator_id, ""),
            role=roles.get(seat.seat, ""),
            ready=seat.state is SeatState.READY and not seat.draining,
        )
        for seat in now.room.seats
        if seat.operator_id is not None and seat.seat != call.seat
    ]
    return Colleagues(
        colleagues=sorted(others, key=lambda one: (not one.ready, one.role not in LEADERS, one.seat))
    )


LEADERS = (Role.SUPERVISOR, Role.ADMIN)
_WHILE_TALKING = ("wrong_seat_state",)
ENDPOINTS = (
    Endpoint(
        "POST", "/api/v1/desk/hold", hold, DESK, "Hold the person, or talk again", "desk", body=HoldBody,
        reply=Accepted, status=202, problems=_WHILE_TALKING,
        notes="The seat's `held` changes when Asterisk has done it. Ten minutes are the longest hold.",
    ),
    Endpoint(
        "POST", "/api/v1/desk/digits", digits, DESK, "Press keys on the person's line", "desk",
        body=DigitsBody, reply=Accepted, status=202, problems=(*_WHILE_TALKING, "on_hold"),
    ),
    Endpoint(
        "POST", "/api/v1/desk/help", help_wanted, DESK, "Ask for the supervisor", "desk", body=HelpBody,
        reply=Accepted, status=202, notes="Shown as `asks_help` of the seat, on the wallboard too.",
    ),
    Endpoint(
        "POST", "/api/v1/desk/transfer", transfer, DESK, "Give the person to a colleague", "desk",
        body=TransferBody, reply=Accepted, status=202,
        problems=(*_WHILE_TALKING, "nobody_ready", "colleague_not_ready"),
        notes="If the colleague's phone fails in this moment, the person stays with you.",
    ),
    Endpoint(
        "POST", "/api/v1/desk/consult", consult, DESK, "Ask a colleague about the person", "desk",
        body=ConsultBody, reply=Accepted, status=202,
        problems=(*_WHILE_TALKING, "not_on_hold", "colleague_not_ready"),
        notes="`consults` of the seat tells when both hear each other. Then: talk again with the person "
              "(hold), hand them over (transfer), or talk all three (gather).",
    ),
    Endpoint(
        "POST", "/api/v1/desk/gather", gather, DESK, "Talk all three", "desk", reply=Accepted, status=202,
        problems=(*_WHILE_TALKING, "nobody_asked"),
    ),
    Endpoint(
        "POST", "/api/v1/desk/leave", leave, DESK, "Leave a talk of three, or a question", "desk",
        reply=Accepted, status=202, problems=_WHILE_TALKING,
    ),
    Endpoint(
        "POST", "/api/v1/desk/to-survey", to_survey, DESK, "Let the person answer by keypad", "desk",
        reply=Accepted, status=202, problems=(*_WHILE_TALKING, "no_survey", "store_busy"),
    ),
    Endpoint(
        "GET", "/api/v1/desk/colleagues", colleagues, DESK, "Who could take the person", "desk",
        reply=Colleagues,
    ),
)  # fmt: skip
