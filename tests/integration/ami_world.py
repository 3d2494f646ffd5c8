"""What the tests of the manager link share: a telephony on a fake manager, and the events it told."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

from dialer.core.channels import OutgoingCall, Place
from dialer.core.telephony_events import LinkUp, TelephonyEvent
from dialer.settings.trunks import Trunk
from dialer.telephony.ami import AmiTelephony
from dialer.telephony.ami_link import LinkTiming
from tests.integration.fake_ami import FakeAmi

QUICK = LinkTiming(
    connect_s=0.5, boot_s=0.5, action_s=0.3, ping_every_s=0.1, ping_s=0.1,
    retry_first_s=0.02, retry_most_s=0.1,
)  # fmt: skip
ATTEMPT = "a" + "1" * 24
OTHER_ATTEMPT = "a" + "2" * 24
LEG = "seat-07-0000beef"
TRUNKS = {"carrier": Trunk(name="carrier", host="127.0.0.1", port=5060, caller_id="+917880000000")}


class Told:
    """Collects events; what it ``chokes_on`` raises in the sink."""

    def __init__(self) -> None:
        self.events: list[TelephonyEvent] = []
        self.chokes_on: type[TelephonyEvent] | None = None

    def __call__(self, event: TelephonyEvent) -> None:
        if self.chokes_on is not None and isinstance(event, self.chokes_on):
            raise RuntimeError("the sink is broken")
        self.events.append(event)

    def of(self, kind: type[TelephonyEvent]) -> list[TelephonyEvent]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


def telephony_on(fake: FakeAmi, timing: LinkTiming = QUICK, secret: str = "right") -> AmiTelephony:
    """A telephony that talks to the fake manager."""
    return AmiTelephony(
        "127.0.0.1", fake.port, "sampark", secret, TRUNKS, timing=timing, jitter=lambda: 0.5
    )


@contextlib.asynccontextmanager
async def linked(fake: FakeAmi, timing: LinkTiming = QUICK) -> AsyncIterator[tuple[AmiTelephony, Told]]:
    """A telephony whose link is up."""
    telephony, told = telephony_on(fake, timing), Told()
    await telephony.start(told)
    try:
        await until(lambda: told.of(LinkUp) != [])
        yield telephony, told
    finally:
        await telephony.aclose()


async def until(good: Callable[[], bool], seconds: float = 3.0) -> None:
    """Wait for a condition; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not good():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)


def a_call(
    attempt_id: str = ATTEMPT, phone: str = "+919000000011", caller_id: str = "+917880000000"
) -> OutgoingCall:
    """An order for a call."""
    return OutgoingCall(attempt_id, 3, phone, "carrier", caller_id, 30.0, Place.WAIT_FOR_OPERATOR)
