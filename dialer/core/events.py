"""All that the engine is told, by whomever."""

from __future__ import annotations

from dataclasses import dataclass

from dialer.core.desk_events import DeskEvent
from dialer.core.ivr_events import IvrEvent
from dialer.core.telephony_events import TelephonyEvent


@dataclass(frozen=True, slots=True)
class Tick:
    """The clock, every ``engine.TICK_S`` seconds."""

    at: float


Event = TelephonyEvent | IvrEvent | DeskEvent | Tick
