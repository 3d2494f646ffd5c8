"""``dialer asterisk``: start, stop and inspect our Asterisk, and the simulated carrier with ``--carrier``."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from dialer.cli.console import N_, JsonOption, _, add_row, config, note, out, print_json, run_async, table
from dialer.errors import InputError
from dialer.telephony.asterisk import AsteriskInstance
from dialer.telephony.asterisk_instance import AsteriskProcess, AsteriskStatus
from dialer.telephony.carrier import Carrier, invites
from dialer.telephony.carrier_behaviour import CarrierBehaviour, load_behaviour

app = typer.Typer(no_args_is_help=True, help=_("Start, stop and inspect Asterisk"))

CarrierOption = Annotated[
    bool, typer.Option("--carrier", help=_("The simulated carrier with its citizens and phones, too."))
]
BehaviourOption = Annotated[
    Path | None,
    typer.Option("--behaviour", metavar="FILE", help=_("How the simulated citizens behave (YAML).")),
]


@app.command(help=_("Start Asterisk and wait until it is ready; a running one reads what changed."))
def up(carrier: CarrierOption = False, behaviour: BehaviourOption = None) -> None:
    run_async(_up(_processes(carrier or behaviour is not None, behaviour)))


async def _up(processes: Mapping[str, AsteriskProcess]) -> None:
    for name, process in processes.items():
        started = time.monotonic()
        if await process.up():
            took = time.monotonic() - started
            said = _("{name}: Asterisk {version} is ready after {seconds:.1f} s (pid {pid}).")
            version = process.program.version
            out.print(said.format(name=name, version=version, seconds=took, pid=process.pid))
        else:
            out.print(_("{name}: already running (pid {pid}).").format(name=name, pid=process.pid))


@app.command(help=_("Stop Asterisk; calls in progress end, unless they are given time with --grace."))
def down(
    carrier: CarrierOption = False,
    grace: Annotated[
        float,
        typer.Option("--grace", metavar="SECONDS", min=0, help=_("Let calls end by themselves so long.")),
    ] = 0.0,
) -> None:
    async def work() -> None:
        for name, process in _processes(carrier).items():
            ran = await process.down(grace)
            out.print((_("{name}: stopped.") if ran else _("{name}: was not running.")).format(name=name))

    run_async(work())


@app.command(help=_("Version, uptime, channels, trunks and seats, as Asterisk itself says."))
def status(carrier: CarrierOption = False, as_json: JsonOption = False) -> None:
    found = run_async(_statuses(_processes(carrier)))
    if carrier:
        found["carrier"]["invites"] = invites(config().data).total()
    if as_json:
        print_json(found)
    else:
        for name, facts in found.items():
            _show_status(name, facts)
    if not all(facts["running"] for facts in found.values()):
        raise typer.Exit(1)


async def _statuses(processes: Mapping[str, AsteriskProcess]) -> dict[str, dict[str, Any]]:
    return {name: _facts(await process.status()) for name, process in processes.items()}


def _facts(status: AsteriskStatus) -> dict[str, Any]:
    if not status.running:
        return {"running": False}
    return {
        "running": True,
        "version": status.version,
        "pid": status.pid,
        "uptime_s": status.uptime_s,
        "channels": status.channels,
        "memory_mb": round(status.memory_mb),
        "trunks": dict(status.trunks),
        "seats": sorted(status.seats),
    }


def _show_status(name: str, facts: Mapping[str, Any]) -> None:
    if not facts["running"]:
        out.print(_("{name}: does not run; start it with `dialer asterisk up`.").format(name=name))
        return
    words = {True: _("up"), False: _("DOWN")}
    trunks = ", ".join(f"{trunk} {words[is_up]}" for trunk, is_up in facts["trunks"].items())
    rows = {
        _("version"): facts["version"],
        _("pid"): facts["pid"],
        _("uptime"): f"{facts['uptime_s']:.0f} s",
        _("channels"): facts["channels"],
        _("memory"): f"{facts['memory_mb']} MB",
        _("trunks"): trunks or "-",
        _("seats with a phone"): ", ".join(map(str, facts["seats"])) or "-",
    }
    if "invites" in facts:
        rows[_("calls received")] = facts["invites"]
    shown = table("", "", title=name)
    for what, value in rows.items():
        add_row(shown, what, value)
    out.print(shown)


@app.command(help=_("The last lines that Asterisk wrote: warnings and errors."))
def logs(
    carrier: CarrierOption = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=10000, help=_("How many lines."))] = 40,
    as_json: JsonOption = False,
) -> None:
    found = {name: _last_lines(name, process, lines) for name, process in _processes(carrier).items()}
    if as_json:
        print_json({name: {"file": file, "lines": said} for name, (file, said) in found.items()})
        return
    for name, (file, said) in found.items():
        note(f"{name}: {file}")
        for line in said:
            out.print(line, markup=False, soft_wrap=True)


def _last_lines(name: str, process: AsteriskProcess, count: int) -> tuple[Path, list[str]]:
    file = process.folder / "log/messages"
    if not file.exists():
        raise InputError(N_("{name}: there is no log yet in {folder}"), name=name, folder=file.parent)
    with file.open(encoding="utf-8", errors="replace") as opened:
        return file, [line.rstrip("\n") for line in deque(opened, maxlen=count)]


@app.command(help=_("Write the settings that Asterisk reads, and say where they are."))
def conf(carrier: CarrierOption = False, as_json: JsonOption = False) -> None:
    found = {}
    for name, process in _processes(carrier).items():
        changed = set(process.render())
        found[name] = [(file, file in changed) for file in sorted(process.etc.iterdir())]
    if as_json:
        print_json(
            {name: [{"file": file, "changed": new} for file, new in files] for name, files in found.items()}
        )
        return
    for file, new in (each for files in found.values() for each in files):
        out.print(f"{file}{_('  (changed)') if new else ''}", markup=False, soft_wrap=True)


def _processes(carrier: bool, behaviour: Path | None = None) -> dict[str, AsteriskProcess]:
    """Ours, and the simulated carrier when it is wanted; ours is started first."""
    settings = config()
    processes: dict[str, AsteriskProcess] = {"asterisk": AsteriskInstance(settings, note)}
    if carrier:
        file = behaviour or settings.base / "carrier.yaml"
        citizens = load_behaviour(file) if behaviour or file.exists() else CarrierBehaviour()
        processes["carrier"] = Carrier(settings, citizens, say=note)
    return processes
