"""``dialer campaign`` and ``dialer report`` as a supervisor uses them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Executable, insert, select, update

from db import models
from db.session import Database
from dialer.cli import console
from dialer.config import load_config
from dialer.core.rules import OFFICE_ZONE, day_start
from dialer.ivr import audio
from dialer.ivr.prompts import prompts_root, system_wanted
from tests.integration.cli_office import Office, open_office
from tests.integration.fake_daemon import FakeDaemon, campaign_live, fake_daemon, room
from tests.integration.list_files import people, write_csv

TERMS = ("--purpose", "schemes", "--source", "register", "--consent", "form")
OPERATORS = ("--list", "durg", "--kind", "operators", "--purpose", "schemes")
ALWAYS = {"window": "00:00-24:00", "allow_wider_window": True}


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    """Ten people on a list, prompts built, calling hours all day: the clock of the test does not matter."""
    office = open_office(tmp_path / "office", capsys)
    office.set(rules=ALWAYS)
    file = write_csv(office.folder / "people.csv", people(10))
    office.do("contacts", "import", str(file), "--list", "durg", *TERMS)
    _build_prompts(office)
    return office


def _build_prompts(office: Office) -> None:
    config = load_config(office.file)
    for wanted in system_wanted(config):
        for ending in audio.FORMATS:
            file = prompts_root(config) / wanted.folder / f"{wanted.key}.{ending}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"\xd5" * 80)


@contextmanager
def daemon_of(office: Office) -> Iterator[FakeDaemon]:
    config = load_config(office.file)
    with fake_daemon(config.web.port, config.secret("cli")) as daemon:
        yield daemon


def _insert(office: Office, table: type[models.Base], *rows: dict[str, Any]) -> None:
    _change(office, insert(table), list(rows))


def _change(office: Office, statement: Executable, rows: list[dict[str, Any]] | None = None) -> None:
    async def work(database: Database) -> None:
        async with database.writing() as connection:
            await connection.execute(statement, rows)

    office.query(work)


def _phone(office: Office, contact_id: int) -> str:
    contacts = office.do("contacts", "list", "--reveal", "--json").json["contacts"]
    return str(next(each["phone"] for each in contacts if each["id"] == contact_id))


def _call(office: Office, contact_id: int, outcome: str, **facts: Any) -> str:
    """A call of today, an hour ago at most, answered and talked through when its outcome says so."""
    now = time.time()
    since_midnight = (now + OFFICE_ZONE.utcoffset(None).total_seconds()) % 86_400
    at = now - min(3600.0, since_midnight)
    answered = at + 9 if outcome in ("connected", "abandoned", "surveyed") else None
    row = {
        "id": f"a{contact_id:024x}", "campaign_id": 1, "contact_id": contact_id, "number_of_attempt": 1,
        "trunk": "carrier", "claimed_at": at, "dialled_at": at + 0.1, "ringing_at": at + 2,
        "answered_at": answered, "joined_at": at + 9.02 if outcome == "connected" else None,
        "ended_at": at + 70, "outcome": outcome, "cause": 16 if answered else 17, "tech_cause": None,
        "seat": None, "operator_id": None, "note": "",
    }  # fmt: skip
    row |= facts
    _insert(office, models.Attempt, row)
    return str(row["id"])


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
    office.do("suppress", "add", _phone(office, 1))
    _call(office, 2, "busy", ended_at=time.time())
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
    _insert(office, models.Refusal, {**refusal, "last_at": time.time(), "times": 1})
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
    _change(office, update(models.Contact).values(constituency=62))
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
    _call(office, 1, "connected")
    with daemon_of(office) as daemon:
        daemon.snapshot = room(campaign_live())
        (status,) = office.do("campaign", "status", "--json").json
        shown = office.do("campaign", "status", "winter").out
    assert status["today"]["outcomes"] == {"connected": 1} and status["live"]["ringing"] == 3
    assert "3 ringing, 1 waiting, 2 talking" in shown and "1 connected" in shown


# --- watching -----------------------------------------------------------------------------------------------


def test_the_wallboard_once(office: Office) -> None:
    with daemon_of(office) as daemon:
        daemon.snapshot = room(campaign_live("winter"), campaign_live("spring", campaign_id=2))
        console.out.height = 40
        shown = office.do("campaign", "watch", "--once").out
        one = office.do("campaign", "watch", "winter", "--once").out
    assert "01R" in shown and "02T" in shown and "winter" in shown and "spring" in shown
    assert "2.0 %" in shown and "one call for each of 3 free operators" in shown
    assert "spring" not in one


def test_the_wallboard_as_json_is_one_line_a_snapshot(office: Office) -> None:
    with daemon_of(office) as daemon:
        daemon.snapshot = room(campaign_live("winter"), campaign_live("spring", campaign_id=2))
        done = office.do("campaign", "watch", "winter", "--json", "--once")
    assert done.out.count("\n") == 1
    assert [each["name"] for each in done.json["campaigns"]] == ["winter"]
    assert done.json["operators"] == {"1": "आशा वर्मा"}


def test_no_daemon_is_one_line_with_the_fix(office: Office) -> None:
    assert "start it with `dialer serve`" in office.refused(6, "campaign", "watch", "--once")


def test_a_daemon_of_another_installation_is_told_apart(office: Office) -> None:
    with daemon_of(office) as daemon:
        daemon.token = "another"
        assert "another installation's daemon" in office.refused(6, "campaign", "watch", "--once")


# --- reports ------------------------------------------------------------------------------------------------


def test_a_report_counts_and_reconciles_line_by_line(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    office.do("campaign", "start", "winter")
    ids = [_call(office, 1, "connected"), _call(office, 2, "busy"), _call(office, 3, "abandoned")]
    _change(office, update(models.Campaign).values(started_at=time.time() - 7200))
    _record_calls(office, ids)
    made = office.do("campaign", "report", "winter", "--json").json
    assert made["calls"]["outcomes"] == {"connected": 1, "abandoned": 1, "busy": 1}
    assert made["reconciliation"]["reconciles"] and made["reconciliation"]["call_records"] == 3
    assert made["days"][0]["abandonment_rate"] == 0.5 and made["days"][0]["over_cap"]
    shown = office.do("report", "--day", "all").out
    assert "The books agree" in shown


def test_books_that_differ_name_the_line_and_fail(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    ids = [_call(office, 1, "connected"), _call(office, 2, "busy")]
    _record_calls(office, [ids[0], "a" + "f" * 24])
    done = office.run("report", "--day", "all")
    assert done.code == 1
    assert f"attempt without a call record: {ids[1]}" in done.out
    assert f"call record without an attempt: a{'f' * 24}" in done.out


def test_a_call_of_the_turn_of_the_day_belongs_to_the_day_that_claimed_it(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    midnight = day_start(time.time())
    id_ = _call(office, 1, "busy", claimed_at=midnight - 1, dialled_at=midnight - 1, ended_at=midnight + 9)
    _record_calls(office, [id_], at=midnight)
    today = office.do("report", "--json").json["reconciliation"]
    assert (today["attempts"], today["call_records"], today["differences"]) == (0, 0, [])
    yesterday = time.strftime("%Y-%m-%d", time.gmtime(midnight - 3600 + 19_800))
    assert office.do("report", "--day", yesterday, "--json").json["reconciliation"]["reconciles"]


def test_a_carriers_bill_is_a_witness(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    _call(office, 1, "connected")
    assert office.run("report", "--day", "all", "--carrier-invites", "1").code == 0
    done = office.run("report", "--day", "all", "--carrier-invites", "2", "--json")
    assert done.code == 1 and done.json["reconciliation"]["dialled_twice"] == 1


def test_the_simulated_carrier_is_asked_by_itself_and_its_numbers_stay_masked(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    _call(office, 1, "connected")
    witness = office.data / "carrier/log/cel-custom/invites.csv"
    witness.parent.mkdir(parents=True)
    dialled = _phone(office, 1).removeprefix("+")
    witness.write_text(f"1.0,{dialled},x\n" * 2)
    done = office.run("report", "--day", "all", "--json")
    (difference,) = done.json["reconciliation"]["differences"]
    assert (difference["kind"], difference["what"]) == ("more_invites", dialled[-3:])
    assert dialled not in office.run("report", "--day", "all").out


def test_a_day_without_calls_is_no_fault(office: Office) -> None:
    done = office.do("report", "--day", "2020-01-01")
    assert "No call was placed" in done.err
    assert "2026-11-24" in office.refused(2, "report", "--day", "yesterday")


def _record_calls(office: Office, ids: list[str], at: float | None = None) -> None:
    file = office.data / "asterisk/log/cel-custom/calls.csv"
    file.parent.mkdir(parents=True)
    at = time.time() - 3600 if at is None else at
    lines = [
        f'{kind},{at + wait:.6f},"{id_}",\n'
        for id_ in ids
        for kind, wait in (("CHAN_START", 1), ("HANGUP", 70))
    ]
    file.write_text("".join(lines))


# --- explanations -------------------------------------------------------------------------------------------


def test_a_person_is_explained_by_id_and_by_number_with_the_number_masked(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    attempt = _call(office, 1, "busy", ended_at=time.time())
    _insert(office, models.AttemptEvent, *[
        {"attempt_id": attempt, "at": time.time(), "event": event, "detail": detail}
        for event, detail in (("dialled", ""), ("ringing", ""), ("ended", "busy"))
    ])  # fmt: skip
    office.do("campaign", "start", "winter")
    phone = _phone(office, 1)
    shown = office.do("campaign", "explain", "1").out
    assert "the call is over: busy" in shown and "too soon after the last attempt" in shown
    assert "15 min after busy" in shown and phone not in shown
    assert phone in office.do("campaign", "explain", phone, "--reveal").out
    told = office.do("campaign", "explain", "1", "--campaign", "winter", "--json").json
    (place,) = told["campaigns"]
    assert (place["allowed_now"], place["refused"]["reason"]) == (False, "spacing")
    assert [each["event"] for each in told["attempts"][0]["events"]] == ["dialled", "ringing", "ended"]


def test_every_look_at_a_person_is_in_the_audit_log(office: Office) -> None:
    office.do("campaign", "explain", "1", "--reveal")

    async def audited(database: Database) -> list[tuple[str, dict[str, Any]]]:
        async with database.reading() as connection:
            rows = await connection.execute(select(models.Audit.subject, models.Audit.detail))
            return [(row.subject, row.detail) for row in rows]

    assert ("contact 1", {"revealed": True}) in office.query(audited)


def test_someone_suppressed_is_told_so(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    office.do("suppress", "add", _phone(office, 1))
    shown = office.do("campaign", "explain", "1").out
    assert "called by no campaign" in shown
    assert "if the campaign ran: the rules refuse a call now: on the suppression list" in shown


def test_a_number_that_is_nobodys_may_still_be_suppressed(office: Office) -> None:
    assert "no contact has this number" in office.refused(3, "campaign", "explain", "9826999998")
    office.do("suppress", "add", "9826999998")
    assert "on the suppression list" in office.refused(3, "campaign", "explain", "9826999998")


def test_someone_who_came_onto_the_list_later_waits_for_the_next_resume(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    file = write_csv(office.folder / "late.csv", [["name", "phone"], ["देर", "9826999999"]])
    office.do("contacts", "import", str(file), "--list", "durg")
    assert "joins at the next resume" in office.do("campaign", "explain", "9826999999").out
    assert "1 person who came onto the list later joined" in office.do("campaign", "start", "winter").err


def test_a_campaign_is_explained_with_what_stands_in_its_way(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    assert "dialer campaign start winter" in office.do("campaign", "explain", "winter").out
    office.do("campaign", "start", "winter")
    assert "The daemon is away" in office.do("campaign", "explain", "winter").out
    with daemon_of(office) as daemon:
        daemon.snapshot = room(campaign_live())
        assert "Nothing is in the way" in office.do("campaign", "explain", "winter").out
        daemon.snapshot = room(campaign_live(), seats=())
        told = office.do("campaign", "explain", "winter", "--json").json
    assert [each["code"] for each in told["blockers"]] == ["no_operators"]


def test_decisions_and_refusals_are_told_in_the_readers_language(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    decision = {"campaign_id": 1, "at": time.time(), "dials": 2, "code": "one_per_operator", "forecast": {}}
    _insert(office, models.PacingDecision, {**decision, "text": "one call for each of 3 free operators"})
    refusal = {"campaign_id": 1, "contact_id": 4, "reason": "spacing", "first_at": time.time()}
    _insert(office, models.Refusal, {**refusal, "last_at": time.time(), "times": 2})
    english = office.do("campaign", "explain", "winter").out
    hindi = office.run("campaign", "explain", "winter", language="hi").out
    assert "one call for each of 3 free operators" in english and "too soon after" in english
    assert "3 ख़ाली ऑपरेटरों" in hindi and "पिछले प्रयास के बाद" in hindi


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
