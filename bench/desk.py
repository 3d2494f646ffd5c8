"""The desk under load: the person on it at most 200 ms after the join, a key press stored within 100 ms.

Thirty-six desks on one daemon: each signed in over HTTP with a socket of its own, each with a telephone that
the simulated carrier holds, each asking for what the page asks for. People answer, talk for some 40 s and are
asked questions, whose answers are saved as they are given. The pop is counted from the join, as Asterisk
timed it, to the message with the person at the desk; a save from the key press to the reply, which means that
it is stored. The baseline is a request to the same server that stores nothing, ``GET /health``. ``page_kb``:
all that a browser loads for the page, compressed, the telephone included.

The same again beside slow readers: desks and wallboards at the end of thin lines, which give every sign of
life and are never cut (``slow_cut``), but are told of the person seconds late (``slow_pop_p50_ms``). The
others must not notice (``beside_slow_pop_p95_ms``).

At last two hundred desks. ``core_share_200_desks`` is the daemon's CPU, all its threads, in parts of one
core, counted while four of five desks talk, and at no other time. Two Asterisks that hold four hundred legs
leave a small machine nothing: ``pop_200_desks_p95_ms`` tells of them too, and has no target.
"""

from __future__ import annotations

import asyncio
import gzip
import multiprocessing
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from aiohttp import ClientSession

from bench.office import BenchOffice, Line, cpu_seconds, people, percentile, report, running_office
from bench.thin_line import Wallboard, thin_line
from dialer.simulated_operators.behaviour import Behaviour
from dialer.simulated_operators.shift import run_operators
from dialer.simulated_operators.tally import OperatorTally
from dialer.telephony.carrier import Carrier
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile, Spread
from tests.asterisk.pairs import until

MANY_DESKS, DESKS, SLOW_DESKS, SLOW_WALLBOARDS, PEOPLE = 200, 36, 6, 2, 2000
FULL = 0.8
"""The measurement begins when this share of the desks talks."""
MEASURED_S, LONGEST_S = 60.0, 120.0
DESK_LINE, WALLBOARD_LINE = 500, 64_000
"""Bytes per second: a desk is told some hundred of them, a wallboard twice a second 70 thousand."""
COME_IN_S, COME_AT_ONCE = 2.0, 10
"""Operators come in groups: a password takes a core for a twentieth of a second and more."""
TARGETS = {
    "pop_p95_ms": 200.0,
    "beside_slow_pop_p95_ms": 200.0,
    "save_p95_ms": 100.0,
    "page_kb": 250.0,
    "core_share_200_desks": 0.3,
    "slow_cut": 0,
}
WORLD = CarrierBehaviour(
    seed=200,
    default=Profile(
        shares={"answer": 0.7, "busy": 0.3},
        ring_s=Spread(2.0, 0.3, 1.0, 5.0),
        talk_s=Spread(40.0, 0.4, 10.0, 90.0),
    ),
)
DESK = Behaviour(
    wrap_up_median_s=4.0, question_s=6.0, answer_chance=1.0, pause_chance=0.0, opt_out_chance=0.0
)
SURVEY = """
survey: desk
title: {hi: जानकारी}
languages: [hi]
nodes:
  a: {kind: yes_no, say: {hi: एक}, next: b}
  b: {kind: yes_no, say: {hi: दो}, next: c}
  c: {kind: yes_no, say: {hi: तीन}}
"""
ASSET = re.compile(r"[\"'](?:/assets/|\./)([A-Za-z0-9_.-]+\.(?:js|css|woff2|svg|png))[\"']")

Staff = Sequence[tuple[str, str, int]]


def _work(url: str, staff: Staff, behaviour: Behaviour, pipe: Connection) -> None:
    """Operators in a process of their own until the pipe says something; then their tallies go back."""

    async def shift() -> list[OperatorTally]:
        stop, groups = asyncio.Event(), []
        asyncio.get_running_loop().add_reader(pipe.fileno(), stop.set)
        async with asyncio.TaskGroup() as coming:
            for first in range(0, len(staff), COME_AT_ONCE):
                group = staff[first : first + COME_AT_ONCE]
                groups.append(coming.create_task(run_operators(url, group, behaviour, 1, stop)))
                await asyncio.sleep(COME_IN_S)
        return [tally for group in groups for tally in group.result()]

    pipe.send(asyncio.run(shift()))


