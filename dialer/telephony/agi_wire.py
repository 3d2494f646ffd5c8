"""The connection that Asterisk opens for one call's AGI session, as lines."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

_LONGEST_LINE = 8192
_MOST_LINES = 1000


class AgiWire(asyncio.Protocol):
    """One connection of Asterisk's, read line by line; ``accept`` is told when it is made.

    A protocol of its own: streams and a timeout object for each command cost as much as the command.
    """

    def __init__(self, accept: Callable[[AgiWire], None]) -> None:
        self._accept = accept
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._lines: deque[bytes] = deque()
        self._rest = b""
        self._waiter: asyncio.Future[None] | None = None
        self._fault: Exception | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asterisk is here."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._accept(self)

    def data_received(self, data: bytes) -> None:
        """Whole lines are kept until they are asked for."""
        *lines, self._rest = (self._rest + data).replace(b"\r", b"").split(b"\n")
        self._lines.extend(lines)
        if len(self._rest) > _LONGEST_LINE or len(self._lines) > _MOST_LINES:
            self._fail(ValueError("longer than any line or more than any answer of Asterisk"))
        self._wake()

    def connection_lost(self, why: Exception | None) -> None:
        """What has come is still read; then the connection is at its end."""
        self._fail(ConnectionResetError("the AGI connection is closed"))
        self._wake()

    def deadline(self, seconds: float | None) -> None:
        """``line`` raises ``TimeoutError`` from then on; None takes the deadline back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None:
            self._timer = self._loop.call_later(seconds, self._late)

    async def line(self) -> str:
        """The next line; ``ConnectionError`` at the end, ``ValueError`` for what cannot be Asterisk."""
        while not self._lines:
            await self._more()
        return self._lines.popleft().decode("utf-8", "replace")

    async def block(self) -> list[str]:
        """The lines before the next empty one, which is taken too; errors as of ``line``."""
        while b"" not in self._lines:
            await self._more()
        lines = b"\n".join(iter(self._lines.popleft, b"")).decode("utf-8", "replace")
        return lines.split("\n") if lines else []

    async def says_soon(self, line: bytes, within_s: float) -> bool:
        """Whether this is the next line, and comes in that time; any other is left to ``line``."""
        if not self._lines and self._fault is None:
            self._waiter = self._loop.create_future()
            timer = self._loop.call_later(within_s, self._wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
        if not self._lines or self._lines[0] != line:
            return False
        self._lines.popleft()
        return True

    async def _more(self) -> None:
        if self._fault is not None:
            raise self._fault
        self._waiter = self._loop.create_future()
        await self._waiter

    def write(self, data: bytes) -> None:
        """Send; on a closed connection ``line`` says so."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """End the connection."""
        self.deadline(None)
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def _late(self) -> None:
        self._fail(TimeoutError("no answer in time"))
        self._wake()

    def _fail(self, fault: Exception) -> None:
        self._fault = self._fault or fault

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
