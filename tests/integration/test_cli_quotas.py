"""Quotas as a supervisor sets, raises and explains them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from db.session import Database
from dialer.core.model import CampaignState, DialPolicy, Done, Outcome, Window
from dialer.store.campaigns import Campaigns
from dialer.store.port import AttemptClosed, EventNoted, Fact
from dialer.store.sql import SqlDialStore
from tests.integration.cli_office import Office, open_office
from tests.integration.list_files import people, write_csv

ALL_DAY = DialPolicy(window=Window(0, 1440))
SURVEY = """
survey: short
title: {hi: त}
languages: [hi]
nodes:
  a: {kind: yes_no, say: {hi: "क्या आप सुन रहे हैं?"}}
"""
OF_SURVEY = ("--list", "durg", "--kind", "survey", "--purpose", "schemes", "--survey", "short")


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    """Twelve people, two in each of the constituencies 62 to 67, and a survey."""
    office = open_office(tmp_path / "office", capsys)
    office.set(rules={"window": "00:00-24:00", "allow_wider_window": True})
    file = write_csv(office.folder / "people.csv", people(12))
    terms = ("--purpose", "schemes", "--source", "register", "--consent", "form")
    office.do("contacts", "import", str(file), "--list", "durg", *terms)
    survey = office.folder / "short.yaml"
    survey.write_text(SURVEY, encoding="utf-8")
    office.do("survey", "add", str(survey))
    return office


def called(office: Office, finish: bool = False) -> None:
    """One daemon's work: who may be called has a complete interview, until nobody is left."""

    async def work(database: Database) -> None:
        store, now = SqlDialStore(database), time.time()
        await store.open()
        (campaign,) = await store.campaigns()
        while attempts := (await store.claim(campaign, 50, now, ALL_DAY)).attempts:
            facts: Iterable[Fact] = [
                fact
                for each in attempts
                for fact in (
                    EventNoted(each.id, now, "survey_ended", "complete"),
                    AttemptClosed(
                        each.id, campaign.id, each.contact.id, now, Outcome.SURVEYED, Done("surveyed")
                    ),
                )
            ]
            await store.write(list(facts))
            now += 60.0
        if finish:
            await store.set_campaign_state(campaign.id, CampaignState.FINISHED, now)
        await store.aclose()

    office.query(work)


def start(office: Office, *quotas: str) -> None:
    options = [word for quota in quotas for word in ("--quota", quota)]
    office.do("campaign", "create", "ask", *OF_SURVEY, *options)

    async def run(database: Database) -> None:
        store = SqlDialStore(database)
        await store.open()
        await store.set_campaign_state(1, CampaignState.RUNNING, time.time())
        await store.aclose()

    office.query(run)


@pytest.mark.parametrize(
    ("quota", "text"),
    [
        ("constituency:62", "constituency:62=200"),
        ("booth:62=4", "constituency, language, kind"),
        ("constituency:62=0", "constituency:62=200"),
        ("constituency:Patan=4", "a constituency is a number"),
        ("language:hindi=4", "choose hi, en"),
        ("kind:workers=4", "choose citizen, beneficiary, worker"),
    ],
)
def test_a_quota_of_no_group_is_refused_with_what_is_possible(office: Office, quota: str, text: str) -> None:
    assert text in office.refused(2, "campaign", "create", "ask", *OF_SURVEY, "--quota", quota)
    assert office.do("campaign", "list", "--json").json == []


def test_a_group_is_named_once_and_only_surveys_have_quotas(office: Office) -> None:
    twice = ("--quota", "kind:worker=4", "--quota", "kind:worker=5")
    assert "kind:worker twice" in office.refused(2, "campaign", "create", "ask", *OF_SURVEY, *twice)
    talk = ("--list", "durg", "--kind", "operators", "--purpose", "schemes")
    refused = office.refused(2, "campaign", "create", "talk", *talk, "--quota", "kind:worker=4")
    assert "no survey" in refused
    office.do("campaign", "create", "talk", *talk)
    assert "no survey" in office.refused(2, "campaign", "set", "talk", "--quota", "kind:worker=4")
    assert "name a quota" in office.refused(2, "campaign", "set", "talk")


