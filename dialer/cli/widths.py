"""How wide Devanagari is on a terminal, so that tables and frames stand straight in Hindi.

Terminals give a spacing vowel sign (``ा``, ``ी``: Unicode category Mc) a cell of its own, as libc's
``wcwidth`` says; rich's tables give it none, and every column behind a Hindi word would shift.
"""

from __future__ import annotations

import unicodedata
from typing import Any, Final

from rich import cells
from rich._unicode_data import load

DEVANAGARI: Final = range(0x0900, 0x0980)


def measure_like_terminals() -> None:
    """Correct rich's table in place; done once, before anything is measured."""
    table: Any = load("auto").widths
    spacing = {point for point in DEVANAGARI if unicodedata.category(chr(point)) == "Mc"}
    corrected = []
    for start, end, width in table:
        if width or end < DEVANAGARI.start or start >= DEVANAGARI.stop:
            corrected.append((start, end, width))
        else:
            corrected += [(point, point, 0) for point in range(start, end + 1) if point not in spacing]
    table[:] = corrected
    cells.get_character_cell_size.cache_clear()
    cells.cached_cell_len.cache_clear()
