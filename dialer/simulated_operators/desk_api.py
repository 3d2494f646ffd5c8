"""The API of the desk, as one operator of paper uses it during a shift."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse

from dialer.errors import InputError
from dialer.simulated_operators.tally import OperatorTally

REQUEST_DEADLINE_S: Final = 15.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0
"""Between attempts to reach a daemon that is away, or a store that is busy."""


class SignedOut(Exception):
    """The sign-in is over; ``reason`` as the server said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DeskApi:
    """Requests of one operator on one seat, counted in ``tally``. ``signed_in``: as far as is known here.

    What fails on the way raises ``ClientError``, ``OSError`` or ``TimeoutError``.
    """

    def __init__(
        self,
        http: ClientSession,
        base_url: str,
        username: str,
        password: str,
        seat: int,
        tally: OperatorTally,
    ) -> None:
        self.signed_in = False
        self._http = http
        self._url = base_url.rstrip("/")
        self._credentials = {"username": username, "password": password, "seat": seat}
        self._seat = seat
        self._tally = tally
        self._headers = {"Origin": self._url, "Accept-Language": "en"}

    async def sign_in(self) -> bool:
        """False when signed in already; ``InputError`` for wrong credentials."""
        if self.signed_in:
            return False
        url = f"{self._url}/api/v1/session"
        async with self._http.post(url, json=self._credentials, headers=self._headers) as reply:
            answer = await reply.json()
            if reply.status in (401, 403, 422):
                raise InputError(f"seat {self._seat}: {answer.get('detail', reply.status)}")
            if reply.status != 201:
                raise ClientError(f"sign-in: {reply.status}")
        self._headers["X-CSRF-Token"] = answer["csrf"]
        self.signed_in = True
        self._tally.sign_ins += 1
        return True

    async def sign_out(self) -> None:
        """Leave the seat; neither a daemon that is away nor the end of a talk is waited for."""
        if not self.signed_in:
            return
        try:
            async with self._http.delete(f"{self._url}/api/v1/session", headers=self._headers) as reply:
                self.signed_in = reply.status == HTTPStatus.CONFLICT
        except (ClientError, OSError, TimeoutError):
            return

    async def open_socket(self) -> ClientWebSocketResponse:
        """The desk's socket."""
        url = f"{self._url}/api/v1/desk"
        try:
            socket = await self._http.ws_connect(url, headers=self._headers, heartbeat=10.0)
        except ClientError as fault:
            # The handshake of an ended sign-in is refused like any request.
            self.signed_in = getattr(fault, "status", 0) != 401
            raise
        self._tally.sockets += 1
        return socket

    async def look(self, what: str) -> None:
        """Ask for what the page shows beside the call."""
        async with self._http.get(f"{self._url}/api/v1/desk/{what}", headers=self._headers) as reply:
            await reply.read()

    async def needs_check(self) -> bool:
        """Whether the phone must be tried before the first person."""
        standing = f"{self._url}/api/v1/desk/seat-check"
        async with self._http.get(standing, headers=self._headers) as reply:
            return reply.status == 200 and not (await reply.json())["may_be_ready"]

    async def save(self, path: str, body: Mapping[str, Any]) -> bool:
        """Store something; tried again while the store is busy. False when the server refuses it."""
        pause_s = FIRST_PAUSE_S
        while True:
            began = time.perf_counter()
            try:
                status, code = await self.post(path, body)
            except (ClientError, OSError, TimeoutError):
                status, code = 503, "away"
            if status == 200:
                self._tally.save_ms.append((time.perf_counter() - began) * 1000)
                return True
            if status != 503:
                self._tally.refused[code] = self._tally.refused.get(code, 0) + 1
                return False
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def post(self, path: str, body: Mapping[str, Any] | None) -> tuple[int, str]:
        """Status and, for a problem, its code; ``SignedOut`` when the sign-in is over."""
        async with self._http.post(self._url + path, json=body, headers=self._headers) as reply:
            answer = await reply.json(content_type=None)
            if reply.status == 401:
                self.signed_in = False
                raise SignedOut("not_signed_in")
            return reply.status, answer.get("code", "")
