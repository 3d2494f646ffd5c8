"""The predictive decision: place one more call while the risk that it costs an abandoned one is accepted.

For eight moments at which a call dialled now may be answered (octiles of the answer age) the balance of
operators free by then (plus the patience) and answers by then is forecast. The risk of one more call is the
chance that the balance is used up at its moment or later, averaged over the moments. Small rooms are
computed exactly (Poisson-binomial), large ones with the normal approximation.
"""

from __future__ import annotations

from collections import deque
from itertools import accumulate
from math import erfc, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dialer.core.allowance import Accepted, Allowance
from dialer.core.forecast import AnswerModel, Ringing
from dialer.core.ledger import Ledger
from dialer.core.occupancy import TABLES_LAST_S, OperatorModel, each, with_variance
from dialer.core.pacing_records import Forecast, PacingPolicy, PacingSnapshot
from dialer.core.small_room import Counts

Floats = NDArray[np.float64]

MOMENTS = 8
_OCTILES = (np.arange(MOMENTS) + 0.5) / MOMENTS
SAME_RATE = 0.002
SMALL_ROOM = 28
"""Busy operators and calls together, up to which the balance is computed exactly."""
CLEARLY_TOO_HIGH, LEAST_CLEAR = 12.0, 0.02
"""Rough risks so many times above what is accepted need no exact answer."""
FEW, MOST_EXACT = 6, 64
"""Dials tried in a small room: so many at first, and if the risk allows more, from the start again."""
_NODES = np.array([-sqrt(3.0), 0.0, sqrt(3.0)])
_SHARES = np.array([1.0, 4.0, 1.0]) / 6.0
"""Three answer rates stand for what is not known of it (Gauss-Hermite)."""
MOST_AT_ONCE = 400
USED_PATIENCE = 0.9
"""Share of the patience that is counted on; the rest is for the join itself."""
SOON = MOMENTS // 2
"""Moments that count as soon: within about seven seconds."""
UNWELCOME, LEAST_UNWELCOME = 3.0, 0.05
"""Ringing calls are taken back when the risk of an answer soon is above so many times what one more may add,
and above this."""
PACE_PRIOR = 10.0
"""Answers for which the believed pace of answers counts beside the one seen."""
PAUSE_S = 30.0
"""Nothing asked and nobody answering for so long: nobody worked, and it does not count for the pace."""


class Wanted(NamedTuple):
    """What the forecast asks for: calls to place, and ringing calls to take back.

    ``forecast`` is what was expected before either. ``spare``: how many may still be lost, where the chance
    that more are lost at once is what forbids the next call.
    """

    dials: int
    take_back: int
    forecast: Forecast
    spare: int | None


