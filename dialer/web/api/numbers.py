"""What the operator did today, beside the mean of the room."""

from __future__ import annotations

from dialer.store.own_day import OperatorDay, mean
from dialer.web.endpoint import DESK, Call, Empty, Endpoint, Reply


class DayView(Reply):
    """A day so far. ``talk_s`` and ``waiting_s``: seconds in calls, and ready without one."""

    calls: float
    talk_s: float
    waiting_s: float


class Numbers(Reply):
    """``room``: the mean of the ``operators`` who spoke to somebody today. ``dispositions``: by code."""

    mine: DayView
    dispositions: dict[str, int]
    room: DayView
    operators: int


def _view(day: OperatorDay) -> DayView:
    return DayView(calls=day.calls, talk_s=day.talk_s, waiting_s=day.waiting_s)


async def numbers(call: Call[Empty]) -> Numbers:
    """At most 20 s old."""
    days, operator_id = await call.parts.operator_days.today(), call.session.operator.id
    return Numbers(
        mine=_view(days.get(operator_id, OperatorDay())),
        dispositions=dict(await call.parts.operator_days.dispositions(operator_id)),
        room=_view(mean(days)),
        operators=len(days),
    )


ENDPOINTS = (
    Endpoint(
        "GET", "/api/v1/desk/numbers", numbers, DESK, "Your own numbers of today, and the room's", "desk",
        reply=Numbers, problems=("store_busy",), notes="From midnight in the office's time zone.",
    ),
)  # fmt: skip
