"""The report of a day of which every call is known."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from python_calamine import CalamineWorkbook

from dialer.daily.figures import DayReport
from dialer.daily.files import report_files
from dialer.daily.making import make_report
from dialer.daily.page import page
from dialer.daily.tracing import Trace, trace
from dialer.daily.words import ReportWords
from dialer.daily.workbook import workbook
from dialer.errors import InputError
from tests.integration.campaign_world import MORNING
from tests.integration.cli_office import Office, open_office
from tests.integration.report_day import (
    CALLED,
    DAY,
    EVENING,
    NEXT_DAY,
    known_day,
    write_call_records,
)

Calls = Mapping[int, Sequence[float | None]]
NO_CALLS: Final[Calls] = {}


async def _made(folder: Path, constituency: int | None = None, now: float = NEXT_DAY) -> DayReport:
    return (await _traced(folder, constituency, now))[0]


async def _traced(
    folder: Path, constituency: int | None = None, now: float = NEXT_DAY, records: Calls = NO_CALLS
) -> tuple[DayReport, Sequence[Trace]]:
    """The report with the attempts behind it. ``records``: by the number of the attempt, from 1."""
    async with known_day(folder) as day:
        if records:
            write_call_records(day.config, {f"a{number:024x}": each for number, each in records.items()})
        made = await make_report(day.config, day.database, DAY, constituency, now)
        return made, await trace(day.config, day.database, made)


def _sheet(content: bytes, name: str) -> list[dict[str, Any]]:
    """The rows of a sheet by its headings."""
    headings, *rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(name).to_python()
    return [dict(zip(map(str, headings), row, strict=True)) for row in rows]


async def test_every_figure_equals_the_database(tmp_path: Path) -> None:
    made = await _made(tmp_path)
    assert made.id == "durg-2026-11-20.1" and made.day_over
    calls = {one.measure: one.value for one in made.section("calls")}
    assert calls == {
        "placed": 8, "answered": 6, "reached": 5, "connected": 2, "surveyed": 3, "abandoned": 1,
        "answer_rate": 0.75, "abandonment_rate": 0.3333, "living": 0,
    }  # fmt: skip
    assert {one.item: one.value for one in made.section("outcomes")} == {
        "connected": 2, "surveyed": 3, "abandoned": 1, "busy": 1, "no_answer": 1
    }  # fmt: skip
    assert made.value("campaigns", "abandonment_cap", "winter") == 0.03
    places = {one.where: one.value for one in made.section("constituencies") if one.measure == "placed"}
    assert places == {62: 4, 63: 4}
    assert made.value("constituencies", "complaints", where=63) == 1
    awareness = {
        (one.where, one.measure): one.value for one in made.section("awareness") if one.item == "PMJAY"
    }
    assert awareness[None, "asked"] == 3 and awareness[None, "awareness"] == 0.6667
    assert (awareness[62, "asked"], awareness[63, "asked"]) == (2, 1)
    assert made.value("feedback", "talks", "complaint") == made.value("opt_outs", "numbers", "keypad") == 1
    assert made.value("rules", "people", "spacing") == 1
    assert (made.value("operators", "talk_s"), made.value("operators", "utilisation")) == (3600, 0.6667)
    assert (made.value("incidents", "daemon_starts"), made.value("incidents", "daemon_crashes")) == (1, 1)
    assert (made.value("incidents", "links_lost"), made.value("incidents", "trunks_failed")) == (1, 1)
    assert made.value("room", "electors", where=62) == 216917
    assert (made.value("books", "attempts"), made.value("books", "call_records")) == (8, None)


async def test_each_outcome_of_each_campaign(tmp_path: Path) -> None:
    made = await _made(tmp_path)
    assert {(one.item, one.measure): one.value for one in made.section("campaign_outcomes")} == {
        ("winter", outcome): count for outcome, count in Counter(CALLED).items()
    }
    table = next(one for one in ReportWords(made, "en").tables() if one.section == "campaign_outcomes")
    assert [row.label for row in table.rows] == ["winter"]
    assert "no_answer" not in page(ReportWords(made, "hi"))


async def test_who_rang_who_was_called_back_and_who_still_waits(tmp_path: Path) -> None:
    made = await _made(tmp_path)
    rings = {(one.item, one.measure): one.value for one in made.section("missed_calls")}
    assert [rings["winter", each] for each in ("rang", "callers", "called_back", "to_call", "refused")] == [
        4, 3, 1, 1, 1
    ]  # fmt: skip
    assert rings["-", "rang"] == rings["-", "refused"] == 1
    shown = page(ReportWords(made, "en"))
    assert "Missed calls to our lines" in shown and "no campaign" in shown


async def test_every_figure_leads_to_its_calls_and_their_call_records(tmp_path: Path) -> None:
    """Attempt 4 has no record, 5 has two, 6 was answered only as we say, and a stranger's call is in them."""
    answered = MORNING + 80
    records = {1: [answered], 2: [answered], 3: [answered], 5: [None, None], 6: [None], 7: [answered],
               8: [answered], 99: [None]}  # fmt: skip
    made, traces = await _traced(tmp_path, records=records)
    assert (made.value("books", "attempts"), made.value("books", "call_records")) == (8, 9)
    assert (made.value("books", "dialled_twice"), made.value("books", "differences")) == (1, 3)
    *rows, strange = _sheet(workbook(ReportWords(made, "en"), traces), "Every attempt")
    assert (strange["Attempt"], strange["Outcome"]) == (f"a{99:024x}", "no attempt of ours")
    assert (strange["Call records"], strange["Agrees"], strange["Constituency"]) == (1, "no", "")
    assert made.value("books", "call_records") == sum(row["Call records"] for row in [*rows, strange])
    assert [row["Attempt"] for row in rows] == [f"a{number:024x}" for number in range(1, 9)]
    assert [row["Call records"] for row in rows] == [1, 1, 1, 0, 2, 1, 1, 1]
    assert [row["Agrees"] for row in rows] == ["yes", "yes", "yes", "no", "no", "no", "yes", "yes"]
    assert rows[0]["It says"] == "answered" and rows[4]["It says"] == "not answered"
    assert (rows[0]["Cause (Q.850)"], rows[4]["Cause (Q.850)"], rows[3]["It says"]) == (16, 17, "")
    assert str(rows[0]["Claimed"]).endswith("10:31:00")
    words = ReportWords(made, "en")
    for figure in made.section("campaign_outcomes"):
        wanted = (figure.item, words.measure(figure.measure))
        assert figure.value == sum((row["Campaign"], row["Outcome"]) == wanted for row in rows), figure
    for figure in made.section("constituencies"):
        if figure.measure == "placed":
            assert figure.value == sum(row["Constituency"] == words.place(figure.where or 0) for row in rows)
    assert made.value("calls", "placed") == len(rows)


