"""A survey's results in files: numbers and dates with their spread, and one row for each person."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from dialer.core.survey_results import Dimension, Respondent, SurveyCall, Weights
from dialer.core.survey_tally import Tally
from dialer.reports.survey_files import write_csv, write_workbook
from dialer.reports.survey_people import People, write_people
from dialer.reports.survey_results import SurveyReport
from dialer.reports.survey_words import Words
from dialer.store.surveys import StoredSurvey
from tests.unit.test_survey_results import OFFSET_S, START, SURVEY, person, said

WORDS = Words(SURVEY, "en")
CROWD = (
    person(*said("a1", ujjwala="yes", age="20", words="voices/a1.wav"), constituency=62),
    person(*said("a2", ujjwala="no", age="40"), constituency=62, booth="8"),
    person(*said("a3", ujjwala="no", age="90"), constituency=63),
    Respondent(62, "9", calls=(SurveyCall("a4", START, START, START + 9, False),)),
)


def report(*by: Dimension) -> SurveyReport:
    tally = Tally(SURVEY, {}, OFFSET_S, by)
    for one in CROWD:
        tally.add(one)
    stored = StoredSurvey(1, "schemes", 2, "", "0" * 64, START, "test")
    return SurveyReport(stored, SURVEY, tally.results(), START)


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))


def test_the_csv_tells_the_spread_of_numbers_and_how_many_spoke(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    write_csv(file, report(), WORDS, None)
    rows = {(row["question"], row["value"]): row for row in rows_of(file)}
    age, words = rows["age", ""], rows["words", ""]
    assert (age["answered"], age["lowest"], age["median"], age["highest"]) == ("3", "20", "40", "90")
    assert (age["mean"], age["share"]) == ("50.000000", "")
    assert (words["answered"], words["lowest"]) == ("1", "")
    assert rows["ujjwala", "no"]["count"] == "2"


def test_numbers_are_told_by_constituency_too(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    write_csv(file, report(Dimension.CONSTITUENCY), WORDS, Dimension.CONSTITUENCY)
    ages = {row["group"]: row["mean"] for row in rows_of(file) if row["question"] == "age"}
    assert ages == {"62": "30.000000", "63": "90.000000"}
    book = tmp_path / "a.xlsx"
    write_workbook(book, report(Dimension.CONSTITUENCY), WORDS, None, "")
    sheet = CalamineWorkbook.from_path(str(book)).get_sheet_by_name("Numbers by constituency").to_python()
    assert [row[:2] + row[3:] for row in sheet if row[1] == "age"] == [
        ["62", "age", 2, 20, 20, 20, 40, 40, 30],
        ["63", "age", 1, 90, 90, 90, 90, 90, 90],
    ]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_person_is_a_row_that_tells_nobody_who_it_is(tmp_path: Path, ending: str) -> None:
    people = People(SURVEY, Weights(Dimension.CONSTITUENCY, {"62": 300.0, "63": 300.0, "64": 9.0}))
    for one in CROWD:
        people.add(one, frozenset())
    file = tmp_path / f"a.{ending}"
    write_people(file, people, "schemes v2")
    if ending == "csv":
        rows = [list(row.values()) for row in rows_of(file)]
    else:
        rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_name("People").to_python()[1:4]
    found = sorted([str(row[0]).removesuffix(".0"), float(row[7]), str(row[9]), str(row[14])] for row in rows)
    assert found == [["62", 0.75, "no", ""], ["62", 0.75, "yes", "spoken"], ["63", 1.5, "no", ""]]
    assert len(set(people.headings)) == len(people.headings)
