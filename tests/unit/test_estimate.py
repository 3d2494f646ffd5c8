"""The first estimate of a campaign's course."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from dialer.core.estimate import Beliefs, Limit, Question, estimate
from dialer.core.model import (
    Campaign,
    CampaignKind,
    CampaignState,
    DialPolicy,
    Outcome,
    PacingMode,
    Window,
)
from dialer.core.rules import OFFICE_ZONE


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE).timestamp()


CAMPAIGN = Campaign(
    1, "winter", CampaignKind.OPERATORS, CampaignState.DRAFT, "schemes", "carrier", "+917712345678"
)
QUESTION = Question(
    CAMPAIGN,
    DialPolicy(),
    people=1000,
    operators=36,
    channels=150,
    calls_per_second=30.0,
    begins_at=at("2026-11-20 10:00"),
    beliefs=Beliefs(answer_rate=0.5),
)


def test_people_are_called_again_until_they_answer_or_attempts_are_used_up() -> None:
    found = estimate(QUESTION)
    assert found.answered == pytest.approx(875)
    assert found.calls == pytest.approx(1750)


def test_one_call_per_free_operator_leaves_operators_waiting_and_prediction_does_not() -> None:
    progressive = estimate(QUESTION)
    predictive = estimate(replace(QUESTION, campaign=replace(CAMPAIGN, mode=PacingMode.PREDICTIVE)))
    assert progressive.utilisation == pytest.approx(0.735, abs=0.01)
    assert predictive.utilisation == pytest.approx(0.908, abs=0.01)
    assert predictive.limited_by is Limit.OPERATORS


def test_a_ratio_lies_between() -> None:
    ratio = estimate(replace(QUESTION, campaign=replace(CAMPAIGN, mode=PacingMode.RATIO, dial_ratio=2.0)))
    assert 0.735 < (ratio.utilisation or 0) < 0.9


def test_a_survey_is_as_fast_as_its_channels() -> None:
    survey = replace(QUESTION, campaign=replace(CAMPAIGN, kind=CampaignKind.SURVEY), channels=30)
    found = estimate(survey)
    assert found.limited_by is Limit.CHANNELS
    assert found.utilisation is None
    assert found.calls_per_minute == pytest.approx(30 / (18 + 30) * 60)
    assert found.channels_at_peak == 30


def test_the_trunks_rate_can_be_the_limit() -> None:
    found = estimate(replace(QUESTION, calls_per_second=0.1))
    assert (found.limited_by, found.calls_per_minute) == (Limit.RATE, pytest.approx(6))


def test_without_operators_it_never_ends() -> None:
    found = estimate(replace(QUESTION, operators=0))
    assert (found.calling_s, found.finish_at) == (None, None)


def test_without_waits_a_campaign_ends_when_its_calling_time_is_over() -> None:
    found = estimate(replace(QUESTION, policy=DialPolicy(default_spacing_s=0.0)))
    assert found.calling_s is not None
    assert found.finish_at == pytest.approx(QUESTION.begins_at + found.calling_s)


def test_people_who_did_not_answer_are_waited_for() -> None:
    two_hours = DialPolicy(spacing_s={Outcome.NO_ANSWER: 7200.0})
    found = estimate(replace(QUESTION, people=100, policy=two_hours))
    assert found.calling_s is not None and found.calling_s < 600
    assert found.finish_at is not None
    assert 4 * 3600 < found.finish_at - QUESTION.begins_at < 4 * 3600 + 300


def test_waits_do_not_count_the_night_as_calling_time() -> None:
    overnight = DialPolicy(spacing_s={Outcome.NO_ANSWER: 7200.0})
    evening = replace(QUESTION, people=100, policy=overnight, begins_at=at("2026-11-20 20:00"))
    assert estimate(evening).finish_at == pytest.approx(at("2026-11-21 11:00"), abs=300)


@pytest.mark.parametrize(
    ("begins", "hours", "ends"),
    [
        ("2026-11-20 07:00", 1, "2026-11-20 10:00"),
        ("2026-11-20 20:00", 2, "2026-11-21 10:00"),
        ("2026-11-20 22:00", 12, "2026-11-21 21:00"),
        ("2026-11-20 09:00", 30, "2026-11-22 15:00"),
    ],
)
def test_calling_stops_for_the_night(begins: str, hours: float, ends: str) -> None:
    certain = Beliefs(answer_rate=1.0)
    slow = replace(QUESTION, begins_at=at(begins), calls_per_second=1000 / 3600 / hours, beliefs=certain)
    assert estimate(slow).finish_at == pytest.approx(at(ends), abs=1)


def test_hours_that_never_open_never_end() -> None:
    shut = replace(CAMPAIGN, window=Window(22 * 60, 23 * 60))
    assert estimate(replace(QUESTION, campaign=shut)).finish_at is None
