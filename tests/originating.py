"""One order where the port takes many."""

from __future__ import annotations

from dialer.core.channels import OutgoingCall
from dialer.telephony.port import Telephony


async def originate(telephony: Telephony, order: OutgoingCall) -> None:
    """Have one call placed; raises its fault."""
    for fault in (await telephony.originate([order])).values():
        raise fault
