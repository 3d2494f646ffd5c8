"""``dialer survey results`` as a supervisor uses it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from db import models
from db.session import Database
from tests.integration.cli_office import Office, open_office
from tests.integration.survey_answers_world import NAME, START, Invented

WEIGHTS = """
by: constituency
population: {62: 300, 63: 100, 70: 5}
source: roll of 2023
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("office")


@pytest.fixture
def office(folder: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    """One office for all of this file: nothing here changes it."""
    if (folder / "config.yaml").exists():
        return Office(folder, capsys)
    made = open_office(folder, capsys)
    people = Invented()
    people.crowd(60)
    phone = people.person(62)
    people.call(phone, {"reach": "1"})
    people.call(phone, {"reach": "5"}, at=START + 900)
    made.query(people.store)
    (folder / "weights.yaml").write_text(WEIGHTS)
    return made


def test_everything_is_shown_in_both_languages(office: Office) -> None:
    english = office.run("survey", "results", NAME)
    assert english.code == 0
    for words in (
        "Awareness of central-government schemes", "PMJAY: Have you heard of Ayushman Bharat",
        "95 % interval", "without marked", "how far people came", "where people hung up",
        "time until the answer", "one telephone answered on several calls", "asked again by an operator",
    ):  # fmt: skip
        assert words in english.out, words
    assert "--without all" in english.err
    hindi = office.run("survey", "results", NAME, language="hi")
    title, mark = "केंद्र सरकार की योजनाओं की जानकारी", "एक ही फ़ोन से कई कॉलों पर जवाब"
    for words in (title, "हाँ", "नहीं", "लोग कहाँ तक पहुँचे", mark):
        assert words in hindi.out, words


def test_answers_are_told_apart_as_asked(office: Office) -> None:
    assert "62 Patan" in office.do("survey", "results", NAME, "--by", "constituency").out
    assert "62 Patan / 1" in office.do("survey", "results", NAME, "--by", "booth").out
    assert "17.11.2026" in office.do("survey", "results", NAME, "--by", "day").out
    assert "English" in office.do("survey", "results", NAME, "--by", "language").out
    schemes = office.do("survey", "results", NAME, "--by", "scheme").out
    assert "PMUY" in schemes and "Where do you mostly hear" not in schemes.split("how far")[0]


def test_marked_answers_are_left_out_only_when_asked_and_both_numbers_stand_there(office: Office) -> None:
    found = office.do("survey", "results", NAME, "--json").json
    assert found["people"] > found["people_unmarked"] > 0
    assert found["quality"]["one_phone"] == 1
    everybody = office.do("survey", "results", NAME).out
    filtered = office.do("survey", "results", NAME, "--without", "one_phone")
    assert "without marked" in everybody and "all answers" in filtered.out
    one = office.do("survey", "results", NAME, "--without", "one_phone", "--json").json
    assert (one["people"] - one["people_unmarked"], one["left_out_marks"]) == (1, ["one_phone"])


def test_weights_are_named_and_what_they_miss_too(office: Office) -> None:
    shown = office.do("survey", "results", NAME, "--weights", str(office.folder / "weights.yaml"))
    assert "post-stratification by constituency, population from roll of 2023" in shown.err
    assert "left out of the weighting: 70" in shown.err
    assert "belong to no group" in shown.err
    assert "weighted" in shown.out


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("by: age\npopulation: {1: 2}\n", "by: 'age' is none of"),
        ("by: booth\n", "population: name each group"),
        ("by: booth\npopulation: {62/1: -3}\n", "62/1: -3 is not a number above 0"),
        ("by: booth\npopulation: {a: .nan}\n", "a: nan is not a number above 0"),
        ("by: booth\npopulation: {a: many}\n", "a: 'many' is not a number above 0"),
        ("by: booth\npopulation: {a: 1}\nshares: 3\n", "'shares' is not known here"),
        ("- 1\n", "needs the keys by and population"),
        ("by: [\n", "line 2: is not YAML"),
    ],
)
def test_a_wrong_file_of_weights_is_refused_with_the_place(office: Office, text: str, fault: str) -> None:
    file = office.folder / "wrong.yaml"
    file.write_text(text)
    line = office.refused(2, "survey", "results", NAME, "--weights", str(file))
    assert fault in line and "wrong.yaml" in line


