"""What the benchmarks of the war room and of its reports share: the room, its web side, both databases.

A constituency with 250 booths, 2,500 workers, 10 elections; 100,000 people in all, imported from a CSV file;
1,000,000 call attempts of 60 days.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from aiohttp.test_utils import TestServer
from sqlalchemy import insert, text

from db import models
from db.session import Database
from dialer.demo.people import CONSTITUENCIES, invented_name
from dialer.demo.war_room import BOOTH_COLUMNS, DUTY_COLUMNS, PEOPLE_COLUMNS, invent_room
from dialer.ivr.survey_file import EXAMPLES
from dialer.passwords import hash_password
from dialer.store.migrations import migrate
from dialer.store.operators import NewOperator, Operators, Role
from dialer.store.surveys import Surveys
from dialer.warroom.beginning import begin
from dialer.warroom.imports import Imports, Wishes
from dialer.warroom.sheets import Kind
from dialer.warroom.tallies import refresh
from dialer.web.app import build_app
from tests.integration.desk_world import PASSWORD, PaperEngine, World, office
from tests.postgresql import PrivatePostgres, programs

BOOTHS, WORKERS, PEOPLE, ATTEMPTS, CONTACTS = 250, 2_500, 100_000, 1_000_000, 200_000
DAYS = 60


def people_rows(count: int) -> Iterator[Sequence[object]]:
    """Workers of the other constituencies, so that there are ``count`` people in all."""
    dice = random.Random(63)
    others = [number for number in CONSTITUENCIES if number != 62]
    for number in range(count):
        where = others[number % len(others)]
        phone = f"98{number + 10_000_000:08d}"
        middle = dice.choice(("", "कुमार ", "लाल ", "बाई "))
        first, last = invented_name(dice).split(" ", 1)
        post = "कार्यकर्ता" if number % 4 else "बूथ अध्यक्ष"
        yield (f"{first} {middle}{last}", phone, post, where, "", number % BOOTHS + 1, "वार्ड 4", "2026-04-01")


class Room:
    """One database with everything in it."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.now = time.time()

    async def furnish(self) -> float:
        """Fill it; returns the seconds that the import of 100,000 people took."""
        await migrate(self.database)
        await begin(self.database, self.folder, "bench", self.now)
        room = invent_room(random.Random(62), booths=BOOTHS, workers=WORKERS)
        await self._take(Kind.PLACES, ("kind", "ac no", "name hi"), room.mandals)
        await self._take(Kind.BOOTHS, BOOTH_COLUMNS, room.booths)
        elections = [(62, year, 100_000 + year, 62.5, "क", "BJP", 50_000 + year, "म", "INC", 40_000)
                     for year in range(1985, 1991)]  # fmt: skip
        columns = ("ac no", "year", "votes polled", "turnout", "winner", "winner party", "winner votes",
                   "runner up", "runner up party", "runner up votes")  # fmt: skip
        await self._take(Kind.ELECTIONS, columns, elections)
        own = [row for row in room.people if row[3] == 62]
        await self._take(Kind.PEOPLE, PEOPLE_COLUMNS, own)
        duties = [row for row in room.duties if row[3] == 62]
        import_s = await self._take(Kind.PEOPLE, PEOPLE_COLUMNS, list(people_rows(PEOPLE)))
        await self._take(Kind.RESPONSIBILITIES, DUTY_COLUMNS, duties)
        await self.furnish_calls()
        began = time.perf_counter()
        await refresh(self.database, self.now)
        print(f"first count of {ATTEMPTS:,} calls: {time.perf_counter() - began:.1f} s", flush=True)
        return import_s

    async def _take(self, kind: Kind, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> float:
        file = self.folder / f"{kind.value}.csv"
        with file.open("w", newline="", encoding="utf-8") as out:
            writer = csv.writer(out)
            writer.writerow(columns)
            writer.writerows(rows)
        imports = Imports(self.database, self.folder)
        began = time.perf_counter()
        preview = await imports.preview(file, Wishes(kind, source="invented for the bench", invented=True))
        await imports.store(preview, "bench", self.now)
        return time.perf_counter() - began

    async def furnish_calls(self) -> None:
        """A million attempts of two months, with answers and what operators recorded."""
        source = (EXAMPLES / "scheme_awareness.yaml").read_text(encoding="utf-8")
        stored, _is_new = await Surveys(self.database).add("scheme_awareness", source, "bench", self.now)
        people = [NewOperator("head", "head", Role.DISTRICT_HEAD, hash_password(PASSWORD))]
        await Operators(self.database).add(people, "bench", self.now)
        await self.database.transact(lambda link: self._insert(link, stored.version_id))
        async with self.database.writing() as connection:
            await connection.execute(text("ANALYZE"))

    def _insert(self, link: object, version: int) -> None:
        execute = link.execute  # type: ignore[attr-defined]
        terms = {"name": "l", "purpose": "p", "source": "s", "consent": "c"}
        execute(insert(models.ContactList).values(id=1, created_at=1.0, created_by="b", **terms))
        for number in range(1, 5):
            execute(insert(models.Campaign).values(
                id=number, name=f"campaign {number}", kind="operators", state="running", purpose="p",
                list_id=1, trunk="t", caller_id="+917880000000", mode="predictive", created_at=1.0,
                created_by="b"))  # fmt: skip
        for start in range(0, CONTACTS, 10_000):
            execute(insert(models.Contact), [
                {"id": 1 + n, "phone": f"+9196{n:08d}", "name": "", "language": "hi", "kind": "citizen",
                 "constituency": 62 + n % 6, "created_at": 1.0} for n in range(start, start + 10_000)
            ])  # fmt: skip
            execute(insert(models.CampaignContact), [
                {"campaign_id": 1 + n % 4, "contact_id": 1 + n, "state": "done"}
                for n in range(start, start + 10_000)
            ])  # fmt: skip
        dice = random.Random(7)
        outcomes = ("connected", "surveyed", "busy", "no_answer", "switched_off", "abandoned")
        weights = (25, 20, 15, 30, 9, 1)
        for start in range(0, ATTEMPTS, 10_000):
            chosen = dice.choices(outcomes, weights, k=10_000)
            rows = [(start + n, f"a{start + n:024x}", outcome) for n, outcome in enumerate(chosen)]
            execute(insert(models.Attempt), [
                {"id": key, "campaign_id": 1 + n % 4, "contact_id": 1 + n % CONTACTS, "number_of_attempt": 1,
                 "trunk": "t", "claimed_at": self._at(n), "ended_at": self._at(n) + 60, "outcome": outcome}
                for n, key, outcome in rows
            ])  # fmt: skip
            execute(insert(models.Answer), [
                {"attempt_id": key, "contact_id": 1 + n % CONTACTS, "survey_version_id": version,
                 "question": question, "value": dice.choice(("yes", "no")), "via": "keypad", "language": "hi",
                 "answered_at": self._at(n) + 30}
                for n, key, outcome in rows if outcome == "surveyed"
                for question in ("knows_pmjay", "knows_pmkisan", "knows_pmuy")
            ])  # fmt: skip
            execute(insert(models.Disposition), [
                {"attempt_id": key, "operator_id": 1,
                 "code": dice.choice(("informed", "complaint", "call_back")), "notes": "",
                 "given_at": self._at(n) + 55}
                for n, key, outcome in rows if outcome == "connected"
            ])  # fmt: skip

    def _at(self, number: int) -> float:
        return self.now - DAYS * 86_400 * (1 - number / ATTEMPTS) - 120


@asynccontextmanager
async def served(
    url: str, folder: Path, role: Literal["district", "state"] = "district"
) -> AsyncIterator[World]:
    """The web side over this database, on loopback."""
    config = office(folder).model_copy(update={"role": role})
    database, engine = Database(url), PaperEngine(config.seats)
    server = TestServer(build_app(config, engine, database, time.time))
    await server.start_server()
    world = World(server, engine, database, config)
    try:
        yield world
    finally:
        await world.aclose()


async def p95_ms(ask: Callable[[int], Awaitable[None]], times: int) -> float:
    """Milliseconds that 95 of a hundred stay below; what comes first warms up and does not count."""
    for number in range(5):
        await ask(number)
    taken = []
    for number in range(times):
        began = time.perf_counter()
        await ask(number)
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.quantiles(taken, n=100)[94]


Measure = Callable[[str, Path], Awaitable[Mapping[str, float]]]


def on_both(name: str, measure: Measure, targets: Mapping[str, float]) -> int:
    """Measure on SQLite, then on PostgreSQL; print the figures as ``..._sqlite`` and ``..._postgresql``.

    The exit status: 1 when a figure that has a target misses it. ``measure`` gets an empty database's URL and
    a folder.
    """
    folder = Path(tempfile.mkdtemp(prefix="sampark-bench-"))
    os.chmod(folder, 0o755)
    try:
        figures = asyncio.run(_on_both(measure, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    holds = all(value <= targets.get(key.rpartition("_")[0], value) for key, value in figures.items())
    print(json.dumps({"bench": name, "figures": figures, "targets": targets, "holds": holds}))
    return 0 if holds else 1


async def _on_both(measure: Measure, folder: Path) -> dict[str, float]:
    own = {kind: folder / kind for kind in ("sqlite", "postgresql")}
    for each in own.values():
        each.mkdir()
    file = own["sqlite"] / "room.sqlite3"
    found = await measure(f"sqlite+aiosqlite:///{file}", own["sqlite"])
    figures = {f"{name}_sqlite": round(value, 1) for name, value in found.items()}
    print(json.dumps(figures), flush=True)
    shutil.rmtree(own["sqlite"])
    bin_folder = programs()
    assert bin_folder is not None, "no PostgreSQL server program is installed"
    cluster = PrivatePostgres(bin_folder, shared_buffers="256MB").start()
    try:
        found = await measure(cluster.create_database("bench"), own["postgresql"])
    finally:
        cluster.stop()
    return figures | {f"{name}_postgresql": round(value, 1) for name, value in found.items()}
