"""Draining the spool: each record into the database exactly once, a broken one set aside."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import structlog

from dialer.contacts.numbers import Number, read_number
from dialer.errors import StoreBusy, StoreError
from dialer.ivr.rings import Rings
from dialer.ivr.spool_record import ANSWER, ENDING, EVENT, OPT_OUT, RING, sync_folder
from dialer.store.port import (
    SURVEY_STARTED,
    AnswerGiven,
    CallContext,
    EventNoted,
    Fact,
    OptedOut,
    SpoolRecordDrained,
)

ASIDE = "aside"
BATCH = 200
EVENTS = (SURVEY_STARTED, "survey_ended")
"""What a script may add to an attempt's story."""

log = structlog.get_logger("spool")


class SpoolStore(Protocol):
    """The part of the store that takes what was spooled."""

    async def drained(self, record_ids: Sequence[str]) -> frozenset[str]: ...

    async def call_context(self, attempt_id: str) -> CallContext | None: ...

    async def write(self, facts: Sequence[Fact]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Spooled:
    file: Path
    id: str
    content: dict[str, Any]


class _Unusable(Exception):
    """A record that can never be stored; the message says why and holds nobody's data."""


async def drain(
    spool: Path, store: SpoolStore, clock: Callable[[], float] = time.time, rings: Rings | None = None
) -> int:
    """Store every record and remove its file; returns how many were stored now.

    A record's id is written in the same transaction as what it says: one whose file could not be removed
    after that is known next time and only removed. A ring of a line is known by its call's id instead, and
    without ``rings`` it stays. Raises ``StoreBusy`` when the database takes nothing; then the files stay.
    One caller at a time.
    """
    count = 0
    files = await asyncio.to_thread(_waiting, spool)
    for at in range(0, len(files), BATCH):
        count += await _drain_batch(spool, files[at : at + BATCH], store, clock, rings)
    return count


def _waiting(spool: Path) -> list[Path]:
    try:
        return sorted(file for file in spool.iterdir() if file.suffix == ENDING and file.name[0] != ".")
    except FileNotFoundError:
        return []


async def _drain_batch(
    spool: Path,
    files: Sequence[Path],
    store: SpoolStore,
    clock: Callable[[], float],
    rings: Rings | None,
) -> int:
    records = await asyncio.to_thread(_read_all, files)
    rung = [record for record in records if record.content.get("kind") == RING]
    records = [record for record in records if record.content.get("kind") != RING]
    known = await store.drained([record.id for record in records]) if records else frozenset()
    fresh: list[tuple[_Spooled, list[Fact]]] = []
    for record in records:
        if record.id in known:
            continue
        try:
            facts = await _facts(record, store)
        except _Unusable as fault:
            _set_aside(record.file, str(fault))
        else:
            fresh.append((record, [SpoolRecordDrained(record.id, clock()), *facts]))
    stored = await _store(fresh, store)
    done = [*stored, *(record for record in records if record.id in known)]
    taken = [record for record in rung if await _take_ring(record, rings)] if rings is not None else []
    await asyncio.to_thread(_remove, spool, [*done, *taken])
    return len(stored) + len(taken)


async def _take_ring(record: _Spooled, rings: Rings) -> bool:
    """Whether the ring is in the store now, whenever it came there."""
    content = record.content
    try:
        caller = _text(content, "caller", empty=True)
        ring = rings.read(_text(content, "call"), _text(content, "line"), caller, _time(content))
    except _Unusable as fault:
        _set_aside(record.file, str(fault))
        return False
    try:
        await rings.take(ring)
    except StoreBusy:
        raise
    except StoreError as fault:
        _set_aside(record.file, f"the database refuses it: {fault}")
        return False
    return True


async def _store(fresh: Sequence[tuple[_Spooled, list[Fact]]], store: SpoolStore) -> list[_Spooled]:
    if not fresh:
        return []
    try:
        await store.write([fact for _record, facts in fresh for fact in facts])
    except StoreBusy:
        raise
    except StoreError as fault:
        if len(fresh) == 1:
            _set_aside(fresh[0][0].file, f"the database refuses it: {fault}")
            return []
        # One record that the database will never take must not keep the others out.
        return [record for each in fresh for record in await _store([each], store)]
    return [record for record, _facts_of_it in fresh]


def _read_all(files: Sequence[Path]) -> list[_Spooled]:
    records = []
    for file in files:
        try:
            content = json.loads(file.read_bytes())
            records.append(_Spooled(file, _text(content, "id"), content))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, _Unusable) as fault:
            _set_aside(file, f"cannot be read: {type(fault).__name__}")
    return records


async def _facts(record: _Spooled, store: SpoolStore) -> list[Fact]:
    content = record.content
    kind, attempt_id = content.get("kind"), _text(content, "attempt", empty=True)
    at = _time(content)
    if kind == OPT_OUT and not attempt_id:
        return [OptedOut(_caller(content), "keypad", at, "keypad", None, "inbound")]
    context = await store.call_context(attempt_id)
    if context is None:
        raise _Unusable("belongs to no attempt that is known")
    if kind == OPT_OUT:
        return [OptedOut(context.phone, "keypad", at, "keypad", attempt_id)]
    if kind == EVENT and content.get("event") in EVENTS:
        return [EventNoted(attempt_id, at, _text(content, "event"), _text(content, "detail", empty=True))]
    if kind == ANSWER:
        return [_answer(content, context, at)]
    raise _Unusable("is of a kind that is not known")


def _answer(content: dict[str, Any], context: CallContext, at: float) -> AnswerGiven:
    if context.survey_version_id is None:
        raise _Unusable("answers a survey that its campaign does not have")
    return AnswerGiven(
        attempt_id=context.attempt_id,
        contact_id=context.contact_id,
        survey_version_id=context.survey_version_id,
        question=_text(content, "question"),
        value=_text(content, "value"),
        via=_text(content, "via"),
        language=_text(content, "language"),
        at=at,
    )


def _caller(content: dict[str, Any]) -> str:
    number = read_number(_text(content, "caller"))
    if not isinstance(number, Number):
        raise _Unusable("names no telephone number")
    return number.phone


def _time(content: dict[str, Any]) -> float:
    at = content.get("at")
    if not isinstance(at, float):
        raise _Unusable("has no time")
    return at


def _text(content: Any, name: str, empty: bool = False) -> str:
    value = content.get(name, "") if isinstance(content, dict) else ""
    if not isinstance(value, str) or not (value or empty) or len(value) > 200:
        raise _Unusable(f"has no usable {name}")
    return value


def _set_aside(file: Path, why: str) -> None:
    aside = file.parent / ASIDE
    aside.mkdir(mode=0o700, exist_ok=True)
    file.replace(aside / file.name)
    log.error("a spooled record was set aside", record=file.name, folder=str(aside), why=why)


def _remove(spool: Path, records: Sequence[_Spooled]) -> None:
    for record in records:
        record.file.unlink(missing_ok=True)
    if records:
        sync_folder(spool)
