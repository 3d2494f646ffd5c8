"""Times at which people asked to be called again: agreed at the desk, listed for supervisors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from dialer.core.callbacks import CallbackState
from dialer.core.desk_events import CallbackPromised
from dialer.core.model import Refused
from dialer.core.rules import OFFICE_ZONE, day_named, day_start, may_anybody_be_called
from dialer.store.access import AuditEntry
from dialer.store.callbacks import CallbackRecord, Wanted
from dialer.store.port import CallbackAgreed, EventNoted
from dialer.web.api.calls import own_call
from dialer.web.api.replies import Saved
from dialer.web.calls import masked
from dialer.web.endpoint import DESK, SUPERVISOR, AttemptId, Body, Call, Empty, Endpoint, Reply
from dialer.web.problems import Problem

MOST_OWN: Final = 3
"""So many of their own an operator is shown."""
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


class OwnCallback(Reply):
    """``due_at``: UTC epoch seconds; it may be past."""

    due_at: float
    name: str
    campaign: str


class OwnCallbacks(Reply):
    """The next three."""

    callbacks: list[OwnCallback]


class ListedCallback(Reply):
    """``phone`` is masked; ``operator``: with whom, empty for anybody. Times are UTC epoch seconds."""

    id: int
    due_at: float
    agreed_at: float
    state: CallbackState
    contact_id: int
    name: str
    phone: str
    campaign: str
    operator: str
    cancelled_by: str
    cancelled_why: str


class ListedCallbacks(Reply):
    """By time."""

    callbacks: list[ListedCallback]


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


async def own(call: Call[Empty]) -> OwnCallbacks:
    """Those that people want with this operator."""
    parts, operator = call.parts, call.session.operator
    found = await parts.callbacks.next_with(operator.id, MOST_OWN, parts.clock())
    views = [OwnCallback(due_at=one.due_at, name=one.person, campaign=one.campaign) for one in found]
    return OwnCallbacks(callbacks=views)


async def listed(call: Call[Empty]) -> ListedCallbacks:
    """What the query asks for."""
    parts, now = call.parts, call.parts.clock()
    found = await parts.callbacks.listed(_wanted(call.request, now), now)
    parts.trail.put(AuditEntry(now, call.person.name, "callback list", "callbacks", {"shown": len(found)}))
    return ListedCallbacks(callbacks=[_listed(one) for one in found])


def _wanted(request: web.Request, now: float) -> Wanted:
    query = request.query
    campaign, operator, day = (query.get(name, "")[:80] for name in ("campaign", "operator", "day"))
    if not day:
        return Wanted(campaign, operator, since=day_start(now))
    try:
        return Wanted(campaign, operator, *day_named(day))
    except ValueError as fault:
        raise Problem("invalid", fields=[{"loc": ("day",), "type": "string_pattern_mismatch"}]) from fault


def _listed(one: CallbackRecord) -> ListedCallback:
    return ListedCallback(
        id=one.id,
        due_at=one.due_at,
        agreed_at=one.agreed_at,
        state=one.state,
        contact_id=one.contact_id,
        name=one.person,
        phone=masked(one.phone),
        campaign=one.campaign,
        operator=one.operator,
        cancelled_by=one.cancelled_by,
        cancelled_why=one.cancelled_why,
    )


ENDPOINTS = (
    Endpoint(
        "POST", "/api/v1/desk/callback", callback, DESK, "Call this person again at a time", "calls",
        body=CallbackBody, reply=Saved,
        problems=("not_your_call", "call_unknown", "store_busy", "callback_time", "callback_not_then",
                  "callback_campaign_over"),
        notes="With `mine` it is this operator's if they are free when the person answers, else anybody's, "
              "so that nobody who answered waits. An opt-out ends it.",
    ),
    Endpoint(
        "GET", "/api/v1/desk/callbacks", own, DESK, "Your own next callbacks", "desk", reply=OwnCallbacks,
        problems=("store_busy",), notes="The next three that people want with you, from any campaign.",
    ),
    Endpoint(
        "GET", "/api/v1/callbacks", listed, SUPERVISOR, "The callbacks that were agreed", "calls",
        reply=ListedCallbacks, problems=("not_found", "invalid", "store_busy"),
        notes="Query: campaign (name), operator (user name), day (2026-11-24); without a day those of today "
              "and all that are open. Each look is written into the audit log.",
    ),
)  # fmt: skip
