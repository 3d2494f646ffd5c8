"""The trial of the own phone before taking people, and what came of all of them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field

from dialer.core.live import SeatState
from dialer.core.rules import day_start
from dialer.core.seat_check import Heard, PhoneKind, Verdict
from dialer.store.seat_checks import SeatChecks, StoredCheck
from dialer.web.api.replies import Accepted
from dialer.web.endpoint import DESK, SUPERVISOR, Body, Call, Empty, Endpoint, Reply
from dialer.web.problems import Problem

Level = Annotated[float, Field(ge=-200, le=20)]
Figure = Annotated[float, Field(ge=0, le=60_000)]


class HeardBody(Body):
    """What desk and operator noticed. Levels in dBFS, ``lost_share`` 0..1; null: not measured."""

    phone: Literal["browser", "table"]
    heard_self: bool
    microphone_db: Level | None = None
    returned_db: Level | None = None
    jitter_ms: Figure | None = None
    lost_share: Annotated[float, Field(ge=0, le=1)] | None = None
    round_trip_ms: Figure | None = None


class Standing(Reply):
    """``may_be_ready``: a trial of this sign-in was good, or none is required."""

    required: bool
    may_be_ready: bool


class TrialView(Reply):
    """``faults`` forbid people, ``weaknesses`` do not. Figures: the worse of both directions."""

    at: float
    passed: bool
    faults: list[str]
    weaknesses: list[str]
    jitter_ms: float | None
    lost_share: float | None
    round_trip_ms: float | None

    @classmethod
    def of(cls, at: float, found: Verdict | StoredCheck, **whose: int | str) -> Self:
        """``whose``: the fields that a view adds to these."""
        return cls(
            at=at,
            passed=found.passed,
            faults=list(found.faults),
            weaknesses=list(found.weaknesses),
            jitter_ms=found.jitter_ms,
            lost_share=found.lost_share,
            round_trip_ms=found.round_trip_ms,
            **whose,
        )


class SeatTrialView(TrialView):
    """The last trial of a seat today."""

    seat: int
    operator: str
    phone: str


class SeatTrials(Reply):
    """By seat."""

    checks: list[SeatTrialView]


async def standing(call: Call[Empty]) -> Standing:
    """Whether this sign-in may be ready."""
    trials = call.parts.trials
    return Standing(required=trials.required, may_be_ready=await trials.may_be_ready(call.session))


async def begin(call: Call[Empty]) -> Accepted:
    """From now on the operator hears themselves."""
    call.parts.sign_ins.take_seat(call.session)
    live = call.parts.engine.seat(call.seat)
    if live.state is not SeatState.PAUSED:
        raise Problem("wrong_seat_state", seat=live.seat, state=live.state)
    call.parts.trials.begin(call.session, call.seat)
    return Accepted(at=call.parts.clock())


async def end(call: Call[HeardBody]) -> TrialView:
    """Judge and store."""
    given = call.body.model_dump()
    heard = Heard(**{**given, "phone": PhoneKind(call.body.phone)})
    trial = await call.parts.trials.end(call.session, call.seat, heard)
    return TrialView.of(trial.at, trial.verdict)


async def of_all(call: Call[Empty]) -> SeatTrials:
    """The last trial of each seat today."""
    found = await SeatChecks(call.parts.database).latest(day_start(call.parts.clock()))
    checks = [
        SeatTrialView.of(one.at, one, seat=one.seat, operator=one.operator, phone=one.phone)
        for one in found
    ]
    return SeatTrials(checks=checks)


ENDPOINTS = (
    Endpoint(
        "GET", "/api/v1/desk/seat-check", standing, DESK, "Whether this sign-in may be ready", "desk",
        reply=Standing, problems=("store_busy",),
    ),
    Endpoint(
        "POST", "/api/v1/desk/seat-check/begin", begin, DESK, "Hear yourself", "desk", reply=Accepted,
        status=202, problems=("wrong_seat_state",),
        notes="For a seat that is paused. The line plays back what the phone sends until the check ends.",
    ),
    Endpoint(
        "POST", "/api/v1/desk/seat-check", end, DESK, "Say what was heard", "desk", body=HeardBody,
        reply=TrialView, problems=("no_trial_begun", "store_busy"),
        notes="Judged together with what Asterisk counted on the line. `ready` is refused until one passed.",
    ),
    Endpoint(
        "GET", "/api/v1/seat-checks", of_all, SUPERVISOR, "The last check of each seat today", "room",
        reply=SeatTrials, problems=("store_busy",),
    ),
)  # fmt: skip
