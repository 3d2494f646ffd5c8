"""One connection to Asterisk's manager: panoramisk's connection, login and actions, behind a seam.

The only importer of panoramisk. Version 1.4 connects, signs in, writes actions and gathers their answers,
event lists too. What breaks under load or on a bad link is replaced here: it decodes each TCP chunk on its
own, keeps unanswered actions to send them again, never times out, lets a handler's exception close the
connection, and lets a line break in a value begin another action.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

from dialer.errors import InputError, LinkDown, LinkRefused, TelephonyError

log = logging.getLogger(__name__)

Header = str | Sequence[str]
"""A header's value; a sequence writes the header once for each."""

EventHandler = Callable[[str, dict[str, str]], None]
"""Takes an event's name and headers, on the loop, in order."""

_MOST_UNFRAMED = 1 << 20
"""Bytes without an end of message after which the peer is taken for something else than Asterisk."""

_SUCCESS = frozenset(Message.success_responses)

_LONGEST_LINE = 1000
"""Asterisk drops lines beyond 1,024 bytes without a word."""


def parse_event(raw: bytes) -> dict[str, str]:
    """The headers of one whole event; of a repeated header the last value."""
    fields = {}
    for line in raw.decode("utf-8", "replace").split("\r\n"):
        name, separator, value = line.partition(": ")
        if separator:
            fields[name] = value
    return fields


def refuse_unsendable(headers: Mapping[str, Header]) -> None:
    """Raise ``InputError`` for a header that would end its line early or that Asterisk would drop."""
    for name, value in headers.items():
        for text in (value,) if isinstance(value, str) else value:
            line = f"{name}: {text}"
            if "\r" in line or "\n" in line or "\0" in line:
                raise InputError(f"manager header {name!r} holds a line break or NUL; nothing was sent")
            if len(line.encode("utf-8", "replace")) > _LONGEST_LINE:
                raise InputError(f"manager header {name!r} is longer than Asterisk reads; nothing was sent")


class _Corked:
    """A transport that sends at once what is written in one turn of the loop: one system call for many."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._written:
            asyncio.get_running_loop().call_soon(self._flush)
        self._written.append(data)

    def abort(self) -> None:
        self._written.clear()
        self._transport.abort()

    def _flush(self) -> None:
        if self._written:
            self._transport.write(b"".join(self._written))
            self._written.clear()


class _Protocol(AMIProtocol):  # type: ignore[misc]
    """panoramisk's protocol, framed on bytes; an event nobody wants is dropped before it is decoded."""

    version: str | None
    responses: dict[str, Any]

    def __init__(self, manager: _Manager, wanted: frozenset[bytes], on_event: EventHandler) -> None:
        self._manager = manager
        self._wanted = wanted
        self._on_event = on_event
        self._rest = b""
        self.heard = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(_Corked(transport))
        self.factory = self._manager

    def data_received(self, data: bytes) -> None:
        self.heard = True
        *messages, self._rest = (self._rest + data).split(b"\r\n\r\n")
        for message in messages:
            self._take(message)
        if len(self._rest) > _MOST_UNFRAMED:
            self.transport.abort()

    def _take(self, raw: bytes) -> None:
        if self.version is None:
            banner, _, raw = raw.partition(b"\r\n")
            self.version = banner.decode("ascii", "replace").rpartition("/")[2]
        raw = raw.lstrip(b"\r\n")
        if raw.startswith(b"Event: "):
            name = raw[7:].partition(b"\r\n")[0]
            if name in self._wanted:
                self._tell(name.decode("ascii"), parse_event(raw))
            elif self.responses and b"\r\nActionID: " in raw:
                self._answer(raw)
        elif raw.startswith(b"Response: "):
            self._answer(raw)

    def _tell(self, name: str, fields: dict[str, str]) -> None:
        try:
            self._on_event(name, fields)
        except Exception:
            log.exception("a handler failed on a manager event %s; the link goes on", name)

    def _answer(self, raw: bytes) -> None:
        """Responses, and the events of a list, go to the action that waits for them or nowhere.

        panoramisk's messages gather a list; where one answer is awaited a plain mapping is much cheaper.
        """
        fields = parse_event(raw)
        action = self.responses.get(fields.get("ActionID", ""))
        if action is None or action.future.done():
            return
        if action.as_list is False:
            action.future.set_result(fields)
        else:
            action.add_message(Message(fields))

    def close(self) -> None:
        """Fail what is pending: whether Asterisk heard it is unknown, so nothing is kept to be sent again."""
        self.closed = True
        pending, self.responses = self.responses, {}
        for action in pending.values():
            if not action.future.done():
                action.future.set_exception(LinkDown("the manager link to Asterisk broke during an action"))
                action.future.exception()
        self.transport.abort()


