"""Who is retired, merged or moved stays what they were, and comes back when a later file names them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from db.warroom import OfficePerson, Place, Post, Responsibility, Scheme
from dialer.errors import InputError, RuleRefusal
from dialer.warroom.card import Cards
from dialer.warroom.duties import Duties, Duty
from dialer.warroom.people import People, Selection
from dialer.warroom.posts import NewPost, Posts
from dialer.warroom.sheets import Kind
from tests.contract.warroom.conftest import BOOTHS, NOW, PEOPLE, Room

DAY = 86_400


async def _furnished(room: Room) -> None:
    await room.take(Kind.BOOTHS, *BOOTHS)
    await room.take(Kind.PEOPLE, *PEOPLE)


async def _ids(room: Room) -> dict[str, int]:
    return {name: id_ for name, id_ in await room.rows(select(OfficePerson.name, OfficePerson.id))}  # type: ignore[misc]


async def test_a_retired_person_comes_back_with_the_post_when_a_file_names_them_again(room: Room) -> None:
    await _furnished(room)
    await room.take(Kind.PEOPLE, *PEOPLE[:2], retire_gone=True)
    preview = await room.preview(Kind.PEOPLE, *PEOPLE)
    assert preview.found.counts()["added"] == 0 and preview.found.counts()["revived"] == 2
    await room.take(Kind.PEOPLE, *PEOPLE)
    alive = await room.rows(select(func.count()).where(OfficePerson.retired_at.is_(None)))
    assert alive == [(3,)]
    assert len(await People(room.database).page(Selection(62), NOW + 2 * DAY)) == 3
    again = await room.preview(Kind.PEOPLE, *PEOPLE)
    assert again.found.counts()["same"] == 6


async def test_a_retired_booth_and_scheme_come_back_too(room: Room) -> None:
    await room.take(Kind.BOOTHS, *BOOTHS)
    await room.take(Kind.BOOTHS, *BOOTHS[:2], retire_gone=True)
    refused = await room.preview(Kind.PEOPLE, PEOPLE[0], PEOPLE[2])
    assert "import it first" in refused.faults[0].reason, "nobody is put at a booth that is gone"
    await room.take(Kind.BOOTHS, *BOOTHS)
    booths = select(Place.number).where(Place.kind == "booth", Place.retired_at.is_(None))
    assert sorted(row[0] for row in await room.rows(booths)) == ["12", "13"]  # type: ignore[index]
    schemes = ("code,name_en,name_hi", "one,One,एक", "two,Two,दो")
    await room.take(Kind.SCHEMES, *schemes)
    await room.take(Kind.SCHEMES, *schemes[:2], retire_gone=True)
    await room.take(Kind.SCHEMES, *schemes)
    kept = await room.rows(select(Scheme.retired_at).where(Scheme.code == "two"))
    assert kept == [(None,)]


async def test_a_merged_person_is_the_one_who_was_kept(room: Room) -> None:
    await _furnished(room)
    ids = await _ids(room)
    keep, gone = ids["सीता साहू"], ids["राम वर्मा"]
    await People(room.database).merge(keep, gone, "t", NOW + 5)
    preview = await room.preview(Kind.PEOPLE, *PEOPLE)
    assert preview.found.counts()["added"] == 0 and preview.found.counts()["same"] == 6
    assert [(each.label, each.keeper) for each in preview.found.merged] == [("राम वर्मा", "सीता साहू")]
    await People(room.database).change(keep, {"name": "राम वर्मा", "phone": "9876500002"}, "it", "t", NOW + 6)
    heading = "phone,name,responsibility,ac no,booth"
    await room.take(Kind.RESPONSIBILITIES, heading, "9876500002,राम वर्मा,पर्ची बाँटना,62,13")
    assert await room.rows(select(Responsibility.person_id)) == [(keep,)]
    only_old_name = await room.preview(Kind.PEOPLE, PEOPLE[0], PEOPLE[2], PEOPLE[3])
    assert only_old_name.found.gone == []


async def test_who_is_retired_ends_in_posts_and_duties_and_stays_in_earlier_days(room: Room) -> None:
    await _furnished(room)
    duties = Duties(room.database)
    await duties.assign(Selection(62, booth="13"), Duty("पर्ची बाँटना", "अध्यक्ष"), "t", NOW)
    room.now = NOW + 3 * DAY
    number = await room.take(Kind.PEOPLE, *PEOPLE[:2], PEOPLE[3], retire_gone=True)
    cards = Cards(room.database, 365)
    after = await cards.card(62, NOW + 4 * DAY)
    assert after.people_by_level == {4: 1, 7: 1} and after.open_tasks == []
    assert [booth["workers"] for booth in after.booths] == [1, 0]
    assert after.responsibilities == {"withdrawn": 1}
    before = await cards.card(62, NOW + 4 * DAY, "2026-09-22")
    assert before.people_by_level == {4: 1, 7: 2}
    assert [one.name for one in before.workers] == ["सीता साहू", "राम वर्मा"]
    story = await People(room.database).story((await _ids(room))["राम वर्मा"], NOW + 4 * DAY)
    assert story.row["retired_at"] and story.tasks[0].state == "withdrawn"
    await room.imports.undo(number, "t", NOW + 5 * DAY)
    restored = await cards.card(62, NOW + 6 * DAY)
    assert restored.people_by_level == {4: 1, 7: 2} and restored.responsibilities == {"open": 1}


async def test_a_retired_booth_is_shown_on_earlier_days(room: Room) -> None:
    await _furnished(room)
    room.now = NOW + 3 * DAY
    await room.take(Kind.BOOTHS, *BOOTHS[:2], retire_gone=True)
    cards = Cards(room.database, 365)
    after = await cards.card(62, NOW + 4 * DAY)
    assert [booth["number"] for booth in after.booths] == ["12"] and after.people_by_level == {4: 1, 7: 1}
    before = await cards.card(62, NOW + 4 * DAY, "2026-09-22")
    assert [(booth["number"], booth["workers"]) for booth in before.booths] == [("12", 1), ("13", 1)]


async def test_a_post_at_a_new_booth_is_told_as_moved(room: Room) -> None:
    await _furnished(room)
    preview = await room.preview(Kind.PEOPLE, PEOPLE[0], "राम वर्मा,9876500002,कार्यकर्ता,62,12,")
    (move,) = preview.found.moved
    assert (move.label, move.come_from, move.to) == ("राम वर्मा: कार्यकर्ता", "booth:62:13", "booth:62:12")
    await room.imports.store(preview, "t", NOW + DAY)
    rows = select(Place.number, Post.to_on).join(Place, Place.id == Post.place_id)
    of_ram = rows.where(Post.title == "कार्यकर्ता").order_by(Post.id)
    assert [tuple(row) for row in await room.rows(of_ram)] == [("13", "2026-09-22"), ("12", None)]  # type: ignore[call-overload]
    both = await room.preview(
        Kind.PEOPLE, PEOPLE[0], "सीता साहू,9876500001,बूथ अध्यक्ष,62,12,", "सीता साहू,9876500001,बूथ अध्यक्ष,62,13,"
    )
    assert both.found.moved == [], "who stands in the file twice has two posts"


async def test_a_post_is_given_ended_and_each_of_it_taken_back(room: Room) -> None:
    await _furnished(room)
    person = (await _ids(room))["राम वर्मा"]
    posts, people = Posts(room.database), People(room.database)
    wanted = NewPost("बूथ अध्यक्ष", "booth", "12", "2026-09-01", "", "the president's letter")
    post = await posts.give(person, wanted, "t", NOW + 1)
    with pytest.raises(InputError, match="held by this person already"):
        await posts.give(person, wanted, "t", NOW + 1)
    for wrong in (
        replace(wanted, place="99"), replace(wanted, title=" "), replace(wanted, source=" "),
        replace(wanted, from_on="soon"), replace(wanted, to_on="2026-08-01"), replace(wanted, kind="moon"),
    ):  # fmt: skip
        with pytest.raises(InputError):
            await posts.give(person, wrong, "t", NOW + 1)
    await posts.end(post, "", "his word", "t", NOW + DAY)
    story = await people.story(person, NOW + DAY)
    assert {each["title"]: each["to_on"] for each in story.posts} == {
        "कार्यकर्ता": None, "बूथ अध्यक्ष": "2026-09-22"
    }  # fmt: skip
    ended, given = story.changes[:2]
    assert (ended["why"], given["why"]) == ("his word", "the president's letter")
    with pytest.raises(RuleRefusal, match="changed again since"):
        await posts.take_back(given["id"], "t", NOW + DAY + 1)
    await posts.take_back(ended["id"], "t", NOW + DAY + 2)
    await posts.take_back(given["id"], "t", NOW + DAY + 3)
    assert [each["title"] for each in (await people.story(person, NOW + DAY)).posts] == ["कार्यकर्ता"]
    await people.change(person, {"name": "रामलाल वर्मा"}, "his word", "t", NOW + DAY + 4)
    (changed, *_rest) = (await people.story(person, NOW + DAY)).changes
    await posts.take_back(changed["id"], "t", NOW + DAY + 5)
    assert (await people.story(person, NOW + DAY)).row["name"] == "राम वर्मा"
