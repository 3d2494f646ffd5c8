"""A small FastAGI server: Asterisk connects for each call, we send commands, it answers line by line.

The grammar: headers ``agi_name: value`` up to an empty line; then one command a line, answered by
``200 result=R (data)``, by 510/511/520 for an error, or by ``HANGUP`` at any time when the channel ends.
After ``HANGUP`` Asterisk still answers the command under way, so every later answer would be one late:
nothing is sent on such a session any more.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from dialer.errors import AgiHangup, InputError, TelephonyError
from dialer.telephony.agi_wire import AgiWire
from dialer.telephony.tracking import our_id

log = logging.getLogger(__name__)

_REPLY = re.compile(r"200 result=(-?[0-9*#A-D]*)(?: \((.*)\))?(?: endpos=(\d+))?")
_MOST_HEADERS = 150
_LONGEST_COMMAND = 2000
"""Asterisk reads commands into 2,048 bytes."""
_HANGUP_S = 0.2
"""When a hang-up ended the command, Asterisk's word for it follows the answer at once."""

ALL_KEYS = "0123456789*#"


@dataclass(frozen=True, slots=True)
class AgiTiming:
    """Deadlines in seconds: for all headers, for a plain command, and on top of what a command takes."""

    headers_s: float = 10.0
    command_s: float = 10.0
    longest_prompt_s: float = 300.0


@dataclass(frozen=True, slots=True)
class AgiReply:
    """One answer: ``result`` as written, ``data`` from the brackets, ``endpos`` in samples of 1/8000 s."""

    result: str
    data: str = ""
    endpos: int | None = None


