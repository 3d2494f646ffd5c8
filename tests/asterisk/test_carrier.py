"""The simulated outside world: every documented number does what it says, and every call is counted."""

from __future__ import annotations

import asyncio
import re
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median

import pytest

from dialer.telephony.call_records import call_records
from dialer.telephony.carrier import Carrier, invites
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile, Spread
from tests.asterisk.manager import Manager, manager, number
from tests.asterisk.pairs import Pair, PairSpec, until

BRIEF = Profile(
    shares={"answer": 0.4, "busy": 0.2, "rejected": 0.1, "invalid": 0.1, "congestion": 0.1, "short": 0.1},
    ring_s=Spread(0.3, 0.4, 0.1, 0.6),
    talk_s=Spread(0.5, 0.4, 0.2, 0.9),
)
SURVEYED = Profile(
    shares={"answer": 1.0},
    ring_s=Spread(0.2, 0.1, 0.1, 0.3),
    key_count=2,
    key_first_s=Spread(0.3, 0.1, 0.2, 0.4),
    key_gap_s=Spread(0.3, 0.1, 0.2, 0.4),
)


@pytest.fixture
async def link(pair: Pair) -> AsyncIterator[Manager]:
    async with manager(pair) as opened:
        yield opened


@pytest.mark.parametrize(
    ("suffix", "sip_status", "causes"),
    [
        ("0001", "404", {"1"}),
        ("0017", "486", {"17"}),
        ("0018", "408", {"18"}),
        ("0020", "480", {"19", "20"}),
        ("0021", "603", {"21", "55"}),
        ("0022", "410", {"22"}),
        ("0027", "502", {"27"}),
        ("0028", "484", {"28"}),
        ("0029", "501", {"29"}),
        ("0034", "503", {"34"}),
        ("0038", "500", {"38"}),
        ("0042", "503", {"34", "42"}),
        ("9999", "404", {"1"}),
    ],
)
async def test_a_call_that_fails_ends_as_its_number_says(
    link: Manager, suffix: str, sip_status: str, causes: set[str]
) -> None:
    """Newer versions report the cause of the SIP status, older ones that of the Reason header."""
    attempt = await link.call(number(suffix))
    ended = await link.hangup(attempt)
    assert ended["Cause"] in causes
    assert ended.get("TechCause", sip_status) == sip_status


async def test_a_switched_off_phone_is_announced_in_early_media(link: Manager) -> None:
    attempt = await link.call(number("0020"))
    await link.first(
        lambda event: event.get("DestUniqueid") == attempt and event.get("DialStatus") == "PROGRESS",
        2,
        "progress",
    )
    ended = await link.hangup(attempt)
    assert ended["Cause"] in ("19", "20")
    assert ended["ChannelStateDesc"] == "Down"
    assert not [event for event in link.events if event.get("ChannelStateDesc") == "Ringing"]


async def test_a_phone_that_nobody_answers_rings_until_the_caller_gives_up(link: Manager) -> None:
    attempt = await link.call(number("0019"), ring_s=1.5)
    rang = await link.event(attempt, Event="Newstate", ChannelStateDesc="Ringing")
    ended = await link.hangup(attempt)
    assert float(ended["Timestamp"]) - float(rang["Timestamp"]) == pytest.approx(1.5, abs=0.5)
    assert ended["ChannelStateDesc"] == "Ringing"


async def test_a_citizen_answers_and_hangs_up_when_the_number_says(link: Manager) -> None:
    attempt = await link.call(number("1201"))
    rang = await link.event(attempt, Event="Newstate", ChannelStateDesc="Ringing")
    answered, ended = await link.up(attempt), await link.hangup(attempt)
    assert float(answered["Timestamp"]) - float(rang["Timestamp"]) == pytest.approx(2.0, abs=0.5)
    assert float(ended["Timestamp"]) - float(answered["Timestamp"]) == pytest.approx(1.0, abs=0.5)


async def test_a_citizen_who_hangs_up_at_once_is_gone_in_a_moment(link: Manager) -> None:
    """50 ms of the carrier and about 22 until our side has noticed; a busy machine ends single calls late."""
    stayed_s = []
    while len(stayed_s) < 10 and not any(each < 0.1 for each in stayed_s):
        attempt = await link.call(number("3001"))
        answered, ended = await link.up(attempt), await link.hangup(attempt)
        assert ended["Cause"] == "16"
        stayed_s.append(float(ended["Timestamp"]) - float(answered["Timestamp"]))
    assert min(stayed_s) < 0.1


async def test_every_call_is_counted_once_by_both_sides(pair: Pair, link: Manager) -> None:
    before, records_before = invites(pair.config.data), list(call_records(pair.config.data))
    numbers = [number(suffix) for suffix in ("0001", "0017", "3001", "0034", "1001", "3001", "9870")]
    attempts = await asyncio.gather(*(link.call(each) for each in numbers))
    await asyncio.gather(*(link.hangup(attempt) for attempt in attempts))
    new = await until(lambda: _later(pair, before), lambda new: new.total() == len(numbers), 3)
    assert new == Counter(numbers)
    records = [record for record in call_records(pair.config.data) if record not in records_before]
    by_id = {record.channel_id: record for record in records}
    assert len(records) == len(by_id)
    assert set(attempts) == set(by_id)
    assert all(record.ended_at is not None for record in by_id.values())
    answered = [by_id[attempt].answered_at is not None for attempt in attempts]
    assert answered == [False, False, True, False, True, True, False]
    assert [by_id[attempt].cause for attempt in attempts[:4]] == [1, 17, 16, 34]


