"""Free ports of the loopback for tests and benchmarks that run side by side."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path

FIRST, LAST = 20000, 29999
"""Below those that the system gives out by itself."""

_given: set[int] = set()
_book: list[int] = []


def free_ports(count: int) -> list[int]:
    """Ports that nobody holds now and that no other test process gets before this one ends, none twice.

    A port is often bound long after it was chosen, so each is reserved: the byte of its number in a file of
    all test processes is locked.
    """
    found: list[int] = []
    size = LAST - FIRST + 1
    for step in range(size):
        candidate = FIRST + (os.getpid() * 37 + step) % size
        if candidate not in _given and _free(candidate) and _reserved(candidate):
            _given.add(candidate)
            found.append(candidate)
            if len(found) == count:
                return found
    raise RuntimeError(f"no {count} free ports between {FIRST} and {LAST}")


def free_port() -> int:
    """One of them."""
    return free_ports(1)[0]


def _free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def _reserved(port: int) -> bool:
    if not _book:
        file = Path(tempfile.gettempdir()) / f"sampark-test-ports-{os.getuid()}"
        _book.append(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    try:
        fcntl.lockf(_book[0], fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True
