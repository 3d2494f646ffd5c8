"""When a trunk may carry one more call: its channels, its rate, and its health."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from dialer.core.model import Outcome

WATCHED_S = 30.0
"""Faults older than this say nothing about the trunk now."""
FAULTS_TO_BACK_OFF = 5
FIRST_BACK_OFF_S, LAST_BACK_OFF_S = 5.0, 120.0
BURST_S = 0.25
"""The rate is kept over this time: a decision every quarter of a second may use its share at once."""

_FAULTS = (Outcome.CONGESTION, Outcome.TRUNK_FAULT)


@dataclass(frozen=True, slots=True)
class TrunkLimits:
    """What the provider allows: ``channels`` calls at once, ``calls_per_second`` new ones."""

    name: str
    channels: int
    calls_per_second: float


class TrunkGate:
    """One trunk's state. Times are arguments, seconds, never decreasing.

    Health: when the last ``FAULTS_TO_BACK_OFF`` ended calls within ``WATCHED_S`` were all congestion or
    faults, nothing is dialled for a while that doubles each time; then a single call probes.
    """

    def __init__(self, limits: TrunkLimits) -> None:
        self.limits = limits
        self.reachable = True
        self.backs_off_until: float | None = None
        self._back_off_s = 0.0
        self._probe: str | None = None
        self._ended: deque[tuple[float, bool]] = deque(maxlen=FAULTS_TO_BACK_OFF)
        self._faults: deque[float] = deque(maxlen=1000)
        self._tokens = self._burst
        self._counted_at: float | None = None

    @property
    def _burst(self) -> float:
        return 1.0 + self.limits.calls_per_second * BURST_S

    def channels_free(self, used: int, now: float) -> int:
        """Channels that may still be taken at ``now``; 0 while backing off, 1 to probe after it."""
        if not self.reachable:
            return 0
        free = self.limits.channels - used
        if self.backs_off_until is not None:
            free = min(free, 0 if now < self.backs_off_until or self._probe is not None else 1)
        return max(0, free)

    def rate_left(self, now: float) -> int:
        """Calls that the rate allows at ``now``."""
        return max(0, int(self._tokens_at(now)))

    def free(self, used: int, now: float) -> int:
        """How many calls may be placed at ``now`` while ``used`` channels of the trunk are taken."""
        return min(self.channels_free(used, now), self.rate_left(now))

    def placed(self, attempt_id: str, now: float) -> None:
        """A call was ordered; it used a share of the rate, and is the probe after a back-off."""
        self._tokens = self._tokens_at(now) - 1.0
        self._counted_at = now
        if self.backs_off_until is not None and now >= self.backs_off_until:
            self._probe = attempt_id

    def ended(self, attempt_id: str, outcome: Outcome, now: float, *, rang: bool = True) -> None:
        """A call of this trunk ended; anything but a fault shows that the trunk works.

        A rejection before the phone rang may be the carrier's own (SIP 403 for all of our calls): it counts
        as a fault here, and several in a row stop the dialling.
        """
        fault = outcome in _FAULTS or (outcome is Outcome.REJECTED and not rang)
        self._ended.append((now, fault))
        if fault:
            self._faults.append(now)
        was_probe = attempt_id == self._probe
        if was_probe:
            self._probe = None
        if not fault and outcome not in (Outcome.CANCELLED, Outcome.WITHDRAWN):
            self.works()
        elif fault and (was_probe or (self.backs_off_until is None and self._only_faults(now))):
            self._back_off(now)

    def works(self) -> None:
        """The far end showed life: a call rang, was answered, or ended as calls do."""
        self.backs_off_until = None
        self._probe = None
        self._back_off_s = 0.0
        self._ended.clear()

    def faults_within(self, seconds: float, now: float) -> int:
        """Congestion and faults of the last ``seconds``."""
        return sum(1 for at in self._faults if now - at <= seconds)

    def fault_text(self, now: float) -> str:
        """Why nothing is dialled here, empty when all is well."""
        if not self.reachable:
            return "does not answer"
        if self.backs_off_until is None:
            return ""
        wait_s = max(0.0, self.backs_off_until - now)
        return f"refuses calls; next try in {wait_s:.0f} s" if wait_s else "refuses calls; one call probes it"

    def _tokens_at(self, now: float) -> float:
        if self._counted_at is None:
            return self._tokens
        grown = self._tokens + (now - self._counted_at) * self.limits.calls_per_second
        return min(self._burst, grown)

    def _only_faults(self, now: float) -> bool:
        full = len(self._ended) == FAULTS_TO_BACK_OFF
        return full and all(fault and now - at <= WATCHED_S for at, fault in self._ended)

    def _back_off(self, now: float) -> None:
        doubled = self._back_off_s * 2 if self._back_off_s else FIRST_BACK_OFF_S
        self._back_off_s = min(doubled, LAST_BACK_OFF_S)
        self.backs_off_until = now + self._back_off_s
