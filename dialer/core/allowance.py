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
from typing import NamedTuple

from dialer.core.ledger import Ledger
from dialer.core.pacing_records import PacingPolicy

CERTAIN_RISK, FLOOR_RISK = 0.004, 0.01
"""Taken even when a purse cannot pay for a call, at a cap of 0.03, by small teams and by others, whom the
bound on ruin holds too."""
LAST_RISK = 0.0005
"""The same for small teams near the end: what they lose then is not earned back."""
FIRST_RUIN_RISK, RUIN_RISK = 0.002, 0.0005
"""Chance that may be taken that so many are lost at once that the allowance is spent: until so many have
answered that a rate is judged, and from then on. Small teams, of whose few calls each may spend it, are held
by ``CERTAIN_RISK`` alone."""
DAY_RATE, DAY_SLOPE = 0.0092, 1.05
"""The day's purse with x calls left allows, at a cap of 0.03, a rate of 0.0092 (1 + 1.05 ln x)."""
END_SHARE = 0.9
"""With n answers to come, each purse allows 0.9 (x - 1) / n more."""
WINDOW_RATE = 0.0105
SMALL_POWER, POWER_FALLS, LEAST_POWER = 0.95, 0.17, 0.45
"""How the window's rate grows with its calls left: in proportion in one of three, slower in larger ones."""
LAST_CALLS, NOTHING_LEFT = 1.5, 0.5
"""Near the end, when no answers are to come that pay for another call, the first are not risked any more, for
one may be on its way already; with less than the second it is one call per free operator and no more."""
MARGIN = 0.2
"""Kept in the window: what it holds shrinks when fewer people answer."""
MOST_RATE = 0.06
RISK_FOR_CAP, SMALL_TEAM_MORE = 0.022, 0.024
"""Risk of one call more that comes to a rate of 0.03, before anything is learnt of it; and more for five."""
CONVEXITY = 1.2
PRIOR_CALLS, MEMORY_CALLS = 3.0, 40.0
LEAST_GAIN, MOST_GAIN = 0.3, 3.0
BURST, SINGLE_PER_S = 0.3, 0.12
"""Calls that are lost together, more than one: this for each doubling of the answers a second, from the pace
of a team of twelve on."""
SMALL_PURSE, SMALL_GRACE = 8.0, 1.0
"""A window that pays for less than eight calls (about fourteen operators): one call is a step of more than
0.37 points there, and chance alone breaks it; one call of grace is given."""
TINY_PURSE, TINY_GRACE = 4.0, 2.0
"""Less than four calls (about seven operators): two are given, and the day begins as if 60 had answered."""


def spent(ledger: Ledger, policy: PacingPolicy) -> bool:
    """Whether the day's abandonment is above the cap: nothing beyond one call per free operator then.

    A rate is judged from ``window_answers`` answers on: until then it is as if so many had been given.
    """
    return ledger.abandoned > policy.abandonment_cap * max(policy.window_answers, ledger.answered)


