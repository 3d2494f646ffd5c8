"""The daemon places calls at 90 % or more of the rate of a bare manager loop, for 15 % of Asterisk's CPU.

One Asterisk, and SIPp as the far end: everybody rings 1.5 s; then four of ten, told by the last digit,
answer, listen to a greeting for ten seconds and hang up, and the others are busy. That is four seconds of
media for each call; in a usual campaign (a third answers and talks for 40 s) it is three times as much. The
calls are those of a survey, the one kind that needs no operator, so the daemon also serves each answered
person's survey.

Daemon and bare loop take turns, each placing the same number of calls with the same Originate into the same
context, each keeping at most ``CHANNELS`` calls in flight. The daemon is the real one: it claims people from
its SQLite database, judges every number by the calling rules, writes each attempt before it is dialled and
each event after. The bare loop does what nobody can do without: it writes an Originate, waits for the Hangup,
and plays the greeting. Rates are read from Asterisk's own call records, from the first channel made to the
last; the CPU is that of the two processes for the daemon's calls. Medians over the turns.

The mix has less media than a campaign, so that the CPU ratio is stricter than in use, and calls so short that
the cap of ``CHANNELS`` lets more through than two cores place. ``cap_calls_per_s`` is about what the cap lets
through in a turn: a rate close to it is the cap's, and then ``rate_ratio`` says little of the daemon.

The CPU ratio depends on the calls, since media is Asterisk's work and a database is not: on two shared cores
calls without any media (answered and ended at once) cost Asterisk 1.6 to 2.0 ms and the daemon 1.3 ms each, a
ratio of 0.66; everybody answering a keypad survey for 3 to 4 s came to 0.17 to 0.29.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.bare_manager import BareManager, Fields
from bench.office import BenchOffice, Line, cpu_seconds, people, report, running_office
from dialer.telephony.call_records import call_records
from dialer.telephony.tones import tone, write

CALLS, TURNS = 1500, 2
CHANNELS, CALLS_PER_SECOND = 500, 200.0
RINGS_S, LISTENS_S, ANSWERED = 1.5, 10.0, 0.4
CAP_CALLS_PER_S = CALLS * CHANNELS / ((CALLS - CHANNELS) * (RINGS_S + ANSWERED * LISTENS_S))
"""The last call is placed when all but ``CHANNELS`` have ended, and ``CHANNELS`` live at a time."""
LEAST_RATE, MOST_CPU = 0.90, 0.15
LONGEST_TURN_S = 90.0

SURVEY = """
survey: greeting
title: {hi: नमस्ते}
languages: [hi]
nodes:
  hello: {kind: info, say: {hi: "नमस्ते"}}
