"""How many calls to place now, and why. Pure: time is an argument, nothing is read or written.

How to drive it, in production and in any simulator::

    pacer = Pacer(PacingPolicy(abandonment_cap=0.03))     # one per campaign, learns while it runs

    # Tell it what happens, at the time it happens (epoch seconds or any clock that never steps back):
    pacer.answered(call, now)              # a CallInFlight was picked up by a person
    pacer.ended(call, now)                 # ... or ended without answer (busy, rang out, rejected, ...)
    pacer.failed(call, now)                # ... or said nothing of the person (congestion, fault, cancelled)
    pacer.taken_back(call, now)            # ... or was hung up while it rang, as ``decision.take_back`` asked
    pacer.joined(now)                      # an answered person got an operator within the patience
    pacer.abandoned(now)                   # ... or did not
    pacer.talk_ended(operator, now)        # a BusyOperator in TALKING as it was in the last moment
    pacer.wrap_up_ended(operator, now)     # a BusyOperator in WRAP_UP; the operator is free now
    pacer.progressed(operator, now)        # the BusyOperator with its new step (optional)

    # Ask, on every relevant event and every 0.25 to 0.5 s:
    decision = pacer.decide(PacingSnapshot(free=3, busy=[...], in_flight=[...]), now)
    # place decision.dials calls; decision.reason.code / .text say why. Where the policy's ``least_ring_s``
    # is set, hang up the decision.take_back longest ringing calls of those that have rung so long.

``decide(snapshot, policy, now, pacer)`` is the same as a plain function. Every mode goes through it.
"""

from __future__ import annotations

from dialer.core.allowance import spent
from dialer.core.ledger import Ledger
from dialer.core.model import SEEN_FIRST, CampaignKind, PacingMode
from dialer.core.pacing_records import (
    BusyOperator,
    BusyPhase,
    CallInFlight,
    Decision,
    Forecast,
    PacingPolicy,
    PacingSnapshot,
    Reason,
    ReasonCode,
)
from dialer.core.predictive import Predictor

__all__ = [
    "BusyOperator",
    "BusyPhase",
    "CallInFlight",
    "Decision",
    "Forecast",
    "Pacer",
    "PacingPolicy",
    "PacingSnapshot",
    "Reason",
    "ReasonCode",
    "decide",
]


class Pacer:
    """One campaign's pacing: its policy, what it has learnt, and what it has used of the allowance."""

    def __init__(self, policy: PacingPolicy) -> None:
        self._policy = policy
        self.ledger = Ledger(policy.window_s)
        self.predictor = Predictor(policy, self.ledger)

    @property
    def policy(self) -> PacingPolicy:
        """What the supervisor decided; a new one counts from the next decision, what is learnt stays."""
        return self._policy

    @policy.setter
    def policy(self, policy: PacingPolicy) -> None:
        self._policy = self.predictor.policy = policy

    def answered(self, call: CallInFlight, now: float) -> None:
        """A person picked up."""
        self.predictor.answers.answered(call, now)

    def ended(self, call: CallInFlight, now: float) -> None:
        """The call ended and nobody had answered."""
        self.predictor.answers.ended(call, now)

    def failed(self, call: CallInFlight, now: float) -> None:
        """The call ended in a way that says nothing about people: congestion, fault, cancelled by us."""

    def taken_back(self, call: CallInFlight, now: float) -> None:
        """The call was hung up while it rang, as a decision had asked."""
        self.predictor.answers.taken_back(call, now)

    def joined(self, now: float) -> None:
        """A person who answered got an operator in time."""
        self.ledger.record(False, now)
        self.predictor.allowance.settled(False)

    def abandoned(self, now: float) -> None:
        """A person who answered got no operator in time."""
        self.ledger.record(True, now)
        self.predictor.allowance.settled(True)

    def talk_ended(self, operator: BusyOperator, now: float) -> None:
        """A talk is over; ``operator`` is as it was while talking."""
        self.predictor.operators.talk_ended(operator, now)

    def wrap_up_ended(self, operator: BusyOperator, now: float) -> None:
        """A wrap-up is over; ``operator`` is as it was in wrap-up."""
        self.predictor.operators.wrap_up_ended(operator, now)

    def progressed(self, operator: BusyOperator, now: float) -> None:
        """The conversation reached ``operator.step`` of ``operator.steps``."""
        self.predictor.operators.progressed(operator, now)

    def decide(self, snapshot: PacingSnapshot, now: float) -> Decision:
        """How many calls to place at ``now``; never more than any limit in ``snapshot`` allows."""
        room, limit = _room(snapshot)
        if self.policy.kind is CampaignKind.SURVEY:
            code = ReasonCode.SURVEY_CHANNELS if room > 0 else limit
            return Decision(room, Reason(code, {"room": room}))
        if snapshot.free + len(snapshot.busy) <= 0:
            return Decision(0, Reason(ReasonCode.NO_OPERATORS))
        self.ledger.forget(now)
        if self.policy.mode is PacingMode.PREDICTIVE:
            wanted, take_back, reason, forecast = self._predicted(snapshot, now)
        else:
            (wanted, reason), take_back, forecast = self._by_count(snapshot), 0, None
        if wanted > room:
            wanted, reason = room, Reason(limit)
        return Decision(wanted, reason, forecast, take_back)

    def _by_count(self, snapshot: PacingSnapshot) -> tuple[int, Reason]:
        """The modes that forecast nothing."""
        policy = self.policy
        if policy.mode in SEEN_FIRST:
            wanted = min(snapshot.requested, snapshot.free)  # each operator has a person of their own
            if policy.mode is PacingMode.MANUAL and not wanted:
                return 0, Reason(ReasonCode.BY_HAND)
            return wanted, Reason(ReasonCode.ON_REQUEST, {"requested": snapshot.requested})
        ratio = policy.dial_ratio if policy.mode is PacingMode.RATIO else 1.0
        wanted, one_each = _one_each(snapshot, ratio), _one_each(snapshot, 1.0)
        payable = self.ledger.affordable(policy.abandonment_cap, policy.window_answers)
        # Each call beyond the free operators may be answered at once and cost an abandoned one.
        if wanted > max(one_each, covered := payable - _unmatched(snapshot)):
            return max(one_each, covered), self._short(payable, snapshot.free)
        return wanted, _ratio_reason(snapshot, ratio, wanted)

    def _predicted(self, snapshot: PacingSnapshot, now: float) -> tuple[int, int, Reason, Forecast]:
        dials, take_back, forecast, spare = self.predictor.decide(snapshot, now)
        wanted = _one_each(snapshot, 1.0)
        if spent(self.ledger, self.policy):
            reason = self._spent()
        else:
            wanted = max(dials, wanted)
            reason = _predicted_reason(wanted, forecast, spare)
        return wanted, 0 if wanted else take_back, reason, forecast

    def _spent(self) -> Reason:
        used = self.ledger.worst_rate(self.policy.window_answers)
        values = {"used_percent": used * 100, "cap_percent": self.policy.abandonment_cap * 100}
        return Reason(ReasonCode.ALLOWANCE_SPENT, values)

    def _short(self, payable: int, free: int) -> Reason:
        spent_reason = self._spent()
        if payable == 0 and spent(self.ledger, self.policy):
            return spent_reason
        values = {**spent_reason.values, "payable": payable, "free": free}
        return Reason(ReasonCode.ALLOWANCE_SHORT, values)


