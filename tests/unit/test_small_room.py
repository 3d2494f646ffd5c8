"""The exact chances of a small room are those of adding up every way it can come out."""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np
import pytest

from dialer.core.small_room import Counts


def fewer(chances: list[float], count: int) -> float:
    """The chance that fewer than ``count`` come true, one way after the other."""
    ways = (way for way in product((False, True), repeat=len(chances)) if sum(way) < count)
    return sum(
        prod(chance if true else 1.0 - chance for chance, true in zip(chances, way, strict=True))
        for way in ways
    )


@pytest.mark.parametrize("count", [-1, 0, 1, 3, 6, 9])
def test_a_count_is_what_all_the_ways_add_up_to(count: int) -> None:
    operators, calls, more = [0.9, 0.2, 0.55], [0.7, 0.01, 1.0], 0.35
    counts = Counts(7)
    counts.add(np.array(operators)[:, None])
    counts.add(np.array(calls)[:, None])
    counts.add_one(np.array([more]))
    assert counts.fewer_than(count)[0] == pytest.approx(fewer([*operators, *calls, more], count), abs=1e-12)


def test_cases_are_kept_apart_and_nobody_is_a_case_too() -> None:
    counts = Counts(2)
    counts.add(np.empty((0, 2)))
    counts.add(np.array([[0.25, 0.5], [1.0, 0.0]]))
    assert counts.fewer_than(2) == pytest.approx([0.75, 1.0])
    assert Counts(0).fewer_than(1) == pytest.approx(1.0)
