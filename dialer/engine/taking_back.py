"""Calls that have rung long enough and are not wanted any more: hung up before anybody answers to silence."""

from __future__ import annotations

import structlog

from dialer.core.call_orders import TakeBackFailed, TakeBackOrdered
from dialer.core.taking_back import to_take_back
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
        """Hang up so many of the campaign's calls at most, those that ``core.taking_back`` names."""
        if most <= 0:
            return
        for call_id in to_take_back(self.switchboard.of_campaign(campaign_id), most, now):
            self.switchboard.apply(TakeBackOrdered(call_id, now))
            self._context.spawn(f"take back {call_id}", self._hang_up(call_id))

    async def _hang_up(self, call_id: str) -> None:
        try:
            await self._context.telephony.hang_up(call_id)
        except TelephonyError as fault:
            log.warning("a ringing call was not taken back", attempt=call_id, why=str(fault))
            self._context.post(TakeBackFailed(call_id, self._context.clock()))
