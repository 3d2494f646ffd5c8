"""A WebSocket to one desk or wallboard that never makes another wait.

What is to be sent lies in a box with one place per kind of message: a newer message of a kind replaces an
older one that was not sent yet, so a slow browser misses steps but never the latest state, and holds no
more of our memory than one message of each kind.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import structlog
from aiohttp import WSMsgType, web
from pydantic import BaseModel

log = structlog.get_logger("web")

HEARTBEAT_S: Final = 2.4
"""A ping goes out after this silence; a browser that does not answer in half that time is gone."""
SEND_DEADLINE_S: Final = 5.0
"""Whoever takes nothing for so long takes nothing any more; a thin line may need longer for a message."""
LOOK_EVERY_S: Final = 0.25
CLOSE_DEADLINE_S: Final = 2.0
LARGEST_MESSAGE: Final = 4096

ENDED, REPLACED, RESTARTING = 4001, 4002, 1012
"""Close codes: the sign-in ended; another window of the same desk took over; the daemon stops."""

Compose = Callable[[], str]
"""Makes the message at the moment it is sent."""


class Socket:
    """One open connection. ``silent``: it ended because nothing was heard any more."""

    def __init__(self, request: web.Request, name: str) -> None:
        self._request = request
        self._name = name
        self._response = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, timeout=CLOSE_DEADLINE_S, compress=False, max_msg_size=LARGEST_MESSAGE
        )
        self._box: dict[str, Compose] = {}
        self._work = asyncio.Event()
        self._close: tuple[int, bytes] | None = None
        self.silent = False
        self.on_heard: Callable[[], None] = lambda: None

    def put(self, kind: str, compose: Compose) -> None:
        """Send this kind of message soon; one of the same kind that still waits is dropped."""
        if self._close is None:
            self._box[kind] = compose
            self._work.set()

    def end(self, code: int, reason: str, last: BaseModel | None = None) -> None:
        """Send ``last`` if given, then close; nothing may be put after it."""
        if last is not None:
            self.put("last", last.model_dump_json)
        self._close = (code, reason.encode()[:120])
        self._work.set()

    async def open(self) -> None:
        """Answer the browser's handshake."""
        await self._response.prepare(self._request)

    async def serve(self) -> web.WebSocketResponse:
        """Send and listen until one side closes."""
        tasks = (
            asyncio.create_task(self._listen(), name=f"ear of {self._name}"),
            asyncio.create_task(self._write(), name=f"mouth of {self._name}"),
        )
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            self.silent = isinstance(self._response.exception(), asyncio.TimeoutError)
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._close is not None:
            code, reason = self._close
            await self._response.close(code=code, message=reason)
        return self._response

    async def _listen(self) -> None:
        async for message in self._response:
            self.on_heard()
            if message.type is WSMsgType.TEXT and _is_ping(message.data):
                self.put("pong", lambda: '{"type":"pong"}')

    async def _write(self) -> None:
        try:
            while True:
                await self._work.wait()
                self._work.clear()
                box, self._box = self._box, {}
                for compose in box.values():
                    await self._send(compose())
                if self._close is not None and not self._box:
                    return
        except TimeoutError:
            log.info("a browser takes nothing any more", socket=self._name)
            self._abort()
        except ConnectionError:
            return
        except Exception as fault:
            # Its words may hold what was to be sent.
            log.error("socket failed", socket=self._name, kind=type(fault).__name__)
            self._abort()

    async def _send(self, text: str) -> None:
        """``TimeoutError`` when nothing leaves any more."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SEND_DEADLINE_S):
                await self._response.send_str(text)
                return
        # It lies in the transport's buffer.
        clock = asyncio.get_running_loop().time
        left, moved_at = self._unsent(), clock()
        while left:
            await asyncio.sleep(LOOK_EVERY_S)
            before, left = left, self._unsent()
            if left < before:
                moved_at = clock()
            elif clock() > moved_at + SEND_DEADLINE_S:
                raise TimeoutError

    def _unsent(self) -> int:
        transport = self._request.transport
        return 0 if transport is None else transport.get_write_buffer_size()

    def _abort(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()


def _is_ping(text: Any) -> bool:
    if len(text) > 100:
        return False
    try:
        message = json.loads(text)
    except ValueError:
        return False
    return isinstance(message, dict) and message.get("type") == "ping"
