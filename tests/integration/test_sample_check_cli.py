"""A sample of the interviews is asked again: drawn, called under the rules, compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from db import models
from db.session import Database
from tests.integration.cli_office import Office, open_office
from tests.integration.survey_answers_world import NAME, START, Invented

FIRST = "सर्वेक्षण"
"""The survey campaign of the invented answers."""
COMPLETE, SUPPRESSED = 40, 3


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    made = open_office(tmp_path, capsys)
    people = Invented()
    for number in range(COMPLETE):
        contact = people.person(62 if number % 4 else 63)
        language = "en" if number % 5 == 0 else "hi"
        answers = {"language": language, "knows_pmjay": "yes" if number % 3 else "no", "reach": "3"}
        people.call(contact, answers, language=language)
    unfinished = people.person(64)
    people.call(unfinished, {"knows_pmjay": "yes"}, complete=False)
    made.query(people.store)
    made.query(_places)
    return made


async def _places(database: Database) -> None:
    async with database.writing() as connection:
        for id_ in range(1, COMPLETE + 2):
            complete_as = '[62, "hi", "citizen"]' if id_ <= COMPLETE else None
            theirs = models.CampaignContact.campaign_id == 900, models.CampaignContact.contact_id == id_
            await connection.execute(
                update(models.CampaignContact).where(*theirs).values(complete_as=complete_as)
            )
            await connection.execute(insert(models.ListMember).values(list_id=900, contact_id=id_))
        for id_ in range(1, SUPPRESSED + 1):
            row = {"phone": f"+9197{id_:08d}", "source": "office", "created_at": START, "created_by": "test"}
            await connection.execute(insert(models.Suppression).values(row))


async def _drawn(database: Database) -> list[int]:
    query = (
        select(models.CampaignContact.contact_id)
        .join(models.SampleCheck, models.SampleCheck.campaign_id == models.CampaignContact.campaign_id)
        .order_by(models.CampaignContact.contact_id)
    )
    async with database.reading() as connection:
        return list(await connection.scalars(query))


def made(office: Office, *options: str, name: str = "check") -> Any:
    return office.do("survey", "sample-check", FIRST, name, *options, "--json").json


def test_a_sample_becomes_a_campaign_of_operators(office: Office) -> None:
    check = made(office, "--share", "25%", "--seed", "durg", "--stratified", "--question", "knows_pmjay")
    dialable = COMPLETE - SUPPRESSED
    assert (check["complete"], check["drawn"], check["queued"]) == (dialable, 10, 10)
    assert (check["suppressed"], check["questions"], check["seed"]) == (SUPPRESSED, ["knows_pmjay"], "durg")
    assert sum(each["drawn"] for each in check["constituencies"].values()) == 10
    assert check["constituencies"]["62"]["drawn"] in (7, 8)
    assert "64" not in check["constituencies"], "who did not finish is not asked again"
    [campaign] = [one for one in office.do("campaign", "list", "--json").json if one["name"] == "check"]
    assert (campaign["kind"], campaign["state"], campaign["purpose"]) == ("operators", "draft", "p")
    assert set(office.query(_drawn)).isdisjoint(range(1, SUPPRESSED + 1))


def test_the_seed_draws_the_same_people_again_and_nobody_is_asked_a_third_time(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made(office, "--count", "12", "--seed", "durg")
    first = office.query(_drawn)
    again = made(office, "--count", "12", "--seed", "durg", name="second")
    assert (again["drawn_before"], again["complete"]) == (12, COMPLETE - SUPPRESSED - 12)
    both = office.query(_drawn)
    assert len(both) == len(set(both)) == 24 and set(first) < set(both)
    rest = made(office, "--share", "100%", name="third")
    assert rest["drawn"] == COMPLETE - SUPPRESSED - 24
    assert "nobody" not in office.refused(2, "survey", "sample-check", FIRST, "fourth", "--count", "1")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "--share 10% or --count 50"),
        (("--share", "10%", "--count", "3"), "--share 10% or --count 50"),
        (("--share", "0%"), "above 0%"),
        (("--share", "many"), "not a share"),
        (("--count", "0"), "at least 1"),
        (("--count", "2", "--question", "nonsense"), "'nonsense'"),
        (("--count", "2", "--question", "language"), "'language'"),
        (("--count", "2", "--seed", "x" * 41), "--seed"),
    ],
)
def test_what_cannot_be_drawn_is_told_in_one_line_and_nothing_is_stored(
    office: Office, options: tuple[str, ...], says: str
) -> None:
    assert says in office.refused(2, "survey", "sample-check", FIRST, "check", *options)
    assert [one["name"] for one in office.do("campaign", "list", "--json").json] == [FIRST]


def test_a_name_that_is_taken_and_a_campaign_that_is_no_survey_are_refused(office: Office) -> None:
    made(office, "--count", "2")
    assert "exists" in office.refused(2, "survey", "sample-check", FIRST, "check", "--count", "2")
    assert "keypad" in office.refused(2, "survey", "sample-check", "check", "other", "--count", "2")
    assert "no campaign" in office.refused(3, "survey", "sample-check", "nowhere", "other", "--count", "2")


def test_the_agreement_is_of_the_check_alone(office: Office) -> None:
    check = made(office, "--count", "20", "--seed", "durg", "--question", "knows_pmjay")
    drawn = office.query(_drawn)
    campaigns = {one["name"]: one["id"] for one in office.do("campaign", "list", "--json").json}

    async def answer(database: Database) -> None:
        people = Invented(first=5_000)
        for place, contact in enumerate(drawn[:15]):
            keyed = "yes" if (contact - 1) % 3 else "no"
            said = keyed if place else ("no" if keyed == "yes" else "yes")
            answers, campaign = {"knows_pmjay": said}, campaigns["check"]
            people.call(contact, answers, at=START + 9_000, via="operator", campaign=campaign)
        # An operator of another campaign asks somebody too.
        people.call(drawn[15], {"knows_pmjay": "no"}, at=START + 9_000, via="operator")
        await people.store_people(database)

    office.query(answer)
    found = office.do("survey", "agreement", "check", "--json").json
    assert found["checks"][0]["seed"] == "durg" and found["checks"][0]["drawn"] == check["drawn"] == 20
    question = found["questions"]["knows_pmjay"]
    assert (found["people"], question["pairs"], question["agreed"]) == (15, 15, 14)
    assert question["kappa_low"] <= question["kappa"] <= question["kappa_high"]
    assert sum(cell["count"] for cell in question["table"]) == 15
    assert set(found["by_language"]) == {"en", "hi"}
    assert found == office.do("survey", "agreement", FIRST, "--json").json
    english = office.do("survey", "agreement", "check").out
    for words in ("seed durg", "kappa (Cohen)", "operator: yes", "93 %"):
        assert words in english, words
    hindi = office.run("survey", "agreement", "check", language="hi").out
    assert "ऑपरेटर: हाँ" in hindi and "कीपैड, भाषा English" in hindi and "operator" not in hindi
    whole = office.do("survey", "results", NAME, "--json").json["sample_check"]
    assert whole["questions"]["knows_pmjay"]["pairs"] == 16


def test_a_campaign_that_nobody_checked_says_so(office: Office) -> None:
    assert "sample-check" in office.refused(3, "survey", "agreement", FIRST)
    made(office, "--count", "2")
    assert "nobody has answered both ways yet" in office.do("survey", "agreement", FIRST).out
