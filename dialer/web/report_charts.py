"""The drawings of daily reports as numbers for SVG: counts and shares of the last days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dialer.daily.receiving import TrendDay

WIDTH: Final = 660
HEIGHT: Final = 150
_TOP: Final = 22
_BASE: Final = 126
ABANDONED_AT_MOST: Final = 0.03
"""The rule's share, drawn as a line."""


@dataclass(frozen=True, slots=True)
class Column:
    """A day. ``tall`` and ``inner``: heights of its bars, None where nothing was reported.

    ``label``: its day in short, where one stands under the drawing. ``says``: what it shows, in words.
    """

    x: float
    width: float
    tall: float | None
    inner: float | None
    label: str
    says: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of some days. ``top``: the value at the top line; ``limit_y``: where a limit runs, or None."""

    columns: Sequence[Column]
    top: str
    top_y: int = _TOP
    base_y: int = _BASE
    limit_y: float | None = None


def abandonment(figures: Mapping[str, float | None] | None) -> float | None:
    """Abandoned calls of those that were answered for an operator, 0..1; None of nothing."""
    abandoned, connected = ((figures or {}).get(name) or 0 for name in ("abandoned", "connected"))
    return abandoned / (abandoned + connected) if abandoned + connected else None


def calls_chart(
    trend: Sequence[TrendDay], says: Callable[[TrendDay], str], count: Callable[[int], str]
) -> Chart:
    """Calls placed, and in front of them people reached."""
    most = max((day.figures["placed"] for day in trend if day.figures), default=0)
    top = _round_up(max(most, 10))

    def heights(day: TrendDay) -> tuple[float | None, float | None]:
        if day.figures is None:
            return None, None
        return day.figures["placed"] / top, day.figures["reached"] / top

    return Chart(_columns(trend, heights, says), count(top))


def abandonment_chart(
    trend: Sequence[TrendDay], says: Callable[[TrendDay], str], percent: Callable[[float], str]
) -> Chart:
    """The share of abandoned calls, with the line that no campaign may pass."""
    shares = [share for day in trend if (share := abandonment(day.figures)) is not None]
    top = max(*shares, 0.04, 0.04)
    limit_y = _BASE - (_BASE - _TOP) * ABANDONED_AT_MOST / top
    found = _columns(trend, lambda day: (abandonment(day.figures), None), says, top)
    return Chart(found, percent(top), limit_y=round(limit_y, 1))


def _columns(
    trend: Sequence[TrendDay],
    heights: Callable[[TrendDay], tuple[float | None, float | None]],
    says: Callable[[TrendDay], str],
    top: float = 1.0,
) -> list[Column]:
    step, tall = WIDTH / max(1, len(trend)), _BASE - _TOP
    columns = []
    for place, day in enumerate(trend):
        outer, inner = (None if one is None else round(tall * one / top, 1) for one in heights(day))
        is_labelled = (len(trend) - 1 - place) % 5 == 2
        label = f"{day.day[8:]}.{day.day[5:7]}." if is_labelled else ""
        columns.append(Column(round(place * step, 1), round(step, 1), outer, inner, label, says(day)))
    return columns


def _round_up(most: int) -> int:
    """Two digits at most that matter, with noughts behind."""
    power = int("1" + "0" * (len(str(most)) - 1))
    steps = (10, 15, 20, 30, 40, 50, 60, 80, 100)
    return next(step * power // 10 for step in steps if step * power >= 10 * most)
