"""A character canvas whose columns stay in line whatever a terminal thinks of Devanagari.

Terminals disagree on how wide a vowel sign is, so padding alone cannot keep columns straight. Every piece
therefore begins with an order to go to its column; where there is no terminal (a file, a picture) only the
padding is left, and that follows rich's own measure.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.control import Control
from rich.segment import ControlType, Segment
from rich.style import Style
from rich.text import Text

from dialer.cli.widths import measure_like_terminals

measure_like_terminals()

Align = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True)
class _Piece:
    column: int
    text: Text


class Board:
    """``width`` x ``height`` cells. Later pieces of a row begin to the right of earlier ones."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._rows: list[list[_Piece]] = [[] for _ in range(height)]
        self._bands: dict[int, Style] = {}

    def put(
        self,
        row: int,
        column: int,
        text: str | Text,
        style: str = "",
        *,
        width: int | None = None,
        align: Align = "left",
    ) -> int:
        """Write into ``width`` cells from ``column`` on (to the end of the row by default); what is too long
        is cut. Rows outside the board are passed over. Returns the column after the text.
        """
        room = self.width - column if width is None else min(width, self.width - column)
        if not 0 <= row < self.height or room <= 0:
            return column
        piece = text.copy() if isinstance(text, Text) else Text(text, style)
        piece = fit(piece, room)
        used = columns(piece.plain)
        start = column + {"left": 0, "right": room - used, "center": (room - used) // 2}[align]
        self._rows[row].append(_Piece(start, piece))
        return start + used

    def band(self, row: int, style: str) -> None:
        """A background for the whole row, under what is or will be written there."""
        if 0 <= row < self.height:
            self._bands[row] = Style.parse(style)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for number, row in enumerate(self._rows):
            if number:
                yield Segment.line()
            yield Control((ControlType.ERASE_IN_LINE, 2))
            yield from self._line(row, self._bands.get(number), console)

    def _line(self, row: list[_Piece], band: Style | None, console: Console) -> RenderResult:
        filled = 0
        for piece in _without_overlap(row):
            yield Segment(" " * (piece.column - filled), band)
            yield Control((ControlType.CURSOR_MOVE_TO_COLUMN, piece.column))
            style = (band or Style.null()) + console.get_style(piece.text.style)
            yield from Segment.apply_style(piece.text.render(console), style)
            filled = piece.column + piece.text.cell_len
        yield Segment(" " * (self.width - filled), band)


def _without_overlap(row: list[_Piece]) -> list[_Piece]:
    """A piece ends where the next one begins."""
    ends = [piece.column for piece in row[1:]]
    cut = [
        _Piece(piece.column, fit(piece.text, end - piece.column))
        for piece, end in zip(row, ends, strict=False)
    ]
    return [*cut, *row[-1:]]


def columns(text: str) -> int:
    """The most cells that any terminal gives the text: a spacing vowel sign has one, on some none."""
    return cell_len(text)


def fit(text: Text, width: int) -> Text:
    """The text, its end cut off with an ellipsis when it is wider than ``width`` on some terminal."""
    if columns(text.plain) <= width:
        return text
    if width <= 0:
        return Text()
    end = len(text.plain)
    while end and (columns(text.plain[:end]) > width - 1 or _clings(text.plain, end)):
        end -= 1
    cut = text[:end]
    cut.append("…")
    return cut


def _clings(text: str, end: int) -> bool:
    return end < len(text) and unicodedata.category(text[end]) in ("Mn", "Mc", "Me")
