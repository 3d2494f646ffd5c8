"""How far quotas are, and what the rules make of it."""

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
    Outcome,
    PastAttempt,
    Quota,
    QuotaBy,
    RefusalReason,
    Refused,
    SilencePeriod,
)
from dialer.core.quotas import Alike, Standings, quotas_of, stored_quotas
from dialer.core.rules import RECHECK_S, may_dial

NOW = 1_795_507_200.0
"""2026-11-24 13:30 in India."""
SUNITA = Contact(1, "+919876543210", "Sunita", "hi", 62, "schemes", "register", "form")
DURG, HINDI = Quota(QuotaBy.CONSTITUENCY, "62", 10), Quota(QuotaBy.LANGUAGE, "hi", 20)
CAMPAIGN = Campaign(
    1, "survey", CampaignKind.SURVEY, CampaignState.RUNNING, "schemes", "carrier", "+917880000000",
    quotas=(DURG, HINDI),
)  # fmt: skip


def durg(complete: int = 0, under_way: int = 0, answered: int = 0, *latest: int) -> Alike:
    """``latest``: calls, answered ones, and those that became interviews."""
    return Alike(62, "hi", "citizen", complete, under_way, answered, *(latest or (0, 0, 0)))


def verdict(*people: Alike, contact: Contact = SUNITA, policy: DialPolicy | None = None) -> Allowed | Refused:
    standings = Standings(CAMPAIGN.quotas, people)
    return may_dial(contact, CAMPAIGN, (), policy or DialPolicy(), NOW, standings=standings)


def test_a_group_that_lacks_interviews_is_called() -> None:
    assert verdict(durg(complete=9)) == Allowed()


def test_a_full_group_is_called_never_again_and_the_refusal_names_it() -> None:
    detail = "the quota of constituency 62 is full: 10 of 10 interviews"
    assert verdict(durg(complete=10)) == Refused(RefusalReason.QUOTA_FULL, None, detail)


def test_calls_under_way_that_may_fill_it_are_waited_for() -> None:
    refused = verdict(durg(complete=8, under_way=2))
    detail = "2 calls under way may fill the quota of constituency 62: 8 of 10 interviews"
    assert refused == Refused(RefusalReason.QUOTA_FULL, NOW + RECHECK_S, detail)


@pytest.mark.parametrize(
    ("under_way", "answered", "allowed"),
    [(7, 0, True), (8, 0, False), (3, 3, True), (4, 4, False), (6, 2, False)],
)
def test_when_one_call_of_four_and_one_answer_of_two_is_an_interview_so_many_may_try_for_each(
    under_way: int, answered: int, allowed: bool
) -> None:
    found = verdict(durg(8, under_way, answered, 199, 99, 49))
    assert isinstance(found, Allowed) is allowed


def test_everyone_in_the_group_counts_for_it_and_nobody_else() -> None:
    english, elsewhere = replace(durg(4), language="en"), replace(durg(6), constituency=63)
    standings = Standings(CAMPAIGN.quotas, [durg(5), english, elsewhere])
    assert [(each.quota, each.complete) for each in standings.progress] == [(DURG, 9), (HINDI, 11)]
    assert verdict(durg(5), english, elsewhere) == Allowed()


def test_the_fullest_of_a_persons_groups_decides() -> None:
    full_elsewhere = replace(durg(20), constituency=63)
    found = verdict(full_elsewhere)
    assert isinstance(found, Refused) and found.detail.startswith("the quota of language hi is full")
    assert verdict(full_elsewhere, contact=replace(SUNITA, language="en")) == Allowed()


def test_who_is_in_no_group_is_called_without_a_quota() -> None:
    stranger = replace(SUNITA, constituency=None, language="en")
    assert verdict(durg(complete=50), contact=stranger) == Allowed()


def test_other_rules_are_named_before_calls_under_way_but_not_before_a_full_quota() -> None:
    silent = DialPolicy(silence=(SilencePeriod(62, NOW - 1, NOW + 9000),))
    waiting, full = verdict(durg(8, 2), policy=silent), verdict(durg(10), policy=silent)
    assert isinstance(waiting, Refused) and waiting.reason is RefusalReason.SILENCE_PERIOD
    assert isinstance(full, Refused) and full.reason is RefusalReason.QUOTA_FULL
    suppressed = verdict(durg(10), contact=replace(SUNITA, suppressed=True))
    assert isinstance(suppressed, Refused) and suppressed.reason is RefusalReason.SUPPRESSED


def test_what_was_promised_is_kept() -> None:
    standings = Standings(CAMPAIGN.quotas, [durg(complete=10)])
    past = [PastAttempt(NOW - 60, 1, Outcome.SURVEYED)]
    found = may_dial(SUNITA, CAMPAIGN, past, DialPolicy(), NOW, asked_for=True, standings=standings)
    assert found == Allowed()


def test_quotas_are_stored_in_their_order() -> None:
    assert stored_quotas(CAMPAIGN.quotas) == {"constituency:62": 10, "language:hi": 20}
    assert quotas_of(stored_quotas(CAMPAIGN.quotas)) == CAMPAIGN.quotas
