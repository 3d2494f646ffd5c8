"""A manager interface that does what a test says: a real TCP server that speaks AMI, well or badly."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping

Action = dict[str, list[str]]
Answer = Callable[[Action], str | None]
"""Makes the answer to an action, without ActionID and end; None answers nothing."""

STARTED = "CoreStartupDate: 2026-11-24\r\nCoreStartupTime: {}"


class FakeAmi:
    """One manager; ``actions`` holds every action received, over all connections.

    ``answers`` replaces the answer to an action by its name. ``silent`` swallows everything. ``booted``:
    FullyBooted is said right after the login. ``started`` is the time of day the process began.
    """

    def __init__(self) -> None:
        self.secret = "right"
        self.actions: list[Action] = []
        self.answers: dict[str, Answer] = {}
        self.silent = False
        self.booted = True
        self.started = "09:00:00"
        self.banner = b"Asterisk Call Manager/11.0.0\r\n"
        self.connections = 0
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> None:
        """Listen on ``port``, or on a free one."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def aclose(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
        self.drop()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def drop(self) -> None:
        """Cut every connection."""
        for writer in self._writers:
            writer.transport.abort()

    def send(self, data: bytes) -> None:
        """Send bytes to every connection."""
        for writer in self._writers:
            writer.write(data)

    async def send_in_pieces(self, *pieces: bytes) -> None:
        """Send so that each piece arrives as a read of its own."""
        for piece in pieces:
            self.send(piece)
            await asyncio.sleep(0.002)

    def event(self, name: str, **fields: str) -> None:
        """Send an event."""
        self.send(message(f"Event: {name}", fields))

    def named(self, name: str) -> list[Action]:
        """The received actions of this name."""
        return [action for action in self.actions if action["Action"] == [name]]

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        writer.write(self.banner)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                self._take(writer, (await reader.readuntil(b"\r\n\r\n")).decode())
        self._writers.discard(writer)
        writer.close()

    def _take(self, writer: asyncio.StreamWriter, text: str) -> None:
        action: Action = {}
        for line in text.strip().split("\r\n"):
            name, _, value = line.partition(": ")
            action.setdefault(name, []).append(value)
        self.actions.append(action)
        if self.silent:
            return
        name = action["Action"][0]
        answer = self.answers.get(name, getattr(self, f"_{name.lower()}", _success))(action)
        if answer is None:
            return
        tag = f"ActionID: {action['ActionID'][0]}\r\n"
        parts = [part.strip() for part in answer.split("\r\n\r\n")]
        writer.write("".join(f"{part}\r\n{tag}\r\n" for part in parts).encode())
        if name == "Login" and self.booted and answer.startswith("Response: Success"):
            writer.write(message("Event: FullyBooted", {"Uptime": "5"}))

    def _login(self, action: Action) -> str:
        if action["Secret"] != [self.secret]:
            return "Response: Error\r\nMessage: Authentication failed"
        return "Response: Success\r\nMessage: Authentication accepted"

    def _corestatus(self, action: Action) -> str:
        return "Response: Success\r\n" + STARTED.format(self.started)

    def _originate(self, action: Action) -> str:
        return "Response: Success\r\nMessage: Originate successfully queued"


def _success(action: Action) -> str:
    return "Response: Success\r\nMessage: done"


def message(first_line: str, fields: Mapping[str, str]) -> bytes:
    """One AMI message as bytes."""
    lines = [first_line, *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@contextlib.asynccontextmanager
async def fake_ami() -> AsyncIterator[FakeAmi]:
    """A listening ``FakeAmi``."""
    fake = FakeAmi()
    await fake.start()
    try:
        yield fake
    finally:
        await fake.aclose()
