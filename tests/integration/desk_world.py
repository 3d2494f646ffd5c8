"""A web side with an engine of paper: real seats' table, real HTTP, real SQLite, no calls."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
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
from dialer.core import seats as table
from dialer.core.desk_events import (
    CallbackPromised,
    CampaignsChanged,
    LineCheckEnds,
    OperatorHangsUp,
    TalkProgress,
)
from dialer.core.live import CampaignLive, LiveSnapshot, SeatLive, SeatState
from dialer.core.picking import Pick
from dialer.core.telephony_events import Joined, LineChecked
from dialer.errors import IllegalTransition, StoreBusy
from dialer.passwords import hash_password
from dialer.settings.office import Office
from dialer.settings.trunks import Trunk
from dialer.settings.web import WebSettings
from dialer.store.operators import NewOperator, Operators, Role
from dialer.store.port import CallContext, DispositionGiven, NoteWritten
from dialer.web.app import build_app
from dialer.web.port import PhoneSwitch

ATTEMPT = "a" + "0" * 24
PASSWORD = "neem pipal bargad"
SURVEY = """
survey: awareness
title: {hi: जानकारी, en: Awareness}
languages: [hi, en]
nodes:
  ujjwala:
    kind: choice
    say: {hi: क्या आपने उज्ज्वला के बारे में सुना है?, en: Have you heard of Ujjwala?}
    options:
      1: {value: used, say: {hi: लाभ लिया है, en: I use it}}
      2: {value: heard, say: {hi: सुना है, en: I have heard of it}}
    next: age
  age:
    kind: number
    say: {hi: आपकी उम्र क्या है?, en: How old are you?}
    min: 18
    max: 120
    next: end
"""


def context(attempt_id: str = ATTEMPT, **changes: Any) -> CallContext:
    """A person on the line."""
    person = CallContext(
        attempt_id=attempt_id,
        campaign_id=1,
        campaign_name="योजना",
        contact_id=1,
        phone="+919876543210",
        name="सीता साहू",
        language="hi",
        constituency=64,
        booth="12",
        kind="beneficiary",
        role="",
        schemes=("ujjwala",),
        attributes={"village": "पाटन"},
        survey_version_id=1,
        survey_source=SURVEY,
        answers={},
    )
    return dataclasses.replace(person, **changes)


def with_words(known: CallContext, fact: NoteWritten | DispositionGiven) -> CallContext:
    """As the store tells the call after that."""
    if isinstance(fact, DispositionGiven):
        return dataclasses.replace(known, disposition=fact)
    others = tuple(note for note in known.notes if note.operator_id != fact.operator_id)
    return dataclasses.replace(known, notes=(*others, fact))


class PaperEngine:
    """``DeskEngine`` with the real table of seats; phones answer at once, calls come from the test."""

    def __init__(self, seats: int = 36) -> None:
        self.ready = True
        self.busy = False
        self.facts: list[Any] = []
        self.events: list[Any] = []
        self.contexts: dict[str, CallContext] = {ATTEMPT: context()}
        self.context_delay_s = 0.0
        self.heard_packets = 150
        self.picks = Pick(ATTEMPT)
        self.asked_for: list[tuple[int, str]] = []
        self.campaigns = [campaign_live(1)]
        self._seats = {number: table.Seat(number, nailed_up=False) for number in range(1, seats + 1)}
        self._listeners: list[Callable[[SeatLive], None]] = []

    def post(self, event: Any) -> None:
        self.events.append(event)
        asyncio.get_running_loop().call_soon(self._apply, event)

    def _apply(self, event: Any) -> None:
        if isinstance(event, LineCheckEnds):
            event = LineChecked(event.seat, "", event.at, self.heard_packets, 0, 0.5)
        if isinstance(event, (OperatorHangsUp, TalkProgress, CallbackPromised, CampaignsChanged)):
            if isinstance(event, OperatorHangsUp):
                self.change(table.TalkEnded(event.seat, event.at))
            return
        self.change(event)

    def nail_up(self, seat: int) -> None:
        """The seat's phone must be called and answer, as with a real Asterisk."""
        self._seats[seat] = dataclasses.replace(self._seats[seat], nailed_up=True)

    def change(self, event: Any) -> None:
        before = self._seats[event.seat]
        try:
            self._seats[event.seat] = table.apply(before, event)
        except IllegalTransition:
            return
        if self._seats[event.seat] != before:
            for listener in tuple(self._listeners):
                listener(self.seat(event.seat))

    def talk(self, seat: int, attempt_id: str = ATTEMPT, at: float = 0.0) -> None:
        """A person answered and is joined to the seat."""
        self.change(table.Reserved(seat, attempt_id, 1, at))
        self.change(Joined(attempt_id, seat, f"seat-{seat:02d}-0", at))

    def person_hangs_up(self, seat: int, at: float = 0.0) -> None:
        self.change(table.TalkEnded(seat, at))

    def seat(self, seat: int) -> SeatLive:
        found = self._seats[seat]
        return SeatLive(
            seat=found.number,
            state=found.state,
            since=found.since,
            operator_id=found.operator_id,
            reason=found.reason,
            draining=bool(found.drain),
            attempt_id=found.attempt_id,
            campaign_id=found.campaign_id,
            held=found.held,
            consults=found.consults,
            interrupted=found.interrupted,
            guest_of=found.guest_of,
            asks_help=found.asks_help,
            reachable=found.reachable,
            campaigns=found.campaigns,
            line=found.line,
        )

    def snapshot(self) -> LiveSnapshot:
        return LiveSnapshot(
            at=0.0,
            started_at=0.0,
            asterisk="up",
            store="ok",
            draining=False,
            seats=tuple(self.seat(number) for number in self._seats),
            campaigns=tuple(self.campaigns),
            trunks=(),
        )

    def subscribe(self, listener: Callable[[SeatLive], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def record(self, facts: Sequence[Any]) -> None:
        if self.busy:
            raise StoreBusy("locked")
        self.facts.extend(facts)
        for fact in facts:
            if isinstance(fact, (NoteWritten, DispositionGiven)) and fact.attempt_id in self.contexts:
                self.contexts[fact.attempt_id] = with_words(self.contexts[fact.attempt_id], fact)

    async def pick(self, seat: int, phone: str) -> Pick:
        self.asked_for.append((seat, phone))
        if self.picks.attempt_id is not None:
            self.change(table.Offered(seat, self.picks.attempt_id, 1, 0.0))
        return self.picks

    async def call_context(self, attempt_id: str) -> CallContext | None:
        await asyncio.sleep(self.context_delay_s)
        return self.contexts.get(attempt_id)


def campaign_live(campaign_id: int, kind: str = "operators") -> CampaignLive:
    return CampaignLive(
        campaign_id=campaign_id,
        name=f"campaign {campaign_id}",
        kind=kind,
        state="running",
        mode="progressive",
        ringing=0,
        waiting_for_operator=0,
        talking=0,
        in_survey=0,
        contacts_waiting=10,
        outcomes={"connected": 3},
    )


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
