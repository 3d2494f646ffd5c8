"""How much risk of an abandoned call may be taken now, from what is left of the allowance.

The allowance is a purse of calls: each live answer pays in ``cap`` (0.03 calls), each abandoned call takes
out one. There are two purses, the day's and that of the rolling window, and the poorer one decides. The
accepted risk is nearly flat while a further abandoned call is affordable, and falls to almost nothing when
it is not; that shape is the optimum of a small dynamic programme (docs/pacing.md), because utilisation is
concave in the risk. Busier teams abandon in bursts, so the wider their purse the more is kept in it.
"""

from __future__ import annotations

from math import sqrt

from dialer.core.ledger import Ledger
from dialer.core.pacing_records import PacingPolicy

CERTAIN_RISK = 0.0005
"""Taken even when nothing may be lost: fewer than one abandoned call in a thousand answers comes of it."""
STEADY_RISK = 0.015
SMALL_TEAM_MORE = 0.007
"""Small purses cannot be emptied by one burst, so a little more is taken."""
BREADTH = 1.5
FIRST_SHARE = 0.6
AFFORDABLE = 0.97
SMALL_PURSE = 8.0
"""A window's allowance under eight calls (about 18 operators): one call is a step of more than 0.37
points and chance alone breaks a strict window; so the day's purse rules, with one call of grace there."""
WINDOW_RESERVE = 0.5


def spent(ledger: Ledger, policy: PacingPolicy) -> bool:
    """Whether the day's abandonment is above the cap: nothing beyond one call per free operator then."""
    return ledger.abandoned > policy.abandonment_cap * ledger.answered


def accepted_risk(ledger: Ledger, policy: PacingPolicy) -> float:
    """The chance of an abandoned call that one more dial may add; 0 when the day's allowance is spent."""
    if spent(ledger, policy):
        return 0.0
    window = policy.abandonment_cap * max(len(ledger.recent), policy.window_answers)
    reserve = WINDOW_RESERVE * max(0.0, sqrt(window) - sqrt(SMALL_PURSE))
    grace = 1.0 if window < SMALL_PURSE else 0.0
    in_day = policy.abandonment_cap * ledger.answered - ledger.abandoned
    in_window = window + grace - ledger.recent_abandoned - reserve
    left = min(in_day, in_window) - AFFORDABLE
    certain = CERTAIN_RISK * policy.abandonment_cap / 0.03
    if left < 0.0:
        return certain
    breadth = max(1.0, BREADTH * (sqrt(window) - 1.3))
    steady = (STEADY_RISK + SMALL_TEAM_MORE * min(1.0, SMALL_PURSE / window)) * policy.abandonment_cap / 0.03
    return max(certain, steady * min(1.0, (FIRST_SHARE / breadth + left) / breadth))
