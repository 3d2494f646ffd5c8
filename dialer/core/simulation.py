"""A discrete-event call centre on a virtual clock. It drives the very pacing that production runs."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import accumulate
from typing import Protocol

import numpy as np

from dialer.core.draws import uniforms
from dialer.core.pacing_records import BusyOperator, BusyPhase, CallInFlight, Decision, PacingSnapshot
from dialer.core.scenario import Scenario, answer_rates, rate_of, value_at
from dialer.core.taking_back import longest_ringing

BLOCK = 2048
UNLIMITED = 10**9
LOG_EVERY_S = 10.0
WORDS = ("trunk:simulated", "tried:1")
"""What every simulated call has in common; production's have such words too."""


class Controller(Protocol):
    """Whatever decides how many calls to place; ``core.pacing.Pacer`` is one."""

    def answered(self, call: CallInFlight, now: float) -> None: ...
    def ended(self, call: CallInFlight, now: float) -> None: ...
    def failed(self, call: CallInFlight, now: float) -> None: ...
    def taken_back(self, call: CallInFlight, now: float) -> None: ...
    def joined(self, now: float) -> None: ...
    def abandoned(self, now: float) -> None: ...
    def talk_ended(self, operator: BusyOperator, now: float) -> None: ...
    def wrap_up_ended(self, operator: BusyOperator, now: float) -> None: ...
    def progressed(self, operator: BusyOperator, now: float) -> None: ...
    def decide(self, snapshot: PacingSnapshot, now: float) -> Decision: ...


class Contacts:
    """The people of one seed: what each would do when called, drawn in blocks and kept."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario, self._seed = scenario, seed
        self._rates = answer_rates(scenario, seed)
        self._until = list(accumulate(share for share, _ in scenario.kinds))
        self._blocks: list[list[tuple[float, ...]]] = []

    def of(self, number: int) -> tuple[float, ...]:
        """(answer luck, set-up s, ring s, talk s, wrap-up s, fate luck, kind luck) of contact ``number``."""
        block, place = divmod(number, BLOCK)
        while block >= len(self._blocks):
            self._blocks.append(self._draw(len(self._blocks) * BLOCK))
        return self._blocks[block][place]

    def kind(self, number: int) -> int:
        """Which of the scenario's kinds the contact is of."""
        last = len(self._until) - 1
        return bisect_right(self._until, self.of(number)[6], hi=last) if last else 0

    def rate(self, number: int, at: float) -> float:
        """The chance that the contact answers a call placed at second ``at``."""
        rate = self._rates[min(int(at), len(self._rates) - 1)]
        odds = self._scenario.kinds[self.kind(number)][1]
        return rate if odds == 1.0 else rate_of(odds, rate)

    def shares(self, number: int) -> list[float]:
        """At which share of the talk each of its ``steps`` is done, the last at 1."""
        scenario = self._scenario
        spread = scenario.step_cv
        even = uniforms(self._seed, 1000 + number, 0, scenario.steps)
        lengths = np.maximum(0.05, 1.0 + spread * np.sqrt(12.0) * (even - 0.5))
        return list(np.cumsum(lengths) / lengths.sum())

    def _draw(self, first: int) -> list[tuple[float, ...]]:
        scenario, seed = self._scenario, self._seed
        ring = scenario.ring.draw(seed, 12, first, BLOCK)
        for again in range(1, 40):
            late = ring >= scenario.ring_limit_s
            if not late.any():
                break
            ring = np.where(late, scenario.ring.draw(seed, 12 + 50 * again, first, BLOCK), ring)
        columns = (
            uniforms(seed, 1, first, BLOCK),
            scenario.set_up.draw(seed, 11, first, BLOCK),
            np.minimum(ring, scenario.ring_limit_s - 0.01),
            scenario.talk.draw(seed, 13, first, BLOCK),
            scenario.wrap_up.draw(seed, 14, first, BLOCK),
            uniforms(seed, 2, first, BLOCK),
            uniforms(seed, 3, first, BLOCK),
        )
        return list(zip(*(column.tolist() for column in columns), strict=True))


@dataclass(slots=True)
class ShiftResult:
    """What came of a shift. ``utilisation``: talk + wrap-up over signed-in time; rates are shares.

    ``worst_window``: the highest abandonment of any rolling half hour with 60 or more answers.
    ``timeline``: every ten seconds (second, operators signed in, busy, calls in flight, answered, abandoned).
    """

    utilisation: float = 0.0
    abandonment: float = 0.0
    worst_window: float = 0.0
    dials: int = 0
    answered: int = 0
    abandoned: int = 0
    taken_back: int = 0
    signed_in_s: float = 0.0
    busy_s: float = 0.0
    ended_at_s: float = 0.0
    most_channels: int = 0
    mean_wait_s: float = 0.0
    timeline: list[tuple[float, int, int, int, int, int]] = field(default_factory=list)


