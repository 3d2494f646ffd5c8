"""The predictive decision: place one more call while the risk that it costs an abandoned one is accepted.

For eight moments at which a call dialled now may be answered (octiles of the answer age) the balance of
operators free by then (plus the patience) and answers by then is forecast. The risk of one more call is the
chance that the balance is used up at its moment or later, averaged over the moments. Small rooms are
computed exactly (Poisson-binomial), large ones with the normal approximation.
"""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

from dialer.core.allowance import Allowance
from dialer.core.forecast import AnswerModel
from dialer.core.ledger import Ledger
from dialer.core.occupancy import OperatorModel
from dialer.core.pacing_records import Forecast, PacingPolicy, PacingSnapshot

Floats = NDArray[np.float64]

MOMENTS = 8
TABLES_LAST_S = 2.0
SAME_RATE = 0.002
SMALL_ROOM = 28
"""Busy operators and calls together, up to which the balance is computed exactly."""
CLEARLY_TOO_HIGH, LEAST_CLEAR = 12.0, 0.02
"""Rough risks so many times above what is accepted need no exact answer."""
MOST_EXACT = 64
_NODES = np.array([-sqrt(3.0), 0.0, sqrt(3.0)])
_SHARES = np.array([1.0, 4.0, 1.0]) / 6.0
"""Three answer rates stand for what is not known of it (Gauss-Hermite)."""
MOST_AT_ONCE = 400
USED_PATIENCE = 0.9
"""Share of the patience that is counted on; the rest is for the join itself."""


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
        self._spreads: dict[int, Floats] = {}
        self._moments = np.zeros(MOMENTS)

    def decide(self, snapshot: PacingSnapshot, now: float) -> tuple[int, Forecast]:
        """(calls to place, what was expected before them); limits and modes are the caller's."""
        self._refresh(snapshot, now)
        ages = self.answers.look(snapshot.in_flight, now)
        if abs(self.answers.mean - self._tables_rate) > SAME_RATE:
            self._tables_rate, self._by = self.answers.mean, {}
        releases = self.operators.look(snapshot.busy, now)
        free, free_spread = releases.sums()
        one = self._table(0)[0]
        team = snapshot.free + len(snapshot.busy)
        left = snapshot.contacts_left
        to_come = None if left is None else left * self.answers.mean
        accepted = self.allowance.accepted_risk(self.policy, team, to_come)
        small = len(snapshot.in_flight) + len(snapshot.busy) <= SMALL_ROOM
        found = self._roughly(snapshot, ages, free, free_spread, one, accepted)
        if small and found[1] < CLEARLY_TOO_HIGH * max(accepted, LEAST_CLEAR):
            found = self._exactly(snapshot, ages, releases.chances(), one, accepted)
        dials, risk, answers = found
        return dials, self._forecast(snapshot, answers, float(free[-2]), risk, accepted)

    def _refresh(self, snapshot: PacingSnapshot, now: float) -> None:
        if 0.0 <= now - self._tables_at < TABLES_LAST_S:
            return
        self._tables_at = now
        self._moments = self.answers.answer_ages((np.arange(MOMENTS) + 0.5) / MOMENTS)
        served_by = self._moments + USED_PATIENCE * self.policy.patience_s
        self.operators.refresh(snapshot.busy, now, served_by)
        self._tables_rate = -1.0

    def _table(self, level: int) -> Floats:
        table = self._by.get(level)
        if table is None:
            table = self._by[level] = self.answers.by(level, self._moments)
            self._spreads[level] = table * (1.0 - table)
        return table

    def _exactly(
        self, snapshot: PacingSnapshot, ages: dict[int, Floats], free: Floats, one: Floats, accepted: float
    ) -> tuple[int, float, float]:
        calls = [self._table(level)[_each(counts)] for level, counts in ages.items()]
        chances = np.concatenate([*calls, np.tile(one, (snapshot.claims, 1))])
        unsure = self.answers.sd / max(1e-3, self.answers.mean)
        rates = np.maximum(0.05, 1.0 + unsure * _NODES)[:, None]
        likely = np.minimum(0.98, chances[:, None, :] * rates)
        another = np.minimum(0.98, one * rates)
        used_up = len(chances) - (snapshot.free - snapshot.reserved - snapshot.waiting) + 1
        balance = np.zeros((len(_NODES), MOMENTS, max(used_up, len(chances) + len(free) + 1)))
        balance[:, :, len(chances)] = 1.0
        for chance in free[free[:, -1] > 1e-3]:
            balance[:, :, 1:] += (balance[:, :, :-1] - balance[:, :, 1:]) * chance[:, None]
            balance[:, :, 0] *= 1.0 - chance
        for chance in likely:
            balance = _one_fewer(balance, chance)
        dials = 0
        while True:
            risk = _mean_of_worst_later(_SHARES @ balance[:, :, : max(0, used_up)].sum(axis=2))
            if risk > accepted or dials >= MOST_EXACT:
                return dials, risk, float(chances[:, -2].sum())
            dials += 1
            balance = _one_fewer(np.pad(balance, ((0, 0), (0, 0), (1, 0))), another)
            used_up += 1

    def _roughly(
        self,
        snapshot: PacingSnapshot,
        ages: dict[int, Floats],
        free: Floats,
        free_spread: Floats,
        one: Floats,
        accepted: float,
    ) -> tuple[int, float, float]:
        answers, spread = snapshot.claims * one, snapshot.claims * one * (1.0 - one)
        for level, counts in ages.items():
            table = self._table(level)
            answers = answers + counts @ table
            spread = spread + counts @ self._spreads[level]
        unsure = self.answers.sd / max(1e-3, self.answers.mean)
        spread = spread + (unsure * answers) ** 2 + free_spread
        ready = snapshot.free - snapshot.reserved - snapshot.waiting
        left = (ready + free - answers).tolist()
        moments = list(zip(left, spread.tolist(), one.tolist(), strict=True))
        dials, step = 0, max(1, ready // 16)
        while True:
            risk = _normal_risk(moments, dials, unsure)
            if risk > accepted or dials >= MOST_AT_ONCE:
                if step == 1 or dials == 0:
                    return dials, risk, float(answers[-2])
                dials, step = max(0, dials - step + 1), 1
            else:
                dials += step

    def _forecast(
        self, snapshot: PacingSnapshot, answers: float, free: float, risk: float, accepted: float
    ) -> Forecast:
        ready = snapshot.free - snapshot.reserved - snapshot.waiting
        return Forecast(
            horizon_s=float(self._moments[-2]),
            answers=answers,
            operators=ready + free,
            answer_probability=self.answers.mean,
            risk=risk,
            accepted_risk=accepted,
            used=self.ledger.worst_rate(self.policy.window_answers),
            cap=self.policy.abandonment_cap,
        )


def _each(counts: Floats) -> NDArray[np.intp]:
    """The bin of every single call."""
    return np.repeat(np.arange(len(counts)), counts.astype(np.intp))


def _one_fewer(balance: Floats, chance: Floats) -> Floats:
    """The balance's distribution after one more call that is answered with ``chance`` by each moment."""
    answered = balance * chance[:, :, None]
    left = balance - answered
    left[:, :, :-1] += answered[:, :, 1:]
    left[:, :, 0] += answered[:, :, 0]
    return left


def _mean_of_worst_later(risks: Floats) -> float:
    return float(np.maximum.accumulate(risks[::-1]).mean())


def _normal_risk(moments: list[tuple[float, float, float]], dials: int, unsure: float) -> float:
    total = 0.0
    for left, spread, one in moments:
        more = one * dials
        width = sqrt(2.0 * (spread + more * (1.0 - one) + (more * unsure) ** 2) + 1e-9)
        total += 0.5 * erfc((left - more - 0.5) / width)
    return total / len(moments)
