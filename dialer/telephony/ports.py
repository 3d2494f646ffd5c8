"""Whether a port is free, and who holds it when it is not."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["tcp", "udp"]
LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class PortUse:
    """A port that a program is about to listen on; ``setting`` is the key that changes it."""

    setting: str
    kind: Kind
    host: str
    port: int


def taken(uses: Iterable[PortUse]) -> list[str]:
    """One sentence for each port that somebody else holds; empty when all are free."""
    return [
        f"{use.kind} port {use.port} on {use.host} ({use.setting}) is taken{_by(use)}"
        for use in uses
        if not _is_free(use)
    ]


def _is_free(use: PortUse) -> bool:
    family = socket.AF_INET6 if ":" in use.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if use.kind == "tcp" else socket.SOCK_DGRAM) as probe:
        if use.kind == "tcp":
            # A connection that waits out its end does not stop a listener, so it must not stop the probe.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((use.host, use.port))
        except OSError as fault:
            return fault.errno != errno.EADDRINUSE
    return True


def _by(use: PortUse) -> str:
    holder = holder_of(use.kind, use.port)
    return f" by {holder}" if holder else ""


def holder_of(kind: Kind, port: int) -> str:
    """``"name (pid 123)"`` of the process that listens on ``port``; empty if it cannot be seen."""
    inodes = _inodes(kind, port)
    if not inodes:
        return ""
    for process in Path("/proc").glob("[0-9]*"):
        if _open_sockets(process) & inodes:
            name = (process / "comm").read_text().strip() if (process / "comm").exists() else "a process"
            return f"{name} (pid {process.name})"
    return "a process of another user"


def _inodes(kind: Kind, port: int) -> set[str]:
    found = set()
    for table in (kind, f"{kind}6"):
        try:
            lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if int(fields[1].rsplit(":", 1)[1], 16) == port and (kind == "udp" or fields[3] == LISTENING):
                found.add(fields[9])
    return found


def _open_sockets(process: Path) -> set[str]:
    found = set()
    with contextlib.suppress(OSError), os.scandir(process / "fd") as entries:
        for entry in entries:
            # Files come and go while we look; our own look at the folder is one of them.
            with contextlib.suppress(FileNotFoundError):
                link = os.readlink(entry.path)
                found |= {link[8:-1]} if link.startswith("socket:[") else set()
    return found
