"""The two worlds the contract runs in: everything in one process, and the real Asterisk pair."""

from __future__ import annotations

import asyncio
import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from dialer.core.channels import OutgoingCall, Place
from dialer.core.telephony_events import LinkUp, TelephonyEvent
from dialer.telephony.ami import AmiTelephony
from dialer.telephony.carrier import invites
from dialer.telephony.port import Telephony
from dialer.telephony.simulated import SimulatedTelephony
from tests.asterisk.pairs import Pair
from tests.originating import originate

E = TypeVar("E")
_serial = itertools.count(int(time.time() * 1000) % 10**9)


class World(ABC):
    """A telephony, what it told, and time to wait for more. Times are the world's own seconds."""

    def __init__(self) -> None:
        self.told: list[TelephonyEvent] = []
        self._ids: set[str] = set()
        self.telephony = self.new_telephony()

    @abstractmethod
    def new_telephony(self) -> Telephony:
        """A telephony on this world; a second one is the next life of the daemon."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Let time pass."""

    @abstractmethod
    def invited(self, phone: str) -> int:
        """How often the carrier was asked to ring this number."""

    async def start(self) -> None:
        """Link up."""
        await self.telephony.start(self._hear)
        await self.until(LinkUp)

    async def aclose(self) -> None:
        """End every call that is left over; the next world on the same Asterisk hears nothing of them."""
        for _ in range(100):
            channels = await self.telephony.live_channels()
            if not channels:
                break
            for channel in channels:
                await self.telephony.hang_up(channel.channel_id)
            await self.sleep(0.05)
        await self.telephony.aclose()

    async def next_life(self) -> None:
        """The daemon dies and another one starts."""
        await self.telephony.aclose()
        self.told = []
        self.telephony = self.new_telephony()
        await self.start()

    async def originate(self, order: OutgoingCall) -> None:
        """Have one call placed; raises its fault."""
        await originate(self.telephony, order)

    async def until(
        self, kind: type[E], within_s: float = 5.0, good: Callable[[E], bool] = lambda event: True
    ) -> E:
        """The first event of a kind that is good; fails when it is not told in time."""
        for _ in range(int(within_s / 0.05) + 1):
            for event in self.told:
                if isinstance(event, kind) and good(event):
                    return event
            await self.sleep(0.05)
        raise AssertionError(f"no {kind.__name__} within {within_s} s; told: {self.told}")

    def count(self, kind: type[TelephonyEvent]) -> int:
        """How many events of a kind were told."""
        return sum(isinstance(event, kind) for event in self.told)

    def new_id(self) -> str:
        """An attempt id that was never used."""
        return self._known(f"a{next(_serial):024x}")

    def new_leg(self, seat: int) -> str:
        """A leg id that was never used."""
        return self._known(f"seat-{seat:02d}-{next(_serial) % 16**8:08x}")

    def order(
        self,
        script: str,
        ring_s: float = 15.0,
        place: Place = Place.WAIT_FOR_OPERATOR,
        trunk: str = "carrier",
    ) -> OutgoingCall:
        """A call to a number that says itself what happens: see docs/carrier-simulation.md."""
        phone = f"+91{next(_serial) % 1000:03d}000{script}"
        return OutgoingCall(self.new_id(), 1, phone, trunk, "+917880000000", ring_s, place)


    def _known(self, channel_id: str) -> str:
        self._ids.add(channel_id)
        return channel_id

    def _hear(self, event: TelephonyEvent) -> None:
        """A busy Asterisk may still tell of the calls of the test before: those are none of this world."""
        ids = {getattr(event, name, "") for name in ("attempt_id", "leg_id")} - {"", None}
        if not ids or ids & self._ids:
            self.told.append(event)


class SimulatedWorld(World):
    """In process, twenty times as fast as the clock on the wall."""

    SPEED = 20.0

    def __init__(self) -> None:
        self._simulated = SimulatedTelephony(
            seats=4, clock=lambda: time.monotonic() * self.SPEED, call_later=self._call_later
        )
        super().__init__()

    def new_telephony(self) -> Telephony:
        return self._simulated

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.SPEED)

    def invited(self, phone: str) -> int:
        return self._simulated.world.dialled[phone.lstrip("+")]

    def _call_later(self, seconds: float, action: Callable[[], object]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds / self.SPEED, action)


class AsteriskWorld(World):
    """The real thing, at the speed of life."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        super().__init__()

    def new_telephony(self) -> Telephony:
        config = self._pair.config
        trunks = {trunk.name: trunk for trunk in config.trunks}
        return AmiTelephony("127.0.0.1", config.asterisk.ami_port, "sampark", config.secret("ami"), trunks)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def invited(self, phone: str) -> int:
        return invites(self._pair.config.data)[phone.lstrip("+")]
