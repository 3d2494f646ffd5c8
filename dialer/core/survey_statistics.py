"""Figures of a sample: intervals, weights, agreement, quantiles. Shares lie in 0..1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

CONFIDENCE: Final = 0.95
_Z: Final = 1.959963984540054
"""The normal distribution's quantile for ``CONFIDENCE``, two-sided."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its confidence interval."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well two askings of one question agree. ``kappa``: None when chance alone would agree fully."""

    pairs: int
    agreed: int
    kappa: float | None

    @property
    def share(self) -> float:
        """Pairs that agree, 0..1."""
        return self.agreed / self.pairs if self.pairs else 0.0


def wilson(share: float, size: float) -> Estimate:
    """Wilson's score interval (Wilson, JASA 22, 1927) of a share found in ``size`` answers.

    ``size`` may be an effective one, no whole number; nothing is known without answers: 0..1.
    """
    if size <= 0:
        return Estimate(0.0, 0.0, 1.0)
    spread = _Z * _Z / size
    centre = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * sqrt(share * (1 - share) / size + spread / (4 * size))
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


def agreement(pairs: Mapping[tuple[str, str], int]) -> Agreement:
    """Cohen's kappa (Educational and Psychological Measurement 20, 1960) of counted pairs of answers."""
    total = sum(pairs.values())
    agreed = sum(count for (first, second), count in pairs.items() if first == second)
    if not total:
        return Agreement(0, 0, None)
    firsts, seconds = Counter[str](), Counter[str]()
    for (first, second), count in pairs.items():
        firsts[first] += count
        seconds[second] += count
    # In whole numbers, so that full agreement is exactly 1.
    by_chance = sum(count * seconds[value] for value, count in firsts.items())
    if by_chance == total * total:
        return Agreement(total, agreed, None)
    return Agreement(total, agreed, (agreed * total - by_chance) / (total * total - by_chance))


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
