"""A whole shift without Asterisk: the real engine, store and web side, and operators who use the API only."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select

from db.models import (
    Answer,
    Attempt,
    Audit,
    Campaign,
    CampaignContact,
    Contact,
    ContactList,
    Disposition,
    ListMember,
    Suppression,
    Survey,
    SurveyVersion,
)
from db.session import Database
from dialer.core.model import DialPolicy
from dialer.core.trunks import TrunkLimits
from dialer.engine import Engine, EngineSettings
from dialer.passwords import hash_password
from dialer.simulated_operators.behaviour import Behaviour
from dialer.simulated_operators.shift import run_operators
from dialer.store.migrations import migrate
from dialer.store.operators import NewOperator, Operators, Role
from dialer.store.sql import SqlDialStore
from dialer.telephony.simulated import SimulatedTelephony
from dialer.telephony.simulated_fates import Fate
from dialer.web.app import build_app
from dialer.web.server import serve
from tests.integration.desk_world import PASSWORD, office, until
from tests.integration.paper_engine import SURVEY

PEOPLE, OPERATORS = 40, 6
MORNING = 1_795_500_000.0
"""Inside the calling window, whenever the test runs."""


def a_campaign(connection: Connection) -> None:
    """A list of people, a survey, and a running campaign that goes to operators."""
    made: dict[str, Any] = {"created_at": 1.0, "created_by": "test"}
    connection.execute(
        insert(ContactList).values(id=1, name="list", purpose="p", source="s", consent="c", **made)
    )
    connection.execute(insert(Survey).values(id=1, name="awareness", created_at=1.0))
    connection.execute(
        insert(SurveyVersion).values(id=1, survey_id=1, version=1, source=SURVEY, sha256="0", **made)
    )
    connection.execute(
        insert(Campaign).values(
            id=1,
            name="awareness",
            kind="operators",
            state="running",
            purpose="p",
            list_id=1,
            trunk="carrier",
            caller_id="+917880000000",
            mode="progressive",
            survey_version_id=1,
            **made,
        )
    )
    numbers = range(1, PEOPLE + 1)
    connection.execute(
        insert(Contact),
        [
            {"id": one, "phone": f"+9190{one:08d}", "name": "सीता", "constituency": 62, "created_at": 1.0}
            for one in numbers
        ],
    )
    connection.execute(insert(ListMember), [{"list_id": 1, "contact_id": one} for one in numbers])
    connection.execute(insert(CampaignContact), [{"campaign_id": 1, "contact_id": one} for one in numbers])


async def test_everybody_is_called_and_every_talk_is_recorded(tmp_path: Path) -> None:
    began = time.monotonic()

    def clock() -> float:
        return MORNING + time.monotonic() - began

    config = office(tmp_path)
    database = Database(config.database_url)
    await migrate(database)
    await database.transact(a_campaign)
    stored = hash_password(PASSWORD)
    staff = [(f"op{seat:02d}", PASSWORD, seat) for seat in range(1, OPERATORS + 1)]
    people = [NewOperator(name, name, Role.OPERATOR, stored) for name, _password, _seat in staff]
    await Operators(database).add(people, "test", 1.0)

    telephony = SimulatedTelephony(clock=clock, fates=lambda _dialled, _earlier: Fate(0.05, talk_s=0.4))
    store = SqlDialStore(database)
    await store.open()
    limits = (TrunkLimits("carrier", 50, 50.0),)
    engine = Engine(telephony, store, EngineSettings(config.seats, limits, DialPolicy(), tick_s=0.05), clock)
    running = asyncio.create_task(engine.run())
    server = await serve(build_app(config, engine, database, clock), config, port=0)
    stop = asyncio.Event()
    behaviour = Behaviour(
        wrap_up_median_s=0.1, question_s=0.1, answer_chance=1.0, opt_out_chance=0.05, pause_chance=0.05,
        pause_s=(0.2, 0.4),
    )  # fmt: skip
    shift = asyncio.create_task(run_operators(server.url, staff, behaviour, 1, stop))

    def over() -> bool:
        return sum(telephony.invites.values()) >= PEOPLE and not engine.snapshot().campaigns

    await until(over, 60.0)
    stop.set()
    tallies = await asyncio.wait_for(shift, 40)
    await server.aclose()
    engine.stop()
    await running

    connected = await count(database, select(func.count()).where(Attempt.outcome == "connected"))
    assert connected == PEOPLE == await count(database, select(func.count()).select_from(Attempt))
    assert await count(database, select(func.count()).select_from(Disposition)) == connected
    assert sum(tally.calls for tally in tallies) == sum(tally.dispositions for tally in tallies) == connected
    answers = await count(database, select(func.count()).where(Answer.via == "operator"))
    assert answers == sum(tally.answers for tally in tallies) > connected
    opted_out = await count(database, select(func.count()).select_from(Suppression))
    assert opted_out == sum(tally.opt_outs for tally in tallies)
    looks = await count(database, select(func.count()).where(Audit.action == "contact show"))
    assert looks == connected
    assert all(tally.refused == {} for tally in tallies)
    await store.aclose()
    await database.aclose()


async def count(database: Database, query: Any) -> int:
    async with database.reading() as connection:
        return int(await connection.scalar(query) or 0)