async def test_without_call_records_no_attempt_is_said_to_differ(tmp_path: Path) -> None:
    made, traces = await _traced(tmp_path, 62)
    rows = _sheet(workbook(ReportWords(made, "hi"), traces), "हर प्रयास")
    assert len(rows) == made.value("calls", "placed") == 4
    assert {(row["कॉल रिकॉर्ड"], row["मेल है"]) for row in rows} == {("", "")}


async def test_every_figure_has_a_source_that_is_said_in_both_languages(tmp_path: Path) -> None:
    made = await _made(tmp_path)
    for figure in made.figures:
        assert made.sources[figure.source].keys() == {"hi", "en"}, figure
    electors = next(one for one in made.section("room") if one.measure == "electors")
    assert "wikipedia.org" in made.sources[electors.source]["hi"]


async def test_the_day_before_stands_beside(tmp_path: Path) -> None:
    made = await _made(tmp_path)
    placed = made.section("calls")[0]
    assert (placed.value, placed.before) == (8, 1)
    assert ReportWords(made, "en").change(placed) == "+7"


async def test_one_constituency_has_its_own_calls_only(tmp_path: Path) -> None:
    made = await _made(tmp_path, 62)
    assert made.id == "durg-2026-11-20-62.1"
    assert (made.value("calls", "placed"), made.value("calls", "abandoned")) == (4, 0)
    assert made.value("rules", "people", "spacing") == 1 and not made.section("operators")
    assert made.value("opt_outs", "numbers", "keypad") == 1
    assert [one.where for one in made.section("room")] == [62] * 5
    elsewhere = await _made(tmp_path / "again", 63)
    assert elsewhere.value("opt_outs", "numbers", "keypad") is None


