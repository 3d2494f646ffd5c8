"""Pictures of pacing: methods against each other, and one shift over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dialer.core.comparison import Summary
from dialer.core.scenario import Scenario

INK, OURS, OTHERS, CAP = "#222222", "#0b6e4f", "#8a8f98", "#c8102e"
Timeline = Sequence[tuple[float, int, int, int, int, int]]


def draw_comparison(
    file: Path, scenario: Scenario, results: Mapping[str, Summary], timeline: Timeline, shown: str
) -> None:
    """Write utilisation against abandonment per method, and the time line of one shift of ``shown``."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 8), layout="constrained")
    above, middle, below = figure.subplots(3, 1, height_ratios=(3, 1.6, 1.2))
    _scatter(above, scenario, results)
    _people(middle, timeline, shown)
    _abandonment(below, timeline, scenario.cap)
    figure.savefig(file, dpi=110)


def _scatter(axes: Any, scenario: Scenario, results: Mapping[str, Summary]) -> None:
    right = max(one.abandonment_high for one in results.values()) * 100
    marked: list[tuple[float, float]] = []
    for name, one in results.items():
        colour = OURS if name == "predictive" else INK if name == "oracle" else OTHERS
        x, y = max(0.02, one.abandonment * 100), one.utilisation * 100
        axes.errorbar(x, y, xerr=one.abandonment_spread * 100, yerr=one.utilisation_spread * 100,
                      fmt="o", color=colour, markersize=8 if name == "predictive" else 6)  # fmt: skip
        near = [other for other in marked if abs(other[0] - x) < 0.5 and abs(other[1] - y) < 1.5]
        marked.append((x, y))
        axes.annotate(name, (x, y), xytext=(8, 4 - 13 * len(near)), textcoords="offset points", color=colour)
    axes.axvline(scenario.cap * 100, color=CAP, linestyle="--", linewidth=1)
    axes.annotate("cap", (scenario.cap * 100, 0.02), xycoords=("data", "axes fraction"), color=CAP,
                  xytext=(4, 2), textcoords="offset points")  # fmt: skip
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(-0.1, right * 1.6 + 1)
    ticks = [tick for tick in (0, 0.5, 1, 2, 3, 5, 10, 20, 40) if tick <= right * 1.6 + 1]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xlabel("abandoned, % of live answers")
    axes.set_ylabel("talk and wrap-up,\n% of signed-in time")
    axes.set_title(f"{scenario.name}: each way of pacing on the same people")
    axes.grid(alpha=0.25)


def _people(axes: Any, timeline: Timeline, shown: str) -> None:
    minutes = [row[0] / 60 for row in timeline]
    axes.plot(minutes, [row[1] for row in timeline], color=INK, linewidth=1, label="operators signed in")
    axes.fill_between(minutes, [row[2] for row in timeline], color=OURS, alpha=0.35, label="operators busy")
    axes.plot(minutes, [row[3] for row in timeline], color=OTHERS, linewidth=0.8, label="calls in flight")
    axes.set_title(f"One shift of {shown}")
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower right", ncols=3, fontsize=8)
    axes.grid(alpha=0.25)


def _abandonment(axes: Any, timeline: Timeline, cap: float) -> None:
    minutes = [row[0] / 60 for row in timeline if row[4] >= 30]
    axes.plot(minutes, [row[5] / row[4] * 100 for row in timeline if row[4] >= 30], color=OURS)
    axes.axhline(cap * 100, color=CAP, linestyle="--", linewidth=1)
    axes.set_ylim(0, cap * 100 * 1.4)
    axes.set_xlabel("minutes since the start")
    axes.set_ylabel("abandoned so far, %")
    axes.grid(alpha=0.25)
