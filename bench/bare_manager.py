"""The least that can place calls: a manager client of one page, the ceiling of the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

Fields = Mapping[bytes, bytes]


class BareManager(asyncio.Protocol):
    """Signs in, writes actions, and hands every event's headers to ``on_event``; it checks nothing."""

    def __init__(self, on_event: Callable[[Fields], None]) -> None:
        self._on_event = on_event
        self._rest = b""
        self._transport: asyncio.WriteTransport
        self.booted = asyncio.Event()

    @classmethod
    async def connect(cls, port: int, secret: str, on_event: Callable[[Fields], None]) -> BareManager:
        """A client that is signed in, as the daemon's own manager user: it hears the same events."""
        loop = asyncio.get_running_loop()
        transport, manager = await loop.create_connection(lambda: cls(on_event), "127.0.0.1", port)
        manager._transport = transport
        manager.send("Login", {"Username": "sampark", "Secret": secret})
        async with asyncio.timeout(5):
            await manager.booted.wait()
        return manager

    def send(self, action: str, headers: Mapping[str, str | Sequence[str]]) -> None:
        """Write one action; nobody waits for its answer."""
        lines = [f"Action: {action}"]
        for name, value in headers.items():
            lines += [f"{name}: {each}" for each in ([value] if isinstance(value, str) else value)]
        self._transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def call(self, channel_id: str, target: str, context: str, variables: Sequence[str] = ()) -> None:
        """The very Originate that the daemon sends."""
        self.send("Originate", {
            "ActionID": channel_id, "ChannelId": channel_id, "Channel": target, "Context": context,
            "Exten": "s", "Priority": "1", "Async": "true", "Timeout": "30000",
            "CallerID": "<+917880000000>", "Variable": variables,
        })  # fmt: skip

    def close(self) -> None:
        """Sign out by hanging up."""
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        *messages, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for message in messages:
            fields = dict(line.partition(b": ")[::2] for line in message.split(b"\r\n"))
            if fields.get(b"Event") == b"FullyBooted":
                self.booted.set()
            elif b"Event" in fields:
                self._on_event(fields)
