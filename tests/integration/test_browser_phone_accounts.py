"""Accounts of browser phones over HTTP: one per sign-in, told to Asterisk, taken back with the sign-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialer.errors import LinkDown
from dialer.settings.asterisk import AsteriskSettings
from dialer.web.phones import PhoneAccounts, socket_address
from tests.integration import desk_world
from tests.integration.desk_world import World, until


class Switch:
    """Asterisk's side. ``away``: it cannot be told."""

    def __init__(self) -> None:
        self.passwords: dict[int, str | None] = {}
        self.away = False

    async def admit(self, seat: int, password: str) -> None:
        self._tell(seat, password)

    async def withdraw(self, seat: int) -> None:
        self._tell(seat, None)

    def _tell(self, seat: int, password: str | None) -> None:
        if self.away:
            raise LinkDown("the manager link to Asterisk is down")
        self.passwords[seat] = password


@pytest.fixture
def switch() -> Switch:
    return Switch()


@pytest.fixture
async def world(tmp_path: Path, switch: Switch, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr("dialer.web.phones.PATIENCE_S", 0.3)
    monkeypatch.setattr("dialer.web.phones.TRY_AGAIN_S", 0.05)
    async with desk_world.running_world(tmp_path, switch=switch) as running:
        yield running


async def test_the_daemon_begins_with_every_phone_withdrawn(world: World, switch: Switch) -> None:
    await until(lambda: len(switch.passwords) == world.config.seats)
    assert set(switch.passwords.values()) == {None}


async def test_a_sign_in_has_one_password_that_asterisk_knows(world: World, switch: Switch) -> None:
    desk = await world.seated("op01", seat=7)
    reply = await desk.get("/api/v1/desk/softphone")
    account = await reply.json()
    assert reply.status == 200
    assert reply.headers["Cache-Control"] == "no-store"
    assert account["ws_url"] in reply.headers["Content-Security-Policy"]
    assert (account["username"], account["password"]) == ("seat-07-web", switch.passwords[7])
    assert len(account["password"]) >= 32
    assert await (await desk.get("/api/v1/desk/softphone")).json() == account


async def test_the_password_goes_with_the_sign_in(world: World, switch: Switch) -> None:
    desk = await world.seated("op01", seat=7)
    first = await (await desk.get("/api/v1/desk/softphone")).json()
    await desk.delete("/api/v1/session")
    await until(lambda: switch.passwords[7] is None)
    again = await world.seated("op01", seat=7)
    second = await (await again.get("/api/v1/desk/softphone")).json()
    assert first["password"] != second["password"] == switch.passwords[7]


async def test_a_second_desk_takes_the_phone_over(world: World, switch: Switch) -> None:
    first = await world.seated("op01", seat=7)
    await first.get("/api/v1/desk/softphone")
    second = await world.seated("op02", seat=7)
    account = await (await second.get("/api/v1/desk/softphone")).json()
    assert account["password"] == switch.passwords[7]
    assert (await first.get("/api/v1/desk/softphone")).status == 401


async def test_asterisk_that_is_away_is_told_later(world: World, switch: Switch) -> None:
    desk = await world.seated("op01", seat=7)
    await until(lambda: len(switch.passwords) == world.config.seats)
    switch.away = True
    reply = await desk.get("/api/v1/desk/softphone")
    assert (reply.status, (await reply.json())["code"]) == (503, "phones_away")
    assert "Retry-After" in reply.headers
    switch.away = False
    account = await (await desk.get("/api/v1/desk/softphone")).json()
    assert account["password"] == switch.passwords[7]
    switch.away = True
    await desk.delete("/api/v1/session")
    switch.away = False
    await until(lambda: switch.passwords[7] is None)


async def test_an_office_without_browser_phones_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.web.phones.PATIENCE_S", 0.05)
    async with desk_world.running_world(tmp_path) as world:
        desk = await world.seated("op01", seat=7)
        assert (await desk.get("/api/v1/desk/softphone")).status == 503


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1:8080", "ws://127.0.0.1:25088/ws"),
        ("localhost:8080", "ws://localhost:25088/ws"),
        ("[::1]:8080", "ws://[::1]:25088/ws"),
        ("Desk.office.in", "wss://desk.office.in:25089/ws"),
        ("10.0.0.5:443", "wss://10.0.0.5:25089/ws"),
        ("[fe80::1]:443", "wss://[fe80::1]:25089/ws"),
        ("evil; script-src *", "ws://127.0.0.1:25088/ws"),
    ],
)
def test_the_address_of_the_phones_follows_that_of_the_page(host: str, address: str) -> None:
    assert socket_address(AsteriskSettings(), host) == address


def test_nobody_has_an_account_at_first() -> None:
    assert PhoneAccounts(Switch(), 3).sessions == []
