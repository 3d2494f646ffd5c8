"""Do the forecasts come true? Every sampled forecast is set against what then happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dialer.core.pacing import Pacer
from dialer.core.pacing_records import BusyOperator, CallInFlight, Decision, PacingSnapshot
from dialer.core.predictive import USED_PATIENCE

SAMPLE_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Row:
    """Forecasts between ``low`` and ``high``: how many, their mean, and the mean of what came."""

    what: str
    low: float
    high: float
    samples: int
    forecast: float
    came: float


@dataclass(slots=True)
class _Sample:
    at: float
    answers_until: float
    free_until: float
    answers: float
    free: float
    answered: int = 0
    freed: int = 0


class CheckedPacer(Pacer):
    """A pacer that remembers its forecasts; drive it like any other, then ask for ``reliability``."""

    def __init__(self, pacer: Pacer) -> None:
        super().__init__(pacer.policy)
        self._open: list[_Sample] = []
        self._closed: list[_Sample] = []

    def answered(self, call: CallInFlight, now: float) -> None:
        """Counts for every open forecast that knew of the call."""
        super().answered(call, now)
        for sample in self._open:
            sample.answered += call.dialled_at < sample.at and now <= sample.answers_until

    def wrap_up_ended(self, operator: BusyOperator, now: float) -> None:
        """Counts for every open forecast; only a very short talk frees somebody twice within one."""
        super().wrap_up_ended(operator, now)
        for sample in self._open:
            sample.freed += now <= sample.free_until

    def decide(self, snapshot: PacingSnapshot, now: float) -> Decision:
        """As ever, and every few seconds the forecast is kept."""
        decision = super().decide(snapshot, now)
        forecast = decision.forecast
        still = [sample for sample in self._open if sample.free_until > now]
        self._closed += [sample for sample in self._open if sample.free_until <= now]
        self._open = still
        if forecast is not None and (not still or now - still[-1].at >= SAMPLE_EVERY_S):
            until = now + forecast.horizon_s
            ready = snapshot.free - snapshot.reserved - snapshot.waiting
            free_until = until + USED_PATIENCE * self.policy.patience_s
            free = forecast.operators - ready
            still.append(_Sample(now, until, free_until, forecast.answers, free))
        return decision

    def reliability(self, edges: Sequence[float] = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 1e9)) -> list[Row]:
        """Forecast answers and operators against what came, in bins of the forecast."""
        answers = [(sample.answers, float(sample.answered)) for sample in self._closed]
        free = [(sample.free, float(sample.freed)) for sample in self._closed]
        return [*_rows("answers", answers, edges), *_rows("operators", free, edges)]


def _rows(what: str, pairs: Sequence[tuple[float, float]], edges: Sequence[float]) -> list[Row]:
    rows = []
    for low, high in pairwise(edges):
        inside = [pair for pair in pairs if low <= pair[0] < high]
        if inside:
            forecast = sum(pair[0] for pair in inside) / len(inside)
            came = sum(pair[1] for pair in inside) / len(inside)
            rows.append(Row(what, low, high, len(inside), forecast, came))
    return rows
