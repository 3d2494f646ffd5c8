"""The demo: the commands a supervisor would type, on real Asterisk, from a list of people to a report."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dialer.campaigns.reconciling import reconcile_scope
from dialer.cli.console import note, out
from dialer.cli.daemon_client import DaemonClient
from dialer.config import Config, load_config
from dialer.core.live import CampaignLive
from dialer.core.model import CampaignState
from dialer.core.words import N_
from dialer.demo.people import invent, write_list
from dialer.demo.settings import (
    BENEFICIARIES,
    CITIZENS,
    WORKERS,
    behaviour,
    refuse_real_trunks,
    write_settings,
)
from dialer.demo.war_room import (
    BOOTH_COLUMNS,
    DUTY_COLUMNS,
    PEOPLE_COLUMNS,
    PLACE_COLUMNS,
    invent_room,
)
from dialer.errors import DaemonAway, SamparkError
from dialer.ivr.survey_file import EXAMPLES
from dialer.simulated_operators.behaviour import Behaviour
from dialer.simulated_operators.shift import run_operators
from dialer.store.campaigns import Campaigns
from dialer.store.database import open_database
from dialer.store.reporting import Scope
from dialer.telephony.asterisk import AsteriskInstance
from dialer.telephony.carrier import Carrier
from dialer.warroom.beginning import MAP

PURPOSE: Final = "scheme awareness"
TALKS, ASKS = "talks", "asks"
STATUS_EVERY_S: Final = 5.0
PATIENCE_S: Final = 120.0
"""Whoever may only be called again later than this is not waited for."""
LONGEST_S: Final = 15 * 60.0
DESKS = Behaviour(wrap_up_median_s=3.0, question_s=2.5, pause_chance=0.01, opt_out_chance=0.01)


@dataclass(frozen=True, slots=True)
class Wishes:
    """``people`` on the two lists together; the same ``seed`` invents the same people and fates."""

    people: int = 1000
    seed: int = 1


async def run_demo(office: Config, wishes: Wishes) -> bool:
    """Run it from set-up to report; True when attempts, INVITEs and call records agree."""
    refuse_real_trunks(office)
    folder = office.data / "demo"
    await _end_earlier(folder)
    folder.mkdir(parents=True, mode=0o755)
    config = load_config(write_settings(office, folder))
    dialer = Dialer(config)
    async with _asterisks(config, wishes.seed):
        people = await _set_up(dialer, config, wishes)
        began = time.monotonic()
        await _run_campaigns(dialer, config, people)
        return await _report(dialer, config, time.monotonic() - began)


async def _end_earlier(folder: Path) -> None:
    """An earlier demo may have been cut off: end its Asterisks by their PIDs, and begin anew."""
    file = folder / "config.yaml"
    if file.exists():
        with suppress(SamparkError):
            config = load_config(file)
            await AsteriskInstance(config).down()
            await Carrier(config).down()
    shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _asterisks(config: Config, seed: int) -> AsyncIterator[None]:
    asterisk, carrier = AsteriskInstance(config, note), Carrier(config, behaviour(seed), say=note)
    try:
        for process in (asterisk, carrier):
            await process.up()
        out.print(f"Asterisk {asterisk.program.version}: pid {asterisk.pid}; carrier: pid {carrier.pid}")
        yield
    finally:
        for process in (asterisk, carrier):
            await process.down()


class Dialer:
    """The ``dialer`` program as a supervisor types it, on the demo's settings."""

    def __init__(self, config: Config) -> None:
        self._environment = {**os.environ, "SAMPARK_CONFIG": str(config.base / "config.yaml")}

    def say(self, *words: str, fails: bool = False) -> None:
        """Run a command and show it with what it prints; a failure ends the demo unless it ``fails``."""
        out.print(f"\n[bold]$ dialer {' '.join(_quoted(word) for word in words)}[/bold]", highlight=False)
        out.file.flush()
        ended = subprocess.run(self._command(words), env=self._environment, check=False)
        if ended.returncode != 0 and not fails:
            raise SamparkError(N_("dialer {command} ended with status {status}"), command=words[0],
                               status=ended.returncode)  # fmt: skip

    def ask(self, *words: str) -> Any:
        """Run a command with ``--json`` and return what it says, whatever its exit status."""
        command = self._command((*words, "--json"))
        ended = subprocess.run(command, env=self._environment, check=False, capture_output=True, text=True)
        try:
            return json.loads(ended.stdout)
        except ValueError as fault:
            raise SamparkError(ended.stderr.strip() or "dialer said nothing") from fault

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Leave a command running."""
        return subprocess.Popen(self._command(words), env=self._environment)

    def _command(self, words: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "dialer", *words]


async def _set_up(dialer: Dialer, config: Config, wishes: Wishes) -> list[tuple[str, str, int]]:
    """Database, prompts, lists, operators, campaigns; returns who sits where."""
    dialer.say("init")
    dialer.say("prompts", "build")
    dialer.say("survey", "add", str(EXAMPLES / "scheme_awareness.yaml"))
    for name, kind, prefix in ((TALKS, "beneficiary", BENEFICIARIES), (ASKS, "citizen", CITIZENS)):
        file = config.base / f"{name}.csv"
        write_list(file, invent(wishes.people // 2, wishes.seed, kind=kind, prefix=prefix))
        terms = ("--purpose", PURPOSE, "--source", "invented for the demo", "--consent", "nobody real")
        dialer.say("contacts", "import", str(file), "--list", name, *terms)
    made = dialer.ask("operators", "add", "operator", "--count", str(config.seats), "--generate")
    out.print(f"{config.seats} operators, each with a seat")
    common = ("--purpose", PURPOSE, "--max-attempts", "2")
    dialer.say("campaign", "create", TALKS, "--list", TALKS, "--kind", "operators", "--mode", "predictive",
               "--wrap-up", "20", *common)  # fmt: skip
    dialer.say("campaign", "create", ASKS, "--list", ASKS, "--kind", "survey", "--survey", "scheme_awareness",
               "--channels", "120", *common)  # fmt: skip
    for name in (TALKS, ASKS):
        dialer.say("campaign", "plan", name)
    _set_up_war_room(dialer, config, wishes.seed)
    return [(each["username"], each["password"], seat) for seat, each in enumerate(_people(made), 1)]


def _set_up_war_room(dialer: Dialer, config: Config, seed: int) -> None:
    """The public facts of Durg with their sources; booths, workers and responsibilities are invented."""
    dialer.say("warroom", "begin")
    dialer.say("warroom", "map", str(MAP))
    room = invent_room(random.Random(seed), booths=40, workers=120, prefix=WORKERS)
    for kind, columns, rows in (
        ("places", PLACE_COLUMNS, room.mandals),
        ("booths", BOOTH_COLUMNS, room.booths),
        ("people", PEOPLE_COLUMNS, room.people),
        ("responsibilities", DUTY_COLUMNS, room.duties),
    ):
        file = config.base / f"{kind}.csv"
        with file.open("w", encoding="utf-8-sig", newline="") as out_file:
            writer = csv.writer(out_file)
            writer.writerow(columns)
            writer.writerows(rows)
        done = dialer.ask(
            "warroom", "import", kind, str(file), "--source", "invented for the demo", "--invented"
        )
        if done["faults"]:
            raise SamparkError(N_("dialer {command} ended with status {status}"), command="warroom import",
                               status=2)  # fmt: skip
    people = len(room.people)
    out.print(f"war room: {len(room.booths)} invented booths, {people} invented people", soft_wrap=True)
    (editor,) = _people(dialer.ask("operators", "add", "warroom", "--role", "warroom_editor", "--generate"))
    url = f"http://{config.web.host}:{config.web.port}/warroom"
    out.print(
        f"war room while the demo runs: {url} as {editor['username']}, password {editor['password']}",
        soft_wrap=True, highlight=False,
    )  # fmt: skip


def _people(made: Any) -> list[Mapping[str, str]]:
    return list(made["operators"] if isinstance(made, dict) else made)


async def _run_campaigns(dialer: Dialer, config: Config, people: list[tuple[str, str, int]]) -> None:
    daemon = dialer.start("serve", "--quiet")
    going_home = asyncio.Event()
    client = DaemonClient(config)
    try:
        await _until_up(client, daemon)
        url = f"http://{config.web.host}:{config.web.port}"
        desks = asyncio.create_task(run_operators(url, people, DESKS, 1, going_home), name="operators")
        for name in (TALKS, ASKS):
            dialer.say("campaign", "start", name)
        await _watch_until_finished(dialer, config, client, daemon)
        going_home.set()
        await asyncio.wait_for(desks, 60)
    finally:
        going_home.set()
        daemon.send_signal(signal.SIGTERM)
        await asyncio.to_thread(daemon.wait, 120)


async def _until_up(client: DaemonClient, daemon: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            await asyncio.to_thread(client.live)
            return
        except DaemonAway:
            if daemon.poll() is not None or time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.2)


async def _watch_until_finished(
    dialer: Dialer, config: Config, client: DaemonClient, daemon: subprocess.Popen[bytes]
) -> None:
    """The wallboard on a terminal, a line now and then elsewhere, until both campaigns are through."""
    board = dialer.start("campaign", "watch") if sys.stdout.isatty() else None
    began, said_at = time.monotonic(), 0.0
    try:
        while time.monotonic() - began < LONGEST_S:
            await asyncio.sleep(0.5)
            if daemon.poll() is not None:
                raise SamparkError(N_("the daemon ended by itself; see its log"))
            if await _finished(dialer, config):
                return
            if board is None and time.monotonic() - said_at >= STATUS_EVERY_S:
                said_at = time.monotonic()
                room = (await asyncio.to_thread(client.live)).snapshot
                for campaign in room.campaigns:
                    out.print(f"{said_at - began:4.0f} s  {_line(campaign)}", soft_wrap=True)
        raise SamparkError(N_("the demo did not end within {minutes} minutes"), minutes=int(LONGEST_S / 60))
    finally:
        if board is not None:
            board.send_signal(signal.SIGINT)
            board.wait(10)


async def _finished(dialer: Dialer, config: Config) -> bool:
    """Whether both are through. People who were abandoned wait for three days: for them nobody stays."""
    database = open_database(config)
    try:
        campaigns = Campaigns(database)
        open_ones = [
            record for record in await campaigns.all() if record.campaign.state is not CampaignState.FINISHED
        ]
        queues = await campaigns.queues()
    finally:
        await database.aclose()
    for record in open_ones:
        queue = queues.get(record.campaign.id)
        later = queue is not None and not queue.claimed and (queue.next_at or 0.0) > time.time() + PATIENCE_S
        if later and record.campaign.state is CampaignState.RUNNING:
            dialer.say("campaign", "stop", record.campaign.name)
    return not open_ones


def _line(campaign: CampaignLive) -> str:
    answered = sum(campaign.outcomes.get(name, 0) for name in ("connected", "surveyed", "abandoned"))
    return (
        f"{campaign.name}: {campaign.ringing} ring, {campaign.talking + campaign.in_survey} on the line, "
        f"{campaign.contacts_waiting} wait, {answered} of {campaign.attempts} answered, "
        f"abandoned {campaign.abandonment_rate:.1%}"
    )


async def _report(dialer: Dialer, config: Config, took_s: float) -> bool:
    for name in (TALKS, ASKS):
        dialer.say("campaign", "report", name, fails=True)
    dialer.say("report", "--day", "all", fails=True)
    now = time.time()
    database = open_database(config)
    try:
        books = await reconcile_scope(config, database, Scope(since=0.0, until=now, now=now))
    finally:
        await database.aclose()
    out.print(f"\n{books.attempts} calls in {took_s / 60:.1f} minutes")
    figures = {
        "attempts": books.attempts,
        "invites": books.invites,
        "call_records": books.call_records,
        "connected": books.connected,
        "surveyed": books.surveyed,
        "abandoned": books.abandoned,
        "dialled_twice": books.dialled_twice,
        "seats": config.seats,
        "reconciles": books.reconciles,
    }
    out.file.flush()
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()
    return books.reconciles


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word
