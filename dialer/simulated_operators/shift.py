"""Shifts of operators of paper: signing in, taking people, talking, wrap-up and breaks."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
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

from dialer.simulated_operators.behaviour import Behaviour
from dialer.simulated_operators.desk_api import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    REQUEST_DEADLINE_S,
    DeskApi,
    SignedOut,
)
from dialer.simulated_operators.tally import OperatorTally

log = structlog.get_logger("simulated operators")

TRIAL_S: Final = 1.5
"""How long an operator listens to their own voice before the shift."""
PING_S: Final = 1.5
"""As often as the page asks whether its line still lives."""
LAST_WORDS_S: Final = 30.0
"""How long a call may go on after the operator was told to stop."""


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
    tally = OperatorTally()
    timeout = ClientTimeout(total=REQUEST_DEADLINE_S)
    async with ClientSession(cookie_jar=CookieJar(unsafe=True), timeout=timeout) as http:
        api = DeskApi(http, base_url, username, password, seat, tally)
        await _Operator(api, seat, behaviour, rng, stop or asyncio.Event(), tally).work()
    return tally


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
        api: DeskApi,
        seat: int,
        behaviour: Behaviour,
        rng: random.Random,
        stop: asyncio.Event,
        tally: OperatorTally,
    ) -> None:
        self._api = api
        self._tally = tally
        self._seat = seat
        self._behaviour = behaviour
        self._rng = rng
        self._stop = stop
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

    async def work(self) -> None:
        shift = asyncio.create_task(self._shift(), name=f"shift on seat {self._seat}")
        leaving = asyncio.create_task(self._stop.wait(), name=f"end of shift on seat {self._seat}")
        try:
            await asyncio.wait({shift, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not shift.done():
                await self._finish_call()
        finally:
            ended = not shift.cancel()
            for task in (leaving, *self._tasks):
                task.cancel()
            await asyncio.gather(shift, leaving, *self._tasks, return_exceptions=True)
            await self._api.sign_out()
        if ended:
            shift.result()
        if self._faults:
            raise self._faults[0]

    async def _shift(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                if await self._api.sign_in():
                    self._checked = False
                pause_s = FIRST_PAUSE_S
                await self._sit()
            except SignedOut as fault:
                self._api.signed_in = False
                if fault.reason in ("taken_over", "signed_out_by_supervisor"):
                    log.info("seat given up", seat=self._seat, why=fault.reason)
                    return
            except (ClientError, OSError, TimeoutError) as fault:
                log.info("daemon away", seat=self._seat, kind=type(fault).__name__)
            await asyncio.sleep(pause_s * self._rng.uniform(0.8, 1.2))
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _finish_call(self) -> None:
        """Take nobody new and let the present talk and its paperwork end."""
        self._on_break = True
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._api.post("/api/v1/desk/pause", {"reason": "other"})
                while self._attempt is not None or self._tasks:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        except (ClientError, OSError, TimeoutError, SignedOut) as fault:
            log.info("left before the work was done", seat=self._seat, kind=type(fault).__name__)

    # --- at the desk

    async def _sit(self) -> None:
        socket = await self._api.open_socket()
        pulse = asyncio.create_task(self._pulse(socket), name=f"pulse of seat {self._seat}")
        try:
            async with socket:
                async for message in socket:
                    if message.type is WSMsgType.TEXT:
                        self._hear(message.json())
        finally:
            pulse.cancel()
        raise ClientError("the desk's socket was closed")

    async def _pulse(self, socket: ClientWebSocketResponse) -> None:
        """The page's sign of life; a socket that fails is seen by whoever listens to it."""
        with suppress(ClientError, OSError):
            while True:
                await asyncio.sleep(PING_S)
                await socket.send_str('{"type":"ping"}')

    def _hear(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "session_ended":
            raise SignedOut(message["reason"])
        if message["type"] != "seat":
            return
        seat, call = message["seat"], message["call"]
        before, state, attempt_id = self._state, seat["state"], seat["attempt_id"]
        self._state, self._talking = state, state == "talking"
        if state != before and state in ("ready", "paused"):
            self._start(self._api.look("numbers"), "look at the own numbers")
        if self._attempt is not None and attempt_id != self._attempt:
            self._leave_call(self._attempt)
        if state in ("talking", "wrap_up") and attempt_id not in (None, self._attempt, self._wrapped):
            self._attempt = attempt_id
            self._tally.calls += 1
        if state == "preview" and attempt_id != self._looked_at:
            self._looked_at = attempt_id
            self._start(self._preview(attempt_id), "preview")
        if self._talking and call is not None and attempt_id != self._popped:
            self._popped = attempt_id
            self._tally.pop_ms.append((time.time() - seat["since"]) * 1000)
            self._start(self._api.look("background"), "look at the person")
            self._start(self._talk(call), "talk")
        if state == "wrap_up" and self._attempt is not None:
            self._leave_call(self._attempt)
        if state == "paused" and not self._on_break:
            self._start(self._go_ready(), "ready")

    def _leave_call(self, attempt_id: str) -> None:
        self._wrapped, self._attempt = attempt_id, None
        self._start(self._wrap_up(attempt_id), "wrap-up")

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
        except (ClientError, OSError, TimeoutError, SignedOut) as fault:
            log.info("step not done", seat=self._seat, kind=type(fault).__name__)

    async def _check_phone(self) -> None:
        """As everybody does before the first person of a sign-in."""
        if self._checked:
            return
        self._checked = True
        if not await self._api.needs_check():
            return
        await self._api.post("/api/v1/desk/seat-check/begin", None)
        await asyncio.sleep(TRIAL_S)
        status, code = await self._api.post("/api/v1/desk/seat-check", {"phone": "table", "heard_self": True})
        if status != 200:
            log.info("phone not checked", seat=self._seat, why=code)

    async def _go_ready(self) -> None:
        await self._check_phone()
        campaigns = self._behaviour.campaigns
        body = {"campaigns": None if campaigns is None else list(campaigns)}
        await self._api.post("/api/v1/desk/ready", body)

    async def _preview(self, attempt_id: str) -> None:
        """At a person who is not called yet: now and then another one suits better."""
        await asyncio.sleep(self._behaviour.look_s * self._rng.uniform(0.5, 1.5))
        if self._rng.random() < self._behaviour.skip_chance:
            body = {"attempt_id": attempt_id, "reason": "later"}
            await self._api.post("/api/v1/desk/skip", body)
        else:
            await self._api.post("/api/v1/desk/dial", {"attempt_id": attempt_id})

    # --- a call

    async def _talk(self, call: Mapping[str, Any]) -> None:
        began = time.monotonic()
        attempt_id = call["attempt_id"]
        questions = call["survey"]["questions"] if call["survey"] else []
        for step, question in enumerate(questions, start=1):
            await asyncio.sleep(self._behaviour.question_s * self._rng.uniform(0.5, 1.5))
            if not self._speaks_in(attempt_id):
                return
            if self._rng.random() < self._behaviour.answer_chance:
                await self._answer(attempt_id, question)
            body = {"step": step, "steps": len(questions)}
            await self._api.post("/api/v1/desk/progress", body)
        if self._rng.random() < self._behaviour.opt_out_chance:
            if await self._api.save("/api/v1/desk/opt-out", {"attempt_id": attempt_id}):
                self._tally.opt_outs += 1
        if self._behaviour.hangs_up_after_s is not None:
            await asyncio.sleep(max(0.0, began + self._behaviour.hangs_up_after_s - time.monotonic()))
            if self._speaks_in(attempt_id):
                await self._api.post("/api/v1/desk/hang-up", {"attempt_id": attempt_id})

    def _speaks_in(self, attempt_id: str) -> bool:
        return self._talking and self._attempt == attempt_id

    async def _answer(self, attempt_id: str, question: Mapping[str, Any]) -> None:
        body = {"attempt_id": attempt_id, "question": question["name"], "value": self._choose(question)}
        if await self._api.save("/api/v1/desk/answer", body):
            self._tally.answers += 1

    def _choose(self, question: Mapping[str, Any]) -> str:
        if question["options"]:
            return str(self._rng.choice(question["options"])["value"])
        if question["kind"] == "number":
            return str(self._rng.randint(int(question["minimum"]), int(question["maximum"])))
        return str(question["minimum"])

    async def _wrap_up(self, attempt_id: str) -> None:
        behaviour, rng = self._behaviour, self._rng
        await asyncio.sleep(behaviour.wrap_up_median_s * rng.lognormvariate(0.0, behaviour.wrap_up_sigma))
        takes_break = not self._on_break and rng.random() < behaviour.pause_chance
        if takes_break:
            self._on_break = True
            await self._api.post("/api/v1/desk/pause", {"reason": "break"})
        codes = list(behaviour.dispositions)
        code = rng.choices(codes, weights=[behaviour.dispositions[each] for each in codes])[0]
        body = {"attempt_id": attempt_id, "code": code, "done": True}
        if await self._api.save("/api/v1/desk/disposition", body):
            self._tally.dispositions += 1
        if takes_break:
            self._tally.pauses += 1
            await self._rest(rng.uniform(*behaviour.pause_s))
            if not self._stop.is_set():
                self._on_break = False
                await self._go_ready()

    async def _rest(self, pause_s: float) -> None:
        """A break ends early with the shift."""
        try:
            await asyncio.wait_for(self._stop.wait(), pause_s)
        except TimeoutError:
            return
