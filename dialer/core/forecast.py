"""What a dialler can know of the next half minute, learnt while it dials.

Answers: a Bayesian filter over the answer rate (it may stand still, drift or jump), and life tables of how
long calls ring before they are answered or given up. Calls still ringing count too, as what they are:
people who have not answered *yet*. Operators are in ``core.occupancy``.
"""

from __future__ import annotations

from collections.abc import Collection
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from dialer.core.pacing_records import CallInFlight, PacingPolicy

Floats = NDArray[np.float64]

BIN_S = 0.5
GRID = np.arange(-5.1, 4.05, 0.15)
"""Log-odds of an answer that the filter considers."""
_RATES: Floats = 1.0 / (1.0 + np.exp(-GRID))
_LOG_YES, _LOG_NO = np.log(_RATES), np.log(1.0 - _RATES)
DRIFTS_PER_S = (1e-5, 8e-4, 6e-3)
"""Variance per second of the log-odds: the answer rate stands still, drifts, or wanders fast."""
_DRIFTS = np.array(DRIFTS_PER_S)
LEAST_LOG, LEAST_BELIEF = 40.0, 1e-15
LOOK_EVERY_S = 0.9
AHEAD_S = 12.0
"""How far ahead the answer rate will have moved when the calls in question are answered."""
JUMPS_PER_S, CHANGES_PER_S = 1.0 / 10000.0, 1.0 / 1200.0
WEIGHT = 0.65
"""Each call counts for this much of one: calls in one hour are more alike than independent ones."""
LEVEL_WIDTH, LEVELS = 3, 4
"""A contact's own log-odds are told apart in steps of 0.45, at most 4 up or down."""
CAUTION_CALLS = 8.0
CAUTION_SHARE = 0.15
"""Until some calls are over, the quick ones mislead: so long the prior counts too, where it is higher."""
PRIOR_CALLS = 20.0
MEMORY_CALLS = 1500.0


