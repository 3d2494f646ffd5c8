"""The grid of seats: number, letter and colour, and with more room the time in the state and the name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Final

from rich.text import Text

from dialer.cli import wording
from dialer.cli.daemon_client import LiveRoom
from dialer.cli.wallboard.board import Board
from dialer.cli.wallboard.view import LABEL, heading, spread
from dialer.core.live import SeatLive, SeatState
from dialer.i18n import translate

_ = translate

PER_ROW: Final = 12
_LETTERS_PER_ROW: Final = 30
_DRAINS: Final = "↓"
_ASKS: Final = "?"
_ASKS_STYLE: Final = "bold white on #c8388a"
_NARROW, _WITH_TIME, _WITH_NAME = 6, 8, 14

STYLES: Final[Mapping[SeatState, str]] = {
    SeatState.TALKING: "grey3 on #57c785",
    SeatState.READY: "grey3 on #7cc7ff",
    SeatState.WRAP_UP: "grey3 on #ffd166",
    SeatState.DIALLING: "grey3 on #9be7e0",
    SeatState.PREVIEW: "grey3 on #d6f0ff",
    SeatState.RESERVED: "grey3 on #b5e48c",
    SeatState.PAUSED: "grey3 on #c9a7eb",
    SeatState.CONNECTING: "grey3 on grey82",
    SeatState.UNREACHABLE: "bold white on #c83c3c",
    SeatState.SIGNED_OUT: "grey46",
}


def rows_needed(seats: int, most: int) -> int:
    """Rows of the grid with numbers, or of the grid of letters when that has more than ``most``."""
    rows = ceil(seats / PER_ROW)
    return rows if rows <= most else ceil(seats / _LETTERS_PER_ROW)


def draw_seats(board: Board, row: int, room: LiveRoom, rows: int) -> None:
    """Heading, ``rows`` rows of seats, and the legend with counts."""
    snapshot = room.snapshot
    signed_in = sum(seat.state is not SeatState.SIGNED_OUT for seat in snapshot.seats)
    remark = _("{n} of {seats} signed in").format(n=signed_in, seats=len(snapshot.seats))
    if snapshot.utilisation is not None:
        remark += " · " + _("{share} busy").format(share=f"{snapshot.utilisation:.0%}")
    heading(board, row, _("Seats"), remark)
    if rows >= ceil(len(snapshot.seats) / PER_ROW):
        _draw_cells(board, row + 1, room)
    else:
        _draw_letters(board, row + 1, snapshot.seats)
    _draw_legend(board, row + 1 + rows, snapshot.seats)


def _draw_cells(board: Board, row: int, room: LiveRoom) -> None:
    width = (board.width - 3) // PER_ROW
    for place, seat in enumerate(room.snapshot.seats):
        down, across = divmod(place, PER_ROW)
        cell = _cell(seat, width - 1, room)
        board.put(row + down, 2 + across * width, cell, width=width - 1)


def _cell(seat: SeatLive, width: int, room: LiveRoom) -> Text:
    drains = _ASKS if seat.asks_help else _DRAINS if seat.draining else ""
    number = f"{seat.seat:02d}"
    words = f"{number:<3}{wording.seat_letter(seat.state)}{drains}"
    if width - len(number) >= _WITH_TIME - 3:
        words = f"{number}{wording.seat_letter(seat.state)}{drains or ' '}"
        words += _short_span(room.snapshot.at - seat.since) if seat.state is not SeatState.SIGNED_OUT else ""
    if width >= _WITH_NAME - 1 and seat.operator_id is not None:
        words += f" {room.operators.get(seat.operator_id, '')}"
    cell = Text(words, _ASKS_STYLE if seat.asks_help else STYLES[seat.state])
    cell.pad_right(max(0, width - cell.cell_len))
    return cell


def _short_span(seconds: float) -> str:
    """At most three cells: ``45s``, ``12m``, ``3h``."""
    whole = max(0, int(seconds))
    if whole < 100:
        return f"{whole}s"
    return f"{whole // 60}m" if whole < 6000 else f"{min(99, whole // 3600)}h"


def _draw_letters(board: Board, row: int, seats: Sequence[SeatLive]) -> None:
    for place, seat in enumerate(seats):
        down, across = divmod(place, _LETTERS_PER_ROW)
        if across == 0:
            board.put(row + down, 2, f"{seat.seat:02d}", LABEL)
        column = 6 + across * 2 + across // 10
        style = _ASKS_STYLE if seat.asks_help else STYLES[seat.state]
        board.put(row + down, column, Text(wording.seat_letter(seat.state), style), width=1)


def _draw_legend(board: Board, row: int, seats: Sequence[SeatLive]) -> None:
    counts = Counter(seat.state for seat in seats)
    items = [
        Text.assemble(
            (wording.seat_letter(state), STYLES[state]),
            (f" {counts[state]}", "bold"),
            (f" {wording.seat_word(state)}", LABEL),
        )
        for state in wording.SEATS
        if counts[state]
    ]
    if any(seat.draining for seat in seats):
        items.append(Text(f"{_DRAINS} {_('leaves after this call')}", LABEL))
    if asking := [str(seat.seat) for seat in seats if seat.asks_help]:
        words = _("help wanted: {seats}").format(seats=", ".join(asking))
        items.insert(0, Text(f"{_ASKS} {words}", _ASKS_STYLE))
    spread(board, row, 2, items, gap=2)
