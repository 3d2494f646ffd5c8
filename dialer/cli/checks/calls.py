"""Checks of what carries the calls: Asterisk, its ports, the trunks, the daemon."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from dialer.cli.checks.finding import Finding, fail, ok, warn
from dialer.cli.daemon_client import DaemonClient
from dialer.config import Config, cache_dir
from dialer.errors import ConfigError, DaemonAway, SamparkError
from dialer.i18n import ngettext, translate
from dialer.telephony.asterisk import AsteriskInstance
from dialer.telephony.asterisk_instance import AsteriskStatus
from dialer.telephony.asterisk_root import RECIPE, installed_program
from dialer.telephony.ports import PortUse, taken

_ = translate

ASTERISK_UP: Final = "`dialer asterisk up`"


def check_program(config: Config) -> Iterator[Finding]:
    """An Asterisk that can be started; one that would have to be made first is told of, not made."""
    name = _("Asterisk program")
    setting = config.asterisk.program
    installed = setting if setting not in ("auto", "private") else None
    if setting == "auto":
        installed = shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if installed is not None:
        try:
            program = installed_program(Path(installed))
        except ConfigError as fault:
            if setting != "auto":
                yield fail(name, fault.in_words(_), _("set asterisk.program: private"))
                return
        else:
            yield ok(name, f"{program.command[0]} ({program.version})")
            return
    root = cache_dir() / "asterisk" / f"root-{RECIPE}"
    if (root / "manifest.json").exists():
        yield ok(name, _("a private one in {folder}").format(folder=root))
    else:
        text = _("none yet; a private one is made at the first start (25 MB of downloads)")
        yield warn(name, text, ASTERISK_UP)


async def check_asterisk(config: Config) -> AsyncIterator[Finding]:
    """Asterisk runs, or could: then its ports are free. When it runs, its trunks answer."""
    name = _("Asterisk")
    instance = AsteriskInstance(config)
    if instance.pid is None:
        blocked = taken(instance.ports())
        for sentence in blocked:
            yield fail(name, sentence, _("end that program, or change the port in config.yaml"))
        if not blocked:
            yield warn(name, _("does not run; its ports are free"), ASTERISK_UP)
        return
    try:
        status = await instance.status()
    except SamparkError as fault:
        yield fail(name, fault.in_words(_), "`dialer asterisk logs`")
        return
    text = _("{version} runs, {channels} channels, {seats} seats with a phone")
    text = text.format(version=status.version, channels=status.channels, seats=len(status.seats))
    yield ok(name, text)
    for finding in _trunks(config, status):
        yield finding


def _trunks(config: Config, status: AsteriskStatus) -> Iterator[Finding]:
    for trunk in config.trunks:
        name = _("trunk {name}").format(name=trunk.name)
        if status.trunks and status.trunks.get(trunk.name):
            yield ok(name, _("{host} answers").format(host=trunk.host))
        elif trunk.simulated:
            text = _("the simulated carrier does not run")
            yield warn(name, text, _("`dialer demo` starts it"))
        else:
            text = _("{host}:{port} does not answer").format(host=trunk.host, port=trunk.port)
            yield fail(name, text, _("check address, port, firewall and password with the provider"))


def check_daemon(config: Config) -> Iterator[Finding]:
    """The daemon answers and can work, or its ports are free for it."""
    name = _("daemon")
    if not (config.data / "secrets" / "cli").exists():
        yield warn(name, _("was never set up here"), "`dialer init`")
        return
    client = DaemonClient(config)
    try:
        room = client.live()
    except DaemonAway:
        yield from _daemon_away(name, config, client.address)
        return
    if room.snapshot.store != "ok":
        text = _("answers, but its database does not: {why}").format(why=room.snapshot.store)
        yield fail(name, text, _("look at the database above"))
        return
    live = len(room.snapshot.campaigns)
    text = ngettext("answers at {address}; {count} campaign", "answers at {address}; {count} campaigns", live)
    yield ok(name, text.format(address=client.address, count=live))


def _daemon_away(name: str, config: Config, address: str) -> Iterator[Finding]:
    uses = (
        PortUse("web.port", "tcp", config.web.host, config.web.port),
        PortUse("asterisk.agi_port", "tcp", "127.0.0.1", config.asterisk.agi_port),
    )
    blocked = taken(uses)
    for sentence in blocked:
        yield fail(name, sentence, _("end that program, or change the port in config.yaml"))
    if not blocked:
        yield warn(name, _("does not answer at {address}").format(address=address), "`dialer serve`")
