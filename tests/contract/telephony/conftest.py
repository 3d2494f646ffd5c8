"""``world``: the telephony under contract, on both adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest

from tests.asterisk.conftest import asterisk_root, pair
from tests.contract.telephony.worlds import AsteriskWorld, SimulatedWorld, World

__all__ = ["asterisk_root", "pair"]


@pytest.fixture(params=["simulated", pytest.param("asterisk", marks=pytest.mark.asterisk)])
def make_world(request: pytest.FixtureRequest) -> Callable[[], World]:
    """Outside the event loop, since starting the real pair runs one of its own."""
    if request.param == "simulated":
        return SimulatedWorld
    return partial(AsteriskWorld, request.getfixturevalue("pair"))


@pytest.fixture
async def world(make_world: Callable[[], World]) -> AsyncIterator[World]:
    """A world whose link is up; every call left over is ended."""
    running = make_world()
    await running.start()
    yield running
    await running.aclose()
