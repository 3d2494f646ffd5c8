"""How much risk of an abandoned call may be taken now, from what is left of the allowance.

The allowance is a purse of calls: each live answer pays in ``cap`` (0.03 calls), each abandoned call takes
out one. There are two purses, the day's and that of the rolling window, and the one that allows less decides.
What is left says at which *rate* answers may be abandoned: a small dynamic programme (docs/pacing.md) gives
a rate that grows slowly with what is left, is nearly nothing when not even one call can be paid, and spends
the rest when the end of the list or of the hours is near. How much risk of a single call brings that rate
about depends on the room, and is learnt: what was planned is set against what came.
"""

from __future__ import annotations

from math import log, log2, pow

from dialer.core.ledger import Ledger
from dialer.core.pacing_records import PacingPolicy

CERTAIN_RISK = 0.0005
"""Taken even when nothing may be lost: fewer than one abandoned call in a thousand answers comes of it."""
DAY_RATE, DAY_SLOPE, DAY_END = 0.0092, 1.05, 0.6
"""The day's purse with x calls left and n answers to come, at a cap of 0.03: rate 0.0092 (1 + 1.05 ln x), and
0.6 (x - 1) / n more."""
WINDOW_RATE = 0.0105
SMALL_POWER, POWER_FALLS, LEAST_POWER = 0.95, 0.17, 0.45
"""How the window's rate grows with its calls left: as in proportion in a window of three, slower in larger."""
MOST_RATE = 0.06
RISK_FOR_CAP, SMALL_TEAM_MORE = 0.02, 0.012
"""Risk of one call more that comes to a rate of 0.03, before anything is learnt of it."""
CONVEXITY = 1.2
PRIOR_CALLS, MEMORY_CALLS = 3.0, 40.0
LEAST_GAIN, MOST_GAIN = 0.3, 3.0
GRACE, SMALL_PURSE = 1.0, 8.0
"""A window's allowance under eight calls (about 18 operators): one call is a step of more than 0.37
points and chance alone breaks a strict window; so the day's purse rules, with one call of grace there."""


def spent(ledger: Ledger, policy: PacingPolicy) -> bool:
    """Whether the day's abandonment is above the cap: nothing beyond one call per free operator then."""
    return ledger.abandoned > policy.abandonment_cap * ledger.answered


class Allowance:
    """Spends the purse steadily; learns which risk brings about which rate."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._rate = 0.0
        self._planned = self._came = 0.0

    def settled(self, was_abandoned: bool) -> None:
        """An answer is joined or abandoned; it counts against the rate planned when it was last asked."""
        if self._rate <= 0.0:
            return
        keep = 1.0 - self._rate / MEMORY_CALLS
        self._planned = self._planned * keep + self._rate
        self._came = self._came * keep + was_abandoned

    def accepted_risk(
        self, policy: PacingPolicy, operators: int, answers_to_come: float | None = None
    ) -> float:
        """The chance of an abandoned call that one more dial may add; 0 when the day's allowance is spent.

        ``operators``: how many take this campaign's calls; bursts of abandoned calls grow with them.
        ``answers_to_come``: how many the rest of the list will bring (None: no end in sight); what is
        overspent near its end can no longer be earned back, so one call more is kept there.
        """
        self._rate = 0.0
        cap = policy.abandonment_cap
        certain = CERTAIN_RISK * cap / 0.03
        if spent(self._ledger, policy):
            return 0.0
        burst = 1.0 + 0.3 * max(0.0, log2(max(1, operators) / 12.0))
        rate = min(self._day_rate(policy, answers_to_come, burst), self._window_rate(policy, operators, burst))
        if rate <= 0.0:
            return certain
        self._rate = min(MOST_RATE, rate) * cap / 0.03
        for_cap = RISK_FOR_CAP + SMALL_TEAM_MORE * min(1.0, 10.0 / operators)
        return max(certain, self._gain() * for_cap * pow(self._rate / cap, CONVEXITY) * cap / 0.03)

    def _day_rate(self, policy: PacingPolicy, to_come: float | None, burst: float) -> float:
        """The rate that the day's purse allows, at a cap of 0.03."""
        ledger = self._ledger
        left = (policy.abandonment_cap * ledger.answered - ledger.abandoned) / burst
        if left < 1.0:
            return 0.0
        rate = DAY_RATE * (1.0 + DAY_SLOPE * log(left))
        return rate if to_come is None else rate + DAY_END * (left - 1.0) / max(1.0, to_come)

    def _window_rate(self, policy: PacingPolicy, operators: int, burst: float) -> float:
        """The rate that the rolling window's purse allows, at a cap of 0.03."""
        ledger, cap = self._ledger, policy.abandonment_cap
        size = cap * max(len(ledger.recent), policy.window_answers)
        busy_window = cap * operators * policy.window_s / (policy.talk_prior_s + policy.wrap_up_prior_s)
        left = (size - ledger.recent_abandoned + (GRACE if busy_window < SMALL_PURSE else 0.0)) / burst
        if left < 1.0:
            return 0.0
        power = max(LEAST_POWER, SMALL_POWER - POWER_FALLS * log(max(1.0, size / 3.0)))
        return WINDOW_RATE * pow(left, power)

    def _gain(self) -> float:
        gain = pow((self._planned + PRIOR_CALLS) / (self._came + PRIOR_CALLS), CONVEXITY)
        return min(MOST_GAIN, max(LEAST_GAIN, gain))
