"""Sends what the outbox holds, to each destination in order and once; whatever fails stays there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from db.session import Database
from dialer.config import Config
from dialer.daily.couriers import Courier, couriers
from dialer.daily.outbox import Delivery, Outbox
from dialer.errors import DeliveryFailed, SamparkError

log = structlog.get_logger("reports")


@dataclass(frozen=True, slots=True)
class Attempted:
    """What became of one attempt to deliver; ``why`` is empty when the report is there."""

    report_id: str
    destination: str
    why: str = ""


async def send_due(
    config: Config,
    database: Database,
    clock: Callable[[], float] = time.time,
    *,
    at_once: bool = False,
    only: str = "",
) -> Sequence[Attempted]:
    """Deliver what is due, to all destinations beside each other.

    ``at_once``: also what should wait for its next attempt. ``only``: this report, out of its turn.
    Raises ``StoreBusy``, never for a delivery that failed.
    """
    outbox = Outbox(database)
    tours = (_tour(outbox, courier, clock, at_once, only) for courier in couriers(config))
    return [attempt for tour in await asyncio.gather(*tours) for attempt in tour]


async def _tour(
    outbox: Outbox, courier: Courier, clock: Callable[[], float], at_once: bool, only: str
) -> list[Attempted]:
    """One destination, in order: behind a report that cannot arrive now the others wait, behind one that was
    refused they do not.
    """
    done: list[Attempted] = []
    for delivery in await outbox.unsent(courier.destination):
        if only and delivery.report_id != only:
            continue
        is_due = at_once or delivery.next_at <= clock()
        if not is_due and delivery.refused:
            continue
        if not is_due or not await outbox.claim(delivery, clock()):
            break
        fault = await _deliver(outbox, courier, delivery, clock)
        done.append(Attempted(delivery.report_id, delivery.destination, str(fault or "")))
        if fault is not None and fault.retryable:
            break
    return done


async def _deliver(
    outbox: Outbox, courier: Courier, delivery: Delivery, clock: Callable[[], float]
) -> SamparkError | None:
    fault: SamparkError | None = None
    try:
        await courier.deliver(await outbox.parcel(delivery.report_id))
    except SamparkError as found:
        fault = found
    except Exception as found:
        # Whatever a server or a library may do, the report stays and is tried again.
        log.exception("a report was not sent", report=delivery.report_id)
        fault = DeliveryFailed(type(found).__name__)
    if fault is None:
        await asyncio.shield(outbox.sent(delivery, clock()))
        log.info("report sent", report=delivery.report_id)
    else:
        await asyncio.shield(outbox.failed(delivery, str(fault), clock(), refused=not fault.retryable))
        log.warning("report not sent", report=delivery.report_id, attempts=delivery.attempts + 1)
    return fault
