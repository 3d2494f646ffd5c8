"""How the C library keeps memory for this process; a library without such settings is left as it is."""

from __future__ import annotations

import ctypes
from typing import Final

LARGE: Final = 1_000_000
"""Bytes. A password's hash takes 12 MB for an instant."""
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8


def give_large_blocks_back() -> None:
    """What is freed goes back to the system at once if it was large.

    By default glibc learns from the first large block that is freed to keep the next ones, twice their size
    and for each thread its own: some 20 MB for as long as the daemon lives.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE)
        mallopt(_M_ARENA_MAX, 2)
