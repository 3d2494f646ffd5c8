"""Builds the web application from its parts: ``build_app(config, engine, database, clock)``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from itertools import chain
from typing import Final
from urllib.parse import quote

import structlog
from aiohttp import web

from db.session import Database
from dialer.config import Config
from dialer.errors import SamparkError
from dialer.store.callbacks import Callbacks
from dialer.store.operators import Operators
from dialer.store.own_day import OperatorDays
from dialer.store.seat_checks import SeatChecks
from dialer.store.seats import add_missing_seats
from dialer.store.sessions import Sessions
from dialer.warroom.tallies import Tallies
from dialer.web.api import ENDPOINTS, PUBLIC_PATHS
from dialer.web.auth import SignIns
from dialer.web.calls import CallBook
from dialer.web.desks import DeskHub
from dialer.web.endpoint import LARGEST_BODY, Endpoint, aiohttp_handler
from dialer.web.gate import Gate
from dialer.web.kept_cards import KeptCards
from dialer.web.live import LiveFeed
from dialer.web.meters import Meters
from dialer.web.parts import PARTS, Parts
from dialer.web.phones import PhoneAccounts, socket_address
from dialer.web.port import DeskEngine, PhoneSwitch
from dialer.web.problems import Problem, language_of, problem_of, problem_response
from dialer.web.seat_trials import SeatTrials
from dialer.web.security import RateLimit, add_headers
from dialer.web.survey_reports import SurveyReports
from dialer.web.trail import AuditTrail
from dialer.web.troubles import Troubles

log = structlog.get_logger("web")

TICK_S: Final = 1.0
CHECK_REVOKED_EVERY: Final = 5
FLUSH_EVERY: Final = 30
"""Ticks between looks for revoked sign-ins, and between writes of signs of life."""
MOST_LOOK_UPS: Final = 30
LOOK_UPS_WITHIN_S: Final = 300.0
"""So often may an operator ask for a person by the number: enough for work, too few to try numbers out."""

TASKS: Final = web.AppKey("sampark_tasks", list)
"""The background work, while the application runs; whoever serves it must stop when one of them dies."""

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def build_app(
    config: Config,
    engine: DeskEngine,
    database: Database,
    clock: Callable[[], float] = time.time,
    switch: PhoneSwitch | None = None,
) -> web.Application:
    """The application, ready to be served; it owns neither engine nor database.

    ``switch``: where browser phones sign in; without one every desk has a phone of its own.
    """
    parts = _build_parts(config, engine, database, clock, switch)
    app = web.Application(middlewares=[_answer_every_fault], client_max_size=LARGEST_BODY)
    app[PARTS] = parts
    app[TASKS] = []
    add_endpoints(app, parts, ENDPOINTS)
    app.on_response_prepare.append(_protect)
    app.on_shutdown.append(_say_goodbye)
    app.cleanup_ctx.append(_run)
    return app


def add_endpoints(app: web.Application, parts: Parts, endpoints: Iterable[Endpoint]) -> None:
    """Route every endpoint; one that is public without standing in ``PUBLIC_PATHS`` is refused."""
    for endpoint in endpoints:
        is_listed = (endpoint.method, endpoint.path) in PUBLIC_PATHS
        if endpoint.access.public != is_listed:
            raise ValueError(f"{endpoint.method} {endpoint.path}: public and PUBLIC_PATHS do not agree")
        app.router.add_route(endpoint.method, endpoint.path, aiohttp_handler(endpoint, parts))


def _build_parts(
    config: Config,
    engine: DeskEngine,
    database: Database,
    clock: Callable[[], float],
    switch: PhoneSwitch | None,
) -> Parts:
    sessions, operators = Sessions(database), Operators(database)
    trail, meters, calls = AuditTrail(sessions), Meters(engine.snapshot), CallBook(engine, operators.names)
    sign_ins = SignIns(sessions, operators, engine, trail, config.web, config.seats, clock)
    desks = DeskHub(engine, sign_ins, calls, trail, meters, clock)
    live, phones = LiveFeed(engine, operators), PhoneAccounts(switch, config.seats)
    required = config.seat_check == "required"
    trials = SeatTrials(engine, SeatChecks(database), clock, required=required)

    def session_ended(session_id: int, reason: str) -> None:
        desks.session_ended(session_id, reason)
        live.session_ended(session_id, reason)
        phones.session_ended(session_id)

    sign_ins.on_end = session_ended
    gate = Gate(sign_ins, config.secret("cli"), config.web.public_url)
    return Parts(
        config=config,
        database=database,
        engine=engine,
        clock=clock,
        sessions=sessions,
        operators=operators,
        sign_ins=sign_ins,
        gate=gate,
        calls=calls,
        desks=desks,
        live=live,
        phones=phones,
        trials=trials,
        trail=trail,
        meters=meters,
        survey_reports=SurveyReports(database, clock),
        tallies=Tallies(database, clock),
        cards=KeptCards(),
        operator_days=OperatorDays(database, clock),
        look_ups=RateLimit(MOST_LOOK_UPS, LOOK_UPS_WITHIN_S),
        callbacks=Callbacks(database),
    )


@web.middleware
async def _answer_every_fault(request: web.Request, handler: _Handler) -> web.StreamResponse:
    began = time.perf_counter()
    response: web.StreamResponse
    try:
        response = await handler(request)
    except asyncio.CancelledError:
        raise
    except Exception as fault:
        language = language_of(request)
        problem = problem_of(fault, language)
        response = _to_sign_in(request, problem) or problem_response(problem, language)
    if not isinstance(response, web.WebSocketResponse):
        resource = request.match_info.route.resource
        route = f"{request.method} {resource.canonical}" if resource is not None else "unknown"
        request.app[PARTS].meters.answered(route, response.status, time.perf_counter() - began)
    return response


def _to_sign_in(request: web.Request, problem: Problem) -> web.StreamResponse | None:
    """Somebody who opens a page without being signed in is led to where one signs in, and back."""
    is_page = request.method == "GET" and "text/html" in request.headers.get("Accept", "")
    is_ours = request.path.startswith(("/warroom", "/surveys"))
    if problem.code != "not_signed_in" or not (is_page and is_ours):
        return None
    return web.Response(status=303, headers={"Location": f"/sign-in?next={quote(request.path_qs)}"})


async def _protect(request: web.Request, response: web.StreamResponse) -> None:
    parts = request.app[PARTS]
    phones = socket_address(parts.config.asterisk, request.host)
    add_headers(response, secure=parts.gate.is_secure(request), socket=phones)


async def _run(app: web.Application) -> AsyncIterator[None]:
    """The background work of the application, from its start to its end."""
    parts = app[PARTS]
    await add_missing_seats(parts.database, parts.config.seats, "daemon", parts.clock())
    await parts.sign_ins.start()
    parts.desks.start()
    tasks = app[TASKS]
    tasks.append(asyncio.create_task(_keep_house(parts), name="web housekeeping"))
    tasks.append(asyncio.create_task(parts.live.run(), name="live feed"))
    tasks.append(asyncio.create_task(parts.phones.run(), name="browser phones"))
    for task in tasks:
        task.add_done_callback(_note_death)
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await parts.calls.aclose()
    await parts.tallies.aclose()
    parts.sign_ins.close()
    await _flush(parts)


def _note_death(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.error("background task died", task=task.get_name(), kind=type(fault).__name__)


async def _say_goodbye(app: web.Application) -> None:
    app[PARTS].desks.stop()
    app[PARTS].live.stop()


async def _keep_house(parts: Parts) -> None:
    """What is due from time to time; a busy database only delays it."""
    ticks, troubles = 0, Troubles()
    while True:
        await asyncio.sleep(TICK_S)
        ticks += 1
        parts.desks.follow_campaigns()
        for entry in troubles.new(parts.engine.snapshot()):
            parts.trail.put(entry)
        try:
            await parts.trail.flush()
            if ticks % CHECK_REVOKED_EVERY == 0:
                parts.desks.touch()
                attached = parts.desks.sessions, parts.live.sessions, parts.phones.sessions
                await parts.sign_ins.drop_revoked(list(chain(*attached)))
            if ticks % FLUSH_EVERY == 0:
                await parts.sign_ins.flush()
        except SamparkError as fault:
            if not fault.retryable:
                raise
            log.warning("web housekeeping waits for the database")


async def _flush(parts: Parts) -> None:
    try:
        await parts.trail.flush()
        await parts.sign_ins.flush()
    except SamparkError as fault:
        log.error("audit lines not stored at the end", why=str(fault))