class AnswerModel:
    """Will this call be answered, and when? Times are arguments, seconds; ages count from the dialling."""

    def __init__(self, policy: PacingPolicy) -> None:
        self.bins = int((policy.set_up_prior_s + policy.ring_limit_s + 8.0) / BIN_S)
        self.set_up_s = policy.set_up_prior_s
        self._rings = 0.0
        self._answers, self._refusals = _prior_ages(policy, self.bins)
        self._belief = _prior_belief(policy.answer_rate_prior)
        self._prior = self._belief[0] / self._belief[0].sum()
        self._kernels = np.array([_kernel(drift) for drift in DRIFTS_PER_S])
        self._moved_at: float | None = None
        self._settled = self._under_way = 0
        self._rate_prior = policy.answer_rate_prior
        self._words: dict[str, list[float]] = {}
        self._silent: list[tuple[float, int]] = []
        self._full_age_s = policy.set_up_prior_s + policy.ring_limit_s - 0.5
        self._looked_at = -1e18
        self._silence = self._news = np.zeros(len(GRID))
        self._stale = True
        self.mean = policy.answer_rate_prior
        self.sd = 0.2
        self._answered_by = self._given_up_by = np.zeros(self.bins)
        self._answer_shares = self._refusal_shares = np.zeros(self.bins)
        self._tables({})

    # --- learning

    def answered(self, call: CallInFlight, now: float) -> None:
        """A person (or machine) picked up."""
        self._move(now)
        self._settle(call, 1.0, now)
        self._answers *= 1.0 - 1.0 / MEMORY_CALLS
        self._answers[self._bin(call, now)] += 1.0
        self._stale = True

    def ended(self, call: CallInFlight, now: float) -> None:
        """Nobody picked up."""
        self._move(now)
        self._settle(call, 0.0, now)
        self._refusals *= 1.0 - 1.0 / MEMORY_CALLS
        self._refusals[self._bin(call, now)] += 1.0
        self._stale = True

    def _settle(self, call: CallInFlight, answered: float, now: float) -> None:
        self._settled += 1
        level = self.level(call)
        age = self._age(call, now)
        if answered:
            self._count(_LOG_YES, level)
        elif age >= self._full_age_s:
            self._count(_LOG_NO, level)
        else:
            self._silent.append((now - age, level))
        if call.ringing_since is not None:
            self._rings = min(200.0, self._rings + 1.0)
            heard_s = call.ringing_since - call.dialled_at
            self.set_up_s += (heard_s - self.set_up_s) / (self._rings + 2.0)
        for word in call.features:
            known = self._words.setdefault(word, [0.0, 12.0])
            expected = self.probability(level)
            known[1] += expected * (1.0 - expected)
            known[0] += (answered - expected) / known[1]

    def _count(self, evidence: Floats, level: int) -> None:
        self._news = self._news + _shifted(evidence, level)

    def _weigh(self, evidence: Floats) -> None:
        """Bayes' rule; nothing is ever ruled out so far that it could not come back."""
        belief = self._belief * np.exp(np.maximum(evidence, -LEAST_LOG))
        self._belief = np.maximum(belief / belief.sum(), LEAST_BELIEF)

    def _age(self, call: CallInFlight, now: float) -> float:
        rung = call.ringing_since
        return now - call.dialled_at if rung is None else self.set_up_s + now - rung

    def _ended_early(self, ages: dict[int, Floats], now: float) -> dict[int, Floats]:
        """``ages`` with the calls that ended early as if they went on in silence.

        Else the quick refusals of the first seconds would say that nobody answers: how many refuse at once
        is not known then, and is not needed when all are followed to the end of their ringing.
        """
        kept: list[tuple[float, int]] = []
        both = {level: counts.copy() for level, counts in ages.items()}
        for born, level in self._silent:
            age = now - born
            if age >= self._full_age_s:
                self._count(_LOG_NO, level)
            else:
                kept.append((born, level))
                both.setdefault(level, np.zeros(self.bins))[max(0, int(age / BIN_S))] += 1.0
        self._silent = kept
        return both

    def _move(self, now: float) -> None:
        """Time passes: the answer rate may have changed since the last look."""
        if self._moved_at is None:
            self._moved_at = now
        steps = int(now - self._moved_at)
        if steps <= 0:
            return
        self._moved_at += steps
        belief = self._belief
        for _ in range(min(steps, 60)):
            weights = belief.sum(axis=1, keepdims=True)
            belief = (belief[:, None, :] @ self._kernels)[:, 0, :]
            belief *= 1.0 - JUMPS_PER_S
            belief += JUMPS_PER_S * weights * self._prior
            belief *= 1.0 - CHANGES_PER_S
            belief += CHANGES_PER_S / len(self._kernels) * belief.sum(axis=0)
        self._belief = belief / belief.sum()

    # --- looking at the moment

    def level(self, call: CallInFlight) -> int:
        """How much likelier than others this contact answers, in steps of 0.45 log-odds."""
        if not call.features:
            return 0
        shift = sum(self._words[word][0] for word in call.features if word in self._words)
        return max(-LEVELS, min(LEVELS, round(shift / 0.45)))

    def probability(self, level: int) -> float:
        """Chance that a call of ``level`` dialled now is answered."""
        if level == 0:
            return self.mean
        odds = log(self.mean / (1.0 - self.mean)) + 0.45 * level
        return 1.0 / (1.0 + exp(-odds))

    def look(self, calls: Collection[CallInFlight], now: float) -> dict[int, Floats]:
        """Bring ``mean`` and ``sd`` up to ``now``; returns the calls' ages counted in bins, by level."""
        ages = self._ages(calls, now)
        if 0.0 <= now - self._looked_at < LOOK_EVERY_S:
            return ages
        self._looked_at = now
        self._under_way = len(calls)
        self._move(now)
        if self._stale:
            self._tables(ages)
        silence = np.zeros(len(GRID))
        for level, counts in self._ended_early(ages, now).items():
            silence = silence + _shifted(counts @ self._log_so_far, level)
        # What was said of calls now over replaces their silence: the two must be weighed together.
        news = self._news + silence - self._silence
        self._silence, self._news = silence, np.zeros(len(GRID))
        self._weigh(WEIGHT * (news - news.max()))
        weights = self._belief.sum(axis=0)
        mean = float(weights @ _RATES)
        shares = self._belief.sum(axis=1)
        drift = AHEAD_S * float(shares @ _DRIFTS) * (mean * (1.0 - mean)) ** 2
        sd = (max(0.0, float(weights @ (_RATES * _RATES)) - mean * mean) + drift) ** 0.5
        caution = self._caution()
        self.mean = (1.0 - caution) * mean + caution * max(mean, self._rate_prior)
        self.sd = (1.0 - caution) * sd + caution * 0.2
        return ages

    def by(self, level: int, within_s: Floats) -> Floats:
        """[age bin, horizon]: chance that a call of that age is answered within the next seconds."""
        rate = self.probability(level)
        reach = np.minimum(self.bins - 1, (within_s / BIN_S + 0.5).astype(np.intp))
        later = self._answered_by[np.minimum(self.bins - 1, np.arange(self.bins)[:, None] + reach)]
        alive = rate * (1.0 - self._answered_by) + (1.0 - rate) * (1.0 - self._given_up_by)
        gain = later - self._answered_by[:, None]
        return np.asarray(rate * gain / np.maximum(alive, 1e-4)[:, None])

    def answer_ages(self, shares: Floats) -> Floats:
        """The ages (seconds) by which these shares of the answers have come."""
        edges = np.arange(self.bins) * BIN_S
        return np.asarray(np.interp(shares, self._answered_by, edges))

    def _caution(self) -> float:
        calls = CAUTION_CALLS + CAUTION_SHARE * self._under_way
        return calls / (self._settled + calls)

    def _ages(self, calls: Collection[CallInFlight], now: float) -> dict[int, Floats]:
        per_second, last, set_up = 1.0 / BIN_S, self.bins - 1, self.set_up_s
        places: dict[int, list[int]] = {0: []}
        plain = places[0]
        for call in calls:
            rung = call.ringing_since
            age = now - call.dialled_at if rung is None else set_up + now - rung
            place = int(age * per_second)
            place = 0 if place < 0 else last if place > last else place
            if call.features:
                places.setdefault(self.level(call), []).append(place)
            else:
                plain.append(place)
        return {level: np.bincount(at, minlength=self.bins).astype(float) for level, at in places.items()}

    def _bin(self, call: CallInFlight, now: float) -> int:
        return max(0, min(self.bins - 1, int(self._age(call, now) / BIN_S)))

    def _tables(self, ages: dict[int, Floats]) -> None:
        """Cumulative ages; index k is the share that has come before age ``k * BIN_S``.

        Calls under way are spread over what may still become of them (the self-consistent estimator of
        Efron 1967): else the first minutes, in which only quick answers can be known, would mislead.
        """
        self._stale = False
        answers, refusals = self._answers, self._refusals
        for level, counts in ages.items():
            rate = max(self.probability(level), self._rate_prior * self._caution())
            no_answer_yet = np.maximum(1.0 - self._answered_by, 1e-3)
            not_given_up = np.maximum(1.0 - self._given_up_by, 1e-3)
            alive = rate * no_answer_yet + (1.0 - rate) * not_given_up
            answers = answers + self._answer_shares * np.cumsum(counts * rate / alive)
            refusals = refusals + self._refusal_shares * np.cumsum(counts * (1.0 - rate) / alive)
        self._answer_shares = answers / answers.sum()
        self._refusal_shares = refusals / refusals.sum()
        self._answered_by = np.cumsum(self._answer_shares) - self._answer_shares
        self._given_up_by = np.cumsum(self._refusal_shares) - self._refusal_shares
        so_far = 1.0 - np.outer(self._answered_by, _RATES)
        self._log_so_far = np.log(np.maximum(so_far, 1e-3))


