"""The calling rules on a fake clock: limits, spacing and what earlier calls forbid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.core.model import (
    DialPolicy,
    Outcome,
    PastAttempt,
    RefusalReason,
    Window,
)
from dialer.core.rules import (
    RECHECK_S,
    day_start,
    history_horizon_s,
)
from tests.unit.core.rules_case import (
    CAMPAIGN,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    POLICY,
    india,
    past,
    refusal,
)


class TestLimits:
    policy = replace(POLICY, max_per_day=3, max_per_week=6)

    def used(self, *locals_: str, outcome: Outcome = Outcome.NO_ANSWER) -> list[PastAttempt]:
        return [PastAttempt(india(local), 99, outcome) for local in locals_]

    def test_the_third_attempt_of_a_day_is_the_last(self) -> None:
        today = self.used("2026-11-24T09:00:00", "2026-11-24T09:10:00", "2026-11-24T09:20:00")
        assert refusal(today[:2], policy=self.policy) is None
        found = refusal(today, policy=self.policy)
        assert found == (RefusalReason.DAY_LIMIT, india("2026-11-25T09:00:00"))

    def test_a_new_day_begins_at_midnight_in_india_and_not_in_greenwich(self) -> None:
        open_all_day = replace(self.policy, window=Window(0, 1440))
        campaign = replace(CAMPAIGN, window=Window(0, 1440))
        evening = self.used("2026-11-24T18:00:00", "2026-11-24T19:00:00", "2026-11-24T20:00:00")
        for local, expected in [
            ("2026-11-24T23:59:59.999", (RefusalReason.DAY_LIMIT, india("2026-11-25T00:00:00"))),
            ("2026-11-25T00:00:00", None),
        ]:
            assert refusal(evening, policy=open_all_day, campaign=campaign, now=india(local)) == expected

    def test_a_week_is_today_and_the_six_days_before(self) -> None:
        days = self.used(
            "2026-11-18T10:00:00",
            "2026-11-18T18:00:00",
            "2026-11-19T10:00:00",
            "2026-11-20T10:00:00",
            "2026-11-21T10:00:00",
            "2026-11-23T10:00:00",
        )
        assert refusal(days[1:], policy=self.policy) is None
        found = refusal(days, policy=self.policy)
        assert found == (RefusalReason.WEEK_LIMIT, india("2026-11-25T09:00:00"))

    def test_enough_attempts_must_have_left_the_week(self) -> None:
        days = self.used(*["2026-11-18T10:00:00"] * 2, *["2026-11-20T10:00:00"] * 6)
        found = refusal(days, policy=self.policy)
        assert found == (RefusalReason.WEEK_LIMIT, india("2026-11-27T09:00:00"))

    @pytest.mark.parametrize(
        "outcome", [Outcome.CONGESTION, Outcome.TRUNK_FAULT, Outcome.CANCELLED, Outcome.WITHDRAWN]
    )
    def test_faults_that_are_not_the_contacts_use_up_nothing(self, outcome: Outcome) -> None:
        faults = self.used(*["2026-11-24T09:00:00"] * 20, outcome=outcome)
        ours = [replace(attempt, campaign_id=CAMPAIGN.id) for attempt in faults]
        assert refusal(faults + ours, policy=self.policy) is None

    @pytest.mark.parametrize(("max_attempts", "max_total", "limit"), [(2, 6, 2), (6, 2, 2), (3, 3, 3)])
    def test_the_limit_in_all_is_of_the_campaign_and_never_above_the_offices(
        self, max_attempts: int, max_total: int, limit: int
    ) -> None:
        campaign = replace(CAMPAIGN, max_attempts=max_attempts)
        policy = replace(POLICY, max_total=max_total)
        long_ago = [past(30 * DAY + n * DAY) for n in range(limit)]
        assert refusal(long_ago[1:], campaign=campaign, policy=policy) is None
        assert refusal(long_ago, campaign=campaign, policy=policy) == (RefusalReason.TOTAL_LIMIT, None)
        elsewhere = [replace(attempt, campaign_id=8) for attempt in long_ago]
        assert refusal(elsewhere, campaign=campaign, policy=policy) is None


class TestSpacing:
    @pytest.mark.parametrize(
        ("outcome", "wait_s"),
        [
            (Outcome.BUSY, 15 * MINUTE),
            (Outcome.NO_ANSWER, 2 * HOUR),
            (Outcome.TRUNK_FAULT, 5 * MINUTE),
            (Outcome.REJECTED, HOUR),  # not named: the default
        ],
    )
    def test_is_by_outcome_and_holds_across_campaigns(self, outcome: Outcome, wait_s: float) -> None:
        for campaign in (7, 8):
            almost = [past(wait_s - 1, outcome, campaign)]
            assert refusal(almost) == (RefusalReason.SPACING, NOON + 1)
            assert refusal([past(wait_s, outcome, campaign)]) is None

    def test_the_longest_wait_counts_and_not_the_last_outcome(self) -> None:
        found = refusal([past(HOUR, Outcome.NO_ANSWER), past(16 * MINUTE, Outcome.BUSY)])
        assert found == (RefusalReason.SPACING, NOON + HOUR)

    def test_an_attempt_that_was_never_placed_makes_nobody_wait(self) -> None:
        assert refusal([past(1, Outcome.WITHDRAWN)]) is None

    def test_that_ends_after_hours_ends_with_the_next_window(self) -> None:
        now = india("2026-11-24T20:30:00")
        found = refusal([past(0, Outcome.NO_ANSWER, now=now)], now=now)
        assert found == (RefusalReason.SPACING, india("2026-11-25T09:00:00"))


def test_a_number_that_is_being_called_is_not_called_again() -> None:
    for campaign in (7, 8):
        assert refusal([past(5, None, campaign)]) == (RefusalReason.CALL_IN_PROGRESS, NOON + RECHECK_S)


class TestAbandoned:
    history = (past(24 * HOUR, Outcome.ABANDONED, campaign=8),)

    def test_people_are_left_alone_for_72_hours(self) -> None:
        assert refusal(self.history) == (RefusalReason.ABANDONED_RECENTLY, NOON + 48 * HOUR)
        assert refusal([past(72 * HOUR, Outcome.ABANDONED)]) is None


def test_the_horizon_of_history_covers_every_wait() -> None:
    assert history_horizon_s(DialPolicy()) == 7 * DAY
    assert history_horizon_s(DialPolicy(spacing_s={Outcome.REJECTED: 30 * DAY})) == 30 * DAY


def test_the_day_begins_at_local_midnight() -> None:
    assert day_start(india("2026-11-24T00:00:00")) == india("2026-11-24T00:00:00")
    assert day_start(india("2026-11-24T23:59:59.9")) == india("2026-11-24T00:00:00")
