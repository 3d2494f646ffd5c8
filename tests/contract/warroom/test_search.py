"""People and places are found however their names are spelled."""

from __future__ import annotations

import pytest

from dialer.warroom.search import Search
from dialer.warroom.sheets import Kind
from tests.contract.warroom.conftest import BOOTHS, PEOPLE, Room


@pytest.mark.parametrize("typed", ["पाटन", "Patan", "Paatan", "pat", "पाट", "62", "६२"])
async def test_a_constituency_is_the_first_hit(room: Room, typed: str) -> None:
    hits = await Search(room.database).find(typed)
    assert (hits[0].kind, hits[0].where) == ("constituency", 62)


async def test_people_are_found_by_any_word_and_by_two(room: Room) -> None:
    await room.take(Kind.BOOTHS, *BOOTHS)
    await room.take(Kind.PEOPLE, *PEOPLE)
    search = Search(room.database)
    for typed in ("Seeta", "saahoo", "साहू सीता", "Sita Sa", "dewangan geeta"):
        names = [hit.names[0] for hit in await search.find(typed) if hit.kind == "person"]
        assert names and names[0] in ("सीता साहू", "गीता देवांगन"), typed
    assert all(hit.kind != "person" for hit in await search.find("sita", people=False))
    assert await search.find("…") == () and list(await search.find("zzzz")) == []


async def test_who_is_written_as_typed_comes_first(room: Room) -> None:
    await room.take(Kind.PEOPLE, "name,phone,ac no", "Meena Rao,9876500011,62", "Mina Rao,9876500012,62")
    hits = await Search(room.database).find("Mina")
    assert [hit.names[0] for hit in hits] == ["Mina Rao", "Meena Rao"]