def _shifted(values: Floats, level: int) -> Floats:
    """``values`` over the grid as seen by a contact whose log-odds are ``level`` steps higher."""
    if level == 0:
        return values
    places = np.clip(np.arange(len(GRID)) + level * LEVEL_WIDTH, 0, len(GRID) - 1)
    return np.asarray(values[places])


def _kernel(drift: float) -> Floats:
    """One second of a random walk with variance ``drift`` on the grid."""
    size, step = len(GRID), float(GRID[1] - GRID[0])
    side = drift / step**2 / 2.0
    kernel = np.eye(size) * (1.0 - 2.0 * side)
    kernel += np.eye(size, k=1) * side + np.eye(size, k=-1) * side
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


def _prior_belief(rate: float) -> Floats:
    centre = log(rate / (1.0 - rate))
    plain = np.exp(-((GRID - centre) ** 2) / 2.0)
    shares = np.array([0.5, 0.25, 0.25])
    return np.outer(shares, plain / plain.sum())


def _prior_ages(policy: PacingPolicy, bins: int) -> tuple[Floats, Floats]:
    """Before anything is learnt: exponential ringing after set-up; those who never answer ring out."""
    ages = (np.arange(bins) + 0.5) * BIN_S
    ringing = ages - policy.set_up_prior_s
    possible = (ringing > 0.0) & (ringing < policy.ring_limit_s)
    late = 0.25 / policy.ring_prior_s  # answers are believed a little later than likely: the safe side
    answers = np.where(possible, np.exp(-np.maximum(ringing, 0.0) / policy.ring_prior_s) + late, 0.0)
    at_once = possible & (ringing < 3.0)
    refusals = np.where(possible, 0.1 / possible.sum(), 0.0) + np.where(at_once, 0.25 / at_once.sum(), 0.0)
    out = policy.set_up_prior_s + policy.ring_limit_s
    refusals[np.abs(ages - out) <= 1.0] += 0.3
    answers += 1e-4
    refusals += 1e-4
    return PRIOR_CALLS * answers / answers.sum(), PRIOR_CALLS * refusals / refusals.sum()
