"""A manager client of the tests' own, so that Asterisk is judged without the product's seam."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from tests.asterisk.pairs import Pair

Message = Mapping[str, str]


@dataclass
class Manager:
    """One manager connection: actions are answered, events are kept in order."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    events: list[Message] = field(default_factory=list)
    _pending: dict[str, asyncio.Future[Message]] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=itertools.count)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        """Take in messages until the connection ends."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                raw = (await self.reader.readuntil(b"\r\n\r\n")).decode()
                message = dict(line.split(": ", 1) for line in raw.split("\r\n") if ": " in line)
                if "Response" in message and message.get("ActionID") in self._pending:
                    self._pending.pop(message["ActionID"]).set_result(message)
                else:
                    self.events.append(message)
                    self._news.set()

    async def act(self, action: str, *variables: str, **headers: object) -> Message:
        """Send an action; its answer."""
        action_id = f"t{next(self._ids)}"
        answer = self._pending[action_id] = asyncio.get_running_loop().create_future()
        lines = [f"Action: {action}", f"ActionID: {action_id}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Variable: {variable}" for variable in variables]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        return await asyncio.wait_for(answer, 10)

    async def call(
        self, number: str, place: str = "answered-operators", ring_s: float = 30.0, language: str = "hi"
    ) -> str:
        """Place a call as the dialer does; its attempt id. ``NUMBER@HOST:PORT`` reaches another far end."""
        attempt = f"a{uuid.uuid4().hex[:24]}"
        target = f"trunk-carrier/sip:{number}" if "@" in number else f"{number}@trunk-carrier"
        await self.act(
            "Originate", f"SAMPARK_ATTEMPT={attempt}", f"CHANNEL(language)={language}",
            Channel=f"PJSIP/{target}", ChannelId=attempt, Context=place, Exten="s", Priority=1,
            Timeout=round(ring_s * 1000), CallerID="<+917880000000>", Async="true",
        )  # fmt: skip
        return attempt

    async def call_seat(self, seat: int) -> str:
        """Bring the leg of a seat's phone up; its id."""
        leg = f"seat-{seat:02d}-{uuid.uuid4().hex[:8]}"
        await self.act(
            "Originate", Channel=f"PJSIP/seat-{seat:02d}", ChannelId=leg, Context="seat", Exten="s",
            Priority=1, Timeout=20000, Async="true",
        )  # fmt: skip
        await self.event(leg, Event="UserEvent", UserEvent="SeatWaiting")
        return leg

    async def event(self, channel_id: str, seconds: float = 10.0, **wanted: str) -> Message:
        """The first event of a channel with these headers, past or to come."""

        def fits(message: Message) -> bool:
            ids = (message.get("Uniqueid"), message.get("ActionID"))
            return channel_id in ids and all(message.get(name) == value for name, value in wanted.items())

        return await self.first(fits, seconds, f"{wanted} of {channel_id}")

    async def first(self, fits: Callable[[Message], bool], seconds: float, what: str) -> Message:
        """The first event that fits, past or to come."""
        deadline, seen = time.monotonic() + seconds, 0
        while True:
            for message in self.events[seen:]:
                if fits(message):
                    return message
            seen = len(self.events)
            self._news.clear()
            left = deadline - time.monotonic()
            assert left > 0, f"no {what} within {seconds} s; last: {self.events[-3:]}"
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)

    async def up(self, channel_id: str) -> Message:
        """The channel is answered."""
        return await self.event(channel_id, Event="Newstate", ChannelStateDesc="Up")

    async def join(self, attempt: str, leg: str) -> None:
        """Bridge the two; return when both are in the bridge, which the leg enters last."""
        earlier = len(self.events)
        await self.act("Bridge", Channel1=attempt, Channel2=leg)

        def together(message: Message) -> bool:
            entered = message.get("Event") == "BridgeEnter" and message.get("Uniqueid") == leg
            talking = entered and message.get("BridgeTechnology") != "holding_bridge"
            return talking and message not in self.events[:earlier]

        await self.first(together, 10.0, f"join of {leg}")

    async def hangup(self, channel_id: str, seconds: float = 15.0) -> Message:
        """The channel has ended."""
        return await self.event(channel_id, seconds, Event="Hangup")


@contextlib.asynccontextmanager
async def manager(pair: Pair) -> AsyncIterator[Manager]:
    """A signed-in manager connection to the pair's Asterisk."""
    reader, writer = await asyncio.open_connection("127.0.0.1", pair.config.asterisk.ami_port)
    opened = Manager(reader, writer)
    await reader.readline()
    reading = asyncio.create_task(opened.read())
    try:
        answer = await opened.act("Login", Username="sampark", Secret=pair.config.secret("ami"))
        assert answer["Response"] == "Success", answer
        yield opened
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        await reading


def number(suffix: str) -> str:
    """A number that the simulated carrier obeys, as the trunk wants it; ``suffix``: its last four digits."""
    return f"91987000{suffix}"
