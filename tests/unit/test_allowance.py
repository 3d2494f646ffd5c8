"""What is left of the allowance says how much may be risked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.allowance import CERTAIN_RISK, FLOOR_RISK, LAST_RISK, Accepted, Allowance, spent
from dialer.core.ledger import Ledger
from dialer.core.pacing import Pacer, PacingSnapshot
from dialer.core.pacing_records import PacingPolicy

POLICY = PacingPolicy()


def accepted(
    answered: int, abandoned: int = 0, operators: int = 36, answers_to_come: float | None = None
) -> Accepted:
    """After so many answers, the abandoned ones first, all within the last half hour; each takes 100 s."""
    ledger = Ledger(POLICY.window_s)
    for number in range(answered):
        ledger.record(number < abandoned, float(number))
    return Allowance(ledger).accepted(POLICY, operators, operators / 100.0, answers_to_come)


def risk(
    answered: int, abandoned: int = 0, operators: int = 36, answers_to_come: float | None = None
) -> float:
    return accepted(answered, abandoned, operators, answers_to_come).risk


TEAMS = st.sampled_from([3, 5, 12, 36, 300])


@given(answered=st.integers(60, 600), abandoned=st.integers(0, 30), operators=TEAMS)
def test_one_more_abandoned_call_never_allows_more(answered: int, abandoned: int, operators: int) -> None:
    assert risk(answered, abandoned + 1, operators) <= risk(answered, abandoned, operators)


@given(answered=st.integers(60, 600), abandoned=st.integers(0, 20))
def test_above_the_cap_nothing_is_risked(answered: int, abandoned: int) -> None:
    ledger = Ledger(POLICY.window_s)
    ledger.restore(answered, abandoned)
    assert spent(ledger, POLICY) == (abandoned > 0.03 * answered)
    if abandoned > 0.03 * answered:
        assert risk(answered, abandoned) == 0.0


def test_until_sixty_have_answered_one_abandoned_call_is_no_rate_yet() -> None:
    ledger = Ledger(POLICY.window_s)
    ledger.record(True, 0.0)
    assert not spent(ledger, POLICY)
    ledger.record(True, 1.0)
    assert spent(ledger, POLICY)


def test_what_is_left_is_spent_when_the_end_is_near() -> None:
    far, near = risk(300, 4, answers_to_come=2000.0), risk(300, 4, answers_to_come=30.0)
    assert near > 2.0 * far


def test_at_the_end_nothing_is_risked_that_cannot_be_earned_back() -> None:
    assert risk(300, 8, answers_to_come=20.0) == pytest.approx(FLOOR_RISK)
    assert risk(300, 8, operators=12, answers_to_come=20.0) == pytest.approx(LAST_RISK)
    assert risk(290, 8, answers_to_come=5.0) == 0.0
    assert risk(290, 8, operators=12, answers_to_come=500.0) == pytest.approx(CERTAIN_RISK)


def test_a_tiny_teams_day_begins_with_something_to_risk() -> None:
    assert risk(0, operators=5, answers_to_come=200.0) > CERTAIN_RISK
    assert risk(0, operators=36, answers_to_come=1200.0) == pytest.approx(FLOOR_RISK)
    assert risk(0, operators=5, answers_to_come=30.0) == 0.0


def test_what_may_be_lost_at_once_is_what_the_poorer_purse_pays_for() -> None:
    assert [accepted(answered, 1).spare for answered in (1, 60, 67, 100, 134)] == [0, 0, 1, 2, 3]
    ledger = Ledger(POLICY.window_s)
    ledger.restore(1000, 10, [(0.0, True)] * 2)
    assert ledger.spare(0.03, 60) == 0  # the day could pay for twenty, the last half hour for none


def test_fast_talks_lose_more_calls_at_once_and_are_held_back() -> None:
    ledger = Ledger(POLICY.window_s)
    for number in range(300):
        ledger.record(number < 3, float(number))
    slow, fast = (Allowance(ledger).accepted(POLICY, 36, pace) for pace in (0.2, 2.0))
    assert fast.risk < slow.risk


def test_small_teams_are_not_held_by_the_chance_of_losing_all_at_once() -> None:
    assert accepted(100, operators=12).ruin == 1.0 > accepted(100, operators=36).ruin > 0.0


def test_more_may_be_ventured_until_so_many_have_answered_that_a_rate_is_judged() -> None:
    assert accepted(59).ruin > accepted(60).ruin == accepted(600).ruin


def test_after_a_restart_the_answers_before_it_do_not_look_like_a_rush() -> None:
    """The pace decides how large a team is taken for: five operators stay a small team."""
    pacer, now = Pacer(POLICY), 10_000.0
    pacer.ledger.restore(400, 4, [(now - 1800.0 + 20.0 * number, False) for number in range(90)])
    pacer.decide(PacingSnapshot(free=5), now)
    pace = pacer.predictor._answers_per_s(5, now)
    assert pace == pytest.approx(0.05, abs=0.01)


def test_a_lunch_break_does_not_make_a_large_team_look_like_a_small_one() -> None:
    """The pace decides how large a team is taken for; nobody answers while nobody works."""
    pacer, snapshot = Pacer(POLICY), PacingSnapshot(free=36)
    for second in range(1200):
        pacer.decide(snapshot, float(second))
        if second % 3 == 0:
            pacer.joined(float(second))
    before = pacer.predictor._answers_per_s(36, 1200.0)
    pacer.decide(snapshot, 2700.0)
    after = pacer.predictor._answers_per_s(36, 2700.0)
    assert before == pytest.approx(0.33, abs=0.03)
    assert after == pytest.approx(before, abs=0.03)


def test_an_hour_in_another_mode_is_no_break() -> None:
    """One call per operator is dialled then: people answer, and nobody asks for a forecast."""
    pacer = Pacer(POLICY)
    pacer.decide(PacingSnapshot(free=5), 0.0)
    for second in range(0, 3600, 20):
        pacer.joined(float(second))
    pacer.decide(PacingSnapshot(free=5), 3600.0)
    assert pacer.predictor._answers_per_s(5, 3600.0) == pytest.approx(0.05, abs=0.01)
