"""A real Asterisk pair for tests and benchmarks: ours and the simulated carrier, on free loopback ports."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from dialer.config import Config
from dialer.settings.asterisk import AsteriskSettings
from dialer.settings.lines import Line
from dialer.settings.office import Office
from dialer.settings.trunks import Trunk
from dialer.telephony.asterisk import AsteriskInstance
from dialer.telephony.asterisk_instance import AsteriskProcess
from dialer.telephony.carrier import Carrier
from dialer.telephony.carrier_behaviour import CarrierBehaviour
from tests.ports import free_port, free_ports

T = TypeVar("T")

QUICK = CarrierBehaviour(key_first_s=1.0, key_gap_s=1.0)


@dataclass(frozen=True, slots=True)
class PairSpec:
    """What a pair is like; give another with ``@pytest.mark.parametrize("pair_spec", [...])``."""

    seats: int = 4
    phones: int | None = None
    behaviour: CarrierBehaviour = QUICK
    channels: int = 100
    calls_per_second: float = 50.0
    seat_leg: Literal["nailed_up", "ring_per_call"] = "nailed_up"
    bind: str = "127.0.0.1"
    lines: tuple[Line, ...] = ()
    trunks: tuple[str, ...] = ()
    """Further trunks, whose far ends the test brings itself (``Pair.port``, ``Pair.reach``)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two running Asterisks and the settings they were made from."""

    config: Config
    asterisk: AsteriskInstance
    carrier: Carrier

    def port(self, trunk: str) -> int:
        """Where the far end of a trunk is expected."""
        return next(each.port for each in self.config.trunks if each.name == trunk)

    async def reach(self, trunk: str) -> None:
        """Our Asterisk notices that the far end of a trunk is there now."""

        async def contacts() -> str:
            await self.asterisk.command(f"pjsip qualify trunk-{trunk}")
            return await self.asterisk.command("pjsip show contacts")

        there = re.compile(rf"127\.0\.0\.1:{self.port(trunk)}\s+\S+\s+Avail")
        await until(contacts, lambda shown: there.search(shown) is not None, 15.0)

    def log(self) -> str:
        """What both wrote so far."""
        return "".join(
            (process.folder / "log/messages").read_text() for process in (self.asterisk, self.carrier)
        )


def make_config(folder: Path, seats: int = 4, channels: int = 100, calls_per_second: float = 50.0) -> Config:
    """Settings below ``folder`` with free ports and one simulated trunk named ``carrier``."""
    ami, sip, http, https, agi, trunk = free_ports(6)
    return Config(
        base=folder,
        office=Office(name_hi="जिला कार्यालय", name_en="District office", callback_number="+917880000000"),
        seats=seats,
        trunks=(
            Trunk(
                name="carrier", host="127.0.0.1", port=trunk, caller_id="+917880000000", simulated=True,
                channels=channels, calls_per_second=calls_per_second,
            ),
        ),
        asterisk=AsteriskSettings(
            program="auto", ami_port=ami, sip_port=sip, http_port=http, https_port=https, agi_port=agi
        ),
    )  # fmt: skip


@contextlib.contextmanager
def running_pair(folder: Path, spec: PairSpec) -> Iterator[Pair]:
    """Start both, wait for the phones, and stop both by their PIDs whatever happens."""
    config = make_config(folder, spec.seats, spec.channels, spec.calls_per_second)
    asterisk = config.asterisk.model_copy(update={"bind": spec.bind})
    changed = {"seat_leg": spec.seat_leg, "asterisk": asterisk, "lines": spec.lines}
    simulated = config.model_copy(update=changed)
    (carrier,) = simulated.trunks
    others = [
        carrier.model_copy(update={"name": name, "port": free_port(), "simulated": False})
        for name in spec.trunks
    ]
    config = simulated.model_copy(update={"trunks": (carrier, *others)})
    pair = Pair(config, AsteriskInstance(config), Carrier(simulated, spec.behaviour, spec.phones))
    with guarded(pair.asterisk, pair.carrier):
        try:
            asyncio.run(_up(pair, spec))
            yield pair
        finally:
            for process in (pair.asterisk, pair.carrier):
                stop(process)


GUARD = """
import os, pathlib, signal, sys
sys.stdin.read()
sys.path.insert(0, sys.argv[1])
import json
from dialer.telephony.processes import started_at
for noted in map(pathlib.Path, sys.argv[2:]):
    known = json.loads(noted.read_text()) if noted.exists() else {}
    if known and started_at(known["pid"]) == known["started"]:
        os.kill(known["pid"], signal.SIGKILL)
"""


@contextlib.contextmanager
def guarded(*processes: AsteriskProcess) -> Iterator[None]:
    """End these even when this process is killed: a guardian notices that our end of its pipe is closed."""
    noted = [str(process.folder / "run/instance.json") for process in processes]
    repository = str(Path(__file__).parents[2])
    guardian = subprocess.Popen(
        [sys.executable, "-c", GUARD, repository, *noted], stdin=subprocess.PIPE, start_new_session=True
    )
    assert guardian.stdin is not None
    try:
        yield
    finally:
        guardian.stdin.close()
        guardian.wait(10)


async def _up(pair: Pair, spec: PairSpec) -> None:
    await pair.asterisk.up()
    await pair.carrier.up()
    phones = pair.config.seats if spec.phones is None else spec.phones
    await until(pair.asterisk.status, lambda status: len(status.seats) == phones, 15.0)


def stop(process: AsteriskProcess) -> None:
    """End one Asterisk by its PID, politely first."""
    with contextlib.suppress(Exception):
        asyncio.run(process.down())
    if process.pid is not None:
        os.kill(process.pid, signal.SIGKILL)


async def until(ask: Callable[[], Awaitable[T]], good: Callable[[T], bool], seconds: float) -> T:
    """Ask again and again until the answer is good; fails with the last answer after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not good(answer := await ask()):
        assert time.monotonic() < deadline, f"after {seconds} s still {answer}"
        await asyncio.sleep(0.05)
    return answer