@dataclass(frozen=True, slots=True)
class Shift:
    """What one campaign's operators saw, and the daemon's share of a core while they talked.

    ``talking``: the share of all desks that talked, at the beginning and at the end of the measurement.
    """

    tallies: list[OperatorTally]
    core_share: float
    talking: tuple[float, float]


@contextmanager
def at_work(url: str, staff: Staff) -> Iterator[Connection]:
    """Operators in their own process; whatever is sent ends their shift, and their tallies come back."""
    here, there = multiprocessing.Pipe()
    worker = multiprocessing.get_context("spawn").Process(target=_work, args=(url, staff, DESK, there))
    worker.start()
    try:
        yield here
    finally:
        worker.join(5)
        if worker.is_alive():
            worker.kill()
            worker.join()


async def shift(bench: BenchOffice, staff: Staff, name: str, first: int, readers: int = 0) -> Shift:
    """One campaign; ``readers``: slow desks that work beside ``staff``."""
    office, desks = bench.office, len(staff) + readers
    survey = await office.survey(SURVEY, name)
    terms = {"mode": "predictive", "state": "ready", "wrap_up_s": 10.0, "survey_version_id": survey}
    campaign = await office.campaign(name, people(PEOPLE, first), **terms)
    with at_work(office.url, staff) as pipe:
        await until(lambda: states(bench), lambda now: now["ready"] == desks, LONGEST_S)
        await office.set_state(campaign, "running")
        full = await until(lambda: states(bench), lambda now: now["talking"] >= FULL * desks, LONGEST_S)
        began, cpu_s = time.monotonic(), cpu_seconds(bench.daemon_pid)
        await asyncio.sleep(MEASURED_S)
        share = (cpu_seconds(bench.daemon_pid) - cpu_s) / (time.monotonic() - began)
        late = await states(bench)
        await office.set_state(campaign, "stopping")
        await office.until_finished([campaign], LONGEST_S)
        pipe.send("stop")
        tallies = list(await asyncio.to_thread(pipe.recv))
    return Shift(tallies, share, (full["talking"] / desks, late["talking"] / desks))


async def states(bench: BenchOffice) -> Counter[str]:
    """How many seats are in which state, half a second later: asking must not be a load of its own."""
    await asyncio.sleep(0.5)
    headers = {"Authorization": f"Bearer {bench.office.config.secret('cli')}"}
    async with ClientSession(headers=headers) as http, http.get(f"{bench.office.url}/api/v1/live") as reply:
        return Counter(seat["state"] for seat in (await reply.json())["room"]["seats"])


@dataclass(slots=True)
class SlowReaders:
    """Those at the end of thin lines; ``tallies`` of the desks once they went home."""

    boards: list[Wallboard]
    tallies: list[OperatorTally]

    @property
    def cut(self) -> int:
        """How often a line was cut."""
        desks = sum(tally.sockets - tally.sign_ins for tally in self.tallies)
        return desks + sum(board.opened - 1 for board in self.boards)


@asynccontextmanager
async def slow_readers(bench: BenchOffice, staff: Staff) -> AsyncIterator[SlowReaders]:
    """``staff`` at work, and wallboards, as long as the block lasts."""
    url, token = bench.office.url, bench.office.config.secret("cli")
    readers, over = SlowReaders([Wallboard() for _ in range(SLOW_WALLBOARDS)], []), asyncio.Event()
    async with thin_line(url, DESK_LINE) as to_desks, thin_line(url, WALLBOARD_LINE) as to_boards:
        watching = [asyncio.create_task(board.watch(to_boards, token)) for board in readers.boards]
        working = asyncio.create_task(run_operators(to_desks, staff, DESK, 2, over))
        try:
            yield readers
            over.set()
            readers.tallies = await working
        finally:
            for task in (*watching, working):
                task.cancel()
            await asyncio.gather(*watching, working, return_exceptions=True)


