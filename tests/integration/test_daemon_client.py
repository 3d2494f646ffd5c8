"""The command line's client against the real web side."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dialer.cli.daemon_client import DaemonClient
from dialer.core.desk_events import CampaignsChanged
from dialer.errors import DaemonAway
from tests.integration.desk_world import World, running_world


def client_of(world: World) -> DaemonClient:
    port = world.server.port
    assert port is not None
    web = world.config.web.model_copy(update={"port": port, "host": "0.0.0.0"})
    return DaemonClient(world.config.model_copy(update={"web": web}))


async def test_the_room_is_the_engines_snapshot(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        room = await asyncio.to_thread(client_of(world).live)
        assert room.snapshot == world.engine.snapshot()


async def test_a_nudge_reaches_the_engine(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await asyncio.to_thread(client_of(world).campaigns_changed)
        assert any(isinstance(event, CampaignsChanged) for event in world.engine.events)


async def test_another_token_is_another_installation(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        client = client_of(world)
        client._token = "another"
        with pytest.raises(DaemonAway, match="another installation"):
            await asyncio.to_thread(client.live)
