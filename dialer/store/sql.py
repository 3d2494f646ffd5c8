"""The store on SQLite or PostgreSQL."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, or_, update

from db.models import Campaign as CampaignTable
from db.models import CampaignContact
from db.session import Database
from dialer.core.missed_calls import LineLimits
from dialer.core.model import (
    Campaign,
    CampaignKind,
    CampaignState,
    ClaimedAttempt,
    DialPolicy,
    RefusalReason,
)
from dialer.core.rules import OFFICE_ZONE
from dialer.core.words import N_
from dialer.errors import AlreadyRunning, NotFoundError, StoreBusy
from dialer.store import sql_callers, sql_claim, sql_contexts, sql_read, sql_rings, sql_runs, sql_write
from dialer.store.batch import Batch
from dialer.store.faults import store_faults
from dialer.store.lock import place_of
from dialer.store.port import CallContext, Caller, Claim, Fact, LiveAnswers, OpenAttempt, Ring, Rung
from dialer.store.schema import check_schema
from dialer.store.sql_claim import Taken
from dialer.store.sql_due import FRONT, Position

RECOUNT_S = 30.0
"""How old a count of many waiting contacts may be."""
LONG_QUEUE = 5 * sql_claim.COUNTED_EXACTLY
"""Waiting contacts beyond this need not be counted anew when a claim found all it wanted."""

SEARCHED_ANEW_S = 30.0
"""How long a claim goes on from where the last one ended, past all that were claimed before."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


