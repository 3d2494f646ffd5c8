"""The desk under load: the person on it at most 200 ms after the join, a key press stored within 100 ms.

Ninety-nine desks, as many as an office may have, on one daemon: each signed in over HTTP with a socket of
its own, each with a telephone that the simulated carrier holds. People answer, talk for some seconds and are
asked questions, whose answers are saved as they are given. The pop is counted from the join, as Asterisk
timed it, to the message with the person at the desk; a save from the key press to the reply, which means that
it is stored. ``core_share`` is the daemon's CPU in parts of one core while that goes on.

Then the same again beside desks that read nothing from their sockets: the others must not notice. The
baseline is a request to the same server that stores nothing, ``GET /health``. ``page_kb``: all that a browser
loads for the page, compressed, the telephone included.
"""

from __future__ import annotations

import asyncio
import gzip
import multiprocessing
import re
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from multiprocessing.connection import Connection

from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar

from bench.office import BenchOffice, Line, cpu_seconds, people, percentile, report, running_office
from dialer.simulated_operators import Behaviour, OperatorTally, run_operators
from dialer.telephony.carrier import Carrier
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile, Spread
from tests.asterisk.pairs import until

DESKS, SLOW_DESKS, PEOPLE = 99, 9, 400
LONGEST_S = 240.0
TARGETS = {
    "pop_p95_ms": 200.0,
    "slow_pop_p95_ms": 200.0,
    "save_p95_ms": 100.0,
    "page_kb": 250.0,
    "core_share": 0.3,
}
WORLD = CarrierBehaviour(
    seed=99,
    default=Profile(
        shares={"answer": 0.7, "busy": 0.3},
        ring_s=Spread(2.0, 0.3, 1.0, 5.0),
        talk_s=Spread(12.0, 0.4, 5.0, 30.0),
    ),
)
DESK = Behaviour(
    wrap_up_median_s=4.0, question_s=1.5, answer_chance=1.0, pause_chance=0.0, opt_out_chance=0.0
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
        stop = asyncio.Event()
        asyncio.get_running_loop().add_reader(pipe.fileno(), stop.set)
        return await run_operators(url, staff, behaviour, 1, stop)

    pipe.send(asyncio.run(shift()))


async def campaign_done(bench: BenchOffice, staff: Staff, name: str, first: int) -> list[OperatorTally]:
    """One campaign from its start to its end; what its operators saw."""
    office = bench.office
    survey = await office.survey(SURVEY, name)
    terms = {"mode": "predictive", "state": "ready", "wrap_up_s": 10.0, "survey_version_id": survey}
    campaign = await office.campaign(name, people(PEOPLE, first), **terms)
    here, there = multiprocessing.Pipe()
    worker = multiprocessing.get_context("spawn").Process(target=_work, args=(office.url, staff, DESK, there))
    worker.start()
    try:
        await asyncio.sleep(10.0)
        await office.set_state(campaign, "running")
        await office.until_finished([campaign], LONGEST_S)
        here.send("stop")
        return list(await asyncio.to_thread(here.recv))
    finally:
        worker.join(5)
        if worker.is_alive():
            worker.kill()
            worker.join()


@asynccontextmanager
async def slow_desks(url: str, staff: Staff) -> AsyncIterator[None]:
    """Desks that take people and read nothing of what they are told."""
    async with AsyncExitStack() as stack:
        for username, password, seat in staff:
            http = await stack.enter_async_context(ClientSession(cookie_jar=CookieJar(unsafe=True)))
            body = {"username": username, "password": password, "seat": seat}
            reply = await http.post(f"{url}/api/v1/session", json=body, headers={"Origin": url})
            headers = {"Origin": url, "X-CSRF-Token": (await reply.json())["csrf"]}
            socket = await stack.enter_async_context(http.ws_connect(f"{url}/api/v1/desk", headers=headers))
            _reads_no_more(socket)
            await http.post(f"{url}/api/v1/desk/ready", json={}, headers=headers)
        yield


def _reads_no_more(socket: ClientWebSocketResponse) -> None:
    connection = socket._response.connection
    assert connection is not None and isinstance(connection.transport, asyncio.Transport)
    connection.transport.pause_reading()


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
    """Both campaigns; all figures."""
    async with running_office(DESKS, Line("carrier", 300, 100.0)) as bench:
        office = bench.office
        carrier = Carrier(office.config, WORLD)
        try:
            await carrier.up()
            await until(bench.asterisk.status, lambda status: len(status.seats) == DESKS, 30.0)
            staff = await office.operators(DESKS)
            await office.start()
            page, bare = await page_kb(office.url), await requests_ms(office.url)
            began, cpu_s = time.monotonic(), cpu_seconds(bench.daemon_pid)
            all_quick = await campaign_done(bench, staff, "all quick", 0)
            share = (cpu_seconds(bench.daemon_pid) - cpu_s) / (time.monotonic() - began)
            async with slow_desks(office.url, staff[-SLOW_DESKS:]):
                beside_slow = await campaign_done(bench, staff[:-SLOW_DESKS], "some slow", PEOPLE)
            await asyncio.to_thread(office.stop)
        finally:
            await carrier.down()
    pops, saves = _all(all_quick, "pop_ms"), _all(all_quick, "save_ms")
    slow = _all(beside_slow, "pop_ms")
    return {
        "pop_p95_ms": percentile(pops, 95),
        "slow_pop_p95_ms": percentile(slow, 95),
        "save_p95_ms": percentile(saves, 95),
        "page_kb": page,
        "core_share": share,
        "desks": DESKS,
        "pop_p50_ms": percentile(pops, 50),
        "pop_max_ms": max(pops),
        "save_p50_ms": percentile(saves, 50),
        "pops": len(pops) + len(slow),
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
