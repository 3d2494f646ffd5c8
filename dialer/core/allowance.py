"""How much risk of an abandoned call may be taken now, from what is left of the allowance.

The allowance is a purse of calls: each live answer pays in ``cap`` (0.03 calls), each abandoned call takes
out one. There are two purses, the day's and that of the rolling window, and the poorer one decides. What is
left says at which *rate* answers may be abandoned; the rate grows with about the 0.6th power of what is left
and is nearly nothing when not even one call can be paid. That is the optimum of a small dynamic programme
(docs/pacing.md): utilisation grows with the logarithm of the rate, so the best use of a purse that must not
run dry is a steady one. How much risk of a single call brings that rate about depends on the room, and is
learnt: what was planned is set against what came.
"""

from __future__ import annotations

from math import log, log2, pow

from dialer.core.ledger import Ledger
from dialer.core.pacing_records import PacingPolicy

CERTAIN_RISK = 0.0005
"""Taken even when nothing may be lost: fewer than one abandoned call in a thousand answers comes of it."""
FIRST_RATE = 0.0105
"""Rate of abandonment planned with one call left, at a cap of 0.03."""
SMALL_POWER, POWER_FALLS, LEAST_POWER = 0.95, 0.17, 0.45
"""How the rate grows with the calls left: as in proportion in a purse of three, and slower in larger ones."""
MOST_RATE = 0.06
RISK_FOR_CAP, SMALL_TEAM_MORE = 0.02, 0.012
"""Risk of one call more that comes to a rate of 0.03, before anything is learnt of it."""
CONVEXITY = 1.2
PRIOR_CALLS, MEMORY_CALLS = 3.0, 40.0
LEAST_GAIN, MOST_GAIN = 0.3, 3.0
SMALL_PURSE = 8.0
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
        if spent(self._ledger, policy):
            return 0.0
        cap = policy.abandonment_cap
        burst = 1.0 + 0.3 * max(0.0, log2(max(1, operators) / 12.0))
        left = self._left(policy, operators) / burst
        certain = CERTAIN_RISK * cap / 0.03
        if left < 1.0:
            return certain
        size = cap * max(len(self._ledger.recent), policy.window_answers)
        power = max(LEAST_POWER, SMALL_POWER - POWER_FALLS * log(max(1.0, size / 3.0)))
        rate = FIRST_RATE * pow(left, power) * cap / 0.03
        if answers_to_come is not None:
            rate = max(rate, (left - 1.0) / max(1.0, answers_to_come))
        self._rate = min(MOST_RATE * cap / 0.03, rate)
        for_cap = RISK_FOR_CAP + SMALL_TEAM_MORE * min(1.0, 10.0 / operators)
        return max(certain, self._gain() * for_cap * pow(self._rate / cap, CONVEXITY) * cap / 0.03)

    def _left(self, policy: PacingPolicy, operators: int) -> float:
        """Calls left in the poorer purse."""
        ledger, cap = self._ledger, policy.abandonment_cap
        in_day = cap * ledger.answered - ledger.abandoned
        in_window = cap * max(len(ledger.recent), policy.window_answers) - ledger.recent_abandoned
        busy_window = cap * operators * policy.window_s / (policy.talk_prior_s + policy.wrap_up_prior_s)
        return min(in_day, in_window + (busy_window < SMALL_PURSE))

    def _gain(self) -> float:
        gain = pow((self._planned + PRIOR_CALLS) / (self._came + PRIOR_CALLS), CONVEXITY)
        return min(MOST_GAIN, max(LEAST_GAIN, gain))
