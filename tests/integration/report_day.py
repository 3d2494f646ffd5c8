"""A day of an office of which every call is known, for tests of its report."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db import models
from db.rings import Ring
from db.session import Database
from dialer.config import Config
from dialer.ivr.survey_file import EXAMPLES
from dialer.settings.office import Office
from dialer.settings.trunks import Trunk
from dialer.store.surveys import Surveys
from dialer.telephony.call_records import CURRENT, FOLDER
from dialer.warroom.beginning import begin
from tests.integration.campaign_world import MORNING, World, at

DAY = "2026-11-20"
EVENING = at("2026-11-20 21:30")
NEXT_DAY = at("2026-11-21 08:00")
CALLED = ("connected", "connected", "abandoned", "busy", "no_answer", "surveyed", "surveyed", "surveyed")
"""What became of the day's calls to people 1, 2, 3 ...; those with odd ids live in 63, the others in 62."""


@dataclass(frozen=True, slots=True)
class ReportDay:
    """The office with its settings."""

    world: World
    database: Database
    config: Config


def settings(folder: Path, **reports: Any) -> Config:
    """An office named ``durg`` for the state office."""
    trunk = Trunk(name="carrier", host="127.0.0.1", caller_id="+917880000000")
    office = Office(name_hi="जिला सम्पर्क कार्यालय, दुर्ग", name_en="District office, Durg",
                    callback_number="+917880000000")  # fmt: skip
    return Config(base=folder, office=office, trunks=(trunk,), reports={"district": "durg", **reports})


@asynccontextmanager
async def known_day(folder: Path, **reports: Any) -> AsyncIterator[ReportDay]:
    """Calls of two days, talks, answers, an opt-out, a refusal, an operator's hours, a crash."""
    config = settings(folder, **reports)
    database = await _prepared(config)
    office = World(database)
    try:
        await begin(database, config.data, "test", MORNING - 86_400)
        await fill_day(office, database)
        yield ReportDay(office, database, config)
    finally:
        await database.aclose()


def write_call_records(config: Config, calls: Mapping[str, Sequence[float | None]]) -> None:
    """Asterisk's records of calls that began in the morning: for each one when it was answered, if at all."""
    file = config.data / FOLDER / CURRENT
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for id_, records in calls.items():
        for answered in records:
            lines.append(f'CHAN_START,{MORNING + 60:.6f},{id_},""')
            if answered is not None:
                lines.append(f'ANSWER,{answered:.6f},{id_},""')
            extra = f'"{{""hangupcause"":{16 if answered else 17},""hangupsource"":""""}}"'
            lines.append(f"HANGUP,{(answered or MORNING) + 600:.6f},{id_},{extra}")
    file.write_text("".join(f"{line}\n" for line in lines))


async def _prepared(config: Config) -> Database:
    from dialer.store.database import open_database
    from dialer.store.migrations import migrate

    database = open_database(config)
    await migrate(database)
    return database


async def fill_day(office: World, database: Database) -> None:
    """What `known_day` promises, into the tables."""
    people = await office.contact_list(people=len(CALLED) + 1)
    source = (EXAMPLES / "scheme_awareness.yaml").read_text(encoding="utf-8")
    stored, _is_new = await Surveys(database).add("scheme_awareness", source, "test", MORNING)
    await office.campaign("winter")
    await office.add(models.Operator, {
        "id": 1, "username": "op1", "name": "आशा", "role": "operator", "password_hash": "x",
        "created_at": MORNING, "created_by": "test"})  # fmt: skip
    attempts = [
        await office.attempt(contact, outcome, claimed_at=MORNING + 60 * contact)
        for contact, outcome in zip(people, CALLED, strict=False)
    ]
    await office.attempt(people[-1], "surveyed", claimed_at=MORNING - 86_400)
    for number, value in zip((5, 6, 7), ("yes", "yes", "no"), strict=True):
        await office.add(models.Answer, {
            "attempt_id": attempts[number], "contact_id": people[number],
            "survey_version_id": stored.version_id, "question": "knows_pmjay", "value": value,
            "via": "keypad", "answered_at": MORNING})  # fmt: skip
    talk = {"operator_id": 1, "notes": "रामलाल 9876543210", "given_at": MORNING}
    for attempt, code in zip(attempts, ("complaint", "informed"), strict=False):
        await office.add(models.Disposition, {"attempt_id": attempt, "code": code, **talk})
    await office.add(models.SeatPeriod, [
        {"seat": 1, "operator_id": 1, "state": state, "from_at": MORNING + begin, "to_at": MORNING + end}
        for state, begin, end in (("ready", 0, 1800), ("talking", 1800, 5400))])  # fmt: skip
    await office.add(models.Suppression, {
        "phone": "+919800000001", "source": "keypad", "attempt_id": attempts[5], "created_at": MORNING,
        "created_by": "keypad"})  # fmt: skip
    await office.add(models.Refusal, {
        "campaign_id": 1, "contact_id": people[3], "reason": "spacing", "first_at": MORNING,
        "last_at": MORNING, "times": 3})  # fmt: skip
    ring = {"line": "+917880000001", "caller": "", "at": MORNING, "campaign_id": 1, "contact_id": None}
    await office.add(Ring, [
        ring | {"id": "r1", "phone": "1", "contact_id": people[0], "result": "call_back"},
        ring | {"id": "r2", "phone": "2", "contact_id": people[-1], "result": "call_back"},
        ring | {"id": "r3", "phone": "2", "contact_id": people[-1], "result": "repeated"},
        ring | {"id": "r4", "phone": "3", "result": "flood"},
        ring | {"id": "r5", "phone": "4", "result": "no_campaign", "campaign_id": None},
        ring | {"id": "r6", "phone": "1", "result": "call_back", "at": MORNING + 86_400}])  # fmt: skip
    line = {"at": MORNING, "actor": "daemon"}
    await office.add(models.Audit, [
        line | {"action": "link lose", "subject": "asterisk"},
        line | {"action": "trunk fail", "subject": "carrier"},
        line | {"action": "link lose", "subject": "asterisk", "at": MORNING - 86_400}])  # fmt: skip
    await office.add(models.DaemonRun, [
        {"host": "office", "pid": 1, "started_at": MORNING - 90_000, "ended_at": None},
        {"host": "office", "pid": 2, "started_at": MORNING - 60, "ended_at": None}])  # fmt: skip
