"""What a survey found, from answers given by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.survey_quality import Mark
from dialer.core.survey_results import Dimension, Given, Respondent, Results, SurveyCall, Weights
from dialer.core.survey_state import End, EndReason
from dialer.core.survey_tally import Tally
from dialer.ivr.survey_file import read_survey

SURVEY = read_survey(
    """
survey: schemes
title: {hi: योजनाएँ, en: Schemes}
languages: [hi, en]
start: language
nodes:
  language: {kind: language, say: {hi: एक, en: two}, options: {1: hi, 2: en}, next: ujjwala}
  ujjwala: {kind: yes_no, scheme: PMUY, say: {hi: उज्ज्वला?, en: Ujjwala?}, next: kisan}
  kisan: {kind: yes_no, scheme: PMKISAN, say: {hi: किसान?, en: Kisan?}, next: jandhan}
  jandhan: {kind: yes_no, scheme: PMJDY, say: {hi: जन धन?, en: Jan Dhan?}, next: reach}
  reach: {kind: rating, min: 1, max: 5, say: {hi: कितना?, en: How well?}, next: age}
  age: {kind: number, min: 18, max: 120, say: {hi: उम्र?, en: Age?}, next: words}
  words: {kind: voice, say: {hi: कहिए, en: Speak}, next: end}
