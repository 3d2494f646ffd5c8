"""A door between the daemon and Asterisk's manager that can be shut, or held silent."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class AmiProxy:
    """Listens on a free port and passes bytes to ``port``."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._speaks = asyncio.Event()
        self._speaks.set()
        self._shut = False
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, port: int) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)

    async def aclose(self) -> None:
        """Cut everything."""
        self.cut()
        self._server.close()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Break every connection; new ones are broken too until ``mend``."""
        self._shut = True
        self._speaks.set()
        for writer in tuple(self._writers):
            writer.transport.abort()

    def mend(self) -> None:
        """Let everything through again."""
        self._shut = False
        self._speaks.set()

    def fall_silent(self) -> None:
        """Connections stay open and nothing more is said on them."""
        self._speaks.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._shut:
            writer.transport.abort()
            return
        from_asterisk, to_asterisk = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, to_asterisk}
        await asyncio.gather(self._pass(reader, to_asterisk), self._pass(from_asterisk, writer))
        self._writers -= {writer, to_asterisk}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._speaks.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
