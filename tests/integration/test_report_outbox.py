"""The outbox: nothing is lost, nothing arrives twice, whatever the line and the servers do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from db.session import Database
from dialer.config import Config
from dialer.daily.keys import signing_key
from dialer.daily.outbox import LONGEST_WAIT_S, Delivery, Outbox, Parcel, wait_s
from dialer.daily.posting import days_due, post_report
from dialer.daily.routine import look
from dialer.daily.sending import Attempted, send_due
from dialer.daily.signing import read_signed, sign
from dialer.errors import ConfigError
from tests.integration.cli_office import open_office
from tests.integration.report_day import DAY, EVENING, NEXT_DAY, settings
from tests.integration.report_receivers import mailbox, paper_state
from tests.integration.test_report_signature import REPORT
from tests.ports import free_ports


@dataclass
class Sender:
    """An office whose database holds nothing but reports, with a clock of its own."""

    config: Config
    database: Database
    now: float = NEXT_DAY

    async def put(self, *days: str) -> None:
        """Reports of these days, each a second later than the one before."""
        from dataclasses import replace

        from dialer.daily.couriers import destinations

        for day in days:
            report = replace(REPORT, day=day)
            files = {f"{report.id}-hi.pdf": b"%PDF", f"{report.id}-hi.xlsx": b"PK"}
            signed = sign(report, files, signing_key(self.config.data))
            self.now += 1
            await Outbox(self.database).add(
                report, signed, "0" * 64, files, destinations(self.config), "test", self.now
            )

    async def send(self, *, at_once: bool = False) -> Sequence[Attempted]:
        return await send_due(self.config, self.database, lambda: self.now, at_once=at_once)

    async def unsent(self) -> list[Delivery]:
        return list(await Outbox(self.database).all(unsent_only=True))


@pytest.fixture
async def databases(tmp_path: Path) -> AsyncIterator[Database]:
    from dialer.store.database import open_database
    from dialer.store.migrations import migrate

    database = open_database(settings(tmp_path))
    await migrate(database)
    yield database
    await database.aclose()


def _push(folder: Path, *urls: str) -> Config:
    return settings(folder, push=[{"url": url} for url in urls])


def _mail(folder: Path, port: int, *to: str, **more: object) -> Config:
    mail = {"host": "127.0.0.1", "port": port, "encryption": "none", "sender": "durg@office.example",
            "to": to or ("state@office.example",), **more}  # fmt: skip
    return settings(folder, mail=mail)


async def test_reports_arrive_in_order_and_once(tmp_path: Path, databases: Database) -> None:
    async with paper_state() as state:
        sender = Sender(_push(tmp_path, state.url), databases)
        await sender.put("2026-11-18", "2026-11-19", "2026-11-20")
        assert [one.why for one in await sender.send()] == ["", "", ""]
        assert state.ids == [f"durg-2026-11-{day}.1" for day in (18, 19, 20)]
        assert await sender.send() == [] and await sender.unsent() == []
        stored = await Outbox(databases).parcel(state.ids[0])
        assert state.bodies[0] == stored.content


async def test_the_line_is_down_for_days_and_nothing_is_lost(tmp_path: Path, databases: Database) -> None:
    (port,) = free_ports(1)
    sender = Sender(_push(tmp_path, f"http://127.0.0.1:{port}/api/v1/reports"), databases)
    waited = []
    for day in ("2026-11-18", "2026-11-19", "2026-11-20"):
        await sender.put(day)
        for _ in range(4):
            waited += [one.report_id for one in await sender.send() if one.why]
            sender.now += 6 * 3600
    assert set(waited) == {"durg-2026-11-18.1"}, "the others wait behind the first"
    first = (await sender.unsent())[-1]
    assert first.attempts == len(waited) and "does not answer" in first.last_error
    async with paper_state(port) as state:
        sender.now += LONGEST_WAIT_S
        await sender.send()
        assert state.ids == [f"durg-2026-11-{day}.1" for day in (18, 19, 20)]
    assert await sender.unsent() == []


async def test_a_destination_that_is_down_does_not_hold_up_the_others(
    tmp_path: Path, databases: Database
) -> None:
    (port,) = free_ports(1)
    async with paper_state() as state:
        away = f"http://127.0.0.1:{port}/api/v1/reports"
        sender = Sender(_push(tmp_path, away, state.url), databases)
        await sender.put("2026-11-19", "2026-11-20")
        await sender.send()
        assert len(state.ids) == 2 and {one.destination for one in await sender.unsent()} == {away}


async def test_nothing_is_tried_before_its_time_unless_somebody_wants_it(
    tmp_path: Path, databases: Database
) -> None:
    async with paper_state() as state:
        sender = Sender(_push(tmp_path, state.url), databases)
        await sender.put(DAY)
        state.status = 503
        assert len(await sender.send()) == 1
        state.status = 201
        assert await sender.send() == []
        assert len(await sender.send(at_once=True)) == 1 and state.ids == [f"durg-{DAY}.1"]


async def test_what_is_refused_stays_and_does_not_hold_up_the_others(
    tmp_path: Path, databases: Database
) -> None:
    async with paper_state() as state:
        sender = Sender(_push(tmp_path, state.url), databases)
        await sender.put("2026-11-19")
        state.status = 403
        await sender.send()
        (refused,) = await sender.unsent()
        assert refused.refused and "403 unknown_signer" in refused.last_error
        state.status = 201
        await sender.put("2026-11-20")
        await sender.send()
        assert state.ids == ["durg-2026-11-20.1"]
        sender.now += LONGEST_WAIT_S
        await sender.send()
        assert state.ids[-1] == "durg-2026-11-19.1" and await sender.unsent() == []


async def test_an_answer_that_is_no_receipt_does_not_count(tmp_path: Path, databases: Database) -> None:
    async with paper_state() as state:
        state.receipt = False
        sender = Sender(_push(tmp_path, state.url), databases)
        await sender.put(DAY)
        await sender.send()
        (waiting,) = await sender.unsent()
        assert "not as a state instance does" in waiting.last_error and not waiting.refused


async def test_two_senders_at_once_send_once(tmp_path: Path, databases: Database) -> None:
    async with paper_state() as state:
        sender = Sender(_push(tmp_path, state.url), databases)
        await sender.put(DAY)
        await asyncio.gather(*(sender.send() for _ in range(5)))
        assert len(state.ids) == 1


async def test_a_sender_that_died_is_followed_by_another(tmp_path: Path, databases: Database) -> None:
    async with paper_state() as state:
        sender = Sender(_push(tmp_path, state.url), databases)
        await sender.put(DAY)
        box = Outbox(databases)
        (delivery,) = await box.unsent(state.url)
        assert await box.claim(delivery, sender.now)
        assert await sender.send() == []
        sender.now += 301
        assert len(await sender.send()) == 1 and await sender.unsent() == []


async def test_a_fault_nobody_thought_of_loses_nothing(
    tmp_path: Path, databases: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dialer.daily import couriers

    async def broken(_self: object, _parcel: Parcel) -> None:
        raise RuntimeError("surprise")

    monkeypatch.setattr(couriers.HttpsCourier, "deliver", broken)
    sender = Sender(_push(tmp_path, "http://127.0.0.1:1/api/v1/reports"), databases)
    await sender.put(DAY)
    (done,) = await sender.send()
    assert done.why == "RuntimeError" and len(await sender.unsent()) == 1


async def test_mail_carries_the_report_and_its_files_to_each_recipient(
    tmp_path: Path, databases: Database
) -> None:
    async with mailbox() as box:
        sender = Sender(_mail(tmp_path, box.port, "a@state.example", "b@state.example"), databases)
        await sender.put(DAY)
        assert [one.why for one in await sender.send()] == ["", ""]
        assert sorted(box.recipients) == ["a@state.example", "b@state.example"]
        message = box.messages[0]
        assert "दैनिक रिपोर्ट 20.11.2026" in message["Subject"] and "Daily report" in message["Subject"]
        body = message.get_body()
        assert body is not None and "लगाई गई कॉल: 8" in body.get_content()
        attached = {one.get_filename(): one.get_content() for one in message.iter_attachments()}
        assert sorted(attached) == [f"durg-{DAY}.1-hi.pdf", f"durg-{DAY}.1-hi.xlsx", f"durg-{DAY}.1.json"]
        signed = read_signed(attached[f"durg-{DAY}.1.json"])
        assert signed.changed({f"durg-{DAY}.1-hi.pdf": attached[f"durg-{DAY}.1-hi.pdf"]}) == []


async def test_a_message_whose_receipt_was_lost_is_known_again(tmp_path: Path, databases: Database) -> None:
    async with mailbox() as box:
        sender = Sender(_mail(tmp_path, box.port), databases)
        await sender.put(DAY)
        box.hangs_up = True
        assert (await sender.send())[0].why
        box.hangs_up = False
        sender.now += 60
        await sender.send()
        first, second = box.messages
        assert first["Message-ID"] == second["Message-ID"] and await sender.unsent() == []


async def test_a_mail_server_that_cannot_now_and_one_that_will_not(
    tmp_path: Path, databases: Database
) -> None:
    async with mailbox() as box:
        sender = Sender(_mail(tmp_path, box.port), databases)
        await sender.put(DAY)
        for answer, refused in (("451 later", False), ("554 never", True)):
            box.answer = answer
            await sender.send(at_once=True)
            (waiting,) = await sender.unsent()
            assert waiting.refused is refused and answer[4:] in waiting.last_error


async def test_a_password_that_others_can_read_is_not_used(tmp_path: Path, databases: Database) -> None:
    file = tmp_path / "mail-password"
    file.write_text("secret")
    file.chmod(0o644)
    sender = Sender(_mail(tmp_path, 1, username="durg", password_file=str(file)), databases)
    await sender.put(DAY)
    (done,) = await sender.send()
    assert "chmod 600" in done.why and "secret" not in done.why
    assert len(await sender.unsent()) == 1


def test_waits_double_up_to_six_hours() -> None:
    assert [wait_s(attempts) for attempts in (1, 2, 3)] == [60.0, 120.0, 240.0]
    assert wait_s(50) == wait_s(1, refused=True) == LONGEST_WAIT_S


def test_missed_days_are_made_up_for() -> None:
    assert days_due(DAY, False, frozenset()) == []
    assert days_due(DAY, True, frozenset()) == [DAY]
    assert days_due(DAY, True, frozenset({DAY})) == []
    assert days_due(DAY, False, frozenset({"2026-11-17"})) == ["2026-11-18", "2026-11-19"]
    assert len(days_due(DAY, True, frozenset({"2026-01-01"}))) == 8


@pytest.mark.parametrize("reports", [
    {"push": [{"url": "http://state.example/api/v1/reports"}]},
    {"push": [{"url": "https://a.example/r"}, {"url": "https://a.example/r"}]},
    {"at": "25:00"}, {"district": "Durg District"},
    {"mail": {"host": "m", "sender": "a@b", "to": []}},
    {"mail": {"host": "m", "sender": "a@b", "to": ["a@b\nBcc: c@d"]}},
    {"mail": {"host": "m", "sender": "a@b", "to": ["c@d"], "username": "x"}},
    {"mail": {"host": "m", "sender": "a@b", "to": ["c@d"], "username": "x", "password_file": "p",
              "encryption": "none"}},
])  # fmt: skip
def test_unsafe_settings_are_refused(tmp_path: Path, reports: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        settings(tmp_path, **reports)


async def test_the_daemon_makes_and_sends_the_days_report_at_its_hour(
    tmp_path: Path, databases: Database
) -> None:
    async with paper_state() as state:
        config = settings(tmp_path, at="21:15", push=[{"url": state.url}])
        await look(config, lambda: EVENING - 3600)
        assert state.ids == []
        for _ in range(2):
            await look(config, lambda: EVENING)
        assert state.ids == [f"durg-{DAY}.1"]
        signed = read_signed(state.bodies[0])
        assert signed.checked(signing_key(config.data).public_key()).day == DAY and len(signed.files) == 4


async def test_a_report_that_says_the_same_is_one_and_another_is_its_next_revision(
    tmp_path: Path, databases: Database
) -> None:
    from db import models
    from tests.integration.campaign_world import MORNING, World

    config = settings(tmp_path)

    async def post() -> tuple[str, bool]:
        posted = await post_report(config, databases, DAY, None, "test", NEXT_DAY)
        return posted.report_id, posted.is_new

    assert await post() == (f"durg-{DAY}.1", True)
    assert await post() == (f"durg-{DAY}.1", False)
    await World(databases).add(models.Suppression, {
        "phone": "+919800000001", "source": "keypad", "created_at": MORNING, "created_by": "x"})  # fmt: skip
    assert await post() == (f"durg-{DAY}.2", True)


def test_the_outbox_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office = open_office(tmp_path / "office", capsys)
    assert "names anybody" in office.refused(2, "warroom", "outbox", "send")
    (port,) = free_ports(1)
    office.set(reports={"district": "durg", "push": [{"url": f"http://127.0.0.1:{port}/api/v1/reports"}]})
    done = office.run("report", "daily", "--date", DAY, "--send")
    assert done.code == 1 and f"durg-{DAY}.1 stays in the outbox" in done.out
    (waiting,) = office.do("warroom", "outbox", "list", "--unsent", "--json").json
    assert waiting["attempts"] == 1 and waiting["sent_at"] is None
    shown = office.do("warroom", "outbox", "list").out
    assert f"durg-{DAY}.1" in shown and "does not answer" in shown
    assert office.run("warroom", "outbox", "send", "--json").json["unsent"] == 1
    assert "there is no report x" in office.refused(3, "warroom", "outbox", "send", "x")


def test_a_wrong_file_of_certificates_is_named(tmp_path: Path) -> None:
    from dialer.daily.couriers import tls_context

    with pytest.raises(ConfigError, match="no file of certificates"):
        tls_context(tmp_path / "nothing.pem")
