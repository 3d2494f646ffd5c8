"""Many seeds of one scenario, put together: what can be expected, and the worst that happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from dialer.core.simulation import ShiftResult


@dataclass(frozen=True, slots=True)
class Summary:
    """Shares 0..1 over shifts. ``shifts_over``: shifts above the cap; ``windows_over``: shifts with a
    rolling half hour (60 or more answers) above it."""

    shifts: int
    utilisation: float
    utilisation_low: float
    utilisation_spread: float
    abandonment: float
    abandonment_high: float
    abandonment_spread: float
    window_high: float
    shifts_over: int
    windows_over: int
    dials: float
    answered: float
    most_channels: int
    mean_wait_s: float
    ended_at_s: float


def summarise(results: Sequence[ShiftResult], cap: float) -> Summary:
    """The summary of at least one shift."""
    utilisation = [one.utilisation for one in results]
    abandonment = [one.abandonment for one in results]
    return Summary(
        shifts=len(results),
        utilisation=fmean(utilisation),
        utilisation_low=min(utilisation),
        utilisation_spread=pstdev(utilisation),
        abandonment=fmean(abandonment),
        abandonment_high=max(abandonment),
        abandonment_spread=pstdev(abandonment),
        window_high=max(one.worst_window for one in results),
        shifts_over=sum(one.abandonment > cap for one in results),
        windows_over=sum(one.worst_window > cap for one in results),
        dials=fmean(one.dials for one in results),
        answered=fmean(one.answered for one in results),
        most_channels=max(one.most_channels for one in results),
        mean_wait_s=fmean(one.mean_wait_s for one in results),
        ended_at_s=fmean(one.ended_at_s for one in results),
    )
