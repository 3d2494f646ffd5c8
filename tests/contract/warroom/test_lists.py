"""Answers, changes, old sources and the audit log, on both databases."""

from __future__ import annotations

from sqlalchemy import select, update

from db.warroom import OfficePerson, Responsibility
from dialer.store.audit import AuditWish, audit_lines
from dialer.warroom.duties import Duties, Duty, DutyPage
from dialer.warroom.history import changes_of
from dialer.warroom.old import old
from dialer.warroom.people import People, Selection, set_contact
from dialer.warroom.sheets import Kind
from tests.contract.warroom.conftest import BOOTHS, NOW, PEOPLE, Room

YEAR = 366 * 86_400


async def test_each_responsibility_has_its_answers_and_its_people(room: Room) -> None:
    await room.take(Kind.BOOTHS, *BOOTHS)
    await room.take(Kind.PEOPLE, *PEOPLE)
    duties = Duties(room.database)
    first = await duties.assign(Selection(62), Duty("पर्ची बाँटना", "अध्यक्ष"), "t", NOW)
    await duties.assign(Selection(62, booth_workers=True), Duty("बैठक", "अध्यक्ष"), "t", NOW)
    await duties.finish(first[:1], "sita", NOW + 5)
    for id_, said in zip(first[1:], ("yes", "no"), strict=True):
        answered = update(Responsibility).where(Responsibility.id == id_)
        values = answered.values(confirmed=said, confirmed_at=NOW)
        await room.database.transact(lambda link, values=values: link.execute(values))
    stands = {each.what: each for each in await duties.answers(62)}
    slips, meeting = stands["पर्ची बाँटना"], stands["बैठक"]
    assert (slips.people, slips.open, slips.done) == (3, 2, 1)
    assert (slips.accepted, slips.declined, slips.silent) == (1, 1, 0)
    assert (meeting.people, meeting.silent) == (2, 2)
    (done,) = await duties.page(DutyPage(62, state="done"), NOW)
    assert (done.what, done.done_by, done.done_at) == ("पर्ची बाँटना", "sita", NOW + 5)
    (declined,) = await duties.page(DutyPage(62, "पर्ची बाँटना", "no"), NOW)
    assert declined.id == first[2]
    page = await duties.page(DutyPage(62), NOW, most=3)
    rest = await duties.page(DutyPage(62, after=page[-1].id), NOW, most=3)
    assert len({each.id for each in (*page, *rest)}) == 5
    assert await duties.open_titles(Selection(62), NOW) == ["पर्ची बाँटना", "बैठक"]
    holders = await People(room.database).page(Selection(62, booth="12"), NOW)
    assert [each.duties for each in holders] == [("पर्ची बाँटना", "बैठक")]


async def test_changes_come_page_by_page_with_whom_they_were_about(room: Room) -> None:
    await room.take(Kind.PEOPLE, "name,phone,post,ac no", "राम वर्मा,9876500002,कार्यकर्ता,62")
    (row,) = await room.rows(select(OfficePerson.id))
    people, id_ = People(room.database), row[0]  # type: ignore[index]
    for number in range(3):
        await people.change(id_, {"address": f"वार्ड {number}"}, "his word", "t", NOW + number)
    changes = await changes_of(room.database, 62)
    assert [each["called"] for each in changes] == ["राम वर्मा"] * 3
    behind = await changes_of(room.database, 62, changes[0]["id"])
    assert [each["id"] for each in behind] == [each["id"] for each in changes[1:]]


async def test_people_and_posts_grow_old_with_their_sources(room: Room) -> None:
    await room.take(Kind.PEOPLE, *PEOPLE[:1], PEOPLE[3])
    before = await old(room.database, NOW, 365)
    assert (before.people.count, before.posts.count) == (0, 0) and before.facts
    after = await old(room.database, NOW + YEAR, 365)
    assert (after.people.count, after.posts.count) == (1, 1)
    assert after.people.first[0].name == "गीता देवांगन" and after.people.first[0].source == "register"


async def test_an_answer_outlives_the_next_campaign(room: Room) -> None:
    await room.take(Kind.PEOPLE, *PEOPLE[:1], PEOPLE[3])
    (id_,) = await Duties(room.database).assign(Selection(62), Duty("बैठक", "अध्यक्ष"), "t", NOW)
    answered = update(Responsibility).values(confirmed="yes", confirmed_at=NOW)
    await room.database.transact(lambda link: link.execute(answered))
    (row,) = await room.rows(select(Responsibility.person_id))
    person = row[0]  # type: ignore[index]
    linked = await room.database.transact(lambda link: set_contact(link, {person + 1: 1}, 1, [id_]))
    assert linked == 0, "nobody else's responsibility is linked"
    assert await room.rows(select(Responsibility.confirmed)) == [("yes",)]


async def test_the_audit_log_is_read_by_who_what_and_when(room: Room) -> None:
    room.now = NOW + 86_400
    await room.take(Kind.BOOTHS, *BOOTHS)
    newest, *_others = await audit_lines(room.database, AuditWish())
    assert newest.action == "warroom import" and newest.detail["kind"] == "booths"
    for wish, count in (
        (AuditWish(actor="nobody"), 0), (AuditWish(actor="test", action="warroom"), 5),
        (AuditWish(subject=newest.subject), 1), (AuditWish(since=NOW + 10), 1),
        (AuditWish(until=NOW + 10), 4), (AuditWish(most=2), 2), (AuditWish(action="%"), 0),
    ):  # fmt: skip
        assert len(await audit_lines(room.database, wish)) == count, wish
