"""The operator's own numbers of today, and the mean of the room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from db.models import Attempt, Contact, Disposition, SeatPeriod
from dialer.core.rules import day_start
from tests.integration.desk_world import Clock, World, running_world
from tests.places import queued

MORNING = day_start(Clock().now) + 60.0


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path) as running:
        await running.database.transact(_a_morning)
        yield running


def _a_morning(connection: Any) -> None:
    """Operator 1 spoke twice, operator 2 once; a call of yesterday counts for nobody."""
    connection.execute(
        insert(Contact),
        [{"id": 10 + n, "phone": f"+9198765000{n:02d}", "name": "", "created_at": 1.0} for n in range(4)],
    )
    calls = [(1, MORNING), (1, MORNING + 100), (2, MORNING), (1, MORNING - 3600)]
    for number, (operator, at) in enumerate(calls):
        connection.execute(queued(1, 10 + number))
        connection.execute(
            insert(Attempt).values(
                id=f"ab{number:023d}", campaign_id=1, contact_id=10 + number, number_of_attempt=1,
                trunk="carrier", claimed_at=at, joined_at=at + 1, ended_at=at + 40, operator_id=operator,
                outcome="connected",
            )
        )  # fmt: skip
        connection.execute(
            insert(SeatPeriod).values(
                seat=operator, operator_id=operator, state="talking", from_at=at + 1, to_at=at + 41
            )
        )
        connection.execute(
            insert(SeatPeriod).values(
                seat=operator, operator_id=operator, state="ready", from_at=at - 10, to_at=at
            )
        )
    connection.execute(
        insert(Disposition).values(
            attempt_id=f"ab{0:023d}", operator_id=1, code="informed", given_at=MORNING + 45
        )
    )


async def test_own_numbers_stand_beside_the_mean_of_the_room(world: World) -> None:
    desk = await world.seated("op01", 1)
    told = await (await desk.get("/api/v1/desk/numbers")).json()
    assert told["mine"] == {"calls": 2, "talk_s": 80, "waiting_s": 20}
    assert told["dispositions"] == {"informed": 1}
    assert told["room"] == {"calls": 1.5, "talk_s": 60, "waiting_s": 15}
    assert told["operators"] == 2


async def test_one_reading_serves_every_desk_for_a_moment(world: World) -> None:
    first, second = await world.seated("op01", 1), await world.seated("op03", 3)
    await first.get("/api/v1/desk/numbers")
    await world.database.transact(lambda connection: connection.execute(SeatPeriod.__table__.delete()))
    told = await (await second.get("/api/v1/desk/numbers")).json()
    assert told["mine"]["calls"] == 0 and told["room"]["talk_s"] == 60
    world.clock.now += 30
    told = await (await second.get("/api/v1/desk/numbers")).json()
    assert told["room"]["talk_s"] == 0
