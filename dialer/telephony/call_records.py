"""Asterisk's own record of every call leg, kept whether or not the daemon lives.

Asterisk appends one line when a channel is made, when it is answered and when it ends (``cel.conf``), about
250 bytes for an answered call. A channel is named by its id, which for an attempt is the attempt's; no number
is in it. A file that has grown large is set aside, and the oldest go when there are too many.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

FOLDER = Path("asterisk/log/cel-custom")
CURRENT = "calls.csv"
LARGE_BYTES = 64_000_000
KEPT_FILES = 32
"""With files of ``LARGE_BYTES``: 2 GB, about eight million answered calls."""

_LINE = re.compile(r'(CHAN_START|ANSWER|HANGUP),(\d+\.\d+),"?([\w.-]+)"?,(.*)\n')
_CAUSE = re.compile(r'hangupcause"*:(\d+)')


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One channel from its making to its end.

    ``ended_at`` is ``None`` while the channel lives, and for ever when Asterisk itself was killed. ``cause``
    is Q.850, 0 when unknown.
    """

    channel_id: str
    started_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    cause: int = 0


def call_records(data: Path, since: float = 0.0) -> Iterator[CallRecord]:
    """Every call leg that ended at ``since`` or later, in order of its end, then those without an end.

    ``data`` is ``Config.data``. Reads line by line, so memory holds living calls only; a line that was torn
    by a power cut is passed over.
    """
    open_calls: dict[str, CallRecord] = {}
    for file in record_files(data):
        if file.stat().st_mtime < since:
            continue
        with file.open(encoding="ascii", errors="replace") as lines:
            for line in lines:
                ended = _taken(line, open_calls)
                if ended is not None and (ended.ended_at or 0.0) >= since:
                    yield ended
    yield from open_calls.values()


def _taken(line: str, open_calls: dict[str, CallRecord]) -> CallRecord | None:
    """Note one line; the record that it completes."""
    parsed = _LINE.fullmatch(line)
    if parsed is None:
        return None
    kind, at, channel_id, extra = parsed[1], float(parsed[2]), parsed[3], parsed[4]
    if kind == "CHAN_START":
        open_calls[channel_id] = CallRecord(channel_id, at)
        return None
    known = open_calls.pop(channel_id, None) or CallRecord(channel_id, at)
    if kind == "ANSWER":
        open_calls[channel_id] = replace(known, answered_at=known.answered_at or at)
        return None
    cause = _CAUSE.search(extra)
    return replace(known, ended_at=at, cause=int(cause[1]) if cause else 0)


def record_files(data: Path) -> list[Path]:
    """The files of records, the oldest first."""
    folder = data / FOLDER
    current = folder / CURRENT
    return [*sorted(folder.glob("calls-*.csv")), *([current] if current.exists() else [])]


def rotate_call_records(
    data: Path, large_bytes: int = LARGE_BYTES, kept_files: int = KEPT_FILES
) -> Path | None:
    """Set the current file aside when it is large; safe while Asterisk runs, which opens it for each line.

    Returns the file set aside. The oldest beyond ``kept_files`` are removed.
    """
    current = data / FOLDER / CURRENT
    if not current.exists() or current.stat().st_size < large_bytes:
        return None
    aside = current.with_name(f"calls-{time.time():017.6f}.csv")
    current.rename(aside)
    for old in record_files(data)[: -kept_files or None]:
        old.unlink()
    return aside


def mend_call_records(data: Path) -> None:
    """End a last line that a power cut left open, so that the next record does not join it."""
    current = data / FOLDER / CURRENT
    if not current.exists() or not current.stat().st_size:
        return
    with current.open("r+b") as file:
        file.seek(-1, 2)
        if file.read(1) != b"\n":
            file.write(b"\n")
