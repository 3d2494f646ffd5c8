"""Whoever reads slowly, yet gives every sign of life: desks and wallboards at the end of a thin line.

What they send goes through at once; what they are sent comes at so many bytes a second, through the smallest
buffers there are, so that the sender really has to wait for them.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType

SMALLEST_BUFFER = 4096
PIECES_PER_S = 8
PING_S = 1.5


@asynccontextmanager
async def thin_line(url: str, bytes_per_s: int) -> AsyncIterator[str]:
    """Another address of the server at ``url``: each connection to it is a line of its own."""
    port = urlsplit(url).port
    assert port is not None
    lines: set[asyncio.Task[None]] = set()

    async def carry(near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        line = asyncio.current_task()
        assert line is not None
        lines.add(line)
        try:
            # The streams of 3.11 complain about a handler that was cancelled.
            with suppress(asyncio.CancelledError):
                await _carry(near_in, near_out, port, bytes_per_s)
        finally:
            lines.discard(line)
            near_out.close()

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        cut = tuple(lines)
        for line in cut:
            line.cancel()
        await asyncio.gather(*cut, return_exceptions=True)


async def _carry(
    near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter, port: int, bytes_per_s: int
) -> None:
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST_BUFFER)
    narrow.setblocking(False)
    await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", port))
    far_in, far_out = await asyncio.open_connection(sock=narrow, limit=SMALLEST_BUFFER)
    ways = (
        asyncio.create_task(_forth(near_in, far_out), name="thin line, forth"),
        asyncio.create_task(_back(far_in, near_out, bytes_per_s), name="thin line, back"),
    )
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        far_out.close()


async def _forth(near_in: asyncio.StreamReader, far_out: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await near_in.read(65536):
            far_out.write(data)
            await far_out.drain()


async def _back(far_in: asyncio.StreamReader, near_out: asyncio.StreamWriter, bytes_per_s: int) -> None:
    piece = max(1, bytes_per_s // PIECES_PER_S)
    with suppress(OSError):
        while data := await far_in.read(piece):
            near_out.write(data)
            await near_out.drain()
            await asyncio.sleep(len(data) / bytes_per_s)


@dataclass(slots=True)
class Wallboard:
    """Shows the room. ``opened``: how often its socket was; ``pictures``: how often it got the room."""

    opened: int = 0
    pictures: int = 0

    async def watch(self, url: str, token: str) -> None:
        """Until cancelled; opens its socket again when it was cut."""
        async with ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
            while True:
                with suppress(ClientError, OSError):
                    async with http.ws_connect(f"{url}/api/v1/live/stream") as board:
                        self.opened += 1
                        await self._look(board)
                await asyncio.sleep(0.5)

    async def _look(self, board: ClientWebSocketResponse) -> None:
        pulse = asyncio.create_task(_pulse(board), name="pulse of a wallboard")
        try:
            async for message in board:
                self.pictures += message.type is WSMsgType.TEXT and '"room"' in message.data[:20]
        finally:
            pulse.cancel()


async def _pulse(board: ClientWebSocketResponse) -> None:
    with suppress(ClientError, OSError):
        while True:
            await asyncio.sleep(PING_S)
            await board.send_str('{"type":"ping"}')
