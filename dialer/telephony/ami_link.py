"""Keeps one manager link up: boot, keep-alive, reconnecting, and which Asterisk process answers."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dialer.errors import LinkDown, LinkRefused, SamparkError, TelephonyError
from dialer.telephony.ami_wire import AmiConnection, EventHandler, Header

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LinkTiming:
    """Deadlines and pauses of the link, in seconds.

    A peer that falls silent is noticed after at most ``2 * ping_every_s + ping_s``. Between tries to connect
    the link waits ``retry_first_s``, doubled each time up to ``retry_most_s``, times a random 0.5 to 1.5.
    """

    connect_s: float = 5.0
    boot_s: float = 60.0
    action_s: float = 10.0
    ping_every_s: float = 5.0
    ping_s: float = 5.0
    retry_first_s: float = 0.25
    retry_most_s: float = 10.0


@dataclass(frozen=True, slots=True)
class ManagerUser:
    """Where Asterisk's manager listens and who signs in there."""

    host: str
    port: int
    username: str
    secret: str


class AmiLink:
    """One manager link from ``start`` to ``aclose``, over as many connections as it takes.

    ``wanted``: names of the events that reach ``on_event``; others are dropped unread. ``on_up`` is told,
    once Asterisk is fully booted, whether it is another process than before; ``on_lost`` why a link that was
    up broke. All are called in order on the loop; what they raise is logged and harms nothing.
    """

    def __init__(
        self,
        user: ManagerUser,
        wanted: frozenset[str],
        on_event: EventHandler,
        on_up: Callable[[bool], None],
        on_lost: Callable[[str], None],
        timing: LinkTiming | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._user = user
        self._wanted = wanted
        self._on_event, self._on_up, self._on_lost = on_event, on_up, on_lost
        self._timing = timing or LinkTiming()
        self._jitter = jitter
        self._up: AmiConnection | None = None
        self._booted = asyncio.Event()
        self._process = ""
        self._why_down = "it is being made anew"
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when the first try to connect has ended, well or not; the link goes on trying by itself.

        Raises ``LinkRefused`` when Asterisk does not accept the credentials; then nothing is tried again.
        """
        first_try: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._keep_up(first_try), name="ami-link")
        await first_try

    async def aclose(self) -> None:
        """Close the connection; actions under way raise ``LinkDown``."""
        self._why_down = "it was closed"
        connection, self._up = self._up, None
        if connection is not None:
            connection.drop(self._why_down)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def act(
        self, name: str, headers: Mapping[str, Header], action_id: str | None = None
    ) -> Mapping[str, str]:
        """Send an action and return its answer.

        Raises ``TelephonyError`` with Asterisk's reason when it refuses, ``LinkDown`` when the link is down,
        breaks, or gives no answer in time, ``InputError`` for a header that cannot be sent.
        """
        return await self._connection().send(name, headers, self._timing.action_s, action_id)

    async def act_each(
        self, name: str, actions: Mapping[str, Mapping[str, Header]]
    ) -> Mapping[str, SamparkError]:
        """Send actions of one name, by their ids, in one go; return the faults of those that failed.

        They are those of ``act``; one action that fails harms no other.
        """
        try:
            connection = self._connection()
        except LinkDown as fault:
            return dict.fromkeys(actions, fault)
        return await connection.send_each(name, actions, self._timing.action_s)

    async def ask_list(self, name: str, headers: Mapping[str, Header]) -> Sequence[Mapping[str, str]]:
        """Send an action that answers with a list of events; return these. Errors as of ``act``."""
        answers = await self._connection().ask_list(name, headers, self._timing.action_s)
        if not isinstance(answers, list):
            return ()
        return [answer for answer in answers if "EventList" not in answer]

    async def contacts(self) -> Sequence[Mapping[str, str]]:
        """The phones and trunks that can be called now, as PJSIP lists them; errors as of ``act``."""
        try:
            return await self.ask_list("PJSIPShowContacts", {})
        except LinkDown:
            raise
        except TelephonyError as fault:
            if "No Contacts found" not in str(fault):
                raise
            return ()

    def _connection(self) -> AmiConnection:
        if self._up is None:
            raise LinkDown(f"the manager link to Asterisk is down; {self._why_down}")
        return self._up

    async def _keep_up(self, first_try: asyncio.Future[None]) -> None:
        pause_s = self._timing.retry_first_s
        while True:
            connection = AmiConnection(self._wanted | {"FullyBooted"}, self._take)
            try:
                await self._sign_in(connection, first_try)
                await self._go_up(connection)
                pause_s = self._timing.retry_first_s
                await self._watch(connection)
            except LinkRefused as fault:
                self._give_up(fault, first_try)
                return
            except (OSError, TelephonyError) as fault:
                log.warning("no manager link to Asterisk: %s", fault or type(fault).__name__)
                _settle(first_try)
            finally:
                self._go_down(connection)
            await asyncio.sleep(pause_s * (0.5 + self._jitter()))
            pause_s = min(pause_s * 2, self._timing.retry_most_s)

    async def _sign_in(self, connection: AmiConnection, first_try: asyncio.Future[None]) -> None:
        self._booted.clear()
        user = self._user
        async with asyncio.timeout(self._timing.connect_s):
            await connection.open(user.host, user.port, user.username, user.secret)
        _settle(first_try)
        booted: asyncio.Future[Any] = asyncio.create_task(self._booted.wait(), name="ami-boot")
        waiting: list[asyncio.Future[Any]] = [booted, connection.lost]
        try:
            await asyncio.wait(waiting, timeout=self._timing.boot_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            booted.cancel()
        if connection.lost.done():
            raise LinkDown(connection.lost.result())
        if not self._booted.is_set():
            raise LinkDown(
                f"Asterisk did not report FullyBooted within {self._timing.boot_s:g} s; "
                "its manager user must read the class 'system'"
            )

    async def _go_up(self, connection: AmiConnection) -> None:
        """Learn which process this is, and say that the link is up."""
        status = await connection.send("CoreStatus", {}, self._timing.action_s)
        process = f"{status.get('CoreStartupDate')} {status.get('CoreStartupTime')}"
        restarted = self._process not in ("", process)
        self._process = process
        self._up = connection
        _guarded(self._on_up, restarted)

    async def _watch(self, connection: AmiConnection) -> None:
        """Return when the connection is lost; ping when nothing was heard for a while."""
        while not connection.lost.done():
            connection.heard_since_last_asked()
            await asyncio.wait([connection.lost], timeout=self._timing.ping_every_s)
            if not connection.lost.done() and not connection.heard_since_last_asked():
                await connection.send("Ping", {}, self._timing.ping_s)

    def _take(self, name: str, fields: dict[str, str]) -> None:
        if name == "FullyBooted":
            self._booted.set()
        elif self._up is not None:
            self._on_event(name, fields)

    def _go_down(self, connection: AmiConnection) -> None:
        connection.drop("it was closed")
        if self._up is connection:
            self._up = None
            log.warning("the manager link broke: %s", connection.lost.result())
            _guarded(self._on_lost, connection.lost.result())

    def _give_up(self, fault: LinkRefused, first_try: asyncio.Future[None]) -> None:
        self._why_down = str(fault)
        log.error("%s", fault)
        if not first_try.done():
            first_try.set_exception(fault)
        else:
            _guarded(self._on_lost, str(fault))


def _settle(first_try: asyncio.Future[None]) -> None:
    if not first_try.done():
        first_try.set_result(None)


def _guarded(callback: Callable[..., None], argument: object) -> None:
    """An exception of a callback's own must not end the link."""
    try:
        callback(argument)
    except Exception:
        log.exception("a handler of the manager link failed")