class Accepted(NamedTuple):
    """What may be risked now, chances 0..1.

    ``risk``: that one more dial costs an abandoned call. ``ruin``: that ``spare`` calls and another are lost,
    after which the allowance is spent.
    """

    risk: float
    ruin: float
    spare: int


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

    def accepted(
        self,
        policy: PacingPolicy,
        operators: int,
        answers_per_s: float,
        answers_to_come: float | None = None,
    ) -> Accepted:
        """What one more dial may risk; nothing when the day's allowance is spent.

        ``operators``: how many take this campaign's calls. ``answers_per_s``: their pace; bursts of abandoned
        calls grow with it. ``answers_to_come``: how many the rest of the list or of the hours will bring
        (None: no end in sight); near the end what is left may be spent, and what is overspent cannot be
        earned back.
        """
        self._rate = 0.0
        if spent(self._ledger, policy):
            return Accepted(0.0, 0.0, 0)
        cap = policy.abandonment_cap
        pays_for = cap * answers_per_s * policy.window_s  # abandoned calls in a window in which all are busy
        risk = self._risk(policy, operators, answers_per_s, pays_for, answers_to_come)
        first = self._ledger.answered < policy.window_answers
        ruin = 1.0 if pays_for < SMALL_PURSE else FIRST_RUIN_RISK if first else RUIN_RISK
        return Accepted(risk, ruin, self._ledger.spare(cap, policy.window_answers))

    def _risk(
        self,
        policy: PacingPolicy,
        operators: int,
        answers_per_s: float,
        pays_for: float,
        to_come: float | None,
    ) -> float:
        cap = policy.abandonment_cap
        burst = 1.0 + BURST * max(0.0, log2(answers_per_s / SINGLE_PER_S))
        in_day = self._left_in_day(policy, to_come, tiny=pays_for < TINY_PURSE) / burst
        window = cap * max(len(self._ledger.recent), policy.window_answers)
        in_window = (window - MARGIN - self._ledger.recent_abandoned + _grace(pays_for)) / burst
        ends = to_come is not None and to_come * cap < 1.0
        least = _least_risk(in_day, small=pays_for < SMALL_PURSE, ends=ends) * cap / 0.03
        if min(in_day, in_window) < (LAST_CALLS if ends else 1.0):
            return least
        in_day_rate = _day_rate(in_day) + _end_rate(in_day, to_come)
        in_window_rate = _window_rate(in_window, window) + _end_rate(in_window, to_come)
        self._rate = min(in_day_rate, in_window_rate, MOST_RATE) * cap / 0.03
        for_cap = RISK_FOR_CAP + SMALL_TEAM_MORE * min(1.0, 5.0 / max(1, operators)) ** 2
        return max(least, self._gain() * for_cap * pow(self._rate / cap, CONVEXITY) * cap / 0.03)

    def _left_in_day(self, policy: PacingPolicy, to_come: float | None, *, tiny: bool) -> float:
        """Calls left in the day's purse; a tiny team's begins as if the least answers had been given."""
        answered, least = self._ledger.answered, policy.window_answers
        if tiny and (to_come is None or answered + to_come > 2 * least):
            answered = max(answered, least)
        return policy.abandonment_cap * answered - self._ledger.abandoned

    def _gain(self) -> float:
        gain = pow((self._planned + PRIOR_CALLS) / (self._came + PRIOR_CALLS), CONVEXITY)
        return min(MOST_GAIN, max(LEAST_GAIN, gain))


def _grace(pays_for: float) -> float:
    """Calls that a team may lose beyond what its window pays for."""
    if pays_for < TINY_PURSE:
        return TINY_GRACE
    return SMALL_GRACE if pays_for < SMALL_PURSE else 0.0


def _least_risk(in_day: float, *, small: bool, ends: bool) -> float:
    """What is risked, at a cap of 0.03, where a purse cannot pay for a call."""
    if ends and in_day < NOTHING_LEFT:
        return 0.0
    if not small:
        return FLOOR_RISK
    return LAST_RISK if ends and in_day < LAST_CALLS else CERTAIN_RISK


def _window_rate(left: float, pays_for: float) -> float:
    """The rate that a window that pays for so many calls allows with so many left, at a cap of 0.03."""
    power = max(LEAST_POWER, SMALL_POWER - POWER_FALLS * log(max(1.0, pays_for / 3.0)))
    return WINDOW_RATE * pow(left, power)


def _day_rate(left: float) -> float:
    """The rate that a day's purse with so many calls left allows, at a cap of 0.03."""
    return DAY_RATE * (1.0 + DAY_SLOPE * log(left))


def _end_rate(left: float, to_come: float | None) -> float:
    """What may be added to either rate because only so many answers are to come."""
    return 0.0 if to_come is None else END_SHARE * (left - 1.0) / max(1.0, to_come)
