"""``dialer operators`` and ``dialer seats`` as a supervisor runs them."""

from __future__ import annotations

import asyncio
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from db.models import Audit, Operator
from dialer.cli import console
from dialer.cli.root import run
from dialer.cli.seats import Account, qr_text
from dialer.config import load_config
from dialer.i18n import select_language
from dialer.passwords import Passwords
from dialer.store.database import open_database
from dialer.store.operators import Operators
from dialer.telephony.asterisk import seat_password
from dialer.totp import key_uri


@pytest.fixture
def config_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LANGUAGE", "en")
    file = tmp_path / "config.yaml"
    assert run(["--lang", "en", "--config", str(file), "init"]) == 0
    # No daemon answers there.
    text = file.read_text(encoding="utf-8").replace("port: 8036", "port: 9")
    file.write_text(text, encoding="utf-8")
    yield file
    console.use_config_file(None)
    select_language("en")


def dialer(config_file: Path, *words: str) -> int:
    return run(["--lang", "en", "--config", str(config_file), *words])


def audit(config_file: Path) -> list[tuple[str, str]]:
    async def read() -> list[tuple[str, str]]:
        database = open_database(load_config(config_file))
        async with database.reading() as connection:
            rows = await connection.execute(select(Audit.action, Audit.subject).order_by(Audit.id))
            found = [(row.action, row.subject) for row in rows]
        await database.aclose()
        return found

    return asyncio.run(read())


def totp_secret(config_file: Path, username: str) -> str | None:
    async def read() -> str | None:
        database = open_database(load_config(config_file))
        async with database.reading() as connection:
            found = await connection.scalar(select(Operator.totp_secret).where(Operator.username == username))
        await database.aclose()
        return found

    return asyncio.run(read())


def signs_in(config_file: Path, username: str, password: str) -> bool:
    async def check() -> bool:
        database = open_database(load_config(config_file))
        found = await Operators(database).credentials(username)
        passwords = Passwords()
        right = await passwords.verify(None if found is None else found[1], password)
        passwords.close()
        await database.aclose()
        return right

    return asyncio.run(check())


