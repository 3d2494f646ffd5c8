"""A voice is recorded at the phone of a seat: the dialplan's ``[prompt-record]``, driven over the manager."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

from dialer.config import Config
from dialer.core.words import N_
from dialer.errors import LinkDown, TelephonyError
from dialer.telephony.ami import seat_endpoints
from dialer.telephony.ami_link import AmiLink, ManagerUser
from dialer.telephony.tracking import Contacts

RING_S: Final = 30.0
CHOOSING_S: Final = 600.0
"""Hearing it and recording it again may take so long; then the phone is hung up."""
_EVENTS: Final = frozenset({"UserEvent", "OriginateResponse"})
_REASONS: Final[Mapping[str, str]] = {
    "3": N_("nobody picked up the phone of seat {seat}"),
    "5": N_("the phone of seat {seat} is busy"),
}
_NO_REASON: Final = N_("the phone of seat {seat} could not be called; is it registered?")


class Choice(StrEnum):
    """What the person did with the take. ``UNDECIDED``: they hung up, or pressed nothing."""

    KEEP = "1"
    THROW_AWAY = "3"
    UNDECIDED = ""


class Recorder:
    """One link to Asterisk for one take; use it as a context. ``LinkDown`` when Asterisk is away."""

    def __init__(self, config: Config) -> None:
        user = ManagerUser("127.0.0.1", config.asterisk.ami_port, "sampark", config.secret("ami"))
        self._link = AmiLink(user, _EVENTS, self._take, lambda _restarted: self._up.set(), self._lost)
        self._up = asyncio.Event()
        self._over: asyncio.Future[Mapping[str, str]] | None = None
        self._id = f"take-{secrets.token_hex(6)}"
        self.file: Path = config.data / "takes" / f"{self._id}.wav"

    async def __aenter__(self) -> Recorder:
        await self._link.start()
        try:
            await asyncio.wait_for(self._up.wait(), 3.0)
        except TimeoutError:
            await self._link.aclose()
            raise LinkDown(N_("Asterisk does not answer; see `dialer asterisk status`")) from None
        self._over = asyncio.get_running_loop().create_future()
        return self

    async def __aexit__(self, *_fault: object) -> None:
        with suppress(TelephonyError):
            await self._link.act("Hangup", {"Channel": self._id, "Cause": "16"})
        await self._link.aclose()

    async def check(self, seat: int) -> str:
        """The phone to ring; ``TelephonyError`` when none is registered or it is in a call."""
        contacts = Contacts()
        for row in await self._link.contacts():
            contacts.update(row.get("Endpoint", ""), row.get("Uri", ""), row.get("Status", ""))
        endpoint = next((name for name in seat_endpoints(seat) if contacts.is_reachable(name)), None)
        if endpoint is None:
            raise TelephonyError(N_("no phone of seat {seat} is registered"), seat=seat)
        in_use = tuple(f"PJSIP/{name}-" for name in seat_endpoints(seat))
        for row in await self._link.ask_list("CoreShowChannels", {}):
            if row.get("Channel", "").startswith(in_use):
                raise TelephonyError(N_("the phone of seat {seat} is in a call"), seat=seat)
        return endpoint

    async def record(self, seat: int, longest_s: float) -> Choice:
        """Ring, record into ``file``, return when the phone is hung up; ``TelephonyError`` says why not."""
        assert self._over is not None
        endpoint = await self.check(seat)
        headers = {
            "Channel": f"PJSIP/{endpoint}",
            "Context": "prompt-record",
            "Exten": "s",
            "Priority": "1",
            "Timeout": str(round(RING_S * 1000)),
            "CallerID": '"Sampark" <sampark>',
            "Variable": [f"SAMPARK_TAKE={self._id}", f"SAMPARK_LONGEST={round(longest_s)}"],
            "ChannelId": self._id,
            "Async": "true",
        }
        await self._link.act("Originate", headers, action_id=self._id)
        try:
            end = await asyncio.wait_for(self._over, RING_S + longest_s + CHOOSING_S)
        except TimeoutError:
            return Choice.UNDECIDED
        if end.get("Response") == "Failure":
            raise TelephonyError(_REASONS.get(end.get("Reason", ""), _NO_REASON), seat=seat)
        key = end.get("Choice", "")
        return Choice(key) if key in ("1", "3") else Choice.UNDECIDED

    def _take(self, name: str, fields: Mapping[str, str]) -> None:
        mine = fields.get("ActionID") if name == "OriginateResponse" else fields.get("Take")
        over, failed = self._over, fields.get("Response") == "Failure"
        if mine == self._id and over is not None and not over.done() and (name == "UserEvent" or failed):
            over.set_result(fields)

    def _lost(self, why: str) -> None:
        if self._over is not None and not self._over.done():
            self._over.set_exception(LinkDown(N_("the link to Asterisk broke: {why}"), why=why))
