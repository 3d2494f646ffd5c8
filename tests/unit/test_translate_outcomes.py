"""The table of causes: what became of a call that nobody answered."""

from __future__ import annotations

import pytest

from dialer.core.model import Outcome
from dialer.core.outcomes import outcome_not_placed, outcome_of


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (17, Outcome.BUSY), (18, Outcome.NO_ANSWER), (19, Outcome.NO_ANSWER), (20, Outcome.SWITCHED_OFF),
        (21, Outcome.REJECTED), (27, Outcome.UNREACHABLE), (1, Outcome.INVALID), (28, Outcome.INVALID),
        (22, Outcome.INVALID), (34, Outcome.CONGESTION), (38, Outcome.CONGESTION), (41, Outcome.CONGESTION),
        (42, Outcome.CONGESTION), (44, Outcome.CONGESTION), (58, Outcome.CONGESTION),
        (57, Outcome.TRUNK_FAULT), (16, Outcome.NO_ANSWER), (0, Outcome.NO_ANSWER), (127, Outcome.NO_ANSWER),
    ],
)  # fmt: skip
def test_a_phone_that_rang(cause: int, outcome: Outcome) -> None:
    assert outcome_of(cause, rang=True) is outcome


@pytest.mark.parametrize(
    ("cause", "tech_cause", "outcome"),
    [
        (19, 480, Outcome.SWITCHED_OFF),
        (19, None, Outcome.SWITCHED_OFF),
        (18, 408, Outcome.UNREACHABLE),
        (17, 486, Outcome.BUSY),
        (21, 403, Outcome.REJECTED),
        (21, 603, Outcome.REJECTED),
        (34, 503, Outcome.CONGESTION),
        (0, None, Outcome.UNREACHABLE),
        (127, 487, Outcome.UNREACHABLE),
    ],
)
def test_a_phone_that_never_rang(cause: int, tech_cause: int | None, outcome: Outcome) -> None:
    assert outcome_of(cause, tech_cause, rang=False) is outcome


@pytest.mark.parametrize("tech_cause", [401, 402, 407])
def test_the_carrier_that_refuses_us_is_not_a_person_who_does(tech_cause: int) -> None:
    assert outcome_of(21, tech_cause, rang=False) is Outcome.TRUNK_FAULT


def test_a_call_given_up_is_no_answer_if_it_rang_and_congestion_if_it_never_did() -> None:
    assert outcome_of(19, 480, rang=True, ring_timed_out=True) is Outcome.NO_ANSWER
    assert outcome_of(19, 480, rang=False, ring_timed_out=True) is Outcome.CONGESTION


def test_an_order_without_a_channel_is_never_the_persons_fault() -> None:
    assert outcome_not_placed(0) is Outcome.TRUNK_FAULT
    assert outcome_not_placed(8) is Outcome.CONGESTION


def test_every_cause_has_an_outcome_of_an_unanswered_call() -> None:
    for cause in range(128):
        for rang in (False, True):
            assert not outcome_of(cause, rang=rang).answered