class _Manager(Manager):  # type: ignore[misc]
    """panoramisk's manager for one connection; it neither connects again, nor pings, nor sends again."""

    def __init__(self, on_lost: Callable[[str], None], **config: Any) -> None:
        super().__init__(**config)
        self._on_lost = on_lost

    def connection_made(self, connecting: asyncio.Task[Any]) -> None:
        if connecting.cancelled() or connecting.exception() is not None or connecting.result()[1].closed:
            return
        super().connection_made(connecting)
        self.pinger.cancel()

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_lost(f"the connection to Asterisk broke ({exc or 'closed by Asterisk'})")

    def login(self, answered: asyncio.Future[Any]) -> None:
        """Whoever opened the connection awaits the answer."""


class AmiConnection:
    """One connection from opening to loss. ``lost`` becomes the reason once it is gone.

    ``wanted``: names of the events that reach ``on_event``; what it raises is logged and harms nothing.
    """

    def __init__(self, wanted: frozenset[str], on_event: EventHandler) -> None:
        self._wanted = frozenset(name.encode("ascii") for name in wanted)
        self._on_event = on_event
        self._manager: _Manager | None = None
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def open(self, host: str, port: int, username: str, secret: str) -> None:
        """Connect and sign in. Raises ``OSError``, ``LinkDown``, or ``LinkRefused`` for wrong credentials."""
        refuse_unsendable({"Username": username, "Secret": secret})
        manager: _Manager = _Manager(
            self.drop,
            loop=asyncio.get_running_loop(),
            host=host,
            port=port,
            username=username,
            secret=secret,
            protocol_factory=lambda: _Protocol(manager, self._wanted, self._on_event),
        )
        self._manager = manager
        await manager.connect()
        if self.lost.done():
            raise LinkDown(self.lost.result())
        answer = await manager.authenticated_future
        manager.protocol.responses.clear()
        if not answer.success:
            raise LinkRefused(
                f"Asterisk refuses the manager user {username!r}: {answer.message.strip()}; "
                "write its configuration anew with `dialer asterisk conf`"
            )

    async def send(
        self,
        name: str,
        headers: Mapping[str, Header],
        deadline_s: float,
        as_list: bool | None = False,
        action_id: str | None = None,
    ) -> Any:
        """Send an action; return its answer (a mapping), or a list of them for an event list.

        ``as_list``: False one answer, None whatever Asterisk's answer announces. Raises ``TelephonyError``
        with Asterisk's reason, ``InputError`` before sending, ``LinkDown`` when the connection breaks or the
        deadline passes: an unanswered action means a broken connection, so it is dropped then.
        """
        refuse_unsendable(headers)
        if self._manager is None or self.lost.done():
            raise LinkDown("the manager link to Asterisk is down")
        protocol = self._manager.protocol
        action = Action({"Action": name, **headers, **({"ActionID": action_id} if action_id else {})})
        try:
            async with asyncio.timeout(deadline_s):
                answer = await self._manager.send_action(action, as_list=as_list)
        except TimeoutError:
            self.drop(f"Asterisk did not answer {name} within {deadline_s:g} s")
            raise LinkDown(self.lost.result()) from None
        finally:
            protocol.responses.pop(action.id, None)
        if not isinstance(answer, list) and answer.get("Response") not in _SUCCESS:
            reason = (answer.get("Message") or "no reason given").strip()
            raise TelephonyError(f"Asterisk refused {name}: {reason}")
        return answer

    @property
    def pending(self) -> int:
        """Actions sent and not answered yet."""
        protocol = self._manager.protocol if self._manager else None
        return len(protocol.responses) if protocol is not None else 0

    def heard_since_last_asked(self) -> bool:
        """Whether any byte came since the last call of this method."""
        protocol = self._manager.protocol if self._manager else None
        if protocol is None:
            return False
        heard, protocol.heard = protocol.heard, False
        return bool(heard)

    def drop(self, why: str) -> None:
        """Close at once; pending actions raise ``LinkDown``. A second call changes nothing."""
        if not self.lost.done():
            self.lost.set_result(why)
        if self._manager is not None and self._manager.protocol is not None:
            self._manager.protocol.close()
