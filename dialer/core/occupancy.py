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
WRAP_POINTS = (0.1, 0.3, 0.5, 0.7, 0.9)


class LifeTable:
    """How long spells last: a decayed hazard per bin, with the spells still under way counted in full."""

    def __init__(self, edges: Floats, prior_mean_s: float) -> None:
        self.edges = edges
        self.widths = np.diff(edges, append=edges[-1] * 2.0)
        ended_by = _lognormal_share(np.append(edges, edges[-1] * 3.0), prior_mean_s)
        self._ends = PRIOR_SPELLS * np.diff(ended_by)
        self._entered = PRIOR_SPELLS * (1.0 - ended_by[:-1]) + 1e-3
        self.refresh([])

    def ended(self, after_s: float) -> None:
        """A spell ended ``after_s`` seconds after it began."""
        keep = 1.0 - 1.0 / MEMORY_SPELLS
        place = self.place(after_s)
        self._ends *= keep
        self._entered *= keep
        self._ends[place] += 1.0
        self._entered[: place + 1] += 1.0

    def refresh(self, under_way_s: Collection[float]) -> None:
        """Work the hazard out again; ``under_way_s`` are the ages of spells that have not ended."""
        entered = self._entered
        if under_way_s:
            ages = np.fromiter(under_way_s, float)
            entered = entered + np.clip((ages[:, None] - self.edges) / self.widths, 0.0, 1.0).sum(axis=0)
        steps = -np.log1p(-np.minimum(self._ends / entered, 0.98))
        self.cumulative = np.concatenate(([0.0], np.cumsum(steps[:-1])))
        self._last_hazard = steps[-1] / self.widths[-1]

    def hazard_until(self, age_s: Floats) -> Floats:
        """The cumulative hazard at these ages."""
        beyond = np.maximum(0.0, age_s - self.edges[-1]) * self._last_hazard
        return np.asarray(np.interp(age_s, self.edges, self.cumulative) + beyond)

    def place(self, age_s: float) -> int:
        """The bin of an age."""
        return max(0, int(np.searchsorted(self.edges, age_s + 1e-6, side="right")) - 1)

    def quantile(self, share: float) -> float:
        """The age by which this share of spells has ended."""
        return float(np.interp(-log(1.0 - share), self.cumulative, self.edges))


def _lognormal_share(ages: Floats, mean_s: float) -> Floats:
    """Share of a lognormal with this mean and coefficient of variation 1 that has ended by ``ages``."""
    spread = sqrt(log(2.0))
    middle = log(max(mean_s, 0.1)) - spread**2 / 2.0
    return np.array([0.5 + 0.5 * erf((log(max(age, 1e-9)) - middle) / spread / sqrt(2.0)) for age in ages])


@dataclass(frozen=True, slots=True)
class _Tables:
    """[bin, horizon] of talk and of wrap-up: the chance to be free, and its variance."""

    talk: Floats
    wrap_up: Floats
    talk_spread: Floats
    wrap_up_spread: Floats

    @classmethod
    def of(cls, talk: Floats, wrap_up: Floats) -> _Tables:
        return cls(talk, wrap_up, talk * (1.0 - talk), wrap_up * (1.0 - wrap_up))


@dataclass(frozen=True, slots=True)
class Releases:
    """Chances of busy operators to be free in time, kept as bins: a large room needs only their sums."""

    _tables: _Tables
    _talk: Bins
    _wrap_up: Bins
    _told: Floats

    def chances(self) -> Floats:
        """[operator, horizon]."""
        return np.concatenate(
            (self._tables.talk[self._talk], self._tables.wrap_up[self._wrap_up], self._told)
        )

    def sums(self) -> tuple[Floats, Floats]:
        """(how many are expected to be free, variance of that), by horizon."""
        tables, told = self._tables, self._told
        talk = np.bincount(self._talk, minlength=len(tables.talk))
        wrap_up = np.bincount(self._wrap_up, minlength=len(tables.wrap_up))
        expected = talk @ tables.talk + wrap_up @ tables.wrap_up
        spread = talk @ tables.talk_spread + wrap_up @ tables.wrap_up_spread
        if len(told):
            expected, spread = expected + told.sum(axis=0), spread + (told * (1.0 - told)).sum(axis=0)
        return expected, spread


class OperatorModel:
    """The chance of each busy operator to be free in time. Times are arguments, seconds."""

    def __init__(self, policy: PacingPolicy) -> None:
        self.talk = LifeTable(TALK_EDGES, policy.talk_prior_s)
        self.wrap_up = LifeTable(WRAP_EDGES, policy.wrap_up_prior_s)
        self.progress = ProgressModel(policy.talk_prior_s)

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
        talks = [now - one.since for one in busy if one.phase is BusyPhase.TALKING]
        wraps = [now - one.since for one in busy if one.phase is BusyPhase.WRAP_UP]
        self.talk.refresh(talks)
        self.wrap_up.refresh(wraps)
        self._wraps = np.array([self.wrap_up.quantile(share) for share in WRAP_POINTS])
        self._left = within_s[:, None] - self._wraps
        self._tables = _Tables.of(self._talking(), _ended_by(self.wrap_up, within_s))

    def _talking(self) -> Floats:
        """[talk bin, horizon]: chance that talk and wrap-up are over within the next seconds."""
        left = np.maximum(0.0, self._left)
        ages = self.talk.edges + self.talk.widths / 2.0
        ages[-1] = self.talk.edges[-1]
        then = self.talk.hazard_until(ages[:, None, None] + left)
        gone = 1.0 - np.exp(self.talk.hazard_until(ages)[:, None, None] - then)
        return np.asarray(gone.mean(axis=2))

    def look(self, busy: Collection[BusyOperator], now: float) -> Releases:
        """The busy operators' chances to be free within each horizon given at the last ``refresh``."""
        talk: list[float] = []
        wrap: list[float] = []
        told: list[tuple[float, float, float]] = []
        for one in busy:
            if one.phase is not BusyPhase.TALKING:
                wrap.append(now - one.since)
            elif one.step and (ahead := self.progress.time_left(one)) and one.step_at is not None:
                told.append((*ahead, now - one.step_at))
            else:
                talk.append(now - one.since)
        rows = np.empty((0, self._left.shape[0]))
        if told:
            medians, spreads, since_s = np.array(told).T
            rows = ended_within(medians, spreads, since_s, self._left).mean(axis=2)
        return Releases(
            self._tables,
            np.searchsorted(self.talk.edges, talk, side="right") - 1,
            np.searchsorted(self.wrap_up.edges, wrap, side="right") - 1,
            rows,
        )


def _ended_by(table: LifeTable, within_s: Floats) -> Floats:
    now = table.hazard_until(table.edges)
    then = table.hazard_until(table.edges[:, None] + within_s)
    return np.asarray(1.0 - np.exp(now[:, None] - then))
