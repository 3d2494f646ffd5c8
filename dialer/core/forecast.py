"""What a dialler can know of the next half minute, learnt while it dials.

Answers: a Bayesian filter over the answer rate (it may stand still, drift or jump), and life tables of how
long calls ring before they are answered or given up. Calls still ringing count too, as what they are:
people who have not answered *yet*. Operators are in ``core.occupancy``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from dialer.core.contact_odds import LEVELS, STEP, ContactOdds
from dialer.core.model import Outcome
from dialer.core.pacing_records import CallInFlight, PacingPolicy

Floats = NDArray[np.float64]
Bins = NDArray[np.intp]

BIN_S = 0.5
GRID = np.arange(-5.1, 4.05, 0.15)
"""Log-odds of an answer that the filter considers."""
_RATES: Floats = 1.0 / (1.0 + np.exp(-GRID))
_LOG_YES, _LOG_NO = np.log(_RATES), np.log(1.0 - _RATES)
_POWERS = np.stack((np.ones(len(GRID)), _RATES, _RATES * _RATES), axis=1)
"""[grid, power]: a belief times this is its weight, mean and mean square."""
DRIFTS_PER_S = (1e-5, 8e-4, 6e-3)
"""Variance per second of the log-odds: the answer rate stands still, drifts, or wanders fast."""
LEAST_LOG, LEAST_BELIEF = 40.0, 1e-15
LOOK_EVERY_S = 0.9
AHEAD_S = 12.0
"""How far ahead the answer rate will have moved when the calls in question are answered."""
JUMPS_PER_S, CHANGES_PER_S = 1.0 / 10000.0, 1.0 / 1200.0
LONGEST_WALK_S = 60
"""Of a longer pause nothing was seen: for the rest of it only jumps count, and a night leaves little."""
_CHANGES = (np.eye(len(DRIFTS_PER_S)) + CHANGES_PER_S / len(DRIFTS_PER_S)) / (1.0 + CHANGES_PER_S)
"""[drift, drift]: how the weights of the three suppositions mix within one second."""
WEIGHT = 0.65
"""Each call counts for this much of one: calls in one hour are more alike than independent ones."""
LEVEL_WIDTH = round(STEP / float(GRID[1] - GRID[0]))
_SHIFTS = {
    level: np.clip(np.arange(len(GRID)) + level * LEVEL_WIDTH, 0, len(GRID) - 1)
    for level in range(-LEVELS, LEVELS + 1)
}
CAUTION_CALLS = 8.0
CAUTION_SHARE = 0.15
"""Until some calls are over, the quick ones mislead: so long the prior counts too, where it is higher."""
PRIOR_CALLS = 20.0
MEMORY_CALLS = 1500.0
DOUBTED_CALLS = 50.0
"""Beside the calls of earlier days it counts as if so many had shown the usual answer rate."""


Ringing = dict[int, Floats]
"""Calls under way, counted by age: [age bin] for each level; level 0 is always there and first."""


class AnswerModel:
    """Will this call be answered, and when? Times are arguments, seconds; ages count from the dialling."""

    def __init__(self, policy: PacingPolicy) -> None:
        self.bins = int((policy.set_up_prior_s + policy.ring_limit_s + 8.0) / BIN_S)
        self.set_up_s = policy.set_up_prior_s
        self._rings = 0.0
        self._numbers = np.arange(self.bins)[:, None]
        self._edges = np.arange(self.bins) * BIN_S
        self._from = np.tril(np.ones((self.bins, self.bins)))
        """[age bin, age bin]: shares by age times this are the shares from each age on."""
        self._until = np.triu(np.ones((self.bins, self.bins)))
        self._seen = _prior_ages(policy, self.bins)
        """[answered | given up, age bin]: weights of the calls that ended so."""
        self._cut = np.zeros(self.bins)
        """[age bin]: calls that we hung up while they rang."""
        self._before = self._belief = _prior_belief(policy.answer_rate_prior)
        """[drift, grid]: what was believed before anything was seen, and what is believed now."""
        prior = self._belief[0] / self._belief[0].sum()
        self._kernels = np.array([_kernel(drift, prior) for drift in DRIFTS_PER_S])
        self._moved_at: float | None = None
        self._settled = self._under_way = 0
        self._rate_prior = policy.answer_rate_prior
        self._odds = ContactOdds()
        self._silent: list[tuple[float, int]] = []
        self._full_age_s = policy.set_up_prior_s + policy.ring_limit_s - 0.5
        self._looked_at = -1e18
        self._news = np.zeros(len(GRID))
        self._stale = True
        self.mean = policy.answer_rate_prior
        self.sd = 0.2
        self._shares = np.zeros((2, self.bins))
        self._not_yet = np.ones((2, self.bins))
        """[answer | giving up, age bin]: share of those who will, of whom it is still to come."""
        self._tables({})

    # --- learning

    def answered(self, call: CallInFlight, now: float) -> None:
        """A person (or machine) picked up."""
        self._move(now)
        self._settle(call, 1.0, now)
        self._remember(0, call, now)

    def ended(self, call: CallInFlight, now: float) -> None:
        """Nobody picked up."""
        self._move(now)
        self._settle(call, 0.0, now)
        self._remember(1, call, now)

    def taken_back(self, call: CallInFlight, now: float) -> None:
        """We hung up while it rang: all that is known is that nobody had picked up by then."""
        self._move(now)
        place = self._place(call, now)
        self._count(self._log_silent[place], self.level(call))
        self._cut *= 1.0 - 1.0 / MEMORY_CALLS
        self._cut[place] += 1.0
        self._stale = True

    def _remember(self, row: int, call: CallInFlight, now: float) -> None:
        seen = self._seen[row]
        seen *= 1.0 - 1.0 / MEMORY_CALLS
        seen[self._place(call, now)] += 1.0
        self._stale = True

    def _place(self, call: CallInFlight, now: float) -> int:
        return max(0, min(self.bins - 1, int(self._age(call, now) / BIN_S)))

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
        self._odds.settled(call.features, call.dialled_at, answered=answered > 0.0)
        self._odds.learn(now - self._full_age_s, self.mean)

    def _count(self, evidence: Floats, level: int) -> None:
        self._news = self._news + _shifted(evidence, level)

    def _age(self, call: CallInFlight, now: float) -> float:
        rung = call.ringing_since
        return now - call.dialled_at if rung is None else self.set_up_s + now - rung

    def _with_ended_early(self, places: dict[int, list[int]], now: float) -> dict[int, list[int]]:
        """``places`` (age bins by level) with the calls that ended early as if they went on in silence.

        Else the quick refusals of the first seconds would say that nobody answers: how many refuse at once
        is not known then, and is not needed when all are followed to the end of their ringing.
        """
        kept: list[tuple[float, int]] = []
        both = {level: at.copy() for level, at in places.items()}
        for born, level in self._silent:
            age = now - born
            if age >= self._full_age_s:
                self._count(_LOG_NO, level)
            else:
                kept.append((born, level))
                both.setdefault(level, []).append(max(0, int(age / BIN_S)))
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
        for _ in range(min(steps, LONGEST_WALK_S)):
            belief = _CHANGES @ (belief[:, None, :] @ self._kernels)[:, 0, :]
        if steps > LONGEST_WALK_S:
            stayed = exp(-JUMPS_PER_S * (steps - LONGEST_WALK_S))
            belief = stayed * belief + (1.0 - stayed) * belief.sum() * self._before
        self._belief = belief

    # --- looking at the moment

    def level(self, call: CallInFlight) -> int:
        """How much likelier than others this call is answered, in steps of ``STEP`` log-odds."""
        return self._odds.level(call.features)

    def probability(self, level: int) -> float:
        """Chance that a call of ``level`` dialled now is answered."""
        if level == 0:
            return self.mean
        odds = log(self.mean / (1.0 - self.mean)) + STEP * level
        return 1.0 / (1.0 + exp(-odds))

    def look(self, calls: Collection[CallInFlight], now: float) -> Ringing:
        """Bring ``mean`` and ``sd`` up to ``now``; returns the calls counted by age and level."""
        places = self._places(calls, now)
        ringing = self._counted(places)
        if 0.0 <= now - self._looked_at < LOOK_EVERY_S:
            return ringing
        self._looked_at = now
        self._under_way = len(calls)
        self._move(now)
        if self._stale:
            self._tables(ringing)
        silence = self._silence_of(self._counted(self._with_ended_early(places, now)))
        news = self._news + silence
        # What will be said of these calls replaces their silence: the two must be weighed together.
        self._news = -silence
        self._weigh(WEIGHT * (news - news[news.argmax()]))
        return ringing

    def _weigh(self, evidence: Floats) -> None:
        """Bayes' rule, and what follows for ``mean`` and ``sd``.

        Nothing is ever ruled out so far that it could not come back.
        """
        belief = self._belief * np.exp(np.maximum(evidence, -LEAST_LOG))
        weights, means, squares = (belief @ _POWERS).T.tolist()
        total = sum(weights)
        belief /= total
        self._belief = np.maximum(belief, LEAST_BELIEF, out=belief)
        mean = sum(means) / total
        variance = max(0.0, sum(squares) / total - mean * mean)
        drift = sum(weight * drift for weight, drift in zip(weights, DRIFTS_PER_S, strict=True)) / total
        sd = sqrt(variance + AHEAD_S * drift * (mean * (1.0 - mean)) ** 2)
        caution = self._caution()
        self.mean = (1.0 - caution) * mean + caution * max(mean, self._rate_prior)
        self.sd = (1.0 - caution) * sd + caution * 0.2

    def _silence_of(self, ringing: Ringing) -> Floats:
        """[grid]: log likelihood of so many calls having rung so long in silence."""
        silence = ringing[0] @ self._log_silent
        for level, counts in ringing.items():
            if level:
                silence += _shifted(counts @ self._log_silent, level)
        return np.asarray(silence)

    def reach(self, within_s: Floats) -> Bins:
        """[age bin, horizon]: the bin that a call of that age is in after so many seconds."""
        ahead = (within_s / BIN_S + 0.5).astype(np.intp)
        return np.asarray(np.minimum(self._numbers + ahead, self.bins - 1))

    def by(self, level: int, reach: Bins) -> Floats:
        """[age bin, horizon]: chance that a call of that age is answered before it gets to ``reach``."""
        rate = self.probability(level)
        unanswered = self._not_yet[0]
        alive = np.array((rate, 1.0 - rate)) @ self._not_yet
        gain = unanswered[:, None] - unanswered[reach]
        return np.asarray(gain * (rate / np.maximum(alive, 1e-4))[:, None])

    def answer_ages(self, shares: Floats) -> Floats:
        """The ages (seconds) by which these shares of the answers have come."""
        return np.asarray(np.interp(shares, 1.0 - self._not_yet[0], self._edges))

    def _caution(self) -> float:
        calls = CAUTION_CALLS + CAUTION_SHARE * self._under_way
        return calls / (self._settled + calls)

    def _places(self, calls: Collection[CallInFlight], now: float) -> dict[int, list[int]]:
        """The age bins of the calls by level; level 0 is always there and first."""
        per_second, last, rung_now = 1.0 / BIN_S, self.bins - 1, self.set_up_s + now
        by_words: dict[tuple[str, ...], list[int]] = {}
        for call in calls:
            rung = call.ringing_since
            place = int((now - call.dialled_at if rung is None else rung_now - rung) * per_second)
            if place > last:
                place = last
            elif place < 0:
                place = 0
            alike = by_words.get(call.features)
            if alike is None:
                alike = by_words[call.features] = []
            alike.append(place)
        places: dict[int, list[int]] = {0: []}
        for words, at in by_words.items():
            places.setdefault(self._odds.level(words), []).extend(at)
        return places

    def _counted(self, places: dict[int, list[int]]) -> Ringing:
        bins = self.bins
        return {level: np.bincount(at, minlength=bins).astype(np.float64) for level, at in places.items()}

    def _tables(self, ringing: Ringing) -> None:
        """What share of the ages is still to come at ``k * BIN_S``, for each bin k.

        Calls under way, and those taken back, are spread over what may become, or might have become, of
        them (the self-consistent estimator of Efron 1967): else the first minutes, in which only quick
        answers can be known, would mislead.
        """
        self._stale = False
        least = self._rate_prior * self._caution()
        not_yet = np.maximum(self._not_yet, 1e-3)
        seen = self._seen
        for level, counts in ringing.items():
            rate = max(self.probability(level), least)
            fate = np.array((rate, 1.0 - rate))
            if level == 0:
                counts = counts + self._cut
            still = fate[:, None] * (counts / (fate @ not_yet))
            seen = seen + self._shares * (still @ self._until)
        self._shares = seen / seen.sum(axis=1, keepdims=True)
        self._not_yet = self._shares @ self._from
        silent = self._not_yet[0][:, None] * _RATES
        silent += 1.0 - _RATES
        self._log_silent = np.log(silent, out=silent)


def believed_answer_rate(past: Mapping[str, int]) -> float:
    """What share of calls is answered, by the campaign's calls before (outcome: count); few prove nothing."""
    told = {Outcome(word): count for word, count in past.items()}
    calls = sum(count for one, count in told.items() if one.uses_attempt)
    answers = sum(count for one, count in told.items() if one.answered)
    return (answers + DOUBTED_CALLS * PacingPolicy().answer_rate_prior) / (calls + DOUBTED_CALLS)


