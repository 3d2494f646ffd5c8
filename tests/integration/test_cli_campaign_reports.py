"""``dialer campaign watch`` and ``dialer report`` as a supervisor uses them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import update

from db import models
from dialer.cli import console
from dialer.core.rules import day_start
from tests.integration.cli_campaign_office import (
    OPERATORS,
    a_call,
    campaign_office,
    change_rows,
    daemon_of,
    phone_of,
    record_calls,
)
from tests.integration.cli_office import Office
from tests.integration.fake_daemon import campaign_live, room


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return campaign_office(tmp_path / "office", capsys)


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
    ids = [a_call(office, 1, "connected"), a_call(office, 2, "busy"), a_call(office, 3, "abandoned")]
    change_rows(office, update(models.Campaign).values(started_at=time.time() - 7200))
    record_calls(office, ids)
    made = office.do("campaign", "report", "winter", "--json").json
    assert made["calls"]["outcomes"] == {"connected": 1, "abandoned": 1, "busy": 1}
    assert made["reconciliation"]["reconciles"] and made["reconciliation"]["call_records"] == 3
    assert made["days"][0]["abandonment_rate"] == 0.5 and made["days"][0]["over_cap"]
    shown = office.do("report", "--day", "all").out
    assert "The books agree" in shown


def test_books_that_differ_name_the_line_and_fail(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    ids = [a_call(office, 1, "connected"), a_call(office, 2, "busy")]
    record_calls(office, [ids[0], "a" + "f" * 24])
    done = office.run("report", "--day", "all")
    assert done.code == 1
    assert f"attempt without a call record: {ids[1]}" in done.out
    assert f"call record without an attempt: a{'f' * 24}" in done.out


def test_a_call_of_the_turn_of_the_day_belongs_to_the_day_that_claimed_it(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    midnight = day_start(time.time())
    id_ = a_call(office, 1, "busy", claimed_at=midnight - 1, dialled_at=midnight - 1, ended_at=midnight + 9)
    record_calls(office, [id_], at=midnight)
    today = office.do("report", "--json").json["reconciliation"]
    assert (today["attempts"], today["call_records"], today["differences"]) == (0, 0, [])
    yesterday = time.strftime("%Y-%m-%d", time.gmtime(midnight - 3600 + 19_800))
    assert office.do("report", "--day", yesterday, "--json").json["reconciliation"]["reconciles"]


def test_a_carriers_bill_is_a_witness(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    a_call(office, 1, "connected")
    assert office.run("report", "--day", "all", "--carrier-invites", "1").code == 0
    done = office.run("report", "--day", "all", "--carrier-invites", "2", "--json")
    assert done.code == 1 and done.json["reconciliation"]["dialled_twice"] == 1


def test_the_simulated_carrier_is_asked_by_itself_and_its_numbers_stay_masked(office: Office) -> None:
    office.do("campaign", "create", "winter", *OPERATORS)
    a_call(office, 1, "connected")
    witness = office.data / "carrier/log/cel-custom/invites.csv"
    witness.parent.mkdir(parents=True)
    dialled = phone_of(office, 1).removeprefix("+")
    witness.write_text(f"1.0,{dialled},x\n" * 2)
    done = office.run("report", "--day", "all", "--json")
    (difference,) = done.json["reconciliation"]["differences"]
    assert (difference["kind"], difference["what"]) == ("more_invites", dialled[-3:])
    assert dialled not in office.run("report", "--day", "all").out


def test_a_day_without_calls_is_no_fault(office: Office) -> None:
    done = office.do("report", "--day", "2020-01-01")
    assert "No call was placed" in done.err
    assert "2026-11-24" in office.refused(2, "report", "--day", "yesterday")