"""
GREETING = "survey-1/hi/hello"

CITIZEN = """<?xml version="1.0" encoding="UTF-8"?>
<scenario name="citizen">
  <recv request="OPTIONS" optional="true" next="alive"/>
  <recv request="INVITE" rrs="true"><action>
    <ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>
    <ereg regexp=".*" search_in="hdr" header="To:" assign_to="citizen"/>
    <ereg regexp="[0369]@" search_in="hdr" header="To:" assign_to="answers"/>
  </action></recv>
  <send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=[pid]c[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Length: 0

]]></send>
  <pause milliseconds="RINGS_MS" next="answer" test="answers"/>
  <send retrans="500"><![CDATA[
SIP/2.0 486 Busy Here
[last_Via:]
[last_From:]
[last_To:];tag=[pid]c[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <recv request="ACK" next="over"/>
  <label id="answer"/>
  <send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]c[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=citizen 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000

]]></send>
  <recv request="ACK"/>
  <pause milliseconds="LISTENS_MS"/>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From:[$citizen];tag=[pid]c[call_number]
To:[$caller]
[last_Call-ID:]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200" next="over"/>
  <label id="alive"/>
  <send next="over"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]o[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
  <label id="over"/>
</scenario>
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """Calls placed per second, and the CPU of Asterisk and of whoever placed them, seconds for all calls."""

    rate: float
    asterisk_s: float
    dialer_s: float


@asynccontextmanager
async def citizens(folder: Path, port: int) -> AsyncIterator[None]:
    """SIPp answers on ``port``; ended by its PID."""
    scenario = folder / "citizen.xml"
    times = {"RINGS_MS": RINGS_S, "LISTENS_MS": LISTENS_S}
    text = CITIZEN
    for name, seconds in times.items():
        text = text.replace(name, f"{seconds * 1000:.0f}")
    scenario.write_text(text)
    command = (
        "sipp", "-sf", scenario.name, "-i", "127.0.0.1", "-p", str(port), "-nostdin", "-nd", "-rtp_echo",
    )  # fmt: skip
    with (folder / "sipp.out").open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        await asyncio.sleep(0.5)
        if process.returncode is not None:
            raise SystemExit("SIPp did not start: " + (folder / "sipp.out").read_text()[-500:])
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class BareLoop:
    """Calls ``phones`` with ``CHANNELS`` in flight and nothing else."""

    def __init__(self, phones: list[str], name: str) -> None:
        self._phones = deque(phones)
        self._ids = iter(f"b{name}-{number:06d}" for number in range(len(phones)))
        self._living: set[bytes] = set()
        self._manager: BareManager
        self.over = asyncio.Event()

    async def run(self, port: int, secret: str) -> None:
        """Return when the last call has ended."""
        self._manager = await BareManager.connect(port, secret, self._on_event)
        for _ in range(min(CHANNELS, len(self._phones))):
            self._call()
        async with asyncio.timeout(LONGEST_TURN_S):
            await self.over.wait()
        self._manager.close()

    def _call(self) -> None:
        phone, call_id = self._phones.popleft(), next(self._ids)
        self._living.add(call_id.encode())
        attempt = f"SAMPARK_ATTEMPT={call_id}"
        variables = [attempt, "SAMPARK_CAMPAIGN=1", "CHANNEL(language)=hi", "SAMPARK_SURVEY=1"]
        self._manager.call(call_id, f"PJSIP/{phone[1:]}@trunk-carrier", "answered-survey", variables)

    def _on_event(self, fields: Fields) -> None:
        if fields[b"Event"] != b"Hangup" or fields.get(b"Uniqueid") not in self._living:
            return
        self._living.remove(fields[b"Uniqueid"])
        if self._phones:
            self._call()
        elif not self._living:
            self.over.set()


async def bare_turn(bench: BenchOffice, turn: int) -> Turn:
    """One turn of the bare loop."""
    config = bench.office.config
    greet = partial(_greet, f'STREAM FILE {config.data / "prompts" / GREETING} ""\n'.encode())
    survey = await asyncio.start_server(greet, "127.0.0.1", config.asterisk.agi_port)
    began, asterisk_s, own_s = time.time(), bench.asterisk.cpu_seconds(), time.process_time()
    loop = BareLoop(people(CALLS, 2 * turn * CALLS), str(turn))
    await loop.run(config.asterisk.ami_port, config.secret("ami"))
    survey.close()
    await survey.wait_closed()
    return _turn(bench, began, asterisk_s, time.process_time() - own_s)


async def _greet(play: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A survey that is a greeting, until the citizen hangs up."""
    with suppress(OSError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\n\n")
        writer.write(play)
        await reader.readuntil(b"HANGUP\n")
    writer.close()


async def daemon_turn(bench: BenchOffice, turn: int, survey: int) -> Turn:
    """One turn of the daemon."""
    office = bench.office
    phones = people(CALLS, (2 * turn + 1) * CALLS)
    campaign = await office.campaign(
        f"turn {turn}", phones, kind="survey", state="ready", survey_version_id=survey
    )
    await office.start()
    await asyncio.sleep(1.0)
    began, asterisk_s, own_s = time.time(), bench.asterisk.cpu_seconds(), cpu_seconds(bench.daemon_pid)
    await office.set_state(campaign, "running")
    await office.until_finished([campaign], LONGEST_TURN_S)
    result = _turn(bench, began, asterisk_s, cpu_seconds(bench.daemon_pid) - own_s)
    await asyncio.to_thread(office.stop)
    return result


def _turn(bench: BenchOffice, began: float, asterisk_s: float, dialer_s: float) -> Turn:
    asterisk_s = bench.asterisk.cpu_seconds() - asterisk_s
    records = [each for each in call_records(bench.office.config.data) if each.started_at >= began]
    answered = sum(each.answered_at is not None for each in records)
    if len(records) != CALLS or answered != ANSWERED * CALLS:
        raise SystemExit(f"{len(records)} calls were placed and {answered} answered, not {CALLS}")
    return Turn(_rate([each.started_at for each in records]), asterisk_s, dialer_s)


def _rate(started_at: list[float]) -> float:
    return len(started_at) / (max(started_at) - min(started_at))


async def measure() -> dict[str, float]:
    """Both in turns; all figures."""
    line = Line("carrier", CHANNELS, CALLS_PER_SECOND)
    bare, daemon = [], []
    async with running_office(1, line) as bench, citizens(bench.office.config.base, bench.port("carrier")):
        write(bench.office.config.data / f"prompts/{GREETING}.alaw", tone(440, 10.0, 0.1))
        survey = await bench.office.survey(SURVEY)
        for turn in range(TURNS):
            bare.append(await bare_turn(bench, turn))
            daemon.append(await daemon_turn(bench, turn, survey))
            print(json.dumps({"bare": _shown(bare[-1]), "daemon": _shown(daemon[-1])}), flush=True)
    rate, bare_rate = (statistics.median(each.rate for each in turns) for turns in (daemon, bare))
    return {
        "rate_ratio": rate / bare_rate,
        "cpu_ratio": statistics.median(each.dialer_s / each.asterisk_s for each in daemon),
        "calls_per_s": rate,
        "bare_calls_per_s": bare_rate,
        "cap_calls_per_s": CAP_CALLS_PER_S,
        "daemon_cpu_ms_per_call": statistics.median(each.dialer_s for each in daemon) / CALLS * 1000,
        "asterisk_cpu_ms_per_call": statistics.median(each.asterisk_s for each in daemon) / CALLS * 1000,
        "bare_cpu_ratio": statistics.median(each.dialer_s / each.asterisk_s for each in bare),
    }


def _shown(turn: Turn) -> dict[str, float]:
    return {
        "calls_per_s": round(turn.rate, 1),
        "asterisk_ms": round(turn.asterisk_s / CALLS * 1000, 2),
        "own_ms": round(turn.dialer_s / CALLS * 1000, 2),
    }


def main() -> int:
    """Measure and print the figures."""
    figures = asyncio.run(measure())
    holds = figures["rate_ratio"] >= LEAST_RATE and figures["cpu_ratio"] <= MOST_CPU
    return report("originate", figures, {"rate_ratio": LEAST_RATE, "cpu_ratio": MOST_CPU}, holds)


if __name__ == "__main__":
    sys.exit(main())