def test_what_cannot_be_is_refused_in_one_line(office: Office) -> None:
    assert "choose one of scheme, constituency" in office.refused(2, "survey", "results", NAME, "--by", "age")
    assert "choose one of" in office.refused(2, "survey", "results", NAME, "--without", "liars")
    assert "must end in one of" in office.refused(2, "survey", "results", NAME, "--export", "a.pdf")
    assert "no survey is named 'scheme'" in office.refused(3, "survey", "results", "scheme")
    assert "has no version 9" in office.refused(3, "survey", "results", NAME, "--version", "9")
    nowhere = str(office.folder / "none" / "a.csv")
    assert "cannot be written" in office.refused(2, "survey", "results", NAME, "--export", nowhere)


def test_the_csv_holds_every_answer_of_every_group(office: Office) -> None:
    file = office.folder / "a.csv"
    office.do("survey", "results", NAME, "--by", "constituency", "--export", str(file))
    text = file.read_text(encoding="utf-8")
    assert text.startswith("\ufeff"), "spreadsheets know UTF-8 by it"
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    found = office.do("survey", "results", NAME, "--json").json
    knows = next(each for each in found["questions"] if each["question"] == "knows_pmjay")
    counted = sum(
        int(row["count"]) for row in rows if (row["question"], row["value"]) == ("knows_pmjay", "yes")
    )
    assert counted == knows["values"][0]["count"]
    assert {row["group"] for row in rows} >= {"62 Patan", "67 Ahiwara"}


def test_every_sheet_of_the_workbook_names_its_source(office: Office) -> None:
    file = office.folder / "a.xlsx"
    weights = str(office.folder / "weights.yaml")
    office.do("survey", "results", NAME, "--by", "day", "--weights", weights, "--export", str(file))
    book = CalamineWorkbook.from_path(str(file))
    sheets = {"Summary", "Answers", "By constituency", "By day", "Funnel", "Times", "Asked again"}
    assert sheets <= set(book.sheet_names)
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python()
        assert str(rows[-1][0]).startswith("Source: "), name
    summary = {str(row[0]): row[1] for row in book.get_sheet_by_name("Summary").to_python()}
    assert summary["Weighting"] == "post-stratification by constituency, population from roll of 2023"
    assert summary["Name and version"] == f"{NAME} 1"


def test_pictures_are_drawn_with_hindi_that_is_shaped(office: Office) -> None:
    picture, drawing = office.folder / "a.png", office.folder / "a.svg"
    done = office.run(
        "survey", "results", NAME, "--export", str(picture), "--export", str(drawing), language="hi"
    )
    assert done.code == 0, done.err
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 50_000
    assert "<svg" in drawing.read_text(encoding="utf-8")


def test_one_row_a_person_without_name_and_number_and_the_audit_log_knows(office: Office) -> None:
    file = office.folder / "people.csv"
    assert "written to" in office.do("survey", "results", NAME, "--respondents", str(file)).err
    text = file.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    found = office.do("survey", "results", NAME, "--json").json
    assert len(rows) == found["people"]
    assert {row["contact.kind"] for row in rows} == {"citizen"}
    assert {row["call.day"] for row in rows} >= {"2026-11-17"}
    assert sum(row["answers.marks"] == "one_phone" for row in rows) >= 1
    assert "+91" not in text and "नाम" not in text

    async def audited(database: Database) -> list[str]:
        async with database.reading() as connection:
            query = select(models.Audit.subject).where(models.Audit.action == "survey respondents")
            return list((await connection.execute(query)).scalars())

    assert office.query(audited) == [f"{NAME} v1"]
    assert "must end in one of" in office.refused(2, "survey", "results", NAME, "--respondents", "a.pdf")
