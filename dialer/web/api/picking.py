"""Manual dialling: the operator types a number, and is shown the person if the rules allow the call."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import StringConstraints

from dialer.contacts.numbers import MAX_CELL, NotANumber, read_number
from dialer.core.live import SeatState
from dialer.core.model import Refused
from dialer.core.picking import NotPicked, Pick
from dialer.core.rules import OFFICE_ZONE
from dialer.store.access import AuditEntry
from dialer.web.endpoint import DESK, Body, Call, Endpoint, Reply
from dialer.web.problems import Problem

_FREE: Final = (SeatState.READY, SeatState.PAUSED)
_WHY: Final = {
    NotPicked.NO_CAMPAIGN: "no_campaign_by_number",
    NotPicked.NOT_ON_A_LIST: "not_on_a_list",
    NotPicked.NOT_NOW: "not_dialling",
}


class NumberBody(Body):
    """A telephone number of India as people write it, in digits of any script."""

    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CELL)]


class Shown(Reply):
    """Who is shown on the seat now, not called yet. ``at``: UTC epoch seconds."""

    attempt_id: str
    at: float


async def look_up(call: Call[NumberBody]) -> Shown:
    """Show the person with this number."""
    parts, now = call.parts, call.parts.clock()
    number = read_number(call.body.number)
    if isinstance(number, NotANumber):
        raise Problem("not_a_number")
    parts.sign_ins.take_seat(call.session)
    live = parts.engine.seat(call.seat)
    if live.state not in _FREE:
        raise Problem("wrong_seat_state", seat=live.seat, state=live.state)
    wait_s = parts.look_ups.begin(call.session.operator.id, now)
    if wait_s > 0:
        minutes = max(1, round(wait_s / 60))
        raise Problem("too_many_numbers", retry_after_s=wait_s, minutes=minutes)
    pick = await parts.engine.pick(call.seat, number.phone)
    _write_down(call, pick, now)
    if pick.attempt_id is None:
        raise _problem(call, pick)
    return Shown(attempt_id=pick.attempt_id, at=parts.clock())


def _write_down(call: Call[NumberBody], pick: Pick, at: float) -> None:
    """That somebody was looked up, and with what result; never the number."""
    why = pick.refused.reason if pick.refused is not None else pick.why
    detail = {"attempt": pick.attempt_id} if pick.attempt_id else {"why": str(why)}
    subject = f"seat {call.seat}"
    call.parts.trail.put(AuditEntry(at, call.person.name, "contact look-up", subject, detail))


def _problem(call: Call[NumberBody], pick: Pick) -> Problem:
    if pick.refused is not None:
        return _refusal(pick.refused)
    if pick.why in _WHY:
        return Problem(_WHY[pick.why])
    live = call.parts.engine.seat(call.seat)
    return Problem("wrong_seat_state", seat=live.seat, state=live.state)


def _refusal(refused: Refused) -> Problem:
    if refused.until is None:
        return Problem("refused_for_good", rule=refused.reason)
    earliest = datetime.fromtimestamp(refused.until, OFFICE_ZONE).strftime("%d.%m.%Y %H:%M")
    return Problem("refused_for_now", rule=refused.reason, earliest=earliest)


ENDPOINTS = (
    Endpoint(
        "POST", "/api/v1/desk/look-up", look_up, DESK, "Show the person with a number", "desk",
        body=NumberBody, reply=Shown,
        problems=("not_a_number", "wrong_seat_state", "too_many_numbers", "no_campaign_by_number",
                  "not_on_a_list", "refused_for_now", "refused_for_good", "not_dialling"),
        notes="The seat is ready or paused, and takes a running campaign with mode manual or preview whose "
              "list has this number. It becomes `preview`, as if the person were the next one; a seat that "
              "was paused is paused again afterwards. Nobody is dialled by this. What a rule refuses is "
              "stored like every refusal. An operator may ask 30 times in five minutes; the audit log tells "
              "of each time, without the number.",
    ),
)  # fmt: skip
