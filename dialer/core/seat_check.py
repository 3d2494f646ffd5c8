"""Whether an operator's phone is fit to take people: both sides heard, and how well.

Heard means: Asterisk got sound from the phone and sent it back, and it came back there. What a browser
measures of itself is not enough, since only a person can say that the headphones work: ``heard_self``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dialer.core.telephony_events import LineChecked

FEWEST_PACKETS: Final = 40
"""Less than a second of sound (50 packets each second) says nothing."""
SILENCE_DB: Final = -60.0
"""dBFS; a microphone that is switched off or muted lies below."""
MOST_JITTER_MS: Final = 30.0
MOST_LOST_SHARE: Final = 0.02
LONGEST_ROUND_TRIP_MS: Final = 300.0
"""Above these a talk is tiring (ITU-T G.114, G.107), though it can be held."""


class PhoneKind(StrEnum):
    """What the operator speaks with."""

    BROWSER = "browser"
    TABLE = "table"


class Fault(StrEnum):
    """Nobody can be put through to such a phone."""

    NO_LINE = "no_line"
    NO_SOUND_ARRIVES = "no_sound_arrives"
    MICROPHONE_SILENT = "microphone_silent"
    NOTHING_COMES_BACK = "nothing_comes_back"
    NOT_HEARD = "not_heard"


class Weakness(StrEnum):
    """People can be put through, but the talk will be bad."""

    JITTER = "jitter"
    LOSS = "loss"
    DELAY = "delay"


@dataclass(frozen=True, slots=True)
class Heard:
    """What desk and operator say of the trial. Levels: dBFS; None where nothing was measured, as with a
    phone on the table. ``jitter_ms``, ``lost_share`` (0..1) and ``round_trip_ms``: of what came back.
    """

    phone: PhoneKind
    heard_self: bool
    microphone_db: float | None = None
    returned_db: float | None = None
    jitter_ms: float | None = None
    lost_share: float | None = None
    round_trip_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """``faults`` forbid people, ``weaknesses`` are for the supervisor; figures: the worse of both sides."""

    faults: tuple[Fault, ...]
    weaknesses: tuple[Weakness, ...]
    jitter_ms: float | None
    lost_share: float | None
    round_trip_ms: float | None

    @property
    def passed(self) -> bool:
        """Whether people can be put through."""
        return not self.faults


def judge(heard: Heard, line: LineChecked | None) -> Verdict:
    """``line``: what Asterisk counted meanwhile; None when there was no line to count on."""
    jitter_ms = _worse(heard.jitter_ms, None if line is None else line.jitter_ms)
    lost_share = _worse(heard.lost_share, None if line is None else _lost_share(line))
    weaknesses = (
        (Weakness.JITTER, jitter_ms, MOST_JITTER_MS),
        (Weakness.LOSS, lost_share, MOST_LOST_SHARE),
        (Weakness.DELAY, heard.round_trip_ms, LONGEST_ROUND_TRIP_MS),
    )
    found = tuple(each for each, value, most in weaknesses if value is not None and value > most)
    return Verdict(tuple(_faults(heard, line)), found, jitter_ms, lost_share, heard.round_trip_ms)


def _faults(heard: Heard, line: LineChecked | None) -> Sequence[Fault]:
    if line is None:
        return [Fault.NO_LINE]
    faults = []
    if line.received < FEWEST_PACKETS:
        faults.append(Fault.NO_SOUND_ARRIVES)
    if heard.microphone_db is not None and heard.microphone_db < SILENCE_DB:
        faults.append(Fault.MICROPHONE_SILENT)
    elif heard.returned_db is not None and heard.returned_db < SILENCE_DB:
        faults.append(Fault.NOTHING_COMES_BACK)
    if not heard.heard_self and not faults:
        faults.append(Fault.NOT_HEARD)
    return faults


def _lost_share(line: LineChecked) -> float:
    return line.lost / max(1, line.received + line.lost)


def _worse(one: float | None, other: float | None) -> float | None:
    return max((each for each in (one, other) if each is not None), default=None)
