"""Operators of paper who work over the same API as people: for the demo, the benchmarks and the tests.

Each signs in on a seat, listens on the desk's WebSocket, asks the survey's questions while talking, records
what became of the talk after a wrap-up time of its own, and sometimes takes a break.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    CookieJar,
    WSMsgType,
)

from dialer.errors import InputError

log = structlog.get_logger("simulated operators")

REQUEST_DEADLINE_S: Final = 15.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 5.0
"""Between attempts to reach a daemon that is away, or a store that is busy."""
TRIAL_S: Final = 1.5
"""How long an operator listens to their own voice before the shift."""
PING_S: Final = 1.5
"""As often as the page asks whether its line still lives."""
LAST_WORDS_S: Final = 30.0
"""How long a call may go on after the operator was told to stop."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How an operator works. Times in seconds, chances 0..1.

    Wrap-up is log-normal: half are shorter than ``wrap_up_median_s``, ``wrap_up_sigma`` is the standard
    deviation of its logarithm. ``hangs_up_after_s``: ends a talk that is still on then (None: never).
    ``campaigns`` None: all that go to operators. ``look_s`` and ``skip_chance`` are for preview mode.
    """

    wrap_up_median_s: float = 4.0
    wrap_up_sigma: float = 0.4
    question_s: float = 2.0
    look_s: float = 1.0
    skip_chance: float = 0.05
    answer_chance: float = 0.8
    opt_out_chance: float = 0.01
    hangs_up_after_s: float | None = None
    pause_chance: float = 0.02
    pause_s: tuple[float, float] = (5.0, 20.0)
    campaigns: tuple[int, ...] | None = None
    dispositions: Mapping[str, float] = field(
        default_factory=lambda: {
            "informed": 5.0,
            "answered_survey": 3.0,
            "call_back": 1.0,
            "not_interested": 1.0,
            "wrong_person": 0.5,
        }
    )


@dataclass(slots=True)
class OperatorTally:
    """What one operator did. ``pop_ms``: from the join to the person on the desk; ``save_ms``: of a save.

    ``refused`` counts saves the server did not take, by problem code; ``sockets`` how often the desk's socket
    was opened.
    """

    calls: int = 0
    dispositions: int = 0
    answers: int = 0
    opt_outs: int = 0
    pauses: int = 0
    sign_ins: int = 0
    sockets: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    pop_ms: list[float] = field(default_factory=list)
    save_ms: list[float] = field(default_factory=list)


class _SignedOut(Exception):
    """The sign-in is over; ``reason`` as the server said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def run_operator(
    base_url: str,
    username: str,
    password: str,
    seat: int,
    behaviour: Behaviour,
    rng: random.Random,
    stop: asyncio.Event | None = None,
) -> OperatorTally:
    """Work until ``stop`` is set, the task is cancelled, or somebody else takes the seat over.

    Comes back by itself when daemon or network were away. Raises ``InputError`` for wrong credentials.
    """
    operator = _Operator(base_url, username, password, seat, behaviour, rng, stop or asyncio.Event())
    timeout = ClientTimeout(total=REQUEST_DEADLINE_S)
    async with ClientSession(cookie_jar=CookieJar(unsafe=True), timeout=timeout) as http:
        await operator.work(http)
    return operator.tally


async def run_operators(
    base_url: str,
    people: Sequence[tuple[str, str, int]],
    behaviour: Behaviour,
    seed: int,
    stop: asyncio.Event | None = None,
) -> list[OperatorTally]:
    """All of ``people`` (username, password, seat) at once, each with its own part of the seed's chance."""
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                run_operator(
                    base_url, username, password, seat, behaviour, random.Random(f"{seed} {seat}"), stop
                ),
                name=f"simulated operator {seat}",
            )
            for username, password, seat in people
        ]
    return [task.result() for task in tasks]