class Predictor:
    """What one campaign has learnt, and the number of calls that follows from it."""

    def __init__(self, policy: PacingPolicy, ledger: Ledger) -> None:
        self.policy, self.ledger = policy, ledger
        self.answers = AnswerModel(policy)
        self.operators = OperatorModel(policy)
        self.allowance = Allowance(ledger)
        self._tables_at = -1e18
        self._tables_rate = -1.0
        self._by: dict[int, Floats] = {}
        self._one: list[float] = []
        """Chances that a call dialled now is answered by each moment."""
        self._horizon_s = 0.0
        self._began_at: float | None = None
        self._asked_at = 0.0
        self._pauses: deque[tuple[float, float]] = deque()
        self._reach = self.answers.reach(np.zeros(MOMENTS))

    def decide(self, snapshot: PacingSnapshot, now: float) -> Wanted:
        """What the forecast asks for; limits and modes are the caller's."""
        self._refresh(snapshot, now)
        ringing = self.answers.look(snapshot.in_flight, now)
        if snapshot.claims:
            ringing[0][0] += snapshot.claims  # calls that are ordered are of no age
        if abs(self.answers.mean - self._tables_rate) > SAME_RATE:
            self._tables_rate, self._by = self.answers.mean, {}
        releases = self.operators.look(snapshot.busy, now)
        free = releases.sums().tolist()
        team, ready = snapshot.free + len(snapshot.busy), _ready(snapshot)
        per_s = self._answers_per_s(team, now)
        to_come = self._answers_to_come(snapshot, per_s)
        accepted = self.allowance.accepted(self.policy, team, per_s, to_come)
        moments, answers = self._balance(snapshot, ringing, free)
        small = len(snapshot.in_flight) + len(snapshot.busy) <= SMALL_ROOM
        dials, risk, ruinous = self._roughly(moments, ready, accepted)
        if small and risk < CLEARLY_TOO_HIGH * max(accepted.risk, LEAST_CLEAR):
            dials, risk = self._exactly(snapshot, ringing, releases.chances(), accepted.risk)
            ruinous = False
        soon = _normal_risk(moments[:SOON], self._one[:SOON], 0, self._unsure())
        unwanted = soon > max(LEAST_UNWELCOME, UNWELCOME * accepted.risk)
        forecast = self._forecast(answers, ready + free[MOMENTS - 2], risk, accepted.risk)
        take_back = self._long_ringing(snapshot, now) if unwanted else 0
        return Wanted(dials, take_back, forecast, accepted.spare if ruinous else None)

    def _answers_per_s(self, team: int, now: float) -> float:
        """The pace of answers: what is believed of so many operators at first, then what is seen."""
        if self._began_at is None:
            self._began_at = self._asked_at = now
        pauses, recent, oldest = self._pauses, self.ledger.recent, now - self.ledger.window_s
        last = max(self._asked_at, recent[-1][0]) if recent else self._asked_at
        if now - last > PAUSE_S:
            pauses.append((last, now))
        self._asked_at = now
        while pauses and pauses[0][1] <= oldest:
            pauses.popleft()
        began = min(self._began_at, recent[0][0]) if recent else self._began_at  # a restart knows older ones
        since = max(oldest, began)
        worked_s = now - since - sum(until - max(since, pause) for pause, until in pauses)
        policy = self.policy
        believed_s = (policy.talk_prior_s + policy.wrap_up_prior_s) / max(1, team)
        return (len(recent) + PACE_PRIOR) / (worked_s + PACE_PRIOR * believed_s)

    def _answers_to_come(self, snapshot: PacingSnapshot, per_s: float) -> float | None:
        """How many answers the rest of the list or of the hours will bring; None: no end in sight."""
        left = snapshot.contacts_left
        ends = [left * self.answers.mean] if left else []  # with nobody left nothing is dialled either
        if snapshot.closes_in_s is not None:
            ends.append(snapshot.closes_in_s * per_s)
        return min(ends, default=None)

    def _long_ringing(self, snapshot: PacingSnapshot, now: float) -> int:
        """How many calls have rung long enough to be taken back."""
        least_s = self.policy.least_ring_s
        if least_s is None:
            return 0
        calls = (one for one in snapshot.in_flight if not one.awaited)
        return sum(one.ringing_since is not None and now - one.ringing_since >= least_s for one in calls)

    def _refresh(self, snapshot: PacingSnapshot, now: float) -> None:
        if 0.0 <= now - self._tables_at < TABLES_LAST_S:
            return
        self._tables_at = now
        moments = self.answers.answer_ages(_OCTILES)
        self._horizon_s = float(moments[-2])
        self._reach = self.answers.reach(moments)
        served_by = moments + USED_PATIENCE * self.policy.patience_s
        self.operators.refresh(snapshot.busy, now, served_by)
        self._tables_rate = -1.0

    def _table(self, level: int) -> Floats:
        """[age bin, 2 x moment]: chances that calls are answered by each moment, and after them variances."""
        table = self._by.get(level)
        if table is None:
            table = self._by[level] = with_variance(self.answers.by(level, self._reach))
            if level == 0:
                self._one = table[0, :MOMENTS].tolist()
        return table

    def _unsure(self) -> float:
        """The answer rate's standard deviation as a share of it."""
        return self.answers.sd / max(1e-3, self.answers.mean)

    def _exactly(
        self, snapshot: PacingSnapshot, ringing: Ringing, free: Floats, accepted: float
    ) -> tuple[int, float]:
        """(calls to place, risk of one more), counted out; ``free``: [operator, moment]."""
        calls = [self._table(level)[each(counts), :MOMENTS] for level, counts in ringing.items()]
        chances = np.concatenate(calls)
        rates = np.maximum(0.05, 1.0 + self._unsure() * _NODES)[:, None]
        silent = 1.0 - np.minimum(0.98, chances[:, None, :] * rates)
        one_silent = 1.0 - np.minimum(0.98, self._table(0)[0, :MOMENTS] * rates)
        free = free[free[:, -1] > 1e-3]
        used_up = len(chances) - _ready(snapshot) + 1
        dials, risk = 0, 0.0
        for most in (FEW, MOST_EXACT):
            balance = Counts(len(free) + len(chances) + most)
            balance.add(free)
            balance.add(silent)
            for dials in range(most + 1):
                risk = _mean_of_worst_later((_SHARES @ balance.fewer_than(used_up + dials)).tolist())
                if risk > accepted:
                    return dials, risk
                balance.add_one(one_silent)
        return dials, risk

    def _balance(
        self, snapshot: PacingSnapshot, ringing: Ringing, free: list[float]
    ) -> tuple[list[tuple[float, float]], float]:
        """(balance expected and its variance at each moment, answers by the last but one).

        ``free``: operators expected by each moment, and after them the variances.
        """
        sums = ringing[0] @ self._table(0)
        for level, counts in ringing.items():
            if level:
                sums += counts @ self._table(level)
        expected: list[float] = sums.tolist()
        answers, answer_spreads = expected[:MOMENTS], expected[MOMENTS:]
        unsure, ready = self._unsure(), _ready(snapshot)
        by_moment = zip(answers, answer_spreads, free[:MOMENTS], free[MOMENTS:], strict=True)
        moments = [
            (ready + operators - calls, spread + (unsure * calls) ** 2 + operators_spread)
            for calls, spread, operators, operators_spread in by_moment
        ]
        return moments, answers[-2]

    def _roughly(
        self, moments: list[tuple[float, float]], ready: int, accepted: Accepted
    ) -> tuple[int, float, bool]:
        """(calls to place, risk of one more, whether ruin forbids it) by the normal approximation."""
        dials, step, unsure, spare = 0, max(1, ready // 16), self._unsure(), accepted.spare
        while True:
            risk = _normal_risk(moments, self._one, dials, unsure)
            ruinous = (
                risk <= accepted.risk
                and accepted.ruin < 1.0
                and _normal_risk(moments, self._one, dials, unsure, spare) > accepted.ruin
            )
            if ruinous or risk > accepted.risk or dials >= MOST_AT_ONCE:
                if step == 1 or dials == 0:
                    return dials, risk, ruinous
                dials, step = max(0, dials - step + 1), 1
            else:
                dials += step

    def _forecast(self, answers: float, operators: float, risk: float, accepted: float) -> Forecast:
        return Forecast(
            horizon_s=self._horizon_s,
            answers=answers,
            operators=operators,
            answer_probability=self.answers.mean,
            risk=risk,
            accepted_risk=accepted,
            used=self.ledger.worst_rate(self.policy.window_answers),
            cap=self.policy.abandonment_cap,
        )


def _ready(snapshot: PacingSnapshot) -> int:
    """Free operators for whom nobody waits; below zero when more people wait than are free."""
    return snapshot.free - snapshot.reserved - snapshot.waiting


def _mean_of_worst_later(risks: list[float]) -> float:
    """Each moment counts as bad as the worst from it on."""
    return sum(accumulate(reversed(risks), max)) / len(risks)


def _normal_risk(
    moments: list[tuple[float, float]], one: list[float], dials: int, unsure: float, spare: int = 0
) -> float:
    """The chance that ``dials`` calls more and another cost more than ``spare`` calls, averaged over moments.

    ``moments``: (balance expected, its variance); ``one``: the chance that a call dialled now is answered.
    """
    total = 0.0
    for (left, spread), chance in zip(moments, one, strict=True):
        more = chance * dials
        width = sqrt(2.0 * (spread + more * (1.0 - chance) + (more * unsure) ** 2) + 1e-9)
        total += erfc((left + spare - more - 0.5) / width)
    return 0.5 * total / len(moments)
