"""Keeping what a person pressed: in the database at once, or, when that is slow, on the disk beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import structlog

from dialer.errors import StoreError
from dialer.ivr.spool_record import answer_record, opt_out_record, write_record
from dialer.store.port import AnswerGiven, CallContext, Fact, OptedOut

Save = Callable[[Sequence[Fact]], Awaitable[None]]

PATIENCE_S = 0.3
"""How long a person waits for the database; after that the answer goes into the spool as well."""
VIA = "keypad"

log = structlog.get_logger("survey")


class Safekeeping:
    """Facts are durable when a method returns, whatever the database does.

    A fact may then be written twice, by ``save`` and out of the spool: both are answers and opt-outs that
    may be repeated.
    """

    def __init__(self, save: Save, spool: Path, patience_s: float = PATIENCE_S) -> None:
        self._save = save
        self._spool = spool
        self._patience_s = patience_s
        self._saving: set[asyncio.Future[bool]] = set()

    async def keep_answer(
        self, context: CallContext, question: str, value: str, language: str, at: float
    ) -> None:
        """An answer of the person on the line. ``at``: UTC epoch seconds."""
        fact = AnswerGiven(
            attempt_id=context.attempt_id,
            contact_id=context.contact_id,
            survey_version_id=context.survey_version_id or 0,
            question=question,
            value=value,
            via=VIA,
            language=language,
            at=at,
        )
        await self._keep(fact, answer_record(context.attempt_id, question, value, language, at, VIA))

    async def keep_opt_out(self, context: CallContext, at: float) -> None:
        """The person on the line wants no more calls."""
        fact = OptedOut(context.phone, VIA, at, VIA, context.attempt_id)
        await self._keep(fact, opt_out_record(context.attempt_id, "", at))

    async def aclose(self) -> None:
        """Wait for what is still being saved."""
        while self._saving:
            await asyncio.wait(self._saving)

    async def _keep(self, fact: Fact, record: Mapping[str, object]) -> None:
        saving = asyncio.ensure_future(self._saved([fact]))
        self._saving.add(saving)
        saving.add_done_callback(self._saving.discard)
        await asyncio.wait({saving}, timeout=self._patience_s)
        if saving.done() and saving.result():
            return
        try:
            await asyncio.to_thread(write_record, self._spool, record)
        except OSError as fault:
            log.error("the spool takes nothing; the database is waited for", why=fault.strerror)
            if not await saving:
                log.critical("an answer is kept in memory only", attempt=record["attempt"])

    async def _saved(self, facts: Sequence[Fact]) -> bool:
        try:
            await self._save(facts)
        except StoreError as fault:
            log.warning("an answer could not be stored at once", why=str(fault))
            return False
        return True
