"""One call as the classic AGI scripts see it: pyst2 without its noise.

pyst2 prints every variable, telephone numbers too, to standard error, leaves quotes as they are, and
mistakes the end of its input for a number; here all of that is put right.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from asterisk.agi import AGI, AGIException


class Gone(Exception):
    """The channel is gone, or Asterisk is."""


class _Quiet(AGI):  # type: ignore[misc]
    def _quote(self, string: object) -> str:
        text = str(string).replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(sign for sign in text if sign not in "\r\n\0") + '"'


class Call:
    """The call on standard input and output. Every method raises ``Gone`` once the channel is gone."""

    def __init__(self) -> None:
        self._agi = _Quiet(stderr=open(os.devnull, "w"))
        self.channel_id = str(self._agi.env.get("agi_uniqueid", ""))
        self.caller = str(self._agi.env.get("agi_callerid", ""))
        self.language = str(self._agi.env.get("agi_language", ""))

    def variable(self, name: str) -> str:
        """A channel variable; empty when it is not set."""
        value, data = self._do("GET VARIABLE", self._agi._quote(name))
        return data if value == "1" else ""

    def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable."""
        self._do("SET VARIABLE", self._agi._quote(name), self._agi._quote(value))

    def play(self, file: str, stop_keys: str) -> str:
        """Play a prompt; the key that stopped it, empty when it was heard to its end."""
        return _key(self._do("STREAM FILE", self._agi._quote(file), self._agi._quote(stop_keys))[0])

    def listen(self, timeout_s: float) -> str:
        """The next key, empty when none comes in time."""
        return _key(self._do("WAIT FOR DIGIT", str(max(100, round(timeout_s * 1000))))[0])

    def hang_up(self) -> None:
        """End the call."""
        self._do("HANGUP")

    def _do(self, command: str, *arguments: str) -> tuple[str, str]:
        try:
            value, data = self._agi.execute(command, *arguments)["result"]
        except (AGIException, OSError, ValueError) as fault:
            raise Gone from fault
        return str(value), str(data)


def _key(result: str) -> str:
    return "" if result == "0" else chr(int(result))


def data_folder() -> Path:
    """The folder of everything the office writes, from the starter script's environment."""
    return Path(os.environ["SAMPARK_DATA"])
