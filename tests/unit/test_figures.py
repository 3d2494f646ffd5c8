"""The figures of a report, from rows."""

from __future__ import annotations

import pytest

from dialer.core.model import Outcome
from dialer.reports.figures import Distribution, distribution, figures
from dialer.reports.rows import AnswerCount, OperatorCalls, OutcomeCount, RefusalCount, Rows, SeatTime


def _outcomes(campaign: str, day: int, constituency: int | None, **counts: int) -> list[OutcomeCount]:
    return [
        OutcomeCount(campaign, 0.03, day, constituency, Outcome(outcome), count)
        for outcome, count in counts.items()
    ]


def test_the_abandonment_rate_is_of_those_who_were_to_speak_with_an_operator() -> None:
    rows = Rows(outcomes=_outcomes("winter", 1, 62, connected=97, abandoned=3, surveyed=50, busy=20))
    calls = figures(rows).calls
    assert calls.answered.abandonment_rate == pytest.approx(0.03)
    assert calls.answered.live == 150
    assert calls.placed == 170


def test_a_withdrawn_attempt_is_not_a_call_and_congestion_says_nothing_of_people() -> None:
    calls = figures(
        Rows(outcomes=_outcomes("winter", 1, 62, connected=1, busy=1, congestion=8, withdrawn=5))
    ).calls
    assert calls.placed == 10
    assert calls.answer_rate == 0.5


def test_living_calls_are_placed_calls() -> None:
    rows = Rows(outcomes=[OutcomeCount("winter", 0.03, 1, 62, None, 4)])
    assert (figures(rows).calls.placed, figures(rows).calls.living) == (4, 4)


def test_the_cap_is_judged_per_campaign_and_day() -> None:
    rows = Rows(outcomes=[
        *_outcomes("winter", 1, 62, connected=90, abandoned=10),
        *_outcomes("winter", 2, 63, connected=900),
        *_outcomes("spring", 2, 62, connected=1),
    ])  # fmt: skip
    days = figures(rows).days
    assert [(day.campaign, day.day, day.over_cap) for day in days] == [
        ("winter", 1, True), ("spring", 2, False), ("winter", 2, False)
    ]  # fmt: skip


def test_constituencies_come_in_order_and_the_unknown_one_last() -> None:
    rows = [*_outcomes("winter", 1, None, busy=1), *_outcomes("winter", 1, 67, busy=1)]
    assert list(figures(Rows(outcomes=rows)).by_constituency) == [67, None]


def test_an_operators_utilisation_is_talk_and_wrap_up_over_signed_in_time() -> None:
    times = [
        SeatTime(1, "Asha", state, seconds)
        for state, seconds in (
            ("talking", 1800),
            ("wrap_up", 300),
            ("ready", 600),
            ("reserved", 300),
            ("paused", 600),
        )
    ]
    found = figures(
        Rows(seat_times=times, operator_calls=[OperatorCalls(1, "Asha", 20), OperatorCalls(2, "Ravi", 0)])
    )
    asha, ravi = found.operators
    assert (asha.operator, asha.calls, asha.ready_s, asha.signed_in_s) == ("Asha", 20, 900, 3600)
    assert asha.utilisation == pytest.approx(2100 / 3600)
    assert ravi.utilisation == 0.0
    assert found.utilisation == pytest.approx(2100 / 3600)


def test_nobody_signed_in_means_no_utilisation_rather_than_none_of_it() -> None:
    assert figures(Rows()).utilisation is None


def test_answers_are_told_by_survey_question_and_value() -> None:
    rows = [AnswerCount("awareness v1", "ujjwala", "1", 3), AnswerCount("awareness v1", "ujjwala", "2", 1)]
    assert figures(Rows(answers=rows)).answers == {"awareness v1": {"ujjwala": {"1": 3, "2": 1}}}


def test_the_rule_that_refused_most_comes_first() -> None:
    rows = [RefusalCount("spacing", 2, 9), RefusalCount("suppressed", 5, 5)]
    assert [row.reason for row in figures(Rows(refusals=rows)).refusals] == ["suppressed", "spacing"]


def test_percentiles_are_values_that_occurred() -> None:
    assert distribution([(3.0, 1), (1.0, 50), (2.0, 49)]) == Distribution(
        100, pytest.approx(1.51), 1.0, 2.0, 2.0, 3.0
    )
    assert distribution([]) is None