async def test_an_unfinished_day_is_called_so_and_a_coming_day_refused(tmp_path: Path) -> None:
    made = await _made(tmp_path, now=EVENING)
    assert not made.day_over and "The day was not over" in page(ReportWords(made, "en"))
    with pytest.raises(InputError, match="has not begun"):
        await _made(tmp_path / "again", now=EVENING - 30 * 86_400)


async def test_nothing_in_any_file_says_who_was_called(tmp_path: Path) -> None:
    made, traces = await _traced(tmp_path)
    texts = [json.dumps(made.as_json(), ensure_ascii=False)]
    texts += [page(ReportWords(made, language)) for language in ("hi", "en")]
    for name, content in (await report_files(made, traces)).items():
        if name.endswith(".xlsx"):
            book = CalamineWorkbook.from_filelike(io.BytesIO(content))
            sheets = [str(book.get_sheet_by_name(sheet).to_python()) for sheet in book.sheet_names]
            assert all(one.id in sheets[-1] for one in traces), "attempts stand in the last sheet by their id"
            texts += [*sheets[:-1], re.sub(r"a[0-9a-f]{24}", "", sheets[-1])]
    for text in texts:
        assert not re.search(r"(?<!\d)(?:\+?91)?[6-9]\d{9}(?!\d)", text)
        assert "रामलाल" not in text and "नाम 1" not in text and "आशा" not in text
        assert not re.search(r"a[0-9a-f]{24}", text)


async def test_files_in_both_languages(tmp_path: Path) -> None:
    made, traces = await _traced(tmp_path)
    files = await report_files(made, traces)
    assert sorted(files) == [f"{made.id}-{end}" for end in ("en.pdf", "en.xlsx", "hi.pdf", "hi.xlsx")]
    assert files[f"{made.id}-hi.pdf"].startswith(b"%PDF")
    book = CalamineWorkbook.from_filelike(io.BytesIO(files[f"{made.id}-hi.xlsx"]))
    assert "कॉल रिकॉर्ड से मिलान" in book.sheet_names
    rows = book.get_sheet_by_name("सभी आँकड़े").to_python()
    assert len(rows) == 1 + len(made.figures) and all(row[7] for row in rows)
    hindi, english = (page(ReportWords(made, language)) for language in ("hi", "en"))
    assert "दैनिक रिपोर्ट, 20.11.2026" in hindi and "62 पाटन" in hindi and "66.7 %" in hindi
    assert "Daily report, 20.11.2026" in english and "62 Patan" in english


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    opened = open_office(tmp_path / "office", capsys)
    opened.set(reports={"district": "durg"})
    opened.do("warroom", "begin")
    return opened


def test_a_report_in_the_terminal_and_as_json(office: Office) -> None:
    made = office.do("report", "daily", "--date", DAY, "--json").json
    assert (made["id"], made["format"]) == (f"durg-{DAY}.1", "sampark daily report 1")
    assert {"section", "item", "where", "measure", "value", "before", "source"} == made["figures"][0].keys()
    shown = office.run("report", "daily", "--date", DAY, "--constituency", "Patan", language="hi").out
    assert "62 पाटन" in shown and "2,16,917" in shown and "स्रोत" in shown


def test_the_figures_of_all_campaigns_stay_the_first_word_of_report(office: Office) -> None:
    assert "reconciliation" in office.do("report", "--day", DAY, "--json").json
    assert office.do("report", "daily", "--json").json["format"] == "sampark daily report 1"
    assert office.do("report", "daily", "--day", DAY, "--json").json["day"] == DAY
    assert "behind daily" in office.refused(2, "report", "--day", DAY, "daily")
    shown = office.do("report", "--help").out
    assert "daily" in shown and "--carrier-invites" in shown
    assert "No such command" in office.run("warroom", "report").err


def test_wrong_wishes_for_a_report_are_named(office: Office) -> None:
    assert "not both" in office.refused(2, "report", "daily", "--district", "--constituency", "62")
    assert "not a day" in office.refused(2, "report", "daily", "--date", "soon")
    assert "has not begun" in office.refused(2, "report", "daily", "--date", "2099-01-01")


def test_files_are_for_their_owner_only(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    office.do("report", "daily", "--date", DAY, "--out", str(folder))
    files = sorted(file.name for file in folder.iterdir())
    assert files[-1] == f"durg-{DAY}.1.json" and len(files) == 5
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
