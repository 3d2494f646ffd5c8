"""What becomes of a citizen when nobody commands Asterisk: judged with no daemon at all."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialer.config import Config
from dialer.telephony.asterisk import HANDBACK_SECONDS
from dialer.telephony.call_records import call_records, record_files
from dialer.telephony.tones import tone, write
from tests.asterisk.manager import Manager, manager, number
from tests.asterisk.pairs import Pair, PairSpec
from tests.asterisk.softphones import MAGIC, SAMPLES, SipPhones

ANSWERS = "1130"  # rings 1 s, talks 30 s
PRESSES_9 = "2900"


@pytest.fixture
async def link(pair: Pair) -> AsyncIterator[Manager]:
    _make_prompts(pair.config)
    async with manager(pair) as opened:
        yield opened


def _make_prompts(config: Config) -> None:
    """Tones in place of the office's voice."""
    for name, seconds in (("abandoned", 1.5), ("apology", 0.4), ("opted_out", 0.5), ("inbound", 1.0)):
        write(config.data / f"prompts/system/hi/{name}.alaw", tone(500, seconds, 0.1))


def _spooled(data: Path) -> list[object]:
    return [json.loads(file.read_text()) for file in (data / "spool").rglob("*") if file.is_file()]


async def _shorten_the_wait_for_another_operator(pair: Pair) -> None:
    dialplan = pair.asterisk.etc / "extensions_citizens.conf"
    dialplan.write_text(dialplan.read_text().replace(f"S({HANDBACK_SECONDS})", "S(1)"))
    await pair.asterisk.command("dialplan reload")


def _at(event: object) -> float:
    return float(event["Timestamp"])  # type: ignore[index]