""",
    "test",
)
QUESTIONS = [node.name for node in SURVEY.questions()]
OFFSET_S = 19_800.0
START = 1_795_507_200.0


def said(
    call: str = "a1", via: str = "keypad", pause_s: float = 8.0, at: float = START, **answers: Any
) -> tuple[Given, ...]:
    return tuple(
        Given(call, question, value, via, "hi", at + pause_s * number)
        for number, (question, value) in enumerate(answers.items(), 1)
    )


def person(
    *given: Given, constituency: int | None = 62, booth: str = "7", complete: bool = True
) -> Respondent:
    ids = dict.fromkeys(one.attempt_id for one in given if one.via != "operator")
    calls = tuple(SurveyCall(id_, START - 5, START, START + 200, complete) for id_ in ids)
    return Respondent(constituency, booth, given, calls)


def counted(*people: Respondent, **options: Any) -> Results:
    tally = Tally(SURVEY, {}, OFFSET_S, **options)
    for one in people:
        tally.add(one)
    return tally.results()


def values(results: Results, question: str) -> dict[str, int]:
    found = next(each for each in results.everyone.questions if each.question == question)
    return {each.value: each.count for each in found.values}


def test_every_answer_that_was_offered_is_counted_even_if_nobody_gave_it() -> None:
    results = counted(person(*said(ujjwala="yes")), person(*said(ujjwala="yes")), person(*said(kisan="no")))
    assert values(results, "ujjwala") == {"yes": 2, "no": 0}
    assert results.everyone.people == 3
    ujjwala = results.everyone.questions[1]
    assert (ujjwala.answered, ujjwala.values[0].estimate.share) == (2, 1.0)


def test_the_word_that_stands_for_silence_is_shown_too() -> None:
    assert values(counted(person(*said(ujjwala="refused"))), "ujjwala") == {"yes": 0, "no": 0, "refused": 1}


def test_the_last_answer_by_keypad_counts_and_an_operators_only_without_one() -> None:
    later = said("a2", at=START + 900, ujjwala="no")
    asked_again = said("a3", via="operator", at=START + 9_000, ujjwala="yes", kisan="yes")
    results = counted(person(*said(ujjwala="yes"), *later, *asked_again))
    assert values(results, "ujjwala") == {"yes": 0, "no": 1}
    assert values(results, "kisan") == {"yes": 1, "no": 0}
    assert results.by_operator == 1


def test_answers_of_the_fallback_count_like_the_keypads() -> None:
    results = counted(person(*said(via="fallback", ujjwala="yes"), *said("a2", via="operator", ujjwala="no")))
    assert values(results, "ujjwala") == {"yes": 1, "no": 0}
    assert results.agreement["ujjwala"].agreed == 0


def test_those_who_were_asked_again_show_how_well_answers_agree() -> None:
    def twice(first: str, second: str) -> Respondent:
        return person(*said(ujjwala=first), *said("a2", via="operator", at=START + 9_000, ujjwala=second))

    pairs = [("yes", "yes")] * 35 + [("yes", "no")] * 20 + [("no", "yes")] * 5 + [("no", "no")] * 40
    results = counted(*(twice(*pair) for pair in pairs), person(*said(ujjwala="yes")))
    assert (results.asked_again, results.agreement_of_all.share) == (100, 0.75)
    assert results.agreement["ujjwala"].kappa == pytest.approx(0.26 / 0.51)
    assert results.agreement_of_all.kappa is None


def test_answers_are_told_apart_by_place_language_and_the_offices_day() -> None:
    night = START - START % 86_400 + 18.5 * 3600  # half an hour past midnight in India
    results = counted(
        person(*said(ujjwala="yes")),
        person(*said(ujjwala="no"), constituency=114, booth=""),
        person(*(replace(one, language="en") for one in said(at=night, ujjwala="no")), constituency=None),
        by=tuple(Dimension),
    )
    found = {by: list(groups) for by, groups in results.everyone.groups.items()}
    assert found[Dimension.CONSTITUENCY] == ["62", "114", ""], "by number, the unknown last"
    assert set(found[Dimension.BOOTH]) == {"62/7", "/7", ""}
    assert found[Dimension.LANGUAGE] == ["en", "hi"]
    first, second = found[Dimension.DAY]
    assert int(second) == int(first) + 1


def test_people_are_followed_to_where_they_left() -> None:
    answered = SurveyCall("a1", START, None, START + 2, False)
    heard = SurveyCall("a1", START, START, START + 9, False, "silent")
    living = SurveyCall("a1", START, START, None, False)
    results = counted(
        Respondent(62, "", (), (answered,)),
        Respondent(62, "", (), (heard,)),
        Respondent(62, "", said(ujjwala="yes"), (living,)),
        person(*said(ujjwala="yes", kisan="no"), complete=False),
        person(*said(ujjwala="yes", kisan="no", reach="3")),
        person(*said(via="operator", ujjwala="yes")),
    )
    funnel = results.funnel
    assert (funnel.answered_call, funnel.heard_survey, funnel.first_answer, funnel.complete) == (5, 4, 3, 1)
    assert funnel.on_line == 1
    assert results.left_after == {"": 1, "kisan": 1}
    assert results.left_how == {"silent": 1, "": 1}


def test_who_called_us_is_told_apart_once_they_were_asked() -> None:
    ringing = SurveyCall("a1", START, None, START + 2, False, inbound=True)
    asked = SurveyCall("a2", START, START, START + 9, False, "hung_up", inbound=True)
    by_us = SurveyCall("a3", START + 99, START + 99, START + 160, True)
    results = counted(
        Respondent(62, "", (), (ringing,)),
        Respondent(62, "", said(ujjwala="yes"), (asked, by_us)),
        person(*said(ujjwala="yes", kisan="no")),
    )
    assert results.called_us == 1


@pytest.mark.parametrize(
    ("reason", "complete", "word"),
    [
        (EndReason.COMPLETED, True, "complete"),
        (EndReason.COMPLETED, False, "open_questions"),
        (EndReason.HUNG_UP, False, "hung_up"),
        (EndReason.OPTED_OUT, False, "opted_out"),
    ],
)
def test_an_ending_has_one_word(reason: EndReason, complete: bool, word: str) -> None:
    assert End(reason, complete).word == word


def test_a_person_who_finished_on_a_second_call_is_complete() -> None:
    calls = (
        SurveyCall("a1", START, START, START + 30, False),
        SurveyCall("a2", START + 900, START + 900, START + 960, True),
    )
    given = (*said(ujjwala="yes"), *said("a2", at=START + 900, kisan="yes"))
    results = counted(Respondent(62, "", given, calls))
    assert results.funnel.complete == 1
    assert results.left_after == {}
    assert not results.quality[Mark.ONE_PHONE], "an interview that goes on is not a second one"


def test_time_is_measured_from_the_answer_before_on_the_same_call() -> None:
    pauses = (4.0, 6.0, 20.0)
    results = counted(*(person(*said(pause_s=pause, ujjwala="yes", kisan="no")) for pause in pauses))
    assert [each.question for each in results.times] == ["ujjwala", "kisan"]
    kisan = results.times[1]
    assert (kisan.answers, kisan.median_s, kisan.slowest_tenth_s) == (3, 6.0, 20.0)


STRAIGHT: dict[str, Any] = {"ujjwala": "yes", "kisan": "yes", "jandhan": "yes", "reach": "1"}


def test_one_key_for_everything_is_marked_and_the_answers_stay() -> None:
    results = counted(person(*said(**STRAIGHT)), person(*said(**{**STRAIGHT, "reach": "4"})))
    assert results.quality[Mark.STRAIGHT_LINING] == results.marked == 1
    assert (results.everyone.people, results.unmarked.people) == (2, 1)
    assert values(results, "ujjwala") == {"yes": 2, "no": 0}
    assert results.unmarked.questions[1].answered == 1


def test_one_key_for_three_questions_is_nothing() -> None:
    assert not counted(person(*said(ujjwala="yes", kisan="yes", jandhan="yes"))).marked


def test_keys_pressed_before_the_question_could_be_heard_are_marked() -> None:
    quick = person(*said(pause_s=0.6, ujjwala="yes", kisan="no", jandhan="yes", reach="2"))
    assert counted(quick).quality[Mark.IMPOSSIBLE_SPEED] == 1


def test_how_fast_is_possible_follows_the_length_of_the_question() -> None:
    one = person(*said(pause_s=2.0, ujjwala="yes", kisan="no", jandhan="yes", reach="2"))
    spoken_s = {(question, "hi"): 12.0 for question in QUESTIONS}
    tally = Tally(SURVEY, spoken_s, OFFSET_S)
    tally.add(one)
    assert tally.results().quality[Mark.IMPOSSIBLE_SPEED] == 1
    assert not counted(one).marked, "a short question may be answered in two seconds"


def test_one_phone_that_answers_anew_is_marked_and_counts_once() -> None:
    again = person(*said(ujjwala="yes"), *said("a2", at=START + 900, ujjwala="no"))
    results = counted(again)
    assert results.quality[Mark.ONE_PHONE] == 1
    assert results.everyone.people == 1


def test_only_the_marks_that_are_asked_for_are_left_out() -> None:
    again = person(*said(ujjwala="yes"), *said("a2", at=START + 900, ujjwala="no"))
    results = counted(again, person(*said(**STRAIGHT)), leave_out=frozenset({Mark.ONE_PHONE}))
    assert results.unmarked.people == 1
    assert results.marked == 1
    assert results.quality[Mark.STRAIGHT_LINING] == 1


def test_weighted_shares_stand_beside_the_counted_ones() -> None:
    people = [person(*said(ujjwala="yes")) for _ in range(9)]
    people += [person(*said(ujjwala="no"), constituency=63), person(*said(ujjwala="no"), constituency=None)]
    weights = Weights(Dimension.CONSTITUENCY, {"62": 50.0, "63": 50.0, "64": 1.0})
    results = counted(*people, weights=weights)
    yes = results.everyone.questions[1].values[0]
    assert yes.estimate.share == pytest.approx(9 / 11)
    assert yes.weighted is not None and yes.weighted.share == pytest.approx(0.5)
    assert (results.empty_strata, results.outside_strata) == (("64",), 1)
    assert results.everyone.groups == {}, "a dimension that nobody asked for is not shown"


def test_numbers_have_a_spread_and_voices_only_a_count() -> None:
    results = counted(*(person(*said(age=age, words="file")) for age in ("9", "20", "100", "40", "30")))
    age, words = results.everyone.questions[-2:]
    assert age.spread is not None
    assert (age.spread.lowest, age.spread.median, age.spread.highest) == ("9", "30", "100")
    assert (words.answered, words.values, words.spread) == (5, (), None)


ANSWERS = st.dictionaries(st.sampled_from(["ujjwala", "kisan", "jandhan"]), st.sampled_from(["yes", "no"]))


PEOPLE = st.lists(st.tuples(ANSWERS, ANSWERS, st.booleans(), st.sampled_from([62, 63, None])))


@given(PEOPLE)
def test_whatever_people_answer_the_books_agree(people: list[Any]) -> None:
    everybody = [
        person(*said(**first), *said("a2", via="operator", **second), constituency=place, complete=complete)
        for first, second, complete, place in people
    ]
    results = counted(*everybody, by=(Dimension.CONSTITUENCY,))
    funnel = results.funnel
    assert funnel.answered_call >= funnel.heard_survey >= funnel.first_answer >= funnel.complete
    assert sum(results.left_after.values()) + funnel.complete + funnel.on_line == funnel.heard_survey
    assert results.unmarked.people <= results.everyone.people <= len(people)
    for place, question in enumerate(QUESTIONS):
        whole = results.everyone.questions[place]
        assert sum(each.count for each in whole.values) == whole.answered
        of_groups = (
            found.answered
            for group in results.everyone.groups[Dimension.CONSTITUENCY].values()
            for found in group
            if found.question == question
        )
        assert sum(of_groups) == whole.answered


MENU = read_survey(
    """
