"""What becomes of a contact after an attempt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.core.model import (
    Allowed,
    Campaign,
    CampaignKind,
    CampaignState,
    Contact,
    DialPolicy,
    Done,
    NextStep,
    Outcome,
    PastAttempt,
    RetryAt,
)
from dialer.core.retry import next_step
from dialer.core.rules import day_start, may_dial

NOW = 1_795_510_800.0  # 14:30 in India
CAMPAIGN = Campaign(
    id=7,
    name="Awareness",
    kind=CampaignKind.OPERATORS,
    state=CampaignState.RUNNING,
    purpose="scheme awareness",
    trunk="carrier",
    caller_id="+917880000000",
    max_attempts=3,
)
POLICY = DialPolicy(
    spacing_s={
        Outcome.BUSY: 900.0,
        Outcome.NO_ANSWER: 7200.0,
        Outcome.REJECTED: 10_800.0,
        Outcome.SWITCHED_OFF: 14_400.0,
        Outcome.UNREACHABLE: 14_400.0,
        Outcome.CONGESTION: 300.0,
        Outcome.TRUNK_FAULT: 300.0,
        Outcome.CANCELLED: 240.0,
    }
)


def after(outcome: Outcome, number: int = 1, campaign: Campaign = CAMPAIGN) -> NextStep:
    return next_step(outcome, number, campaign, POLICY, NOW)


@pytest.mark.parametrize(
    ("outcome", "step"),
    [
        (Outcome.CONNECTED, Done("connected")),
        (Outcome.SURVEYED, Done("surveyed")),
        (Outcome.INVALID, Done("invalid")),
        (Outcome.ABANDONED, RetryAt(NOW + 72 * 3600)),
        (Outcome.BUSY, RetryAt(NOW + 900)),
        (Outcome.NO_ANSWER, RetryAt(NOW + 7200)),
        (Outcome.REJECTED, RetryAt(NOW + 10_800)),
        (Outcome.SWITCHED_OFF, RetryAt(NOW + 14_400)),
        (Outcome.UNREACHABLE, RetryAt(NOW + 14_400)),
        (Outcome.CONGESTION, RetryAt(NOW + 300)),
        (Outcome.TRUNK_FAULT, RetryAt(NOW + 300)),
        (Outcome.CANCELLED, RetryAt(NOW + 240)),
        (Outcome.WITHDRAWN, RetryAt(NOW)),
    ],
)
def test_every_outcome_has_its_next_step(outcome: Outcome, step: NextStep) -> None:
    assert after(outcome) == step


@pytest.mark.parametrize("outcome", [o for o in Outcome if isinstance(after(o), RetryAt) and o.uses_attempt])
def test_the_last_attempt_ends_the_contacts_campaign(outcome: Outcome) -> None:
    assert isinstance(after(outcome, number=2), RetryAt)
    assert after(outcome, number=3) == Done("max_attempts")


@pytest.mark.parametrize("outcome", [o for o in Outcome if not o.uses_attempt])
def test_a_fault_of_trunk_or_office_never_uses_up_the_last_attempt(outcome: Outcome) -> None:
    assert isinstance(after(outcome, number=3), RetryAt)


def test_the_offices_limit_binds_the_campaign() -> None:
    greedy = replace(CAMPAIGN, max_attempts=99)
    assert isinstance(after(Outcome.BUSY, number=5, campaign=greedy), RetryAt)
    assert after(Outcome.BUSY, number=6, campaign=greedy) == Done("max_attempts")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_whoever_opted_out_is_done_whatever_happened(outcome: Outcome) -> None:
    assert next_step(outcome, 1, CAMPAIGN, POLICY, NOW, opted_out=True) == Done("opted_out")


@pytest.mark.parametrize("outcome", [o for o in Outcome if isinstance(after(o), RetryAt)])
def test_at_the_time_of_the_retry_the_rules_allow_the_call(outcome: Outcome) -> None:
    step = after(outcome)
    assert isinstance(step, RetryAt)
    contact = Contact(1, "+919876543210", "Sunita", "hi", 62, "scheme awareness", "register", "form")
    history = [PastAttempt(NOW, CAMPAIGN.id, outcome)]
    assert may_dial(contact, CAMPAIGN, history, POLICY, step.at) == Allowed()


def test_questions_that_were_left_open_are_asked_on_another_day_within_the_limit() -> None:
    policy = replace(POLICY, spacing_s={**POLICY.spacing_s, Outcome.SURVEYED: 3600.0})
    midnight = day_start(NOW + 86_400)
    for number, step in ((1, RetryAt(midnight)), (3, Done("max_attempts"))):
        assert next_step(Outcome.SURVEYED, number, CAMPAIGN, policy, NOW, left_open=True) == step
    late = next_step(Outcome.SURVEYED, 1, CAMPAIGN, policy, midnight - 60, left_open=True)
    assert late == RetryAt(midnight + 3540)
    out = next_step(Outcome.SURVEYED, 1, CAMPAIGN, policy, NOW, left_open=True, opted_out=True)
    assert out == Done("opted_out")


def test_a_survey_that_was_interrupted_goes_on_later_within_the_limit() -> None:
    policy = replace(POLICY, spacing_s={**POLICY.spacing_s, Outcome.SURVEYED: 3600.0})
    for number, step in ((1, RetryAt(NOW + 3600)), (3, Done("max_attempts"))):
        assert next_step(Outcome.SURVEYED, number, CAMPAIGN, policy, NOW, interrupted=True) == step
    assert next_step(Outcome.CONNECTED, 1, CAMPAIGN, policy, NOW, interrupted=True) == Done("connected")
    out = next_step(Outcome.SURVEYED, 1, CAMPAIGN, policy, NOW, interrupted=True, opted_out=True)
    assert out == Done("opted_out")
