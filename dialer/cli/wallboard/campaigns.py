"""The campaigns' part of the wallboard: numbers, the abandonment against its cap, the last reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text

from dialer.cli import wording
from dialer.cli.sentences import in_words
from dialer.cli.wallboard.board import Board, columns
from dialer.cli.wallboard.view import BAD, CARE, GOOD, LABEL, bar, broken, heading, labelled, spread
from dialer.core.live import CampaignLive
from dialer.core.model import CampaignKind, CampaignState
from dialer.i18n import translate

_ = translate

ROWS: Final = 3
"""Of one campaign; one more where there is room, for a long reason."""

_MARKS: Final = {
    CampaignState.RUNNING: GOOD,
    CampaignState.PAUSED: CARE,
    CampaignState.STOPPING: "#f4a261",
}


def draw_campaigns(board: Board, row: int, campaigns: Sequence[CampaignLive], rows: int) -> None:
    """A heading and as many campaigns as ``rows`` allow, those that run first."""
    room = max(1, rows // ROWS)
    more = len(campaigns) - room
    heading(board, row, _("Campaigns"), _("and {n} more").format(n=more) if more > 0 else "")
    if not campaigns:
        board.put(row + 1, 2, _("none runs; start one with `dialer campaign start NAME`"), LABEL)
        return
    each = min(ROWS + 1, rows // min(room, len(campaigns)))
    ordered = sorted(campaigns, key=lambda one: (one.state != CampaignState.RUNNING, one.campaign_id))
    for place, campaign in enumerate(ordered[:room]):
        _draw_campaign(board, row + 1 + place * each, campaign, each)


def _draw_campaign(board: Board, row: int, campaign: CampaignLive, rows: int) -> None:
    state = CampaignState(campaign.state)
    reason = broken(_reason(campaign), board.width - 6, rows - 2)
    for below in range(2 + len(reason)):
        board.put(row + below, 2, "▌", _MARKS.get(state, LABEL))
    remark = _("{left} left").format(left=wording.count(campaign.contacts_waiting))
    remark += " · " + _("{n} called").format(n=wording.count(campaign.attempts))
    end = board.width - columns(remark) - 2
    column = board.put(row, 4, campaign.name, "bold", width=board.width // 2 - 6) + 2
    words = [wording.state(state), wording.kind(campaign.kind)]
    if campaign.kind == CampaignKind.OPERATORS:
        words.append(wording.mode(campaign.mode))
    while words and column + columns(" · ".join(words)) > end - 2:
        words.pop()
    board.put(row, column, " · ".join(words), LABEL)
    board.put(row, end, remark, LABEL)
    _draw_numbers(board, row + 1, campaign)
    for below, line in enumerate(reason):
        board.put(row + 2 + below, 4, line, "italic grey70", width=board.width - 6)


def _draw_numbers(board: Board, row: int, campaign: CampaignLive) -> None:
    survey = campaign.kind == CampaignKind.SURVEY
    items = [labelled(_("ringing"), str(campaign.ringing))]
    if survey:
        items.append(labelled(_("in survey"), str(campaign.in_survey)))
    else:
        waits = campaign.waiting_for_operator
        items.append(labelled(_("waiting"), str(waits), f"bold {CARE}" if waits else "bold"))
        items.append(labelled(_("talking"), str(campaign.talking)))
    items.append(labelled(_("answer"), _whole(campaign.answer_rate)))
    items.append(labelled(_("per min"), f"{campaign.calls_per_minute:.0f}"))
    end = board.width - 2
    if not survey:
        gauge = abandonment(campaign, 10 if board.width < 120 else 24)
        end -= columns(gauge.plain)
        spread(board, row, 4, items, gap=2, end=end - 2)
        board.put(row, end, gauge)
    else:
        spread(board, row, 4, items, gap=2, end=end)


def abandonment(campaign: CampaignLive, width: int) -> Text:
    """``abandoned 1.8 % ████▌┊     of 3 %``: the cap stands in the middle of the bar."""
    rate, cap = campaign.abandonment_rate, campaign.abandonment_cap
    used = rate / cap if cap else 0.0
    colour = GOOD if used < 2 / 3 else CARE if used <= 1 else BAD
    cells = bar(used / 2, width)
    gauge = Text.assemble((f"{_('abandoned')} ", LABEL), (f"{rate * 100:.1f} % ", f"bold {colour}"))
    gauge.append(cells[: width // 2], f"{colour} on grey19")
    gauge.append("┃", "bold white on grey19")
    gauge.append(cells[width // 2 :], f"{colour} on grey19")
    gauge.append(" " + _("of {cap} %").format(cap=f"{cap * 100:g}"), LABEL)
    return gauge


def _reason(campaign: CampaignLive) -> str:
    if campaign.state == CampaignState.RUNNING:
        return in_words(campaign.reason) or _("no decision yet")
    if campaign.state == CampaignState.PAUSED:
        return _("paused: nothing new is dialled")
    return _("ends when the last call is over")


def _whole(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