survey: menu
title: {en: Menu}
languages: [en]
nodes:
  schemes: {kind: menu, say: {en: Choose}, options: {1: pmjay, 2: pmuy, 0: end}}
  pmjay: {kind: info, scheme: PMJAY, say: {en: Health}, next: schemes}
  pmuy: {kind: info, scheme: PMUY, say: {en: Gas}, next: schemes}
""",
    "test",
)


def test_where_nothing_is_asked_people_come_to_the_end_and_each_hearing_counts_a_person_once() -> None:
    tally = Tally(MENU, {}, OFFSET_S, (Dimension.CONSTITUENCY,))
    twice = (*said("a1", pmjay="heard"), *said("a2", pmjay="heard", pmuy="heard"))
    tally.add(person(*twice, constituency=62))
    tally.add(person(*said("a3", pmjay="heard"), constituency=63))
    tally.add(Respondent(63, "", calls=(SurveyCall("a4", START, START, START + 20, True),)))
    results = tally.results()
    assert results.heard == {"pmjay": 2, "pmuy": 1}
    assert results.heard_by[Dimension.CONSTITUENCY]["63"] == {"pmjay": 1, "pmuy": 0}
    assert (results.funnel.complete, results.funnel.first_answer, results.everyone.people) == (3, 0, 0)
    assert results.left_after == {} and set(results.quality.values()) == {0}


def test_silence_to_the_end_of_questions_is_no_interview() -> None:
    silent = Respondent(62, "", calls=(SurveyCall("a1", START, START, START + 90, True),))
    assert counted(silent).funnel.complete == 0
