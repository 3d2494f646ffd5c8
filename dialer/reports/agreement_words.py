"""The agreement of two askings in words, for terminal and page alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dialer.core.survey_agreement import Agreement, Limit
from dialer.core.words import N_
from dialer.reports.survey_words import Words, percent

LIMITS: Final[Mapping[Limit, str]] = {
    Limit.NO_PAIRS: N_("nothing to compare"),
    Limit.ONE_ANSWER: N_("everybody gave the same answer both times: kappa is not defined"),
    Limit.ONE_SIDE: N_("one of the two askings got only one answer: kappa is 0 and says nothing"),
    Limit.ALL_AGREE: N_("all pairs agree: kappa has no interval"),
}


def share_text(found: Agreement) -> str:
    """``87 % (79–93)``, or a dash without pairs."""
    if not found.pairs:
        return "–"
    interval = found.estimate
    return f"{percent(found.share)} ({interval.low * 100:.0f}–{interval.high * 100:.0f})"


def kappa_text(found: Agreement) -> str:
    """``0.62 (0.48 – 0.76)``; without interval where there is none, a dash where kappa is unknown."""
    if found.kappa is None:
        return "–"
    if found.kappa_low is None or found.kappa_high is None:
        return f"{found.kappa:.2f}"
    return f"{found.kappa:.2f} ({found.kappa_low:.2f} – {found.kappa_high:.2f})"


def limit_text(found: Agreement, words: Words) -> str:
    """Why kappa says less than it seems; empty where nothing limits it."""
    return "" if found.limit is None else words.text(LIMITS[found.limit])
