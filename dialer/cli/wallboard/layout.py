"""The whole wallboard: which part stands where, in 80 x 24 as in larger terminals."""

from __future__ import annotations

from collections import Counter
from typing import Final

from rich.text import Text

from dialer.cli import wording
from dialer.cli.sentences import in_words
from dialer.cli.wallboard.board import Board, columns
from dialer.cli.wallboard.campaigns import draw_campaigns
from dialer.cli.wallboard.seats import draw_seats, rows_needed
from dialer.cli.wallboard.view import BAD, CARE, GOOD, LABEL, View, bar, heading, labelled, sparkline, spread
from dialer.core.live import LiveSnapshot, TrunkLive
from dialer.core.model import Outcome
from dialer.i18n import translate

_ = translate

SMALLEST: Final = (80, 24)

OUTCOME_COLOURS: Final = {
    Outcome.CONNECTED: "#57c785",
    Outcome.SURVEYED: "#3aa6a0",
    Outcome.ABANDONED: "#ff6b6b",
    Outcome.BUSY: "#ffd166",
    Outcome.NO_ANSWER: "#8d99ae",
    Outcome.REJECTED: "#f4a261",
    Outcome.SWITCHED_OFF: "#6c7086",
    Outcome.UNREACHABLE: "#5c677d",
    Outcome.INVALID: "#a98467",
    Outcome.CONGESTION: "#c77dff",
    Outcome.TRUNK_FAULT: "#e0218a",
    Outcome.CANCELLED: "#495057",
}


