"""Mail to a server with STARTTLS or TLS: it proves who it is first, and no secret goes over a bare wire."""

from __future__ import annotations

import base64
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from db.session import Database
from dialer.config import Config
from dialer.daily.signing import read_signed
from tests.integration.mail_server import PASSWORD, USER, Authority, MailServer, mail_server
from tests.integration.report_day import DAY, settings
from tests.integration.test_report_outbox import Sender, databases

__all__ = ["databases"]
KINDS = ("starttls", "tls")


def mailing(folder: Path, box: MailServer, encryption: str, ca_file: Path | None) -> Config:
    """An office that mails to this server and signs in."""
    file = folder / "mail-password"
    file.touch(mode=0o600)
    file.write_text(PASSWORD + "\n", encoding="utf-8")
    mail = {
        "host": "127.0.0.1", "port": box.port, "encryption": encryption, "username": USER,
        "password_file": str(file), "sender": "durg@office.example", "to": ["state@office.example"],
    }  # fmt: skip
    return settings(folder, mail=mail | ({"ca_file": str(ca_file)} if ca_file else {}))


async def send(config: Config, database: Database) -> tuple[Sender, str]:
    """A day's report goes out; what the outbox then says of it, empty when it is there."""
    sender = Sender(config, database)
    await sender.put(DAY)
    await sender.send()
    waiting = await sender.unsent()
    return sender, waiting[0].last_error if waiting else ""


def secrets_on(wire: bytes) -> list[bytes]:
    """Which parts of the sign-in or the report can be read on the wire."""
    pair = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())
    alone = [base64.b64encode(each.encode()) for each in (USER, PASSWORD)]
    words = [PASSWORD.encode(), pair, *alone, b"AUTH", b"MAIL FROM", f"durg-{DAY}".encode()]
    return [each for each in words if each.lower() in wire.lower()]


@pytest.mark.parametrize("encryption", KINDS)
async def test_a_report_arrives_after_the_server_proved_who_it_is(
    tmp_path: Path, databases: Database, encryption: str
) -> None:
    authority = Authority(tmp_path, "ours")
    async with mail_server(authority.context("127.0.0.1"), implicit=encryption == "tls") as box:
        config = mailing(tmp_path, box, encryption, authority.ca_file)
        _sender, why = await send(config, databases)
    assert why == "" and box.signed_in == [(USER.encode(), PASSWORD.encode())]
    (envelope,) = box.messages
    assert envelope.rcpt_tos == ["state@office.example"] and isinstance(envelope.content, bytes)
    message = message_from_bytes(envelope.content, policy=policy.default)
    files = {each.get_filename(): each.get_content() for each in message.iter_attachments()}
    assert read_signed(files[f"durg-{DAY}.1.json"]).id == f"durg-{DAY}.1"
    assert secrets_on(bytes(box.wire)) == [] and len(box.wire) > 1000


@pytest.mark.parametrize("encryption", KINDS)
@pytest.mark.parametrize("wrong", ["another authority", "another name", "expired", "no authority named"])
async def test_a_server_with_a_wrong_certificate_gets_nothing(
    tmp_path: Path, databases: Database, encryption: str, wrong: str
) -> None:
    ours, others = Authority(tmp_path, "ours"), Authority(tmp_path / "others", "others")
    signer = others if wrong == "another authority" else ours
    host = "other.example" if wrong == "another name" else "127.0.0.1"
    context = signer.context(host, days=1 if wrong == "expired" else 30)
    async with mail_server(context, implicit=encryption == "tls") as box:
        believed = None if wrong == "no authority named" else ours.ca_file
        sender, why = await send(mailing(tmp_path, box, encryption, believed), databases)
        (waiting,) = await sender.unsent()
    assert "certificate verify failed" in why and not waiting.refused and waiting.attempts == 1
    assert box.signed_in == [] and box.messages == [] and secrets_on(bytes(box.wire)) == []


async def test_the_report_that_waited_arrives_when_the_certificate_is_right(
    tmp_path: Path, databases: Database
) -> None:
    ours, others = Authority(tmp_path, "ours"), Authority(tmp_path / "others", "others")
    async with mail_server(others.context("127.0.0.1")) as box:
        sender, why = await send(mailing(tmp_path, box, "starttls", ours.ca_file), databases)
        assert why
    async with mail_server(ours.context("127.0.0.1")) as box:
        sender.config = mailing(tmp_path, box, "starttls", ours.ca_file)
        await sender.send(at_once=True)
        assert len(box.messages) == 1 and await sender.unsent() == []


async def test_no_password_goes_to_a_server_that_offers_no_encryption(
    tmp_path: Path, databases: Database
) -> None:
    ours = Authority(tmp_path, "ours")
    async with mail_server(None) as box:
        _sender, why = await send(mailing(tmp_path, box, "starttls", ours.ca_file), databases)
    assert "STARTTLS" in why and box.signed_in == [] and box.messages == []
    assert b"EHLO" in box.wire and secrets_on(bytes(box.wire)) == []


async def test_without_encryption_the_wire_would_tell(tmp_path: Path, databases: Database) -> None:
    async with mail_server(None) as box:
        _sender, why = await send(mailing(tmp_path, box, "none", None), databases)
    assert why == "" and len(secrets_on(bytes(box.wire))) >= 4, "so the other tests do listen"


async def test_a_wrong_password_is_refused_and_not_told(tmp_path: Path, databases: Database) -> None:
    ours = Authority(tmp_path, "ours")
    async with mail_server(ours.context("127.0.0.1")) as box:
        config = mailing(tmp_path, box, "starttls", ours.ca_file)
        (tmp_path / "mail-password").write_text("stale", encoding="utf-8")
        sender, why = await send(config, databases)
        (waiting,) = await sender.unsent()
    assert "535" in why and waiting.refused and "stale" not in why and box.messages == []


async def test_a_file_that_holds_no_certificates_is_named(tmp_path: Path, databases: Database) -> None:
    ours = Authority(tmp_path, "ours")
    (tmp_path / "empty.pem").touch()
    async with mail_server(ours.context("127.0.0.1")) as box:
        _sender, why = await send(mailing(tmp_path, box, "starttls", tmp_path / "empty.pem"), databases)
    assert "empty.pem" in why and not box.wire
