"""One ring of a line: a wish to be called, the same wish again, or a reason not to call."""

from __future__ import annotations

import pytest

from dialer.core.missed_calls import LineLimits, RingFacts, RingResult, judge_ring

AT = 1_000_000.0
LIMITS = LineLimits(one_wish_s=600.0, wishes_a_day=3, wishes_a_minute=10)


@pytest.mark.parametrize(
    ("facts", "result"),
    [
        (RingFacts(), RingResult.CALL_BACK),
        (RingFacts(last_wish_at=AT - 599.0, wishes_of_day=1), RingResult.REPEATED),
        (RingFacts(last_wish_at=AT - 600.0, wishes_of_day=1), RingResult.CALL_BACK),
        (RingFacts(last_wish_at=AT - 7000.0, awaits_call=True, wishes_of_day=1), RingResult.REPEATED),
        (RingFacts(call_under_way=True), RingResult.REPEATED),
        (RingFacts(called_elsewhere=True), RingResult.CALL_BACK),
        (RingFacts(called_elsewhere=True, suppressed=True), RingResult.SUPPRESSED),
        (RingFacts(last_wish_at=AT - 7000.0, wishes_of_day=2), RingResult.CALL_BACK),
        (RingFacts(last_wish_at=AT - 7000.0, wishes_of_day=3), RingResult.PERSON_LIMIT),
        (RingFacts(wishes_of_minute=9), RingResult.CALL_BACK),
        (RingFacts(wishes_of_minute=10), RingResult.FLOOD),
        (RingFacts(suppressed=True), RingResult.SUPPRESSED),
        (RingFacts(complete=True), RingResult.COMPLETE),
    ],
)
def test_what_a_ring_means(facts: RingFacts, result: RingResult) -> None:
    assert judge_ring(facts, LIMITS, AT) is result


@pytest.mark.parametrize(
    ("facts", "result"),
    [
        (RingFacts(last_wish_at=AT - 1.0, wishes_of_day=9, wishes_of_minute=99), RingResult.ASKED),
        (RingFacts(awaits_call=True, suppressed=True), RingResult.ASKED),
        (RingFacts(call_under_way=True), RingResult.REPEATED),
        (RingFacts(called_elsewhere=True), RingResult.CALL_BACK),
        (RingFacts(called_elsewhere=True, suppressed=True), RingResult.SUPPRESSED),
        (RingFacts(complete=True), RingResult.COMPLETE),
    ],
)
def test_a_line_that_answers_asks_whoever_calls_it(facts: RingFacts, result: RingResult) -> None:
    assert judge_ring(facts, LIMITS, AT, answering=True) is result


def test_only_what_the_person_does_not_get_is_a_refusal() -> None:
    granted = {result for result in RingResult if not result.refused}
    assert granted == {RingResult.CALL_BACK, RingResult.REPEATED, RingResult.ASKED}
