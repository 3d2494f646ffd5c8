"""The server itself: addresses, TLS, shutdown, background work."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector

from db.session import Database
from dialer.cli.daemon_client import DaemonClient
from dialer.config import Config
from dialer.core.desk_events import CampaignsChanged
from dialer.errors import AlreadyRunning, ConfigError, DaemonAway, StoreBusy
from dialer.telephony.certificate import make_certificate
from dialer.web.app import TASKS, build_app
from dialer.web.parts import PARTS
from dialer.web.server import serve
from tests.integration.desk_world import PASSWORD, office, prepared_database, running_world
from tests.integration.paper_engine import PaperEngine
from tests.ports import free_port


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = await prepared_database(office(tmp_path))
    yield made
    await made.aclose()


async def test_it_serves_on_a_free_port_and_says_where(tmp_path: Path, database: Database) -> None:
    config = office(tmp_path)
    server = await serve(build_app(config, PaperEngine(), database), config, port=0)
    async with ClientSession() as http, http.get(f"{server.url}/health") as reply:
        assert reply.status == 200
    await server.aclose()


async def test_a_taken_port_is_named(tmp_path: Path, database: Database) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        config = office(tmp_path, port=port)
        with pytest.raises(AlreadyRunning, match=f"127.0.0.1:{port} is taken"):
            await serve(build_app(config, PaperEngine(), database), config)


async def test_an_address_of_another_machine_is_named(tmp_path: Path, database: Database) -> None:
    config = office(tmp_path, host="192.0.2.1", port=free_port())
    with pytest.raises(ConfigError, match=r"web\.host"):
        await serve(build_app(config, PaperEngine(), database), config)


async def test_tls_carries_a_secure_cookie(tmp_path: Path, database: Database) -> None:
    make_certificate(tmp_path, "127.0.0.1")
    config = office(tmp_path, certificate="asterisk.crt", private_key="asterisk.key")
    server = await serve(build_app(config, PaperEngine(), database), config, port=0)
    assert server.url.startswith("https://")
    trust = ssl.create_default_context(cafile=str(tmp_path / "asterisk.crt"))
    connector = TCPConnector(ssl=trust)
    async with ClientSession(connector=connector, cookie_jar=CookieJar(unsafe=True)) as http:
        body = {"username": "op01", "password": PASSWORD, "seat": 1}
        async with http.post(f"{server.url}/api/v1/session", json=body) as reply:
            assert reply.status == 201
            assert reply.headers["Set-Cookie"].startswith("__Host-sampark=")
            assert reply.headers["Strict-Transport-Security"]
        async with http.get(f"{server.url}/api/v1/me") as reply:
            assert reply.status == 200
    await server.aclose()


@pytest.mark.parametrize("broken", ["missing", "not pem"])
async def test_a_certificate_that_cannot_be_used_is_named(
    tmp_path: Path, database: Database, broken: str
) -> None:
    config = office(tmp_path, certificate="asterisk.crt", private_key="asterisk.key")
    if broken == "not pem":
        (tmp_path / "asterisk.crt").write_text("hello")
        (tmp_path / "asterisk.key").write_text("hello")
    with pytest.raises(ConfigError, match=r"web\.certificate"):
        await serve(build_app(config, PaperEngine(), database), config, port=0)


def test_a_certificate_without_its_key_is_refused_in_the_settings(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="both"):
        office(tmp_path, certificate="only.crt")


async def test_an_open_desk_is_told_when_the_daemon_stops(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        desk = await world.seated()
        open_desk = await desk.open()
        closing = asyncio.create_task(world.server.close())
        kinds = []
        while not open_desk.closed:
            message = await open_desk.receive()
            kinds.append(message.data if not isinstance(message.data, str) else message.json()["type"])
        assert kinds[:3] == ["seat", "going_away", 1012]
        await closing


async def test_signs_of_life_and_audit_lines_are_stored_at_the_end(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        desk = await world.seated()
        await world.desk().sign_in("op01", 1, password="wrong wrong wrong")
        world.clock.now += 120
        await desk.get("/api/v1/me")
        await world.server.close()
        database = Database(world.config.database_url)
        world.database = database
        assert ("op01", "session refuse", "op01") in await world.audit()


async def test_background_work_that_dies_ends_the_server_loudly(tmp_path: Path, database: Database) -> None:
    config = office(tmp_path)
    engine = PaperEngine()
    app = build_app(config, engine, database)
    server = await serve(app, config, port=0)

    def broken() -> None:
        raise RuntimeError("broken")

    app[PARTS].desks.takes_all(1, True)
    engine.snapshot = broken  # type: ignore[method-assign, assignment]
    with pytest.raises(RuntimeError, match="broken"):
        await asyncio.wait_for(server.run(), 3)
    await server.aclose()
    assert all(task.done() for task in app[TASKS])


async def test_a_database_that_is_away_delays_house_keeping_and_no_more(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await world.seated()
        parts = world.server.app[PARTS]
        real = parts.trail._sessions.audit

        async def locked(_entries: object) -> None:
            raise StoreBusy("locked")

        parts.trail._sessions.audit = locked  # type: ignore[method-assign, assignment]
        await world.desk().sign_in("op02", 2, password="wrong wrong wrong")
        await asyncio.sleep(1.2)
        parts.trail._sessions.audit = real  # type: ignore[method-assign]
        await asyncio.sleep(1.2)
        assert ("op02", "session refuse", "op02") in await world.audit()


def test_the_application_needs_no_network_to_be_built(tmp_path: Path) -> None:
    config: Config = office(tmp_path)
    app = build_app(config, PaperEngine(), Database(config.database_url))
    assert len(app.router.routes()) > 20


async def test_the_command_lines_client_understands_the_daemon(tmp_path: Path, database: Database) -> None:
    config = office(tmp_path, port=free_port())
    engine = PaperEngine()
    server = await serve(build_app(config, engine, database), config)
    client = DaemonClient(config)
    room = await asyncio.to_thread(client.live)
    assert len(room.snapshot.seats) == 36 and room.snapshot.campaigns[0].name == "campaign 1"
    await asyncio.to_thread(client.campaigns_changed)
    assert isinstance(engine.events[-1], CampaignsChanged)
    await server.aclose()
    with pytest.raises(DaemonAway):
        await asyncio.to_thread(client.live)
