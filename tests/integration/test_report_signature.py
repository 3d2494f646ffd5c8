"""A signed report, and everything that must not pass for one."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dialer.daily.figures import DayReport, Figure
from dialer.daily.keys import NAME, key_text, read_key, signing_key
from dialer.daily.signing import canonical, read_signed, sign
from dialer.errors import ConfigError, InputError, SignatureWrong
from tests.integration.cli_office import Office, open_office

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
REPORT = DayReport(
    district="durg", office={"hi": "दुर्ग", "en": "Durg"}, day="2026-11-20", constituency=None,
    made_at=1_795_145_400, day_over=True, names={"constituencies": {}, "schemes": {}},
    sources={"attempts": {"hi": "प्रयास", "en": "attempts"}},
    figures=[
        Figure("calls", "", None, "placed", 8, "attempts", 1),
        Figure("calls", "", None, "answer_rate", 1.0, "attempts", 0.75),
    ],
)  # fmt: skip


def test_what_was_signed_is_read_again() -> None:
    signed = read_signed(sign(REPORT, {"a.pdf": b"%PDF"}, KEY).as_bytes())
    assert signed.checked(KEY.public_key()) == REPORT
    assert signed.changed({"a.pdf": b"%PDF"}) == [] and signed.changed({"a.pdf": b"%PDF-"}) == ["a.pdf"]


def test_one_content_has_one_writing() -> None:
    assert canonical({"b": [1, 0.25], "a": "पाटन"}) == '{"a":"पाटन","b":[1,0.25]}'.encode()
    raw = sign(REPORT, {}, KEY).as_bytes()
    assert b'"value":1,' in raw and sign(REPORT, {}, KEY).as_bytes() == raw
    again = json.dumps(json.loads(raw), indent=3).encode()
    assert read_signed(again).checked(KEY.public_key()) == REPORT


def _figure(content: dict[str, Any]) -> None:
    content["report"]["figures"][0]["value"] = 9


def _day(content: dict[str, Any]) -> None:
    content["report"]["day"] = "2026-11-21"


def _file(content: dict[str, Any]) -> None:
    content["files"]["b.pdf"] = "0" * 64


def _signature(content: dict[str, Any]) -> None:
    content["signature"]["value"] = "A" * 86 + "=="


@pytest.mark.parametrize("change", [_figure, _day, _file, _signature])
def test_a_changed_report_is_refused(change: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads(sign(REPORT, {"a.pdf": b"%PDF"}, KEY).as_bytes())
    change(content)
    with pytest.raises(SignatureWrong, match=r"durg-2026-11-20\.1: the signature does not fit"):
        read_signed(json.dumps(content).encode()).checked(KEY.public_key())


def test_another_key_did_not_sign_it() -> None:
    with pytest.raises(SignatureWrong):
        sign(REPORT, {}, KEY).checked(Ed25519PrivateKey.generate().public_key())


@pytest.mark.parametrize("raw", [
    b"", b"{}", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"report":{},"files":{},"signature":{}}',
    sign(REPORT, {}, KEY).as_bytes().replace(b'"value":8', b'"value":NaN'),
    sign(REPORT, {}, KEY).as_bytes().replace(b'"day":', b'"day":"2020-01-01","day":'),
    sign(REPORT, {}, KEY).as_bytes().replace(b"Ed25519", b"none"),
    sign(REPORT, {}, KEY).as_bytes()[:-40],
    b" " * 3_000_000,
])  # fmt: skip
def test_what_is_no_signed_report_is_not_read(raw: bytes) -> None:
    with pytest.raises(InputError):
        read_signed(raw)


@pytest.mark.parametrize("changes", [
    {"extra": 1}, {"day_over": "yes"}, {"figures": [{"section": "calls"}]}, {"revision": True},
    {"figures": None}, {"id": "other-2026-11-20.1"}, {"made_at": 1.5},
])  # fmt: skip
def test_a_signer_cannot_put_anything_else_in(changes: dict[str, Any]) -> None:
    from dialer.daily import signing

    content = {**json.loads(sign(REPORT, {}, KEY).as_bytes())["report"], **changes}
    signature = KEY.sign(canonical({"report": content, "files": {}}))
    with pytest.raises(InputError):
        signing.Signed(content, {}, "0" * 16, signature).checked(KEY.public_key())


def test_public_keys_are_passed_on_as_text() -> None:
    text = key_text(KEY.public_key())
    assert text.startswith("ed25519:") and read_key(text) == KEY.public_key()
    for wrong in ("", "ed25519:", text[:-3], text + "AA", "ed25519:" + "ä" * 43):
        with pytest.raises(InputError, match="no public key"):
            read_key(wrong)


def test_the_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    first = signing_key(tmp_path)
    file = tmp_path / "secrets" / NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and len(list(file.parent.iterdir())) == 1
    assert signing_key(tmp_path).public_key() == first.public_key()
    file.write_text("lost")
    with pytest.raises(ConfigError, match="restore it"):
        signing_key(tmp_path)
    assert file.read_text() == "lost"


def test_another_program_agrees_about_the_signature(tmp_path: Path) -> None:
    """OpenSSL, which has never heard of us."""
    key = signing_key(tmp_path)
    signed = sign(REPORT, {}, key)
    (tmp_path / "message").write_bytes(canonical({"report": signed.content, "files": {}}))
    (tmp_path / "signature").write_bytes(signed.signature)
    words = ("openssl", "pkeyutl", "-verify", "-inkey", str(tmp_path / "secrets" / NAME), "-rawin",
             "-in", str(tmp_path / "message"), "-sigfile", str(tmp_path / "signature"))  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_report_is_verified_with_the_files_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    office: Office = open_office(tmp_path / "office", capsys)
    assert (office.data / "secrets" / NAME).exists()
    office.do("report", "daily", "--date", "2026-11-20", "--out", str(tmp_path / "out"))
    file = next((tmp_path / "out").glob("*.json"))
    checked = office.do("warroom", "verify", str(file), "--json").json
    assert len(checked["files"]) == 4 and not checked["changed"] and not checked["missing"]
    pdf, book = file.with_name(f"{file.stem}-hi.pdf"), file.with_name(f"{file.stem}-hi.xlsx")
    book.unlink()
    assert "does not lie beside" in office.do("warroom", "verify", str(file)).err
    pdf.write_bytes(pdf.read_bytes() + b" ")
    done = office.run("warroom", "verify", str(file))
    assert done.code == 1 and "hi.pdf: changed after" in done.err
    file.write_bytes(file.read_bytes().replace(b'"day_over":true', b'"day_over":false'))
    assert "does not fit" in office.refused(1, "warroom", "verify", str(file))
    key = office.do("warroom", "key").out.strip()
    elsewhere = open_office(tmp_path / "elsewhere", capsys)
    file.write_bytes(sign(replace(REPORT), {}, signing_key(office.data)).as_bytes())
    assert "not known here" in elsewhere.refused(1, "warroom", "verify", str(file))
    elsewhere.do("warroom", "verify", str(file), "--key", key)
    assert "no public key" in elsewhere.refused(2, "warroom", "verify", str(file), "--key", "x")
    assert "no signed report" in elsewhere.refused(2, "warroom", "verify", str(office.file))
    assert "cannot be read" in elsewhere.refused(2, "warroom", "verify", "nowhere.json")
