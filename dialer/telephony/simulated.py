"""A whole telephone world in one process, behind the same port as Asterisk.

Citizens answer, are busy, hang up and press keys by the same rules as on the simulated carrier; phones of
seats answer their legs; links break on request. Time comes from ``clock`` and ``call_later`` alone, so it
runs as fast as a virtual clock does. For engine tests, and for a look at the product without Asterisk.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum, auto

from dialer.core.channels import LiveChannel, OutgoingCall, Place
from dialer.core.telephony_events import (
    CallNotPlaced,
    LinkLost,
    LinkUp,
    PhoneReachable,
    TelephonyEvent,
    TrunkReachable,
)
from dialer.errors import LinkDown, SamparkError, TelephonyError
from dialer.telephony.carrier_behaviour import CarrierBehaviour
from dialer.telephony.port import EventSink
from dialer.telephony.simulated_fates import Fate, Fates
from dialer.telephony.simulated_keypad import CallLater
from dialer.telephony.simulated_world import NORMAL_CLEARING, Channel, KeypadHandler, SimulatedTiming, World
from dialer.telephony.tracking import seat_of_leg

_OUT_OF_ORDER = 27


class OriginateFault(Enum):
    """What may go wrong with one order. After the first two the link is lost for a moment."""

    LINK_LOST_BEFORE_SENDING = auto()
    LINK_LOST_AFTER_SENDING = auto()
    REFUSED = auto()
    NO_ENDPOINT = auto()


class SimulatedTelephony:
    """``Telephony`` without Asterisk; see the port for what each method promises.

    ``behaviour``: what citizens do; ``fates`` instead decides by dialled digits and count of earlier calls.
    ``keypad`` serves answered survey calls, as the FastAGI handler does; without it they just talk.
    ``call_later`` defaults to the running loop's, which may run on virtual time. ``world`` shows what
    happened and holds the switches ``congested`` and ``phones_answer``; other faults are methods here.
    """

    def __init__(
        self,
        behaviour: CarrierBehaviour | None = None,
        seats: int = 36,
        trunks: Iterable[str] = ("carrier",),
        clock: Callable[[], float] = time.time,
        call_later: CallLater | None = None,
        fates: Callable[[str, int], Fate] | None = None,
        keypad: KeypadHandler | None = None,
        timing: SimulatedTiming | None = None,
    ) -> None:
        behaves = behaviour or CarrierBehaviour()
        self._timing = timing or SimulatedTiming()
        self.world = World(
            fates or Fates(behaves),
            behaves.phone_ring_s,
            self._timing,
            clock,
            call_later,
            keypad,
            self._tell,
        )
        self.joins: list[tuple[str, str]] = []
        self._phones = set(range(1, seats + 1))
        self._gone_since: dict[int, float] = {}
        self._trunks = frozenset(trunks)
        self._clock = clock
        self._sink: EventSink | None = None
        self._linked = self._silent = False
        self._link_gone = asyncio.Event()
        self._faults: deque[OriginateFault] = deque()

    @property
    def invites(self) -> Counter[str]:
        """Calls that reached the carrier, by attempt id: the witness that nobody was dialled twice."""
        return self.world.invites

    # --- the port

    async def start(self, sink: EventSink) -> None:
        """See the port."""
        self._sink = sink
        self._link_up(restarted=False)

    async def aclose(self) -> None:
        """See the port: calls go on, and ``start`` finds them again. ``world.end_all`` ends them."""
        self._sink = None
        self._linked = False

    async def originate(self, calls: Sequence[OutgoingCall]) -> Mapping[str, SamparkError]:
        """See the port."""
        faults: dict[str, SamparkError] = {}
        for call in calls:
            try:
                await self._originate(call)
            except TelephonyError as fault:
                faults[call.attempt_id] = fault
        return faults

    async def _originate(self, call: OutgoingCall) -> None:
        await self._reach()
        if call.trunk not in self._trunks:
            raise TelephonyError(f"no trunk is named {call.trunk!r}; name it in config.yaml")
        fault = self._faults.popleft() if self._faults else None
        if fault is OriginateFault.LINK_LOST_BEFORE_SENDING:
            self._fail_link()
        if fault is OriginateFault.REFUSED or call.attempt_id in self.world.channels:
            raise TelephonyError("Asterisk refused Originate (simulated)")
        if fault is OriginateFault.NO_ENDPOINT:
            self.world.later(0.0, lambda: self._tell(CallNotPlaced(call.attempt_id, self._clock(), 0)))
            return
        self.world.dial(call)
        if fault is OriginateFault.LINK_LOST_AFTER_SENDING:
            self._fail_link()

    async def call_seat(self, seat: int, leg_id: str, ring_s: float) -> None:
        """See the port."""
        await self._reach()
        self.world.ring_phone(leg_id, seat in self._phones, ring_s)

    async def join(self, attempt_id: str, leg_id: str) -> None:
        """See the port; ``TelephonyError`` when either is gone or not up."""
        await self._reach()
        citizen, leg = self._up(attempt_id), self._up(leg_id)
        self.joins.append((attempt_id, leg_id))
        self.world.join(citizen, leg)

    async def hang_up(self, channel_id: str) -> None:
        """See the port."""
        await self._reach()
        if channel := self.world.channels.get(channel_id):
            self.world.end(channel, NORMAL_CLEARING)

    async def send_to(self, channel_id: str, place: Place) -> None:
        """See the port."""
        await self._reach()
        self.world.send_to(self._up(channel_id), place)

    async def gather(self, attempt_id: str, leg_id: str) -> None:
        """See the port."""
        await self._reach()
        self.world.gather(self._up(attempt_id), self._up(leg_id))

    async def send_digits(self, channel_id: str, digits: str) -> None:
        """See the port."""
        await self._reach()
        self.world.heard_digits.setdefault(self._up(channel_id).id, []).append(digits)

    async def packets_from(self, channel_id: str) -> int:
        """See the port: fifty a second, until the phone's network is gone."""
        await self._reach()
        channel = self._up(channel_id)
        heard_until = self._gone_since.get(seat_of_leg(channel_id) or 0, self._clock())
        return int((heard_until - channel.started_at) * 50)

    async def live_channels(self) -> Sequence[LiveChannel]:
        """See the port."""
        await self._reach()
        now = self._clock()
        return [
            LiveChannel(
                channel.id,
                channel.answered,
                channel.partner.id if channel.partner else None,
                now - channel.started_at,
                channel.place,
            )
            for channel in self.world.channels.values()
        ]

    async def reachable_seats(self) -> frozenset[int]:
        """See the port."""
        await self._reach()
        return frozenset(self._phones)

    # --- faults and other turns of fate

    def lose_link(self, for_s: float | None = None) -> None:
        """Cut the manager link, for good or for a time; calls go on and their events are lost."""
        self._silent = False
        if self._linked:
            self._tell(LinkLost(self._clock(), "the connection to Asterisk broke (simulated)"))
        self._linked = False
        self._link_gone.set()
        if for_s is not None:
            self.world.later(for_s, self.restore_link)

    def restore_link(self) -> None:
        """Connect again, to the same Asterisk."""
        if not self._linked:
            self._link_up(restarted=False)

    def fall_silent(self) -> None:
        """The link stays open but says nothing more, until that is noticed and it is made anew."""
        self._silent = True
        self._link_gone.clear()
        self.world.later(self._timing.silence_noticed_s, self._notice_silence)

    def restart(self, down_s: float = 1.0) -> None:
        """Asterisk dies with all its calls, and comes back as another process."""
        self.lose_link()
        for channel in tuple(self.world.channels.values()):
            self.world.forget(channel)
        self.world.later(down_s, lambda: self._link_up(restarted=True))

    def fail_originates(self, *faults: OriginateFault) -> None:
        """Let the next orders fail, one after the other."""
        self._faults.extend(faults)

    def set_phone(self, seat: int, reachable: bool) -> None:
        """Register or unregister a seat's phone; a leg that is up stays up."""
        (self._phones.add if reachable else self._phones.discard)(seat)
        if reachable:
            self._gone_since.pop(seat, None)
        self._tell(PhoneReachable(seat, reachable, self._clock()))

    def cut_off(self, seat: int) -> None:
        """The phone's network is gone: no sound comes from it and it answers nothing; its leg stays up."""
        self._gone_since[seat] = self._clock()
        self.set_phone(seat, reachable=False)

    def set_trunk(self, trunk: str, reachable: bool) -> None:
        """The trunk answers OPTIONS or stops doing so."""
        self._tell(TrunkReachable(trunk, reachable, self._clock()))

    def drop(self, channel_id: str, cause: int = _OUT_OF_ORDER) -> None:
        """A phone or its network gives up in the middle; an unknown channel is no error."""
        if channel := self.world.channels.get(channel_id):
            self.world.end(channel, cause)

    def leg_of(self, seat: int) -> str | None:
        """The id of the seat's living leg."""
        return next((each for each in self.world.channels if seat_of_leg(each) == seat), None)

    # --- the link

    def _link_up(self, restarted: bool) -> None:
        if self._sink is None:
            return
        self._linked, self._silent = True, False
        self._tell(LinkUp(self._clock(), restarted))
        for trunk in sorted(self._trunks):
            self._tell(TrunkReachable(trunk, True, self._clock()))

    def _fail_link(self) -> None:
        self.lose_link(self._timing.reconnect_s)
        raise LinkDown("the manager link to Asterisk broke during an action")

    def _notice_silence(self) -> None:
        if self._silent:
            self.lose_link(self._timing.reconnect_s)

    async def _reach(self) -> None:
        """Every command's way to Asterisk: it takes a turn of the loop, and may find the link gone."""
        await asyncio.sleep(0)
        if self._silent:
            await self._link_gone.wait()
            raise LinkDown("Asterisk did not answer in time; the link is made anew")
        if not self._linked:
            raise LinkDown("the manager link to Asterisk is down; it is being made anew")

    def _tell(self, event: TelephonyEvent) -> None:
        if self._sink is not None and self._linked and not self._silent:
            self._sink(event)

    def _up(self, channel_id: str) -> Channel:
        channel = self.world.channels.get(channel_id)
        if channel is None or not channel.answered:
            raise TelephonyError(f"Asterisk refused the action: no such channel {channel_id}")
        return channel
