"""Short tones as raw G.711 A-law at 8 kHz, which Asterisk plays on a telephone line without transcoding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 8000
BEEP_SECONDS = 0.08


def alaw(samples: npt.NDArray[np.float64]) -> bytes:
    """Samples in -1..1 as A-law octets (ITU-T G.711 table 1, even bits inverted)."""
    magnitude = np.clip(np.abs(samples) * 2048, 0, 2047).astype(np.int64)
    exponent = np.zeros_like(magnitude)
    for segment in range(1, 8):
        exponent[magnitude >= 1 << (segment + 4)] = segment
    shift = np.where(exponent == 0, 1, exponent)
    octet = (exponent << 4) | ((magnitude >> shift) & 0x0F)
    sign = np.where(samples >= 0, 0x80, 0)
    return bytes(((octet | sign) ^ 0x55).astype(np.uint8))


def tone(frequency_hz: float, seconds: float, level: float) -> npt.NDArray[np.float64]:
    """A sine with 5 ms of fade at both ends; ``level`` 1.0 is full scale."""
    count = round(RATE * seconds)
    wave = level * np.sin(2 * np.pi * frequency_hz * np.arange(count) / RATE)
    fade = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / (RATE * 0.005))
    return wave * fade


def silence(seconds: float) -> npt.NDArray[np.float64]:
    """Nothing, for ``seconds``."""
    return np.zeros(round(RATE * seconds))


def write(file: Path, *parts: npt.NDArray[np.float64]) -> None:
    """Write the parts one after the other, once."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_bytes(alaw(np.concatenate(parts)))


def write_beep(file: Path) -> None:
    """What an operator hears when a citizen is joined."""
    write(file, tone(880, BEEP_SECONDS, 0.25))


def write_hold_tone(file: Path) -> None:
    """What a citizen hears between two operators: a soft double tone every two seconds."""
    write(file, tone(425, 0.2, 0.06), silence(0.2), tone(425, 0.2, 0.06), silence(1.4))
