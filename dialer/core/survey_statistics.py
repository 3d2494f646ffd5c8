"""Figures of a sample: intervals, weights, quantiles. Shares lie in 0..1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

CONFIDENCE: Final = 0.95
NORMAL_QUANTILE: Final = 1.959963984540054
"""The normal distribution's quantile for ``CONFIDENCE``, two-sided."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its confidence interval."""

    share: float
    low: float
    high: float


def wilson(share: float, size: float) -> Estimate:
    """Wilson's score interval (Wilson, JASA 22, 1927) of a share found in ``size`` answers.

    ``size`` may be an effective one, no whole number; nothing is known without answers: 0..1.
    """
    if size <= 0:
        return Estimate(0.0, 0.0, 1.0)
    spread = NORMAL_QUANTILE * NORMAL_QUANTILE / size
    centre = (share + spread / 2) / (1 + spread)
    half = NORMAL_QUANTILE / (1 + spread) * sqrt(share * (1 - share) / size + spread / (4 * size))
    # At the ends rounding must not put the share outside its own interval.
    return Estimate(share, max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))


def post_stratified(
    counts: Mapping[str, Mapping[str, int]], population: Mapping[str, float]
) -> tuple[Mapping[str, Estimate], float]:
    """Shares weighted to a known population, and the effective number of answers behind them.

    ``counts``: stratum -> value -> answers; ``population``: stratum -> its part, in any unit. Each stratum
    counts as much as its part of the population; strata without answers are left out and the others take
    their part (Holt and Smith, JRSS A 142, 1979). The intervals use Kish's effective sample size
    (Survey Sampling, 1965): the square of the weights' sum over the sum of their squares.
    """
    sizes = {stratum: sum(counts.get(stratum, {}).values()) for stratum in population}
    known = sum(population[stratum] for stratum, size in sizes.items() if size)
    if not known:
        return {}, 0.0
    shares: dict[str, float] = {}
    squares = 0.0
    for stratum, size in sizes.items():
        if not size:
            continue
        part = population[stratum] / known
        squares += part * part / size
        for value, count in counts[stratum].items():
            shares[value] = shares.get(value, 0.0) + part * count / size
    effective = 1 / squares
    return {value: wilson(min(1.0, share), effective) for value, share in shares.items()}, effective


def quantile(counted: Sequence[tuple[float, int]], part: float) -> float:
    """The smallest value that at least ``part`` of all do not exceed; ``counted``: value and how often."""
    ordered = sorted(counted)
    wanted = part * sum(count for _value, count in ordered)
    seen = 0
    for value, count in ordered:
        seen += count
        if seen >= wanted and seen:
            return value
    raise ValueError("no values")
