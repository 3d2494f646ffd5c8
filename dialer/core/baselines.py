"""Other ways to pace, to compare with: what is used elsewhere, and what nobody can beat.

VICIdial's rule is the one its manager manual publishes (auto dial level, adaptive methods); the Erlang and
replay rules are the textbook ones. All drive the same simulator as ``core.pacing``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from heapq import heapify, heapreplace
from math import ceil, exp

from dialer.core.model import PacingMode
from dialer.core.pacing import Pacer, PacingPolicy
from dialer.core.pacing_records import (
    BusyOperator,
    CallInFlight,
    Decision,
    PacingSnapshot,
    Reason,
    ReasonCode,
)
from dialer.core.scenario import Scenario, value_at
from dialer.core.simulation import Contacts, Controller, Shift, ShiftResult

_REASON = Reason(ReasonCode.FIXED_RATIO, {"ratio": 1.0, "free": 0.0})


class Watcher:
    """Counts what it is told; a rule adds ``wanted``. Limits of the snapshot are kept here."""

    def __init__(self, cap: float) -> None:
        self.cap = cap
        self.calls = self.live = self.dropped = 0

    def answered(self, call: CallInFlight, now: float) -> None:
        """A person picked up."""
        self.calls += 1

    def ended(self, call: CallInFlight, now: float) -> None:
        """Nobody picked up."""
        self.calls += 1

    def failed(self, call: CallInFlight, now: float) -> None:
        """The trunk refused it: these rules count it like any other."""
        self.calls += 1

    def taken_back(self, call: CallInFlight, now: float) -> None:
        """These rules let everybody's phone ring to the end."""

    def joined(self, now: float) -> None:
        """An answered person got an operator."""
        self.live += 1

    def abandoned(self, now: float) -> None:
        """An answered person got none."""
        self.live += 1
        self.dropped += 1

    def talk_ended(self, operator: BusyOperator, now: float) -> None:
        """A talk is over."""

    def wrap_up_ended(self, operator: BusyOperator, now: float) -> None:
        """A wrap-up is over."""

    def progressed(self, operator: BusyOperator, now: float) -> None:
        """These rules do not listen."""

    def wanted(self, snapshot: PacingSnapshot, now: float) -> float:
        """How many calls the rule would place."""
        raise NotImplementedError

    def decide(self, snapshot: PacingSnapshot, now: float) -> Decision:
        """The rule's number within the snapshot's limits."""
        limits = (
            snapshot.trunk_channels_free, snapshot.campaign_channels_free,
            snapshot.calls_left_this_second, snapshot.contacts_left,
        )  # fmt: skip
        known = [limit for limit in limits if limit is not None]
        return Decision(max(0, min([int(self.wanted(snapshot, now)), *known])), _REASON)


class FixedRatio(Watcher):
    """``ratio`` calls per free operator, whatever comes of it."""

    def __init__(self, ratio: float) -> None:
        super().__init__(1.0)
        self.ratio = ratio

    def wanted(self, snapshot: PacingSnapshot, now: float) -> float:
        """Less what is in flight."""
        return self.ratio * max(0, snapshot.free - snapshot.waiting) - len(snapshot.in_flight)


class Vicidial(Watcher):
    """The published adaptive rule: a dial level, adjusted every 15 s; lines = level x operators."""

    def __init__(self, method: str, cap: float, duration_s: float, most: float = 3.0) -> None:
        super().__init__(cap)
        self.method, self.duration_s, self.most = method, duration_s, most
        self.level = 1.0
        self._adjusted_at = 0.0
        self._operators: deque[int] = deque(maxlen=4)

    def wanted(self, snapshot: PacingSnapshot, now: float) -> float:
        """Lines beyond those in use."""
        operators = snapshot.free + len(snapshot.busy)
        if now - self._adjusted_at >= 15.0:
            self._adjusted_at = now
            self._operators.append(operators)
            self._adjust(snapshot, now)
        return ceil(self.level * operators) - len(snapshot.in_flight) - snapshot.waiting - len(snapshot.busy)

    def _adjust(self, snapshot: PacingSnapshot, now: float) -> None:
        average = max(1.0, sum(self._operators) / len(self._operators))
        self.level *= 1.0 + (snapshot.free - snapshot.waiting) / average
        self.level = min(self.most, max(1.0, self.level))
        if self.calls <= 50 or self.dropped <= self.cap * max(1, self.live):
            return
        if self.method == "hard limit":
            self.level = 1.0
        elif self.method == "average":
            self.level = max(1.0, self.level / 2.0)
        else:
            left = max(0.0, 1.0 - now / self.duration_s)
            self.level = max(1.0, self.level * left)


