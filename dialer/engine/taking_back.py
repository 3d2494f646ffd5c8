"""Calls that have rung long enough and are not wanted any more: hung up before anybody answers to silence."""

from __future__ import annotations

import structlog

from dialer.core.call_orders import TakeBackFailed, TakeBackOrdered
from dialer.core.calls import Call, Phase
from dialer.core.model import LEAST_RING_S
from dialer.engine.context import Context
from dialer.engine.switchboard import Switchboard
from dialer.errors import TelephonyError

log = structlog.get_logger("dialling")


class TakingBack:
    """Hangs up as pacing asks. An order that Asterisk did not hear leaves the call as it was."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.switchboard: Switchboard

    def take(self, campaign_id: int, most: int, now: float) -> None:
        """Hang up so many of the campaign's calls at most, the longest ringing first.

        Only calls that have rung ``LEAST_RING_S``, and none for which an operator waits or has agreed on.
        """
        if most <= 0:
            return
        ringing = [
            (call.ringing_at, call.id)
            for call in self.switchboard.of_campaign(campaign_id)
            if call.phase is Phase.RINGING and call.ringing_at is not None and not _is_awaited(call)
        ]
        for since, call_id in sorted(ringing)[:most]:
            if now - since >= LEAST_RING_S:
                self.switchboard.apply(TakeBackOrdered(call_id, now))
                self._context.spawn(f"take back {call_id}", self._hang_up(call_id))

    async def _hang_up(self, call_id: str) -> None:
        try:
            await self._context.telephony.hang_up(call_id)
        except TelephonyError as fault:
            log.warning("a ringing call was not taken back", attempt=call_id, why=str(fault))
            self._context.post(TakeBackFailed(call_id, self._context.clock()))


def _is_awaited(call: Call) -> bool:
    """Whether an operator had them called, or has promised to call."""
    return call.dialled_by is not None or call.attempt.operator_id is not None
