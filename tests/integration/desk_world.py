"""A web side with an engine of paper: real HTTP, real SQLite, no calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, CookieJar
from aiohttp.test_utils import TestServer
from sqlalchemy import insert, select

from db.models import Attempt, Audit, Base, Campaign, ContactList
from db.models import Contact as ContactRow
from db.session import Database
from dialer.config import Config
from dialer.core.live import SeatState
from dialer.passwords import hash_password
from dialer.settings.office import Office
from dialer.settings.trunks import Trunk
from dialer.settings.web import WebSettings
from dialer.store.operators import NewOperator, Operators, Role
from dialer.web.app import build_app
from dialer.web.port import PhoneSwitch
from tests.integration.paper_engine import ATTEMPT, PaperEngine
from tests.places import queued

PASSWORD = "neem pipal bargad"


class Clock:
    """Real enough: it starts at a fixed time and moves only when told."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """A browser: cookies, the CSRF token, an Origin."""

    def __init__(self, http: ClientSession, url: str) -> None:
        self.http = http
        self.url = url
        self.csrf = ""

    async def sign_in(
        self, username: str, seat: int | None, password: str = PASSWORD, **more: Any
    ) -> ClientResponse:
        body = {"username": username, "password": password, "seat": seat, **more}
        reply = await self.http.post(f"{self.url}/api/v1/session", json=body, headers={"Origin": self.url})
        if reply.status == 201:
            self.csrf = (await reply.json())["csrf"]
        return reply

    async def post(self, path: str, body: Any = None, **headers: str) -> ClientResponse:
        sent = {"X-CSRF-Token": self.csrf, "Origin": self.url, **headers}
        return await self.http.post(self.url + path, json=body, headers=sent)

    async def delete(self, path: str) -> ClientResponse:
        sent = {"X-CSRF-Token": self.csrf, "Origin": self.url}
        return await self.http.delete(self.url + path, headers=sent)

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self.http.get(self.url + path, headers=headers)

    async def open(self, path: str = "/api/v1/desk", origin: str | None = None) -> ClientWebSocketResponse:
        return await self.http.ws_connect(self.url + path, headers={"Origin": origin or self.url})


class World:
    """The server, its engine, its database, and as many browsers as are wanted."""

    def __init__(self, server: TestServer, engine: PaperEngine, database: Database, config: Config) -> None:
        self.server = server
        self.engine = engine
        self.database = database
        self.config = config
        self.clock = Clock()
        self.url = str(server.make_url("")).rstrip("/") if server.started else ""
        self._browsers: list[ClientSession] = []

    def desk(self) -> Desk:
        browser = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self._browsers.append(browser)
        return Desk(browser, self.url)

    async def seated(self, username: str = "op01", seat: int = 1) -> Desk:
        """An operator who is signed in."""
        desk = self.desk()
        reply = await desk.sign_in(username, seat)
        assert reply.status == 201, await reply.text()
        await settle()
        return desk

    async def audit(self) -> list[tuple[str, str, str]]:
        async with self.database.reading() as connection:
            query = select(Audit.actor, Audit.action, Audit.subject).order_by(Audit.id)
            rows = await connection.execute(query)
            return [(row.actor, row.action, row.subject) for row in rows]

    async def rows(self, query: Any) -> list[Any]:
        async with self.database.reading() as connection:
            return list(await connection.execute(query))

    async def aclose(self) -> None:
        for browser in self._browsers:
            await browser.close()
        await self.server.close()
        await self.database.aclose()


async def until(condition: Callable[[], bool], deadline_s: float = 5.0) -> None:
    """Wait for something that nobody announces."""
    async with asyncio.timeout(deadline_s):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def settle() -> None:
    """Let queued events and pushes happen."""
    for _ in range(10):
        await asyncio.sleep(0)


OFFICE = Office(name_hi="कार्यालय", name_en="Office", callback_number="+917880000000")


def office(
    folder: Path,
    seat_check: Literal["required", "optional"] = "optional",
    who: Office = OFFICE,
    **web: Any,
) -> Config:
    """Settings for a test."""
    return Config(
        base=folder,
        office=who,
        trunks=(Trunk(name="carrier", host="127.0.0.1", caller_id="+917880000000", simulated=True),),
        web=WebSettings(**web),
        seat_check=seat_check,
    )


PEOPLE = (
    *((f"op{number:02d}", Role.OPERATOR) for number in range(1, 6)),
    ("guide", Role.SUPERVISOR),
    ("boss", Role.ADMIN),
)


async def prepared_database(config: Config) -> Database:
    """Tables, people, one campaign with one call."""
    database = Database(config.database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    stored = hash_password(PASSWORD)
    people = [NewOperator(name, f"{name} नाम", role, stored) for name, role in PEOPLE]
    await Operators(database).add(people, "test", 1.0)
    await database.transact(_one_call)
    return database


def _one_call(connection: Any) -> None:
    connection.execute(
        insert(ContactList).values(
            id=1, name="list", purpose="p", source="s", consent="c", created_at=1.0, created_by="test"
        )
    )
    connection.execute(
        insert(ContactRow).values(id=1, phone="+919876543210", name="सीता साहू", created_at=1.0)
    )
    connection.execute(
        insert(Campaign).values(
            id=1,
            name="योजना",
            kind="operators",
            state="running",
            purpose="p",
            list_id=1,
            trunk="carrier",
            caller_id="+917880000000",
            mode="progressive",
            created_at=1.0,
            created_by="test",
        )
    )
    connection.execute(queued(1, 1, "claimed"))
    connection.execute(
        insert(Attempt).values(
            id=ATTEMPT, campaign_id=1, contact_id=1, number_of_attempt=1, trunk="carrier", claimed_at=1.0
        )
    )


@asynccontextmanager
async def running_world(folder: Path, switch: PhoneSwitch | None = None, **web: Any) -> AsyncIterator[World]:
    """The web side on a free port."""
    config = office(folder, **web)
    database = await prepared_database(config)
    engine = PaperEngine(config.seats)
    clock = Clock()
    server = TestServer(build_app(config, engine, database, clock, switch))
    await server.start_server()
    world = World(server, engine, database, config)
    world.clock = clock
    try:
        yield world
    finally:
        await world.aclose()


async def next_of(socket: ClientWebSocketResponse, kind: str, deadline_s: float = 3.0) -> Any:
    """The next message of that type."""
    async with asyncio.timeout(deadline_s):
        while True:
            message = await socket.receive_json()
            if message["type"] == kind:
                return message


async def seat_in(socket: ClientWebSocketResponse, state: SeatState, deadline_s: float = 3.0) -> Any:
    """The next seat message with this state."""
    async with asyncio.timeout(deadline_s):
        while True:
            message = await next_of(socket, "seat", deadline_s)
            if message["seat"]["state"] == state:
                return message
