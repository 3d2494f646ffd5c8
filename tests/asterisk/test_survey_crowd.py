"""Many citizens at once, who do something at every node: hang up, or stop the calls."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.asterisk.keypads import FORMATS, LINES, Keypad
from tests.asterisk.pairs import Pair
from tests.asterisk.softphones import MAGIC, SAMPLES, Address, Leg, SipPhones
from tests.asterisk.test_survey_calls import SHORT, VERSION, Line, line_on, until

NODES = ("hello", "a", "b", "c", "bye")
FIRST = 100
"""Each node says its own number: ``FIRST`` and where it stands in ``NODES``."""
ALL = {"a": "yes", "b": "x", "c": "1"}
HANG_UP = "h"


class Citizen(Keypad):
    """Presses 1 at every node that is said, at ``acts`` something else or nothing.

    ``acted``: at which node what.
    """

    def __init__(
        self, leg: Leg, remote: Address, payload_type: int, acts: Mapping[int, str], end: Callable[[], None]
    ) -> None:
        super().__init__(leg, remote, payload_type)
        self._acts, self._end = acts, end
        self.acted: list[tuple[str, str]] = []
        self._now_said, self._said_at = 0, 0.0

    def _hears(self, number: int) -> None:
        """A node counts as said anew when another sound, or none, was heard before it."""
        now = asyncio.get_running_loop().time()
        begins = number != self._now_said or now - self._said_at > 1.0
        self._now_said, self._said_at = number, now
        if begins and number >= FIRST:
            asyncio.get_running_loop().call_later(0.3, self._act, number - FIRST)

    def _act(self, node: int) -> None:
        if self.leg.ended_at:
            return
        key = self._acts.get(node, "1")
        self.acted.append((NODES[node], key))
        if key == HANG_UP:
            self._end()
        elif key:
            self.press(key)


@asynccontextmanager
async def citizens(
    acts: Callable[[str], Mapping[int, str]], port: int = 0, made: list[Citizen] | None = None
) -> AsyncIterator[SipPhones]:
    """Phones that do at each node what ``acts`` says for the dialled number; each comes into ``made``."""
    phones = SipPhones(lambda _user: (0, 0.2, None))

    def voice(leg: Leg, remote: Address, payload_type: int) -> Citizen:
        one = Citizen(leg, remote, payload_type, acts(leg.dialled), lambda: phones.hang_up(leg))
        if made is not None:
            made.append(one)
        return one

    phones.speak_as(voice, FORMATS, LINES)
    await phones.start(port)
    try:
        yield phones
    finally:
        await phones.aclose()


def say_numbers(prompts: Path, version: int = VERSION) -> None:
    """Every prompt of the survey becomes two seconds of its node's number."""
    for number, node in enumerate(NODES, FIRST):
        sound = struct.pack("!BBH", MAGIC, 8, number) * (SAMPLES // 4) * 100
        (prompts / f"survey-{version}/hi/{node}.alaw").write_bytes(sound)


@pytest.fixture
async def line(pair: Pair) -> AsyncIterator[Line]:
    async with line_on(pair, SHORT) as opened:
        say_numbers(pair.config.data / "prompts")
        await opened.start_daemon()
        yield opened


def numbers(count: int) -> list[str]:
    return [f"9198765{one:05d}" for one in range(count)]


async def call_all(line: Line, phones: SipPhones, count: int) -> dict[str, str]:
    """One call to each; number -> attempt."""
    attempts = {}
    for number in numbers(count):
        target = f"PJSIP/trunk-carrier/sip:{number}@127.0.0.1:{phones.port}"
        attempts[number] = await line.call(target, f"+{number}")
    return attempts


def before(node: int) -> dict[str, str]:
    """The answers given before a node."""
    return {name: value for name, value in ALL.items() if NODES.index(name) < node}


async def test_a_hang_up_at_every_node_keeps_what_was_answered(line: Line) -> None:
    async with citizens(lambda dialled: {int(dialled[-1]): HANG_UP}) as phones:
        attempts = await call_all(line, phones, len(NODES))
        for attempt in attempts.values():
            await line.manager.hangup(attempt, 60.0)
        await until(lambda: sum("Ended" in type(each).__name__ for each in line.store.posted) == len(NODES))
    for node, attempt in enumerate(attempts.values()):
        assert line.answers(attempt) == before(node)
        assert line.ended(attempt).complete == (NODES[node] == "bye")


async def test_the_opt_out_key_is_kept_at_every_node_at_once(line: Line) -> None:
    async with citizens(lambda dialled: {int(dialled[-1]): "9"}) as phones:
        attempts = await call_all(line, phones, len(NODES))
        await until(lambda: {f"+{number}" for number in attempts} == set(line.store.opted_out), 40.0)
        for attempt in attempts.values():
            await line.manager.hangup(attempt, 60.0)
    for node, attempt in enumerate(attempts.values()):
        assert line.answers(attempt) == before(node)
        assert line.ended(attempt).opted_out
