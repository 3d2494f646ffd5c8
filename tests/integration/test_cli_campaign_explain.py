"""``dialer campaign explain``: why somebody was or was not called, and what a campaign waits for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db import models
from db.session import Database
from tests.integration.cli_campaign_office import (
    OPERATORS,
    a_call,
    campaign_office,
    daemon_of,
    insert_rows,
    phone_of,
)
from tests.integration.cli_office import Office
from tests.integration.fake_daemon import campaign_live, room
from tests.integration.list_files import write_csv


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return campaign_office(tmp_path / "office", capsys)


def test_a_person_is_explained_by_id_and_by_number_with_the_number_masked(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    attempt = a_call(office, 1, "busy", ended_at=time.time())
    insert_rows(office, models.AttemptEvent, *[
        {"attempt_id": attempt, "at": time.time(), "event": event, "detail": detail}
        for event, detail in (("dialled", ""), ("ringing", ""), ("ended", "busy"))
    ])  # fmt: skip
    office.do("campaign", "start", "winter")
    phone = phone_of(office, 1)
    shown = office.do("campaign", "explain", "1").out
    assert "the call is over: busy" in shown and "too soon after the last attempt" in shown
    assert "15 min after busy" in shown and phone not in shown
    assert phone in office.do("campaign", "explain", phone, "--reveal").out
    told = office.do("campaign", "explain", "1", "--campaign", "winter", "--json").json
    (place,) = told["campaigns"]
    assert (place["allowed_now"], place["refused"]["reason"]) == (False, "spacing")
    assert [each["event"] for each in told["attempts"][0]["events"]] == ["dialled", "ringing", "ended"]


def test_every_look_at_a_person_is_in_the_audit_log(office: Office) -> None:
    office.do("campaign", "explain", "1", "--reveal")

    async def audited(database: Database) -> list[tuple[str, dict[str, Any]]]:
        async with database.reading() as connection:
            rows = await connection.execute(select(models.Audit.subject, models.Audit.detail))
            return [(row.subject, row.detail) for row in rows]

    assert ("contact 1", {"revealed": True}) in office.query(audited)


def test_someone_suppressed_is_told_so(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    office.do("suppress", "add", phone_of(office, 1))
    shown = office.do("campaign", "explain", "1").out
    assert "called by no campaign" in shown
    assert "if the campaign ran: the rules refuse a call now: on the suppression list" in shown


def test_a_number_that_is_nobodys_may_still_be_suppressed(office: Office) -> None:
    assert "no contact has this number" in office.refused(3, "campaign", "explain", "9826999998")
    office.do("suppress", "add", "9826999998")
    assert "on the suppression list" in office.refused(3, "campaign", "explain", "9826999998")


def test_someone_who_came_onto_the_list_later_waits_for_the_next_resume(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    file = write_csv(office.folder / "late.csv", [["name", "phone"], ["देर", "9826999999"]])
    office.do("contacts", "import", str(file), "--list", "durg")
    assert "joins at the next resume" in office.do("campaign", "explain", "9826999999").out
    assert "1 person who came onto the list later joined" in office.do("campaign", "start", "winter").err


def test_a_campaign_is_explained_with_what_stands_in_its_way(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    assert "dialer campaign start winter" in office.do("campaign", "explain", "winter").out
    office.do("campaign", "start", "winter")
    assert "The daemon is away" in office.do("campaign", "explain", "winter").out
    with daemon_of(office) as daemon:
        daemon.snapshot = room(campaign_live())
        assert "Nothing is in the way" in office.do("campaign", "explain", "winter").out
        daemon.snapshot = room(campaign_live(), seats=())
        told = office.do("campaign", "explain", "winter", "--json").json
    assert [each["code"] for each in told["blockers"]] == ["no_operators"]


def test_decisions_and_refusals_are_told_in_the_readers_language(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    decision = {"campaign_id": 1, "at": time.time(), "dials": 2, "code": "one_per_operator", "forecast": {}}
    insert_rows(office, models.PacingDecision, {**decision, "text": "one call for each of 3 free operators"})
    refusal = {"campaign_id": 1, "contact_id": 4, "reason": "spacing", "first_at": time.time()}
    insert_rows(office, models.Refusal, {**refusal, "last_at": time.time(), "times": 2})
    english = office.do("campaign", "explain", "winter").out
    hindi = office.run("campaign", "explain", "winter", language="hi").out
    assert "one call for each of 3 free operators" in english and "too soon after" in english
    assert "3 ख़ाली ऑपरेटरों" in hindi and "पिछले प्रयास के बाद" in hindi
