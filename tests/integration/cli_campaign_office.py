"""An office with ten people on a list, for tests of its campaigns on the command line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Executable, insert

from db import models
from db.session import Database
from dialer.config import load_config
from dialer.core.rules import OFFICE_ZONE
from dialer.ivr import audio
from dialer.ivr.prompts import prompts_root, system_wanted
from tests.integration.cli_office import Office, open_office
from tests.integration.fake_daemon import FakeDaemon, fake_daemon
from tests.integration.list_files import people, write_csv
from tests.places import queued

TERMS = ("--purpose", "schemes", "--source", "register", "--consent", "form")
OPERATORS = ("--list", "durg", "--kind", "operators", "--purpose", "schemes")
ALWAYS = {"window": "00:00-24:00", "allow_wider_window": True}


def campaign_office(folder: Path, capture: pytest.CaptureFixture[str]) -> Office:
    """Ten people on a list, prompts built, calling hours all day: the clock of the test does not matter."""
    office = open_office(folder, capture)
    office.set(rules=ALWAYS)
    file = write_csv(office.folder / "people.csv", people(10))
    office.do("contacts", "import", str(file), "--list", "durg", *TERMS)
    build_prompts(office)
    return office


def build_prompts(office: Office) -> None:
    config = load_config(office.file)
    for wanted in system_wanted(config):
        for ending in audio.FORMATS:
            file = prompts_root(config) / wanted.folder / f"{wanted.key}.{ending}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"\xd5" * 80)


@contextmanager
def daemon_of(office: Office) -> Iterator[FakeDaemon]:
    config = load_config(office.file)
    with fake_daemon(config.web.port, config.secret("cli")) as daemon:
        yield daemon


def insert_rows(office: Office, table: type[models.Base], *rows: dict[str, Any]) -> None:
    change_rows(office, insert(table), list(rows))


def change_rows(office: Office, statement: Executable, rows: list[dict[str, Any]] | None = None) -> None:
    async def work(database: Database) -> None:
        async with database.writing() as connection:
            await connection.execute(statement, rows)

    office.query(work)


def phone_of(office: Office, contact_id: int) -> str:
    contacts = office.do("contacts", "list", "--reveal", "--json").json["contacts"]
    return str(next(each["phone"] for each in contacts if each["id"] == contact_id))


def a_call(office: Office, contact_id: int, outcome: str, **facts: Any) -> str:
    """A call of today, an hour ago at most, answered and talked through when its outcome says so."""
    now = time.time()
    since_midnight = (now + OFFICE_ZONE.utcoffset(None).total_seconds()) % 86_400
    at = now - min(3600.0, since_midnight)
    answered = at + 9 if outcome in ("connected", "abandoned", "surveyed") else None
    row = {
        "id": f"a{contact_id:024x}", "campaign_id": 1, "contact_id": contact_id, "number_of_attempt": 1,
        "trunk": "carrier", "claimed_at": at, "dialled_at": at + 0.1, "ringing_at": at + 2,
        "answered_at": answered, "joined_at": at + 9.02 if outcome == "connected" else None,
        "ended_at": at + 70, "outcome": outcome, "cause": 16 if answered else 17, "tech_cause": None,
        "seat": None, "operator_id": None, "note": "",
    }  # fmt: skip
    row |= facts
    change_rows(office, queued(row["campaign_id"], contact_id, "waiting"))
    insert_rows(office, models.Attempt, row)
    return str(row["id"])


def record_calls(office: Office, ids: list[str], at: float | None = None) -> None:
    file = office.data / "asterisk/log/cel-custom/calls.csv"
    file.parent.mkdir(parents=True)
    at = time.time() - 3600 if at is None else at
    lines = [
        f'{kind},{at + wait:.6f},"{id_}",\n'
        for id_ in ids
        for kind, wait in (("CHAN_START", 1), ("HANGUP", 70))
    ]
    file.write_text("".join(lines))
