"""Citizens, phones and the dialplan of the simulated telephone world, on any clock."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from dialer.core.channels import OutgoingCall, Place
from dialer.core.telephony_events import (
    AbandonedMessageStarted,
    CallAnswered,
    CallEnded,
    CallRinging,
    Held,
    Joined,
    LineChecked,
    OperatorMissed,
    OperatorWanted,
    Parted,
    SeatLegEnded,
    SeatLegUp,
    TelephonyEvent,
)
from dialer.errors import AgiHangup
from dialer.telephony.simulated_fates import Fate, ended
from dialer.telephony.simulated_keypad import CallLater, SimulatedKeypad
from dialer.telephony.tracking import is_attempt, seat_of_leg
from dialer.telephony.translate import SUBSCRIBER_ABSENT

Tell = Callable[[TelephonyEvent], None]
KeypadHandler = Callable[[SimulatedKeypad], Awaitable[None]]

NORMAL_CLEARING = 16
_ANSWERS, _WAIT, _CAMPAIGN, _NOBODY = (
    "SAMPARK_ANSWERS", "SAMPARK_OPERATOR_WAIT", "SAMPARK_OPERATOR_CAMPAIGN", "nobody",
)  # fmt: skip
"""Words between keypad sessions and the dialplan, see ``asterisk_conf/extensions_citizens.conf``."""
_NO_ANSWER = 19


@dataclass(frozen=True, slots=True)
class SimulatedTiming:
    """Seconds that things take; those of the dialplan are as in ``asterisk_conf``."""

    network_s: float = 0.05
    joining_s: float = 0.003
    waiting_s: float = 1.75
    message_s: float = 12.0
    handback_s: float = 13.0
    hold_s: float = 600.0
    apology_s: float = 8.0
    prompt_s: float = 3.0
    reconnect_s: float = 0.5
    silence_noticed_s: float = 10.0


@dataclass(slots=True, eq=False)
class Channel:
    """A living channel: a citizen's (with ``call`` and ``fate``) or a seat's leg."""

    id: str
    started_at: float
    call: OutgoingCall | None = None
    fate: Fate = field(default_factory=Fate)
    rang: bool = False
    answered: bool = False
    place: str = ""
    tried_at: float = 0.0
    bridge: list[Channel] = field(default_factory=list)
    keypad: SimulatedKeypad | None = None
    timers: list[asyncio.TimerHandle] = field(default_factory=list)
    stage: asyncio.TimerHandle | None = None

    @property
    def partner(self) -> Channel | None:
        """Whom this citizen, or this leg, talks with."""
        own = is_attempt(self.id)
        return next((each for each in self.bridge if is_attempt(each.id) != own), None)


class World:
    """Every living channel and what happens to it next.

    ``tell`` is called with each event at its time. ``congested``: the carrier answers everything with 503.
    ``phones_answer``: phones of seats pick up. ``invites`` counts calls at the carrier by attempt id,
    ``dialled`` by number; ``heard_digits``: keys pressed on a channel's line, by its id.
    """

    def __init__(
        self,
        fates: Callable[[str, int], Fate],
        phone_ring_s: float,
        timing: SimulatedTiming,
        clock: Callable[[], float],
        call_later: CallLater | None,
        keypad: KeypadHandler | None,
        tell: Tell,
    ) -> None:
        self.channels: dict[str, Channel] = {}
        self.invites: Counter[str] = Counter()
        self.dialled: Counter[str] = Counter()
        self.heard_digits: dict[str, list[str]] = {}
        self.congested = False
        self.phones_answer = True
        self._fates, self._phone_ring_s, self._timing = fates, phone_ring_s, timing
        self._clock, self._call_later = clock, call_later
        self._keypad, self._tell = keypad, tell
        self._sessions: set[asyncio.Task[None]] = set()

    def later(self, seconds: float, action: Callable[[], object]) -> asyncio.TimerHandle:
        """Do it after a time; by default on the running loop's clock."""
        call_later = self._call_later or asyncio.get_running_loop().call_later
        return call_later(seconds, action)

    async def end_all(self) -> None:
        """Every channel vanishes; return when keypad sessions have ended."""
        for channel in tuple(self.channels.values()):
            self.forget(channel)
        if self._sessions:
            await asyncio.wait(self._sessions)

    def dial(self, call: OutgoingCall) -> None:
        """The order reaches the carrier."""
        dialled = call.phone.lstrip("+")
        fate = ended(34) if self.congested else self._fates(dialled, self.dialled[dialled])
        self.invites[call.attempt_id] += 1
        self.dialled[dialled] += 1
        citizen = Channel(call.attempt_id, self._clock(), call, fate, place="inbound")
        self.channels[citizen.id] = citizen
        if fate.rings or fate.early_media:
            self._after(citizen, self._timing.network_s, lambda: self._ring(citizen))
        meets = self._answer if fate.answers else lambda each: self.end(each, fate.cause, fate.tech_cause)
        self._after(citizen, self._timing.network_s + fate.before_s, lambda: meets(citizen))
        self._after(citizen, call.ring_s, lambda: self._ring_out(citizen))

    def ring_phone(self, leg_id: str, reachable: bool, ring_s: float) -> None:
        """A seat's leg is ordered."""
        leg = Channel(leg_id, self._clock(), place="seat")
        self.channels[leg_id] = leg
        if not reachable:
            self._after(leg, 0.0, lambda: self.end(leg, SUBSCRIBER_ABSENT))
        elif self.phones_answer:
            self._after(leg, self._timing.network_s + self._phone_ring_s, lambda: self._leg_up(leg))
        else:
            self._after(leg, ring_s, lambda: self.end(leg, _NO_ANSWER))

    def _ring(self, citizen: Channel) -> None:
        citizen.rang = citizen.fate.rings
        self._tell(CallRinging(citizen.id, self._clock()))

    def _ring_out(self, citizen: Channel) -> None:
        if not citizen.answered:
            self.end(citizen, _NO_ANSWER, 480)

    def _answer(self, citizen: Channel) -> None:
        citizen.answered = citizen.rang = True
        self._tell(CallAnswered(citizen.id, self._clock()))
        if citizen.fate.talk_s is not None:
            self._after(citizen, citizen.fate.talk_s, lambda: self.end(citizen, NORMAL_CLEARING))
        if citizen.call is not None:
            self.send_to(citizen, citizen.call.place)

    def _leg_up(self, leg: Channel) -> None:
        leg.answered = True
        self._tell(SeatLegUp(seat_of_leg(leg.id) or 0, leg.id, self._clock()))

    def send_to(self, citizen: Channel, place: Place) -> None:
        """Leave any bridge and enter a context of the dialplan; what it does of itself happens from now."""
        self._part(citizen)
        citizen.place = place.value
        match place:
            case Place.WAIT_FOR_OPERATOR:
                self._next_stage(citizen, self._timing.waiting_s, lambda: self._abandon(citizen))
            case Place.ABANDONED:
                self._abandon(citizen)
            case Place.APOLOGY:
                self._next_stage(citizen, self._timing.apology_s, lambda: self.end(citizen, NORMAL_CLEARING))
            case Place.SURVEY:
                self._next_stage(citizen, 0.0, lambda: self._survey(citizen))
            case Place.WANTS_OPERATOR:
                self._want_operator(citizen)
            case Place.ON_HOLD:
                self._next_stage(citizen, self._timing.hold_s, lambda: self.send_to(citizen, Place.APOLOGY))
                self._tell(Held(citizen.id, self._clock()))
            case Place.HANDBACK:
                self._hand_back(citizen)
            case Place.SEAT_CHECK:
                citizen.tried_at = self._clock()
            case Place.SEAT_CHECKED:
                self._tell_line(citizen)

    def _tell_line(self, leg: Channel) -> None:
        """A phone in order sends fifty packets a second."""
        now = self._clock()
        leg.place = Place.SEAT.value
        received = int((now - leg.tried_at) * 50)
        self._tell(LineChecked(seat_of_leg(leg.id) or 0, leg.id, now, received, 0, 0.5))

    def _abandon(self, citizen: Channel) -> None:
        citizen.place = Place.ABANDONED.value
        self._next_stage(citizen, self._timing.message_s, lambda: self.end(citizen, NORMAL_CLEARING))
        self._tell(AbandonedMessageStarted(citizen.id, self._clock()))

    def call_in(self, channel_id: str, caller: str, fate: Fate) -> None:
        """Somebody calls us and is answered at once; ``fate``: what they press, and how long they stay."""
        citizen = Channel(channel_id, self._clock(), None, fate, rang=True, answered=True, place="inbound")
        self.channels[citizen.id] = citizen
        if fate.talk_s is not None:
            self._after(citizen, fate.talk_s, lambda: self.end(citizen, NORMAL_CLEARING))
        self._ask(citizen, "hi", (), caller)

    def _want_operator(self, citizen: Channel) -> None:
        """As long as the session said; then the survey goes on."""
        assert citizen.keypad is not None
        wait_s = float(citizen.keypad.channel_variables.pop(_WAIT, "0"))
        campaign = citizen.keypad.channel_variables.get(_CAMPAIGN, "")
        self._next_stage(citizen, wait_s, lambda: self._nobody_came(citizen))
        self._tell(OperatorWanted(citizen.id, self._clock(), campaign))

    def _nobody_came(self, citizen: Channel) -> None:
        self._tell(OperatorMissed(citizen.id, self._clock()))
        if citizen.call is None:
            self.send_to(citizen, Place.APOLOGY)
            return
        citizen.place = Place.SURVEY.value
        self._survey(citizen, _NOBODY)

    def _survey(self, citizen: Channel, *more: str) -> None:
        if citizen.call is not None:
            before = citizen.keypad
            answers = before.channel_variables.get(_ANSWERS, "") if before else ""
            self._ask(citizen, citizen.call.language, (answers, *more))

    def _ask(self, citizen: Channel, language: str, arguments: Sequence[str], caller: str = "") -> None:
        if self._keypad is None:
            return
        citizen.keypad = SimulatedKeypad(
            citizen.id, language, citizen.fate, self._clock, self.later,
            lambda: self.end(citizen, NORMAL_CLEARING), self._timing.prompt_s, arguments, citizen.keypad,
            caller,
        )  # fmt: skip
        serving = self._serve(self._keypad, citizen, citizen.keypad)
        session = asyncio.create_task(serving, name="simulated-keypad")
        self._sessions.add(session)
        session.add_done_callback(self._sessions.discard)

    async def _serve(self, handler: KeypadHandler, citizen: Channel, keypad: SimulatedKeypad) -> None:
        try:
            await handler(keypad)
        except AgiHangup:
            return
        if citizen.id not in self.channels:
            return
        if _WAIT in keypad.channel_variables:
            self.send_to(citizen, Place.WANTS_OPERATOR)
        else:
            self.end(citizen, NORMAL_CLEARING)

    def join(self, citizen: Channel, leg: Channel) -> None:
        """Bridge the two in a moment, whatever either does then; channels leave the bridges they are in."""
        self._after(citizen, self._timing.joining_s, lambda: self._bridge(citizen, leg))

    def _bridge(self, citizen: Channel, leg: Channel) -> None:
        if self.channels.get(leg.id) is not leg:
            return
        self._part(citizen)
        self._part(leg)
        leg.place, leg.bridge = Place.SEAT.value, [leg]
        self._enter(citizen, leg.bridge)

    def gather(self, citizen: Channel, leg: Channel) -> None:
        """The citizen comes into the bridge where the leg is, in a moment."""

        def enter() -> None:
            self._part(citizen)
            self._enter(citizen, leg.bridge)

        self._after(citizen, self._timing.joining_s, enter)

    def _enter(self, channel: Channel, bridge: list[Channel]) -> None:
        self._next_stage(channel, 0.0, None)
        for other in bridge:
            if pair := _citizen_and_leg(channel, other):
                self._tell(Joined(pair[0].id, seat_of_leg(pair[1].id) or 0, pair[1].id, self._clock()))
        bridge.append(channel)
        channel.bridge = bridge

    def _part(self, channel: Channel) -> None:
        """Out of the bridge; one who is left there alone is out of it too."""
        bridge, channel.bridge = channel.bridge, []
        if channel not in bridge:
            return
        bridge.remove(channel)
        for other in bridge:
            if pair := _citizen_and_leg(channel, other):
                self._tell(Parted(pair[0].id, seat_of_leg(pair[1].id) or 0, pair[1].id, self._clock()))
        alone = bridge if len(bridge) == 1 else []
        for left in (channel, *alone):
            left.bridge = []
            if is_attempt(left.id):
                self._hand_back(left)

    def _hand_back(self, citizen: Channel) -> None:
        self._next_stage(citizen, self._timing.handback_s, lambda: self.send_to(citizen, Place.APOLOGY))

    def end(self, channel: Channel, cause: int, tech_cause: int | None = None) -> None:
        """The channel hangs up, or is hung up."""
        self._part(channel)
        self.forget(channel)
        if is_attempt(channel.id):
            self._tell(CallEnded(channel.id, self._clock(), cause, tech_cause, channel.rang))
        else:
            self._tell(SeatLegEnded(seat_of_leg(channel.id) or 0, channel.id, self._clock(), cause))

    def forget(self, channel: Channel) -> None:
        """The channel vanishes without a word."""
        self.channels.pop(channel.id, None)
        self._next_stage(channel, 0.0, None)
        for timer in channel.timers:
            timer.cancel()
        if channel.keypad is not None:
            channel.keypad.end()

    def _after(self, channel: Channel, seconds: float, action: Callable[[], None]) -> None:
        """Do it after a time, unless the channel is gone by then."""
        channel.timers.append(self.later(seconds, action))

    def _next_stage(self, channel: Channel, seconds: float, action: Callable[[], None] | None) -> None:
        """What the dialplan does next with a channel, in place of what it would have done."""
        if channel.stage is not None:
            channel.stage.cancel()
        channel.stage = self.later(seconds, action) if action is not None else None


def _citizen_and_leg(one: Channel, other: Channel) -> tuple[Channel, Channel] | None:
    if is_attempt(one.id) == is_attempt(other.id):
        return None
    return (one, other) if is_attempt(one.id) else (other, one)
