"""The calling rules on a fake clock: hours, states, silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from dialer.core.model import (
    Allowed,
    CampaignState,
    Contact,
    DialPolicy,
    Outcome,
    RefusalReason,
    Refused,
    SilencePeriod,
    Window,
)
from dialer.core.rules import (
    OFFICE_ZONE,
    RECHECK_S,
    closes_in_s,
    may_campaign_dial,
)
from tests.unit.core.rules_case import (
    CAMPAIGN,
    CONTACT,
    HOUR,
    INDIA,
    NOON,
    POLICY,
    india,
    past,
    refusal,
)


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


@pytest.mark.parametrize(
    ("campaign", "silence", "local", "closes"),
    [
        (Window(), (), "2026-11-24T20:00:00", "2026-11-24T21:00:00"),
        (Window(600, 720), (), "2026-11-24T11:00:00", "2026-11-24T12:00:00"),
        (Window(), (), "2026-11-24T22:00:00", "2026-11-24T22:00:00"),
        (Window(), ((None, "2026-11-24T13:00:00"),), "2026-11-24T12:30:00", "2026-11-24T13:00:00"),
        (Window(), ((None, "2026-11-24T12:00:00"),), "2026-11-24T12:30:00", "2026-11-24T12:30:00"),
        (Window(), ((None, "2026-11-25T13:00:00"),), "2026-11-24T12:30:00", "2026-11-24T21:00:00"),
        (Window(), ((62, "2026-11-24T13:00:00"),), "2026-11-24T12:30:00", "2026-11-24T21:00:00"),
    ],
)
def test_a_campaign_closes_with_its_hours_or_at_the_silence_of_all(
    campaign: Window, silence: Sequence[tuple[int | None, str]], local: str, closes: str
) -> None:
    periods = [SilencePeriod(where, india(begin), india(begin) + 48 * HOUR) for where, begin in silence]
    policy = replace(POLICY, silence=tuple(periods))
    now = india(local)
    assert closes_in_s(replace(CAMPAIGN, window=campaign), policy, now) == india(closes) - now


def test_hours_without_end_close_at_no_known_time() -> None:
    day_and_night = Window(0, 1440)
    policy = replace(POLICY, window=day_and_night)
    assert closes_in_s(replace(CAMPAIGN, window=day_and_night), policy, NOON) is None


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


def test_several_rules_together_end_when_the_last_of_them_ends() -> None:
    now = india("2026-11-24T20:59:00")
    silence = SilencePeriod(62, now - HOUR, india("2026-11-25T10:30:00"))
    policy = replace(POLICY, silence=(silence,))
    found = refusal([past(0, Outcome.BUSY, now=now)], policy=policy, now=now)
    assert found == (RefusalReason.SILENCE_PERIOD, india("2026-11-25T10:30:00"))
