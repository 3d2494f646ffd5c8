"""What a report counts in the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from db import models
from dialer.core.model import Outcome
from dialer.reports.figures import figures
from dialer.reports.reconcile import reconcile
from dialer.reports.rows import AnswerCount, RefusalCount
from dialer.store.reporting import Reporting, Scope
from tests.integration.campaign_world import MORNING, World, at, world

DAY = Scope(at("2026-11-20 00:00"), at("2026-11-21 00:00"), now=at("2026-11-20 18:00"))


async def test_attempts_are_counted_by_outcome_constituency_and_day(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        people = await office.contact_list(people=6)
        await office.campaign("winter")
        for contact, outcome in zip(
            people, ("connected", "connected", "abandoned", "busy", None), strict=False
        ):
            await office.attempt(contact, outcome)
        await office.attempt(people[5], "connected", claimed_at=MORNING - 86_400)
        found = figures(await Reporting(office.database).rows(DAY))
    assert found.calls.outcomes == {Outcome.CONNECTED: 2, Outcome.ABANDONED: 1, Outcome.BUSY: 1}
    assert found.calls.living == 1
    assert {key: calls.placed for key, calls in found.by_constituency.items()} == {62: 2, 63: 3}
    assert [day.over_cap for day in found.days] == [True]


async def test_a_day_begins_at_midnight_of_the_office(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        people = await office.contact_list(people=3)
        await office.campaign("winter")
        for contact, when in zip(
            people, ("2026-11-19 23:59:59", "2026-11-20 00:00:01", "2026-11-20 23:59"), strict=True
        ):
            await office.attempt(contact, "connected", claimed_at=at(when))
        everything = Scope(0.0, at("2027-01-01 00:00"), DAY.now)
        days = figures(await Reporting(office.database).rows(everything)).days
    assert [(day.day, day.answered.live) for day in days] == [(20_776, 1), (20_777, 2)]


async def test_one_campaigns_report_leaves_the_others_out(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        people = await office.contact_list(people=2)
        first, second = await office.campaign("winter"), await office.campaign("spring")
        await office.attempt(people[0], "busy", campaign_id=first.campaign.id)
        await office.attempt(people[1], "connected", campaign_id=second.campaign.id)
        one = Scope(DAY.since, DAY.until, DAY.now, second.campaign.id)
        found = figures(await Reporting(office.database).rows(one))
    assert found.calls.outcomes == {Outcome.CONNECTED: 1}


async def test_calls_to_us_are_told_apart_from_those_that_we_placed(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        people = await office.contact_list(people=3)
        await office.campaign("winter")
        to_us: dict[str, Any] = {"inbound": True, "dialled_at": None, "ringing_at": None}
        await office.attempt(people[0], "connected", rang_s=60.0, **to_us)
        await office.attempt(people[1], "no_answer", **to_us)
        await office.attempt(people[2], "busy")
        reporting = Reporting(office.database)
        found = figures(await reporting.rows(DAY))
        placed = [each async for each in reporting.attempts(DAY)]
    assert found.inbound == {"connected": 1, "no_answer": 1}
    assert found.calls.outcomes == {Outcome.BUSY: 1} and len(placed) == 1
    assert found.join_ms is None


async def test_times_are_measured_where_they_happened(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        people = await office.contact_list(people=3)
        await office.campaign("winter")
        await office.attempt(people[0], "connected", rang_s=4.0, lasted_s=90.02)
        await office.attempt(people[1], "no_answer", rang_s=30.0)
        await office.attempt(people[2], "surveyed", rang_s=8.0, lasted_s=45.0)
        found = figures(await Reporting(office.database).rows(DAY))
    assert found.ring_s is not None and (found.ring_s.count, found.ring_s.longest) == (3, 30.0)
    assert found.talk_s is not None and found.talk_s.p50 == 90.0
    assert found.survey_s is not None and found.survey_s.p50 == 45.0
    assert found.join_ms is not None and found.join_ms.p50 == 20.0


async def test_answers_and_completed_surveys_are_counted_once_per_person(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        people = await office.contact_list(people=2)
        version = await office.survey()
        await office.campaign("winter")
        for contact, value in zip(people, ("1", "2"), strict=True):
            attempt = await office.attempt(contact, "surveyed")
            await office.add(models.AttemptEvent, [
                {"attempt_id": attempt, "at": MORNING, "event": "survey_started", "detail": ""},
                {"attempt_id": attempt, "at": MORNING, "event": "survey_ended",
                 "detail": "complete" if value == "1" else "incomplete"},
            ])  # fmt: skip
            answer = {"attempt_id": attempt, "contact_id": contact, "survey_version_id": version}
            await office.add(
                models.Answer,
                {**answer, "question": "ujjwala", "value": value, "via": "keypad", "answered_at": MORNING},
            )
        rows = await Reporting(office.database).rows(DAY)
    assert list(rows.answers) == [
        AnswerCount("awareness v1", "ujjwala", "1", 1), AnswerCount("awareness v1", "ujjwala", "2", 1)
    ]  # fmt: skip
    assert (rows.surveys_started, rows.surveys_complete) == (2, 1)


async def _operator(office: World, number: int, name: str) -> None:
    person = {"id": number, "username": f"op{number}", "name": name, "role": "operator", "password_hash": "x"}
    await office.add(models.Operator, {**person, "created_at": MORNING, "created_by": "test"})


async def test_operators_time_is_clipped_to_the_period_and_counts_what_still_lasts(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        people = await office.contact_list(people=1)
        await office.campaign("winter")
        await _operator(office, 1, "आशा")
        periods = [
            ("talking", DAY.since - 100, DAY.since + 500),
            ("wrap_up", DAY.since + 500, DAY.since + 600),
            ("ready", DAY.now - 300, None),
        ]
        await office.add(models.SeatPeriod, [
            {"seat": 1, "operator_id": 1, "state": state, "from_at": begin, "to_at": end}
            for state, begin, end in periods
        ])  # fmt: skip
        await office.attempt(people[0], "connected", operator_id=1, seat=1)
        found = figures(await Reporting(office.database).rows(DAY))
    asha = found.operators[0]
    assert (asha.operator, asha.calls) == ("आशा", 1)
    assert (asha.talk_s, asha.wrap_up_s, asha.ready_s, asha.signed_in_s) == (500, 100, 300, 900)
    assert asha.utilisation == pytest.approx(600 / 900)


async def test_refusals_opt_outs_and_dispositions_are_told(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        people = await office.contact_list(people=3)
        await office.campaign("winter")
        await _operator(office, 1, "आशा")
        attempt = await office.attempt(people[0], "connected", operator_id=1)
        given = {"attempt_id": attempt, "operator_id": 1, "code": "informed", "given_at": MORNING}
        await office.add(models.Disposition, given)
        await office.add(models.Suppression, {
            "phone": "+919800000001", "source": "keypad", "attempt_id": attempt, "created_at": MORNING,
            "created_by": "keypad",
        })  # fmt: skip
        await office.add(models.Refusal, [
            {"campaign_id": 1, "contact_id": contact, "reason": "spacing", "first_at": MORNING,
             "last_at": MORNING, "times": 3}
            for contact in people[1:]
        ])  # fmt: skip
        rows = await Reporting(office.database).rows(Scope(DAY.since, DAY.until, DAY.now, 1))
    assert rows.refusals == [RefusalCount("spacing", 2, 6)]
    assert rows.opt_outs == {"keypad": 1}
    assert rows.dispositions == {"informed": 1}


async def test_every_attempt_goes_into_the_reconciliation(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        people = await office.contact_list(people=3)
        await office.campaign("winter")
        ids = [await office.attempt(people[0], "connected"), await office.attempt(people[1], "busy")]
        await office.attempt(people[2], "withdrawn", dialled_at=None, ringing_at=None, cause=None)
        lines = [one.line async for one in Reporting(office.database).attempts(DAY)]
    found = reconcile(lines, ids)
    assert len(lines) == 3
    assert found.reconciles
    assert found.attempts == 2
