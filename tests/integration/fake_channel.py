"""Asterisk's side of a FastAGI connection, as a test wants it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from dialer.telephony.fastagi import AgiSession, AgiTiming, FastAgiServer

HEADERS = {
    "agi_network": "yes",
    "agi_network_script": "survey?lang=hi",
    "agi_request": "agi://127.0.0.1:4573/survey?lang=hi",
    "agi_channel": "PJSIP/trunk-carrier-00000001",
    "agi_language": "hi",
    "agi_uniqueid": "a" + "1" * 24,
    "agi_calleridname": "श्रीमती लक्ष्मी",
    "agi_arg_1": "first",
    "agi_arg_2": "",
    "agi_arg_3": "third",
}


class FakeChannel:
    """One connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def connect(cls, port: int, headers: dict[str, str] | None = None) -> FakeChannel:
        """Connect and say the headers, as Asterisk does."""
        channel = cls(*await asyncio.open_connection("127.0.0.1", port))
        lines = [f"{name}: {value}\n" for name, value in (HEADERS if headers is None else headers).items()]
        channel.say("".join(lines))
        return channel

    async def hear(self) -> str:
        """The next command, empty when the server has closed."""
        try:
            async with asyncio.timeout(3):
                return (await self._reader.readline()).decode().rstrip("\n")
        except ConnectionResetError:
            return ""

    def say(self, line: str) -> None:
        """Send one line (more, if it has more)."""
        self._writer.write(f"{line}\n".encode())

    async def exchange(self, answer: str) -> str:
        """Hear a command and answer it."""
        command = await self.hear()
        self.say(answer)
        return command

    def cut(self) -> None:
        """Close the connection."""
        self._writer.close()

    def reset(self) -> None:
        """Close the connection without manners."""
        self._writer.transport.abort()


@contextlib.asynccontextmanager
async def serving(
    handler: Callable[[AgiSession], Awaitable[None]],
    timing: AgiTiming | None = None,
    most_sessions: int = 1000,
) -> AsyncIterator[FastAgiServer]:
    """A server on a free port."""
    server = FastAgiServer("127.0.0.1", 0, handler, timing, most_sessions)
    await server.start()
    try:
        yield server
    finally:
        await server.aclose(0.2)
