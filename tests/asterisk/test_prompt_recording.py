"""A prompt is spoken into the phone of a seat: real Asterisk, the real daemon, a phone that presses keys."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dialer.ivr.audio import RATE
from dialer.store.certificates import Certificate, Certificates
from dialer.telephony.asterisk import seat_name, seat_password
from dialer.telephony.tones import alaw
from tests.asterisk.baresip import amplitude
from tests.asterisk.keypads import FORMATS, LINES, Keypad
from tests.asterisk.pairs import Pair, PairSpec, until
from tests.asterisk.softphones import SAMPLES, Address, Leg, SipPhones
from tests.asterisk.system import Office, with_web
from tests.ports import free_port

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import audioop

pytestmark = [
    pytest.mark.parametrize("pair_spec", [PairSpec(seats=2, phones=0)], ids=["no phones"]),
    pytest.mark.timeout(180),
]
SURVEY = """
survey: short
title: {hi: छोटा}
languages: [hi]
nodes:
  hello: {kind: info, say: {hi: नमस्ते}, next: asks}
  asks: {kind: yes_no, say: {hi: क्या आप सुन रहे हैं?}, next: end}
"""
SPEAKS_HZ = 500.0
KEEP = ((3.0, "#"), (4.5, "1"))


class Speaker(Keypad):
    """Speaks all the time (a tone) and does what ``acts`` says, so many seconds after it began to ring."""

    def __init__(self, leg: Leg, remote: Address, payload_type: int, talk: Talk, phones: SipPhones) -> None:
        super().__init__(leg, remote, payload_type)
        assert payload_type == 8, "the seat's phone speaks A-law first"
        self._talk, self._phones = talk, phones
        wave = talk.level * np.sin(2 * np.pi * SPEAKS_HZ * np.arange(SAMPLES) / RATE)
        self._audio = alaw(wave)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        for after_s, what in self._talk.acts:
            asyncio.get_running_loop().call_later(after_s, self._act, what)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        super().datagram_received(data, addr)
        if data[1] & 0x7F == 8:
            self._talk.heard.extend(data[12:])

    def _act(self, what: str) -> None:
        if what == "hang up":
            self._phones.hang_up(self.leg)
        elif not self.leg.ended_at:
            self.press(what)


@dataclass(slots=True)
class Talk:
    """What the person at the phone does next: when, and how loud they speak; ``heard``: A-law."""

    acts: Sequence[tuple[float, str]] = KEEP
    level: float = 0.3
    heard: bytearray = field(default_factory=bytearray)

    def hears_itself(self) -> bool:
        """Only what was recorded brings the own voice back."""
        samples = np.frombuffer(audioop.alaw2lin(bytes(self.heard), 2), "<i2") / 32768
        return amplitude(samples, SPEAKS_HZ) > 0.03


@dataclass(slots=True)
class Studio:
    """A running office, a phone at seat 1, and the command line as a process of its own."""

    office: Office
    phones: SipPhones
    talk: Talk = field(default_factory=Talk)

    @property
    def data(self) -> Path:
        return self.office.config.data

    async def run(self, *words: str) -> tuple[int, str, str]:
        environment = {**os.environ, "SAMPARK_CONFIG": str(self.office.config.base / "config.yaml")}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "dialer", "--lang", "en", *words, env=environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode or 0, out.decode(), err.decode()

    async def record(self, *words: str, seat: int = 1) -> dict[str, Any]:
        """A recording that is made; returns what it prints."""
        code, out, err = await self.run(
            "prompts", "record", "short", "asks", "--language", "hi", "--seat", str(seat), *words, "--json"
        )
        assert code == 0, err
        return dict(json.loads(out))

    async def refused(self, *words: str, seat: int = 1) -> str:
        """One that fails with one line; returns the line."""
        code, _out, err = await self.run(
            "prompts", "record", "short", "asks", "--language", "hi", "--seat", str(seat), *words
        )
        lines = [line for line in err.splitlines() if line.startswith("error: ")]
        assert code != 0 and len(lines) == 1 and "Traceback" not in err, err
        return lines[0]

    def recordings(self) -> list[Path]:
        return sorted(file for file in (self.data / "recordings").rglob("*") if file.is_file())

    def playing(self) -> bytes:
        return next(self.data.glob("prompts/survey-*/hi/asks.alaw")).read_bytes()


@asynccontextmanager
async def studio(pair: Pair, tmp_path: Path) -> AsyncIterator[Studio]:
    office = Office(with_web(pair.config, free_port()))
    await office.prepare()
    await office.start()
    phones = SipPhones(lambda _user: (0, 0.2, None))
    made = Studio(office, phones)
    phones.speak_as(lambda *call: Speaker(*call, made.talk, phones), FORMATS, LINES)
    await phones.start()
    try:
        server = ("127.0.0.1", pair.config.asterisk.sip_port)
        await phones.register(seat_name(1), seat_password(pair.config, 1), server)
        await until(pair.asterisk.status, lambda status: status.seats == frozenset({1}), 10.0)
        file = tmp_path / "short.yaml"
        file.write_text(SURVEY, encoding="utf-8")
        code, _out, err = await made.run("survey", "add", str(file))
        assert code == 0, err
        yield made
    finally:
        await phones.aclose()
        await office.aclose()


async def test_a_prompt_is_spoken_heard_spoken_again_and_kept(own_pair: Pair, tmp_path: Path) -> None:
    async with studio(own_pair, tmp_path) as made:
        draft = made.playing()
        made.talk.acts = ((3.0, "#"), (4.0, "2"), (7.5, "#"), (8.5, "1"))
        found = await made.record()
        assert found["kept"] and not found["certified"]
        assert 1.5 < found["seconds"] < 4.5
        assert made.talk.hears_itself()
        assert [file.relative_to(made.data / "recordings") for file in made.recordings()] == [
            Path("short/hi/asks.wav")
        ]
        assert made.playing() != draft
        code, out, _err = await made.run("prompts", "check", "short")
        assert code == 0, out
        code, out, _err = await made.run("prompts", "list", "short", "--json")
        sources = {each["prompt"].split("/")[-1]: each["source"] for each in json.loads(out)}
        assert sources == {"hello": "draft", "asks": "recording"}
        assert list((made.data / "takes").iterdir()) == [], "no take is left over"
        assert all(leg.ended_at for leg in made.phones.legs)


async def test_what_is_thrown_away_left_undecided_or_too_quiet_changes_nothing(
    own_pair: Pair, tmp_path: Path
) -> None:
    async with studio(own_pair, tmp_path) as made:
        draft = made.playing()
        for acts in (((2.5, "#"), (3.5, "3")), ((2.5, "hang up"),), ((2.5, "#"), (3.5, "hang up"))):
            made.talk.acts = acts
            assert (await made.record())["kept"] is False
        made.talk = Talk(level=0.001)
        assert "the take is not kept" in await made.refused()
        assert made.playing() == draft and made.recordings() == []
        assert list((made.data / "takes").iterdir()) == []


async def test_the_limit_ends_a_recording(own_pair: Pair, tmp_path: Path) -> None:
    async with studio(own_pair, tmp_path) as made:
        made.talk.acts = ((4.5, "1"),)
        found = await made.record("--longest", "2")
        assert found["kept"] and found["seconds"] == pytest.approx(2.0, abs=0.3)


async def test_a_recording_and_certified_audio_are_not_replaced_silently(
    own_pair: Pair, tmp_path: Path
) -> None:
    async with studio(own_pair, tmp_path) as made:
        digest = sha256(made.playing()).hexdigest()
        certificate = Certificate("MCMC/12", "Committee", "2026-11-01")
        await Certificates(made.office.database).add(certificate, {digest: "asks"}, "test", 1.0)
        assert "certified audio" in await made.refused()
        assert len(made.phones.legs) == 0, "the phone does not ring for nothing"
        assert (await made.record("--replace"))["certified"] is False
        before = made.playing()
        assert "has a recording" in await made.refused()
        assert made.playing() == before
        assert (await made.record("--replace"))["kept"]


async def test_bad_states_are_told_in_one_line(own_pair: Pair, tmp_path: Path) -> None:
    async with studio(own_pair, tmp_path) as made:
        assert "no phone of seat 2 is registered" in await made.refused(seat=2)
        assert "1 to 2" in await made.refused(seat=9)
        words = ("prompts", "record", "short", "nonsense", "--language", "hi", "--seat", "1")
        code, _out, err = await made.run(*words)
        assert code == 3 and "no prompt hi/nonsense" in err
        made.talk.acts = ((3.0, "#"), (8.0, "3"))
        first = asyncio.create_task(made.record())
        await until(_calls(made), lambda calls: calls == 1, 10.0)
        assert "in a call" in await made.refused()
        await first
        made.office.kill()
        assert "daemon" in await made.refused()
        await made.office.start()


def _calls(made: Studio) -> Callable[[], Awaitable[int]]:
    async def count() -> int:
        return len(made.phones.legs)

    return count