async def page_kb(url: str) -> float:
    """Thousands of bytes on the wire for the page and all that it loads, whatever loads it."""
    seen: dict[str, int] = {}
    waiting = ["/desk", "/assets/texts.json"]
    async with ClientSession(auto_decompress=False, headers={"Accept-Encoding": "gzip"}) as http:
        while waiting:
            path = waiting.pop()
            async with http.get(url + path) as reply:
                body = await reply.read()
                packed = reply.headers.get("Content-Encoding") == "gzip"
            seen[path] = len(body)
            text = (gzip.decompress(body) if packed else body).decode("utf-8", "replace")
            found = {"/assets/" + name for name in ASSET.findall(text)}
            waiting += [name for name in found if name not in seen and name not in waiting]
    return sum(seen.values()) / 1000


async def requests_ms(url: str) -> list[float]:
    """The baseline: a request that stores nothing."""
    times = []
    async with ClientSession() as http:
        for _ in range(200):
            began = time.perf_counter()
            async with http.get(f"{url}/health") as reply:
                await reply.read()
            times.append((time.perf_counter() - began) * 1000)
    return times


async def measure() -> dict[str, float]:
    """All three campaigns; all figures."""
    async with running_office(MANY_DESKS, Line("carrier", 600, 100.0)) as bench:
        office = bench.office
        carrier = Carrier(office.config, WORLD)
        try:
            await carrier.up()
            await until(bench.asterisk.status, lambda status: len(status.seats) == MANY_DESKS, 60.0)
            staff = await office.operators(MANY_DESKS)
            await office.start()
            page, bare = await page_kb(office.url), await requests_ms(office.url)
            all_quick = await shift(bench, staff[:DESKS], "all quick", 0)
            async with slow_readers(bench, staff[:SLOW_DESKS]) as readers:
                beside_slow = await shift(bench, staff[SLOW_DESKS:DESKS], "some slow", PEOPLE, SLOW_DESKS)
            many = await shift(bench, staff, "many", 2 * PEOPLE)
            await asyncio.to_thread(office.stop)
        finally:
            await carrier.down()
    pops, saves = _all(all_quick.tallies, "pop_ms"), _all(all_quick.tallies, "save_ms")
    beside = _all(beside_slow.tallies, "pop_ms")
    return {
        "pop_p95_ms": percentile(pops, 95),
        "beside_slow_pop_p95_ms": percentile(beside, 95),
        "save_p95_ms": percentile(saves, 95),
        "page_kb": page,
        "core_share_200_desks": many.core_share,
        "slow_cut": readers.cut,
        "slow_pop_p50_ms": percentile(_all(readers.tallies, "pop_ms"), 50),
        "slow_wallboard_pictures": min(board.pictures for board in readers.boards),
        "talking_at_begin": many.talking[0],
        "talking_at_end": many.talking[1],
        "pop_200_desks_p95_ms": percentile(_all(many.tallies, "pop_ms"), 95),
        "pop_p50_ms": percentile(pops, 50),
        "pop_max_ms": max(pops),
        "beside_slow_pop_p50_ms": percentile(beside, 50),
        "core_share_36_desks": all_quick.core_share,
        "save_p50_ms": percentile(saves, 50),
        "pops": len(pops) + len(beside),
        "saves": len(saves),
        "bare_request_p95_ms": percentile(bare, 95),
    }


def _all(tallies: Sequence[OperatorTally], name: str) -> list[float]:
    return [value for tally in tallies for value in getattr(tally, name)]


def main() -> int:
    """Measure and print the figures."""
    figures = asyncio.run(measure())
    return report("desk", figures, TARGETS, all(figures[name] <= most for name, most in TARGETS.items()))


if __name__ == "__main__":
    sys.exit(main())
