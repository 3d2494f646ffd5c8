"""Signing in and out: one operator, one seat, one desk. A later sign-in takes over, and the first is told."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from dialer.core.desk_events import OperatorSignedIn, OperatorSignedOut, WrapUpDone
from dialer.core.live import SeatState
from dialer.errors import StoreBusy
from dialer.passwords import Passwords, TooManyWaiting
from dialer.recovery_codes import is_recovery_code, recovery_digest
from dialer.settings.web import WebSettings
from dialer.store.access import AuditEntry
from dialer.store.operators import CALL_CENTRE, OperatorRecord, Operators, Role
from dialer.store.sessions import EndedSession, NewSession, Session, Sessions
from dialer.totp import step_of
from dialer.web.port import DeskEngine
from dialer.web.problems import Problem
from dialer.web.security import SignInThrottle
from dialer.web.trail import AuditTrail

_WITH_PERSON = (SeatState.DIALLING, SeatState.RESERVED, SeatState.TALKING)

log = structlog.get_logger("web")

CACHE_S: Final = 5.0
"""How long a sign-in is believed without asking the database: it is also how soon a revocation holds."""
STALE_S: Final = 60.0
"""How long a known sign-in is believed while the database cannot be asked."""
MOST_CACHED: Final = 5_000
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a person gave to sign in. ``username`` is in lower case."""

    username: str
    password: str = field(repr=False)
    code: str | None = field(repr=False)
    seat: int | None
    take_over: bool
    address: str


@dataclass(frozen=True, slots=True)
class _Factor:
    """What a right code uses up: the app's step of that time, or a recovery code by its digest."""

    step: int = 0
    recovery: str = field(default="", repr=False)


@dataclass(slots=True)
class _Cached:
    session: Session
    checked_at: float


EndListener = Callable[[int, str], None]
"""Told a session's id and the reason when it has ended."""


