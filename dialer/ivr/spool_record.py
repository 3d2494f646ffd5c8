"""Writing to the spool: answers and opt-outs that the database could not take yet.

Only the standard library is needed here, so that the scripts that work while the daemon is down start
quickly. A record is on the disk, whole or not at all, when ``write_record`` returns.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

ENDING = ".json"
ANSWER, OPT_OUT, EVENT, RING = "answer", "opt_out", "event", "ring"


def answer_record(
    attempt_id: str, question: str, value: str, language: str, at: float, via: str
) -> dict[str, object]:
    """An answer by keypad. ``at``: UTC epoch seconds."""
    return {
        "kind": ANSWER, "attempt": attempt_id, "question": question, "value": value, "language": language,
        "via": via, "at": at,
    }  # fmt: skip


def opt_out_record(attempt_id: str, caller: str, at: float) -> dict[str, object]:
    """No more calls, to the person behind the attempt, or, without one, to the number that called us."""
    return {"kind": OPT_OUT, "attempt": attempt_id, "caller": "" if attempt_id else caller, "at": at}


def event_record(attempt_id: str, event: str, detail: str, at: float) -> dict[str, object]:
    """A line of the attempt's story."""
    return {"kind": EVENT, "attempt": attempt_id, "event": event, "detail": detail, "at": at}


def ring_record(call_id: str, line: str, caller: str, at: float) -> dict[str, object]:
    """Somebody rang a line; ``call_id``: the channel's, as Asterisk or as the product names it."""
    return {"kind": RING, "call": call_id, "line": line, "caller": caller, "at": at}


def write_record(spool: Path, record: Mapping[str, object]) -> Path:
    """Put a record into the spool; raises ``OSError`` when the disk takes nothing.

    The name begins with the time, so that records are drained in their order; the id in it is unique.
    """
    at = record["at"]
    assert isinstance(at, float)
    name = f"{round(at * 1_000_000):018d}-{secrets.token_hex(8)}"
    data = json.dumps({"id": name, **record}, ensure_ascii=False).encode()
    spool.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh, final = spool / f".{name}.new", spool / f"{name}{ENDING}"
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.rename(fresh, final)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(spool)
    return final


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
