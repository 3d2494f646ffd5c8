"""The calling rules on a fake clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.model import (
    Allowed,
    Campaign,
    CampaignKind,
    CampaignState,
    Contact,
    DialPolicy,
    Outcome,
    PastAttempt,
    RefusalReason,
    Refused,
    SilencePeriod,
    Window,
)
from dialer.core.rules import (
    OFFICE_ZONE,
    RECHECK_S,
    day_start,
    history_horizon_s,
    may_campaign_dial,
    may_dial,
)

INDIA = ZoneInfo("Asia/Kolkata")
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def india(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=INDIA).timestamp()


NOON = india("2026-11-24T12:00:00")

CAMPAIGN = Campaign(
    id=7,
    name="Awareness",
    kind=CampaignKind.OPERATORS,
    state=CampaignState.RUNNING,
    purpose="scheme awareness",
    trunk="carrier",
    caller_id="+917880000000",
    max_attempts=10,
)
CONTACT = Contact(
    id=1,
    phone="+919876543210",
    name="Sunita",
    language="hi",
    constituency=62,
    list_purpose="scheme awareness",
    list_source="district register",
    list_consent="form 12",
)
SPACING = {Outcome.BUSY: 15 * MINUTE, Outcome.NO_ANSWER: 2 * HOUR, Outcome.TRUNK_FAULT: 5 * MINUTE}
POLICY = DialPolicy(spacing_s=SPACING, max_total=10)


def past(
    seconds_ago: float, outcome: Outcome | None = Outcome.NO_ANSWER, campaign: int = 7, now: float = NOON
) -> PastAttempt:
    return PastAttempt(now - seconds_ago, campaign, outcome)


def refusal(
    history: Sequence[PastAttempt] = (),
    *,
    contact: Contact = CONTACT,
    campaign: Campaign = CAMPAIGN,
    policy: DialPolicy = POLICY,
    now: float = NOON,
) -> tuple[RefusalReason, float | None] | None:
    verdict = may_dial(contact, campaign, history, policy, now)
    if isinstance(verdict, Allowed):
        return None
    assert verdict.detail, "a refusal says what it is about"
    return verdict.reason, verdict.until


def test_a_contact_with_nothing_against_it_is_allowed() -> None:
    assert refusal() is None


def test_the_office_clock_is_india_standard_time() -> None:
    for year in range(1970, 2100, 7):
        for month in (1, 4, 7, 10):
            moment = datetime(year, month, 15, 3, 30, tzinfo=ZoneInfo("UTC"))
            assert moment.astimezone(INDIA).utcoffset() == moment.astimezone(OFFICE_ZONE).utcoffset()


@pytest.mark.parametrize(
    ("local", "until"),
    [
        ("2026-11-24T00:00:00", "2026-11-24T09:00:00"),
        ("2026-11-24T05:29:59", "2026-11-24T09:00:00"),  # midnight in UTC is 05:30 in India
        ("2026-11-24T05:30:00", "2026-11-24T09:00:00"),
        ("2026-11-24T08:59:59.999", "2026-11-24T09:00:00"),
        ("2026-11-24T09:00:00", None),
        ("2026-11-24T20:59:59.999", None),
        ("2026-11-24T21:00:00", "2026-11-25T09:00:00"),
        ("2026-11-24T23:59:59.999", "2026-11-25T09:00:00"),
        ("2026-12-31T22:00:00", "2027-01-01T09:00:00"),
        ("2028-02-28T21:30:00", "2028-02-29T09:00:00"),
        # Europe and North America change their clocks in these nights; India does not.
        ("2027-03-28T08:59:59", "2027-03-28T09:00:00"),
        ("2027-10-31T09:00:00", None),
    ],
)
def test_calls_are_placed_between_nine_and_twenty_one_local_time(local: str, until: str | None) -> None:
    found = refusal(now=india(local))
    assert found == (None if until is None else (RefusalReason.OUTSIDE_WINDOW, india(until)))


@pytest.mark.parametrize(
    ("office", "campaign", "local", "until"),
    [
        (Window(540, 1260), Window(600, 720), "2026-11-24T09:30:00", "2026-11-24T10:00:00"),
        (Window(540, 1260), Window(600, 720), "2026-11-24T11:59:59", None),
        (Window(540, 1260), Window(600, 720), "2026-11-24T12:00:00", "2026-11-25T10:00:00"),
        (Window(600, 1080), Window(0, 1440), "2026-11-24T09:59:59", "2026-11-24T10:00:00"),
        (Window(600, 1080), Window(0, 1440), "2026-11-24T18:00:00", "2026-11-25T10:00:00"),
        (Window(0, 1440), Window(0, 1440), "2026-11-24T00:00:00", None),
    ],
)
def test_the_narrower_of_the_office_and_the_campaign_holds(
    office: Window, campaign: Window, local: str, until: str | None
) -> None:
    found = refusal(
        now=india(local),
        policy=replace(POLICY, window=office),
        campaign=replace(CAMPAIGN, window=campaign),
    )
    assert found == (None if until is None else (RefusalReason.OUTSIDE_WINDOW, india(until)))


def test_windows_without_a_common_hour_allow_nothing_and_are_asked_again() -> None:
    campaign = replace(CAMPAIGN, window=Window(1260, 1320))
    assert refusal(campaign=campaign) == (RefusalReason.OUTSIDE_WINDOW, NOON + RECHECK_S)


@pytest.mark.parametrize("state", [state for state in CampaignState if state is not CampaignState.RUNNING])
def test_only_a_running_campaign_dials_and_nobody_leaves_it_for_that(state: CampaignState) -> None:
    verdict = may_campaign_dial(replace(CAMPAIGN, state=state), POLICY, NOON)
    assert isinstance(verdict, Refused)
    assert (verdict.reason, verdict.until) == (RefusalReason.CAMPAIGN_NOT_RUNNING, NOON + RECHECK_S)


@pytest.mark.parametrize(
    ("caller_id", "sender_ids", "allowed"),
    [
        ("+911401234567", {"carrier": "SAMPRK"}, True),
        ("+917880000000", {"carrier": "SAMPRK"}, False),
        ("+911401234567", {"carrier": ""}, False),
        ("+911401234567", {"other": "SAMPRK"}, False),
        ("+911401234567", {}, False),
        ("+91140123456", {"carrier": "SAMPRK"}, False),
    ],
)
def test_a_promotional_campaign_needs_a_140_number_and_a_sender_id(
    caller_id: str, sender_ids: Mapping[str, str], allowed: bool
) -> None:
    campaign = replace(CAMPAIGN, promotional=True, caller_id=caller_id)
    policy = replace(POLICY, sender_ids=sender_ids)
    verdict = may_campaign_dial(campaign, policy, NOON)
    if allowed:
        assert verdict == Allowed()
    else:
        assert isinstance(verdict, Refused)
        assert verdict.reason is RefusalReason.CALLER_ID_NOT_ALLOWED
        assert verdict.until == NOON + RECHECK_S


@pytest.mark.parametrize(
    ("contact", "reason"),
    [
        (replace(CONTACT, suppressed=True), RefusalReason.SUPPRESSED),
        (replace(CONTACT, list_source=" "), RefusalReason.NO_CONSENT),
        (replace(CONTACT, list_consent=""), RefusalReason.NO_CONSENT),
        (replace(CONTACT, list_purpose="party membership"), RefusalReason.PURPOSE_MISMATCH),
        (replace(CONTACT, list_purpose=""), RefusalReason.PURPOSE_MISMATCH),
    ],
)
def test_what_time_does_not_heal_is_refused_for_good(contact: Contact, reason: RefusalReason) -> None:
    assert refusal(contact=contact) == (reason, None)
    assert refusal(contact=contact, now=india("2026-11-24T03:00:00")) == (reason, None)


def test_a_campaign_without_a_purpose_dials_nobody() -> None:
    contact, campaign = replace(CONTACT, list_purpose=""), replace(CAMPAIGN, purpose="")
    assert refusal(contact=contact, campaign=campaign) == (RefusalReason.PURPOSE_MISMATCH, None)


class TestSilence:
    poll_closes = india("2026-11-26T17:00:00")

    def policy(self, *constituencies: int | None, starts: float | None = None) -> DialPolicy:
        begins = self.poll_closes - 48 * HOUR if starts is None else starts
        periods = tuple(SilencePeriod(which, begins, self.poll_closes) for which in constituencies)
        return replace(POLICY, silence=periods)

    @pytest.mark.parametrize(
        ("local", "refused"),
        [
            ("2026-11-24T16:59:59", False),
            ("2026-11-24T17:00:00", True),
            ("2026-11-26T16:59:59", True),
            ("2026-11-26T17:00:00", False),
        ],
    )
    def test_holds_from_48_hours_before_to_the_close_of_poll(self, local: str, refused: bool) -> None:
        found = refusal(policy=self.policy(62), now=india(local))
        assert found == ((RefusalReason.SILENCE_PERIOD, self.poll_closes) if refused else None)

    def test_lets_other_constituencies_be_called(self) -> None:
        assert refusal(policy=self.policy(63, starts=NOON)) is None

    def test_refuses_whoever_might_live_there(self) -> None:
        contact = replace(CONTACT, constituency=None)
        found = refusal(contact=contact, policy=self.policy(63, starts=NOON))
        assert found == (RefusalReason.NO_CONSTITUENCY, self.poll_closes)
        assert refusal(contact=contact, policy=self.policy(63), now=NOON) is None

    def test_everywhere_stops_the_whole_campaign(self) -> None:
        verdict = may_campaign_dial(CAMPAIGN, self.policy(None, starts=NOON), NOON)
        assert isinstance(verdict, Refused)
        assert (verdict.reason, verdict.until) == (RefusalReason.SILENCE_PERIOD, self.poll_closes)

    def test_of_one_constituency_does_not_stop_the_campaign(self) -> None:
        assert may_campaign_dial(CAMPAIGN, self.policy(62, starts=NOON), NOON) == Allowed()

    def test_that_ends_in_the_night_ends_with_the_window(self) -> None:
        period = SilencePeriod(62, NOON, india("2026-11-26T23:00:00"))
        found = refusal(policy=replace(POLICY, silence=(period,)))
        assert found == (RefusalReason.SILENCE_PERIOD, india("2026-11-27T09:00:00"))

    def test_periods_that_touch_are_one(self) -> None:
        first = SilencePeriod(62, NOON, NOON + HOUR)
        second = SilencePeriod(62, NOON + HOUR, NOON + 2 * HOUR)
        found = refusal(policy=replace(POLICY, silence=(first, second)))
        assert found == (RefusalReason.SILENCE_PERIOD, NOON + 2 * HOUR)


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


def test_several_rules_together_end_when_the_last_of_them_ends() -> None:
    now = india("2026-11-24T20:59:00")
    silence = SilencePeriod(62, now - HOUR, india("2026-11-25T10:30:00"))
    policy = replace(POLICY, silence=(silence,))
    found = refusal([past(0, Outcome.BUSY, now=now)], policy=policy, now=now)
    assert found == (RefusalReason.SILENCE_PERIOD, india("2026-11-25T10:30:00"))


def test_the_horizon_of_history_covers_every_wait() -> None:
    assert history_horizon_s(DialPolicy()) == 7 * DAY
    assert history_horizon_s(DialPolicy(spacing_s={Outcome.REJECTED: 30 * DAY})) == 30 * DAY


def test_the_day_begins_at_local_midnight() -> None:
    assert day_start(india("2026-11-24T00:00:00")) == india("2026-11-24T00:00:00")
    assert day_start(india("2026-11-24T23:59:59.9")) == india("2026-11-24T00:00:00")


# --- properties ------------------------------------------------------------------------------------

moments = st.floats(min_value=india("2026-01-01T00:00:00"), max_value=india("2027-12-31T00:00:00"))
outcomes = st.one_of(st.none(), st.sampled_from(list(Outcome)))
windows = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(lambda pair: Window(*pair))


@st.composite
def situations(draw: st.DrawFn) -> tuple[float, Contact, Campaign, list[PastAttempt], DialPolicy]:
    now = draw(moments)
    ages = st.floats(min_value=0, max_value=12 * DAY)
    attempts = st.builds(
        lambda age, which, what: PastAttempt(now - age, which, what), ages, st.sampled_from([7, 8]), outcomes
    )
    history = draw(st.lists(attempts, max_size=12))
    starts = draw(st.floats(min_value=-5 * DAY, max_value=5 * DAY))
    silence = SilencePeriod(draw(st.sampled_from([None, 62, 63])), now + starts, now + starts + 2 * DAY)
    policy = replace(
        POLICY,
        window=draw(windows),
        silence=draw(st.sampled_from([(), (silence,)])),
        max_per_day=draw(st.integers(1, 4)),
        max_per_week=draw(st.integers(1, 8)),
        max_total=draw(st.integers(1, 10)),
    )
    contact = replace(CONTACT, constituency=draw(st.sampled_from([None, 62, 64])))
    return now, contact, replace(CAMPAIGN, window=draw(windows)), history, policy


@given(situations())
def test_nobody_is_ever_allowed_outside_the_window(
    situation: tuple[float, Contact, Campaign, list[PastAttempt], DialPolicy],
) -> None:
    now, contact, campaign, history, policy = situation
    if isinstance(may_dial(contact, campaign, history, policy, now), Allowed):
        local = datetime.fromtimestamp(now, INDIA)
        minute = local.hour * 60 + local.minute
        for window in (policy.window, campaign.window):
            assert window.start_minute <= minute < window.end_minute


@given(situations(), st.floats(min_value=0, max_value=10 * DAY), outcomes, st.sampled_from([7, 8]))
def test_another_past_attempt_never_turns_a_refusal_into_a_permission(
    situation: tuple[float, Contact, Campaign, list[PastAttempt], DialPolicy],
    age: float,
    outcome: Outcome | None,
    which: int,
) -> None:
    now, contact, campaign, history, policy = situation
    more = [*history, PastAttempt(now - age, which, outcome)]
    if isinstance(may_dial(contact, campaign, history, policy, now), Refused):
        assert isinstance(may_dial(contact, campaign, more, policy, now), Refused)


@settings(max_examples=300)
@given(situations(), st.floats(min_value=0, max_value=1))
def test_a_refusal_holds_until_its_end_and_no_longer(
    situation: tuple[float, Contact, Campaign, list[PastAttempt], DialPolicy], share: float
) -> None:
    now, contact, campaign, history, policy = situation
    verdict = may_dial(contact, campaign, history, policy, now)
    if isinstance(verdict, Allowed) or verdict.until is None or verdict.until == now + RECHECK_S:
        return
    assert verdict.until > now
    assert may_dial(contact, campaign, history, policy, verdict.until) == Allowed()
    between = min(now + share * (verdict.until - now), verdict.until - 0.001)
    assert isinstance(may_dial(contact, campaign, history, policy, max(now, between)), Refused)


@given(situations())
def test_what_the_campaign_may_not_do_no_contact_may(
    situation: tuple[float, Contact, Campaign, list[PastAttempt], DialPolicy],
) -> None:
    now, contact, campaign, history, policy = situation
    if isinstance(may_campaign_dial(campaign, policy, now), Refused):
        assert isinstance(may_dial(contact, campaign, history, policy, now), Refused)
