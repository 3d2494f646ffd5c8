"""Preview: the operator sees the person, and then has them called or passes them over."""

from __future__ import annotations

from typing import Literal

from dialer.core.desk_events import OperatorDials, OperatorSkips
from dialer.core.dispositions import SKIPPED_FOR_S
from dialer.core.live import SeatState
from dialer.web.api.replies import Accepted
from dialer.web.endpoint import DESK, AttemptId, Body, Call, Endpoint
from dialer.web.problems import Problem

SkipCode = Literal["later", "another_day", "unsuitable"]

assert SKIPPED_FOR_S.keys() == set(SkipCode.__args__)  # type: ignore[attr-defined]


class ShownBody(Body):
    """The person who is shown."""

    attempt_id: AttemptId


class SkipBody(ShownBody):
    """Why they are not called; see ``GET /api/v1/words``."""

    reason: SkipCode


def _shown(call: Call[ShownBody]) -> int:
    """The own seat, where this person is shown."""
    live = call.parts.engine.seat(call.seat)
    if live.state is not SeatState.PREVIEW or live.attempt_id != call.body.attempt_id:
        raise Problem("wrong_seat_state", seat=live.seat, state=live.state)
    return live.seat


async def dial(call: Call[ShownBody]) -> Accepted:
    """Have the person called; the trunk may let it wait for a moment."""
    now = call.parts.clock()
    call.parts.engine.post(OperatorDials(_shown(call), call.body.attempt_id, now))
    return Accepted(at=now)


async def skip(call: Call[SkipBody]) -> Accepted:
    """Pass the person over; the next one is shown."""
    now, body = call.parts.clock(), call.body
    call.parts.engine.post(OperatorSkips(_shown(call), body.attempt_id, body.reason, now))
    return Accepted(at=now)


ENDPOINTS = (
    Endpoint(
        "POST", "/api/v1/desk/dial", dial, DESK, "Call the person who is shown", "desk", body=ShownBody,
        reply=Accepted, status=202, problems=("wrong_seat_state",),
        notes="In a campaign with mode preview a ready seat becomes `preview` with the next person, and "
              "`dialling` while they are called; then it goes on as always. If they opted out meanwhile, "
              "or the hours have ended, the next person is shown instead.",
    ),
    Endpoint(
        "POST", "/api/v1/desk/skip", skip, DESK, "Pass over the person who is shown", "desk", body=SkipBody,
        reply=Accepted, status=202, problems=("wrong_seat_state",),
        notes="They are shown again after two hours (later) or a day (another_day), or leave the campaign "
              "(unsuitable); the reason is kept.",
    ),
)  # fmt: skip
