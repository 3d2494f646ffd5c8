"""Phones with keys beside the small SIP phones: RFC 4733 events, timed to the packet."""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass

from tests.asterisk.softphones import SAMPLES, Address, Leg, Rtp

EVENTS = 101
FORMATS = f" {EVENTS}"
LINES = f"a=rtpmap:{EVENTS} telephone-event/8000\r\na=fmtp:{EVENTS} 0-15\r\n"
PRESS_PACKETS, END_PACKETS = 5, 3


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key on the wire (RFC 4733): when it went down, when it came up."""

    key: str
    down_at: float
    up_at: float


class Keypad(Rtp):
    """A phone whose keys can be pressed; silent beside."""

    def __init__(self, leg: Leg, remote: Address, payload_type: int) -> None:
        super().__init__(leg, remote, payload_type)
        self._audio = bytes([0xD5 if payload_type == 8 else 0xFF]) * SAMPLES
        self._down: tuple[str, float, int, int] | None = None
        self.pressed: list[Pressed] = []

    def press(self, key: str) -> None:
        """Hold the key for a tenth of a second, from the next packet on."""
        self._down = (key, 0.0, self._now + SAMPLES, 0)

    def _packet(self) -> None:
        if self._down is None:
            super()._packet()
            return
        key, down_at, began, sent = self._down
        down_at, sent = down_at or time.perf_counter(), sent + 1
        if sent <= PRESS_PACKETS:
            self._put(EVENTS, began, _event(key, sent, end=False))
            self._down = (key, down_at, began, sent)
            return
        for _ in range(END_PACKETS):
            self._put(EVENTS, began, _event(key, PRESS_PACKETS, end=True))
        self.pressed.append(Pressed(key, down_at, time.perf_counter()))
        self._down = None


def _event(key: str, packets: int, end: bool) -> bytes:
    return struct.pack("!BBH", "0123456789*#".index(key), 0x80 * end | 10, packets * SAMPLES)
