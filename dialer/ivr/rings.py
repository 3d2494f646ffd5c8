"""A line is rung: kept at once, judged when the database takes it, and asked at once where the line answers.

What is kept lies in the spool, whoever kept it: the daemon, or the script that stands in for it. So a ring is
taken in exactly once, by the id of its call, and neither a dead daemon nor a locked database loses one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import structlog

from dialer.contacts.numbers import Number, read_number
from dialer.core.desk_events import CallbackPromised
from dialer.core.events import Event
from dialer.core.ivr_events import CalledIn
from dialer.core.missed_calls import LineLimits, RingResult
from dialer.core.model import Campaign, ClaimedAttempt
from dialer.errors import StoreError
from dialer.ivr.handover import RANG
from dialer.ivr.spool_record import ring_record, write_record
from dialer.store.port import Ring, Rung

log = structlog.get_logger("rings")


class RingStore(Protocol):
    """The part of the store that knows who rang."""

    async def rang(self, ring: Ring, limits: LineLimits) -> Rung: ...

    async def take_in(self, attempt: ClaimedAttempt, trunk: str) -> bool: ...


class RungPhone(Protocol):
    """A channel that rings and is not answered; ``arguments``: the line, and the call's id."""

    @property
    def channel_id(self) -> str: ...

    @property
    def caller(self) -> str: ...

    @property
    def arguments(self) -> Sequence[str]: ...

    async def set_variable(self, name: str, value: str) -> None: ...


class Asking(Protocol):
    """The part of the engine that knows whether a line's survey may be asked now."""

    def asks_caller(self, line: str) -> Campaign | None: ...


class Rings:
    """Rings on their way into the store. ``tell`` hears of everybody who is to be called.

    ``limits`` are those of each line, by its number; ``own``: numbers of ours, which nobody calls from.
    """

    def __init__(
        self,
        store: RingStore,
        limits: Mapping[str, LineLimits],
        own: Collection[str],
        tell: Callable[[Event], None],
    ) -> None:
        self._store, self._limits = store, limits
        self._own, self._tell = frozenset(own), tell

    async def take(self, ring: Ring) -> Rung:
        """Remember the ring; ``StoreError`` when the database does not."""
        rung = await self._store.rang(ring, self._limits.get(ring.line, LineLimits()))
        log.debug("a line rang", line=ring.line, result=rung.result.value, campaign=rung.campaign_id)
        if rung.campaign_id is not None and rung.due_at is not None:
            self._tell(CallbackPromised(rung.campaign_id, rung.due_at, ring.at))
        return rung

    def read(
        self, call_id: str, line: str, caller: str, at: float, resumes_at: float | None = None
    ) -> Ring:
        """A ring, its caller's number judged."""
        number = read_number(caller)
        if not isinstance(number, Number):
            why = RingResult.FOREIGN_NUMBER if number.abroad else RingResult.INVALID_NUMBER
            return Ring(call_id, line, caller, "", at, why)
        if number.phone in self._own:
            return Ring(call_id, line, caller, number.phone, at, RingResult.OWN_NUMBER)
        return Ring(call_id, line, caller, number.phone, at, None, resumes_at)


class RungLines:
    """Serves the calls to our lines; ``handle`` is what the FastAGI server runs for each.

    ``answering``: the lines that ask at once. ``resumes_s``: after how many seconds a survey that was
    interrupted goes on in a call by us.
    """

    def __init__(
        self,
        store: RingStore,
        rings: Rings,
        office: Asking,
        post: Callable[[Event], None],
        spool: Path,
        clock: Callable[[], float],
        answering: Collection[str] = (),
        resumes_s: float = 7200.0,
    ) -> None:
        self._store, self._rings, self._office, self._post = store, rings, office, post
        self._spool, self._clock = spool, clock
        self._answering, self._resumes_s = frozenset(answering), resumes_s

    async def handle(self, phone: RungPhone) -> None:
        """One ring; the dialplan turns it away, or answers if it was taken in as an attempt."""
        line, call_id, at = phone.arguments[0], phone.arguments[1], self._clock()
        campaign = self._office.asks_caller(line) if line in self._answering else None
        try:
            if campaign is not None and await self._ask(phone, line, call_id, at, campaign):
                return
        except StoreError as fault:
            log.warning("a caller is not asked at once", line=line, why=str(fault))
        try:
            record = ring_record(call_id, line, phone.caller, at)
            await asyncio.to_thread(write_record, self._spool, record)
        except OSError as fault:
            log.error("a ring is left to the script", line=line, why=str(fault))
            return
        await phone.set_variable(RANG, "1")

    async def _ask(
        self, phone: RungPhone, line: str, call_id: str, at: float, campaign: Campaign
    ) -> bool:
        ring = self._rings.read(call_id, line, phone.caller, at, at + self._resumes_s)
        if ring.refused is not None:
            return False
        rung = await self._rings.take(ring)
        if rung.contact is None or rung.result is not RingResult.ASKED or rung.campaign_id != campaign.id:
            return False
        attempt = ClaimedAttempt(phone.channel_id, campaign.id, rung.contact, at, 0, inbound=True)
        if not await self._store.take_in(attempt, campaign.trunk):
            return False
        self._post(CalledIn(attempt, at))
        await phone.set_variable("CHANNEL(language)", rung.contact.language)
        await phone.set_variable("SAMPARK_SURVEY", str(campaign.survey_version_id))
        await phone.set_variable("SAMPARK_ATTEMPT", attempt.id)
        return True