class AgiSession:
    """One call's conversation with Asterisk; one command at a time.

    Asterisk reads keys only while a command runs: those pressed between two commands are lost, so a session
    sends the next command at once and stores what it heard meanwhile.

    Every command raises ``AgiHangup`` once the channel is gone, ``TelephonyError`` when Asterisk refuses it
    or does not answer in time. ``variables`` are the ``agi_*`` headers, ``path`` what follows the host in
    the dialplan's ``AGI(agi://host:port/path,argument,...)``, ``arguments`` what follows that.
    """

    def __init__(
        self,
        variables: Mapping[str, str],
        wire: AgiWire,
        timing: AgiTiming | None = None,
    ) -> None:
        self.variables = variables
        self.path = variables.get("agi_network_script", "").partition("?")[0]
        self.arguments = _arguments(variables)
        self._wire = wire
        self._timing = timing or AgiTiming()
        self._over = False

    @property
    def channel_id(self) -> str:
        """The channel's id as the product names it; of a citizen's channel the attempt id."""
        return our_id(self.variables.get("agi_uniqueid", ""))

    @property
    def caller(self) -> str:
        """The number that calls, as the trunk says it; empty when it is withheld."""
        number = self.variables.get("agi_callerid", "")
        return "" if number == "unknown" else number

    async def answer(self) -> None:
        """Answer the channel; one already answered is no error."""
        await self._media("ANSWER")

    async def get_variable(self, name: str) -> str | None:
        """The value of a channel variable or function, None when it has none."""
        reply = await self.command("GET VARIABLE", name)
        return reply.data if reply.result == "1" else None

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable or function."""
        await self.command("SET VARIABLE", name, value)

    async def stream_file(self, prompt: str, escape_digits: str = ALL_KEYS) -> str | None:
        """Play ``prompt`` (path without extension); return the key that cut it short, or None at its end.

        Keys in ``escape_digits`` end the prompt at once; the next prompt takes the key typed ahead after
        that. Other keys are ignored. A prompt that cannot be played raises ``TelephonyError``.
        """
        reply = await self._media("STREAM FILE", prompt, escape_digits, busy_s=self._timing.longest_prompt_s)
        if reply.result == "0" and reply.endpos == 0:
            raise TelephonyError(f"prompt {prompt!r} is empty; make it anew")
        return _key(reply)

    async def wait_for_digit(self, timeout_s: float) -> str | None:
        """The next key, typed ahead or pressed within ``timeout_s``; None when none is.

        At least 0.1 s: with less Asterisk does not look at what the phone sends.
        """
        milliseconds = max(100, round(timeout_s * 1000))
        return _key(await self._media("WAIT FOR DIGIT", str(milliseconds), busy_s=timeout_s))

    async def get_option(self, prompt: str, timeout_s: float) -> str | None:
        """Play ``prompt``, then listen for ``timeout_s``; the first key at any moment of both, or None.

        One command: no key falls between the prompt and the listening.
        """
        milliseconds = str(max(100, round(timeout_s * 1000)))
        busy_s = self._timing.longest_prompt_s + timeout_s
        reply = await self._media("GET OPTION", prompt, ALL_KEYS, milliseconds, busy_s=busy_s)
        key = _key(reply)
        if key is None and reply.endpos == 0:
            raise TelephonyError(f"prompt {prompt!r} is missing or empty; make it anew")
        if key is None and await self._is_gone():
            raise self._gone()  # Asterisk calls a hang-up after the prompt a silence
        return key

    async def get_data(self, prompt: str, timeout_s: float, max_digits: int) -> str:
        """Play ``prompt`` and gather up to ``max_digits`` keys; ``#`` or a pause of ``timeout_s`` ends it."""
        busy_s = self._timing.longest_prompt_s + timeout_s * max_digits
        reply = await self._media(
            "GET DATA", prompt, str(round(timeout_s * 1000)), str(max_digits), busy_s=busy_s
        )
        return reply.result

    async def record_file(self, file: str, longest_s: float, silence_s: float = 3.0) -> float:
        """Record to ``file`` (path without extension, WAV) until a key, a silence, or ``longest_s``.

        Returns how many seconds were recorded. It begins at once, without a tone: Asterisk's own needs its
        sound packages, so the prompt before this ends with one.
        """
        milliseconds = str(round(longest_s * 1000))
        reply = await self._media(
            "RECORD FILE", file, "wav", ALL_KEYS, milliseconds, f"s={silence_s:g}", busy_s=longest_s
        )
        return (reply.endpos or 0) / 8000

    async def hangup(self) -> None:
        """End the channel. The session is over then; one that is over already is no error."""
        try:
            await self.command("HANGUP")
        except AgiHangup:
            pass
        self._over = True

    async def command(self, name: str, *arguments: str, busy_s: float = 0.0) -> AgiReply:
        """Send any AGI command; ``arguments`` are quoted here. ``busy_s``: how long it may take of itself."""
        line = " ".join([name, *map(_quoted, arguments)]).encode()
        if len(line) > _LONGEST_COMMAND:
            raise InputError(f"AGI command {name} is longer than Asterisk reads; nothing was sent")
        if self._over:
            raise AgiHangup("the channel is gone")
        self._wire.deadline(self._timing.command_s + busy_s)
        try:
            self._wire.write(line + b"\n")
            return await self._reply(name)
        except TimeoutError:
            self._over = True
            raise TelephonyError(f"Asterisk did not answer AGI command {name} in time") from None
        except ConnectionError:
            raise self._gone() from None
        finally:
            self._wire.deadline(None)

    async def _media(self, name: str, *arguments: str, busy_s: float = 0.0) -> AgiReply:
        """A command that plays or listens. Its -1 means a hang-up or a file that cannot be played."""
        reply = await self.command(name, *arguments, busy_s=busy_s)
        if reply.result != "-1":
            return reply
        if await self._wire.says_soon(b"HANGUP", _HANGUP_S) or await self._is_gone():
            raise self._gone()
        what = arguments[0] if arguments else ""
        raise TelephonyError(f"Asterisk cannot do {name} {what!r}: missing, or of a wrong format")

    async def _is_gone(self) -> bool:
        return (await self.command("CHANNEL STATUS")).result == "-1"

    async def _reply(self, name: str) -> AgiReply:
        line = await self._line()
        while line.startswith("100 "):
            line = await self._line()
        match = _REPLY.match(line)
        if match:
            return AgiReply(match[1], match[2] or "", int(match[3]) if match[3] else None)
        if line.startswith("520-"):
            while not (line := await self._line()).startswith("520 "):
                continue
            raise TelephonyError(f"Asterisk does not take AGI command {name} with these arguments")
        if line.startswith("510"):
            raise TelephonyError(f"Asterisk does not know AGI command {name}")
        self._over = True
        raise TelephonyError(f"Asterisk answered AGI command {name} with something that is no AGI")

    async def _line(self) -> str:
        try:
            line = await self._wire.line()
        except ValueError:
            self._over = True
            raise TelephonyError("an AGI answer is longer than any real one; the session ends") from None
        if line == "HANGUP" or line.startswith("511"):
            raise self._gone()
        return line

    def _gone(self) -> AgiHangup:
        self._over = True
        return AgiHangup("the channel is gone")


