"""Counts of a campaign's day, kept in memory and begun from the store after a start."""

from __future__ import annotations

from bisect import insort
from collections import Counter, deque
from collections.abc import Mapping

from dialer.core.model import Outcome
from dialer.core.rules import day_start
from dialer.store.port import LiveAnswers

DAY_S = 86_400.0
"""India has no summer time: every day is this long."""


class Tally:
    """Outcomes, answers and abandonments of one campaign since midnight."""

    def __init__(self, now: float) -> None:
        self._begin(now)

    def _begin(self, now: float) -> None:
        self.ends_at = day_start(now) + DAY_S
        self.outcomes: Counter[str] = Counter()
        self.answered: list[float] = []
        self.abandoned: list[float] = []
        self._placed: deque[float] = deque(maxlen=20_000)

    def begin_from(self, answers: LiveAnswers, outcomes: Mapping[str, int]) -> None:
        """What the store knows of today's calls, read once when the campaign is first seen."""
        self.answered = sorted(answers.answered_at)
        self.abandoned = sorted(answers.abandoned_at)
        self.outcomes.update(outcomes)

    def turn_day(self, now: float) -> bool:
        """Whether a new day has begun, which has a new allowance."""
        if now < self.ends_at:
            return False
        self._begin(now)
        return True

    def placed(self, at: float) -> None:
        """A call was ordered."""
        self._placed.append(at)

    def live_answer(self, at: float, *, abandoned: bool) -> None:
        """A person answered; it is known whether an operator was joined in time."""
        insort(self.answered, at)
        if abandoned:
            insort(self.abandoned, at)

    def ended(self, outcome: Outcome) -> None:
        """A call ended so."""
        self.outcomes[outcome.value] += 1

    @property
    def abandonment_rate(self) -> float:
        """Abandoned over live answers of today, 0..1."""
        return len(self.abandoned) / len(self.answered) if self.answered else 0.0

    @property
    def attempts(self) -> int:
        """Calls of today that ended."""
        return sum(count for name, count in self.outcomes.items() if Outcome(name).was_placed)

    @property
    def answer_rate(self) -> float | None:
        """Answered over ended calls that reached the network, None before the first."""
        reached = sum(count for name, count in self.outcomes.items() if Outcome(name).uses_attempt)
        answered = sum(count for name, count in self.outcomes.items() if Outcome(name).answered)
        return answered / reached if reached else None

    def per_minute(self, now: float) -> float:
        """Calls ordered in the last minute."""
        return float(sum(1 for at in self._placed if now - at <= 60.0))
