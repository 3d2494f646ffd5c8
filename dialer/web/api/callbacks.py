"""A time at which the person asked to be called again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from dialer.core.desk_events import CallbackPromised
from dialer.core.model import Refused
from dialer.core.rules import OFFICE_ZONE, may_anybody_be_called
from dialer.store.port import CallbackAgreed, EventNoted
from dialer.web.api.calls import own_call
from dialer.web.api.replies import Saved
from dialer.web.endpoint import DESK, AttemptId, Body, Call, Endpoint
from dialer.web.problems import Problem

FARTHEST_S: Final = 30 * 86_400.0
"""How far ahead a callback may lie."""


class CallbackBody(Body):
    """``due_at``: when to call, UTC epoch seconds; a second one for a person replaces the first.

    ``mine``: the person wants to speak with this operator again.
    """

    attempt_id: AttemptId
    due_at: Annotated[float, Field(ge=0, le=1e11)]
    mine: bool = False


def _words(at: float) -> str:
    return datetime.fromtimestamp(at, OFFICE_ZONE).strftime("%d.%m.%Y %H:%M")


async def callback(call: Call[CallbackBody]) -> Saved:
    """Call this person at that time, before all others."""
    body, parts, now = call.body, call.parts, call.parts.clock()
    context = await own_call(call, body.attempt_id)
    if context.campaign_id not in {one.campaign_id for one in parts.engine.snapshot().campaigns}:
        raise Problem("callback_campaign_over")
    if not now < body.due_at <= now + FARTHEST_S:
        raise Problem("callback_time", latest=_words(now + FARTHEST_S))
    verdict = may_anybody_be_called(parts.config.rules.policy(), body.due_at)
    if isinstance(verdict, Refused):
        raise Problem("callback_not_then", earliest=_words(verdict.until or body.due_at))
    operator_id = call.session.operator.id if body.mine else None
    ids = body.attempt_id, context.campaign_id, context.contact_id
    agreed = CallbackAgreed(*ids, body.due_at, now, operator_id)
    told = EventNoted(body.attempt_id, now, "callback_agreed", _words(body.due_at))
    await parts.engine.record([agreed, told])
    parts.engine.post(CallbackPromised(context.campaign_id, body.due_at, now))
    return Saved(at=now)


ENDPOINTS = (
    Endpoint(
        "POST", "/api/v1/desk/callback", callback, DESK, "Call this person again at a time", "calls",
        body=CallbackBody, reply=Saved,
        problems=("not_your_call", "call_unknown", "store_busy", "callback_time", "callback_not_then",
                  "callback_campaign_over"),
        notes="With `mine` it is this operator's if they are free when the person answers, else anybody's, "
              "so that nobody who answered waits. An opt-out ends it.",
    ),
)  # fmt: skip
