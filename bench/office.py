"""What the benchmarks on the real thing share: an office in a private folder, its meters, its last line."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dialer.settings.trunks import Trunk
from dialer.simulated_operators.behaviour import Behaviour
from dialer.simulated_operators.shift import run_operators
from dialer.telephony.asterisk import AsteriskInstance
from tests.asterisk.pairs import make_config
from tests.asterisk.system import Office, with_web
from tests.ports import free_ports

CALLER_ID = "+917880000000"


@dataclass(frozen=True, slots=True)
class Line:
    """A trunk of the office; its far end listens on a free port of the loopback."""

    name: str
    channels: int
    calls_per_second: float


@dataclass(frozen=True, slots=True)
class BenchOffice:
    """A running Asterisk with an empty database beside it; the daemon is started by the benchmark."""

    office: Office
    asterisk: AsteriskInstance

    @property
    def daemon_pid(self) -> int:
        """The process of the daemon that lives now."""
        assert self.office.process is not None
        return self.office.process.pid

    def port(self, trunk: str) -> int:
        """Where the far end of a trunk is expected."""
        return next(each.port for each in self.office.config.trunks if each.name == trunk)


@asynccontextmanager
async def running_office(seats: int, *lines: Line) -> AsyncIterator[BenchOffice]:
    """An office of its own; both processes are ended by their PIDs and the folder is removed."""
    folder = Path(tempfile.mkdtemp(prefix="sampark-bench-"))
    os.chmod(folder, 0o755)
    ports = free_ports(1 + len(lines))
    config = with_web(make_config(folder, seats), ports.pop())
    trunks = tuple(
        Trunk(
            name=line.name, host="127.0.0.1", port=port, caller_id=CALLER_ID, simulated=True,
            channels=line.channels, calls_per_second=line.calls_per_second,
        )
        for line, port in zip(lines, ports, strict=True)
    )  # fmt: skip
    bench = _bench(Office(config.model_copy(update={"trunks": trunks})))
    try:
        await bench.asterisk.up()
        await bench.office.prepare()
        yield bench
    finally:
        await bench.office.aclose()
        await _end(bench.asterisk)
        shutil.rmtree(folder, ignore_errors=True)


def _bench(office: Office) -> BenchOffice:
    return BenchOffice(office, AsteriskInstance(office.config))


async def _end(asterisk: AsteriskInstance) -> None:
    with suppress(Exception):
        await asterisk.down()
    if asterisk.pid is not None:
        os.kill(asterisk.pid, signal.SIGKILL)


def people(count: int, first: int = 0) -> list[str]:
    """Numbers that differ in their last four digits, for up to ten thousand people."""
    assert first + count <= 10_000
    return [f"+91911100{first + one:04d}" for one in range(count)]


async def until(true: Callable[[], bool], within_s: float, what: str) -> None:
    """Look again and again; fails with ``what`` was waited for."""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit(f"after {within_s:g} s still not: {what}")
        await asyncio.sleep(0.05)


# --- operators in a process of their own: what they do must not delay what is measured


@contextmanager
def desks(url: str, staff: Sequence[tuple[str, str, int]], behaviour: Behaviour) -> Iterator[None]:
    """Operators (user name, password, seat) who work over HTTP until the end of the block."""
    worker = multiprocessing.get_context("spawn").Process(target=_work, args=(url, staff, behaviour))
    worker.start()
    try:
        yield
    finally:
        worker.terminate()
        worker.join(5)
        if worker.is_alive():
            worker.kill()
            worker.join()


def _work(url: str, staff: Sequence[tuple[str, str, int]], behaviour: Behaviour) -> None:
    asyncio.run(run_operators(url, staff, behaviour, 1))


# --- meters


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_memory_mb(pid: int) -> float:
    """The most resident memory that a process ever had (VmHWM), MB of 1e6 bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit(f"process {pid} tells nothing of its memory")


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that ``percent`` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


# --- the last line


def report(bench: str, figures: Mapping[str, float], targets: Mapping[str, float], holds: bool) -> int:
    """Print the figures as one line of JSON; returns the exit status."""
    rounded = {name: round(value, 3) for name, value in figures.items()}
    print(json.dumps({"bench": bench, "figures": rounded, "targets": dict(targets), "holds": holds}))
    return 0 if holds else 1
