"""The twelve faults of panoramisk 1.4 (and some more), each on a real socket against a fake manager."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import dialer
from dialer.core.telephony_events import CallAnswered, CallNotPlaced, CallRinging, LinkLost, LinkUp
from dialer.errors import InputError, LinkDown, LinkRefused, TelephonyError
from dialer.telephony.ami_wire import AmiConnection
from tests.integration.ami_world import (
    ATTEMPT,
    OTHER_ATTEMPT,
    QUICK,
    Told,
    a_call,
    linked,
    telephony_on,
    until,
)
from tests.integration.fake_ami import Action, FakeAmi, fake_ami, message
from tests.originating import originate


@pytest.fixture
async def fake() -> AsyncIterator[FakeAmi]:
    async with fake_ami() as running:
        yield running


async def connection_to(fake: FakeAmi, wanted: set[str], seen: list[dict[str, str]]) -> AmiConnection:
    connection = AmiConnection(frozenset(wanted), lambda name, fields: seen.append(fields))
    await connection.open("127.0.0.1", fake.port, "sampark", "right")
    return connection


async def test_a_hindi_name_survives_a_chunk_border_at_every_byte(fake: FakeAmi) -> None:
    name = "श्रीमती लक्ष्मी बाई"
    event = message("Event: Newstate", {"Uniqueid": ATTEMPT, "CallerIDName": name})
    seen: list[dict[str, str]] = []
    connection = await connection_to(fake, {"Newstate"}, seen)
    for border in range(1, len(event)):
        await fake.send_in_pieces(event[:border], event[border:])
    await until(lambda: len(seen) == len(event) - 1)
    assert {fields["CallerIDName"] for fields in seen} == {name}
    connection.drop("the test is over")


async def test_bytes_that_are_no_utf8_spoil_only_their_own_message(fake: FakeAmi) -> None:
    seen: list[dict[str, str]] = []
    connection = await connection_to(fake, {"Newstate"}, seen)
    fake.send(b"Event: Newstate\r\nCallerIDName: \xe0\xa4\r\n\r\n")
    fake.event("Newstate", CallerIDName="नमस्ते")
    await until(lambda: len(seen) == 2)
    assert "�" in seen[0]["CallerIDName"]
    assert seen[1]["CallerIDName"] == "नमस्ते"
    connection.drop("the test is over")


async def test_an_originate_without_answer_is_not_sent_again_after_the_link_came_back(fake: FakeAmi) -> None:
    fake.answers["Originate"] = lambda action: None
    async with linked(fake) as (telephony, told):
        order = asyncio.create_task(originate(telephony, a_call()))
        await until(lambda: len(fake.named("Originate")) == 1)
        fake.drop()
        with pytest.raises(LinkDown):
            await order
        await until(lambda: len(told.of(LinkUp)) == 2)
        await asyncio.sleep(0.1)
    assert len(fake.named("Originate")) == 1


async def test_of_orders_sent_together_each_has_its_own_answer(fake: FakeAmi) -> None:
    def answer(action: Action) -> str | None:
        refused = action["ActionID"] == [OTHER_ATTEMPT]
        return "Response: Error\r\nMessage: no" if refused else None

    fake.answers["Originate"] = answer
    unsendable = "a" + "3" * 24
    async with linked(fake) as (telephony, told):
        faults = await telephony.originate(
            [a_call(), a_call(OTHER_ATTEMPT), a_call(unsendable, caller_id="9\r")]
        )
        await until(lambda: len(told.of(LinkUp)) == 2)
    assert {attempt_id: type(fault) for attempt_id, fault in faults.items()} == {
        ATTEMPT: LinkDown, OTHER_ATTEMPT: TelephonyError, unsendable: InputError,
    }  # fmt: skip
    assert len(fake.named("Originate")) == 2


async def test_every_pending_action_fails_when_the_link_drops(fake: FakeAmi) -> None:
    fake.answers["Hangup"] = fake.answers["Bridge"] = lambda action: None
    async with linked(fake) as (telephony, _):
        pending = asyncio.gather(
            telephony.hang_up(ATTEMPT), telephony.join(ATTEMPT, "seat-01-00000000"), return_exceptions=True
        )
        await until(lambda: len(fake.named("Hangup")) + len(fake.named("Bridge")) == 2)
        fake.drop()
        assert [type(fault) for fault in await asyncio.wait_for(pending, 1)] == [LinkDown, LinkDown]


async def test_an_action_without_answer_ends_at_its_deadline_and_the_link_is_made_anew(fake: FakeAmi) -> None:
    fake.answers["Originate"] = lambda action: None
    async with linked(fake) as (telephony, told):
        with pytest.raises(LinkDown, match="Originate"):
            await originate(telephony, a_call())
        await until(lambda: len(told.of(LinkUp)) == 2)
    assert len(told.of(LinkLost)) == 1


async def test_an_exception_in_the_sink_neither_closes_the_link_nor_loses_the_events_behind(
    fake: FakeAmi, caplog: pytest.LogCaptureFixture
) -> None:
    async with linked(fake) as (_, told):
        told.chokes_on = CallRinging
        fake.send(
            message("Event: Newstate", {"Uniqueid": ATTEMPT, "ChannelState": "5"})
            + message("Event: Newstate", {"Uniqueid": OTHER_ATTEMPT, "ChannelState": "6"})
        )
        await until(lambda: told.of(CallAnswered) != [])
        assert told.of(LinkLost) == []
    assert "the link goes on" in caplog.text
    assert fake.connections == 1


async def test_an_originate_without_async_header_harms_nothing(fake: FakeAmi) -> None:
    connection = await connection_to(fake, set(), [])
    answer = await connection.send("Originate", {"Channel": "PJSIP/seat-01"}, 1.0)
    assert answer["Response"] == "Success"
    assert (await connection.send("Ping", {}, 1.0))["Response"] == "Success"
    connection.drop("the test is over")


async def test_an_order_that_made_no_channel_is_told_as_an_event(fake: FakeAmi) -> None:
    async with linked(fake) as (telephony, told):
        await originate(telephony, a_call())
        fake.event(
            "OriginateResponse", ActionID=ATTEMPT, Response="Failure", Reason="0", Uniqueid="<unknown>"
        )
        await until(lambda: told.of(CallNotPlaced) != [])
        event = told.of(CallNotPlaced)[0]
        assert isinstance(event, CallNotPlaced)
        assert (event.attempt_id, event.reason) == (ATTEMPT, 0)


async def test_cancelled_and_late_actions_leave_nothing_behind(fake: FakeAmi) -> None:
    fake.answers["Hangup"] = lambda action: None
    connection = await connection_to(fake, set(), [])
    for _ in range(50):
        action = asyncio.create_task(connection.send("Hangup", {"Channel": ATTEMPT}, 5.0))
        await asyncio.sleep(0)
        action.cancel()
        await asyncio.wait([action])
    await connection.send("Ping", {}, 1.0)
    assert connection.pending == 0
    connection.drop("the test is over")


async def test_a_peer_that_falls_silent_is_noticed_and_left(fake: FakeAmi) -> None:
    async with linked(fake) as (telephony, told):
        fake.silent = True
        await until(lambda: told.of(LinkLost) != [], QUICK.ping_every_s * 2 + QUICK.ping_s + 0.3)
        with pytest.raises(LinkDown):
            await telephony.hang_up(ATTEMPT)
        fake.silent = False
        await until(lambda: len(told.of(LinkUp)) == 2)


async def test_a_link_that_only_has_nothing_to_say_is_kept(fake: FakeAmi) -> None:
    async with linked(fake) as (_, told):
        await asyncio.sleep(QUICK.ping_every_s * 5)
        assert told.of(LinkLost) == []
    assert len(fake.named("Ping")) >= 2


@pytest.mark.parametrize("sign", ["\r", "\n", "\0", "\r\n\r\nAction: Command\r\nCommand: core stop now"])
async def test_a_line_break_or_nul_in_a_value_sends_nothing(fake: FakeAmi, sign: str) -> None:
    async with linked(fake) as (telephony, _):
        with pytest.raises(InputError, match="CallerID"):
            await originate(telephony, a_call(caller_id=f"+91{sign}"))
        await telephony.hang_up(ATTEMPT)
    assert fake.named("Originate") == []
    assert fake.named("Command") == []


async def test_a_header_that_asterisk_would_drop_sends_nothing(fake: FakeAmi) -> None:
    async with linked(fake) as (telephony, _):
        with pytest.raises(InputError, match="longer"):
            await originate(telephony, a_call(caller_id="9" * 1100))
    assert fake.named("Originate") == []


async def test_a_wrong_password_raises_at_once_and_is_not_tried_again(fake: FakeAmi) -> None:
    telephony = telephony_on(fake, secret="wrong")
    with pytest.raises(LinkRefused, match="'sampark'"):
        await telephony.start(Told())
    await asyncio.sleep(0.2)
    assert fake.connections == 1
    with pytest.raises(LinkDown, match="refuses"):
        await telephony.hang_up(ATTEMPT)
    await telephony.aclose()


async def test_a_password_changed_under_way_ends_the_link_with_the_reason(fake: FakeAmi) -> None:
    async with linked(fake) as (_, told):
        fake.secret = "another"
        fake.drop()
        await until(lambda: len(told.of(LinkLost)) == 2)
        tries = fake.connections
        await asyncio.sleep(0.2)
        assert fake.connections == tries
        assert "refuses" in str(told.events[-1])


def test_what_cannot_be_mended_is_not_used() -> None:
    """CallManager mixes up calls; fast_agi spins for ever on a port scan; one module imports panoramisk."""
    importers: dict[str, set[str]] = {}
    for file in Path(dialer.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if used := {name for name in names if name.startswith("panoramisk")}:
                importers.setdefault(file.name, set()).update(used)
    assert importers == {
        "ami_wire.py": {
            "panoramisk.actions", "panoramisk.ami_protocol", "panoramisk.manager", "panoramisk.message"
        }
    }  # fmt: skip


async def test_a_list_that_is_refused_ends_at_once(fake: FakeAmi) -> None:
    fake.answers["PJSIPShowContacts"] = lambda action: "Response: Error\r\nMessage: No Contacts found"
    async with linked(fake) as (telephony, _):
        assert await telephony.reachable_seats() == frozenset()


async def test_what_asterisk_refuses_is_said_with_its_reason(fake: FakeAmi) -> None:
    fake.answers["Bridge"] = lambda action: "Response: Error\r\nMessage: Channel1 does not exist"
    async with linked(fake) as (telephony, told):
        with pytest.raises(TelephonyError, match="Channel1 does not exist"):
            await telephony.join(ATTEMPT, "seat-01-00000000")
        assert told.of(LinkLost) == []
