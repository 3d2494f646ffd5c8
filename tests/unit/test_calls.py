"""A call's life: legal steps, illegal steps, and what became of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core import calls
from dialer.core.call_orders import OrderSent, TakeBackFailed, TakeBackOrdered
from dialer.core.calls import Call, Phase
from dialer.core.ivr_events import SurveyStarted
from dialer.core.model import CampaignKind, ClaimedAttempt, Contact, Outcome
from dialer.core.telephony_events import (
    AbandonedMessageStarted,
    CallAnswered,
    CallEnded,
    CallNotPlaced,
    CallRinging,
    Joined,
    Parted,
)
from dialer.errors import IllegalTransition

ID = "a" + "0" * 24


def call(kind: CampaignKind = CampaignKind.OPERATORS) -> Call:
    contact = Contact(1, "+919000000001", "राम", "hi", 62, "p", "s", "c")
    return Call(ClaimedAttempt(ID, 1, contact, 0.0, 1), kind, "carrier", ring_s=25.0)


def after(subject: Call, *events: calls.CallEvent) -> Call:
    for event in events:
        subject = calls.apply(subject, event)
    return subject


ORDER = OrderSent(ID, 1.0)
RINGS = CallRinging(ID, 3.0)
ANSWER = CallAnswered(ID, 9.0)
JOIN = Joined(ID, 7, "seat-07-00000000", 9.01)
PART = Parted(ID, 7, "seat-07-00000000", 60.0)
MESSAGE = AbandonedMessageStarted(ID, 10.8)


def end(at: float = 70.0, cause: int = 16, rang: bool = True) -> CallEnded:
    return CallEnded(ID, at, cause, None, rang)


def test_a_person_joined_at_once_was_connected() -> None:
    ended = after(call(), ORDER, RINGS, ANSWER, JOIN, PART, end())
    assert ended.phase is Phase.ENDED
    assert ended.seat == 7
    assert calls.outcome(ended) is Outcome.CONNECTED


def test_a_person_nobody_joined_was_abandoned() -> None:
    assert calls.outcome(after(call(), ORDER, RINGS, ANSWER, MESSAGE, end())) is Outcome.ABANDONED


def test_hanging_up_before_an_operator_came_counts_as_abandoned() -> None:
    assert calls.outcome(after(call(), ORDER, ANSWER, end(9.1))) is Outcome.ABANDONED


def test_a_join_after_two_seconds_does_not_undo_the_abandonment() -> None:
    late = Joined(ID, 7, "seat-07-00000000", 11.5)
    assert calls.outcome(after(call(), ORDER, ANSWER, MESSAGE, late, end())) is Outcome.ABANDONED


def test_an_answered_survey_call_was_surveyed_even_when_hung_up_at_once() -> None:
    survey = call(CampaignKind.SURVEY)
    assert calls.outcome(after(survey, ORDER, ANSWER, end(9.1))) is Outcome.SURVEYED


def test_a_survey_that_is_told_before_the_answer_is_kept() -> None:
    survey = after(call(CampaignKind.SURVEY), ORDER, RINGS, SurveyStarted(ID, 8.9))
    assert (survey.phase, survey.survey_started_at) == (Phase.RINGING, 8.9)
    answered = after(survey, ANSWER)
    assert (answered.phase, answered.survey_started_at) == (Phase.SURVEY, 8.9)


def test_a_person_handed_to_a_second_operator_keeps_the_time_of_the_first() -> None:
    second = Joined(ID, 9, "seat-09-00000000", 63.0)
    handed = after(call(), ORDER, ANSWER, JOIN, PART, second)
    assert (handed.phase, handed.seat, handed.joined_at) == (Phase.TALKING, 9, 9.01)


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (end(5.0, 17), Outcome.BUSY),
        (end(5.0, 21, rang=False), Outcome.REJECTED),
        (end(5.0, 34, rang=False), Outcome.CONGESTION),
        (end(26.0, 0), Outcome.NO_ANSWER),
        (end(26.0, 0, rang=False), Outcome.NO_ANSWER),
        (CallNotPlaced(ID, 1.1, 0), Outcome.TRUNK_FAULT),
    ],
)
def test_an_unanswered_call_is_judged_by_its_cause(event: calls.CallEvent, outcome: Outcome) -> None:
    assert calls.outcome(after(call(), ORDER, event)) is outcome


def test_a_call_that_was_never_ordered_is_withdrawn() -> None:
    assert calls.outcome(call()) is Outcome.WITHDRAWN


TAKE_BACK, STAYS = TakeBackOrdered(ID, 8.9), TakeBackFailed(ID, 9.2)


def test_a_call_that_was_taken_back_is_no_answer_whatever_its_cause() -> None:
    taken = after(call(), ORDER, RINGS, TAKE_BACK)
    assert not taken.in_flight
    for cause in (0, 16, 19):
        assert calls.outcome(after(taken, end(9.1, cause, rang=False))) is Outcome.NO_ANSWER


@pytest.mark.parametrize("after_the_answer", [(), (MESSAGE,)])
def test_who_answers_a_call_that_is_being_taken_back_is_abandoned(
    after_the_answer: tuple[calls.CallEvent, ...],
) -> None:
    answered = after(call(), ORDER, RINGS, TAKE_BACK, ANSWER)
    assert (answered.phase, answered.answered_at) == (Phase.TAKEN_BACK, 9.0)
    assert calls.outcome(after(answered, *after_the_answer, end(9.1))) is Outcome.ABANDONED


def test_whoever_has_answered_is_not_taken_back() -> None:
    with pytest.raises(IllegalTransition):
        after(call(), ORDER, RINGS, ANSWER, TAKE_BACK)


def test_a_call_that_could_not_be_taken_back_goes_on_as_it_was() -> None:
    ringing = after(call(), ORDER, RINGS, TAKE_BACK, STAYS)
    assert ringing.phase is Phase.RINGING and ringing.in_flight
    assert calls.outcome(after(ringing, ANSWER, JOIN, end())) is Outcome.CONNECTED
    waiting = after(call(), ORDER, RINGS, TAKE_BACK, ANSWER, STAYS)
    assert waiting.phase is Phase.WAITING
    assert calls.outcome(after(waiting, JOIN, end())) is Outcome.CONNECTED


ALL_EVENTS = [ORDER, RINGS, TAKE_BACK, STAYS, ANSWER, JOIN, PART, MESSAGE, end(), SurveyStarted(ID, 9.1)]


@given(st.lists(st.sampled_from(ALL_EVENTS), max_size=12), st.sampled_from(list(CampaignKind)))
def test_no_order_of_events_gives_an_answered_call_anything_but_one_of_three_outcomes(
    events: list[calls.CallEvent], kind: CampaignKind
) -> None:
    subject = call(kind)
    for event in events:
        before = subject
        try:
            subject = calls.apply(subject, event)
        except IllegalTransition:
            assert subject is before
    if subject.phase is Phase.ENDED:
        answered = calls.outcome(subject) in (Outcome.CONNECTED, Outcome.SURVEYED, Outcome.ABANDONED)
        assert answered == subject.answered


def test_nothing_happens_to_a_call_that_has_ended() -> None:
    ended = after(call(), ORDER, end())
    for event in ALL_EVENTS:
        with pytest.raises(IllegalTransition):
            calls.apply(ended, event)


@pytest.mark.parametrize(
    ("word", "soon", "another_day"),
    [
        ("complete", False, False),
        ("opted_out", False, False),
        ("hung_up", True, False),
        ("silent", True, False),
        ("too_long", True, False),
        ("open_questions", False, True),
        ("gave_up", False, True),
        ("no_operator", False, True),
    ],
)
def test_how_a_survey_ends_says_whether_it_goes_on_soon_or_once_on_another_day(
    word: str, soon: bool, another_day: bool
) -> None:
    asked = call(CampaignKind.SURVEY)._replace(survey_started_at=9.0, survey_end=word)
    assert (asked.interrupted, asked.left_open) == (soon, another_day)
    again = asked._replace(attempt=replace(asked.attempt, asked_before=True))
    assert (again.interrupted, again.left_open) == (soon, False)
