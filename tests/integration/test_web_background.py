"""What the desk is told of the person on the line: where they live, and what was said before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from db.models import Attempt, CallNote, Disposition
from db.warroom import Place, Scheme
from dialer.store.campaigns import Campaigns
from dialer.web.parts import PARTS
from tests.integration.desk_world import World, running_world, settle
from tests.integration.paper_engine import ATTEMPT

SCRIPT = {"say": {"hi": "नमस्ते {name}", "en": "Namaste {name}"}, "facts": {}}
LONG_AGO = "a" + "1" * 24
UNANSWERED = "a" + "2" * 24
CUT_SHORT = "a" + "3" * 24


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path) as running:
        await running.database.transact(_earlier_calls)
        yield running


def _earlier_calls(connection: Any) -> None:
    common = {"campaign_id": 1, "contact_id": 1, "number_of_attempt": 1, "trunk": "carrier"}
    connection.execute(
        insert(Attempt),
        [
            {"id": LONG_AGO, "claimed_at": 0.5, "answered_at": 0.6, "ended_at": 0.7, "outcome": "connected",
             **common},
            {"id": CUT_SHORT, "claimed_at": 0.55, "answered_at": 0.56, "ended_at": 0.57,
             "outcome": "connected", **common},
            {"id": UNANSWERED, "claimed_at": 0.8, "answered_at": None, "ended_at": 0.9, "outcome": "busy",
             **common},
        ],
    )  # fmt: skip
    connection.execute(
        insert(Disposition).values(
            attempt_id=LONG_AGO, operator_id=1, code="call_back", notes="after the harvest", given_at=0.7
        )
    )
    connection.execute(
        insert(CallNote).values(attempt_id=CUT_SHORT, operator_id=1, notes="wants a card", written_at=0.6)
    )
    connection.execute(
        insert(Scheme).values(
            code="PMUY", name_en="Pradhan Mantri Ujjwala Yojana", name_hi="प्रधानमंत्री उज्ज्वला योजना",
            created_at=0.1, created_by="test",
        )
    )  # fmt: skip
    connection.execute(
        insert(Place).values(
            identity="constituency:64", kind="constituency", number="64", constituency=64,
            name_en="Durg Shahar", name_hi="दुर्ग शहर", created_at=0.1, created_by="test",
        )
    )  # fmt: skip


async def test_the_earlier_talk_and_the_place_are_told_and_the_look_is_written_down(world: World) -> None:
    await Campaigns(world.database).give_script("योजना", SCRIPT, "guide", 2.0)
    desk = await world.seated()
    await desk.post("/api/v1/desk/ready", {"campaigns": None})
    await settle()
    world.engine.talk(1)
    told = await (await desk.get("/api/v1/desk/background")).json()
    assert told["attempt_id"] == ATTEMPT
    assert told["constituency"] == {"en": "Durg Shahar", "hi": "दुर्ग शहर"}
    assert told["schemes"] == {
        "ujjwala": {"en": "Pradhan Mantri Ujjwala Yojana", "hi": "प्रधानमंत्री उज्ज्वला योजना"}
    }
    assert told["wrap_up_s"] == 10.0
    assert told["script"] == SCRIPT
    assert [(one["disposition"], one["notes"]) for one in told["earlier"]] == [
        ("", "wants a card"),
        ("call_back", "after the harvest"),
    ]
    await world.server.app[PARTS].trail.flush()
    assert ("op01", "calls show", "contact 1") in await world.audit()


async def test_without_a_call_nothing_is_told(world: World) -> None:
    desk = await world.seated()
    told = await (await desk.get("/api/v1/desk/background")).json()
    assert told == {
        "attempt_id": None, "constituency": {}, "schemes": {}, "wrap_up_s": None, "script": None,
        "earlier": [],
    }  # fmt: skip
