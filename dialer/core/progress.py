"""How much longer a talk lasts, told from the question it has reached.

For each step the log of the time left is regressed on the log of the time used. Slow talkers stay slow in
some campaigns (slope near 1) and questions take their own time in others (slope near 0): the data decide.
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from dialer.core.pacing_records import BusyOperator

Floats = NDArray[np.float64]

PRIOR_TALKS = 3.0
PRIOR_SPREAD = 0.35
LEAST_SPREAD = 0.08
MEMORY = 1.0 - 1.0 / 1500.0
SHORTEST_S = 0.5


class _Step:
    """Sums of a weighted regression of log(time left) on log(time used), with a proportional prior."""

    def __init__(self, step: int, steps: int, talk_prior_s: float) -> None:
        used = log(max(SHORTEST_S, talk_prior_s * step / steps))
        ahead = log(max(0.5, steps - step) / step)
        self.weight, self.x, self.y, self.xx, self.xy, self.yy = (0.0,) * 6
        self._line: tuple[float, float, float] | None = None
        for side in (-1.0, 1.0):
            self.add(used + side, used + side + ahead, PRIOR_TALKS / 2.0)
        self.yy += PRIOR_TALKS * PRIOR_SPREAD**2

    def learn(self, used: float, left: float) -> None:
        """One more talk (both are logs of seconds); what is older counts a little less."""
        self.weight *= MEMORY
        self.x *= MEMORY
        self.y *= MEMORY
        self.xx *= MEMORY
        self.xy *= MEMORY
        self.yy *= MEMORY
        self.add(used, left)

    def add(self, used: float, left: float, weight: float = 1.0) -> None:
        self.weight += weight
        self.x += weight * used
        self.y += weight * left
        self.xx += weight * used * used
        self.xy += weight * used * left
        self.yy += weight * left * left
        self._line = None

    def predict(self, used: float) -> tuple[float, float]:
        """(mean, spread) of the log of the time left after ``used`` (a log)."""
        if self._line is None:
            self._line = self._fit()
        offset, slope, spread = self._line
        return offset + slope * used, spread

    def _fit(self) -> tuple[float, float, float]:
        """(offset, slope, spread) of the log of the time left, a line over the log of the time used."""
        mean_x, mean_y = self.x / self.weight, self.y / self.weight
        var_x = max(1e-6, self.xx / self.weight - mean_x**2)
        cov = self.xy / self.weight - mean_x * mean_y
        slope = max(-0.5, min(1.5, cov / var_x))
        var_y = self.yy / self.weight - mean_y**2
        spread = sqrt(max(LEAST_SPREAD**2, var_y - slope * cov))
        return mean_y - slope * mean_x, slope, spread


class ProgressModel:
    """Learns from talks that signalled their steps; times are arguments, seconds."""

    def __init__(self, talk_prior_s: float) -> None:
        self._talk_prior_s = talk_prior_s
        self._steps: dict[tuple[int, int], _Step] = {}
        self._reached: dict[tuple[int, float], list[tuple[int, int, float]]] = {}

    def progressed(self, operator: BusyOperator, now: float) -> None:
        """The talk reached ``operator.step``."""
        if operator.step > 0 and operator.steps > 0:
            trail = self._reached.setdefault((operator.operator, operator.since), [])
            trail.append((operator.step, operator.steps, now - operator.since))

    def talk_ended(self, operator: BusyOperator, now: float) -> None:
        """The talk is over: every step it passed teaches."""
        talk_s = now - operator.since
        for step, steps, used_s in self._reached.pop((operator.operator, operator.since), ()):
            self._step(step, steps).learn(log(max(SHORTEST_S, used_s)), log(max(SHORTEST_S, talk_s - used_s)))

    def time_left(self, operator: BusyOperator) -> tuple[float, float] | None:
        """(log of the seconds left counted from the step's signal, its spread); None without signals."""
        if operator.step <= 0 or operator.steps <= 0 or operator.step_at is None:
            return None
        used_s = max(SHORTEST_S, operator.step_at - operator.since)
        return self._step(operator.step, operator.steps).predict(log(used_s))

    def _step(self, step: int, steps: int) -> _Step:
        known = self._steps.get((step, steps))
        if known is None:
            known = self._steps[(step, steps)] = _Step(step, steps, self._talk_prior_s)
        return known


def ended_within(middles: Floats, spreads: Floats, since_s: Floats, within_s: Floats) -> Floats:
    """[talk, case]: chance that lognormal times, ``since_s`` old and not over, end within the next seconds.

    The first three are one per talk (middle and spread of the log, the age), ``within_s`` is one per case.
    """
    passed = np.maximum(since_s, 1e-3)
    before = _twice_normal((np.log(passed) - middles) / spreads)[:, None]
    later = np.log(passed[:, None] + within_s)
    after = _twice_normal((later - middles[:, None]) / spreads[:, None])
    return np.asarray(((after - before) / np.maximum(1.0 - before, 2e-4)).clip(0.0, 1.0))


def _twice_normal(z: Floats) -> Floats:
    """Twice the normal distribution function, less one; within 0.0006 (Page 1977)."""
    return np.asarray(np.tanh(0.7978846 * z * (1.0 + 0.044715 * z * z)))
