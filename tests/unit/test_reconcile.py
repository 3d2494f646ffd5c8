"""Our attempts and their witnesses agree, or every difference is named."""

from __future__ import annotations

from dataclasses import replace

from dialer.core.model import Outcome
from dialer.reports.reconcile import (
    INVITE_SHORTFALL,
    INVITE_SURPLUS,
    NO_RECORD,
    RECORD_TWICE,
    UNCLASSIFIED,
    UNKNOWN_RECORD,
    AttemptLine,
    reconcile,
)

TALK = AttemptLine("a1", "919800000001", True, True, Outcome.CONNECTED, True)
BUSY = AttemptLine("a2", "919800000002", True, False, Outcome.BUSY, True)
ASKED = AttemptLine("a3", "919800000003", True, True, Outcome.SURVEYED, True)
LINES = [TALK, BUSY, ASKED]
IDS = ["a1", "a2", "a3"]
INVITES = {line.dialled: 1 for line in LINES}


def test_three_witnesses_that_agree_reconcile() -> None:
    found = reconcile(LINES, IDS, INVITES)
    assert found.reconciles
    assert (found.attempts, found.call_records, found.invites, found.dialled_twice) == (3, 3, 3, 0)
    assert (found.connected, found.surveyed, found.abandoned, found.answered) == (1, 1, 0, 2)


def test_an_absent_witness_is_not_a_witness_of_nothing() -> None:
    assert reconcile(LINES, IDS).reconciles
    alone = reconcile(LINES)
    assert (alone.call_records, alone.invites, alone.differences) == (None, None, ())
    assert not alone.reconciles


def test_a_lost_an_unknown_and_a_repeated_record_are_each_named() -> None:
    found = reconcile(LINES, ["a1", "a3", "a3", "a9"])
    assert [(one.kind, one.what) for one in found.differences] == [
        (NO_RECORD, "a2"), (UNKNOWN_RECORD, "a9"), (RECORD_TWICE, "a3")
    ]  # fmt: skip
    assert found.dialled_twice == 1
    assert not found.reconciles


def test_invites_are_compared_number_by_number() -> None:
    found = reconcile(LINES, None, {"919800000001": 2, "919800000002": 1})
    assert [(one.kind, one.what, one.ours, one.theirs) for one in found.differences] == [
        (INVITE_SURPLUS, "919800000001", 1, 2), (INVITE_SHORTFALL, "919800000003", 1, 0)
    ]  # fmt: skip
    assert found.dialled_twice == 1


def test_a_carriers_bill_is_compared_as_a_sum() -> None:
    assert reconcile(LINES, None, 3).reconciles
    assert [one.kind for one in reconcile(LINES, None, 4).differences] == [INVITE_SURPLUS]


def test_an_order_that_never_got_a_channel_has_no_witness_and_needs_none() -> None:
    refused = AttemptLine("a4", "919800000004", True, False, Outcome.TRUNK_FAULT, False)
    found = reconcile([*LINES, refused], IDS, INVITES)
    assert found.reconciles
    assert (found.attempts, found.without_channel) == (4, 1)


def test_a_fault_whose_channel_left_a_record_is_matched_with_it() -> None:
    refused = AttemptLine("a4", "919800000004", True, False, Outcome.CONGESTION, False)
    found = reconcile([*LINES, refused], [*IDS, "a4"])
    assert found.reconciles
    assert found.without_channel == 0


def test_what_was_only_written_down_does_not_count() -> None:
    withdrawn = AttemptLine("a4", "919800000004", False, False, Outcome.WITHDRAWN, False)
    assert reconcile([*LINES, withdrawn], IDS, INVITES).attempts == 3


def test_living_calls_keep_the_books_open() -> None:
    found = reconcile([TALK, replace(BUSY, outcome=None)], ["a1", "a2"])
    assert found.living == 1
    assert not found.reconciles


def test_an_answered_call_must_be_one_of_the_three() -> None:
    found = reconcile([replace(TALK, outcome=Outcome.NO_ANSWER)], ["a1"])
    assert [one.kind for one in found.differences] == [UNCLASSIFIED]


def test_many_differences_are_counted_and_some_shown() -> None:
    found = reconcile([replace(BUSY, id=f"a{n}") for n in range(200)], [])
    assert (len(found.differences), found.differences_in_all) == (50, 200)