class SignIns:
    """The living sign-ins. The token itself exists only in the person's browser."""

    def __init__(
        self,
        sessions: Sessions,
        operators: Operators,
        engine: DeskEngine,
        trail: AuditTrail,
        settings: WebSettings,
        seats: int,
        clock: Callable[[], float],
    ) -> None:
        self._sessions = sessions
        self._operators = operators
        self._engine = engine
        self._trail = trail
        self._settings = settings
        self._seats = seats
        self._clock = clock
        self._passwords = Passwords()
        self._throttle = SignInThrottle()
        self._cache: OrderedDict[str, _Cached] = OrderedDict()
        self._seen: dict[int, float] = {}
        self._one_at_a_time = asyncio.Lock()
        self.on_end: EndListener = lambda _session_id, _reason: None

    async def start(self) -> None:
        """Make ready: the first failed sign-in must not take longer than the others."""
        await self._passwords.verify(None, "warming up")

    def close(self) -> None:
        """End the threads."""
        self._passwords.close()

    # --- in

    async def sign_in(self, attempt: Attempt) -> tuple[Session, str]:
        """The new sign-in and its token; raises ``Problem`` when it may not be."""
        operator, factor = await self._verified(attempt)
        if attempt.seat is not None and not 1 <= attempt.seat <= self._seats:
            raise Problem("no_such_seat", seat=attempt.seat, seats=self._seats)
        if attempt.seat is None and operator.role is Role.OPERATOR:
            raise Problem("seat_needed")
        if attempt.seat is not None and operator.role not in CALL_CENTRE:
            raise Problem("not_allowed")
        token = secrets.token_urlsafe(32)
        new = NewSession(
            operator=operator,
            token_sha256=_digest(token),
            csrf=secrets.token_urlsafe(24),
            seat=attempt.seat,
            address=attempt.address,
            at=self._clock(),
        )
        # Two people who take the same seat at the same moment: the second sees the first.
        async with self._one_at_a_time:
            if new.seat is not None:
                await self._check_seat(new.seat, operator, attempt.take_over)
            # Not before: who is told that a seat is taken sends the same code again.
            if factor is not None and not await self._use_up(operator, factor, new.at):
                raise self._refused("wrong_code", attempt, operator, new.at)
            session, ended = await self._sessions.open(new)
            self._forget(ended, "taken_over", keep=session)
            self.take_seat(session)
        return session, token

    async def _verified(self, attempt: Attempt) -> tuple[OperatorRecord, _Factor | None]:
        """The person, and what the code uses up when there is a second factor."""
        now = self._clock()
        wait_s = self._throttle.begin(attempt.username, attempt.address, now)
        if wait_s > 0:
            raise Problem("too_many_attempts", retry_after_s=wait_s, seconds=max(1, round(wait_s)))
        found = await self._operators.credentials(attempt.username)
        operator, stored = found if found is not None else (None, None)
        try:
            right = await self._passwords.verify(stored, attempt.password)
        except TooManyWaiting as fault:
            raise Problem("busy", retry_after_s=3.0) from fault
        if operator is None or not right:
            raise self._refused("wrong_credentials", attempt, operator, now)
        factor = await self._factor(attempt, operator, now)
        self._throttle.succeeded(attempt.username, attempt.address)
        return operator, factor

    async def _factor(self, attempt: Attempt, operator: OperatorRecord, now: float) -> _Factor | None:
        totp = await self._operators.totp(operator.id)
        if totp is None:
            return None
        if attempt.code is None:
            # The password alone takes no failure back, or it would buy new guesses at the code.
            raise Problem("code_needed")
        if is_recovery_code(attempt.code):
            digest = recovery_digest(attempt.code)
            if await self._operators.has_recovery_code(operator.id, digest):
                return _Factor(recovery=digest)
            raise self._refused("wrong_code", attempt, operator, now)
        step = step_of(totp.secret, attempt.code, now, totp.last_step)
        if step is None:
            raise self._refused("wrong_code", attempt, operator, now)
        return _Factor(step)

    async def _use_up(self, operator: OperatorRecord, factor: _Factor, now: float) -> bool:
        if factor.recovery:
            return await self._operators.use_recovery_code(operator, factor.recovery, now)
        return await self._operators.use_totp_step(operator.id, factor.step)

    def _refused(self, code: str, attempt: Attempt, operator: OperatorRecord | None, now: float) -> Problem:
        self._throttle.failed(attempt.address, now)
        # An unknown name is not written down: people type their password there by mistake.
        who = attempt.username if operator is not None else "unknown"
        detail = {"address": attempt.address, "problem": code}
        self._trail.put(AuditEntry(now, who, "session refuse", who, detail))
        return Problem(code)

    async def _check_seat(self, seat: int, operator: OperatorRecord, take_over: bool) -> None:
        live = self._engine.seat(seat)
        if live.operator_id in (None, operator.id):
            return
        if live.state in _WITH_PERSON:
            raise Problem("seat_in_call", seat=seat)
        holder = None if take_over else await self._sessions.on_seat(seat)
        if holder is not None:
            raise Problem("seat_taken", seat=seat, operator=holder.operator.name)

    def take_seat(self, session: Session) -> None:
        """Let the engine know who sits there; nothing happens when it knows already."""
        if session.seat is None:
            return
        live = self._engine.seat(session.seat)
        if live.operator_id == session.operator.id:
            return
        if live.operator_id is not None:
            self._leave_seat(session.seat, live.operator_id)
        self._engine.post(OperatorSignedIn(session.seat, session.operator.id, self._clock()))

    def _leave_seat(self, seat: int, operator_id: int) -> None:
        live = self._engine.seat(seat)
        if live.operator_id != operator_id:
            return
        now = self._clock()
        self._engine.post(OperatorSignedOut(seat, now))
        if live.state is SeatState.WRAP_UP:
            self._engine.post(WrapUpDone(seat, now))

    # --- known

    async def session_of(self, token: str) -> Session | None:
        """The living sign-in of this token; it counts as a sign of life."""
        if not TOKEN.fullmatch(token):
            return None
        digest, now = _digest(token), self._clock()
        cached = self._cache.get(digest)
        if cached is None or now - cached.checked_at > CACHE_S:
            cached = await self._look_up(digest, cached, now)
        if cached is None or self._is_over(cached.session, now):
            return None
        self._seen[cached.session.id] = now
        return cached.session

    def seen(self, session_id: int) -> None:
        """A sign of life that is no request: an open desk."""
        self._seen[session_id] = self._clock()

    async def _look_up(self, digest: str, known: _Cached | None, now: float) -> _Cached | None:
        try:
            session = await self._sessions.find(digest)
        except StoreBusy:
            if known is not None and now - known.checked_at <= STALE_S:
                return known
            raise
        self._cache.pop(digest, None)
        if session is None:
            return None
        if session.id in self._seen:
            session = replace(session, seen_at=max(session.seen_at, self._seen[session.id]))
        self._cache[digest] = found = _Cached(session, now)
        while len(self._cache) > MOST_CACHED:
            self._cache.popitem(last=False)
        return found

    def _is_over(self, session: Session, now: float) -> bool:
        seen_at = max(session.seen_at, self._seen.get(session.id, 0.0))
        idle_s, longest_s = self._limits
        # A seat above the number of seats: the settings were changed since.
        is_gone = session.seat is not None and session.seat > self._seats
        return is_gone or now - seen_at > idle_s or now - session.started_at > longest_s

    @property
    def _limits(self) -> tuple[float, float]:
        return self._settings.session_idle_minutes * 60, self._settings.session_hours * 3600

    # --- out

    async def sign_out(self, session: Session) -> None:
        """End it at the operator's own wish; a ``Problem`` while somebody is on the line."""
        live = None if session.seat is None else self._engine.seat(session.seat)
        if live is not None and live.operator_id == session.operator.id and live.state in _WITH_PERSON:
            raise Problem("person_on_the_line")
        await self.end(session, "signed_out", session.operator.username)

    async def end(self, session: Session, reason: str, by: str) -> None:
        """End a sign-in; its seat drains."""
        self._forget(await self._sessions.end(session.id, reason, by, self._clock()), reason)

    async def end_on_seat(self, seat: int, by: str) -> bool:
        """End whatever sign-in holds the seat; False when nobody does."""
        session = await self._sessions.on_seat(seat)
        if session is None:
            return False
        await self.end(session, "signed_out_by_supervisor", by)
        return True

    async def drop_revoked(self, attached: Collection[Session]) -> None:
        """Tell those whose sign-in was ended by somebody else, with the command line for instance."""
        living = await self._sessions.still_live([session.id for session in attached])
        gone = [session for session in attached if session.id not in living]
        self._forget([EndedSession(one.id, one.operator.id, one.seat) for one in gone], "revoked")

    async def flush(self) -> None:
        """Write the signs of life and end what has been idle for too long."""
        seen, self._seen = self._seen, {}
        try:
            await self._sessions.touch(seen)
        except StoreBusy:
            self._seen = {**seen, **self._seen}
            raise
        now = self._clock()
        idle_s, longest_s = self._limits
        self._forget(await self._sessions.end_idle(now - idle_s, now - longest_s, now), "idle")

    def _forget(self, ended: Sequence[EndedSession], reason: str, keep: Session | None = None) -> None:
        ids = {one.id for one in ended}
        for digest in [key for key, value in self._cache.items() if value.session.id in ids]:
            del self._cache[digest]
        for one in ended:
            self._seen.pop(one.id, None)
            self.on_end(one.id, reason)
            same = keep is not None and (one.seat, one.operator_id) == (keep.seat, keep.operator.id)
            if one.seat is not None and not same:
                self._leave_seat(one.seat, one.operator_id)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
