"""When busy operators become free: life tables of talk and wrap-up, sharpened by how far the talk is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from math import erf, log, sqrt

import numpy as np
from numpy.typing import NDArray

from dialer.core.pacing_records import BusyOperator, BusyPhase, PacingPolicy
from dialer.core.progress import ProgressModel, ended_within

Floats = NDArray[np.float64]
Bins = NDArray[np.intp]

TALK_EDGES = np.concatenate((np.arange(0.0, 8.0, 2.0), 8.0 * 1.22 ** np.arange(0, 30)))
WRAP_EDGES = np.concatenate((np.arange(0.0, 40.0, 0.5), 40.0 * 1.25 ** np.arange(0, 15)))
PRIOR_SPELLS, KNOWN_SPELLS = 2.0, 120.0
"""So many spells are believed beside those seen; until so many have ended the believed mean follows them."""
MEMORY_SPELLS = 2000.0
TABLES_LAST_S = 2.0
"""How long the chances once worked out are used; who is in wrap-up then is older by as much."""
FAR_S = 1e9
"""What holds in the last bin goes on to here."""
_WRAP_POINTS = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
"""The wrap-ups by which these shares of them have ended stand for all."""
_TALKING, _WRAP_UP = BusyPhase.TALKING, BusyPhase.WRAP_UP


class LifeTable:
    """How long spells last: a decayed hazard per bin, with the spells still under way counted in full."""

    def __init__(self, edges: Floats, prior_mean_s: float) -> None:
        self.edges = edges
        self.widths = np.diff(edges, append=edges[-1] * 2.0)
        self._ends = np.append(edges, edges[-1] * 3.0)
        self._spells, self._lasted_s = PRIOR_SPELLS, PRIOR_SPELLS * prior_mean_s
        """How many have ended, and how long they lasted; a few of the believed mean are among them."""
        self._minus_ends, self._entered = np.zeros(len(edges)), np.zeros(len(edges))
        self._inner = edges[1:]
        self._inner_listed: list[float] = edges[1:].tolist()
        self._until = np.append(edges, FAR_S)
        self.log_left = np.zeros(len(edges) + 1)
        """The log of the share of spells that last until the edges and until ``FAR_S``."""
        self._last_s = (FAR_S - edges[-1]) / self.widths[-1]
        self.refresh([])

    def _believe(self, mean_s: float) -> None:
        """Suppose that spells are spread around this mean where none has been seen yet."""
        ended_by = _lognormal_share(self._ends, mean_s)
        self._believed_minus_ends = -PRIOR_SPELLS * np.diff(ended_by)
        self._believed_entered = PRIOR_SPELLS * (1.0 - ended_by[:-1]) + 1e-3

    def ended(self, after_s: float) -> None:
        """A spell ended ``after_s`` seconds after it began."""
        keep = 1.0 - 1.0 / MEMORY_SPELLS
        place = self.bin_of(after_s + 1e-6)
        self._spells += 1.0
        self._lasted_s += after_s
        self._minus_ends *= keep
        self._entered *= keep
        self._minus_ends[place] -= 1.0
        self._entered[: place + 1] += 1.0

    def refresh(self, under_way_s: list[float]) -> None:
        """Work the shares out again; ``under_way_s`` are the ages of spells that have not ended."""
        if self._spells < KNOWN_SPELLS:
            self._believe((self._lasted_s + sum(under_way_s)) / self._spells)
        entered = self._entered + self._believed_entered
        if under_way_s:
            shares = (np.array(under_way_s)[:, None] - self.edges) / self.widths
            entered = entered + np.minimum(np.maximum(shares, 0.0), 1.0).sum(axis=0)
        minus_ends = self._minus_ends + self._believed_minus_ends
        steps = np.log1p(np.maximum(minus_ends / entered, -0.98))
        steps[-1] *= self._last_s
        steps.cumsum(out=self.log_left[1:])

    def log_left_at(self, ages_s: Floats) -> Floats:
        """The log of the share of spells that last until these ages."""
        return np.asarray(np.interp(ages_s, self._until, self.log_left))

    def ended_by(self, bins: int, within_s: Floats) -> Floats:
        """[bin, horizon]: the chance that a spell at the edge of a bin ends within so long."""
        then = self.log_left_at(self.edges[:bins, None] + within_s)
        return np.asarray(1.0 - np.exp(then - self.log_left[:bins, None]))

    def bin_of(self, age_s: float) -> int:
        """The bin that an age is in."""
        return bisect_right(self._inner_listed, age_s)

    def places(self, ages_s: list[float]) -> Bins:
        """The bins that these ages are in."""
        return self._inner.searchsorted(ages_s, side="right")

    def quantiles(self, shares: Floats) -> Floats:
        """The ages by which these shares of spells have ended."""
        return np.asarray(np.interp(-np.log1p(-shares), -self.log_left[:-1], self.edges))


def _lognormal_share(ages: Floats, mean_s: float) -> Floats:
    """Share of a lognormal with this mean and coefficient of variation 1 that has ended by ``ages``."""
    spread = sqrt(log(2.0))
    middle = log(max(mean_s, 0.1)) - spread**2 / 2.0
    return np.array([0.5 + 0.5 * erf((log(max(age, 1e-9)) - middle) / spread / sqrt(2.0)) for age in ages])


@dataclass(slots=True)
class Releases:
    """Chances of busy operators to be free in time, kept as bins: a large room needs only their sums.

    ``_table``: [talk bins and then wrap-up bins, horizons and then their variances], the chance to be free.
    ``_counts``: how many operators are in each of these bins. ``_told``: [operator, horizon], the chances of
    those of whom more is known.
    """

    _table: Floats
    _counts: Bins
    _told: Floats

    def chances(self) -> Floats:
        """[operator, horizon]."""
        return np.concatenate((self._table[each(self._counts), : self._told.shape[1]], self._told))

    def sums(self) -> Floats:
        """[2 x horizon]: how many are expected to be free, and after them the variances of that."""
        sums = np.asarray(self._counts @ self._table)
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
        self._talk_ages = np.append(middles[:-1], self.talk.edges[-1])

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
        wraps = [now - one.since for one in busy if one.phase is _WRAP_UP]
        self.talk.refresh([now - one.since for one in busy if one.phase is _TALKING])
        self.wrap_up.refresh(wraps)
        left = (within_s - self.wrap_up.quantiles(_WRAP_POINTS)[:, None]).ravel()
        possible = np.flatnonzero(left > 0.0)
        self._left = left[possible]
        """[case]: seconds within which a talk must end; cases are the wrap-ups that fit into a horizon."""
        self._shares = _case_shares(len(within_s))[possible]
        """[case, horizon]: the share of its horizon's wrap-ups that a case stands for."""
        self._within_s, self._talks = within_s, self._talking()
        self._tabulate(max(wraps, default=0.0) + TABLES_LAST_S)

    def _tabulate(self, wrap_s: float) -> None:
        """The chances of talks, and those of wrap-ups of up to ``wrap_s``: nobody's is longer as a rule."""
        self._longest_wrap_s = wrap_s
        bins = self.wrap_up.bin_of(wrap_s) + 1
        wraps = self.wrap_up.ended_by(bins, self._within_s)
        self._table = with_variance(np.concatenate((self._talks, wraps)))

    def _talking(self) -> Floats:
        """[talk bin, horizon]: chance that talk and wrap-up are over within the next seconds."""
        then = self.talk.log_left_at(self._left[:, None] + self._talk_ages)
        over = 1.0 - np.exp(then - self.talk.log_left_at(self._talk_ages))
        return np.asarray(over.T @ self._shares)

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
        if wrap and max(wrap) > self._longest_wrap_s:
            self._tabulate(max(wrap) + TABLES_LAST_S)
        counts = np.bincount(self.talk.places(talk), minlength=len(self._table))
        for age_s in wrap:
            counts[len(self._talks) + self.wrap_up.bin_of(age_s)] += 1
        return Releases(self._table, counts, self._told(told))

    def _told(self, told: list[tuple[float, float, float]]) -> Floats:
        """[talk, horizon]; given are the log of the seconds left at a signal, its spread, its age."""
        if not told:
            return np.empty((0, len(self._within_s)))
        middles, spreads, since_s = np.array(told).T
        return np.asarray(ended_within(middles, spreads, since_s, self._left) @ self._shares)


@lru_cache
def _case_shares(horizons: int) -> Floats:
    """[wrap-up point and horizon, horizon]: each point stands for the same share of a horizon's wrap-ups."""
    return np.tile(np.eye(horizons), (len(_WRAP_POINTS), 1)) / len(_WRAP_POINTS)


def with_variance(chances: Floats) -> Floats:
    """[row, chances and then the variances of each]."""
    return np.concatenate((chances, chances * (1.0 - chances)), axis=1)


def each(counts: Floats | Bins) -> Bins:
    """The bin of every single one that is counted."""
    return np.repeat(np.arange(len(counts)), counts.astype(np.intp))