def decide(
    snapshot: PacingSnapshot, policy: PacingPolicy, now: float, pacer: Pacer | None = None
) -> Decision:
    """The decision of ``pacer``, or of one that has learnt nothing yet under ``policy``."""
    return (pacer or Pacer(policy)).decide(snapshot, now)


def _predicted_reason(wanted: int, forecast: Forecast, spare: int | None) -> Reason:
    values = _forecast_values(forecast)
    if wanted:
        return Reason(ReasonCode.PREDICTED, values)
    if spare is not None:
        return Reason(ReasonCode.TOO_MANY_AT_ONCE, {**values, "spare": spare})
    return Reason(ReasonCode.RISK_TOO_HIGH, values)


def _forecast_values(forecast: Forecast) -> dict[str, float]:
    return {
        "answers": forecast.answers,
        "operators": forecast.operators,
        "horizon_s": forecast.horizon_s,
        "risk_percent": forecast.risk * 100,
        "accepted_percent": forecast.accepted_risk * 100,
        "used_percent": forecast.used * 100,
        "cap_percent": forecast.cap * 100,
    }


def _room(snapshot: PacingSnapshot) -> tuple[int, ReasonCode]:
    """The most that may be placed now, and which limit says so."""
    limits = (
        (snapshot.contacts_left, ReasonCode.LIST_END),
        (snapshot.trunk_channels_free, ReasonCode.TRUNK_FULL),
        (snapshot.campaign_channels_free, ReasonCode.CAMPAIGN_FULL),
        (snapshot.calls_left_this_second, ReasonCode.RATE_LIMIT),
    )
    room, code = 1_000_000, ReasonCode.RATE_LIMIT
    for limit, why in limits:
        if limit is not None and limit < room:
            room, code = limit, why
    return max(0, room), code


def _one_each(snapshot: PacingSnapshot, ratio: float) -> int:
    """``ratio`` calls per free operator, less what is on its way already."""
    unserved = max(0, snapshot.free - snapshot.reserved - snapshot.waiting)
    return max(0, int(ratio * unserved + 1e-9) - len(snapshot.in_flight) - snapshot.claims)


def _unmatched(snapshot: PacingSnapshot) -> int:
    """Calls under way less the free operators; negative while operators are without a call."""
    under_way = len(snapshot.in_flight) + snapshot.claims + snapshot.waiting
    return under_way + snapshot.reserved - snapshot.free


def _ratio_reason(snapshot: PacingSnapshot, ratio: float, wanted: int) -> Reason:
    free = max(0, snapshot.free - snapshot.reserved - snapshot.waiting)
    if free == 0:
        return Reason(ReasonCode.ALL_BUSY)
    if wanted == 0:
        in_flight = len(snapshot.in_flight) + snapshot.claims
        return Reason(ReasonCode.ENOUGH_IN_FLIGHT, {"in_flight": in_flight, "free": free})
    if ratio > 1.0:
        return Reason(ReasonCode.FIXED_RATIO, {"ratio": ratio, "free": free})
    return Reason(ReasonCode.ONE_PER_OPERATOR, {"free": free})
