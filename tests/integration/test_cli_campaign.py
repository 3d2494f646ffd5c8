"""``dialer campaign`` as a supervisor makes, plans and runs one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from sqlalchemy import update

from db import models
from dialer.config import load_config
from dialer.ivr.prompts import prompts_root
from tests.integration.cli_campaign_office import (
    ALWAYS,
    OPERATORS,
    a_call,
    campaign_office,
    change_rows,
    daemon_of,
    insert_rows,
    phone_of,
)
from tests.integration.cli_office import Office
from tests.integration.fake_daemon import campaign_live, room


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return campaign_office(tmp_path / "office", capsys)


# --- making -------------------------------------------------------------------------------------------------


def test_a_campaign_is_made_with_everyone_of_its_list_waiting(office: Office) -> None:
    done = office.do(
        "campaign", "create", "winter", *OPERATORS, "--mode", "ratio", "--ratio", "2", "--cap", "2.5%"
    )
    assert "10 people wait" in done.out and "ratio 2" in done.out
    (made,) = office.do("campaign", "list", "--json").json
    assert (made["name"], made["state"], made["mode"], made["dial_ratio"]) == (
        "winter",
        "draft",
        "ratio",
        2.0,
    )
    assert (made["abandonment_cap"], made["queue"]["waiting"]) == (0.025, 10)


@pytest.mark.parametrize(
    ("code", "words", "text"),
    [
        (4, ("--purpose", "election"), "only for the purpose"),
        (4, ("--cap", "4%"), "--cap 4%"),
        (2, ("--cap", "few"), "not a share like 3%"),
        (2, ("--cap", "0.03"), "in percent, like 3%"),
        (2, ("--kind", "survey"), "--survey"),
        (2, ("--ring", "10"), "--ring 10"),
        (2, ("--window", "9-21"), "09:30-18:00"),
        (2, ("--trunk", "bsnl"), "no trunk is named 'bsnl'"),
        (4, ("--promotional",), "140-series"),
        (3, ("--list", "drug"), "durg?"),
        (3, ("--survey", "nothing"), "no survey is named 'nothing'"),
        (2, ("--channels", "500"), "--channels 500"),
    ],
)
def test_a_wish_against_the_rules_is_one_line_and_stores_nothing(
    office: Office, code: int, words: tuple[str, ...], text: str
) -> None:
    assert text in office.refused(code, "campaign", "create", "winter", *OPERATORS, *words)
    assert office.do("campaign", "list", "--json").json == []


def test_a_campaign_is_never_wider_than_the_office(office: Office) -> None:
    office.set(rules={})
    line = office.refused(4, "campaign", "create", "winter", *OPERATORS, "--window", "08:00-20:00")
    assert "09:00-21:00" in line


def test_a_name_that_reads_like_a_number_is_refused_so_that_explain_can_tell_them_apart(
    office: Office,
) -> None:
    assert "use words" in office.refused(2, "campaign", "create", "98765 43210", *OPERATORS)


# --- planning -----------------------------------------------------------------------------------------------


def test_a_plan_says_who_is_called_who_not_and_how_long_it_takes(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    office.do("suppress", "add", phone_of(office, 1))
    a_call(office, 2, "busy", ended_at=time.time())
    done = office.do("campaign", "plan", "winter", "--quick")
    assert "will be called" in done.out and "too soon after the last attempt" in done.out
    plan = office.do("campaign", "plan", "winter", "--quick", "--json").json
    everyone = plan["dialable"] + sum(each["contacts"] for each in plan["later"].values())
    assert everyone + sum(plan["excluded"].values()) + sum(plan["done"].values()) == plan["total"] == 10
    assert plan["later"]["spacing"]["contacts"] == 1
    assert plan["estimate"]["finish_at"] > time.time() and plan["may_start"]
    assert (plan["operators"], plan["operators_known"], plan["trunk_reachable"]) == (36, False, None)


def test_a_campaign_by_hand_is_planned_and_explained_as_what_it_is(office: Office) -> None:
    made = office.do("campaign", "create", "winter", *OPERATORS, "--mode", "manual")
    assert "manual" in made.out
    plan = office.do("campaign", "plan", "winter")
    assert "its operators choose whom to call" in plan.out and "Assumed" not in plan.out
    told = office.do("campaign", "plan", "winter", "--json").json
    assert (told["estimate"], told["played"], told["may_start"]) == (None, None, True)
    office.do("campaign", "start", "winter")
    with daemon_of(office) as daemon:
        daemon.snapshot = room(campaign_live())
        assert "choose whom to call by the number" in office.do("campaign", "explain", "winter").out
    refusal = {"campaign_id": 1, "contact_id": 4, "reason": "quota_full", "first_at": time.time()}
    insert_rows(office, models.Refusal, {**refusal, "last_at": time.time(), "times": 1})
    assert "last refused" in office.do("campaign", "explain", "4").out


def test_a_campaign_with_preview_is_played_as_one_call_after_the_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.campaigns.outlook.DEADLINE_S", 110.0)  # its processes step back for others
    office.do("campaign", "create", "winter", *OPERATORS, "--mode", "preview")
    plan = office.do("campaign", "plan", "winter", "--operators", "2", "--json").json
    assert plan["played"]["outlook"]["calling_s"]["likely"] > 0


def test_a_plan_is_played_on_the_simulator(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialer.campaigns.outlook.DEADLINE_S", 110.0)  # its processes step back for others
    office.do("campaign", "create", "winter", *OPERATORS, "--mode", "predictive")
    plan = office.do("campaign", "plan", "winter", "--operators", "2", "--json").json
    told = plan["played"]["outlook"]
    assert told["calling_s"]["low"] <= told["calling_s"]["likely"] <= told["calling_s"]["high"]
    assert plan["played"]["finish_at"]["likely"] > time.time()
    assert [case["operators"] for case in told["by_operators"]] == [1, 2, 3]
    assert [case["cap"] for case in told["by_cap"]] == [0.01, 0.02, 0.03, 0.05]


def test_a_plan_that_takes_too_long_is_left_to_the_formulas_and_its_answer_stays_json(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.campaigns.outlook.DEADLINE_S", 0.01)
    office.do("campaign", "create", "winter", *OPERATORS)
    assert office.do("campaign", "plan", "winter", "--operators", "2", "--json").json["played"] is None


def test_a_plan_knows_the_room_while_the_daemon_runs(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    with daemon_of(office):
        plan = office.do("campaign", "plan", "winter", "--quick", "--json").json
    assert (plan["operators"], plan["operators_known"], plan["trunk_reachable"]) == (3, True, True)


def test_a_plan_tells_what_keeps_the_campaign_from_starting(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    prompts = prompts_root(load_config(office.file))
    prompts.rename(prompts.with_name("gone"))
    plan = office.do("campaign", "plan", "winter", "--quick", "--json").json
    assert [each["code"] for each in plan["objections"]] == ["missing_prompts"]
    assert "dialer prompts build" in office.refused(4, "campaign", "start", "winter")


# --- running ------------------------------------------------------------------------------------------------


def test_a_campaign_lives_from_start_to_stop_and_the_daemon_is_told(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    with daemon_of(office) as daemon:
        for step, state in (
            ("start", "running"),
            ("pause", "paused"),
            ("resume", "running"),
            ("stop", "stopping"),
        ):
            done = office.do("campaign", step, "winter", "--json").json
            assert (done["state"], done["daemon_told"]) == (state, True)
    assert daemon.asked.count("POST /api/v1/campaigns/changed") == 4


def test_without_the_daemon_a_start_is_kept_and_takes_effect_later(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    done = office.do("campaign", "start", "winter")
    assert "10 people wait to be called" in done.out and "dialer serve" in done.err
    assert office.do("campaign", "list", "--json").json[0]["state"] == "running"


def test_a_step_that_does_not_fit_says_what_does(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    assert "`dialer campaign start`" in office.refused(1, "campaign", "pause", "winter")
    assert "winter?" in office.refused(3, "campaign", "start", "wintr")


@pytest.mark.parametrize("constituency", [None, 62])
def test_in_a_silence_period_of_all_its_people_a_campaign_does_not_start(
    office: Office, constituency: int | None
) -> None:
    change_rows(office, update(models.Contact).values(constituency=62))
    office.do("campaign", "create", "winter", *OPERATORS)
    closes = time.strftime("%Y-%m-%dT%H:%M", time.localtime(time.time() + 86_400))
    poll = {"poll_closes": closes} | ({"constituency": constituency} if constituency else {})
    office.set(rules={**ALWAYS, "silence": [poll]})
    assert "silence period until" in office.refused(4, "campaign", "start", "winter")


def test_a_promotional_campaign_needs_its_sender_at_the_start_too(office: Office) -> None:
    settings = yaml.safe_load(office.file.read_text())
    settings["trunks"][0] |= {"promotional_sender_id": "DURGOFF"}
    office.set(trunks=settings["trunks"])
    office.do("campaign", "create", "sale", *OPERATORS, "--promotional", "--caller-id", "+911401234567")
    del settings["trunks"][0]["promotional_sender_id"]
    office.set(trunks=settings["trunks"])
    assert "no promotional_sender_id" in office.refused(4, "campaign", "start", "sale")


def test_everyone_suppressed_means_nobody_to_call(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    for number in [
        each["phone"] for each in office.do("contacts", "list", "--reveal", "--json").json["contacts"]
    ]:
        office.do("suppress", "add", number)
    assert "none of 10 people may be called" in office.refused(4, "campaign", "start", "winter")


def test_status_joins_the_database_with_the_live_picture(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    office.do("campaign", "start", "winter")
    a_call(office, 1, "connected")
    with daemon_of(office) as daemon:
        daemon.snapshot = room(campaign_live())
        (status,) = office.do("campaign", "status", "--json").json
        shown = office.do("campaign", "status", "winter").out
    assert status["today"]["outcomes"] == {"connected": 1} and status["live"]["ringing"] == 3
    assert "3 ringing, 1 waiting, 2 talking" in shown and "1 connected" in shown


def test_a_script_is_stored_shown_and_refused_with_its_place(office: Office) -> None:
    office.do("campaign", "create", "told", *OPERATORS)
    good = office.folder / "script.yaml"
    good.write_text("say: {hi: 'नमस्ते {name} जी', en: 'Namaste {name}'}\n", encoding="utf-8")
    assert office.do("campaign", "script", "told", "--json").json == {"script": None}
    stored = office.do("campaign", "script", "told", str(good), "--json").json
    assert stored["script"]["say"]["hi"] == "नमस्ते {name} जी"
    assert "Namaste {name}" in office.do("campaign", "script", "told").out
    good.write_text("say: {hi: a, en: '{phone}'}\n", encoding="utf-8")
    assert "say.en" in office.refused(2, "campaign", "script", "told", str(good))
