"""Events the engine sends to itself when background work has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dialer.core.call_orders import HoldFailed, TakeBackFailed, ThreeWayFailed
from dialer.core.channels import LiveChannel
from dialer.core.model import Campaign
from dialer.core.picking import Pick
from dialer.engine.settings import PlacedCall
from dialer.store.port import Claim, LiveAnswers


@dataclass(frozen=True, slots=True)
class CampaignsRead:
    """The campaigns there are; of new ones today's counts, and the ``past`` outcomes of some days."""

    campaigns: Sequence[Campaign]
    answers: Mapping[int, LiveAnswers]
    outcomes: Mapping[int, Mapping[str, int]]
    past: Mapping[int, Mapping[str, int]]
    at: float


@dataclass(frozen=True, slots=True)
class Claimed:
    """The store gave contacts for ``asked`` dials; ``suppressed`` numbers opted out in between."""

    campaign_id: int
    asked: int
    claim: Claim
    suppressed: frozenset[str]
    at: float


@dataclass(frozen=True, slots=True)
class ClaimFailed:
    """The store could not be asked; nothing was claimed."""

    campaign_id: int
    asked: int
    at: float


@dataclass(frozen=True, slots=True)
class OrderRefused:
    """Asterisk refused to place the call; it does not exist."""

    attempt_id: str
    why: str
    at: float


@dataclass(frozen=True, slots=True)
class DialChecked:
    """Whether the number of the person shown on the seat was suppressed meanwhile; None: not known."""

    seat: int
    attempt_id: str
    suppressed: bool | None
    at: float


@dataclass(frozen=True, slots=True)
class PickAsked:
    """The operator wants to see the person with this number (E.164); the reply goes to ``answer``."""

    seat: int
    phone: str = field(repr=False)
    answer: asyncio.Future[Pick]
    at: float

    def say(self, pick: Pick) -> None:
        """Reply, if anybody still waits for it."""
        if not self.answer.done():
            self.answer.set_result(pick)


@dataclass(frozen=True, slots=True)
class PickEnded:
    """What the store said: ``claims`` by campaign, the last with the person if they may be called.

    ``campaign_ids``: those that were to be asked. ``result``: the reply when nobody was claimed.
    """

    asked: PickAsked
    operator_id: int | None
    campaign_ids: tuple[int, ...]
    claims: Mapping[int, Claim]
    result: Pick
    at: float


@dataclass(frozen=True, slots=True)
class JoinFailed:
    """Asterisk refused to bridge: one of the two is gone."""

    attempt_id: str
    seat: int
    at: float


@dataclass(frozen=True, slots=True)
class LegFailed:
    """The seat's phone could not be called."""

    seat: int
    leg_id: str
    at: float


@dataclass(frozen=True, slots=True)
class LegHeard:
    """How many packets of sound have come from the leg of a phone in doubt."""

    seat: int
    leg_id: str
    packets: int
    at: float


@dataclass(frozen=True, slots=True)
class Resynced:
    """What Asterisk has now, asked at ``asked_at``; ``records`` of the calls we know and it has not."""

    asked_at: float
    channels: Sequence[LiveChannel]
    reachable: frozenset[int]
    records: Mapping[str, PlacedCall]
    restarted: bool


@dataclass(frozen=True, slots=True)
class ResyncFailed:
    """The link broke while asking."""

    at: float


@dataclass(frozen=True, slots=True)
class ConsultBegan:
    """Two operators' legs share a bridge: ``host`` asks ``guest`` about the person of the attempt."""

    attempt_id: str
    host: int
    guest: int
    at: float


@dataclass(frozen=True, slots=True)
class ConsultFailed:
    """Asterisk refused to bridge them."""

    attempt_id: str
    guest: int
    at: float


InternalEvent = (
    CampaignsRead | Claimed | ClaimFailed | OrderRefused | JoinFailed | HoldFailed | ThreeWayFailed
    | ConsultBegan | ConsultFailed | LegFailed | LegHeard | Resynced | DialChecked | PickAsked | PickEnded
    | ResyncFailed | TakeBackFailed
)  # fmt: skip
