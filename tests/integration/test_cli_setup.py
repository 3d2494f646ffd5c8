"""``dialer init`` and ``dialer doctor``: an office from nothing, and what is wrong with it."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select

from db.models import Audit, Seat
from db.session import Database
from dialer.cli.checks import machine, rounds
from dialer.cli.checks.finding import Finding, Level
from tests.integration.cli_office import Office, open_office

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def bare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return open_office(tmp_path / "office", capsys, ready=False)


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return open_office(tmp_path / "office", capsys)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def seats(database: Database) -> int:
    async with database.reading() as connection:
        return (await connection.scalar(select(func.count()).select_from(Seat))) or 0


async def audited(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list(await connection.scalars(select(Audit.action)))


# --- init -------------------------------------------------------------------------------------------------


def test_an_office_is_set_up_from_nothing(bare: Office) -> None:
    done = bare.do("init")
    assert [line.split()[0] for line in done.out.splitlines()] == ["made"] * 5
    assert bare.file.exists() and mode(bare.data) == 0o700
    assert mode(bare.data / "sampark.sqlite3") == 0o600
    for name in ("ami", "seats", "cli"):
        assert mode(bare.data / "secrets" / name) == 0o600
    assert bare.query(seats) == 36 and bare.query(audited) == ["seats add"]


def test_run_again_it_adds_only_what_is_missing(bare: Office) -> None:
    bare.do("init")
    secret = (bare.data / "secrets" / "ami").read_text()
    (bare.data / "secrets" / "cli").unlink()
    bare.set(seats=40)
    done = bare.do("init")
    words = {line.split(":")[0].split(maxsplit=1)[1]: line.split()[0] for line in done.out.splitlines()}
    assert words == {
        "settings": "there",
        "data folder": "there",
        "secrets": "made",
        "database": "there",
        "seats": "made",
    }
    assert (bare.data / "secrets" / "ami").read_text() == secret and bare.query(seats) == 40


def test_what_others_could_read_is_closed(bare: Office) -> None:
    bare.do("init")
    bare.data.chmod(0o755)
    (bare.data / "secrets" / "ami").chmod(0o644)
    bare.do("init")
    assert mode(bare.data) == 0o700 and mode(bare.data / "secrets" / "ami") == 0o600


def test_settings_of_ones_own_are_left_alone(bare: Office) -> None:
    bare.do("init")
    bare.set(seats=12)
    bare.do("init")
    assert yaml.safe_load(bare.file.read_text())["seats"] == 12


def test_a_place_that_cannot_be_written_is_one_line(bare: Office) -> None:
    bare.folder.mkdir()
    bare.file = bare.folder / "file" / "config.yaml"
    (bare.folder / "file").write_text("")
    assert "cannot be made" in bare.refused(2, "init")


def test_the_settings_it_writes_are_those_of_the_repository() -> None:
    written = REPOSITORY / "dialer" / "cli" / "config.template.yaml"
    assert written.read_text() == (REPOSITORY / "config.yaml").read_text()


@pytest.mark.parametrize("words", [("contacts", "lists"), ("suppress", "list")])
def test_without_a_database_every_command_names_the_fix(bare: Office, words: tuple[str, ...]) -> None:
    assert "make one with `dialer init`" in bare.refused(2, *words)
    bare.do("init")
    (bare.data / "sampark.sqlite3").unlink()
    assert "there is no database" in bare.refused(2, *words)
    assert not (bare.data / "sampark.sqlite3").exists()


# --- doctor -----------------------------------------------------------------------------------------------


def findings(office: Office, code: int) -> dict[str, list[dict[str, Any]]]:
    done = office.run("doctor", "--json")
    assert done.code == code, done.out
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in done.json["findings"]:
        found.setdefault(finding["check"], []).append(finding)
    assert all(bool(f["fix"]) == (f["level"] != "ok") for each in found.values() for f in each)
    return found


def levels(found: dict[str, list[dict[str, Any]]], check: str) -> list[str]:
    return [finding["level"] for finding in found[check]]


def test_a_fresh_office_lacks_its_prompts_and_nothing_worse(office: Office) -> None:
    found = findings(office, 1)
    failed = {check for check, each in found.items() if "fail" in [f["level"] for f in each]}
    assert failed <= {"prompts", "sox", "espeak-ng", "openssl"} and "prompts" in failed
    assert levels(found, "database") == ["ok"] and levels(found, "secrets") == ["ok"]
    assert levels(found, "daemon") == ["warn"] and levels(found, "Asterisk") == ["warn"]


def test_it_speaks_hindi(office: Office) -> None:
    done = office.run("doctor", language="hi")
    assert "विफल" in done.out and "डेटाबेस" in done.out and "सेटिंग" in done.out


def test_it_changes_nothing(bare: Office) -> None:
    bare.folder.mkdir()
    bare.file.write_text((REPOSITORY / "config.yaml").read_text())
    found = findings(bare, 1)
    assert levels(found, "data folder") == ["fail"] and levels(found, "database") == ["fail"]
    assert found["database"][0]["fix"] == "`dialer init`"
    assert sorted(path.name for path in bare.folder.iterdir()) == ["config.yaml"]


def test_settings_that_cannot_be_read_are_told_key_by_key(office: Office) -> None:
    office.set(seats=0, colour="red")
    found = findings(office, 1)
    texts = " ".join(f["text"] for f in found["settings"])
    assert set(found) == {"settings"} and "seats" in texts and "colour: unknown setting" in texts


def test_an_office_is_a_district_or_the_state_and_the_settings_say_it_in_one_place(office: Office) -> None:
    office.set(role="country", reports={"receive": True})
    texts = " ".join(found["text"] for found in findings(office, 1)["settings"])
    assert "role: Input should be 'district' or 'state' (found: 'country')" in texts
    assert "reports.receive: unknown setting" in texts


def test_what_others_can_read_is_a_failure(office: Office) -> None:
    office.data.chmod(0o755)
    (office.data / "secrets" / "cli").chmod(0o644)
    found = findings(office, 1)
    assert found["data folder"][0]["fix"] == f"`chmod 700 {office.data}`"
    assert levels(found, "secrets") == ["fail"]


def test_a_port_that_is_taken_is_named_with_its_holder(office: Office) -> None:
    settings = yaml.safe_load(office.file.read_text())
    with socket.socket() as held, socket.socket() as other:
        held.bind(("127.0.0.1", settings["asterisk"]["ami_port"]))
        held.listen()
        other.bind(("127.0.0.1", settings["web"]["port"]))
        other.listen()
        found = findings(office, 1)
    assert "asterisk.ami_port" in found["Asterisk"][0]["text"]
    assert str(os.getpid()) in found["Asterisk"][0]["text"]
    assert "web.port" in found["daemon"][0]["text"]


def test_a_database_of_another_schema_is_a_failure(office: Office) -> None:
    async def age(database: Database) -> None:
        async with database.writing() as connection:
            await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")

    office.query(age)
    found = findings(office, 1)
    assert levels(found, "database") == ["fail"] and "dialer init" in found["database"][0]["fix"]


def test_settings_that_do_not_fit_together_are_found(office: Office) -> None:
    trunk = {"name": "real", "host": "192.0.2.7", "caller_id": "+917880000000"}
    web = yaml.safe_load(office.file.read_text())["web"]
    office.set(trunks=[trunk], web={**web, "host": "0.0.0.0"})
    found = findings(office, 1)
    texts = {f["text"]: f["level"] for f in found["settings"]}
    assert texts["asterisk.bind is 127.0.0.1, which trunk real cannot reach"] == "fail"
    assert any("without TLS" in text and level == "warn" for text, level in texts.items())


def test_a_trunk_password_that_is_missing_or_open_is_found(office: Office) -> None:
    trunk = {
        "name": "real",
        "kind": "register",
        "host": "127.0.0.1",
        "username": "office",
        "password_file": "trunk.password",
        "caller_id": "+917880000000",
    }
    office.set(trunks=[trunk])
    assert "is missing" in findings(office, 1)["secrets"][0]["text"]
    (office.folder / "trunk.password").write_text("x")
    (office.folder / "trunk.password").chmod(0o644)
    assert "can be read by others" in findings(office, 1)["secrets"][0]["text"]


def test_a_full_disk_is_a_failure(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "FULL_BYTES", 2**60)
    assert levels(findings(office, 1), "disk") == ["fail"]


def test_missing_programs_are_named_with_their_package(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(office.folder))
    found = findings(office, 1)
    assert found["sox"][0]["fix"] == "`apt-get install sox`" and levels(found, "espeak-ng") == ["fail"]
    assert found["MP3"][0]["fix"] == "`apt-get install libsox-fmt-mp3`"


def test_recordings_may_be_mp3_after_the_set_up(office: Office) -> None:
    assert levels(findings(office, 1), "MP3") == ["ok"]


def test_a_check_that_breaks_is_a_finding(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(config: object) -> list[Finding]:
        raise RuntimeError("boom +919826012345")

    monkeypatch.setattr(rounds, "CHECKS", (("clock", breaks),))

    async def examined() -> list[Finding]:
        return [finding async for finding in rounds.examine(object())]  # type: ignore[arg-type]

    (finding,) = asyncio.run(examined())
    assert finding.level is Level.FAIL and "RuntimeError" in finding.text and "982601" not in finding.text


# --- asterisk ---------------------------------------------------------------------------------------------


def test_the_last_lines_of_asterisk_are_shown_as_text_and_as_json(office: Office) -> None:
    assert "there is no log yet" in office.refused(2, "asterisk", "logs", "--json")
    file = office.data / "asterisk/log/messages"
    file.parent.mkdir(parents=True)
    file.write_text("one\ntwo [x]\nthree\n")
    assert office.do("asterisk", "logs", "-n", "2").out.splitlines() == ["two [x]", "three"]
    found = office.do("asterisk", "logs", "-n", "2", "--json").json
    assert found == {"asterisk": {"file": str(file), "lines": ["two [x]", "three"]}}


# --- seats ------------------------------------------------------------------------------------------------


def test_seats_alone_lists_them(office: Office) -> None:
    assert office.do("seats").out == office.do("seats", "list").out
    assert office.do("seats", "--json").json == office.do("seats", "list", "--json").json
    assert "accounts" in office.do("seats", "--help").out
    assert len(office.do("seats", "accounts", "--json").json) == 36


# --- demo -------------------------------------------------------------------------------------------------


def test_a_demo_beside_a_real_trunk_is_refused_before_anything_is_made_or_started(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def starts(*command: object, **_: object) -> None:
        raise AssertionError(f"started {command}")

    simulated = {"name": "carrier", "host": "127.0.0.1", "caller_id": "+917880000000", "simulated": True}
    real = {"name": "bsnl", "host": "192.0.2.7", "caller_id": "+917880000000"}
    office.set(trunks=[simulated, real])
    before = sorted(office.folder.rglob("*"))
    monkeypatch.setattr(subprocess, "Popen", starts)
    assert "bsnl is a real trunk" in office.refused(2, "demo")
    office.set(trunks=[simulated, {**real, "simulated": True}])
    assert "its host is 127.0.0.1, not 192.0.2.7" in office.refused(2, "demo")
    assert sorted(office.folder.rglob("*")) == before
