"""Keypad sessions on the real Asterisk, step by step, with a store to look into."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from dialer.core.ivr_events import SurveyEnded
from dialer.ivr.prompt_build import build_survey_prompts
from dialer.ivr.session import SurveySessions
from dialer.ivr.spool import drain
from dialer.telephony.fastagi import FastAgiServer
from tests.asterisk.manager import Manager, manager, number
from tests.asterisk.pairs import Pair
from tests.asterisk.sipp import Press, citizen, presses
from tests.integration.survey_call import PHONE, FakeStore, context_of, records

VERSION = 7
SHORT = """
survey: short
title: {hi: त}
languages: [hi]
defaults: {timeout: 4, asks: 2}
nodes:
  hello: {kind: info, say: {hi: "नमस्ते"}, next: a}
  a: {kind: yes_no, say: {hi: "पहला सवाल। एक या दो दबाएँ।"}, next: b}
  b: {kind: choice, say: {hi: "दूसरा सवाल। एक, दो या तीन।"}, options: {1: x, 2: y, 3: z}, next: c}
  c: {kind: rating, say: {hi: "तीसरा सवाल"}, next: bye}
  bye: {kind: info, say: {hi: "धन्यवाद"}}
"""


@dataclass
class Line:
    """The office's end of survey calls: Asterisk, sessions, and a store to look into."""

    pair: Pair
    manager: Manager
    store: FakeStore
    source: str
    server: FastAgiServer | None = None
    sessions: SurveySessions | None = None
    ids: list[str] = field(default_factory=list)
    certified: frozenset[str] = frozenset()

    @property
    def spool(self) -> Path:
        return self.pair.config.data / "spool"

    async def start_daemon(self) -> None:
        """Serve sessions, as the daemon does."""
        config = self.pair.config
        self.sessions = SurveySessions(
            self.store, config.data / "prompts", self.store.posted.append, self.store.write, time.time,
            certified=self._certificates,
        )  # fmt: skip
        self.server = FastAgiServer("127.0.0.1", config.asterisk.agi_port, self.sessions.handle)
        await self.server.start()

    async def _certificates(self) -> frozenset[str]:
        return self.certified

    async def kill_daemon(self) -> None:
        """Every session's connection is cut in the middle."""
        if self.server is not None:
            await self.server.aclose(0.0)
            self.server = None

    async def call(self, channel: str, phone: str = PHONE) -> str:
        """Place a survey call; its attempt id."""
        attempt = f"a{uuid.uuid4().hex[:24]}"
        self.store.contexts[attempt] = context_of(
            attempt, survey_source=self.source, survey_version_id=VERSION, phone=phone
        )
        await self.manager.act(
            "Originate", f"SAMPARK_ATTEMPT={attempt}", f"SAMPARK_SURVEY={VERSION}",
            "CHANNEL(language)=hi", Channel=channel, ChannelId=attempt, Context="answered-survey", Exten="s",
            Priority=1, Timeout=20000, CallerID="<+917880000000>", Async="true",
        )  # fmt: skip
        self.ids.append(attempt)
        return attempt

    async def call_script(self, script: str) -> str:
        """Call a citizen of the simulated carrier."""
        return await self.call(f"PJSIP/{number(script)}@trunk-carrier")

    async def call_sipp(self, port: int) -> str:
        """Call a SIPp."""
        return await self.call(f"PJSIP/trunk-carrier/sip:919876543210@127.0.0.1:{port}")

    def answers(self, attempt: str) -> dict[str, str]:
        """What the sessions gave the store."""
        return {question: fact.value for (of, question), fact in self.store.answers.items() if of == attempt}

    def ended(self, attempt: str) -> SurveyEnded:
        """How the engine heard of the end."""
        return next(e for e in self.store.posted if isinstance(e, SurveyEnded) and e.attempt_id == attempt)


@asynccontextmanager
async def line_on(pair: Pair, source: str) -> AsyncIterator[Line]:
    await asyncio.to_thread(build_survey_prompts, pair.config, VERSION, source)
    async with manager(pair) as opened:
        line = Line(pair, opened, FakeStore(), source)
        try:
            yield line
        finally:
            for attempt in line.ids:
                await opened.act("Hangup", Channel=f"/^{attempt}$/")
            await line.kill_daemon()
            for file in records(line.spool):
                file.unlink()


@pytest.fixture
async def line(pair: Pair) -> AsyncIterator[Line]:
    async with line_on(pair, SHORT) as opened:
        await opened.start_daemon()
        yield opened


@pytest.fixture
async def patient(tmp_path: Path) -> AsyncIterator[int]:
    """A SIPp that presses 1 every two and a half seconds, until it is understood."""
    async with citizen(tmp_path / "sipp", presses("1" * 16, gap_s=2.5)) as port:
        yield port


