"""Facts reach the store in order, however busy it is, and one poisoned fact stops nobody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from dialer.engine import writer as module
from dialer.engine.writer import FactWriter
from dialer.errors import StoreBusy, StoreError
from dialer.store.port import EventNoted, Fact


class Shelf:
    """A store that can be busy for some writes or refuse certain facts."""

    def __init__(self) -> None:
        self.stored: list[Fact] = []
        self.writes = 0
        self.busy_for = 0
        self.poison: Fact | None = None

    async def write(self, facts: Sequence[Fact]) -> None:
        self.writes += 1
        if self.busy_for > 0:
            self.busy_for -= 1
            raise StoreBusy("database is locked")
        if self.poison in facts:
            raise StoreError("constraint failed")
        self.stored.extend(facts)


def note(number: int) -> EventNoted:
    return EventNoted("a1", float(number), "dialled")


@pytest.fixture
async def running(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[FactWriter, Shelf]]:
    monkeypatch.setattr(module, "FIRST_RETRY_S", 0.01)
    shelf = Shelf()
    subject = FactWriter(shelf, pause_s=0.01)
    task = asyncio.create_task(subject.run())
    yield subject, shelf
    await subject.aclose()
    await task


async def test_a_saved_fact_and_all_before_it_are_stored_when_save_returns(
    running: tuple[FactWriter, Shelf],
) -> None:
    subject, shelf = running
    subject.put(note(1), note(2))
    await subject.save([note(3)])
    assert shelf.stored == [note(1), note(2), note(3)]


async def test_many_savers_share_transactions(running: tuple[FactWriter, Shelf]) -> None:
    subject, shelf = running
    await asyncio.gather(*(subject.save([note(number)]) for number in range(100)))
    assert len(shelf.stored) == 100
    assert shelf.writes < 10


async def test_a_busy_store_makes_facts_wait_in_order_and_says_so(
    running: tuple[FactWriter, Shelf],
) -> None:
    subject, shelf = running
    shelf.busy_for = 3
    seen: list[str] = []
    subject.on_trouble = seen.append
    await subject.save([note(1)])
    await subject.save([note(2)])
    assert shelf.stored == [note(1), note(2)]
    assert seen == ["database is locked", ""]
    assert subject.trouble == ""


async def test_a_saver_hears_that_the_store_stays_busy_and_the_fact_is_kept(
    running: tuple[FactWriter, Shelf], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SAVE_DEADLINE_S", 0.05)
    subject, shelf = running
    shelf.busy_for = 4
    with pytest.raises(StoreBusy, match="database is locked"):
        await subject.save([note(1)])
    await asyncio.sleep(0.3)
    assert shelf.stored == [note(1)]


async def test_a_fact_the_store_never_takes_does_not_keep_others_out(
    running: tuple[FactWriter, Shelf],
) -> None:
    subject, shelf = running
    shelf.poison = note(2)
    subject.put(note(1), note(2))
    await subject.save([note(3)])
    assert shelf.stored == [note(1), note(3)]
