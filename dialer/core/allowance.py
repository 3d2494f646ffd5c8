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
BREADTH = 1.0
FIRST_SHARE = 0.8
AFFORDABLE = 0.97
BURST_KEPT = 0.25
SMALL_PURSE = 8.0
"""A window's allowance under eight calls (about 18 operators): one call is a step of more than 0.37
points and chance alone breaks a strict window; so the day's purse rules, with one call of grace there."""
WINDOW_RESERVE = 0.5


def spent(ledger: Ledger, policy: PacingPolicy) -> bool:
    """Whether the day's abandonment is above the cap: nothing beyond one call per free operator then."""
    return ledger.abandoned > policy.abandonment_cap * ledger.answered


def accepted_risk(
    ledger: Ledger, policy: PacingPolicy, operators: int, answers_to_come: float | None = None
) -> float:
    """The chance of an abandoned call that one more dial may add; 0 when the day's allowance is spent.

    ``operators``: how many take this campaign's calls; bursts of abandoned calls grow with them.
    ``answers_to_come``: how many the rest of the list will bring (None: no end in sight); what is overspent
    near its end can no longer be earned back, so one call more is kept there.
    """
    if spent(ledger, policy):
        return 0.0
    cap = policy.abandonment_cap
    busy_window = cap * operators * policy.window_s / (policy.talk_prior_s + policy.wrap_up_prior_s)
    burst = sqrt(max(busy_window, cap * policy.window_answers))
    small = busy_window < SMALL_PURSE
    in_day = cap * ledger.answered - ledger.abandoned
    in_window = cap * max(len(ledger.recent), policy.window_answers) - ledger.recent_abandoned
    if len(ledger.recent) < ledger.answered:
        in_window += 1.0 if small else -WINDOW_RESERVE * (burst - sqrt(SMALL_PURSE))
    breadth = max(1.0, BREADTH * (burst - 1.3))
    left = min(in_day, in_window) - AFFORDABLE - BURST_KEPT * (breadth - 1.0)
    if answers_to_come is not None:
        left -= max(0.0, 1.0 - cap * answers_to_come)
    certain = CERTAIN_RISK * cap / 0.03
    if left < 0.0:
        return certain
    steady = (STEADY_RISK + SMALL_TEAM_MORE * min(1.0, 4.0 / burst**2)) * cap / 0.03
    return max(certain, steady * min(1.0, (FIRST_SHARE + left) / breadth))
