"""One connection to Asterisk's manager: panoramisk's connection, login and actions, behind a seam.

The only importer of panoramisk. Version 1.4 connects, signs in, and gathers the lists that actions are
answered with. What breaks under load or on a bad link is replaced here: it decodes each TCP chunk on its
own, keeps unanswered actions to send them again, never times out, lets a handler's exception close the
connection, and lets a line break in a value begin another action. An action with one answer, as every call
needs one, is written and answered here too: its dictionaries that know no case cost more than all else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from typing import Any

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager
from panoramisk.message import Message

from dialer.errors import InputError, LinkDown, LinkRefused, SamparkError, TelephonyError

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


def sendable(headers: Mapping[str, Header]) -> bytes:
    """Headers, one at least, as lines without their end.

    ``InputError`` for one that would end its line early or that Asterisk would drop.
    """
    lines = []
    for name, value in headers.items():
        lines += [f"{name}: {value}"] if isinstance(value, str) else [f"{name}: {each}" for each in value]
    text = "\r\n".join(lines)
    if not text.count("\r") == text.count("\n") == len(lines) - 1 or "\0" in text:
        broken = next(line for line in lines if not {"\r", "\n", "\0"}.isdisjoint(line))
        raise InputError(f"manager header {_name(broken)} holds a line break or NUL; nothing was sent")
    raw = text.encode("utf-8", "replace")
    if len(raw) > _LONGEST_LINE:
        long = next((line for line in lines if len(line.encode("utf-8", "replace")) > _LONGEST_LINE), None)
        if long is not None:
            raise InputError(f"manager header {_name(long)} is longer than Asterisk reads; nothing was sent")
    return raw


def _name(line: str) -> str:
    return repr(line.partition(":")[0])


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
        self._numbers = count(1)
        self.heard = False
        self.answers: dict[str, asyncio.Future[dict[str, str]]] = {}

    def ask(self, action_id: str | None, lines: bytes) -> tuple[str, asyncio.Future[dict[str, str]]]:
        """Write an action that has one answer; its id and the answer to come."""
        action_id = action_id or f"sampark/{next(self._numbers)}"
        answer = self.answers[action_id] = asyncio.get_running_loop().create_future()
        self.transport.write(b"%b\r\nActionID: %b\r\n\r\n" % (lines, action_id.encode("ascii")))
        return action_id, answer

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
        """Responses, and the events of a list, go to the action that waits for them or nowhere."""
        fields = parse_event(raw)
        action_id = fields.get("ActionID", "")
        answer, action = self.answers.get(action_id), self.responses.get(action_id)
        if answer is not None and not answer.done():
            answer.set_result(fields)
        elif action is not None and not action.future.done():
            action.add_message(Message(fields))

    def close(self) -> None:
        """Fail what is pending: whether Asterisk heard it is unknown, so nothing is kept to be sent again."""
        self.closed = True
        pending = [*self.answers.values(), *(action.future for action in self.responses.values())]
        self.answers, self.responses = {}, {}
        for answer in pending:
            if not answer.done():
                answer.set_exception(LinkDown("the manager link to Asterisk broke during an action"))
                answer.exception()
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
        sendable({"Username": username, "Secret": secret})
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
        self, name: str, headers: Mapping[str, Header], deadline_s: float, action_id: str | None = None
    ) -> Mapping[str, str]:
        """Send an action and return its one answer.

        Raises ``TelephonyError`` with Asterisk's reason, ``InputError`` before sending, ``LinkDown`` when
        the connection breaks or the deadline passes: an unanswered action means a broken connection, so it
        is dropped then.
        """
        lines = sendable({"Action": name, **headers})
        protocol = self._protocol()
        action_id, answered = protocol.ask(action_id, lines)
        try:
            async with asyncio.timeout(deadline_s):
                answer = await answered
        except TimeoutError:
            raise self._unanswered(name, deadline_s) from None
        finally:
            protocol.answers.pop(action_id, None)
        _refuse_failed(name, answer)
        return answer

    async def send_each(
        self, name: str, actions: Mapping[str, Mapping[str, Header]], deadline_s: float
    ) -> dict[str, SamparkError]:
        """Send actions of one name, by their ids, in one go; return the faults of those that failed.

        One that fails harms no other. Faults are those of ``send``.
        """
        try:
            protocol = self._protocol()
        except LinkDown as fault:
            return dict.fromkeys(actions, fault)
        faults: dict[str, SamparkError] = {}
        answers: dict[str, asyncio.Future[dict[str, str]]] = {}
        for action_id, headers in actions.items():
            try:
                answers[action_id] = protocol.ask(action_id, sendable({"Action": name, **headers}))[1]
            except InputError as fault:
                faults[action_id] = fault
        try:
            async with asyncio.timeout(deadline_s):
                await _all_answered(answers.values())
        except TimeoutError:
            unanswered = self._unanswered(name, deadline_s)
            faults |= {action_id: unanswered for action_id, answer in answers.items() if answer.cancelled()}
        finally:
            for action_id in answers:
                protocol.answers.pop(action_id, None)
        for action_id in answers.keys() - faults.keys():
            try:
                _refuse_failed(name, answers[action_id].result())
            except TelephonyError as fault:
                faults[action_id] = fault
        return faults

    async def ask_list(self, name: str, headers: Mapping[str, Header], deadline_s: float) -> Any:
        """Send an action and return the list that its answer announces, or the answer. Errors as ``send``."""
        headers = {"Action": name, **headers}
        sendable(headers)
        protocol = self._protocol()
        action = Action(headers)
        try:
            async with asyncio.timeout(deadline_s):
                answer = await protocol.send(action, as_list=None)
        except TimeoutError:
            raise self._unanswered(name, deadline_s) from None
        finally:
            protocol.responses.pop(action.id, None)
        if not isinstance(answer, list):
            _refuse_failed(name, answer)
        return answer

    def _protocol(self) -> _Protocol:
        if self._manager is None or self.lost.done():
            raise LinkDown("the manager link to Asterisk is down")
        protocol: _Protocol = self._manager.protocol
        return protocol

    def _unanswered(self, name: str, deadline_s: float) -> LinkDown:
        self.drop(f"Asterisk did not answer {name} within {deadline_s:g} s")
        return LinkDown(self.lost.result())

    @property
    def pending(self) -> int:
        """Actions sent and not answered yet."""
        protocol = self._manager.protocol if self._manager else None
        return len(protocol.answers) + len(protocol.responses) if protocol is not None else 0

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


async def _all_answered(answers: Iterable[asyncio.Future[dict[str, str]]]) -> None:
    """Return when each has an answer or a fault."""
    for answer in answers:
        with suppress(LinkDown):
            await answer


def _refuse_failed(name: str, answer: Mapping[str, str]) -> None:
    if answer.get("Response") not in _SUCCESS:
        reason = (answer.get("Message") or "no reason given").strip()
        raise TelephonyError(f"Asterisk refused {name}: {reason}")
