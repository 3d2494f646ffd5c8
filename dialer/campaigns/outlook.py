"""A plan played on the simulator, in processes of its own so that the caller goes on living."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from math import sqrt
from multiprocessing import get_context

import structlog

from dialer.core.estimate import Estimate, Question, calling_hours, finish_at, open_today_s
from dialer.core.model import SEEN_FIRST, CampaignKind, PacingMode
from dialer.core.planning import Basis, Course, Outlook, Part, Range, outlook, parts, play
from dialer.core.scenario import Span

log = structlog.get_logger("outlook")

WORKERS = 2
DEADLINE_S = 30.0
"""After this long the formulas have to do; a plan takes a few seconds on an idle machine."""
BELIEVED_CALLS = 60
"""What is believed without a measurement is as sure as so many calls."""
SIGMAS = 1.64


@dataclass(frozen=True, slots=True)
class Played:
    """The outlook, and when it would be over (epoch seconds), None for never."""

    outlook: Outlook
    finish_at: Range | None


async def played(question: Question, expected: Estimate) -> Played | None:
    """The question played; None when there is nothing to play, or no process could play it in time."""
    if question.campaign.kind is not CampaignKind.OPERATORS or question.operators <= 0 or expected.calls < 1:
        return None
    basis = basis_of(question, expected)
    try:
        courses = await asyncio.wait_for(_play(parts(basis)), DEADLINE_S)
    except (TimeoutError, BrokenProcessPool, OSError) as fault:
        log.warning("plan not simulated", why=str(fault) or type(fault).__name__)
        return None
    told = outlook(basis, courses)
    return Played(told, _finish(question, basis, told.calling_s))


def basis_of(question: Question, expected: Estimate) -> Basis:
    """What the simulator needs, from what is known of the campaign."""
    campaign, beliefs = question.campaign, question.beliefs
    rate = min(0.95, max(0.01, beliefs.answer_rate))
    doubt = SIGMAS * sqrt(rate * (1.0 - rate) / (beliefs.calls or BELIEVED_CALLS))
    wrap_up_s = campaign.wrap_up_s if beliefs.wrap_up_s is None else beliefs.wrap_up_s
    known = dict(beliefs.by_hour)
    hours = calling_hours(question, expected.calling_s or 0.0)
    return Basis(
        calls=round(expected.calls),
        operators=question.operators,
        answer_rate=rate,
        answer_rate_low=max(0.01, rate - doubt),
        answer_rate_high=min(0.97, rate + doubt),
        by_hour=tuple(known.get(hour, rate) / rate for hour in hours) if known else (),
        ring=Span(max(0.5, beliefs.ring_s), 1.0, "exponential"),
        early_end=beliefs.early_end,
        talk=Span(max(1.0, beliefs.talk_s), beliefs.talk_cv),
        wrap_up=Span(wrap_up_s, 0.0, "constant"),
        ring_limit_s=campaign.ring_s,
        cap=campaign.abandonment_cap,
        # Who sees people first calls one after the other.
        mode=PacingMode.PROGRESSIVE if campaign.mode in SEEN_FIRST else campaign.mode,
        dial_ratio=campaign.dial_ratio,
        channels=question.channels,
        calls_per_second=question.calls_per_second,
        available_s=open_today_s(question),
    )


async def _play(tasks: Sequence[Part]) -> list[Course]:
    loop = asyncio.get_running_loop()
    pool = ProcessPoolExecutor(WORKERS, get_context("spawn"), _step_back)
    try:
        return list(await asyncio.gather(*(loop.run_in_executor(pool, play, task) for task in tasks)))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _step_back() -> None:
    """Calls come first on a machine that dials while somebody plans."""
    os.nice(10)


def _finish(question: Question, basis: Basis, calling_s: Range) -> Range | None:
    ends = [
        finish_at(question, basis.calls / max(1.0, seconds))
        for seconds in (calling_s.low, calling_s.likely, calling_s.high)
    ]
    low, likely, high = ends
    return None if low is None or likely is None or high is None else Range(low, likely, high)
