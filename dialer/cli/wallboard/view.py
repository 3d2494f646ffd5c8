"""What the wallboard shows at a moment, and the few shapes that all its parts use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from dialer.cli.daemon_client import LiveRoom
from dialer.cli.wallboard.board import Board, columns

LINE = "grey42"
LABEL = "grey70"
GOOD, CARE, BAD = "#57c785", "#ffd166", "#ff6b6b"

STALE_S = 3.0
"""Older than this, the picture is called old: the daemon answers twice a second."""

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_SPARKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class View:
    """``room`` is the last one heard of, at ``heard_at`` by our clock; None before the first.

    ``rates``: calls per minute, the oldest first. ``trouble``: why the daemon is not heard now.
    """

    office: str
    now: float
    room: LiveRoom | None = None
    heard_at: float | None = None
    trouble: str = ""
    rates: Sequence[float] = ()

    @property
    def age_s(self) -> float:
        """How old the picture is."""
        return 0.0 if self.heard_at is None else max(0.0, self.now - self.heard_at)

    @property
    def stale(self) -> bool:
        """Whether it must not be taken for the present."""
        return self.age_s > STALE_S


def heading(board: Board, row: int, title: str, remark: str = "") -> None:
    """A line through the board with a title on the left and a remark on the right."""
    board.put(row, 0, "─", LINE)
    column = board.put(row, 2, title, "bold") + 1
    tail = columns(remark) + 4 if remark else 0
    board.put(row, column, "─" * max(0, board.width - column - tail), LINE)
    if remark:
        board.put(row, board.width - tail + 1, remark, LABEL)
        board.put(row, board.width - 2, "──", LINE)


def labelled(label: str, value: str, style: str = "bold") -> Text:
    """``label value``, the value in ``style``."""
    return Text.assemble((f"{label} ", LABEL), (value, style))


def spread(
    board: Board, row: int, column: int, items: Sequence[Text], gap: int = 3, end: int | None = None
) -> int:
    """Items side by side as long as they fit before column ``end``; returns how many did."""
    limit = board.width - 1 if end is None else end
    for number, item in enumerate(items):
        if column + columns(item.plain) > limit:
            return number
        column = board.put(row, column, item) + gap
    return len(items)


def bar(share: float, width: int) -> str:
    """``share`` (0..1) of ``width`` cells, in eighths of a cell."""
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def sparkline(values: Sequence[float], width: int) -> str:
    """The last ``width`` values as a line of little bars, the highest one full."""
    shown = values[-width:]
    top = max(shown, default=0.0)
    if top <= 0:
        return ""
    return "".join(_SPARKS[min(7, int(value / top * 7.999))] for value in shown)


def broken(text: str, width: int, rows: int) -> list[str]:
    """At most ``rows`` lines of ``width`` cells, broken between words; the last may be too long."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if columns(longer) > width and lines[-1] and len(lines) < rows:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