class Shift:
    """One shift of one seed under one controller; ``run`` plays it."""

    def __init__(
        self, scenario: Scenario, seed: int, controller: Controller, contacts: Contacts | None = None
    ) -> None:
        self.scenario, self.controller = scenario, controller
        self.contacts = contacts or Contacts(scenario, seed)
        self.now = 0.0
        self.events: list[tuple[float, int, Callable[[int], None], int]] = []
        self.sequence = 0
        self.in_flight: dict[int, CallInFlight] = {}
        self.waiting: deque[int] = deque()
        self.busy: dict[int, BusyOperator] = {}
        self.draining: dict[int, BusyOperator] = {}
        self.serving: dict[int, int] = {}
        self.free: list[int] = []
        self.signed_in: dict[int, float] = {}
        self.next_operator = 1
        self.next_contact = 0
        self.channels_used = 0
        self.tokens = 0.0
        self.tokens_at = 0.0
        self.recent: deque[tuple[float, bool]] = deque()
        self.recent_abandoned = 0
        self.idle_since: dict[int, float] = {}
        self.waits = 0
        self.wait_s = 0.0
        self.result = ShiftResult()

    def run(self) -> ShiftResult:
        """Play the shift to its end, or to the end of its list."""
        scenario = self.scenario
        for at, _ in scenario.operators:
            self._at(at, self._on_roster, 0)
        self._at(0.0, self._on_tick, 0)
        self._at(0.0, self._on_log, 0)
        events, end, limit = self.events, scenario.duration_s, scenario.contacts
        while events:
            at, _, happens, number = heappop(events)
            if at >= end:
                break
            self.now = at
            happens(number)
            if limit is not None and self._over(limit):
                end = self.now
                break
        self._close(end)
        return self.result

    # --- the clock

    def _at(self, at: float, happens: Callable[[int], None], number: int) -> None:
        self.sequence += 1
        heappush(self.events, (at, self.sequence, happens, number))

    def _over(self, contacts: int) -> bool:
        """Whether a list of so many is used up and everybody who was called is through."""
        return self.next_contact >= contacts and not self.in_flight and not self.waiting

    def _on_tick(self, _: int) -> None:
        now = self.now
        decision = self.controller.decide(self._snapshot(), now)
        for _ in range(decision.dials):
            self._dial()
        if decision.take_back and self.scenario.least_ring_s is not None:
            self._take_back(decision.take_back, self.scenario.least_ring_s)
        self._at(now + self.scenario.decide_every_s, self._on_tick, 0)

    def _snapshot(self) -> PacingSnapshot:
        scenario = self.scenario
        channels = scenario.channels
        return PacingSnapshot(
            free=len(self.free),
            busy=self.busy.values(),
            in_flight=self.in_flight.values(),
            waiting=len(self.waiting),
            trunk_channels_free=None if channels is None else channels - self.channels_used,
            calls_left_this_second=self._tokens_now(),
            contacts_left=None if scenario.contacts is None else scenario.contacts - self.next_contact,
            closes_in_s=scenario.duration_s - self.now,
        )

    def _tokens_now(self) -> int | None:
        rate = self.scenario.calls_per_second
        if rate is None:
            return None
        self.tokens = min(max(1.0, rate * 0.5), self.tokens + (self.now - self.tokens_at) * rate)
        self.tokens_at = self.now
        return int(self.tokens)

    def _on_log(self, _: int) -> None:
        result = self.result
        result.timeline.append(
            (self.now, len(self.signed_in), len(self.busy) + len(self.draining), len(self.in_flight),
             result.answered, result.abandoned)
        )  # fmt: skip
        self._at(self.now + LOG_EVERY_S, self._on_log, 0)

    # --- operators

    def _on_roster(self, _: int) -> None:
        wanted = int(value_at(self.scenario.operators, self.now))
        while len(self.signed_in) - len(self.draining) < wanted:
            number, self.next_operator = self.next_operator, self.next_operator + 1
            self.signed_in[number] = self.now
            self._operator_free(number)
        while len(self.signed_in) - len(self.draining) > wanted:
            if self.free:
                self._sign_out(self.free.pop())
            else:
                leaver = next(iter(self.busy))
                self.draining[leaver] = self.busy.pop(leaver)

    def _sign_out(self, number: int) -> None:
        self.idle_since.pop(number, None)
        self.result.signed_in_s += self.now - self.signed_in.pop(number)

    def _operator_free(self, number: int) -> None:
        self.idle_since[number] = self.now
        self.free.append(number)
        if self.waiting:
            self._join(self.waiting.popleft())

    def _join(self, contact: int) -> None:
        now = self.now
        operator = self.free.pop(0)
        self.waits += 1
        self.wait_s += now - self.idle_since.pop(operator)
        self.busy[operator] = BusyOperator(BusyPhase.TALKING, now, 0, self.scenario.steps, None, operator)
        self.serving[operator] = contact
        talk_s = self.contacts.of(contact)[3]
        if self.scenario.steps:
            for share in self.contacts.shares(contact)[:-1]:
                self._at(now + share * talk_s, self._on_step, operator)
        self._at(now + talk_s, self._on_talk_end, operator)
        self._settle(False)
        self.controller.joined(now)

    def _on_step(self, operator: int) -> None:
        for room in (self.busy, self.draining):
            if known := room.get(operator):
                known = BusyOperator(
                    BusyPhase.TALKING, known.since, known.step + 1, known.steps, self.now, operator
                )
                room[operator] = known
                self.controller.progressed(known, self.now)

    def _on_talk_end(self, operator: int) -> None:
        room = self.busy if operator in self.busy else self.draining
        known = room[operator]
        wrap_s = self.contacts.of(self.serving[operator])[4]
        self.channels_used -= 1
        self.result.busy_s += self.now - known.since
        room[operator] = BusyOperator(BusyPhase.WRAP_UP, self.now, 0, 0, None, operator)
        self._at(self.now + wrap_s, self._on_wrap_end, operator)
        self.controller.talk_ended(known, self.now)

    def _on_wrap_end(self, operator: int) -> None:
        drains = operator in self.draining
        known = (self.draining if drains else self.busy).pop(operator)
        self.result.busy_s += self.now - known.since
        del self.serving[operator]
        self.controller.wrap_up_ended(known, self.now)
        if drains:
            self._sign_out(operator)
        else:
            self._operator_free(operator)

    # --- calls

    def _dial(self) -> None:
        scenario, now = self.scenario, self.now
        number, self.next_contact = self.next_contact, self.next_contact + 1
        self.tokens -= 1.0
        self.channels_used += 1
        self.result.dials += 1
        words = (*WORDS, f"kind:{self.contacts.kind(number)}")
        self.in_flight[number] = CallInFlight(now, None, words)
        self.result.most_channels = max(self.result.most_channels, self.channels_used)
        luck, set_up_s, ring_s, _, _, fate, _ = self.contacts.of(number)
        if fate < value_at(scenario.congested, now):
            self._at(now + 0.3, self._on_fail, number)
            return
        rate = self.contacts.rate(number, now)
        if luck < rate:
            machine = luck < rate * scenario.machines
            delay = scenario.machine_s if scenario.machines else 0.0
            ends = self._on_end if machine else self._on_answer
            self._at(now + set_up_s + ring_s + delay, ends, number)
        elif (luck - rate) / (1.0 - rate) < scenario.early_end:
            self._at(now + set_up_s + scenario.early_end_s, self._on_end, number)
            if not scenario.early_end_s:
                return
        else:
            self._at(now + set_up_s + scenario.ring_limit_s, self._on_end, number)
        self._at(now + set_up_s, self._on_ring, number)

    def _take_back(self, count: int, least_ring_s: float) -> None:
        """Hang up the longest ringing calls of those that have rung long enough."""
        ringing = (
            (call.ringing_since, number)
            for number, call in self.in_flight.items()
            if call.ringing_since is not None
        )
        for number in longest_ringing(ringing, count, self.now - least_ring_s):
            self.channels_used -= 1
            self.result.taken_back += 1
            self.controller.taken_back(self.in_flight.pop(number), self.now)

    def _on_ring(self, number: int) -> None:
        call = self.in_flight[number]
        self.in_flight[number] = CallInFlight(call.dialled_at, self.now, call.features)

    def _on_answer(self, number: int) -> None:
        if number not in self.in_flight:
            return  # taken back
        self.controller.answered(self.in_flight.pop(number), self.now)
        self.result.answered += 1
        if self.free:
            self._join(number)
        else:
            self.waiting.append(number)
            self._at(self.now + self.scenario.patience_s, self._on_patience, number)

    def _on_patience(self, number: int) -> None:
        if number in self.waiting:
            self.waiting.remove(number)
            self.channels_used -= 1
            self.result.abandoned += 1
            self._settle(True)
            self.controller.abandoned(self.now)

    def _on_end(self, number: int) -> None:
        if number not in self.in_flight:
            return  # taken back
        self.channels_used -= 1
        self.controller.ended(self.in_flight.pop(number), self.now)

    def _on_fail(self, number: int) -> None:
        self.channels_used -= 1
        self.controller.failed(self.in_flight.pop(number), self.now)

    def _settle(self, was_abandoned: bool) -> None:
        recent = self.recent
        recent.append((self.now, was_abandoned))
        self.recent_abandoned += was_abandoned
        self._forget()

    def _forget(self) -> None:
        recent, oldest = self.recent, self.now - 1800.0
        while recent and recent[0][0] <= oldest:
            self.recent_abandoned -= recent.popleft()[1]
        if len(recent) >= 60:
            self.result.worst_window = max(self.result.worst_window, self.recent_abandoned / len(recent))

    def _close(self, end: float) -> None:
        result = self.result
        for room in (self.busy, self.draining):
            result.busy_s += sum(end - operator.since for operator in room.values())
        result.signed_in_s += sum(end - since for since in self.signed_in.values())
        result.ended_at_s = end
        result.utilisation = result.busy_s / result.signed_in_s if result.signed_in_s else 0.0
        settled = result.answered - len(self.waiting)
        result.abandonment = result.abandoned / settled if settled else 0.0
        result.mean_wait_s = self.wait_s / self.waits if self.waits else 0.0
