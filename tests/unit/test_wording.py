"""Numbers and times as a supervisor reads them."""

from __future__ import annotations

import pytest

from dialer.cli import wording
from dialer.core.live import SeatState
from dialer.core.model import CampaignKind, CampaignState, Outcome, PacingMode, RefusalReason
from dialer.reports.phrases import OUTCOMES, RULES

NINE_IN_THE_MORNING = 1_795_145_400.0  # 20 November 2026, 09:00 in Asia/Kolkata


def test_every_word_of_the_core_has_a_label() -> None:
    assert set(OUTCOMES) == set(Outcome)
    assert set(RULES) == set(RefusalReason)
    assert set(wording.CAMPAIGN_STATES) == set(CampaignState)
    assert set(wording.KINDS) == set(CampaignKind)
    assert set(wording.MODES) == set(PacingMode)
    assert set(wording.SEATS) == set(SeatState)


def test_seats_differ_by_their_letters_alone() -> None:
    letters = [wording.seat_letter(state) for state in SeatState]
    assert len(set(letters)) == len(letters)
    assert all(len(letter) == 1 for letter in letters)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (123_456, "1,23,456"),
        (12_345_678, "1,23,45,678"),
        (-1500, "-1,500"),
    ],
)
def test_numbers_are_grouped_the_indian_way(value: int, text: str) -> None:
    assert wording.count(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (3600, "1 h"), (5400, "1 h 30 min"), (200_000, "2 d 7 h")],
)
def test_spans_are_as_exact_as_they_are_long(seconds: float, text: str) -> None:
    assert wording.span(seconds) == text


def test_times_are_the_offices_and_say_the_day_only_when_it_is_another() -> None:
    now = NINE_IN_THE_MORNING + 3600
    assert wording.moment(NINE_IN_THE_MORNING, now) == "09:00"
    assert wording.moment(NINE_IN_THE_MORNING - 86_400, now) == "19.11. 09:00"
    assert wording.moment(NINE_IN_THE_MORNING) == "20.11.2026 09:00"
    assert wording.moment(None) == "–"
    assert wording.instant(NINE_IN_THE_MORNING, now) == "09:00:00"
    assert wording.instant(NINE_IN_THE_MORNING - 86_400, now) == "19.11. 09:00:00"


def test_a_reason_to_leave_is_an_outcome_a_rule_or_a_word_of_its_own() -> None:
    assert wording.done_why("connected") == "connected"
    assert wording.done_why("suppressed") == "on the suppression list"
    assert wording.done_why("max_attempts") == "attempts used up"
    assert wording.done_why("of_a_later_version") == "of_a_later_version"
