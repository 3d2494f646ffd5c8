"""Who was joined and who was abandoned, over the day and over the rolling window."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable


class Ledger:
    """Counts live answers by what became of them. Times are arguments and never decrease (seconds)."""

    def __init__(self, window_s: float) -> None:
        self.window_s = window_s
        self.answered = 0
        self.abandoned = 0
        self.recent: deque[tuple[float, bool]] = deque()
        self.recent_abandoned = 0

    def restore(self, answered: int, abandoned: int, recent: Iterable[tuple[float, bool]] = ()) -> None:
        """Start from what the store knows of today: totals, and (time, abandoned?) of the last window."""
        self.answered, self.abandoned = answered, abandoned
        self.recent = deque(sorted(recent))
        self.recent_abandoned = sum(was_abandoned for _, was_abandoned in self.recent)

    def new_day(self) -> None:
        """Midnight: the day's counts start again, the rolling window goes on."""
        self.answered = self.abandoned = 0

    def record(self, was_abandoned: bool, now: float) -> None:
        """One live answer is settled."""
        self.answered += 1
        self.abandoned += was_abandoned
        self.recent_abandoned += was_abandoned
        self.recent.append((now, was_abandoned))
        self.forget(now)

    def forget(self, now: float) -> None:
        """Drop what has left the rolling window."""
        recent = self.recent
        while recent and recent[0][0] <= now - self.window_s:
            self.recent_abandoned -= recent.popleft()[1]

    def worst_rate(self, window_answers: int) -> float:
        """The abandonment rate, the worse of the day's and the window's if that has enough answers."""
        day = self.abandoned / self.answered if self.answered else 0.0
        in_window = len(self.recent)
        if in_window < max(1, window_answers):
            return day
        return max(day, self.recent_abandoned / in_window)

    def affordable(self, cap: float, window_answers: int) -> int:
        """How many abandoned calls more keep the cap even if nobody is joined in the meantime."""
        left = cap * self.answered - self.abandoned
        if self.recent_abandoned and len(self.recent) < self.answered:
            in_window = max(window_answers, len(self.recent))
            left = min(left, cap * in_window - self.recent_abandoned)
        return max(0, int(left + 1e-9))

    def spare(self, cap: float, window_answers: int) -> int:
        """How many more may be lost at once before a rate, of so many answers at least, is above the cap."""
        in_day = cap * max(window_answers, self.answered) - self.abandoned
        in_window = cap * max(window_answers, len(self.recent)) - self.recent_abandoned
        return max(0, int(min(in_day, in_window) + 1e-9))

    def within(self, cap: float, window_answers: int) -> bool:
        """Whether both rates keep the cap now."""
        return self.worst_rate(window_answers) <= cap
