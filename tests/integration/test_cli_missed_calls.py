"""A campaign with a missed-call line, as a supervisor makes it and looks at it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from db.models import AttemptEvent
from db.session import Database
from dialer.core.missed_calls import LineLimits, RingResult
from dialer.store.port import OptedOut, Ring
from dialer.store.sql import SqlDialStore
from tests.integration.cli_campaign_office import ALWAYS, TERMS, a_call, build_prompts, insert_rows
from tests.integration.cli_office import Office, open_office
from tests.integration.list_files import people, write_csv

LINE = "+917880000001"
OF_LINE = ("--kind", "operators", "--purpose", "schemes", "--missed-call-line", LINE)
PERSON, SILENT, STRANGER = "+919876500001", "+919876500002", "+919876500003"


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    office = open_office(tmp_path / "office", capsys)
    office.set(rules=ALWAYS, lines=[{"number": LINE}])
    build_prompts(office)
    return office


def ring(office: Office, *rings: Ring, opted_out: str = "") -> None:
    async def work(database: Database) -> None:
        store = SqlDialStore(database)
        if opted_out:
            await store.write([OptedOut(opted_out, "keypad", time.time(), "keypad")])
        for each in rings:
            await store.rang(each, LineLimits())

    office.query(work)


def of(number: int, phone: str, refused: RingResult | None = None) -> Ring:
    return Ring(f"sampark-{number}", LINE, phone or "anonymous", phone, time.time() - 3, refused)


def test_a_campaign_may_begin_with_nobody_but_a_line_and_its_list_says_where_people_came_from(
    office: Office,
) -> None:
    made = office.do("campaign", "create", "ring", *OF_LINE)
    assert "0 people wait" in made.out and LINE in made.out and "missed call" in made.out
    office.do("campaign", "plan", "ring", "--quick")
    assert office.do("campaign", "start", "ring", "--json").json["state"] == "running"
    ring(office, of(1, PERSON), of(2, PERSON), of(3, "", RingResult.INVALID_NUMBER))
    (status,) = office.do("campaign", "status", "ring", "--json").json
    assert status["line"] == LINE and status["queue"]["waiting"] == 1
    assert status["rung_today"] == {
        "rang": 3, "people": 1, "called_back": 0, "to_call": 1,
        "results": {"call_back": 1, "invalid_number": 1, "repeated": 1},
    }  # fmt: skip
    shown = office.do("campaign", "status", "ring").out
    assert "3 by 1 people; called back 0, to be called 1" in shown
    assert "1 shows no number that can be called" in shown
    assert "3 by 1 people" in office.do("campaign", "explain", "ring").out
    person = office.do("campaign", "explain", PERSON).out
    assert "from missed call, consent: missed call" in person and "is called" in person
    told = office.do("campaign", "explain", PERSON, "--json").json
    assert [each["result"] for each in told["rings"]] == ["repeated", "call_back"]
    assert "फ़ोन किया जाएगा" in office.run("campaign", "explain", PERSON, language="hi").out


def test_people_of_a_list_and_those_who_ring_are_called_by_one_campaign(office: Office) -> None:
    file = write_csv(office.folder / "people.csv", people(10))
    office.do("contacts", "import", str(file), "--list", "durg", *TERMS)
    office.do("campaign", "create", "both", "--list", "durg", *OF_LINE)
    ring(office, of(1, PERSON))
    (made,) = office.do("campaign", "list", "--json").json
    assert made["list"] == "durg" and made["queue"]["waiting"] == 11
    assert made["queue"]["callbacks"] == 1


def test_explain_says_why_somebody_who_opted_out_is_not_called_back(office: Office) -> None:
    office.do("campaign", "create", "ring", *OF_LINE)
    ring(office, of(1, SILENT), opted_out=SILENT)
    refused = office.run("campaign", "explain", SILENT).err
    assert f"rang {LINE}" in refused and "suppression list and is not called back" in refused
    ring(office, of(2, PERSON))
    ring(office, opted_out=PERSON)
    time_later = Ring("sampark-9", LINE, PERSON, PERSON, time.time())
    ring(office, time_later)
    shown = office.do("campaign", "explain", PERSON).out
    assert "on the suppression list, is not called" in shown


def test_who_rang_and_then_opted_out_is_not_counted_as_to_be_called(office: Office) -> None:
    office.do("campaign", "create", "ring", *OF_LINE)
    ring(office, of(1, PERSON), of(2, SILENT))
    ring(office, opted_out=PERSON)
    (status,) = office.do("campaign", "status", "ring", "--json").json
    rung = status["rung_today"]
    assert (rung["results"], rung["called_back"], rung["to_call"]) == ({"call_back": 2}, 0, 1)


def test_surveys_in_calls_to_us_are_told_apart_from_our_calls(office: Office) -> None:
    office.do("campaign", "create", "ring", *OF_LINE)
    ring(office, of(1, PERSON), of(2, SILENT))
    began = {"event": "survey_started", "detail": "", "at": time.time()}
    now = {"claimed_at": time.time()}
    to_us = {"inbound": True, "number_of_attempt": 0, "dialled_at": None, "ringing_at": None}
    ours = a_call(office, 1, "surveyed", **now)
    theirs = a_call(office, 2, "surveyed", **now, **to_us)
    insert_rows(office, AttemptEvent, {"attempt_id": ours, **began}, {"attempt_id": theirs, **began})
    (status,) = office.do("campaign", "status", "ring", "--json").json
    assert status["today"]["outcomes"] == {"surveyed": 1} and status["today"]["calls"] == 1
    assert status["today"]["called_us"] == {"surveyed": 1}
    assert "Called us" in office.do("campaign", "status", "ring").out
    report = office.do("campaign", "report", "ring", "--json").json
    assert report["inbound"] == {"surveyed": 1} and report["surveys"]["started"] == 1


def test_a_line_has_one_campaign_at_a_time_and_must_be_in_the_settings(office: Office) -> None:
    office.do("campaign", "create", "first", *OF_LINE)
    assert "belongs to campaign 'first'" in office.refused(2, "campaign", "create", "second", *OF_LINE)
    office.do("campaign", "stop", "first")
    office.do("campaign", "create", "second", *OF_LINE)
    other = [*OF_LINE[:-1], "+917880000009"]
    assert f"it has: {LINE}" in office.refused(2, "campaign", "create", "third", *other)
    assert "--missed-call-line" in office.refused(2, "campaign", "create", "third", *OF_LINE[:-2])
    office.set(lines=[])
    office.do("campaign", "list")
    assert f"no line {LINE}" in office.run("campaign", "start", "second").err


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([{"number": "+917880000000"}], "callback_number"),
        ([{"number": LINE}, {"number": LINE}], "same number"),
        ([{"number": "7880000001"}], "lines.0.number"),
        ([{"number": LINE, "answer": "operators"}], "lines.0.answer"),
    ],
)
def test_settings_of_lines_are_checked(
    office: Office, lines: list[dict[str, str]], complaint: str
) -> None:
    office.set(lines=lines)
    assert complaint in office.run("campaign", "list").err
