"""Campaigns, plans, reports and explanations count the same on PostgreSQL as on SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from db import models
from db.session import Database
from dialer.core.lifecycle import Step
from dialer.core.model import DialPolicy, SilencePeriod
from dialer.reports.figures import figures
from dialer.store.explaining import Explaining
from dialer.store.reporting import Reporting, Scope
from dialer.store.selection import select_contacts
from tests.integration.campaign_world import MORNING, World, at, world
from tests.postgresql import PrivatePostgres

pytestmark = pytest.mark.postgresql

DAY = Scope(at("2026-11-20 00:00"), at("2026-11-21 00:00"), now=at("2026-11-20 18:00"))
POLICY = DialPolicy(silence=(SilencePeriod(63, MORNING - 60, MORNING + 86_400),))


@pytest.fixture
async def on_postgresql(postgres: PrivatePostgres) -> AsyncIterator[World]:
    database = Database(postgres.create_database("campaigns"))
    async with database.writing() as connection:
        await connection.run_sync(models.Base.metadata.create_all)
    yield World(database)
    await database.aclose()


async def _day(office: World) -> dict[str, Any]:
    """A day with something of everything; what is told of it."""
    people = await office.contact_list(people=12)
    version = await office.survey()
    record = await office.campaign("winter")
    person = {"id": 1, "username": "op1", "name": "आशा", "role": "operator", "password_hash": "x"}
    await office.add(models.Operator, {**person, "created_at": MORNING, "created_by": "test"})
    await office.add(
        models.SeatPeriod,
        [
            {"seat": 1, "operator_id": 1, "state": "talking", "from_at": MORNING, "to_at": MORNING + 600.5},
            {"seat": 1, "operator_id": 1, "state": "ready", "from_at": MORNING + 600.5, "to_at": None},
        ],
    )
    first = await office.attempt(people[0], "connected", operator_id=1, seat=1, lasted_s=90.4)
    await office.attempt(people[1], "busy")
    await office.attempt(people[2], "abandoned")
    answer = {
        "attempt_id": first,
        "contact_id": people[0],
        "survey_version_id": version,
        "question": "ujjwala",
    }
    await office.add(models.Answer, {**answer, "value": "yes", "via": "operator", "answered_at": MORNING})
    await office.add(models.AttemptEvent, {"attempt_id": first, "at": MORNING, "event": "dialled"})
    await office.add(models.AttemptEvent, {"attempt_id": first, "at": MORNING + 1, "event": "survey_started"})
    given = {"attempt_id": first, "operator_id": 1, "code": "informed", "given_at": MORNING}
    await office.add(models.Disposition, given)
    suppressed = {"phone": "+919800000004", "source": "keypad", "created_at": MORNING, "created_by": "keypad"}
    await office.add(models.Suppression, {**suppressed, "attempt_id": first})
    refusal = {"campaign_id": record.campaign.id, "contact_id": people[5], "reason": "spacing", "times": 2}
    await office.add(models.Refusal, {**refusal, "first_at": MORNING, "last_at": MORNING})
    decision = {"campaign_id": record.campaign.id, "at": MORNING, "dials": 1, "code": "x", "text": "y"}
    await office.add(models.PacingDecision, decision)
    started, joined = await office.campaigns.change_state("winter", Step.START, "asha", MORNING)
    explaining = Explaining(office.database)
    return {
        "joined": joined,
        "state": started.campaign.state,
        "queues": await office.campaigns.queues(),
        "selection": await select_contacts(office.database, started, POLICY, MORNING + 300),
        "figures": figures(await Reporting(office.database).rows(DAY)),
        "of_campaign": figures(await Reporting(office.database).rows(Scope(0.0, DAY.until, DAY.now, 1))),
        "attempts": sorted([one.line.id async for one in Reporting(office.database).attempts(DAY)]),
        "known": await Reporting(office.database).known([first, "a" + "f" * 24]),
        "places": await explaining.places(people[0]),
        "story": await explaining.attempts(people[0]),
        "history": await explaining.history(people[0], 1, POLICY, MORNING + 300),
        "decisions": await explaining.decisions(1, 5),
        "waiting_refused": await explaining.waiting_refused(1),
    }


async def test_both_databases_tell_the_same_of_a_day(on_postgresql: World, tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        told = await _day(office)
    assert await _day(on_postgresql) == told
    assert told["figures"].talk_s.p50 == 90.0
    assert told["figures"].operators[0].talk_s == 600.5