def _shifted(values: Floats, level: int) -> Floats:
    """``values`` over the grid as seen by a contact whose log-odds are ``level`` steps higher."""
    if level == 0:
        return values
    return np.asarray(values[_SHIFTS[level]])


def _kernel(drift: float, prior: Floats) -> Floats:
    """One second of a random walk with variance ``drift`` on the grid, and of rare jumps into ``prior``."""
    size, step = len(GRID), float(GRID[1] - GRID[0])
    side = drift / step**2 / 2.0
    kernel = np.eye(size) * (1.0 - 2.0 * side)
    kernel += np.eye(size, k=1) * side + np.eye(size, k=-1) * side
    walk = kernel / kernel.sum(axis=1, keepdims=True)
    return np.asarray((1.0 - JUMPS_PER_S) * walk + JUMPS_PER_S * prior)


def _prior_belief(rate: float) -> Floats:
    centre = log(rate / (1.0 - rate))
    plain = np.exp(-((GRID - centre) ** 2) / 2.0)
    shares = np.array([0.5, 0.25, 0.25])
    return np.outer(shares, plain / plain.sum())


def _prior_ages(policy: PacingPolicy, bins: int) -> Floats:
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
    return np.stack((PRIOR_CALLS * answers / answers.sum(), PRIOR_CALLS * refusals / refusals.sum()))
