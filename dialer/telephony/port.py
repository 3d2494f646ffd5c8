"""What the engine asks of telephony. Adapters: ``ami`` (real Asterisk) and ``simulated`` (in process)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from dialer.core.channels import LiveChannel, OutgoingCall, Place
from dialer.core.telephony_events import TelephonyEvent
from dialer.errors import SamparkError

EventSink = Callable[[TelephonyEvent], None]
"""Called in event order from the loop; it must not block and must not raise (the engine's queue)."""


def browser_endpoint(seat: int) -> str:
    """The name under which Asterisk knows the browser phone of a seat."""
    return f"seat-{seat:02d}-web"


class Telephony(Protocol):
    """One Asterisk. Every method has a deadline and raises ``TelephonyError`` or ``LinkDown``."""

    async def start(self, sink: EventSink) -> None:
        """Connect in the background; the first event is ``LinkUp``. Wrong credentials raise at once."""

    async def aclose(self) -> None:
        """Leave Asterisk running and every call as it is."""

    async def originate(self, calls: Sequence[OutgoingCall]) -> Mapping[str, SamparkError]:
        """Send the orders in one go; return when Asterisk has answered all. Never sent twice, whatever
        happens to the link.

        The result is why those that were not accepted were not, by attempt id; one that is refused harms no
        other. On ``LinkDown`` the caller cannot know whether Asterisk heard it: ask ``live_channels`` after
        the next ``LinkUp``.
        """

    async def call_seat(self, seat: int, leg_id: str, ring_s: float) -> None:
        """Ring the seat's phone and let the leg wait in the seat's holding bridge."""

    async def join(self, attempt_id: str, leg_id: str) -> None:
        """Bridge the waiting citizen with the waiting leg, with a short beep to the operator."""

    async def hang_up(self, channel_id: str) -> None:
        """End a channel; one that is already gone is no error."""

    async def send_to(self, channel_id: str, place: Place) -> None:
        """Send an answered channel to another context."""

    async def gather(self, attempt_id: str, leg_id: str) -> None:
        """Bring the citizen into the bridge where the leg talks with another one."""

    async def send_digits(self, channel_id: str, digits: str) -> None:
        """Press keys on the channel's line, one after the other; return when the last one is on its way."""

    async def packets_from(self, channel_id: str) -> int:
        """How many packets of sound have arrived from an answered channel since it was."""

    async def live_channels(self) -> Sequence[LiveChannel]:
        """Channels with an id of ours that live now."""

    async def reachable_seats(self) -> frozenset[int]:
        """Seats whose phone is registered and answers."""
