"""The composition root: builds the adapters, owns the task group, signals and drain; only wires."""

from __future__ import annotations

import asyncio
import gc
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

import structlog

from db.session import Database
from dialer.allocator import give_large_blocks_back
from dialer.config import Config
from dialer.core.desk_events import OperatorSignedIn
from dialer.core.model import Outcome
from dialer.core.rules import spacing_s
from dialer.core.trunks import TrunkLimits
from dialer.engine import Engine, EngineSettings, PlacedCall
from dialer.engine.settings import CallRecords
from dialer.errors import StoreBusy
from dialer.ivr.inbound import InboundCalls
from dialer.ivr.rings import Rings, RungLines
from dialer.ivr.session import SurveySessions
from dialer.ivr.spool import drain
from dialer.ivr.voices import sweep_forever
from dialer.store.certificates import Certificates
from dialer.store.database import open_database
from dialer.store.sessions import Sessions
from dialer.store.sql import SqlDialStore
from dialer.telephony.ami import AmiTelephony
from dialer.telephony.call_records import call_records
from dialer.telephony.fastagi import AgiSession, FastAgiServer
from dialer.telephony.tracking import our_id
from dialer.web.app import build_app
from dialer.web.port import PhoneSwitch
from dialer.web.server import WebServer
from dialer.web.server import serve as serve_web

log = structlog.get_logger("daemon")

SPOOL_EVERY_S = 2.0
RECORDS_READ_S = 7 * 86400.0
"""How far back open attempts are looked up in the call records."""


async def serve(config: Config) -> None:
    """Run until a signal: the first drains, the second ends at once. Living calls stay in Asterisk."""
    give_large_blocks_back()
    async with _opened(config) as (database, store):
        telephony = _telephony(config)
        engine = Engine(telephony, store, _settings(config), time.time, _records(config))
        rings = _rings(config, engine, store)
        await _drain_spool(config, store, rings)
        adopted = await engine.adopt()
        await _seat_operators(engine, database)
        log.info("starting", open_attempts=adopted)
        async with _listening(config, engine, database, store, rings, telephony.browser_phones) as web:
            _spare_the_collector()
            await _work(config, engine, database, store, rings, web)


