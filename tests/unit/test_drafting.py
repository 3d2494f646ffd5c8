"""What a campaign may be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialer.core.drafting import ListFacts, OfficeLimits, SurveyFacts, TrunkFacts, Wish, draft
from dialer.core.model import CampaignKind, PacingMode, Window
from dialer.errors import InputError, RuleRefusal, SamparkError

WISH = Wish("Ujjwala week", CampaignKind.OPERATORS, "schemes")
PEOPLE = ListFacts(7, "Durg", "schemes", "register", "form of 2026", 1000)
TRUNK = TrunkFacts("carrier", "+917712345678", "", 30, 5.0)
OFFICE = OfficeLimits(Window(), 30.0, 6)
SURVEY = SurveyFacts(3, "awareness", 2)


def test_a_plain_wish_gets_the_offices_values() -> None:
    made = draft(WISH, PEOPLE, TRUNK, None, OFFICE)
    assert (made.window, made.ring_s, made.max_attempts) == (Window(), 30.0, 3)
    assert made.mode is PacingMode.PROGRESSIVE
    assert (made.caller_id, made.abandonment_cap, made.list_id) == (TRUNK.caller_id, 0.03, 7)


def test_a_survey_campaign_keeps_the_version_it_was_made_with() -> None:
    made = draft(replace(WISH, kind=CampaignKind.SURVEY), PEOPLE, TRUNK, SURVEY, OFFICE)
    assert made.survey_version_id == 3


def test_naming_a_ratio_means_ratio_mode() -> None:
    made = draft(replace(WISH, dial_ratio=2.5), PEOPLE, TRUNK, None, OFFICE)
    assert (made.mode, made.dial_ratio) == (PacingMode.RATIO, 2.5)


def test_a_hindi_name_with_a_joiner_is_a_name() -> None:
    assert draft(replace(WISH, name="उज्ज्वला क\u200dष"), PEOPLE, TRUNK, None, OFFICE).name


def test_a_promotional_campaign_runs_on_a_140_number_of_a_registered_sender() -> None:
    promotional = replace(WISH, promotional=True, caller_id="+911401234567")
    trunk = replace(TRUNK, sender_id="DURGOFF")
    assert draft(promotional, PEOPLE, trunk, None, OFFICE).caller_id == "+911401234567"


@pytest.mark.parametrize(
    ("changes", "fault", "said"),
    [
        ({"name": "  "}, InputError, "printable"),
        ({"name": "x" * 81}, InputError, "80"),
        ({"name": "98765 43210"}, InputError, "telephone number"),
        ({"purpose": "election"}, RuleRefusal, "only for the purpose"),
        ({"kind": CampaignKind.SURVEY}, InputError, "--survey"),
        ({"caller_id": "07712"}, InputError, "--caller-id"),
        ({"promotional": True}, RuleRefusal, "140-series"),
        ({"promotional": True, "caller_id": "+911401234567"}, RuleRefusal, "sender id"),
        ({"caller_id": "+911401234567"}, RuleRefusal, "--promotional"),
        ({"mode": PacingMode.PROGRESSIVE, "dial_ratio": 2.0}, InputError, "--mode progressive"),
        ({"dial_ratio": 9.0}, InputError, "--ratio 9"),
        ({"cap": 0.05}, RuleRefusal, "--cap 5%"),
        ({"cap": 0.0}, RuleRefusal, "--cap 0%"),
        ({"window": Window(480, 1200)}, RuleRefusal, "08:00-20:00"),
        ({"ring_s": 10.0}, InputError, "--ring 10"),
        ({"ring_s": 0.0}, InputError, "--ring 0"),
        ({"wrap_up_s": -1.0}, InputError, "--wrap-up"),
        ({"max_attempts": 7}, InputError, "--max-attempts 7"),
        ({"max_channels": 31}, InputError, "--channels 31"),
        ({"priority": 0}, InputError, "--priority"),
    ],
)  # fmt: skip
def test_each_value_against_the_rules_is_named(changes: dict, fault: type[SamparkError], said: str) -> None:
    with pytest.raises(fault, match=said):
        draft(replace(WISH, **changes), PEOPLE, TRUNK, None, OFFICE)


def test_a_list_without_consent_is_not_called() -> None:
    with pytest.raises(RuleRefusal, match="no consent"):
        draft(WISH, replace(PEOPLE, consent=" "), TRUNK, None, OFFICE)


def test_an_empty_list_is_no_campaign() -> None:
    with pytest.raises(InputError, match="is empty"):
        draft(WISH, replace(PEOPLE, members=0), TRUNK, None, OFFICE)


def test_a_fault_is_said_in_another_language() -> None:
    with pytest.raises(RuleRefusal) as caught:
        draft(replace(WISH, cap=0.05), PEOPLE, TRUNK, None, OFFICE)
    assert caught.value.in_words(lambda _: "नियम: {cap:g}% > {most:g}%") == "नियम: 5% > 3%"


@pytest.mark.parametrize("mode", [PacingMode.MANUAL, PacingMode.PREVIEW])
def test_a_survey_has_nobody_who_could_see_people_first(mode: PacingMode) -> None:
    wish = replace(WISH, kind=CampaignKind.SURVEY, mode=mode)
    with pytest.raises(InputError, match=f"--mode {mode.value}"):
        draft(wish, PEOPLE, TRUNK, SURVEY, OFFICE)