class SqlDialStore:
    """A ``DialStore``. ``clock`` gives epoch seconds for the daemon's own times."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._place = place_of(database)
        self._run_id: int | None = None
        self._counts: dict[int, tuple[float, int]] = {}
        self._searched: dict[int, tuple[float, Position]] = {}
        self._read_ahead: dict[str, Callable[[], CallContext]] = {}
        self._sources: dict[int, str] = {}

    async def open(self) -> None:
        """Check the schema, take the daemon's place, and tidy up after a life that ended in a crash.

        ``StoreError`` when ``dialer init`` must run first, ``AlreadyRunning`` when another daemon serves
        this database.
        """
        await check_schema(self._database)
        await self._take_place()
        self._run_id = await self._transact(sql_runs.begin, self._clock())

    async def aclose(self) -> None:
        """Release the place; the database itself stays open."""
        try:
            if self._run_id is not None:
                await self._transact(sql_runs.end, self._run_id, self._clock())
        finally:
            self._run_id = None
            await self._place.release()

    async def campaigns(self) -> Sequence[Campaign]:
        """Campaigns that run, are paused or are stopping."""
        return await self._query(sql_read.campaigns)

    async def set_campaign_state(self, campaign_id: int, state: CampaignState, now: float) -> None:
        """Write the state; ``NotFoundError`` for an unknown campaign."""
        if not await self._transact(_set_state, campaign_id, state, now):
            raise NotFoundError(N_("no campaign has the number {number}"), number=campaign_id)

    async def claim(
        self, campaign: Campaign, limit: int, now: float, policy: DialPolicy, *, only: int | None = None
    ) -> Claim:
        """Take contacts that the rules allow and write their attempts."""
        if only is None:
            taken = await self._claim_due(campaign, limit, now, policy)
        else:
            taken = await self._claim(sql_claim.claim_only, campaign, only, now, policy)
        if campaign.kind is CampaignKind.SURVEY:
            await self._expect_answers([attempt.id for attempt in taken.attempts])
        waiting = taken.waiting
        if waiting is None:
            waiting = await self._estimate_waiting(campaign.id, len(taken.attempts), now)
        refused = Counter(refused.reason.value for refused in taken.refused)
        refusals = _refusals(taken, refused, waiting)
        return Claim(tuple(taken.attempts), refusals, waiting, _next_at(taken), taken.verdict)

    async def suppressed(self, phones: Sequence[str]) -> frozenset[str]:
        """Which of the numbers are on the suppression list now."""
        if not phones:
            return frozenset()
        return await self._query(sql_read.suppressed, phones)

    async def write(self, facts: Sequence[Fact]) -> None:
        """Store all facts, or nothing."""
        batch = Batch.of(facts)
        await self._transact(sql_write.write, batch)
        for attempt_id in (*batch.endings, *(attempt_id for attempt_id, _question in batch.answers)):
            self._read_ahead.pop(attempt_id, None)

    async def open_attempts(self) -> Sequence[OpenAttempt]:
        """Attempts without an end, oldest first."""
        return await self._query(sql_read.open_attempts)

    async def live_answers(self, campaign_id: int, since: float) -> LiveAnswers:
        """When people answered, and those of them who were abandoned."""
        return await self._query(sql_read.live_answers, campaign_id, since)

    async def outcomes_since(self, campaign_id: int, since: float) -> Mapping[str, int]:
        """Ended attempts per outcome."""
        return await self._query(sql_read.outcomes_since, campaign_id, since)

    async def caller(self, phone: str) -> Caller | None:
        """Who has this number."""
        return await self._query(sql_callers.caller, phone)

    async def take_in(self, attempt: ClaimedAttempt, trunk: str) -> bool:
        """Write the attempt of somebody who called us."""
        return await self._transact(sql_callers.take_in, attempt, trunk)

    async def rang(self, ring: Ring, limits: LineLimits) -> Rung:
        """Remember a ring, and whether it is a wish to be called."""
        return await self._transact(sql_rings.rang, ring, limits)

    async def call_context(self, attempt_id: str) -> CallContext | None:
        """The person and survey behind an attempt."""
        known = self._read_ahead.pop(attempt_id, None)
        if known is None:
            read = await self._query(sql_contexts.call_contexts, [attempt_id], self._sources)
            known = read.get(attempt_id)
        return None if known is None else known()

    async def drained(self, record_ids: Sequence[str]) -> frozenset[str]:
        """Which of these records of the spool are stored already."""
        if not record_ids:
            return frozenset()
        return await self._query(sql_read.drained, record_ids)

    async def forget_refusals(self, campaign_id: int) -> None:
        """Ask refused contacts again at once."""
        await self._transact(_forget_refusals, campaign_id)
        self._searched.pop(campaign_id, None)

    # --- inside

    async def _claim_due(self, campaign: Campaign, limit: int, now: float, policy: DialPolicy) -> Taken:
        since, after = self._searched.get(campaign.id, (now, FRONT))
        if not since <= now < since + SEARCHED_ANEW_S:
            since, after = now, FRONT
        is_long = self._is_long(campaign.id, now)
        taken = await self._claim(
            sql_claim.claim, campaign, limit, now, policy, is_long=is_long, after=after
        )
        self._searched[campaign.id] = since, taken.up_to
        return taken

    async def _claim(
        self, work: Callable[Concatenate[Connection, _P], _T], *of: _P.args, **named: _P.kwargs
    ) -> _T:
        """SQLite claims in a transaction; PostgreSQL's one writing statement is one."""
        if self._database.is_sqlite:
            return await self._transact(work, *of, **named)
        if self._place.lost:
            await self._take_place()
        with store_faults(self._database.url):
            return await self._database.at_once(lambda connection: work(connection, *of, **named))

    async def _transact(
        self, work: Callable[Concatenate[Connection, _P], _T], *of: _P.args, **named: _P.kwargs
    ) -> _T:
        if self._place.lost:
            await self._take_place()
        with store_faults(self._database.url):
            return await self._database.transact(lambda connection: work(connection, *of, **named))

    async def _query(
        self, work: Callable[Concatenate[Connection, _P], _T], *of: _P.args, **named: _P.kwargs
    ) -> _T:
        with store_faults(self._database.url):
            return await self._database.query(lambda connection: work(connection, *of, **named))

    async def _expect_answers(self, attempt_ids: Sequence[str]) -> None:
        """Read whom these calls reach in one go: each who answers is asked at once, and costs no query."""
        if attempt_ids:
            with suppress(StoreBusy):
                self._read_ahead |= await self._query(sql_contexts.call_contexts, attempt_ids, self._sources)

    def _is_long(self, campaign_id: int, now: float) -> bool:
        counted_at, count = self._counts.get(campaign_id, (-RECOUNT_S, 0))
        return counted_at <= now < counted_at + RECOUNT_S and count > LONG_QUEUE

    async def _estimate_waiting(self, campaign_id: int, taken: int, now: float) -> int:
        counted_at, count = self._counts.get(campaign_id, (-RECOUNT_S, 0))
        if not counted_at <= now < counted_at + RECOUNT_S:
            counted_at, count = now, await self._query(sql_claim.count_waiting, campaign_id)
        else:
            count -= taken
        self._counts[campaign_id] = (counted_at, count)
        return max(count, sql_claim.COUNTED_EXACTLY)

    async def _take_place(self) -> None:
        with store_faults(self._database.url):
            if await self._place.take():
                return
            holder = await self._database.query(sql_runs.living)
        name = self._database.url.database
        if holder is None:
            raise AlreadyRunning(N_("another daemon serves database {name}; stop it first"), name=name)
        raise AlreadyRunning(
            N_("another daemon serves database {name}: process {pid} on {host} since {since}; stop it first"),
            name=name,
            pid=holder.pid,
            host=holder.host,
            since=datetime.fromtimestamp(holder.started_at, OFFICE_ZONE).strftime("%Y-%m-%d %H:%M"),
        )


def _set_state(connection: Connection, campaign_id: int, state: CampaignState, now: float) -> bool:
    changes: dict[str, object] = {"state": state.value}
    if state is CampaignState.FINISHED:
        changes["finished_at"] = now
    changed = connection.execute(
        update(CampaignTable).where(CampaignTable.id == campaign_id).values(changes)
    )
    return changed.rowcount == 1


def _forget_refusals(connection: Connection, campaign_id: int) -> None:
    left_for_it = (CampaignContact.state == "done") & (CampaignContact.done_why == CampaignContact.refusal)
    connection.execute(
        update(CampaignContact)
        .where(
            CampaignContact.campaign_id == campaign_id,
            CampaignContact.refusal.is_not(None),
            or_(CampaignContact.state == "waiting", left_for_it),
            CampaignContact.refusal != RefusalReason.SKIPPED.value,  # a person decided that
        )
        .values(state="waiting", next_at=0.0, done_why=None, refusal=None, refused_at=None)
    )


def _refusals(taken: Taken, refused: Counter[str], waiting: int) -> Mapping[str, int]:
    if taken.of_campaign is None:
        return dict(refused)
    return {taken.of_campaign.reason.value: waiting} if waiting else {}


def _next_at(taken: Taken) -> float | None:
    if taken.next_at is None or taken.of_campaign is None or taken.of_campaign.until is None:
        return taken.next_at
    return max(taken.next_at, taken.of_campaign.until)