def wallboard(view: View, width: int, height: int) -> Board:
    """The board for a terminal of this size; a smaller one than ``SMALLEST`` shows the upper left part."""
    board = Board(max(width, SMALLEST[0]), max(height, SMALLEST[1]))
    _draw_header(board, view)
    if view.room is None:
        _draw_waiting(board, view)
        return board
    snapshot = view.room.snapshot
    _draw_health(board, 1, view, snapshot)
    spare = board.height - SMALLEST[1]
    grid = rows_needed(len(snapshot.seats), 3 + spare // 2)
    draw_seats(board, 2, view.room, grid)
    row = 4 + grid
    _draw_calls(board, row, view, snapshot)
    legend_rows = 1 if spare < 3 else 2
    trunk_rows = min(len(snapshot.trunks), 1 + spare // 3)
    foot = board.height - 1
    today = foot - trunk_rows - legend_rows - 2
    draw_campaigns(board, row + 2, snapshot.campaigns, today - row - 3)
    _draw_today(board, today, snapshot, legend_rows)
    _draw_trunks(board, foot - trunk_rows, snapshot, trunk_rows)
    _draw_footer(board, foot, view)
    return board


def _draw_header(board: Board, view: View) -> None:
    lost = view.trouble and (view.stale or view.room is None)
    board.band(0, "white on #8f1d1d" if lost else "white on #1d3557")
    column = board.put(0, 1, _("Sampark"), "bold") + 2
    time = wording.clock(view.now)
    up = ""
    if view.room is not None and not lost:
        snapshot = view.room.snapshot
        up = _("up {span}").format(span=wording.span(snapshot.at - snapshot.started_at)) + "   "
    end = board.width - columns(up) - len(time) - 1
    board.put(0, column, view.office, width=end - column - 1)
    board.put(0, end, up)
    board.put(0, board.width - len(time) - 1, time, "bold")


def _draw_waiting(board: Board, view: View) -> None:
    middle = board.height // 2
    board.put(middle - 1, 0, _("The daemon does not answer."), "bold", align="center")
    board.put(middle, 0, view.trouble, LABEL, align="center")
    board.put(middle + 2, 0, _("Trying again; Ctrl-C ends."), LABEL, align="center")


def _draw_health(board: Board, row: int, view: View, snapshot: LiveSnapshot) -> None:
    if view.stale:
        since = wording.clock(view.heard_at or view.now)
        text = _("The daemon is silent: this is the room at {time}, {age} ago. Trying again.")
        board.put(row, 2, text.format(time=since, age=wording.span(view.age_s)), f"bold {BAD}")
        return
    items = [
        _health(_("Asterisk"), _("up"), "" if snapshot.asterisk == "up" else snapshot.asterisk),
        _health(_("database"), _("ok"), "" if snapshot.store == "ok" else snapshot.store),
    ]
    faulty = sum(bool(trunk.fault) or not trunk.reachable for trunk in snapshot.trunks)
    well = _("{n} ok").format(n=len(snapshot.trunks))
    trouble = _("{n} of {all} faulty").format(n=faulty, all=len(snapshot.trunks)) if faulty else ""
    items.append(_health(_("trunks"), well, trouble))
    if snapshot.draining:
        items.append(Text(f"▼ {_('shutting down: no new calls')}", f"bold {CARE}"))
    spread(board, row, 2, items)


def _health(name: str, well: str, trouble: str) -> Text:
    if trouble:
        return Text(f"✖ {name}: {in_words(trouble)}", f"bold {BAD}")
    return Text.assemble(("● ", GOOD), f"{name} ", (well, LABEL))


def _draw_calls(board: Board, row: int, view: View, snapshot: LiveSnapshot) -> None:
    campaigns = snapshot.campaigns
    waiting = sum(one.waiting_for_operator for one in campaigns)
    rate = sum(one.calls_per_minute for one in campaigns)
    heading(board, row, _("Calls now"))
    items = [
        labelled(_("ringing"), str(sum(one.ringing for one in campaigns)), "bold #7cc7ff"),
        labelled(_("waiting"), str(waiting), f"bold {CARE}" if waiting else "bold"),
        labelled(_("talking"), str(sum(one.talking for one in campaigns)), f"bold {GOOD}"),
        labelled(_("in survey"), str(sum(one.in_survey for one in campaigns)), "bold #3aa6a0"),
    ]
    spread(board, row + 1, 2, items)
    tempo = labelled(_("per minute"), f"{rate:.0f}")
    room = board.width - 2 - columns(tempo.plain) - 1
    taken = 2 + sum(columns(item.plain) + 3 for item in items)
    line = sparkline(view.rates, max(0, min(30, room - taken)))
    tempo.append(f" {line}", "#7cc7ff")
    board.put(row + 1, board.width - 2 - columns(tempo.plain), tempo)


def _draw_today(board: Board, row: int, snapshot: LiveSnapshot, legend_rows: int) -> None:
    counts: Counter[Outcome] = Counter()
    for campaign in snapshot.campaigns:
        counts.update({Outcome(name): count for name, count in campaign.outcomes.items() if count})
    counts.pop(Outcome.WITHDRAWN, None)
    answered = sum(count for outcome, count in counts.items() if outcome.answered)
    remark = _("{calls} calls, {answered} answered").format(
        calls=wording.count(counts.total()), answered=wording.count(answered)
    )
    heading(board, row, _("Today"), remark)
    board.put(row + 1, 2, _stripes(counts, board.width - 4))
    items = [_legend(outcome, counts[outcome]) for outcome in _by_weight(counts)]
    for below in range(legend_rows):
        items = items[spread(board, row + 2 + below, 2, items, gap=2) :]


def _by_weight(counts: Counter[Outcome]) -> list[Outcome]:
    """What became of answers first, then what happened most: where room is short, the rare is left out."""
    return sorted(counts, key=lambda outcome: (not outcome.answered, -counts[outcome]))


def _legend(outcome: Outcome, count: int) -> Text:
    return Text.assemble(
        ("■ ", OUTCOME_COLOURS[outcome]), (wording.count(count), "bold"), f" {wording.outcome(outcome)}"
    )


def _stripes(counts: Counter[Outcome], width: int) -> Text:
    """Every outcome's share of the width; rounding is carried on, so that the whole is full."""
    total, stripes = counts.total(), Text()
    if not total:
        return Text("·" * width, "grey30")
    seen, drawn = 0, 0
    for outcome, colour in OUTCOME_COLOURS.items():
        seen += counts[outcome]
        until = round(seen / total * width)
        stripes.append(" " * (until - drawn), f"on {colour}")
        drawn = until
    return stripes


def _draw_trunks(board: Board, row: int, snapshot: LiveSnapshot, rows: int) -> None:
    def urgency(trunk: TrunkLive) -> tuple[bool, str]:
        return trunk.reachable and not trunk.fault, trunk.name

    for place, trunk in enumerate(sorted(snapshot.trunks, key=urgency)[:rows]):
        _draw_trunk(board, row + place, trunk)


def _draw_trunk(board: Board, row: int, trunk: TrunkLive) -> None:
    share = trunk.channels_used / trunk.channels if trunk.channels else 0.0
    line = Text.assemble((f"{_('trunk')} ", LABEL), (trunk.name, "bold"), " ")
    line.append(bar(share, 12), "#7cc7ff on grey19")
    if trunk.fault or not trunk.reachable:
        line.append(f" ✖ {in_words(trunk.fault or 'does not answer')}", f"bold {BAD}")
    used = _("{used} of {all} channels").format(used=trunk.channels_used, all=trunk.channels)
    line.append(f"  {used}", LABEL)
    if refused := trunk.congestion_last_minute:
        line.append("  " + _("{n} refused in the last minute").format(n=refused), CARE)
    board.put(row, 2, line, width=board.width - 4)


def _draw_footer(board: Board, row: int, view: View) -> None:
    board.put(row, 2, _("Ctrl-C ends the wallboard, not the calls."), "grey50")
    if view.trouble:
        age = _("no answer for {age}").format(age=wording.span(view.age_s))
        board.put(row, 0, age, f"bold {CARE}", width=board.width - 2, align="right")
