"""When busy operators become free: life tables of talk and wrap-up, sharpened by how far the talk is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from math import erf, log, sqrt

import numpy as np
from numpy.typing import NDArray

from dialer.core.pacing_records import BusyOperator, BusyPhase, PacingPolicy
from dialer.core.progress import ProgressModel, ended_within

Floats = NDArray[np.float64]
Bins = NDArray[np.intp]

TALK_EDGES = np.concatenate((np.arange(0.0, 8.0, 2.0), 8.0 * 1.22 ** np.arange(0, 30)))
WRAP_EDGES = np.concatenate((np.arange(0.0, 40.0, 0.5), 40.0 * 1.25 ** np.arange(0, 15)))
PRIOR_SPELLS = 2.0
MEMORY_SPELLS = 2000.0
FAR_S = 1e9
"""The hazard of the last bin goes on to here."""
_WRAP_POINTS = -np.log1p(-np.array([0.1, 0.3, 0.5, 0.7, 0.9]))
"""Cumulative hazards at which these shares of the wrap-ups have ended: they stand for all of them."""
_TALKING, _WRAP_UP = BusyPhase.TALKING, BusyPhase.WRAP_UP


class LifeTable:
    """How long spells last: a decayed hazard per bin, with the spells still under way counted in full."""

    def __init__(self, edges: Floats, prior_mean_s: float) -> None:
        self.edges = edges
        self.widths = np.diff(edges, append=edges[-1] * 2.0)
        ended_by = _lognormal_share(np.append(edges, edges[-1] * 3.0), prior_mean_s)
        self._ends = PRIOR_SPELLS * np.diff(ended_by)
        self._entered = PRIOR_SPELLS * (1.0 - ended_by[:-1]) + 1e-3
        self._inner = edges[1:]
        self._until = np.append(edges, FAR_S)
        self._hazard = np.zeros(len(edges) + 1)
        """The cumulative hazard at the edges and at ``FAR_S``."""
        self._last_s = (FAR_S - edges[-1]) / self.widths[-1]
        self.refresh([])

    def ended(self, after_s: float) -> None:
        """A spell ended ``after_s`` seconds after it began."""
        keep = 1.0 - 1.0 / MEMORY_SPELLS
        place = self.place(after_s)
        self._ends *= keep
        self._entered *= keep
        self._ends[place] += 1.0
        self._entered[: place + 1] += 1.0

    def refresh(self, under_way_s: list[float]) -> None:
        """Work the hazard out again; ``under_way_s`` are the ages of spells that have not ended."""
        entered = self._entered
        if under_way_s:
            shares = (np.array(under_way_s)[:, None] - self.edges) / self.widths
            entered = entered + np.minimum(np.maximum(shares, 0.0), 1.0).sum(axis=0)
        steps = -np.log1p(-np.minimum(self._ends / entered, 0.98))
        steps[-1] *= self._last_s
        steps.cumsum(out=self._hazard[1:])

    def hazard_until(self, age_s: Floats) -> Floats:
        """The cumulative hazard at these ages."""
        return np.asarray(np.interp(age_s, self._until, self._hazard))

    def place(self, age_s: float) -> int:
        """The bin that a spell of this length counts in."""
        return int(self._inner.searchsorted(age_s + 1e-6, side="right"))

    def places(self, ages_s: list[float]) -> Bins:
        """The bins of these ages."""
        return self._inner.searchsorted(ages_s, side="right")

    def ages_at(self, hazards: Floats) -> Floats:
        """The ages at which the cumulative hazard is so high; -log(1 - share) for a share of spells."""
        return np.asarray(np.interp(hazards, self._hazard[:-1], self.edges))


def _lognormal_share(ages: Floats, mean_s: float) -> Floats:
    """Share of a lognormal with this mean and coefficient of variation 1 that has ended by ``ages``."""
    spread = sqrt(log(2.0))
    middle = log(max(mean_s, 0.1)) - spread**2 / 2.0
    return np.array([0.5 + 0.5 * erf((log(max(age, 1e-9)) - middle) / spread / sqrt(2.0)) for age in ages])


@dataclass(frozen=True, slots=True)
class Releases:
    """Chances of busy operators to be free in time, kept as bins: a large room needs only their sums.

    ``_table``: [talk bins and then wrap-up bins, horizons and then their variances], the chance to be free.
    """

    _table: Floats
    _places: Bins
    _told: Floats

    def chances(self) -> Floats:
        """[operator, horizon]."""
        return np.concatenate((self._table[self._places, : self._told.shape[1]], self._told))

    def sums(self) -> Floats:
        """[2 x horizon]: how many are expected to be free, and after them the variances of that."""
        counts = np.bincount(self._places, minlength=len(self._table))
        sums = np.asarray(counts @ self._table)
        if len(self._told):
            sums += with_variance(self._told).sum(axis=0)
        return sums


class OperatorModel:
    """The chance of each busy operator to be free in time. Times are arguments, seconds."""

    def __init__(self, policy: PacingPolicy) -> None:
        self.talk = LifeTable(TALK_EDGES, policy.talk_prior_s)
        self.wrap_up = LifeTable(WRAP_EDGES, policy.wrap_up_prior_s)
        self.progress = ProgressModel(policy.talk_prior_s)
        middles = self.talk.edges + self.talk.widths / 2.0
        self._talk_ages = np.append(middles[:-1], self.talk.edges[-1])[:, None]

    def talk_ended(self, operator: BusyOperator, now: float) -> None:
        """A talk is over."""
        self.talk.ended(now - operator.since)
        self.progress.talk_ended(operator, now)

    def wrap_up_ended(self, operator: BusyOperator, now: float) -> None:
        """A wrap-up is over."""
        self.wrap_up.ended(now - operator.since)

    def progressed(self, operator: BusyOperator, now: float) -> None:
        """A talk reached its next step."""
        self.progress.progressed(operator, now)

    def refresh(self, busy: Collection[BusyOperator], now: float, within_s: Floats) -> None:
        """Work the tables out again for these horizons, with the spells under way."""
        self.talk.refresh([now - one.since for one in busy if one.phase is _TALKING])
        self.wrap_up.refresh([now - one.since for one in busy if one.phase is _WRAP_UP])
        wraps_s = self.wrap_up.ages_at(_WRAP_POINTS)
        self._left = np.maximum(0.0, within_s - wraps_s[:, None])
        chances = np.concatenate((self._talking(), _ended_by(self.wrap_up, within_s)))
        self._table = with_variance(chances)

    def _talking(self) -> Floats:
        """[talk bin, horizon]: chance that talk and wrap-up are over within the next seconds."""
        then = self.talk.hazard_until(self._talk_ages + self._left[:, None, :])
        still = np.exp(self.talk.hazard_until(self._talk_ages) - then)
        return np.asarray(1.0 - still.sum(axis=0) / len(still))

    def look(self, busy: Collection[BusyOperator], now: float) -> Releases:
        """The busy operators' chances to be free within each horizon given at the last ``refresh``."""
        talk: list[float] = []
        wrap: list[float] = []
        told: list[tuple[float, float, float]] = []
        for one in busy:
            if one.phase is not _TALKING:
                wrap.append(now - one.since)
            elif one.step and (ahead := self.progress.time_left(one)) and one.step_at is not None:
                told.append((*ahead, now - one.step_at))
            else:
                talk.append(now - one.since)
        places = np.concatenate((self.talk.places(talk), self.wrap_up.places(wrap) + len(self.talk.edges)))
        return Releases(self._table, places, self._told(told))

    def _told(self, told: list[tuple[float, float, float]]) -> Floats:
        """[talk, horizon]; given are the median seconds left at the signal, the log's spread, its age."""
        points, horizons = self._left.shape
        if not told:
            return np.empty((0, horizons))
        medians, spreads, since_s = np.array(told).T
        return np.asarray(ended_within(medians, spreads, since_s, self._left).sum(axis=1) / points)


def with_variance(chances: Floats) -> Floats:
    """[row, chances and then the variances of each]."""
    return np.concatenate((chances, chances * (1.0 - chances)), axis=1)


def _ended_by(table: LifeTable, within_s: Floats) -> Floats:
    now = table.hazard_until(table.edges)
    then = table.hazard_until(table.edges[:, None] + within_s)
    return np.asarray(1.0 - np.exp(now[:, None] - then))
