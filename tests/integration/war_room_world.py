"""A web side whose war room knows Durg, with invented booths and workers, and people of each role."""

from __future__ import annotations

import asyncio
import atexit
import csv
import random
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copyfile, copytree, rmtree

from aiohttp.test_utils import TestServer
from sqlalchemy import insert

from db import models
from db.session import Database
from dialer.demo.war_room import BOOTH_COLUMNS, DUTY_COLUMNS, PEOPLE_COLUMNS, invent_room
from dialer.ivr.survey_file import EXAMPLES
from dialer.passwords import hash_password
from dialer.settings.office import Office
from dialer.store.operators import NewOperator, Operators, Role
from dialer.store.surveys import Surveys
from dialer.warroom.beginning import MAP, begin
from dialer.warroom.borders import FILE
from dialer.warroom.imports import Imports, Wishes
from dialer.warroom.sheets import Kind
from dialer.web.app import build_app
from tests.integration.desk_world import OFFICE, PASSWORD, Clock, Desk, World, office, prepared_database
from tests.integration.paper_engine import PaperEngine

NOW = 1_790_000_000.0
ROLES = (
    ("reader", Role.WARROOM_READER),
    ("editor", Role.WARROOM_EDITOR),
    ("head", Role.DISTRICT_HEAD),
)


async def signed_in(world: World, username: str) -> Desk:
    """A browser of somebody without a seat."""
    desk = world.desk()
    reply = await desk.sign_in(username, None)
    assert reply.status == 201, await reply.text()
    return desk


_made: dict[tuple[int, int], Path] = {}
"""Furnishing takes seconds, so it is done once for a size and copied."""


@asynccontextmanager
async def war_room_world(
    folder: Path, booths: int = 3, workers: int = 12, who: Office = OFFICE
) -> AsyncIterator[World]:
    """Everything in it is stored; the map has the borders of Durg."""
    if (booths, workers) not in _made:
        made = Path(tempfile.mkdtemp(prefix="sampark-room-"))
        atexit.register(rmtree, made, ignore_errors=True)
        await _furnish_once(made, booths, workers)
        _made[booths, workers] = made
    copytree(_made[booths, workers], folder, dirs_exist_ok=True)
    config = office(folder, who=who)
    database, engine, clock = Database(config.database_url), PaperEngine(config.seats), Clock()
    clock.now = NOW
    server = TestServer(build_app(config, engine, database, clock))
    await server.start_server()
    world = World(server, engine, database, config)
    world.clock = clock
    try:
        yield world
    finally:
        await world.aclose()


async def _furnish_once(folder: Path, booths: int, workers: int) -> None:
    config = office(folder)
    database = await prepared_database(config)
    stored = hash_password(PASSWORD)
    people = [NewOperator(name, f"{name} नाम", role, stored) for name, role in ROLES]
    await Operators(database).add(people, "test", 1.0)
    await furnish(database, config.data, booths, workers)
    await database.aclose()


async def furnish(database: Database, data: Path, booths: int, workers: int) -> None:
    """Facts of Durg, invented booths and people, calls of the last days."""
    await asyncio.to_thread(copyfile, MAP, data / FILE)
    await begin(database, data, "test", NOW - 86_400)
    room = invent_room(random.Random(62), booths=booths, workers=workers)
    for kind, columns, rows in (
        (Kind.PLACES, ("kind", "ac no", "name hi"), room.mandals),
        (Kind.BOOTHS, BOOTH_COLUMNS, room.booths),
        (Kind.PEOPLE, PEOPLE_COLUMNS, room.people),
        (Kind.RESPONSIBILITIES, DUTY_COLUMNS, room.duties),
    ):
        await take(database, data, kind, columns, rows)
    await database.transact(_calls)
    source = (EXAMPLES / "scheme_awareness.yaml").read_text(encoding="utf-8")
    stored, _is_new = await Surveys(database).add("scheme_awareness", source, "test", NOW)
    await database.transact(lambda link: _answers(link, stored.version_id))


async def take(
    database: Database, data: Path, kind: Kind, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> int:
    """Take rows in, as invented."""
    file = data / f"{kind.value}.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        writer.writerows(rows)
    imports = Imports(database, data)
    preview = await imports.preview(file, Wishes(kind, source="invented for a test", invented=True))
    return await imports.store(preview, "test", NOW - 1000)


def _calls(connection: object) -> None:
    dice = random.Random(5)
    contacts, attempts, talks = [], [], []
    for number in range(300):
        contacts.append({"id": 100 + number, "phone": f"+9198100{number:05d}", "name": "", "language": "hi",
                         "constituency": 62 + number % 6, "kind": "citizen", "created_at": 1.0})  # fmt: skip
        outcome = dice.choice(("connected", "surveyed", "busy", "no_answer"))
        at = NOW - dice.random() * 2 * 86_400
        attempts.append({"id": f"a{number:024x}"[:25].replace("a0", "a1", 1), "campaign_id": 1,
                         "contact_id": 100 + number, "number_of_attempt": 1, "trunk": "carrier",
                         "claimed_at": at, "ended_at": at + 60, "outcome": outcome})  # fmt: skip
        if outcome == "connected":
            code = dice.choice(("informed", "complaint", "call_back"))
            notes = "आवास की दूसरी किस्त नहीं आई" if code == "complaint" else ""
            talks.append({"attempt_id": attempts[-1]["id"], "operator_id": 1, "code": code, "notes": notes,
                          "given_at": at + 50})  # fmt: skip
    connection.execute(insert(models.Contact), contacts)  # type: ignore[attr-defined]
    places = [{"campaign_id": 1, "contact_id": each["id"], "state": "done"} for each in contacts]
    connection.execute(insert(models.CampaignContact), places)  # type: ignore[attr-defined]
    connection.execute(insert(models.Attempt), attempts)  # type: ignore[attr-defined]
    connection.execute(insert(models.Disposition), talks)  # type: ignore[attr-defined]


def _answers(connection: object, version_id: int) -> None:
    dice = random.Random(6)
    rows = [
        {"attempt_id": f"a{number:024x}"[:25].replace("a0", "a1", 1), "contact_id": 100 + number,
         "survey_version_id": version_id, "question": question,
         "value": dice.choice(("yes", "yes", "no")), "via": "keypad", "language": "hi",
         "answered_at": NOW - 1000.0}
        for number in range(0, 300, 2) for question in ("knows_pmjay", "knows_pmkisan", "knows_pmuy")
    ]  # fmt: skip
    connection.execute(insert(models.Answer), rows)  # type: ignore[attr-defined]
