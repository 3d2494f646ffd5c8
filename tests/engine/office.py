"""A whole office in one process: engine, memory store, simulated telephones, on virtual time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from dialer.core.desk_events import OperatorReady, OperatorSignedIn
from dialer.core.live import SeatLive, SeatState
from dialer.core.model import (
    Campaign,
    CampaignKind,
    CampaignState,
    Contact,
    DialPolicy,
    Outcome,
    PacingMode,
)
from dialer.core.trunks import TrunkLimits
from dialer.engine import Engine, EngineSettings, PlacedCall
from dialer.store.memory import MemoryDialStore
from dialer.store.memory_tables import Person
from dialer.telephony.simulated import SimulatedTelephony
from dialer.telephony.simulated_fates import Fate, ended, rings_out

MORNING = 1_795_500_000.0
"""2026-11-24 11:30 in Asia/Kolkata: a Tuesday, inside the calling window."""

CAMPAIGN = Campaign(
    id=1,
    name="awareness",
    kind=CampaignKind.OPERATORS,
    state=CampaignState.RUNNING,
    purpose="awareness",
    trunk="carrier",
    caller_id="+917880000000",
    mode=PacingMode.PROGRESSIVE,
    ring_s=25.0,
    wrap_up_s=10.0,
    max_attempts=1,
)


def answers(after_s: float = 5.0, talk_s: float = 30.0) -> Fate:
    return Fate(after_s, talk_s=talk_s)


BUSY = ended(17, 1.0)
CONGESTED = ended(34, 0.2)
RINGS_OUT = rings_out()


def person(number: int, **details: object) -> Person:
    contact = Contact(number, f"+9190{number:08d}", "राम", "hi", 62, "awareness", "survey 2025", "written")
    return Person(replace(contact, **details))  # type: ignore[arg-type]


@dataclass
class Office:
    """Make it, fill ``store``, ``async with office.open()``, let time pass, look."""

    seats: int = 4
    fate: Callable[[str, int], Fate] = field(default=lambda _dialled, _earlier: answers())
    policy: DialPolicy = field(default_factory=DialPolicy)
    channels: int = 100
    rate: float = 50.0
    nailed_up: bool = True
    store: MemoryDialStore = field(default_factory=MemoryDialStore)
    telephony: SimulatedTelephony | None = None
    seen: list[SeatLive] = field(default_factory=list)
    placed: dict[str, PlacedCall] = field(default_factory=dict)

    def now(self) -> float:
        return MORNING + asyncio.get_running_loop().time()

    def enlist(self, campaign: Campaign, people: int, first: int = 1) -> None:
        self.store.add_campaign(campaign)
        numbers = range(first, first + people)
        for number in numbers:
            self.store.add_person(person(number, list_purpose=campaign.purpose))
        self.store.enqueue(campaign.id, numbers)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Engine]:
        """One life of the daemon; a second ``open`` finds the same store and the same telephone world."""
        if self.telephony is None:
            self.telephony = SimulatedTelephony(seats=self.seats, clock=self.now, fates=self.fate)
        limits = (TrunkLimits("carrier", self.channels, self.rate),)
        settings = EngineSettings(self.seats, limits, self.policy, nailed_up=self.nailed_up)
        await self.store.open()
        engine = Engine(self.telephony, self.store, settings, self.now, self._records)
        await engine.adopt()
        engine.subscribe(self.seen.append)
        running = asyncio.create_task(engine.run())
        try:
            yield engine
        finally:
            engine.stop()
            await running
            await self.store.aclose()

    async def _records(self, ids: Collection[str]) -> Mapping[str, PlacedCall]:
        return {number: self.placed[number] for number in ids if number in self.placed}

    def sign_in(self, engine: Engine, *seats: int, campaigns: Collection[int] = (1,)) -> None:
        for number in seats or range(1, self.seats + 1):
            engine.post(OperatorSignedIn(number, 100 + number, self.now()))
            engine.post(OperatorReady(number, frozenset(campaigns), self.now()))

    async def until(self, engine: Engine, done: Callable[[], bool], within_s: float) -> None:
        deadline = self.now() + within_s
        while not done():
            assert self.now() < deadline, f"not within {within_s} s; {engine.snapshot()}"
            await asyncio.sleep(0.1)

    @property
    def outcomes(self) -> Counter[Outcome | None]:
        return Counter(attempt.outcome for attempt in self.store.attempts.values())

    def states(self, engine: Engine) -> Counter[SeatState]:
        return Counter(seat.state for seat in engine.snapshot().seats)

    @property
    def finished(self) -> bool:
        return all(each.state is CampaignState.FINISHED for each in self.store.campaign.values())

    @property
    def most_invites(self) -> int:
        assert self.telephony is not None
        return max(self.telephony.invites.values(), default=0)
