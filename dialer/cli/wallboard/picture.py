"""The wallboard as an SVG file, for documents and messages; it needs nothing from elsewhere to be shown."""

from __future__ import annotations

import re
from io import StringIO
from typing import Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from dialer.cli.wallboard.board import Board

_THEME: Final = TerminalTheme(
    (16, 20, 28),
    (222, 226, 232),
    [(16, 20, 28), (255, 107, 107), (87, 199, 133), (255, 209, 102), (124, 199, 255), (201, 167, 235),
     (58, 166, 160), (222, 226, 232)],
)  # fmt: skip

_FORMAT: Final = """\
<svg class="terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: "DejaVu Sans Mono", "Noto Sans Mono", Menlo, Consolas, "Noto Sans Devanagari", monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


_SQUEEZED: Final = re.compile(r'(<text [^>]*?) textLength="[^"]*"([^>]*>[^<]*[\u0900-\u097f])')
"""Devanagari in a length of so many cells: it has a width of its own."""


def as_svg(board: Board, title: str) -> str:
    """The board as it looks on a dark terminal."""
    console = Console(
        file=StringIO(),
        record=True,
        width=board.width,
        height=board.height,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    console.print(board)
    picture = console.export_svg(title=title, theme=_THEME, code_format=_FORMAT, unique_id="wallboard")
    return _SQUEEZED.sub(r"\1\2", picture)