def test_quotas_are_set_added_to_and_taken_away(office: Office) -> None:
    quotas = ("--quota", "constituency:62=200", "--quota", "language:hi=500")
    made = office.do("campaign", "create", "ask", *OF_SURVEY, *quotas)
    assert "constituency 62: 200 interviews" in made.out and "language Hindi: 500 interviews" in made.out
    changes = ("--quota", "language:hi=off", "--quota", "constituency:062=150", "--quota", "kind:worker=5")
    done = office.do("campaign", "set", "ask", *changes, "--json").json
    assert [(each["by"], each["group"], each["wanted"]) for each in done["quotas"]] == [
        ("constituency", "62", 150), ("kind", "worker", 5)
    ]  # fmt: skip
    off = ("--quota", "constituency:62=off", "--quota", "kind:worker=off")
    assert "no quotas" in office.do("campaign", "set", "ask", *off).out


def test_a_full_quota_is_seen_in_status_plan_and_explain_in_both_languages(office: Office) -> None:
    start(office, "constituency:62=1", "constituency:63=2")
    called(office)
    (status,) = office.do("campaign", "status", "ask", "--json").json
    told = [(each["group"], each["complete"], each["full"]) for each in status["quotas"]]
    assert told == [("62", 1, True), ("63", 2, True)]
    assert (status["queue"]["over_quota"], status["queue"]["waiting"]) == (1, 0)
    assert office.do("campaign", "plan", "ask", "--quick", "--json").json["done"]["quota_full"] == 1
    shown = {
        "status": ("1 of 1 interviews: full", "1 में से 1 साक्षात्कार: पूरा"),
        "plan": ("quota: enough interviews with the group", "कोटा: समूह के साक्षात्कार पर्याप्त हैं"),
        "explain": ("a group of theirs has enough interviews", "किसी समूह के साक्षात्कार पर्याप्त"),
    }
    for command, (english, hindi) in shown.items():
        assert english in office.do("campaign", command, "ask").out
        assert hindi in office.run("campaign", command, "ask", language="hi").out
    told = office.do("campaign", "explain", "9826000006").out
    assert "the quota of constituency 62 is full: 1 of 1 interviews" in told
    told = office.run("campaign", "explain", "9826000006", language="hi").out
    assert "विधानसभा क्षेत्र 62 का कोटा पूरा है" in told


def test_a_plan_excludes_full_groups_before_anybody_of_them_is_met(office: Office) -> None:
    start(office)
    called(office)
    file = write_csv(office.folder / "more.csv", people(6, first=9_826_100_000))
    office.do("contacts", "import", str(file), "--list", "durg")
    office.do("campaign", "set", "ask", "--quota", "constituency:62=2", "--quota", "constituency:63=9")
    plan = office.do("campaign", "plan", "ask", "--quick", "--json").json
    assert (plan["excluded"], plan["dialable"]) == ({"quota_full": 1}, 5)
    assert "it is over when its quotas are full" in office.do("campaign", "plan", "ask", "--quick").err


def test_a_raised_quota_brings_back_nobody_of_a_group_that_is_still_full(office: Office) -> None:
    start(office, *(f"constituency:{number}=1" for number in range(62, 68)))
    called(office)
    raised = office.do("campaign", "set", "ask", "--quota", "constituency:62=2", "--json").json
    assert raised["wait_again"] == 1
    called(office)
    (status,) = office.do("campaign", "status", "ask", "--json").json
    assert [each["complete"] for each in status["quotas"]] == [2, 1, 1, 1, 1, 1]
    assert status["queue"]["over_quota"] == 5


def test_a_campaign_that_ended_with_its_quotas_goes_on_after_a_raise(office: Office) -> None:
    start(office, "constituency:62=1")
    called(office, finish=True)
    assert "enough interviews: 1;" in office.do("campaign", "explain", "ask").out
    assert "make another one" in office.refused(1, "campaign", "set", "ask", "--quota", "constituency:63=9")
    done = office.do("campaign", "set", "ask", "--quota", "constituency:62=5")
    assert "1 person waits to be called again" in done.out and "dialer campaign resume ask" in done.err

    async def state(database: Database) -> tuple[CampaignState, float | None]:
        record = await Campaigns(database).find("ask")
        return record.campaign.state, record.finished_at

    assert office.query(state) == (CampaignState.PAUSED, None)
