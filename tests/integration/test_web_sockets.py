"""Sockets at the end of lines that are thin, and of lines that take nothing any more."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dialer.web import sockets

TEXT = "x" * 400_000
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: desk\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Line:
    """A connection with the smallest buffers to a server that sends ``TEXT`` once."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        assert request.transport is not None
        served = request.transport.get_extra_info("socket")
        served.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        one = sockets.Socket(request, "desk")
        await one.open()
        one.put("room", lambda: TEXT)
        try:
            return await one.serve()
        finally:
            self.ended.set()


@pytest.fixture
async def line(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Line, socket.socket]]:
    monkeypatch.setattr(sockets, "SEND_DEADLINE_S", 0.3)
    monkeypatch.setattr(sockets, "LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(sockets, "HEARTBEAT_S", 60.0)
    line, app = Line(), web.Application()
    app.router.add_get("/", line.serve)
    server = TestServer(app)
    await server.start_server()
    browser = socket.socket()
    browser.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    browser.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(browser, (server.host, server.port))
    await loop.sock_sendall(browser, HANDSHAKE)
    try:
        yield line, browser
    finally:
        browser.close()
        await server.close()


async def test_a_thin_line_gets_the_whole_message_however_long_it_takes(
    line: tuple[Line, socket.socket],
) -> None:
    ours, browser = line
    loop, came = asyncio.get_running_loop(), 0
    while came < len(TEXT):
        came += len(await loop.sock_recv(browser, 32_768))
        await asyncio.sleep(0.05)
    assert not ours.ended.is_set()


async def test_a_line_that_takes_nothing_any_more_is_cut(line: tuple[Line, socket.socket]) -> None:
    ours, _browser = line
    async with asyncio.timeout(10.0):
        await ours.ended.wait()
