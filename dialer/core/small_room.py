"""The exact chances of a small room, where the normal approximation is too rough.

Operators who will be free and calls that will not be answered are counted together: each of them is a chance
of its own, so the count is Poisson-binomial. It is kept as its generating function at roots of unity (the
DFT-CF method of Hong 2013), where one person more is one factor more: ``1 + chance (z - 1)``.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]


class Counts:
    """The distribution of how many of some independent chances come true, for several cases at once.

    The last axis of what is kept is the root of unity; at most ``most`` chances may be added.
    """

    def __init__(self, most: int) -> None:
        self._steps, self._below = _roots(most + 1)
        self._values: Complexes = np.ones(1, dtype=np.complex128)

    def add(self, chances: Floats) -> None:
        """``chances``: [person, ...cases]; the cases broadcast with those there are already."""
        self._values = self._values * np.multiply.reduce(self._factors(chances), axis=0)

    def add_one(self, chance: Floats) -> None:
        """One more person: ``chance`` is [...cases]."""
        self._values = self._values * self._factors(chance)

    def fewer_than(self, count: int) -> Floats:
        """[...cases]: the chance that fewer than ``count`` come true; exact but for 1e-15."""
        place = max(0, min(len(self._below) - 1, count))
        return np.asarray((self._values @ self._below[place]).real)

    def _factors(self, chances: Floats) -> Complexes:
        return np.asarray(1.0 + chances[..., None] * self._steps)


@lru_cache(maxsize=256)
def _roots(size: int) -> tuple[Complexes, Complexes]:
    """(z - 1 for each root z, [count, root] weights of the chance of fewer than ``count``).

    Only the roots of the upper half plane are kept: the others would add the complex conjugate.
    """
    half = np.arange(size // 2 + 1)
    turns = np.outer(np.arange(size), half) * (2j * np.pi / size)
    shares = np.where((half == 0) | (2 * half == size), 1.0, 2.0) / size
    below = np.zeros((size + 1, len(half)), dtype=np.complex128)
    below[1:] = np.cumsum(np.exp(turns) * shares, axis=0)
    return np.exp(-turns[1 % size]) - 1.0, below
