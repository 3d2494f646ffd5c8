"""Of one person everything is told, and that somebody looked is written down."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from db import models
from db.session import Database
from dialer.core.people import Person
from dialer.errors import NotFoundError
from dialer.store.contact_story import ContactStories
from dialer.store.lists import ImportedFile, Lists, ListTerms
from dialer.store.suppression import SuppressionList

NOW = 1_800_000_000.0
PHONE = "+919826012345"


async def fill(database: Database) -> None:
    terms = ListTerms("Durg", "schemes", "register", "form")
    file = ImportedFile("list.csv", "a" * 64, 1, 0)
    ram = Person(line=2, phone=PHONE, name="राम साहू", constituency=62)
    await Lists(database).import_people(terms, file, lambda: [ram], "hi", "ram", NOW)
    await SuppressionList(database).add(lambda: [PHONE], "keypad", "", "daemon", NOW + 500)
    common = {"created_at": NOW, "created_by": "ram"}
    async with database.writing() as connection:
        for table, row in (
            (models.Operator, {"id": 1, "username": "sita", "name": "सीता", "role": "operator",
                               "password_hash": ""}),
            (models.Campaign, {"id": 1, "name": "winter", "kind": "operators", "state": "running",
                               "purpose": "schemes", "list_id": 1, "trunk": "carrier",
                               "caller_id": "+917880000000", "mode": "progressive"}),
        ):  # fmt: skip
            await connection.execute(insert(table).values(**row, **common))
        await connection.execute(
            insert(models.CampaignContact).values(
                campaign_id=1, contact_id=1, state="done", attempts=2, done_why="opted_out"
            )
        )
        attempt = {"campaign_id": 1, "contact_id": 1, "trunk": "carrier"}
        await connection.execute(
            insert(models.Attempt).values(
                id="a1", number_of_attempt=1, claimed_at=NOW, outcome="busy", ended_at=NOW + 9, **attempt
            )
        )
        await connection.execute(
            insert(models.Attempt).values(
                id="a2", number_of_attempt=2, claimed_at=NOW + 99, dialled_at=NOW + 100, joined_at=NOW + 110,
                ended_at=NOW + 170, outcome="connected", operator_id=1, **attempt,
            )
        )  # fmt: skip
        await connection.execute(
            insert(models.Disposition).values(attempt_id="a2", operator_id=1, code="informed", given_at=NOW)
        )
        await connection.execute(insert(models.Survey).values(id=1, name="awareness", created_at=NOW))
        await connection.execute(
            insert(models.SurveyVersion).values(id=1, survey_id=1, version=3, source="", sha256="", **common)
        )
        await connection.execute(
            insert(models.Answer).values(
                attempt_id="a2", contact_id=1, survey_version_id=1, question="knows", value="yes",
                via="operator", answered_at=NOW + 150,
            )
        )  # fmt: skip


async def test_the_story_holds_all_that_belongs_to_the_person(database: Database) -> None:
    await fill(database)
    story = await ContactStories(database).tell(phone=PHONE, by="ram", now=NOW, revealed=False)
    assert (story.person.name, story.created_at) == ("राम साहू", NOW)
    assert [each.name for each in story.lists] == ["Durg"]
    assert story.suppressed is not None and story.suppressed.source == "keypad"
    (place,) = story.campaigns
    assert (place.campaign, place.state, place.attempts, place.done_why) == ("winter", "done", 2, "opted_out")
    latest, first = story.calls
    assert (latest.talk_s, latest.operator, latest.disposition) == (60.0, "sita", "informed")
    assert (first.outcome, first.at, first.talk_s) == ("busy", NOW, None)
    (answer,) = story.answers
    assert (answer.survey, answer.version, answer.question, answer.value) == ("awareness", 3, "knows", "yes")


async def test_a_look_is_written_down_without_the_number(database: Database) -> None:
    await fill(database)
    await ContactStories(database).tell(contact_id=1, by="sita", now=NOW, revealed=True)
    async with database.reading() as connection:
        query = select(models.Audit).where(models.Audit.action == "contact show")
        (row,) = (await connection.execute(query)).all()
    assert (row.actor, row.subject, row.detail) == ("sita", "contact 1", {"revealed": True})


async def test_nobody_is_not_found_and_no_look_is_written_down(database: Database) -> None:
    with pytest.raises(NotFoundError, match="contacts list"):
        await ContactStories(database).tell(contact_id=7, by="ram", now=NOW, revealed=False)
    async with database.reading() as connection:
        assert (await connection.execute(select(models.Audit))).all() == []
