"""What people answered is read alike from both databases."""

from __future__ import annotations

from typing import Any

import pytest

from dialer.core.survey_quality import Mark
from dialer.core.survey_results import Dimension, Respondent, Weights
from dialer.reports.survey_results import Question, SurveyReport, survey_report
from dialer.store import survey_results
from dialer.store.survey_results import SurveyAnswers
from tests.contract.store.worlds import SqlWorld
from tests.integration.survey_answers_world import NAME, QUESTIONS, START, Invented


async def read(world: SqlWorld) -> list[Respondent]:
    return [person async for person in SurveyAnswers(world.database).respondents(900)]


async def counted(world: SqlWorld, **options: Any) -> SurveyReport:
    return await survey_report(world.database, Question(NAME, **options), START)


async def test_each_person_comes_once_with_all_answers_and_calls(sql_world: SqlWorld) -> None:
    people = Invented(first=9_000)
    both, silent, spoken = people.person(62, "7"), people.person(63, ""), people.person(None, "")
    first = people.call(both, {"knows_pmjay": "yes"}, complete=False)
    second = people.call(both, {"reach": "4"}, at=START + 3_600)
    people.call(silent, {}, complete=False)
    people.call(spoken, {"knows_pmjay": "no"}, via="operator", campaign=900)
    await people.store(sql_world.database)
    found = {(each.constituency, each.booth): each for each in await read(sql_world)}
    assert len(found) == 3
    one = found[62, "7"]
    assert [(each.question, each.value, each.via, each.attempt_id) for each in one.given] == [
        ("knows_pmjay", "yes", "keypad", first), ("reach", "4", "keypad", second)
    ]  # fmt: skip
    assert {each.attempt_id: each.complete for each in one.calls} == {first: False, second: True}
    assert {each.attempt_id: each.left for each in one.calls} == {first: "hung_up", second: ""}
    assert all(each.started_at is not None and each.ended_at is not None for each in one.calls)
    assert (found[63, ""].given, len(found[63, ""].calls)) == ((), 1)
    assert [each.via for each in found[None, ""].given] == ["operator"]


async def test_a_person_is_not_split_between_batches(
    sql_world: SqlWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey_results, "BATCH", 3)
    people = Invented(first=9_000)
    for length in (2, 5, 7, 1, 3):
        people.call(people.person(), dict.fromkeys(QUESTIONS[:length], "x"))
    await people.store(sql_world.database)
    assert sorted(len(each.given) for each in await read(sql_world)) == [1, 2, 3, 5, 7]


async def test_answers_of_another_version_stay_out(sql_world: SqlWorld) -> None:
    people = Invented(first=9_000)
    people.call(people.person(), {"reach": "4"})
    await people.store(sql_world.database)
    versions = await SurveyAnswers(sql_world.database).versions(NAME)
    assert [(each.version, each.answers) for each in versions] == [(1, 1)]
    assert [person async for person in SurveyAnswers(sql_world.database).respondents(901)] == []
    assert await SurveyAnswers(sql_world.database).versions("nobody asked") == []


async def test_a_crowd_is_counted_the_same_everywhere(sql_world: SqlWorld) -> None:
    people = Invented(first=9_000)
    people.crowd(240)
    await people.store(sql_world.database)
    report = await counted(
        sql_world,
        by=tuple(Dimension),
        weights=Weights(Dimension.CONSTITUENCY, {str(number): 1.0 for number in range(62, 68)}),
        leave_out=frozenset({Mark.IMPOSSIBLE_SPEED}),
    )
    results = report.results
    keyed = {row["contact_id"] for row in people.rows.answers if row["via"] == "keypad"}
    assert results.everyone.people == len(keyed)
    assert results.funnel.answered_call == 240
    assert results.funnel.first_answer == len(keyed)
    assert results.quality[Mark.IMPOSSIBLE_SPEED] > 0
    assert results.unmarked.people == results.everyone.people - results.marked
    assert results.asked_again > 5
    assert 0.5 < results.agreement_of_all.share < 1.0
    groups = results.everyone.groups
    assert list(groups[Dimension.CONSTITUENCY]) == ["62", "63", "64", "65", "66", "67"]
    assert len(groups[Dimension.DAY]) == 2
    assert set(groups[Dimension.LANGUAGE]) == {"hi", "en"}
    knows = next(each for each in results.everyone.questions if each.question == "knows_pmjay")
    keypad = [row for row in people.rows.answers if row["via"] == "keypad"]
    answers = [row for row in keypad if row["question"] == "knows_pmjay"]
    assert knows.answered == len(answers)
    assert knows.values[0].count == sum(row["value"] == "yes" for row in answers)
