"""The live picture of the room: what wallboard, desks and ``watch`` show; built by the engine, not stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dialer.core.telephony_events import LineChecked


class SeatState(StrEnum):
    """States of a seat; the transitions are in ``core.seats``.

    ``PREVIEW``: the operator looks at a person who is not called yet; ``DIALLING``: that person is called.
    """

    SIGNED_OUT = "signed_out"
    CONNECTING = "connecting"
    PAUSED = "paused"
    READY = "ready"
    PREVIEW = "preview"
    DIALLING = "dialling"
    RESERVED = "reserved"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    UNREACHABLE = "unreachable"


class Interruption(StrEnum):
    """What became of a talk in which the operator's phone fell away.

    ``WAITS``: the phone is called again and the person waits for it. ``GIVEN_ON``: another operator has them.
    ``ENDED``: the call is over.
    """

    NONE = ""
    WAITS = "waits"
    GIVEN_ON = "given_on"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class SeatLive:
    """One seat now. ``since``: epoch seconds. ``draining``: pauses or signs out after this call.

    ``attempt_id`` and ``campaign_id`` are set from the preview or the join until the end of wrap-up.
    ``held``: the person of the talk waits with music. ``consults``: the seat of the operator who talks too,
    without the person while they are ``held``; ``guest_of``: the seat that asks this one. ``asks_help``: the
    operator wants the supervisor. ``line``: what Asterisk heard when the phone was tried last.
    ``interrupted``: until the end of wrap-up, that the phone fell away in the talk.
    """

    seat: int
    state: SeatState
    since: float
    operator_id: int | None = None
    reason: str = ""
    draining: bool = False
    attempt_id: str | None = None
    campaign_id: int | None = None
    held: bool = False
    consults: int | None = None
    guest_of: int | None = None
    asks_help: bool = False
    reachable: bool = False
    campaigns: frozenset[int] = frozenset()
    line: LineChecked | None = None
    interrupted: Interruption = Interruption.NONE


@dataclass(frozen=True, slots=True)
class CampaignLive:
    """One campaign now; counts are of today (Asia/Kolkata) unless they are of the moment."""

    campaign_id: int
    name: str
    kind: str
    state: str
    mode: str
    ringing: int
    waiting_for_operator: int
    talking: int
    in_survey: int
    contacts_waiting: int
    outcomes: Mapping[str, int] = field(default_factory=dict)
    attempts: int = 0
    abandonment_rate: float = 0.0
    abandonment_cap: float = 0.03
    calls_per_minute: float = 0.0
    answer_rate: float | None = None
    reason_code: str = ""
    reason: str = ""
    forecast: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrunkLive:
    """One trunk now. ``fault``: why nothing is dialled on it, empty when all is well."""

    name: str
    reachable: bool
    channels_used: int
    channels: int
    congestion_last_minute: int = 0
    fault: str = ""
    backs_off_until: float | None = None


@dataclass(frozen=True, slots=True)
class LiveSnapshot:
    """The whole room at ``at``. ``asterisk``: up or down; ``store``: ok or the reason nothing is dialled."""

    at: float
    started_at: float
    asterisk: str
    store: str
    draining: bool
    seats: tuple[SeatLive, ...]
    campaigns: tuple[CampaignLive, ...]
    trunks: tuple[TrunkLive, ...]
    utilisation: float | None = None