class FastAgiServer:
    """Serves ``handler`` one session per connection, at most ``most_sessions`` at once.

    ``port`` 0 takes a free one; ``self.port`` is the bound one after ``start``. When the handler returns, or
    fails, the connection closes and the dialplan goes on behind its ``AGI`` line.
    """

    def __init__(
        self,
        host: str,
        port: int,
        handler: Callable[[AgiSession], Awaitable[None]],
        timing: AgiTiming | None = None,
        most_sessions: int = 1000,
    ) -> None:
        self.host, self.port = host, port
        self._handler = handler
        self._timing = timing or AgiTiming()
        self._most_sessions = most_sessions
        self._server: asyncio.Server | None = None
        self._sessions: set[asyncio.Task[None]] = set()

    @property
    def live_sessions(self) -> int:
        """Connections open now."""
        return len(self._sessions)

    async def start(self) -> None:
        """Listen. Raises ``OSError`` when the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: AgiWire(self._accept), self.host, self.port, backlog=512
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def aclose(self, deadline_s: float = 5.0) -> None:
        """Accept no more, let sessions end for ``deadline_s``, then cut them off."""
        if self._server is None:
            return
        self._server.close()
        if self._sessions:
            _, still_running = await asyncio.wait(self._sessions, timeout=deadline_s)
            for session in still_running:
                session.cancel()
            if still_running:
                await asyncio.wait(still_running)
        await self._server.wait_closed()
        self._server = None

    def _accept(self, wire: AgiWire) -> None:
        if len(self._sessions) >= self._most_sessions:
            log.warning("more than %d AGI sessions at once; one was turned away", self._most_sessions)
            wire.abort()
            return
        task = asyncio.create_task(self._serve(wire), name="agi-session")
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)

    async def _serve(self, wire: AgiWire) -> None:
        try:
            variables = await self._greet(wire)
            if variables is not None:
                await self._handler(AgiSession(variables, wire, self._timing))
        except AgiHangup:
            log.debug("the channel of an AGI session ended")
        except Exception:
            log.exception("an AGI session failed; the call goes on in the dialplan")
        finally:
            wire.close()

    async def _greet(self, wire: AgiWire) -> Mapping[str, str] | None:
        """The headers, or None for a peer that is not Asterisk: port scanners and the like cost nothing."""
        wire.deadline(self._timing.headers_s)
        try:
            return await _read_headers(wire)
        except (OSError, ValueError):
            return None
        finally:
            wire.deadline(None)


async def _read_headers(wire: AgiWire) -> Mapping[str, str] | None:
    lines = await wire.block()
    if not lines or len(lines) > _MOST_HEADERS:
        return None
    variables = {}
    for line in lines:
        name, separator, value = line.partition(":")
        if not separator or not name.startswith("agi_"):
            return None
        variables[name] = value.removeprefix(" ")
    return variables


def _arguments(variables: Mapping[str, str]) -> Sequence[str]:
    count = sum(name.startswith("agi_arg_") for name in variables)
    return tuple(variables.get(f"agi_arg_{number}", "") for number in range(1, count + 1))


def _key(reply: AgiReply) -> str | None:
    return chr(int(reply.result)) if reply.result not in ("", "0") else None


def _quoted(argument: str) -> str:
    """In quotes, with quote and backslash escaped, as Asterisk's parser takes them; no line can end early."""
    if any(sign in argument for sign in "\r\n\0"):
        raise InputError("an AGI argument holds a line break or NUL; nothing was sent")
    return '"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"'
