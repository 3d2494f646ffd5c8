"""What the system knows of a process."""

from __future__ import annotations

from pathlib import Path


def stat_of(pid: int) -> list[str] | None:
    """The fields of ``/proc/PID/stat`` after the name; none for a process that is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields


def started_at(pid: int) -> int | None:
    """When a process started, in clock ticks since boot: with the PID it names one process for ever."""
    fields = stat_of(pid)
    return int(fields[19]) if fields else None
