"""The spool: a record is on the disk whole or not at all, and in the database exactly once."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from dialer.errors import StoreBusy
from dialer.ivr.spool import drain
from dialer.ivr.spool_record import answer_record, event_record, opt_out_record, write_record
from dialer.store.port import Fact
from tests.integration.survey_call import ATTEMPT, PHONE, FakeStore, context_of, records


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(contexts={ATTEMPT: context_of()})


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def put(spool: Path, name: str, content: bytes) -> None:
    spool.mkdir()
    (spool / name).write_bytes(content)


def answer(question: str = "a", value: str = "yes", at: float = 5.0) -> dict[str, object]:
    return answer_record(ATTEMPT, question, value, "hi", at, "fallback")


async def test_answers_opt_outs_and_events_are_stored_and_removed(store: FakeStore, spool: Path) -> None:
    write_record(spool, answer())
    write_record(spool, opt_out_record(ATTEMPT, "", 6.0))
    write_record(spool, event_record(ATTEMPT, "survey_ended", "complete", 7.0))
    assert await drain(spool, store) == 3
    assert store.values == {"a": "yes"} and set(store.opted_out) == {PHONE}
    assert [(event.event, event.detail) for event in store.events] == [("survey_ended", "complete")]
    assert records(spool) == []
    assert await drain(spool, store) == 0


async def test_an_inbound_caller_is_taken_by_number(store: FakeStore, spool: Path) -> None:
    write_record(spool, opt_out_record("", "09876543210", 6.0))
    assert await drain(spool, store) == 1
    assert set(store.opted_out) == {PHONE}


async def test_no_spool_is_no_work(store: FakeStore, spool: Path) -> None:
    assert await drain(spool, store) == 0


async def test_the_order_is_that_of_the_key_presses(store: FakeStore, spool: Path) -> None:
    for at, value in ((9.0, "no"), (8.0, "yes")):
        write_record(spool, answer(value=value, at=at))
    await drain(spool, store)
    assert store.values == {"a": "no"}


async def test_a_crash_between_storing_and_removing_stores_once(
    store: FakeStore, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(spool, event_record(ATTEMPT, "survey_ended", "complete", 7.0))
    monkeypatch.setattr("dialer.ivr.spool._remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        await drain(spool, store)
    monkeypatch.undo()
    assert len(records(spool)) == 1
    assert await drain(spool, store) == 0
    assert len(store.events) == 1 and records(spool) == []


async def test_a_busy_database_leaves_every_file(store: FakeStore, spool: Path) -> None:
    write_record(spool, answer())
    store.locked = True
    with pytest.raises(StoreBusy):
        await drain(spool, store)
    store.locked = False
    assert await drain(spool, store) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b'{"id": "x", "ki', b"[]", b"null", b'{"id": 3}',
     b'{"id": "x", "kind": "answer", "attempt": "q", "at": 1.0}',
     b'{"id": "x", "kind": "spell", "attempt": "%s", "at": 1.0}' % ATTEMPT.encode(),
     b'{"id": "x", "kind": "answer", "attempt": "%s", "at": "now"}' % ATTEMPT.encode(),
     b'{"id": "x", "kind": "opt_out", "attempt": "", "caller": "12", "at": 1.0}', b"\xff\xfe\x00"],
)  # fmt: skip
async def test_a_broken_record_is_set_aside_and_the_others_pass(
    store: FakeStore, spool: Path, content: bytes
) -> None:
    put(spool, "000000000000001-bad.json", content)
    write_record(spool, answer())
    assert await drain(spool, store) == 1
    assert store.values == {"a": "yes"}
    assert [file.name for file in records(spool / "aside")] == ["000000000000001-bad.json"]
    assert await drain(spool, store) == 0


async def test_a_record_that_the_database_never_takes_is_set_aside(store: FakeStore, spool: Path) -> None:
    store.refuses = {"b"}
    for question in ("a", "b", "c"):
        write_record(spool, answer(question))
    assert await drain(spool, store) == 2
    assert set(store.values) == {"a", "c"}
    assert len(records(spool / "aside")) == 1


async def test_a_half_written_record_is_not_seen(store: FakeStore, spool: Path) -> None:
    put(spool, ".000000000000001-x.new", b'{"id"')
    assert await drain(spool, store) == 0


def test_a_full_disk_is_told_and_leaves_no_torn_record(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_record(spool, answer())
    assert [*spool.iterdir()] == []


def test_records_are_for_nobody_else(spool: Path) -> None:
    file = write_record(spool, answer())
    assert file.stat().st_mode & 0o777 == 0o600
    assert spool.stat().st_mode & 0o777 == 0o700


async def test_a_thousand_records_go_in_batches(store: FakeStore, spool: Path) -> None:
    writes: list[int] = []
    original = store.write

    async def counted(facts: Sequence[Fact]) -> None:
        writes.append(len(facts))
        await original(facts)

    store.write = counted  # type: ignore[method-assign]
    for number in range(450):
        write_record(spool, answer(f"q{number}"))
    assert await drain(spool, store) == 450
    assert writes == [400, 400, 100]
