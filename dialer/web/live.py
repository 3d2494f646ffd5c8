"""The room for wallboard and command line: one snapshot serves all who watch, and nobody waits for one."""

from __future__ import annotations

import asyncio
from typing import Final, Literal

import structlog
from pydantic import TypeAdapter

from dialer.core.live import LiveSnapshot
from dialer.errors import StoreBusy
from dialer.store.operators import Operators
from dialer.store.sessions import Session
from dialer.web.endpoint import Reply
from dialer.web.messages import GoingAway, SessionEnded
from dialer.web.port import DeskEngine
from dialer.web.sockets import ENDED, RESTARTING, Socket

log = structlog.get_logger("web")

EVERY_S: Final = 0.5


class Room(Reply):
    """The room now. ``operators``: the names of those who are signed in, by id."""

    type: Literal["room"] = "room"
    room: LiveSnapshot
    operators: dict[int, str]


_ENCODER: Final = TypeAdapter(Room)


class LiveFeed:
    """Watchers of the room."""

    def __init__(self, engine: DeskEngine, operators: Operators) -> None:
        self._engine = engine
        self._operators = operators
        self._names: dict[int, str] = {}
        self._watchers: dict[Socket, Session | None] = {}
        self._watched = asyncio.Event()

    @property
    def sessions(self) -> list[Session]:
        """The sign-ins behind the watchers."""
        return [session for session in self._watchers.values() if session is not None]

    async def room(self) -> Room:
        """The room now."""
        snapshot = self._engine.snapshot()
        present = {seat.operator_id for seat in snapshot.seats if seat.operator_id is not None}
        if not present <= self._names.keys():
            await self._read_names()
        known = {key: name for key, name in self._names.items() if key in present}
        return Room(room=snapshot, operators=known)

    async def _read_names(self) -> None:
        try:
            self._names = await self._operators.names()
        except StoreBusy:
            log.info("names of operators not read, the database is busy")

    def attach(self, socket: Socket, session: Session | None) -> None:
        """Send this socket the room from now on."""
        self._watchers[socket] = session
        self._watched.set()

    def detach(self, socket: Socket) -> None:
        """The socket is closed."""
        self._watchers.pop(socket, None)
        if not self._watchers:
            self._watched.clear()

    def session_ended(self, session_id: int, reason: str) -> None:
        """Tell the wallboards of this sign-in that it is over."""
        for socket, session in tuple(self._watchers.items()):
            if session is not None and session.id == session_id:
                self.detach(socket)
                socket.end(ENDED, reason, SessionEnded(reason=reason))

    def stop(self) -> None:
        """Tell every watcher that the daemon goes."""
        for socket in tuple(self._watchers):
            self.detach(socket)
            socket.end(RESTARTING, "restarting", GoingAway())

    async def run(self) -> None:
        """Send the room to all who watch until cancelled."""
        while True:
            await self._watched.wait()
            text = _ENCODER.dump_json(await self.room()).decode()
            for socket in tuple(self._watchers):
                socket.put("room", lambda text=text: text)  # type: ignore[misc]
            await asyncio.sleep(EVERY_S)