async def test_somebody_whom_nobody_joins_hears_who_called_in_their_language_within_two_seconds(
    pair: Pair, link: Manager
) -> None:
    said = {"hi": 101, "en": 102}
    files = {language: pair.config.data / f"prompts/system/{language}/abandoned.alaw" for language in said}
    for language, file in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(struct.pack("!BBH", MAGIC, 8, said[language]) * (SAMPLES // 4) * 75)
    people = SipPhones(lambda _user: (0, 0.2, None))
    await people.start()
    try:
        languages = {f"9198765{one:05d}": ("hi", "en")[one % 2] for one in range(6)}
        attempts = [
            await link.call(f"{phone}@127.0.0.1:{people.port}", language=language)
            for phone, language in languages.items()
        ]
        for attempt in attempts:
            message = await link.event(attempt, Event="UserEvent", UserEvent="AbandonedMessage")
            assert message["Attempt"] == attempt
            ended = await link.hangup(attempt)
            assert 1.5 < _at(ended) - _at(message) < 7.0
    finally:
        await people.aclose()
        files["en"].unlink()
    waited_s: dict[str, list[float]] = {language: [] for language in said}
    for leg in people.legs:
        language = languages[leg.dialled]
        assert set(leg.heard) == {said[language]}, "the message is in the person's own language"
        waited_s[language].append(leg.heard[said[language]] - leg.answered_at)
    # A busy machine sends single packets late: the quickest of each language shows what the dialplan does.
    for language, waits in waited_s.items():
        assert len(waits) == 3 and 1.5 < min(waits) <= 2.0, (language, waits)


async def test_the_key_that_stops_calls_is_kept_on_the_disk(pair: Pair, link: Manager) -> None:
    attempt = await link.call(number("2090"))  # lets the wait pass, then presses 9
    await link.event(attempt, Event="UserEvent", UserEvent="AbandonedMessage")
    await link.hangup(attempt)
    assert attempt in json.dumps(_spooled(pair.config.data))


async def test_a_citizen_is_joined_within_milliseconds_and_beeped_without_delay(link: Manager) -> None:
    leg = await link.call_seat(1)
    attempt = await link.call(number(ANSWERS))
    await link.up(attempt)
    joined = await link.act("Bridge", Channel1=attempt, Channel2=leg, Tone="no")
    assert joined["Response"] == "Success"
    await link.event(leg, Event="BridgeEnter")
    whisper = await link.act(
        "Originate", Channel="Local/tone@seat-whisper/n", Context="seat-whisper", Exten=leg, Priority=1,
        Async="true",
    )  # fmt: skip
    assert whisper["Response"] == "Success"
    await asyncio.sleep(0.5)
    assert not [event for event in link.events if event.get("Channel", "").startswith("Local/")]
    await link.act("Hangup", Channel=attempt)
    await link.event(leg, Event="BridgeLeave")
    await link.act("Hangup", Channel=leg)


@pytest.mark.parametrize("late_s", [0.3, 1.4], ids=["in the holding bridge", "in the rest of the wait"])
async def test_a_citizen_whose_operator_is_lost_is_handed_back_never_told_that_nobody_is_free(
    link: Manager, late_s: float
) -> None:
    lost, second = await link.call_seat(1), await link.call_seat(2)
    attempt = await link.call(number(ANSWERS))
    await link.up(attempt)
    await asyncio.sleep(late_s)
    await link.join(attempt, lost)
    await link.act("Hangup", Channel=lost)
    await link.event(attempt, Event="UserEvent", UserEvent="Handback")
    await link.join(attempt, second)
    await link.act("Hangup", Channel=second)
    await link.hangup(second)
    assert not [event for event in link.events if event.get("UserEvent") == "AbandonedMessage"]
    await link.act("Hangup", Channel=attempt)
    await link.hangup(attempt)


@pytest.mark.parametrize("pair_spec", [PairSpec(seats=2)])
async def test_a_citizen_for_whom_no_second_operator_comes_hears_an_apology(own_pair: Pair) -> None:
    _make_prompts(own_pair.config)
    await _shorten_the_wait_for_another_operator(own_pair)
    async with manager(own_pair) as link:
        leg = await link.call_seat(1)
        attempt = await link.call(number(ANSWERS))
        await link.up(attempt)
        await link.join(attempt, leg)
        await link.act("Hangup", Channel=leg)
        handed_back = await link.event(attempt, Event="UserEvent", UserEvent="Handback")
        ended = await link.hangup(attempt, seconds=20)
        assert ended["Context"] == "apology"
        assert 1.0 < _at(ended) - _at(handed_back) < 7.0


async def test_the_operators_leg_waits_again_after_each_citizen(link: Manager) -> None:
    leg = await link.call_seat(3)
    for _ in range(3):
        attempt = await link.call(number(ANSWERS))
        await link.up(attempt)
        await link.join(attempt, leg)
        await link.act("Hangup", Channel=attempt)
        await link.hangup(attempt)
    waiting = [event for event in link.events if event.get("UserEvent") == "SeatWaiting"]
    assert len(waiting) == 1
    await link.act("Hangup", Channel=leg)
    assert (await link.hangup(leg))["Context"] == "seat"


@pytest.mark.parametrize("pair_spec", [PairSpec(seats=1, seat_leg="ring_per_call")])
async def test_a_leg_that_is_rung_per_call_ends_with_the_talk(own_pair: Pair) -> None:
    async with manager(own_pair) as link:
        leg = await link.call_seat(1)
        attempt = await link.call(number(ANSWERS))
        await link.up(attempt)
        await link.join(attempt, leg)
        await link.act("Hangup", Channel=attempt)
        assert (await link.hangup(leg))["Cause"] == "16"


async def test_few_events_leave_asterisk_for_a_call(link: Manager) -> None:
    failed = await link.call(number("0017"))
    await link.hangup(failed)
    leg = await link.call_seat(1)
    attempt = await link.call(number(ANSWERS))
    await link.up(attempt)
    await link.join(attempt, leg)
    await link.act("Hangup", Channel=attempt)
    await link.event(leg, Event="BridgeLeave")
    await link.hangup(attempt)
    await link.act("Hangup", Channel=leg)

    def told_of(channel: str) -> list[str]:
        return [event["Event"] for event in link.events if channel in event.values()]

    assert len(told_of(failed)) <= 4
    assert len(told_of(attempt)) <= 7, told_of(attempt)


async def test_a_survey_without_a_daemon_is_taken_by_the_script(pair: Pair, link: Manager) -> None:
    """There is no survey here, so the script apologises: what matters is that it is run, and soon."""
    attempt = await link.call(number(ANSWERS), "answered-survey")
    answered = await link.up(attempt)
    ended = await link.hangup(attempt)
    assert 1.0 < _at(ended) - _at(answered) < 8.0
    assert ended["Cause"] == "16"


async def test_a_phone_of_a_seat_cannot_place_calls_of_its_own(pair: Pair) -> None:
    shown = await pair.asterisk.command("dialplan show seat-calls")
    assert "Hangup(21)" in shown
    assert "Dial" not in shown
    assert "context                            : seat-calls" in await pair.asterisk.command(
        "pjsip show endpoint seat-01"
    )


async def test_every_leg_has_exactly_one_start_and_one_end(pair: Pair, link: Manager) -> None:
    leg = await link.call_seat(2)
    attempt = await link.call(number(ANSWERS))
    await link.up(attempt)
    await asyncio.sleep(1.2)
    await link.join(attempt, leg)
    await link.act("Hangup", Channel=leg)
    await link.event(attempt, Event="UserEvent", UserEvent="Handback")
    await link.act("Hangup", Channel=attempt)
    await link.hangup(attempt)
    await asyncio.sleep(0.2)
    text = record_files(pair.config.data)[-1].read_text()
    lines = [line.split(",") for line in text.splitlines()]
    for channel in (attempt, leg):
        assert [line[0] for line in lines if channel in line[2]] == ["CHAN_START", "ANSWER", "HANGUP"]
    found = {record.channel_id: record for record in call_records(pair.config.data)}
    assert found[attempt].answered_at is not None
    assert found[attempt].cause == 16
    assert number(ANSWERS) not in text
