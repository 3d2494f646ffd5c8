"""A keypad session without Asterisk: the simulated citizen presses keys on the simulated clock."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from dialer.errors import AgiHangup
from dialer.telephony.fastagi import ALL_KEYS
from dialer.telephony.simulated_fates import Fate

CallLater = Callable[[float, Callable[[], object]], asyncio.TimerHandle]
"""Runs a function after a number of seconds, as an event loop's ``call_later`` does."""

_LISTENING_PAUSE_S = 0.6
_NO_KEY = "0"
"""In the keys of a fate: lets one turn pass."""


class SimulatedKeypad:
    """As ``AgiSession``, as far as keypad sessions use it. Each prompt lasts ``prompt_s``.

    ``before``: an earlier session of the same call, whose variables and coming keys are taken over.
    ``caller``: the number of somebody who calls us.
    """

    def __init__(
        self,
        channel_id: str,
        language: str,
        fate: Fate,
        clock: Callable[[], float],
        call_later: CallLater,
        hang_up: Callable[[], None],
        prompt_s: float = 3.0,
        arguments: Sequence[str] = (),
        before: SimulatedKeypad | None = None,
        caller: str = "",
    ) -> None:
        self.channel_id = channel_id
        self.caller = caller
        self.path = "inbound" if caller else "survey"
        self.arguments = tuple(arguments)
        self.variables = {"agi_uniqueid": channel_id, "agi_language": language}
        self.prompts: list[str] = []
        self.channel_variables = {"SAMPARK_ATTEMPT": channel_id, "CHANNEL(language)": language}
        if before is not None:
            self.channel_variables |= before.channel_variables
        self._clock, self._call_later, self._hang_up = clock, call_later, hang_up
        self._prompt_s = prompt_s
        self._listens = fate.listens
        keys = deque(_presses(fate, clock())) if before is None else before._keys
        self._keys: deque[tuple[float, str]] = keys
        self._pausing: asyncio.Future[None] | None = None
        self._over = False

    async def answer(self) -> None:
        """The call is answered already."""
        self._check()

    async def get_variable(self, name: str) -> str | None:
        """A variable set before, or one of those every call has."""
        self._check()
        return self.channel_variables.get(name)

    async def set_variable(self, name: str, value: str) -> None:
        """Keep it for ``get_variable``."""
        self._check()
        self.channel_variables[name] = value

    async def stream_file(self, prompt: str, escape_digits: str = ALL_KEYS) -> str | None:
        """Take the prompt's time, or less when the citizen presses one of ``escape_digits``."""
        self.prompts.append(prompt)
        ends_at = self._clock() + self._prompt_s
        while not self._listens and self._keys and self._keys[0][0] <= ends_at:
            pressed_at, key = self._keys.popleft()
            await self._pause(pressed_at - self._clock())
            if key in escape_digits:
                return key
        await self._pause(ends_at - self._clock())
        return None

    async def wait_for_digit(self, timeout_s: float) -> str | None:
        """The next key typed ahead or pressed in time."""
        if self._listens and self._keys:
            _, key = self._keys.popleft()
            await self._pause(timeout_s if key == _NO_KEY else min(_LISTENING_PAUSE_S, timeout_s))
            return None if key == _NO_KEY else key
        if self._keys and self._keys[0][0] <= self._clock() + timeout_s:
            pressed_at, key = self._keys.popleft()
            await self._pause(pressed_at - self._clock())
            return key
        await self._pause(timeout_s)
        return None

    async def get_option(self, prompt: str, timeout_s: float) -> str | None:
        """The first key while the prompt is played or ``timeout_s`` after it."""
        return await self.stream_file(prompt) or await self.wait_for_digit(timeout_s)

    async def get_data(self, prompt: str, timeout_s: float, max_digits: int) -> str:
        """Keys up to ``max_digits``, ``#`` or a pause of ``timeout_s``."""
        digits = await self.stream_file(prompt) or ""
        while len(digits) < max_digits and not digits.endswith("#"):
            key = await self.wait_for_digit(timeout_s)
            if key is None:
                break
            digits += key
        return digits.rstrip("#")

    async def record_file(self, file: str, longest_s: float) -> float:
        """The simulated citizen speaks for two seconds."""
        await self._pause(min(2.0, longest_s))
        return min(2.0, longest_s)

    async def hangup(self) -> None:
        """End the call."""
        if not self._over:
            self._hang_up()

    def end(self) -> None:
        """The call is gone: whatever waits raises ``AgiHangup``."""
        self._over = True
        if self._pausing is not None and not self._pausing.done():
            self._pausing.set_exception(AgiHangup("the channel is gone"))

    async def _pause(self, seconds: float) -> None:
        self._check()
        self._pausing = pausing = asyncio.get_running_loop().create_future()
        timer = self._call_later(max(0.0, seconds), lambda: _finish(pausing))
        try:
            await pausing
        finally:
            timer.cancel()

    def _check(self) -> None:
        if self._over:
            raise AgiHangup("the channel is gone")


def _finish(pausing: asyncio.Future[None]) -> None:
    if not pausing.done():
        pausing.set_result(None)


def _presses(fate: Fate, answered_at: float) -> list[tuple[float, str]]:
    """When which key is pressed. Turns that pass stay in only for one who listens."""
    presses, at = [], answered_at
    for key, delay_s in zip(fate.keys, fate.delays_s, strict=True):
        at += delay_s
        presses.append((at, key))
    return presses if fate.listens else [press for press in presses if press[1] != _NO_KEY]
