"""Checks of the machine: disk, clock, programs, limits."""

from __future__ import annotations

import ctypes
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from dialer.cli.checks.finding import Finding, fail, ok, warn
from dialer.config import Config
from dialer.i18n import translate
from dialer.settings.rules import OFFICE_ZONE

_ = translate

FULL_BYTES: Final = 200 * 2**20
TIGHT_BYTES: Final = 2 * 2**30
FILES_PER_CALL: Final = 12
"""Sockets and files that Asterisk holds for a call with two legs, and some to spare."""
EARLIEST_S: Final = 1_700_000_000.0
"""November 2023: a clock before that was never set."""

_STA_UNSYNC: Final = 0x0040
_PROGRAMS: Final = (("sox", "sox"), ("espeak-ng", "espeak-ng"), ("openssl", "openssl"))


def check_disk(config: Config) -> Iterator[Finding]:
    """Room for the database and the sounds."""
    name = _("disk")
    free = shutil.disk_usage(_existing(config.data)).free
    text = _("{free:.1f} GB free in {folder}").format(free=free / 2**30, folder=config.data)
    if free < FULL_BYTES:
        yield fail(name, text, _("make room, or move data_dir to another disk"))
    elif free < TIGHT_BYTES:
        yield warn(name, text, _("make room soon; a campaign of a day needs some hundred MB"))
    else:
        yield ok(name, text)


def check_clock(config: Config) -> Iterator[Finding]:
    """The clock decides about calling windows and silence periods."""
    name = _("clock")
    now = time.time()
    local = datetime.fromtimestamp(now, OFFICE_ZONE).strftime("%d.%m.%Y %H:%M:%S")
    text = _("it is {time} in the office ({zone})").format(time=local, zone=OFFICE_ZONE.key)
    if now < EARLIEST_S:
        yield fail(name, text, "`timedatectl set-ntp true`")
    elif not _clock_is_kept():
        yield warn(name, text + "; " + _("nothing keeps it right"), "`timedatectl set-ntp true`")
    else:
        yield ok(name, text)


def check_programs(config: Config) -> Iterator[Finding]:
    """Programs that make prompts and certificates, and whether recordings may be MP3."""
    for program, package in _PROGRAMS:
        if path := shutil.which(program):
            yield ok(program, path)
        else:
            text = _("is not installed; prompts and certificates need it")
            yield fail(program, text, f"`apt-get install {package}`")
    if _reads_mp3():
        yield ok("MP3", _("recordings may be MP3"))
    else:
        yield warn("MP3", _("no program here reads recordings in MP3"), "`apt-get install libsox-fmt-mp3`")


def check_limits(config: Config) -> Iterator[Finding]:
    """How many files a process may have open."""
    name = _("open files")
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    channels = sum(trunk.channels for trunk in config.trunks)
    needed = 1024 + FILES_PER_CALL * (channels + config.seats)
    text = _("{limit} allowed, {needed} needed for {channels} channels").format(
        limit=_("any number") if hard == resource.RLIM_INFINITY else hard, needed=needed, channels=channels
    )
    if hard != resource.RLIM_INFINITY and hard < needed:
        yield warn(name, text, _("raise LimitNOFILE of the service, or `ulimit -n`"))
    else:
        yield ok(name, text)


def _reads_mp3() -> bool:
    if shutil.which("ffmpeg"):
        return True
    if not shutil.which("sox"):
        return False
    told = subprocess.run(["sox", "--help"], capture_output=True, text=True, timeout=10, check=False).stdout
    formats = next((line for line in told.splitlines() if line.startswith("AUDIO FILE FORMATS:")), "")
    return "mp3" in formats.split()


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def _clock_is_kept() -> bool:
    # struct timex of adjtimex(2): modes, offset, freq, maxerror, esterror, status; 256 bytes hold all of it.
    buffer = ctypes.create_string_buffer(256)
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(buffer)
    except (OSError, AttributeError):
        return True
    status_at = 5 * ctypes.sizeof(ctypes.c_long)
    status = int.from_bytes(buffer.raw[status_at : status_at + 4], "little")
    return state < 0 or not status & _STA_UNSYNC