class _Operator:
    def __init__(
        self,
        base_url: str,
        username: str,
        password: str,
        seat: int,
        behaviour: Behaviour,
        rng: random.Random,
        stop: asyncio.Event,
    ) -> None:
        self.tally = OperatorTally()
        self._url = base_url.rstrip("/")
        self._credentials = {"username": username, "password": password, "seat": seat}
        self._seat = seat
        self._behaviour = behaviour
        self._rng = rng
        self._stop = stop
        self._headers = {"Origin": self._url, "Accept-Language": "en"}
        self._signed_in = False
        self._attempt: str | None = None
        self._popped: str | None = None
        self._looked_at: str | None = None
        self._wrapped: str | None = None
        self._state = ""
        self._talking = False
        self._on_break = False
        self._checked = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._faults: list[BaseException] = []

    # --- the shift

    async def work(self, http: ClientSession) -> None:
        shift = asyncio.create_task(self._shift(http), name=f"shift on seat {self._seat}")
        leaving = asyncio.create_task(self._stop.wait(), name=f"end of shift on seat {self._seat}")
        try:
            await asyncio.wait({shift, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not shift.done():
                await self._finish_call(http)
        finally:
            ended = not shift.cancel()
            for task in (leaving, *self._tasks):
                task.cancel()
            await asyncio.gather(shift, leaving, *self._tasks, return_exceptions=True)
            await self._sign_out(http)
        if ended:
            shift.result()
        if self._faults:
            raise self._faults[0]

    async def _shift(self, http: ClientSession) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._sign_in(http)
                pause_s = FIRST_PAUSE_S
                await self._sit(http)
            except _SignedOut as fault:
                self._signed_in = False
                if fault.reason in ("taken_over", "signed_out_by_supervisor"):
                    log.info("seat given up", seat=self._seat, why=fault.reason)
                    return
            except (ClientError, OSError, TimeoutError) as fault:
                log.info("daemon away", seat=self._seat, kind=type(fault).__name__)
            await asyncio.sleep(pause_s * self._rng.uniform(0.8, 1.2))
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _finish_call(self, http: ClientSession) -> None:
        """Take nobody new and let the present talk and its paperwork end."""
        self._on_break = True
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._post(http, "/api/v1/desk/pause", {"reason": "other"})
                while self._attempt is not None or self._tasks:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        except (ClientError, OSError, TimeoutError, _SignedOut) as fault:
            log.info("left before the work was done", seat=self._seat, kind=type(fault).__name__)

    # --- in and out

    async def _sign_in(self, http: ClientSession) -> None:
        if self._signed_in:
            return
        url = f"{self._url}/api/v1/session"
        async with http.post(url, json=self._credentials, headers=self._headers) as reply:
            answer = await reply.json()
            if reply.status in (401, 403, 422):
                raise InputError(f"seat {self._seat}: {answer.get('detail', reply.status)}")
            if reply.status != 201:
                raise ClientError(f"sign-in: {reply.status}")
        self._headers["X-CSRF-Token"] = answer["csrf"]
        self._signed_in, self._checked = True, False
        self.tally.sign_ins += 1

    async def _sign_out(self, http: ClientSession) -> None:
        if not self._signed_in:
            return
        try:
            async with http.delete(f"{self._url}/api/v1/session", headers=self._headers):
                self._signed_in = False
        except (ClientError, OSError, TimeoutError):
            return

    # --- at the desk

    async def _sit(self, http: ClientSession) -> None:
        url = f"{self._url}/api/v1/desk"
        try:
            socket = await http.ws_connect(url, headers=self._headers, heartbeat=10.0)
        except ClientError as fault:
            # The handshake of an ended sign-in is refused like any request.
            self._signed_in = getattr(fault, "status", 0) != 401
            raise
        self.tally.sockets += 1
        pulse = asyncio.create_task(self._pulse(socket), name=f"pulse of seat {self._seat}")
        try:
            async with socket:
                async for message in socket:
                    if message.type is WSMsgType.TEXT:
                        self._hear(http, message.json())
        finally:
            pulse.cancel()
        raise ClientError("the desk's socket was closed")

    async def _pulse(self, socket: ClientWebSocketResponse) -> None:
        """The page's sign of life; a socket that fails is seen by whoever listens to it."""
        with suppress(ClientError, OSError):
            while True:
                await asyncio.sleep(PING_S)
                await socket.send_str('{"type":"ping"}')

    def _hear(self, http: ClientSession, message: Mapping[str, Any]) -> None:
        if message["type"] == "session_ended":
            raise _SignedOut(message["reason"])
        if message["type"] != "seat":
            return
        seat, call = message["seat"], message["call"]
        before, state, attempt_id = self._state, seat["state"], seat["attempt_id"]
        self._state, self._talking = state, state == "talking"
        if state != before and state in ("ready", "paused"):
            self._start(self._look(http, "numbers"), "look at the own numbers")
        if self._attempt is not None and attempt_id != self._attempt:
            self._leave_call(http, self._attempt)
        if state in ("talking", "wrap_up") and attempt_id not in (None, self._attempt, self._wrapped):
            self._attempt = attempt_id
            self.tally.calls += 1
        if state == "preview" and attempt_id != self._looked_at:
            self._looked_at = attempt_id
            self._start(self._preview(http, attempt_id), "preview")
        if self._talking and call is not None and attempt_id != self._popped:
            self._popped = attempt_id
            self.tally.pop_ms.append((time.time() - seat["since"]) * 1000)
            self._start(self._look(http, "background"), "look at the person")
            self._start(self._talk(http, call), "talk")
        if state == "wrap_up" and self._attempt is not None:
            self._leave_call(http, self._attempt)
        if state == "paused" and not self._on_break:
            self._start(self._go_ready(http), "ready")

    def _leave_call(self, http: ClientSession, attempt_id: str) -> None:
        self._wrapped, self._attempt = attempt_id, None
        self._start(self._wrap_up(http, attempt_id), "wrap-up")

    def _start(self, work: Coroutine[Any, Any, None], what: str) -> None:
        task = asyncio.create_task(self._forgiving(work), name=f"{what} on seat {self._seat}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._faults.append(fault)
            self._stop.set()

    async def _forgiving(self, work: Coroutine[Any, Any, None]) -> None:
        """What one step could not do is counted or done again by the next state of the seat."""
        try:
            await work
        except (ClientError, OSError, TimeoutError, _SignedOut) as fault:
            log.info("step not done", seat=self._seat, kind=type(fault).__name__)

    async def _check_phone(self, http: ClientSession) -> None:
        """As everybody does before the first person of a sign-in."""
        if self._checked:
            return
        self._checked = True
        standing = f"{self._url}/api/v1/desk/seat-check"
        async with http.get(standing, headers=self._headers) as reply:
            if reply.status != 200 or (await reply.json())["may_be_ready"]:
                return
        await self._post(http, "/api/v1/desk/seat-check/begin", None)
        await asyncio.sleep(TRIAL_S)
        status, code = await self._post(
            http, "/api/v1/desk/seat-check", {"phone": "table", "heard_self": True}
        )
        if status != 200:
            log.info("phone not checked", seat=self._seat, why=code)

    async def _go_ready(self, http: ClientSession) -> None:
        await self._check_phone(http)
        campaigns = self._behaviour.campaigns
        body = {"campaigns": None if campaigns is None else list(campaigns)}
        await self._post(http, "/api/v1/desk/ready", body)

    async def _preview(self, http: ClientSession, attempt_id: str) -> None:
        """At a person who is not called yet: now and then another one suits better."""
        await asyncio.sleep(self._behaviour.look_s * self._rng.uniform(0.5, 1.5))
        if self._rng.random() < self._behaviour.skip_chance:
            body = {"attempt_id": attempt_id, "reason": "later"}
            await self._post(http, "/api/v1/desk/skip", body)
        else:
            await self._post(http, "/api/v1/desk/dial", {"attempt_id": attempt_id})

    async def _look(self, http: ClientSession, what: str) -> None:
        """Ask for what the page shows beside the call."""
        async with http.get(f"{self._url}/api/v1/desk/{what}", headers=self._headers) as reply:
            await reply.read()

    # --- a call

    async def _talk(self, http: ClientSession, call: Mapping[str, Any]) -> None:
        began = time.monotonic()
        attempt_id = call["attempt_id"]
        questions = call["survey"]["questions"] if call["survey"] else []
        for step, question in enumerate(questions, start=1):
            await asyncio.sleep(self._behaviour.question_s * self._rng.uniform(0.5, 1.5))
            if not self._speaks_in(attempt_id):
                return
            if self._rng.random() < self._behaviour.answer_chance:
                await self._answer(http, attempt_id, question)
            body = {"step": step, "steps": len(questions)}
            await self._post(http, "/api/v1/desk/progress", body)
        if self._rng.random() < self._behaviour.opt_out_chance:
            if await self._save(http, "/api/v1/desk/opt-out", {"attempt_id": attempt_id}):
                self.tally.opt_outs += 1
        if self._behaviour.hangs_up_after_s is not None:
            await asyncio.sleep(max(0.0, began + self._behaviour.hangs_up_after_s - time.monotonic()))
            if self._speaks_in(attempt_id):
                await self._post(http, "/api/v1/desk/hang-up", None)

    def _speaks_in(self, attempt_id: str) -> bool:
        return self._talking and self._attempt == attempt_id

    async def _answer(self, http: ClientSession, attempt_id: str, question: Mapping[str, Any]) -> None:
        body = {"attempt_id": attempt_id, "question": question["name"], "value": self._choose(question)}
        if await self._save(http, "/api/v1/desk/answer", body):
            self.tally.answers += 1

    def _choose(self, question: Mapping[str, Any]) -> str:
        if question["options"]:
            return str(self._rng.choice(question["options"])["value"])
        if question["kind"] == "number":
            return str(self._rng.randint(int(question["minimum"]), int(question["maximum"])))
        return str(question["minimum"])

    async def _wrap_up(self, http: ClientSession, attempt_id: str) -> None:
        behaviour, rng = self._behaviour, self._rng
        await asyncio.sleep(behaviour.wrap_up_median_s * rng.lognormvariate(0.0, behaviour.wrap_up_sigma))
        takes_break = not self._on_break and rng.random() < behaviour.pause_chance
        if takes_break:
            self._on_break = True
            await self._post(http, "/api/v1/desk/pause", {"reason": "break"})
        codes = list(behaviour.dispositions)
        code = rng.choices(codes, weights=[behaviour.dispositions[each] for each in codes])[0]
        body = {"attempt_id": attempt_id, "code": code, "done": True}
        if await self._save(http, "/api/v1/desk/disposition", body):
            self.tally.dispositions += 1
        if takes_break:
            self.tally.pauses += 1
            await self._rest(rng.uniform(*behaviour.pause_s))
            if not self._stop.is_set():
                self._on_break = False
                await self._go_ready(http)

    async def _rest(self, pause_s: float) -> None:
        """A break ends early with the shift."""
        try:
            await asyncio.wait_for(self._stop.wait(), pause_s)
        except TimeoutError:
            return

    # --- requests

    async def _save(self, http: ClientSession, path: str, body: Mapping[str, Any]) -> bool:
        """Store something; tried again while the store is busy. False when the server refuses it."""
        pause_s = FIRST_PAUSE_S
        while True:
            began = time.perf_counter()
            try:
                status, code = await self._post(http, path, body)
            except (ClientError, OSError, TimeoutError):
                status, code = 503, "away"
            if status == 200:
                self.tally.save_ms.append((time.perf_counter() - began) * 1000)
                return True
            if status != 503:
                self.tally.refused[code] = self.tally.refused.get(code, 0) + 1
                return False
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _post(
        self, http: ClientSession, path: str, body: Mapping[str, Any] | None
    ) -> tuple[int, str]:
        """Status and, for a problem, its code; ``_SignedOut`` when the sign-in is over."""
        async with http.post(self._url + path, json=body, headers=self._headers) as reply:
            answer = await reply.json(content_type=None)
            if reply.status == 401:
                self._signed_in = False
                raise _SignedOut("not_signed_in")
            return reply.status, answer.get("code", "")
