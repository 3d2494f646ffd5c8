"""``dialer callbacks`` as a supervisor runs it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from db import models
from db.session import Database
from dialer.core.rules import day_start
from tests.integration.cli_office import Office, open_office

DAY = 86_400.0


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    made = open_office(tmp_path, capsys)
    made.do("operators", "add", "op01", "--name", "रेखा", "--generate")
    made.query(_two_callbacks)
    return made


async def _two_callbacks(database: Database) -> None:
    """One was missed yesterday, with operator 1; one is for tomorrow, with anybody."""
    today = day_start(time.time())
    common = {"created_at": 1.0, "created_by": "test"}
    of_list = {"name": "durg", "purpose": "p", "source": "s", "consent": "c"}
    campaign = {"name": "awareness", "kind": "operators", "state": "running", "purpose": "p", "list_id": 1}
    campaign |= {"trunk": "carrier", "caller_id": "+917880000000", "mode": "progressive"}
    async with database.writing() as connection:
        await connection.execute(insert(models.ContactList).values(id=1, **of_list, **common))
        await connection.execute(insert(models.Campaign).values(id=1, **campaign, **common))
        for id_, due_at, operator_id in ((1, today - DAY / 2, 1), (2, today + 1.5 * DAY, None)):
            person = {"id": id_, "phone": f"+91987654321{id_}", "name": f"गीता {id_}", "created_at": 1.0}
            await connection.execute(insert(models.Contact).values(person))
            place = {"campaign_id": 1, "contact_id": id_}
            waiting = {"state": "waiting", "callback_at": due_at, "callback_with": operator_id}
            await connection.execute(insert(models.CampaignContact).values(place | waiting))
            agreed = {"attempt_id": f"a{id_}", "due_at": due_at, "operator_id": operator_id, "agreed_at": 1.0}
            await connection.execute(insert(models.Callback).values(place | agreed))


async def _audit(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as connection:
        rows = await connection.execute(select(models.Audit.action, models.Audit.subject))
        return [(row.action, row.subject) for row in rows]


def test_what_is_open_is_listed_with_numbers_masked(office: Office) -> None:
    listed = office.do("callbacks", "list", "--json").json
    assert [(one["id"], one["state"], one["operator"]) for one in listed] == [
        (1, "late", "रेखा"),
        (2, "upcoming", ""),
    ]
    assert listed[0]["phone"] == "+91 98••••3211"
    shown = office.do("callbacks", "list").out
    assert "गीता 1" in shown and "late" in shown and "9876543211" not in shown
    assert "देर" in office.run("callbacks", "list", language="hi").out


def test_the_list_is_narrowed(office: Office) -> None:
    def ids(*words: str) -> list[int]:
        return [one["id"] for one in office.do("callbacks", "list", *words, "--json").json]

    assert ids("--operator", "OP01") == [1]
    assert ids("--campaign", "awareness", "--day", "all") == [1, 2]
    assert ids("--day", "today") == []
    tomorrow = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 19_800 + DAY))
    assert ids("--day", tomorrow) == [2]
    assert "is not a day" in office.refused(2, "callbacks", "list", "--day", "soon")
    assert "dialer campaign list" in office.refused(3, "callbacks", "list", "--campaign", "nothing")
    assert "No callback" in office.do("callbacks", "list", "--day", "today").err


def test_cancelling_needs_a_reason_and_is_written_down(office: Office) -> None:
    assert "--why" in office.refused(2, "callbacks", "cancel", "2")
    done = office.do("callbacks", "cancel", "2", "--why", "moved away")
    assert "Callback 2 is cancelled: गीता 2" in done.out
    assert ("callback cancel", "callback 2") in office.query(_audit)
    assert "not open" in office.refused(4, "callbacks", "cancel", "2", "--why", "again")
    assert "dialer callbacks list" in office.refused(3, "callbacks", "cancel", "77", "--why", "again")
    told = office.do("callbacks", "cancel", "1", "--why", "wrong number", "--json").json
    assert (told["state"], told["cancelled_why"]) == ("cancelled", "wrong number")
