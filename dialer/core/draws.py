"""Numbers that look random and are a pure function of (seed, stream, index).

Every simulated contact owns its draws, whatever was dialled before it, so two methods that are compared
meet the same people (common random numbers). The mixer is SplitMix64 (Steele, Lea, Flood 2014).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def uniforms(seed: int, stream: int, first: int, count: int) -> NDArray[np.float64]:
    """``count`` numbers in (0, 1) of ``stream``, from index ``first``."""
    with np.errstate(over="ignore"):
        key = _mix(np.array([seed * 1_000_003 + stream], dtype=np.uint64) * _GOLDEN)
        mixed = _mix(key + np.arange(first + 1, first + count + 1, dtype=np.uint64) * _GOLDEN)
    return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53


def normals(seed: int, stream: int, first: int, count: int) -> NDArray[np.float64]:
    """Standard normal numbers (Box-Muller) of ``stream``."""
    radius = np.sqrt(-2.0 * np.log(uniforms(seed, 2 * stream, first, count)))
    return radius * np.cos(2.0 * np.pi * uniforms(seed, 2 * stream + 1, first, count))


def _mix(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * _MIX_1
    state = (state ^ (state >> np.uint64(27))) * _MIX_2
    return state ^ (state >> np.uint64(31))