def _spare_the_collector() -> None:
    """What start-up made lives as long as the daemon: the collector of cycles need not walk it ever again.

    Calls make few cycles but many records, so it looks at the young ones less often than by default.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@asynccontextmanager
async def _opened(config: Config) -> AsyncIterator[tuple[Database, SqlDialStore]]:
    database = open_database(config)
    store = SqlDialStore(database)
    try:
        await store.open()
        try:
            yield database, store
        finally:
            await store.aclose()
    finally:
        await database.aclose()


@asynccontextmanager
async def _listening(
    config: Config,
    engine: Engine,
    database: Database,
    store: SqlDialStore,
    rings: Rings,
    switch: PhoneSwitch,
) -> AsyncIterator[WebServer]:
    surveys = SurveySessions(
        store, config.data / "prompts", engine.post, engine.record, time.time,
        certified=Certificates(database).hashes,
    )  # fmt: skip
    inbound = InboundCalls(store, engine, config.data / "prompts", time.time)

    rung = RungLines(
        store, rings, engine, engine.post, config.data / "spool", time.time,
        answering=[line.number for line in config.lines if line.answer == "survey"],
        resumes_s=spacing_s(Outcome.SURVEYED, config.policy()),
    )  # fmt: skip
    handlers: Mapping[str, Callable[[AgiSession], Awaitable[None]]] = {
        "inbound": inbound.handle, "rung": rung.handle,
    }  # fmt: skip

    async def handle(session: AgiSession) -> None:
        await handlers.get(session.path, surveys.handle)(session)

    agi = FastAgiServer("127.0.0.1", config.asterisk.agi_port, handle)
    await agi.start()
    try:
        web = await serve_web(build_app(config, engine, database, time.time, switch), config)
        try:
            yield web
        finally:
            await web.aclose()
    finally:
        await agi.aclose()
        await surveys.aclose()


def _rings(config: Config, engine: Engine, store: SqlDialStore) -> Rings:
    limits = {line.number: line.limits() for line in config.lines}
    return Rings(store, limits, config.own_numbers, engine.post)


async def _work(
    config: Config, engine: Engine, database: Database, store: SqlDialStore, rings: Rings, web: WebServer
) -> None:
    """Every long task by its name; one that dies brings the others down with it."""
    async with asyncio.TaskGroup() as group:
        beside = [
            group.create_task(web.run(), name="web"),
            group.create_task(_drain_spool_forever(config, store, rings), name="spool"),
            group.create_task(sweep_forever(config, database), name="voices"),
        ]
        if config.reports.by_itself:
            beside.append(group.create_task(_report_forever(config), name="reports"))
        with _signals(engine, group):
            await engine.run()
        for task in beside:
            task.cancel()


def _telephony(config: Config) -> AmiTelephony:
    trunks = {trunk.name: trunk for trunk in config.trunks}
    return AmiTelephony("127.0.0.1", config.asterisk.ami_port, "sampark", config.secret("ami"), trunks)


def _settings(config: Config) -> EngineSettings:
    trunks = tuple(
        TrunkLimits(trunk.name, trunk.channels, trunk.calls_per_second) for trunk in config.trunks
    )
    nailed_up = config.seat_leg == "nailed_up"
    return EngineSettings(config.seats, trunks, config.policy(), nailed_up=nailed_up)


def _records(config: Config) -> CallRecords:
    def read(ids: frozenset[str]) -> Mapping[str, PlacedCall]:
        return {
            our_id(each.channel_id): PlacedCall(each.started_at, each.answered_at, each.ended_at, each.cause)
            for each in call_records(config.data, since=time.time() - RECORDS_READ_S)
            if our_id(each.channel_id) in ids
        }

    async def look_up(ids: Collection[str]) -> Mapping[str, PlacedCall]:
        return await asyncio.to_thread(read, frozenset(ids))

    return look_up


async def _seat_operators(engine: Engine, database: Database) -> None:
    """Operators whose sign-in outlived the daemon sit where they sat; their desks say when they are ready."""
    for session in await Sessions(database).seated():
        assert session.seat is not None
        engine.post(OperatorSignedIn(session.seat, session.operator.id, time.time()))


async def _report_forever(config: Config) -> None:
    from dialer.daily.routine import report_forever  # large, and most offices make no reports

    await report_forever(config)


async def _drain_spool_forever(config: Config, store: SqlDialStore, rings: Rings) -> None:
    while True:
        await asyncio.sleep(SPOOL_EVERY_S)
        await _drain_spool(config, store, rings)


async def _drain_spool(config: Config, store: SqlDialStore, rings: Rings) -> None:
    try:
        count = await drain(config.data / "spool", store, rings=rings)
    except StoreBusy as fault:
        log.warning("spool kept for later", why=str(fault))
    else:
        if count:
            log.info("spool drained", records=count)


@contextmanager
def _signals(engine: Engine, group: asyncio.TaskGroup) -> Iterator[None]:
    """The first SIGTERM or SIGINT drains, a further one hurries."""
    loop = asyncio.get_running_loop()
    drains: list[asyncio.Task[None]] = []

    def asked_to_stop() -> None:
        if drains:
            engine.stop()
        else:
            drains.append(group.create_task(engine.drain(), name="drain"))

    wanted = (signal.SIGTERM, signal.SIGINT)
    for number in wanted:
        loop.add_signal_handler(number, asked_to_stop)
    try:
        yield
    finally:
        # The end is under way: one more signal must not cut the flushing short.
        for number in wanted:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)
        for task in drains:
            task.cancel()