async def _later(pair: Pair, before: Counter[str]) -> Counter[str]:
    return invites(pair.config.data) - before


async def test_a_congested_network_answers_503_to_all_until_it_recovers(pair: Pair, link: Manager) -> None:
    before = invites(pair.config.data).total()
    await pair.carrier.congest(True)
    try:
        ended = await link.hangup(await link.call(number("1001")))
        assert (ended["Cause"], ended["TechCause"]) == ("34", "503")
    finally:
        await pair.carrier.congest(False)
    assert (await link.up(await link.call(number("1001"))))["ChannelStateDesc"] == "Up"
    assert invites(pair.config.data).total() == before + 2


@pytest.mark.parametrize(
    "pair_spec", [PairSpec(seats=1, phones=0, behaviour=CarrierBehaviour(seed=7, default=BRIEF))]
)
async def test_the_same_seed_makes_the_same_citizens(own_pair: Pair, pair_spec: PairSpec) -> None:
    """Each number is called twice; the cards foretell kind, ring time and talk time of every call."""
    ends = {"busy": {"17"}, "rejected": {"21", "55"}, "invalid": {"1"}, "congestion": {"34"}}
    numbers = [f"9198765{index:05d}" for index in range(20, 40)]
    late_s = []
    async with manager(own_pair) as link:
        for earlier in (0, 1):
            attempts = {each: await link.call(each) for each in numbers}
            for each, attempt in attempts.items():
                card = pair_spec.behaviour.expected(each, earlier)
                ended = await link.hangup(attempt)
                assert ended["Cause"] in ends.get(card.kind, {"16"}), (each, earlier, card)
                if card.kind == "answer":
                    answered = await link.up(attempt)
                    talked_s = float(ended["Timestamp"]) - float(answered["Timestamp"])
                    late_s.append(talked_s - card.talk_s)
    # A busy machine ends single talks late.
    assert min(late_s) > -0.15 and median(late_s) < 0.15
    kinds = Counter(
        pair_spec.behaviour.expected(each, earlier).kind for each in numbers for earlier in (0, 1)
    )
    assert len(kinds) >= 4
    assert any(
        pair_spec.behaviour.expected(each) != pair_spec.behaviour.expected(each, 1) for each in numbers
    )


@pytest.mark.parametrize(
    "pair_spec",
    [PairSpec(seats=1, phones=0, behaviour=CarrierBehaviour(default=BRIEF, profiles={"91777": SURVEYED}))],
)
async def test_citizens_of_a_profile_press_the_keys_of_their_card(
    own_pair: Pair, pair_spec: PairSpec
) -> None:
    heard: list[str] = []

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (await reader.readline()).strip():
            pass
        for _ in range(2):
            writer.write(b"WAIT FOR DIGIT 3000\n")
            heard.append((await reader.readline()).decode().strip())
        writer.write(b"SET VARIABLE SAMPARK_SURVEY_DONE 1\n")
        await reader.readline()
        writer.close()

    server = await asyncio.start_server(session, "127.0.0.1", own_pair.config.asterisk.agi_port)
    dialled = "917771234567"
    card = pair_spec.behaviour.expected(dialled)
    async with server, manager(own_pair) as link:
        await link.hangup(await link.call(dialled, "answered-survey"))
    assert heard == [f"200 result={ord(key)}" for key in card.keys]


@pytest.mark.parametrize(
    "pair_spec", [PairSpec(seats=1, phones=0, behaviour=CarrierBehaviour(default=BRIEF))]
)
async def test_the_count_equals_the_invites_on_the_wire(own_pair: Pair, tmp_path: Path) -> None:
    wire = tmp_path / "wire.pcap"
    await own_pair.asterisk.command(f"pjsip set logger pcap {wire}")
    await own_pair.asterisk.command("pjsip set logger on")
    async with manager(own_pair) as link:
        attempts = [await link.call(f"9198765{index:05d}") for index in range(50)]
        for attempt in attempts:
            await link.hangup(attempt)
    await own_pair.asterisk.command("pjsip set logger off")
    assert invites_on(wire, own_pair.config.trunks[0].port) == invites(own_pair.config.data)
    assert invites(own_pair.config.data).total() == 50


def invites_on(wire: Path, port: int) -> Counter[str]:
    """Users invited at a port, by the packets that our Asterisk sent; a repeated packet counts once."""
    sent = rb"INVITE sip:(\d+)@[^ ]*:%d SIP/2.0\r\n.*?\r\nCall-ID: (\S+)\r"
    data, at, calls = wire.read_bytes(), 24, {}
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at + 8)
        packet, at = data[at + 16 : at + 16 + length], at + 16 + length
        found = re.search(sent % port, packet, re.DOTALL)
        if found is not None:
            calls[found[2]] = found[1].decode()
    return Counter(calls.values())


async def test_the_count_outlives_a_restart_of_the_network(asterisk_root: object, own_pair: Pair) -> None:
    async with manager(own_pair) as link:
        await link.hangup(await link.call(number("0017")))
        await own_pair.carrier.down()
        await Carrier(own_pair.config).up()
        await link.hangup(await link.call(number("0017")))
    assert invites(own_pair.config.data) == Counter({number("0017"): 2})


async def test_a_trunk_that_is_down_ends_a_call_without_an_answer(own_pair: Pair) -> None:
    await own_pair.carrier.down()
    started = time.monotonic()
    async with manager(own_pair) as link:
        attempt = await link.call(number("1005"), ring_s=2)
        answer = await link.event(attempt, seconds=10, Event="OriginateResponse")
        assert answer["Response"] == "Failure"
    assert time.monotonic() - started < 5
