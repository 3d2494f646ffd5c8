"""One campaign, one person and one noon, for the tests of the calling rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

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
)
from dialer.core.rules import (
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
