"""A mail server and a state office of paper, on the loopback, that do what a test tells them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiohttp import web
from aiohttp.test_utils import TestServer

from dialer.daily.signing import read_signed


@dataclass
class Mailbox:
    """``answer``: what the server says to a message; ``hangs_up``: it takes the message and then is gone."""

    port: int = 0
    answer: str = "250 taken"
    hangs_up: bool = False
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Just so much of RFC 5321 as a client needs."""
        try:
            await self._say(writer, "220 paper")
            while line := (await reader.readline()).decode().strip():
                word = line.split(":")[0].split(" ")[0].upper()
                if word == "QUIT":
                    await self._say(writer, "221 bye")
                    break
                if word == "RCPT":
                    self.recipients.append(line.partition("<")[2].partition(">")[0])
                if word != "DATA":
                    await self._say(writer, "250 fine")
                    continue
                await self._say(writer, "354 go on")
                raw = await reader.readuntil(b"\r\n.\r\n")
                if self.answer.startswith("250"):
                    parsed = message_from_bytes(raw[:-3], policy=policy.default)
                    assert isinstance(parsed, EmailMessage)
                    self.messages.append(parsed)
                if self.hangs_up:
                    break
                await self._say(writer, self.answer)
        finally:
            writer.close()

    async def _say(self, writer: asyncio.StreamWriter, text: str) -> None:
        writer.write(f"{text}\r\n".encode())
        await writer.drain()


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    """A mail server that listens."""
    box = Mailbox()
    server = await asyncio.start_server(box.talk, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box


@dataclass
class PaperState:
    """``status``: what it answers; 201 with a receipt unless ``receipt`` is False."""

    url: str = ""
    status: int = 201
    receipt: bool = True
    bodies: list[bytes] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """Of the reports that came, in order."""
        return [read_signed(body).id for body in self.bodies]

    async def take(self, request: web.Request) -> web.Response:
        """One report."""
        body = await request.read()
        if self.status != 201:
            return web.json_response({"code": "unknown_signer"}, status=self.status)
        self.bodies.append(body)
        signed = read_signed(body)
        said = {"id": signed.id, "sha256": signed.digest} if self.receipt else {"welcome": "to the hotel"}
        return web.json_response(said, status=201)


@asynccontextmanager
async def paper_state(port: int = 0) -> AsyncIterator[PaperState]:
    """A state office that listens."""
    state = PaperState()
    app = web.Application()
    app.router.add_post("/api/v1/reports", state.take)
    server = TestServer(app, port=port or None)
    await server.start_server()
    state.url = str(server.make_url("/api/v1/reports"))
    try:
        yield state
    finally:
        await server.close()
