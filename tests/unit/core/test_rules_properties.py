"""What holds for the calling rules in any situation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.model import (
    Allowed,
    Campaign,
    Contact,
    DialPolicy,
    Outcome,
    PastAttempt,
    Refused,
    SilencePeriod,
    Window,
)
from dialer.core.rules import (
    RECHECK_S,
    may_campaign_dial,
    may_dial,
)
from tests.unit.core.rules_case import (
    CAMPAIGN,
    CONTACT,
    DAY,
    INDIA,
    POLICY,
    india,
)

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
