"""Words and numbers that every report and every screen of the command line share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dialer.core.model import Outcome, RefusalReason
from dialer.i18n import N_

OUTCOMES: Final[Mapping[str, str]] = {
    Outcome.CONNECTED: N_("connected"),
    Outcome.SURVEYED: N_("surveyed"),
    Outcome.ABANDONED: N_("abandoned"),
    Outcome.BUSY: N_("busy"),
    Outcome.NO_ANSWER: N_("no answer"),
    Outcome.REJECTED: N_("rejected"),
    Outcome.SWITCHED_OFF: N_("switched off"),
    Outcome.UNREACHABLE: N_("unreachable"),
    Outcome.INVALID: N_("invalid number"),
    Outcome.CONGESTION: N_("network congestion"),
    Outcome.TRUNK_FAULT: N_("trunk fault"),
    Outcome.CANCELLED: N_("cancelled"),
    Outcome.WITHDRAWN: N_("not placed"),
}
"""What became of an attempt."""
RULES: Final[Mapping[str, str]] = {
    RefusalReason.OUTSIDE_WINDOW: N_("outside calling hours"),
    RefusalReason.SILENCE_PERIOD: N_("silence period"),
    RefusalReason.SUPPRESSED: N_("on the suppression list"),
    RefusalReason.DAY_LIMIT: N_("attempts of the day used up"),
    RefusalReason.WEEK_LIMIT: N_("attempts of the week used up"),
    RefusalReason.TOTAL_LIMIT: N_("attempts of the campaign used up"),
    RefusalReason.SPACING: N_("too soon after the last attempt"),
    RefusalReason.ABANDONED_RECENTLY: N_("abandoned less than 72 hours ago"),
    RefusalReason.PURPOSE_MISMATCH: N_("the list is for another purpose"),
    RefusalReason.NO_CONSENT: N_("no source or consent stated"),
    RefusalReason.NO_CONSTITUENCY: N_("constituency unknown in a silence period"),
    RefusalReason.CAMPAIGN_NOT_RUNNING: N_("the campaign does not run"),
    RefusalReason.CALLER_ID_NOT_ALLOWED: N_("caller ID not allowed"),
    RefusalReason.CALL_IN_PROGRESS: N_("a call is in progress"),
    RefusalReason.SKIPPED: N_("passed over by an operator"),
    RefusalReason.QUOTA_FULL: N_("quota: enough interviews with the group"),
    RefusalReason.THROUGH: N_("the campaign is through with the person"),
}
"""Why a person was not dialled."""
OPT_OUTS: Final[Mapping[str, str]] = {
    "keypad": N_("keypad"),
    "operator": N_("operator"),
    "import": N_("import"),
    "fallback": N_("keypad, daemon away"),
    "cli": N_("command line"),
}
"""Where an opt-out came from."""


def grouped(value: float) -> str:
    """A whole number grouped the Indian way: ``12,34,567``."""
    digits = str(abs(round(value)))
    head, tail = digits[:-3], digits[-3:]
    groups = [head[max(0, end - 2) : end] for end in range(len(head), 0, -2)][::-1]
    return ("-" if value < 0 else "") + ",".join([*groups, tail])
