"""The card, its counts and its people, on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select

from db import models
from db.warroom import ConstituencyTally, OfficePerson
from dialer.warroom.card import Cards
from dialer.warroom.duties import Duties, Duty
from dialer.warroom.people import People, Selection
from dialer.warroom.sheets import Kind
from dialer.warroom.tallies import day_of, refresh
from tests.contract.warroom.conftest import BOOTHS, NOW, PEOPLE, Room
from tests.places import queued


def calls(connection: Any) -> None:
    """A connected call with a complaint today, an unanswered one the day before, one a month ago."""
    add = connection.execute
    common = {"created_at": 1.0, "created_by": "t"}
    add(insert(models.ContactList).values(id=1, name="l", purpose="p", source="s", consent="c", **common))
    add(insert(models.Campaign).values(
        id=1, name="c", kind="operators", state="running", purpose="p", list_id=1, trunk="t",
        caller_id="+917880000000", mode="predictive", **common))  # fmt: skip
    add(insert(models.Operator).values(
        id=1, username="o", name="o", role="operator", password_hash="x", **common))  # fmt: skip
    add(insert(models.Contact).values(id=1, phone="+919800000001", constituency=62, created_at=1.0))
    add(queued(1, 1))
    for number, (back, outcome) in enumerate(((100, "connected"), (86_400, "busy"), (30 * 86_400, "busy"))):
        add(insert(models.Attempt).values(
            id=f"a{number:024x}", campaign_id=1, contact_id=1, number_of_attempt=1, trunk="t",
            claimed_at=NOW - back, ended_at=NOW - back + 60, outcome=outcome))  # fmt: skip
    add(insert(models.Disposition).values(
        id=1, attempt_id=f"a{0:024x}", operator_id=1, code="complaint", notes="किस्त नहीं आई",
        given_at=NOW - 40))  # fmt: skip


async def test_the_card_holds_everything_at_once(room: Room) -> None:
    await room.take(Kind.BOOTHS, *BOOTHS)
    await room.take(Kind.PEOPLE, *PEOPLE)
    await room.database.transact(calls)
    await refresh(room.database, NOW)
    card = await Cards(room.database, 365).card(62, NOW)
    assert [each.name for each in card.elections] == ["2023", "2018", "2013", "2008"]
    assert [(booth["number"], booth["workers"]) for booth in card.booths] == [("12", 1), ("13", 1)]
    assert card.booths[0]["electors_total"] == "880", "men and women are added up"
    assert (card.people_by_level, len(card.office_bearers), len(card.workers)) == ({4: 1, 7: 2}, 1, 2)
    assert (card.heard.total("outcome"), card.heard.total("outcome", today=True)) == (3, 1)
    assert [voice["notes"] for voice in card.voices] == ["किस्त नहीं आई"]
    assert card.stale and card.disputed == 5


async def test_counting_again_replaces_and_never_adds(room: Room) -> None:
    await room.database.transact(calls)
    for every_day in (False, False, True):
        await refresh(room.database, NOW, every_day=every_day)
    total = await room.rows(select(func.sum(ConstituencyTally.count)))
    assert total == [(4,)], "three outcomes and a disposition"
    days = await room.rows(select(ConstituencyTally.day).distinct().order_by(ConstituencyTally.day))
    assert [row[0] for row in days] == [day_of(NOW - 30 * 86_400), day_of(NOW - 86_400), day_of(NOW)]  # type: ignore[index]


async def test_people_come_page_by_page_and_are_narrowed(room: Room) -> None:
    await room.take(Kind.BOOTHS, *BOOTHS)
    await room.take(Kind.PEOPLE, *PEOPLE)
    people, everybody = People(room.database), Selection(62)
    first = await people.page(everybody, NOW, most=2)
    last = first[-1]
    rest = await people.page(everybody, NOW, after=(last.level, last.id), most=2)
    assert [one.name for one in (*first, *rest)] == ["गीता देवांगन", "सीता साहू", "राम वर्मा"]
    assert [one.name for one in await people.page(Selection(62, booth="13"), NOW)] == ["राम वर्मा"]
    assert [one.name for one in await people.page(Selection(62, name="Seeta"), NOW)] == ["सीता साहू"]
    duties = Duties(room.database)
    ids = await duties.assign(Selection(62, booth_workers=True), Duty("बैठक", "अध्यक्ष"), "t", NOW)
    assert len(ids) == 2 and len(await people.page(Selection(62, open_only=True), NOW)) == 2
    assert await duties.finish(ids, "t", NOW + 1) == 2 and await duties.finish(ids, "t", NOW + 2) == 0


async def test_a_correction_keeps_what_was_before_and_the_new_name_is_found(room: Room) -> None:
    await room.take(Kind.PEOPLE, "name,phone,post,ac no", "राम वर्मा,9876500002,कार्यकर्ता,62")
    (row,) = await room.rows(select(OfficePerson.id))
    people, id_ = People(room.database), row[0]  # type: ignore[index]
    await people.change(id_, {"name": "रामलाल वर्मा", "phone": "9876500009"}, "his word", "t", NOW + 1)
    story = await people.story(id_, NOW + 2)
    assert story.row["phone"] == "+919876500009" and story.source == "his word"
    assert story.changes[0]["before"]["name"] == "राम वर्मा" and story.changes[0]["actor"] == "t"
    assert await people.duplicates() == []
