"""What the daemon wrote in English is read in Hindi."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dialer import i18n
from dialer.cli.explain_view import event_text
from dialer.cli.sentences import in_words
from dialer.core.model import (
    Campaign,
    CampaignKind,
    CampaignState,
    Contact,
    DialPolicy,
    Outcome,
    PastAttempt,
    Quota,
    QuotaBy,
    Refused,
    SilencePeriod,
    Window,
)
from dialer.core.pacing_records import Reason, ReasonCode
from dialer.core.quotas import Alike, Standings, group_of
from dialer.core.rules import may_dial
from dialer.core.trunks import TrunkGate, TrunkLimits
from dialer.engine.pacing import TAKEN_BACK
from dialer.store.explaining import StoryEvent

NOW = 1_795_000_000.0  # a Wednesday afternoon in the office
CAMPAIGN = Campaign(
    1, "winter", CampaignKind.OPERATORS, CampaignState.RUNNING, "schemes", "carrier", "+917712345678"
)
PERSON = Contact(1, "+919800000001", "आशा", "hi", 62, "schemes", "register", "form")
PROMOTIONAL = replace(CAMPAIGN, promotional=True)


NAMES = (
    "free in_flight ratio requested answers horizon_s operators used_percent cap_percent risk_percent "
    "accepted_percent room payable spare"
)
VALUES = dict.fromkeys(NAMES.split(), 2.0)


@pytest.fixture(autouse=True)
def hindi(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LANGUAGE", "hi")
    i18n.select_language("hi")
    yield
    i18n.select_language("en")


def is_hindi(text: str) -> bool:
    return any("\u0900" <= character <= "\u097f" for character in text)


@pytest.mark.parametrize("code", list(ReasonCode))
def test_every_pacing_reason(code: ReasonCode) -> None:
    text = Reason(code, VALUES).text
    assert is_hindi(in_words(text)), text


def test_a_decision_that_takes_calls_back() -> None:
    text = TAKEN_BACK.format(decision=Reason(ReasonCode.RISK_TOO_HIGH, VALUES).text, calls=3)
    assert is_hindi(in_words(text)) and "taken" not in in_words(text) and in_words(text).endswith("3")


def test_the_story_of_a_call_that_was_taken_back() -> None:
    event = StoryEvent(NOW, "taken_back", "17")
    assert is_hindi(event_text(event)) and "17" in event_text(event)
    i18n.select_language("en")
    assert event_text(event) == "rang 17 s and was taken back: no operator would have been there"


def test_the_numbers_of_a_sentence_are_kept() -> None:
    text = in_words("7 calls in flight are enough for 3 free operators")
    assert "7" in text and "3" in text and is_hindi(text)


@pytest.mark.parametrize(
    ("contact", "campaign", "policy", "history"),
    [
        ({"suppressed": True}, CAMPAIGN, {}, ()),
        ({"list_consent": ""}, CAMPAIGN, {}, ()),
        ({"list_purpose": "election"}, CAMPAIGN, {}, ()),
        ({}, CAMPAIGN, {"max_total": 1}, (PastAttempt(NOW - 1e6, 1, Outcome.BUSY),)),
        ({}, replace(CAMPAIGN, state=CampaignState.PAUSED), {}, ()),
        ({}, PROMOTIONAL, {}, ()),
        ({}, replace(PROMOTIONAL, caller_id="+911401234567"), {}, ()),
        ({}, replace(CAMPAIGN, window=Window(0, 60)), {}, ()),
        ({}, CAMPAIGN, {}, (PastAttempt(NOW, 2, None),)),
        ({}, CAMPAIGN, {"window": Window(0, 60)}, ()),
        ({}, replace(CAMPAIGN, window=Window(540, 541)), {}, ()),
        ({}, CAMPAIGN, {"silence": (SilencePeriod(None, NOW - 1, NOW + 1),)}, ()),
        ({}, CAMPAIGN, {"silence": (SilencePeriod(62, NOW - 1, NOW + 1),)}, ()),
        ({"constituency": None}, CAMPAIGN, {"silence": (SilencePeriod(62, NOW - 1, NOW + 1),)}, ()),
        ({}, CAMPAIGN, {"max_per_day": 1}, (PastAttempt(NOW - 9000, 2, Outcome.BUSY),)),
        ({}, CAMPAIGN, {"max_per_week": 1}, (PastAttempt(NOW - 90_000, 2, Outcome.BUSY),)),
        ({}, CAMPAIGN, {}, (PastAttempt(NOW - 9000, 2, Outcome.ABANDONED),)),
        ({}, CAMPAIGN, {}, (PastAttempt(NOW - 60, 2, Outcome.NO_ANSWER),)),
    ],
)
def test_every_rules_refusal(
    contact: dict, campaign: Campaign, policy: dict, history: tuple[PastAttempt, ...]
) -> None:
    verdict = may_dial(replace(PERSON, **contact), campaign, history, DialPolicy(**policy), NOW)
    assert isinstance(verdict, Refused)
    assert is_hindi(in_words(verdict.detail)), verdict.detail


@pytest.mark.parametrize("by", list(QuotaBy))
@pytest.mark.parametrize(("complete", "under_way"), [(1, 0), (0, 1)])
def test_every_refusal_by_a_quota(by: QuotaBy, complete: int, under_way: int) -> None:
    worker = replace(PERSON, kind="worker")
    campaign = replace(CAMPAIGN, quotas=(Quota(by, group_of(worker, by), 1),))
    people = [Alike(62, "hi", "worker", complete, under_way, 0, 0, 0, 0)]
    standings = Standings(campaign.quotas, people)
    verdict = may_dial(worker, campaign, (), DialPolicy(), NOW, standings=standings)
    assert isinstance(verdict, Refused)
    text = in_words(verdict.detail)
    assert not set("abcdefghijklmnopqrstuvwxyz") & set(text), text


def test_an_outcome_inside_a_sentence_is_translated_too() -> None:
    assert "नहीं उठाया" in in_words("120 min after no_answer")


def test_every_trunk_fault() -> None:
    gate = TrunkGate(TrunkLimits("carrier", 30, 5.0))
    gate.reachable = False
    texts = [gate.fault_text(NOW)]
    gate.reachable, gate.backs_off_until = True, NOW + 14
    texts += [gate.fault_text(NOW), gate.fault_text(NOW + 20)]
    for text in texts:
        assert is_hindi(in_words(text)), text
        assert is_hindi(in_words(f"trunk carrier {text}")), text


def test_what_no_template_fits_stays_as_it_is() -> None:
    assert in_words("something new") == "something new"