def test_a_generated_password_is_shown_once_and_works(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    words = ("add", "Guide", "--role", "supervisor", "--generate", "--json")
    assert dialer(config_file, "operators", *words) == 0
    made = json.loads(capsys.readouterr().out)
    assert made[0]["username"] == "guide"
    assert signs_in(config_file, "guide", made[0]["password"])
    assert ("operator add", "guide") in audit(config_file)


def test_a_whole_room_is_made_at_once(config_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert dialer(config_file, "operators", "add", "op", "--count", "5", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert [one["username"] for one in made] == ["op01", "op02", "op03", "op04", "op05"]
    assert len({one["password"] for one in made}) == 5


def test_a_password_may_come_from_standard_input(
    config_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("नीम पीपल बरगद आम\n"))
    assert dialer(config_file, "operators", "add", "raju", "--password-stdin") == 0
    assert signs_in(config_file, "raju", "नीम पीपल बरगद आम")
    assert "नीम" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "9lives", "--generate"), "beginning with a letter"),
        (("add", "a;drop", "--generate"), "beginning with a letter"),
        (("add", "op01", "--generate", "--language", "fr"), "choose hi or en"),
        (("add", "op01", "--generate", "--password-stdin"), "choose one"),
        (("add", "op01"), "--generate or --password-stdin"),
    ],
)
def test_wrong_input_is_one_line_with_the_fix(
    config_file: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    capsys.readouterr()
    assert dialer(config_file, "operators", *words) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1


def test_a_taken_name_and_an_unknown_one_are_said_so(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dialer(config_file, "operators", "add", "op", "--count", "2") == 0
    assert dialer(config_file, "operators", "add", "op02", "--generate") == 2
    assert "op02" in capsys.readouterr().err
    assert dialer(config_file, "operators", "disable", "op77") == 3
    assert "dialer operators list" in capsys.readouterr().err


def test_disabled_people_are_listed_as_such_and_come_back(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dialer(config_file, "operators", "add", "op01", "--generate")
    assert dialer(config_file, "operators", "disable", "OP01") == 0
    capsys.readouterr()
    assert dialer(config_file, "operators", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["active"] is False
    assert dialer(config_file, "operators", "list") == 0
    assert "disabled" in capsys.readouterr().out
    assert dialer(config_file, "operators", "enable", "op01") == 0
    actions = [action for action, _subject in audit(config_file)]
    assert actions.count("operator disable") == actions.count("operator enable") == 1


def test_a_new_password_replaces_the_old_one(config_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dialer(config_file, "operators", "add", "op01", "--generate")
    capsys.readouterr()
    assert dialer(config_file, "operators", "password", "op01", "--generate", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert signs_in(config_file, "op01", made[0]["password"])
    assert ("operator password", "op01") in audit(config_file)


def test_a_supervisor_gets_a_code_and_the_secret_is_shown_once(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dialer(config_file, "operators", "add", "guide", "--role", "supervisor", "--generate")
    capsys.readouterr()
    assert dialer(config_file, "operators", "totp-on", "GUIDE") == 0
    told = capsys.readouterr()
    uri = next(line for line in told.out.splitlines() if line.startswith("otpauth://"))
    assert qr_text(uri) in told.out and "shown this once" in told.err
    assert uri == key_uri(totp_secret(config_file, "guide") or "", "guide")
    assert dialer(config_file, "operators", "totp-on", "guide", "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert again["uri"].startswith("otpauth://") and again["uri"] != uri
    assert dialer(config_file, "operators", "totp-off", "guide") == 0
    assert totp_secret(config_file, "guide") is None
    assert [line for line in audit(config_file) if "totp" in line[0]] == [
        ("operator totp on", "guide"),
        ("operator totp on", "guide"),
        ("operator totp off", "guide"),
    ]


def listed(config_file: Path, capsys: pytest.CaptureFixture[str]) -> tuple[bool, int]:
    capsys.readouterr()
    assert dialer(config_file, "operators", "list", "--json") == 0
    [one] = json.loads(capsys.readouterr().out)
    return one["totp"], one["recovery_codes_left"]


def codes_in(text: str) -> list[str]:
    return re.findall(r"\b[a-z2-9]{4}(?:-[a-z2-9]{4}){3}\b", text)


def test_ten_recovery_codes_come_with_it_and_new_ones_on_request(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dialer(config_file, "operators", "add", "guide", "--role", "supervisor", "--generate")
    assert listed(config_file, capsys) == (False, 0)
    assert dialer(config_file, "operators", "totp-codes", "guide") == 2
    assert "totp-on" in capsys.readouterr().err
    assert dialer(config_file, "operators", "totp-on", "guide") == 0
    first = codes_in(capsys.readouterr().out)
    assert len(set(first)) == 10 and listed(config_file, capsys) == (True, 10)
    assert dialer(config_file, "operators", "list") == 0
    assert "10 codes left" in " ".join(capsys.readouterr().out.split())
    assert dialer(config_file, "operators", "totp-codes", "GUIDE") == 0
    second = codes_in(capsys.readouterr().out)
    assert dialer(config_file, "operators", "totp-codes", "guide", "--json") == 0
    third = json.loads(capsys.readouterr().out)["recovery_codes"]
    assert len({*first, *second, *third}) == 30 and listed(config_file, capsys) == (True, 10)
    assert [line for line in audit(config_file) if line[0] == "operator totp codes"] == [
        ("operator totp codes", "guide"),
        ("operator totp codes", "guide"),
    ]
    assert dialer(config_file, "operators", "totp-codes", "nobody") == 3
    assert dialer(config_file, "operators", "totp-off", "guide") == 0
    assert listed(config_file, capsys) == (False, 0)


@pytest.mark.parametrize("command", ["totp-on", "totp-off"])
@pytest.mark.parametrize("role", ["operator", "warroom_editor"])
def test_a_code_is_for_supervisors_and_admins(
    config_file: Path, capsys: pytest.CaptureFixture[str], command: str, role: str
) -> None:
    dialer(config_file, "operators", "add", "sita", "--role", role, "--generate")
    capsys.readouterr()
    assert dialer(config_file, "operators", command, "sita") == 2
    told = capsys.readouterr()
    assert "only supervisors and admins" in told.err and told.err.count("\n") == 1
    assert "otpauth" not in told.out and totp_secret(config_file, "sita") is None
    assert not [line for line in audit(config_file) if "totp" in line[0]]


def test_seats_are_listed_without_a_daemon_and_it_is_said_so(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert dialer(config_file, "seats", "list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert listed["daemon"] is False and len(listed["seats"]) == 36
    assert dialer(config_file, "seats", "list") == 0
    assert "dialer serve" in capsys.readouterr().err


def test_a_plain_phones_account_is_the_one_asterisk_knows_and_the_look_is_audited(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert dialer(config_file, "seats", "accounts", "7", "--json") == 0
    account = json.loads(capsys.readouterr().out)[0]
    assert account["user"] == "seat-07"
    assert account["password"] == seat_password(load_config(config_file), 7)
    assert ("account show", "seat 7") in audit(config_file)
    assert dialer(config_file, "seats", "accounts", "77") == 2


def test_the_qr_code_is_the_address_and_it_is_said_what_reads_it(
    config_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = load_config(config_file).asterisk.sip_port
    capsys.readouterr()
    assert dialer(config_file, "seats", "accounts", "1", "--qr") == 0
    shown = capsys.readouterr()
    assert qr_text(f"sip:seat-01@127.0.0.1:{port};transport=udp") in shown.out
    assert "Linphone" in shown.err
    assert dialer(config_file, "seats", "accounts", "1") == 0
    assert "Linphone" not in capsys.readouterr().err


def test_an_account_with_an_ipv6_server_is_a_valid_address_without_the_password() -> None:
    account = Account(1, "seat-01", "secret", "2001:db8::1", 25060)
    assert account.uri() == "sip:seat-01@[2001:db8::1]:25060;transport=udp"
    assert len(qr_text(account.uri()).splitlines()) > 10