async def until(good: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not good():
        assert time.monotonic() < deadline, "not in time"
        await asyncio.sleep(0.05)


async def test_a_citizen_answers_with_keys_and_the_line_is_hung_up(line: Line) -> None:
    attempt = await line.call_script("4234")
    await line.manager.hangup(attempt, 40.0)
    assert line.answers(attempt) == {"a": "no", "b": "z", "c": "4"}
    assert line.ended(attempt).complete


async def test_a_wrong_key_is_told_and_the_question_asked_again(line: Line, tmp_path: Path) -> None:
    async with citizen(tmp_path / "sipp", presses("7127", gap_s=4.0)) as port:
        attempt = await line.call_sipp(port)
        await line.manager.hangup(attempt, 60.0)
    assert line.answers(attempt) == {"a": "yes", "b": "y"}
    assert not line.ended(attempt).complete


async def test_certified_audio_plays_until_one_byte_of_it_is_changed(line: Line) -> None:
    line.source = f"certified: yes\n{SHORT}"
    prompts = line.pair.config.data / "prompts"
    sounds = {file: file.read_bytes() for file in prompts.rglob("*") if file.is_file()}
    line.certified = frozenset(sha256(sound).hexdigest() for sound in sounds.values())
    whole = await line.call_script("4234")
    await line.manager.hangup(whole, 40.0)
    assert line.ended(whole).complete
    changed = prompts / f"survey-{VERSION}/hi/b.alaw"
    changed.write_bytes(bytes([sounds[changed][0] ^ 1]) + sounds[changed][1:])
    try:
        refused = await line.call_script("4234")
        await line.manager.hangup(refused, 40.0)
    finally:
        changed.write_bytes(sounds[changed])
    assert line.answers(refused) == {"a": "no"} and not line.ended(refused).complete


async def test_a_silent_citizen_hears_a_goodbye(line: Line) -> None:
    attempt = await line.call_script("3002")
    await line.manager.hangup(attempt, 40.0)
    assert line.answers(attempt) == {} and not line.ended(attempt).complete


async def test_one_who_hangs_up_midway_keeps_the_answers_given(line: Line) -> None:
    attempt = await line.call_script("3004")
    await until(lambda: any(isinstance(event, SurveyEnded) for event in line.store.posted))
    assert line.answers(attempt) in ({}, {"a": "yes"})
    assert not line.ended(attempt).complete


async def test_with_the_daemon_dead_the_script_asks_into_the_spool(line: Line, patient: int) -> None:
    await line.kill_daemon()
    attempt = await line.call_sipp(patient)
    await line.manager.hangup(attempt, 60.0)
    assert await drain(line.spool, line.store) == 5
    assert line.answers(attempt) == {"a": "yes", "b": "x", "c": "1"}
    assert [event.detail for event in line.store.events] == ["fallback", "complete"]


async def test_a_daemon_that_starts_again_goes_on_with_the_call(line: Line, patient: int) -> None:
    attempt = await line.call_sipp(patient)
    await until(lambda: "a" in line.answers(attempt))
    await line.kill_daemon()
    await line.start_daemon()
    await line.manager.hangup(attempt, 60.0)
    assert records(line.spool) == []
    assert line.answers(attempt) == {"a": "yes", "b": "x", "c": "1"}


async def test_a_call_that_nobody_knows_ends_after_an_apology(line: Line) -> None:
    attempt = await line.call_script("4123")
    line.store.contexts.clear()
    await line.manager.hangup(attempt, 30.0)
    assert line.answers(attempt) == {}


# --- the operator key ------------------------------------------------------------------------------------

HELP = SHORT.replace("asks: 2}", "asks: 1}\nkeys: {operator: 7}\noperator: {campaign: मदद, wait: 8}")


async def test_who_waits_for_an_operator_in_vain_goes_on_with_the_survey(pair: Pair, tmp_path: Path) -> None:
    keys = [Press(3.0, "1"), Press(2.0, "7"), Press(17.0, "2"), Press(3.0, "3")]
    async with line_on(pair, HELP) as line, citizen(tmp_path / "sipp", keys) as port:
        await line.start_daemon()
        attempt = await line.call_sipp(port)
        wanted = await line.manager.event(attempt, 20.0, Event="UserEvent", UserEvent="OperatorWanted")
        assert wanted["Campaign"] == "मदद"
        await line.manager.event(attempt, 20.0, Event="UserEvent", UserEvent="OperatorMissed")
        await line.manager.hangup(attempt, 40.0)
    assert line.answers(attempt) == {"a": "yes", "b": "y", "c": "3"}
    assert line.ended(attempt).complete


async def test_an_operator_takes_a_person_out_of_the_message_or_the_wait(pair: Pair) -> None:
    async with line_on(pair, HELP) as line:
        await line.start_daemon()
        leg = await line.manager.call_seat(1)
        for pause_s in (0.3, 6.5):
            attempt = await line.call_script("4170")
            await line.manager.event(attempt, 20.0, Event="UserEvent", UserEvent="OperatorWanted")
            await asyncio.sleep(pause_s)
            await line.manager.act("Bridge", Channel1=attempt, Channel2=leg)
            await line.manager.event(attempt, Event="BridgeEnter", BridgeTechnology="simple_bridge")
            await asyncio.sleep(1.0)
            # The operator leaves: the person is handed back, never told that nobody is free.
            await line.manager.act("Hangup", Channel=leg)
            await line.manager.event(attempt, Event="UserEvent", UserEvent="Handback")
            await line.manager.act("Hangup", Channel=attempt)
            leg = await line.manager.call_seat(1)
        await line.manager.act("Hangup", Channel=leg)
    assert not any(event.get("UserEvent") == "OperatorMissed" for event in line.manager.events)
