"""Whatever cards show besides calls: each change of it raises the version that kept cards stand for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from sqlalchemy import select

from db.warroom import Fact, OfficePerson, Post, WarroomChange, WarroomImport
from dialer.store.access import Access
from dialer.warroom import people as people_module
from dialer.warroom import tallies
from dialer.warroom.calls_heard import calls_heard
from dialer.warroom.changing import ChangingAccess, version
from dialer.warroom.duties import Duties, Duty
from dialer.warroom.facts import Facts
from dialer.warroom.people import People, Selection
from dialer.warroom.posts import NewPost, Posts
from dialer.warroom.sheets import Kind
from tests.contract.warroom.conftest import BOOTHS, NOW, PEOPLE, Room


async def _changes(room: Room) -> AsyncIterator[tuple[str, Callable[[], Awaitable[object]]]]:
    facts, duties, people = Facts(room.database), Duties(room.database), People(room.database)
    yield "booths", lambda: room.take(Kind.BOOTHS, *BOOTHS)
    yield "people", lambda: room.take(Kind.PEOPLE, *PEOPLE)
    fact = (await room.rows(select(Fact.id).where(Fact.key == "electors_total")))[0][0]  # type: ignore[index]
    yield "correct", lambda: facts.correct(fact, "2,20,000", "roll", "t", NOW)
    yield "prefer", lambda: facts.prefer(fact, "the roll is newer", "t", NOW)
    yield "note", lambda: duties.note(62, "रविवार", "t", NOW)
    yield "assign", lambda: duties.assign(Selection(62), Duty("बैठक", "अध्यक्ष"), "t", NOW)
    open_now = [id_ for id_, _person in await duties.open_of(Selection(62), NOW)]
    yield "finish", lambda: duties.finish(open_now[:1], "t", NOW)
    first, second, _third = [row[0] for row in await room.rows(select(OfficePerson.id))]  # type: ignore[index]
    yield "edit", lambda: people.change(first, {"name": "सीता वर्मा"}, "her word", "t", NOW)
    yield "merge", lambda: people.merge(first, second, "t", NOW)
    posts = Posts(room.database)
    yield "give", lambda: posts.give(first, NewPost("सचिव", "booth", "13", "", "", "letter"), "t", NOW)
    (given,) = await room.rows(select(Post.id).where(Post.title == "सचिव"))
    yield "end", lambda: posts.end(given[0], "", "his word", "t", NOW)  # type: ignore[index]
    (ended,) = await room.rows(select(WarroomChange.id).order_by(WarroomChange.id.desc()).limit(1))
    yield "take back", lambda: posts.take_back(ended[0], "t", NOW)  # type: ignore[index]
    yield "retire", lambda: room.take(Kind.PEOPLE, *PEOPLE[:2], retire_gone=True)
    (last,) = await room.rows(select(WarroomImport.id).order_by(WarroomImport.id.desc()).limit(1))
    yield "undo", lambda: room.imports.undo(last[0], "t", NOW + 9)  # type: ignore[index]


async def test_every_change_raises_the_version(room: Room) -> None:
    access = Access(room.database)
    before = await access.query(version)
    assert before > 0, "the facts that come with the program were taken in"
    async for name, change in _changes(room):
        await change()
        after = await access.query(version)
        assert after > before, name
        before = after


async def test_a_look_and_a_preview_raise_nothing(room: Room) -> None:
    before = (await calls_heard(room.database, 62, NOW)).version
    await room.preview(Kind.BOOTHS, *BOOTHS)
    await People(room.database).page(Selection(62), NOW)
    await tallies.refresh(room.database, NOW)
    assert (await calls_heard(room.database, 62, NOW)).version == before


async def test_a_change_that_fails_raises_nothing(room: Room) -> None:
    def fail(_connection: object) -> None:
        raise ValueError

    before = (await calls_heard(room.database, 62, NOW)).version
    try:
        await ChangingAccess(room.database).change(fail)
    except ValueError:
        pass
    assert (await calls_heard(room.database, 62, NOW)).version == before


def test_nothing_in_the_war_room_writes_past_the_version() -> None:
    """What may: audit lines of looks and of the map, and the counts of calls, which no card keeps."""
    folder = Path(people_module.__file__).parent
    found = {file.name: file.read_text(encoding="utf-8").count(".transact(") for file in folder.glob("*.py")}
    assert {name: count for name, count in found.items() if count} == {
        "people.py": 1, "borders.py": 1, "tallies.py": 1, "changing.py": 1,
    }  # fmt: skip