class Erlang(Watcher):
    """Memoryless arithmetic: free operators plus those due within the lead time, over the answer rate."""

    lead_s = 11.0

    def __init__(self, cap: float) -> None:
        super().__init__(cap)
        self.answers, self.tried = 3.5, 10.0
        self.handled, self.handling_s = 3.0, 300.0
        self.margin = 1.0

    def answered(self, call: CallInFlight, now: float) -> None:
        """One more answer in the running average."""
        super().answered(call, now)
        self.answers, self.tried = self.answers * 0.995 + 1.0, self.tried * 0.995 + 1.0

    def ended(self, call: CallInFlight, now: float) -> None:
        """One more call without answer."""
        super().ended(call, now)
        self.answers, self.tried = self.answers * 0.995, self.tried * 0.995 + 1.0

    def talk_ended(self, operator: BusyOperator, now: float) -> None:
        """Handling time is learnt as talk plus ten seconds."""
        self.handled, self.handling_s = self.handled + 1.0, self.handling_s + now - operator.since + 10.0

    def abandoned(self, now: float) -> None:
        """More caution after each abandoned call above the cap."""
        super().abandoned(now)
        if self.dropped > self.cap * self.live:
            self.margin = max(0.4, self.margin * 0.9)

    def joined(self, now: float) -> None:
        """Less caution again while the cap holds."""
        super().joined(now)
        if self.dropped <= self.cap * self.live:
            self.margin = min(1.0, self.margin * 1.01)

    def wanted(self, snapshot: PacingSnapshot, now: float) -> float:
        """Calls whose expected answers meet the operators expected."""
        rate = max(0.02, self.answers / self.tried)
        due = len(snapshot.busy) * (1.0 - exp(-self.lead_s * self.handled / self.handling_s))
        coming = len(snapshot.in_flight) * rate * 0.7 + snapshot.waiting
        return (self.margin * (snapshot.free + due) - coming) / rate


class Replay(Erlang):
    """The last ten minutes are expected again: their answer rate and their releases per operator."""

    window_s = 600.0

    def __init__(self, cap: float) -> None:
        super().__init__(cap)
        self._calls: deque[tuple[float, float]] = deque()
        self._released: deque[float] = deque()

    def answered(self, call: CallInFlight, now: float) -> None:
        """Remembered for ten minutes."""
        super().answered(call, now)
        self._calls.append((now, 1.0))

    def ended(self, call: CallInFlight, now: float) -> None:
        """Remembered for ten minutes."""
        super().ended(call, now)
        self._calls.append((now, 0.0))

    def wrap_up_ended(self, operator: BusyOperator, now: float) -> None:
        """Remembered for ten minutes."""
        self._released.append(now)

    def wanted(self, snapshot: PacingSnapshot, now: float) -> float:
        """As ``Erlang``, with what the window saw."""
        while self._calls and self._calls[0][0] < now - self.window_s:
            self._calls.popleft()
        while self._released and self._released[0] < now - self.window_s:
            self._released.popleft()
        seen = sum(answer for _, answer in self._calls)
        rate = max(0.02, (seen + 3.5) / (len(self._calls) + 10.0))
        due = len(self._released) * self.lead_s / min(max(now, 60.0), self.window_s)
        coming = len(snapshot.in_flight) * rate * 0.7 + snapshot.waiting
        return (self.margin * (snapshot.free + due) - coming) / rate


def oracle(scenario: Scenario, seed: int) -> ShiftResult:
    """Who knows every outcome in advance: each operator's next person answers the moment they are free.

    An answer cannot come before set-up and ringing from the time the talk before it began; nothing else
    is lost. Operators are those of the first roster.
    """
    contacts = Contacts(scenario, seed)
    free_at = [0.0] * int(value_at(scenario.operators, 0.0))
    known_at = list(free_at)  # when this operator's present talk began: then the next call is chosen
    queue = [(at, number) for number, at in enumerate(free_at)]
    heapify(queue)
    end, contact, busy_s, result = scenario.duration_s, 0, 0.0, ShiftResult()
    while queue[0][0] < end:
        at, number = queue[0]
        while contacts.of(contact)[0] >= contacts.rate(contact, at):
            contact += 1
        _, set_up_s, ring_s, talk_s, wrap_s, _, _ = contacts.of(contact)
        contact += 1
        joined_at = max(at, known_at[number] + set_up_s + ring_s)
        known_at[number] = joined_at
        busy_s += max(0.0, min(end, joined_at + talk_s + wrap_s) - joined_at)
        heapreplace(queue, (joined_at + talk_s + wrap_s, number))
        result.answered += 1
    result.busy_s, result.signed_in_s = busy_s, end * len(free_at)
    result.utilisation, result.ended_at_s, result.dials = busy_s / result.signed_in_s, end, contact
    return result


def predictive(scenario: Scenario) -> Pacer:
    """Ours, with nothing learnt."""
    return Pacer(
        PacingPolicy(
            abandonment_cap=scenario.cap,
            patience_s=scenario.patience_s,
            ring_limit_s=scenario.ring_limit_s,
            least_ring_s=scenario.least_ring_s,
        )
    )


def progressive(scenario: Scenario) -> Pacer:
    """Ours, one call per free operator."""
    return Pacer(PacingPolicy(mode=PacingMode.PROGRESSIVE, abandonment_cap=scenario.cap))


METHODS: Mapping[str, Callable[[Scenario], Controller]] = {
    "predictive": predictive,
    "1:1": progressive,
    "ratio 2": lambda scenario: FixedRatio(2.0),
    "ratio 3": lambda scenario: FixedRatio(3.0),
    "vicidial hard limit": lambda scenario: Vicidial("hard limit", scenario.cap, scenario.duration_s),
    "vicidial average": lambda scenario: Vicidial("average", scenario.cap, scenario.duration_s),
    "vicidial tapered": lambda scenario: Vicidial("tapered", scenario.cap, scenario.duration_s),
    "erlang": lambda scenario: Erlang(scenario.cap),
    "replay": lambda scenario: Replay(scenario.cap),
}
"""Every way to pace by name; ``oracle`` is apart, for it decides nothing."""


def play(scenario: Scenario, method: str, seed: int) -> ShiftResult:
    """One shift of ``method`` (a key of ``METHODS``, or ``oracle``)."""
    if method == "oracle":
        return oracle(scenario, seed)
    return Shift(scenario, seed, METHODS[method](scenario)).run()
