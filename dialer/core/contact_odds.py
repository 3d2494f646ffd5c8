"""Who answers more often than others: what is known of a contact and of its call, learnt while dialling.

Each word of a call (its trunk, the contact's kind, which attempt it is) has an effect on the log-odds of an
answer, fitted call by call (logistic regression, stochastic Newton steps). Effects are told apart from what
is common to all calls, which is the forecast's: a word that every call shares has none.

A call counts when its ringing would be over, whatever became of it: refusals come within a second and answers
within ten, so that among the calls of the last seconds those that are over say that nobody answers.
"""

from __future__ import annotations

from collections import deque
from math import exp, log

STEP, LEVELS = 0.45, 4
"""Contacts are told apart in steps of so much log-odds, at most so many up or down."""
PRIOR_INFORMATION, MOST_INFORMATION = 12.0, 400.0
"""Calls count p (1 - p) each: of so much it is doubted that a word means anything, and beyond so much what
is older fades."""
MEMORY_CALLS = 1500.0


class ContactOdds:
    """The level of a call, in ``STEP`` of log-odds above or below the average of all calls."""

    def __init__(self) -> None:
        self._over: deque[tuple[float, tuple[str, ...], bool]] = deque()
        self._effects: dict[str, float] = {}
        self._information: dict[str, float] = {}
        self._calls: dict[str, float] = {}
        self._all_calls = 0.0
        self._common = 0.0
        self._levels: dict[tuple[str, ...], int] = {(): 0}

    def level(self, features: tuple[str, ...]) -> int:
        """How much likelier than others a call with these words is answered."""
        known = self._levels.get(features)
        if known is None:
            steps = round(self._beyond_common(features) / STEP)
            known = self._levels[features] = max(-LEVELS, min(LEVELS, steps))
        return known

    def settled(self, features: tuple[str, ...], dialled_at: float, *, answered: bool) -> None:
        """A call is over, or answered; it is learnt from when all of its time have ended."""
        if features:
            self._over.append((dialled_at, features, answered))

    def learn(self, dialled_before: float, mean: float) -> None:
        """Learn from the calls dialled before that time; ``mean``: the chance of an answer now."""
        over = self._over
        if not over or over[0][0] > dialled_before:
            return
        average = log(mean / (1.0 - mean))
        while over and over[0][0] <= dialled_before:
            _, features, answered = over.popleft()
            self._learn(features, answered, average)
        shares = ((self._calls[word] / self._all_calls, effect) for word, effect in self._effects.items())
        self._common = sum(share * effect for share, effect in shares)
        self._levels = {(): 0}

    def _learn(self, features: tuple[str, ...], answered: bool, average: float) -> None:
        calls, keep = self._calls, 1.0 - 1.0 / MEMORY_CALLS
        for word in calls:
            calls[word] *= keep
        self._all_calls = self._all_calls * keep + 1.0
        expected = 1.0 / (1.0 + exp(-average - self._beyond_common(features)))
        for word in features:
            calls[word] = calls.get(word, 0.0) + 1.0
            known = self._information.get(word, PRIOR_INFORMATION) + expected * (1.0 - expected)
            self._information[word] = min(MOST_INFORMATION, known)
            self._effects[word] = self._effects.get(word, 0.0) + (answered - expected) / known

    def _beyond_common(self, features: tuple[str, ...]) -> float:
        return sum(self._effects.get(word, 0.0) for word in features) - self._common
