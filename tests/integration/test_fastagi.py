"""The FastAGI server against the other end of the line: commands, answers, keys, hang-ups."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from dialer.errors import AgiHangup, InputError, TelephonyError
from dialer.telephony.fastagi import AgiSession, AgiTiming
from tests.integration.fake_channel import FakeChannel, serving

T = TypeVar("T")
Work = Callable[[AgiSession], Awaitable[T]]


async def talk(
    work: Work[T], *answers: str, timing: AgiTiming | None = None
) -> tuple[T | Exception, list[str]]:
    """Run ``work`` as a session whose commands get ``answers``; its result or exception, and the commands."""
    done: asyncio.Future[T | Exception] = asyncio.get_running_loop().create_future()

    async def handler(session: AgiSession) -> None:
        try:
            done.set_result(await work(session))
        except Exception as fault:
            done.set_result(fault)

    async with serving(handler, timing) as server:
        channel = await FakeChannel.connect(server.port)
        commands = [await channel.exchange(answer) for answer in answers]
        result = await asyncio.wait_for(done, 3)
        channel.cut()
    return result, commands


async def test_a_session_knows_its_call() -> None:
    async def read(session: AgiSession) -> AgiSession:
        return session

    session, _ = await talk(read)
    assert isinstance(session, AgiSession)
    assert session.channel_id == "a" + "1" * 24
    assert session.path == "survey"
    assert session.arguments == ("first", "", "third")
    assert session.variables["agi_calleridname"] == "श्रीमती लक्ष्मी"


@pytest.mark.parametrize(
    ("answer", "key"),
    [("200 result=49 endpos=800", "1"), ("200 result=0 endpos=8000", None), ("200 result=42 endpos=0", "*")],
)
async def test_a_key_ends_a_prompt_and_is_told(answer: str, key: str | None) -> None:
    result, commands = await talk(lambda session: session.stream_file("hi/welcome", "123*"), answer)
    assert result == key
    assert commands == ['STREAM FILE "hi/welcome" "123*"']


async def test_an_empty_prompt_is_no_silence_but_an_error() -> None:
    result, _ = await talk(lambda session: session.stream_file("hi/empty"), "200 result=0 endpos=0")
    assert isinstance(result, TelephonyError) and "hi/empty" in str(result)


async def test_minus_one_on_a_living_channel_means_the_prompt_is_missing() -> None:
    result, commands = await talk(
        lambda session: session.stream_file("hi/missing"), "200 result=-1 endpos=0", "200 result=6"
    )
    assert isinstance(result, TelephonyError) and "hi/missing" in str(result)
    assert commands[1] == "CHANNEL STATUS"


@pytest.mark.parametrize("status", ["HANGUP\n200 result=-1", "200 result=-1"])
async def test_minus_one_on_a_dead_channel_is_a_hang_up(status: str) -> None:
    result, _ = await talk(lambda session: session.stream_file("q1"), "200 result=-1 endpos=100", status)
    assert isinstance(result, AgiHangup)


async def test_a_hang_up_that_is_told_after_a_minus_one_is_not_asked_for() -> None:
    async def handler(session: AgiSession) -> None:
        with pytest.raises(AgiHangup):
            await session.stream_file("q1")

    async with serving(handler) as server:
        channel = await FakeChannel.connect(server.port)
        await channel.exchange("200 result=-1 endpos=100\nHANGUP")
        assert await channel.hear() == ""
        channel.cut()


@pytest.mark.parametrize(
    ("answers", "came"),
    [
        (["200 result=50 endpos=16000"], "2"),
        (["200 result=35 endpos=0"], "#"),
        (["200 result=0 endpos=16000", "200 result=6"], None),
    ],
)
async def test_a_prompt_and_the_listening_after_it_are_one_command(
    answers: list[str], came: str | None
) -> None:
    result, commands = await talk(lambda session: session.get_option("q1", 4.0), *answers)
    assert result == came
    assert commands[0] == 'GET OPTION "q1" "0123456789*#" "4000"'


@pytest.mark.parametrize("status", ["HANGUP\n200 result=-1", "200 result=-1"])
async def test_a_hang_up_after_the_prompt_is_no_silence(status: str) -> None:
    result, _ = await talk(lambda session: session.get_option("q1", 4.0), "200 result=0 endpos=100", status)
    assert isinstance(result, AgiHangup)


async def test_a_prompt_to_listen_after_that_cannot_be_played_is_an_error() -> None:
    result, _ = await talk(lambda session: session.get_option("hi/gone", 4.0), "200 result=0 endpos=0")
    assert isinstance(result, TelephonyError) and "hi/gone" in str(result)


async def test_keys_typed_ahead_come_one_by_one() -> None:
    async def work(session: AgiSession) -> list[str | None]:
        return [
            await session.stream_file("q1"),
            await session.stream_file("q2"),
            await session.wait_for_digit(2.5),
        ]

    result, commands = await talk(work, "200 result=49 endpos=10", "200 result=50 endpos=0", "200 result=0")
    assert result == ["1", "2", None]
    assert commands[2] == 'WAIT FOR DIGIT "2500"'


@pytest.mark.parametrize(
    ("answer", "digits"),
    [
        ("200 result=123", "123"),
        ("200 result=12 (timeout)", "12"),
        ("200 result= (timeout)", ""),
        ("200 result=0#*", "0#*"),
    ],
)
async def test_several_digits_are_gathered(answer: str, digits: str) -> None:
    result, commands = await talk(lambda session: session.get_data("enter", 3.0, 4), answer)
    assert result == digits
    assert commands == ['GET DATA "enter" "3000" "4"']


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("200 result=0", None),
        ("200 result=1 (hi)", "hi"),
        ("200 result=1 (a (b) c)", "a (b) c"),
        ("200 result=1 ()", ""),
    ],
)
async def test_variables_are_read(answer: str, value: str | None) -> None:
    result, commands = await talk(lambda session: session.get_variable("CHANNEL(language)"), answer)
    assert result == value
    assert commands == ['GET VARIABLE "CHANNEL(language)"']


async def test_arguments_are_quoted_so_that_they_arrive_as_they_are() -> None:
    _, commands = await talk(lambda session: session.set_variable("X", 'say "हाँ" \\ 100%'), "200 result=1")
    assert commands == ['SET VARIABLE "X" "say \\"हाँ\\" \\\\ 100%"']


@pytest.mark.parametrize("value", ["a\nHANGUP", "a\rb", "a\0b", "x" * 2100])
async def test_what_would_break_the_line_is_refused_and_not_sent(value: str) -> None:
    async def work(session: AgiSession) -> str | None:
        with pytest.raises(InputError):
            await session.set_variable("X", value)
        return await session.get_variable("Y")

    result, commands = await talk(work, "200 result=1 (still in step)")
    assert result == "still in step"
    assert commands == ['GET VARIABLE "Y"']


async def test_trying_is_not_taken_for_an_answer() -> None:
    result, _ = await talk(
        lambda session: session.command("EXEC", "Wait", "1"), "100 result=0 Trying...\n200 result=0"
    )
    assert getattr(result, "result", None) == "0"


@pytest.mark.parametrize(
    "answer",
    [
        "510 Invalid or unknown command",
        "520-Invalid command syntax.  Proper usage follows:\nUsage: X\n520 End of proper usage.",
    ],
)
async def test_a_refused_command_is_an_error_and_the_session_stays_in_step(answer: str) -> None:
    async def work(session: AgiSession) -> str | None:
        with pytest.raises(TelephonyError):
            await session.command("NO SUCH")
        return await session.get_variable("Y")

    result, _ = await talk(work, answer, "200 result=1 (y)")
    assert result == "y"


@pytest.mark.parametrize(
    "answer",
    [
        "HANGUP\n200 result=-1 endpos=100",
        "511 Command Not Permitted on a dead channel",
    ],
)
async def test_a_hang_up_ends_the_session_and_no_answer_shifts(answer: str) -> None:
    async def work(session: AgiSession) -> str:
        with pytest.raises(AgiHangup):
            await session.stream_file("q1")
        with pytest.raises(AgiHangup):
            await session.get_variable("X")
        await session.hangup()
        return "over"

    result, commands = await talk(work, answer)
    assert result == "over"
    assert commands == ['STREAM FILE "q1" "0123456789*#"']


@pytest.mark.parametrize("how", ["cut", "reset"])
async def test_a_connection_that_ends_is_a_hang_up(how: str) -> None:
    seen: list[str] = []

    async def handler(session: AgiSession) -> None:
        try:
            await session.stream_file("q1")
        except AgiHangup:
            seen.append("hang-up")
            raise

    async with serving(handler) as server:
        channel = await FakeChannel.connect(server.port)
        await channel.hear()
        getattr(channel, how)()
        await asyncio.sleep(0.05)
        assert (seen, server.live_sessions) == (["hang-up"], 0)


async def test_a_hang_up_between_two_commands_is_found_at_the_next() -> None:
    async def work(session: AgiSession) -> str:
        await session.answer()
        await asyncio.sleep(0.05)
        with pytest.raises(AgiHangup):
            await session.stream_file("q1")
        return "found"

    assert (await talk(work, "200 result=0\nHANGUP"))[0] == "found"


async def test_an_answer_that_never_comes_ends_the_session() -> None:
    async def work(session: AgiSession) -> str:
        with pytest.raises(TelephonyError, match="in time"):
            await session.get_variable("X")
        with pytest.raises(AgiHangup):
            await session.get_variable("X")
        return "ended"

    async def handler(session: AgiSession) -> None:
        results.append(await work(session))

    results: list[str] = []
    async with serving(handler, AgiTiming(command_s=0.05)) as server:
        channel = await FakeChannel.connect(server.port)
        assert await channel.hear() == 'GET VARIABLE "X"'
        assert await channel.hear() == ""
        channel.cut()
    assert results == ["ended"]


@pytest.mark.parametrize("answer", ["HTTP/1.1 200 OK", "200 resultat", "x" * 20000])
async def test_an_answer_that_is_no_agi_ends_the_session(answer: str) -> None:
    result, _ = await talk(lambda session: session.get_variable("X"), answer)
    assert isinstance(result, TelephonyError)
