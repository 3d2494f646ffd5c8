"""One Asterisk process in a folder of its own: rendered, started detached, watched, stopped by its PID."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dialer.errors import AlreadyRunning, TelephonyError
from dialer.i18n import N_
from dialer.telephony.asterisk_packages import Say, sha256_of
from dialer.telephony.asterisk_render import make_private_folder, render_templates, write_private
from dialer.telephony.asterisk_root import AsteriskProgram, find_program
from dialer.telephony.ports import PortUse, taken
from dialer.telephony.processes import started_at, stat_of

TEMPLATES = Path(__file__).parents[2] / "asterisk_conf"
BOOT_SECONDS = 60.0
STOP_SECONDS = 10.0
PORTS_RETURN_S = 2.0
LOG_BYTES = 20_000_000
SOCKET_PATH_BYTES = 107
"""The longest path of a socket that Linux takes."""
OPEN_FILES = 32768
"""Each call leg needs two for its media; more would be closed one by one whenever Asterisk forks."""

NOT_RUNNING = N_("Asterisk does not run; start it with `dialer asterisk up`")

LAUNCH = f"""
n=$(ulimit -Hn); [ "$n" = unlimited ] && n={OPEN_FILES}; [ "$n" -gt {OPEN_FILES} ] && n={OPEN_FILES}
ulimit -n "$n"
exec 3>&1; "$@" </dev/null >"$0" 2>&1 3>&- & echo $! >&3
"""
"""The shell leaves at once, so Asterisk belongs to init: it outlives its starter and is never a zombie."""

RELOADS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pjsip_", (
        "module reload res_pjsip.so",
        "module reload res_pjsip_endpoint_identifier_ip.so",
        "module reload res_pjsip_outbound_registration.so",
    )),
    ("extensions", ("dialplan reload",)),
    ("deck", ("dialplan reload",)),
    ("manager", ("manager reload",)),
    ("logger", ("logger reload",)),
    ("cel", ("module reload cel", "module reload cel_custom.so")),
    ("musiconhold", ("moh reload",)),
    ("features", ("module reload features",)),
    ("http", ("module reload http",)),
    ("rtp", ("module reload res_rtp_asterisk.so",)),
)
"""How a running Asterisk reads a changed file (by the start of its name); others need a restart."""


@dataclass(frozen=True, slots=True)
class AsteriskStatus:
    """What a running (or stopped) Asterisk says of itself.

    ``trunks``: name to reachable. ``seats``: the seats whose phone is registered.
    """

    running: bool
    version: str = ""
    pid: int | None = None
    uptime_s: float = 0.0
    channels: int = 0
    memory_mb: float = 0.0
    trunks: Mapping[str, bool] = field(default_factory=dict)
    seats: frozenset[int] = frozenset()


class AsteriskProcess:
    """An Asterisk below ``folder`` with the settings of the templates in ``templates``.

    Subclasses say which values the templates get and which ports are used.
    """

    def __init__(self, folder: Path, templates: Path, program: str, say: Say) -> None:
        self.folder = folder
        self._templates = templates
        self._setting = program
        self._say = say
        self._program: AsteriskProgram | None = None
        self._log_start = 0

    def values(self) -> dict[str, Any]:
        """The values of the templates."""
        raise NotImplementedError

    def ports(self) -> Sequence[PortUse]:
        """The ports that must be free before a start."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make what the settings point to besides the rendered files."""

    # --- settings ------------------------------------------------------------------------------

    @property
    def etc(self) -> Path:
        """The folder of the rendered settings."""
        return self.folder / "etc"

    def render(self) -> list[Path]:
        """Write the settings; returns the files whose content changed.

        Raises ``ConfigError`` for a value that cannot be written, ``TelephonyError`` when the disk refuses.
        """
        try:
            return self._render()
        except OSError as fault:
            text = N_("{file}: Asterisk's settings cannot be written: {why}")
            raise TelephonyError(text, file=fault.filename or self.folder, why=fault.strerror) from fault

    def _render(self) -> list[Path]:
        for name in ("etc", "lib", "run", "log/cel-custom", "spool/tmp", "lib/keys", "agi", "keys", "sounds"):
            (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        make_private_folder(self.control.parent)
        self.prepare()
        texts = self.rendered()
        return [self.etc / name for name, text in texts.items() if write_private(self.etc / name, text)]

    def rendered(self) -> dict[str, str]:
        """File name to text of every setting."""
        available = frozenset(file.name for file in self.program.modules.glob("*.so"))
        known = {
            "folder": self.folder,
            "run": self.control.parent,
            "program": self.program,
            "available": available,
        }
        return render_templates(self._templates, {**known, **self.values()})

    @property
    def control(self) -> Path:
        """The socket of Asterisk's command line.

        It lies in the instance's folder, or, when that is too deep for a socket's path, in a folder of ours
        among the temporary files.
        """
        beside = self.folder / "run/asterisk.ctl"
        if len(os.fsencode(beside)) <= SOCKET_PATH_BYTES:
            return beside
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"sampark-{os.getuid()}-{name}" / "asterisk.ctl"

    # --- process -------------------------------------------------------------------------------

    @property
    def program(self) -> AsteriskProgram:
        """The Asterisk that is used; found, or made, on first use."""
        if self._program is None:
            self._program = find_program(self._setting, self._say)
        return self._program

    @property
    def pid(self) -> int | None:
        """The process id while it runs; a PID that now belongs to another process does not count."""
        known = self._known()
        pid = int(known.get("pid", 0))
        return pid if known and started_at(pid) == known["started"] else None

    def cpu_seconds(self) -> float:
        """Processor time of the process so far, user and system."""
        fields = stat_of(self.pid or 0)
        if fields is None:
            raise TelephonyError(NOT_RUNNING)
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Resident memory of the process."""
        fields = stat_of(self.pid or 0)
        return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6 if fields else 0.0

    async def status(self) -> AsteriskStatus:
        """Version, uptime and channels; all from Asterisk itself."""
        if self.pid is None:
            return AsteriskStatus(running=False)
        uptime = re.search(r"System uptime: (\d+)", await self.command("core show uptime seconds"))
        channels = re.search(r"^(\d+) active channels?", await self.command("core show channels count"), re.M)
        return AsteriskStatus(
            running=True,
            version=self.program.version,
            pid=self.pid,
            uptime_s=float(uptime[1]) if uptime else 0.0,
            channels=int(channels[1]) if channels else 0,
            memory_mb=self.memory_mb(),
        )

    async def up(self) -> bool:
        """Start it and wait until it is fully booted; a running one reads what changed.

        Returns whether a new process was started. Raises ``AlreadyRunning`` naming each taken port,
        ``TelephonyError`` with Asterisk's own words when it does not boot.
        """
        await asyncio.to_thread(lambda: self.program)
        if self.pid is not None:
            self.render()
            await self._reload()
            return False
        await self._ports_free()
        self.render()
        for stale in ("asterisk.ctl", "asterisk.pid"):
            self.control.with_name(stale).unlink(missing_ok=True)
        self._log_start = self._rotate_log()
        await self._start()
        return True

    async def _ports_free(self) -> None:
        """``AlreadyRunning`` if a port stays taken; after a kill they come back a moment later."""
        deadline = time.monotonic() + PORTS_RETURN_S
        while faults := taken(self.ports()):
            if time.monotonic() > deadline:
                text = N_("{taken}; stop it or change the port in config.yaml")
                raise AlreadyRunning(text, taken="; ".join(faults))
            await asyncio.sleep(0.1)

    def _rotate_log(self) -> int:
        """Set a large log aside, keeping one; returns where the next start begins to write."""
        log = self.folder / "log/messages"
        size = log.stat().st_size if log.exists() else 0
        if size > LOG_BYTES:
            log.replace(log.with_suffix(".old"))
            return 0
        return size

    async def _reload(self) -> None:
        """Let Asterisk read what differs from what it has read last, whoever wrote it meanwhile."""
        known, now = self._known(), self._digests()
        read = dict(known.get("settings", {}))
        commands: dict[str, None] = {}
        for name in sorted(name for name, digest in now.items() if digest != read.get(name)):
            reload = next((steps for start, steps in RELOADS if name.startswith(start)), None)
            if reload is None:
                self._say(f"{name} changed and needs a restart: `dialer asterisk down`, then `up`")
                continue
            commands.update(dict.fromkeys(reload))
            read[name] = now[name]
            self._say(f"{name} changed and is read again")
        for command in commands:
            await self.command(command)
        if commands:
            self._remember({**known, "settings": read})

    def _digests(self) -> dict[str, str]:
        return {file.name: sha256_of(file) for file in self.etc.glob("*.conf")}

    def _known(self) -> dict[str, Any]:
        """What was noted of the process at its start; empty when there is none."""
        try:
            noted: dict[str, Any] = json.loads((self.folder / "run/instance.json").read_text())
        except (OSError, ValueError):
            return {}
        return noted

    def _remember(self, known: Mapping[str, Any]) -> None:
        write_private(self.folder / "run/instance.json", json.dumps(known, indent=1))

    async def _start(self) -> None:
        shell = await asyncio.create_subprocess_exec(
            "sh", "-c", LAUNCH, str(self.folder / "log/console"), *self._words("-f"),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, env=self._environment(),
            cwd=self.folder, start_new_session=True,
        )  # fmt: skip
        said, _ = await shell.communicate()
        pid = int(said)
        self._remember({"pid": pid, "started": started_at(pid), "settings": self._digests()})
        await self._booted()

    async def _booted(self) -> None:
        deadline = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < deadline:
            if self.pid is None:
                raise TelephonyError(N_("Asterisk ended while starting: {why}"), why=self._last_words())
            with contextlib.suppress(TelephonyError):
                if "fully booted" in await self.command("core waitfullybooted"):
                    return
            await asyncio.sleep(0.03)
        why, seconds = self._last_words(), round(BOOT_SECONDS)
        raise TelephonyError(N_("Asterisk was not ready after {seconds} s: {why}"), seconds=seconds, why=why)

    def _last_words(self) -> str:
        lines: list[str] = []
        for name, start in (("log/messages", self._log_start), ("log/console", 0)):
            with contextlib.suppress(OSError), (self.folder / name).open("rb") as log:
                log.seek(start)
                text = log.read().decode(errors="replace")
                lines += [line.strip() for line in text.splitlines() if re.search("ERROR|Unable", line)]
        return " | ".join(lines[-3:]) or f"see {self.folder / 'log'}"

    async def down(self, grace_s: float = 0.0) -> bool:
        """Stop it: let calls end for ``grace_s`` seconds, then stop at once, then kill. Whether it ran."""
        pid = self.pid
        if pid is None:
            return False
        if grace_s > 0:
            await self._ask_to_stop("core stop gracefully", grace_s)
        if self.pid is not None:
            await self._ask_to_stop("core stop now", STOP_SECONDS)
        for hard in (signal.SIGTERM, signal.SIGKILL):
            if self.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, hard)
                await self._gone(STOP_SECONDS)
        (self.folder / "run/instance.json").unlink(missing_ok=True)
        return True

    async def _ask_to_stop(self, command: str, wait_s: float) -> None:
        with contextlib.suppress(TelephonyError):
            await self.command(command)
            await self._gone(wait_s)

    async def _gone(self, wait_s: float) -> None:
        deadline = time.monotonic() + wait_s
        while self.pid is not None and time.monotonic() < deadline:  # noqa: ASYNC110 - no child of ours
            await asyncio.sleep(0.03)

    async def command(self, cli: str, timeout_s: float = 20.0) -> str:
        """The output of one Asterisk CLI command; ``TelephonyError`` when nobody answers."""
        if not self.control.exists():
            raise TelephonyError(NOT_RUNNING)
        process = await asyncio.create_subprocess_exec(
            *self._words("-rx", cli),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=self._environment(), cwd=self.folder,
        )  # fmt: skip
        try:
            said, complaint = await asyncio.wait_for(process.communicate(), timeout_s)
        except TimeoutError as fault:
            process.kill()
            await process.wait()
            text = N_("Asterisk did not answer `{command}` within {seconds} s")
            raise TelephonyError(text, command=cli, seconds=round(timeout_s)) from fault
        if process.returncode:
            raise TelephonyError(f"`{cli}`: {(complaint or said).decode(errors='replace').strip()}")
        return said.decode(errors="replace")

    def _words(self, *arguments: str) -> tuple[str, ...]:
        return (*self.program.command, "-C", str(self.etc / "asterisk.conf"), *arguments)

    def _environment(self) -> dict[str, str]:
        # The machine's OpenSSL settings need not fit the private libraries.
        private = {"OPENSSL_CONF": os.devnull} if self.program.private else {}
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            **private,
        }

    def log_files(self) -> list[Path]:
        """The logs, newest first."""
        files = [file for file in (self.folder / "log").iterdir() if file.is_file()]
        return sorted(files, key=lambda file: file.stat().st_mtime, reverse=True)
