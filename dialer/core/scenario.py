"""A call centre to simulate, as data: who sits there, who is called, how long everything takes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import exp, log, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialer.core.draws import normals, uniforms

Steps = tuple[tuple[float, float], ...]
"""A quantity over time: (from second, value), the first from 0; each value holds until the next."""
Kinds = tuple[tuple[float, float], ...]
"""Kinds of people: (share of all, odds of an answer relative to the scenario's answer rate)."""


SHAPES = ("lognormal", "exponential", "constant", "uniform")


@dataclass(frozen=True, slots=True)
class Span:
    """A random duration: ``mean`` seconds, ``cv`` (standard deviation / mean), ``shape`` of its distribution.

    ``shape``: ``lognormal``, ``exponential`` (cv is 1), ``constant`` or ``uniform`` (0 to twice the mean).
    """

    mean: float
    cv: float = 1.0
    shape: str = "lognormal"

    def draw(self, seed: int, stream: int, first: int, count: int) -> NDArray[np.float64]:
        """``count`` durations of ``stream`` from index ``first``."""
        if self.shape == "constant" or self.cv == 0.0 or self.mean == 0.0:
            return np.full(count, self.mean)
        if self.shape == "lognormal":
            spread = sqrt(log(1.0 + self.cv**2))
            return self.mean * np.exp(spread * normals(seed, stream, first, count) - spread**2 / 2)
        even = uniforms(seed, 2 * stream, first, count)
        if self.shape == "exponential":
            return -self.mean * np.log(even)
        if self.shape == "uniform":
            return 2.0 * self.mean * even
        raise ValueError(f"shape {self.shape!r} is none of {', '.join(SHAPES)}")


_WHOLE = ("steps", "contacts", "channels")
_MAY_BE_NONE = ("least_ring_s", "contacts", "channels", "calls_per_second", "target")
SET_UP, RING = Span(2.0, 0.0, "constant"), Span(9.0, 1.0, "exponential")
TALK, WRAP_UP = Span(90.0, 1.0), Span(10.0, 0.0, "constant")


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything about a simulated shift. Times are seconds, rates are shares 0..1.

    ``operators``, ``answer_rate``: values over time. ``noise_sd``, ``noise_s``: the answer rate's logit
    wanders (first-order autoregression with this standard deviation and time constant). ``kinds``: what
    people are there, which the dialler can tell apart. ``ring`` is cut at ``ring_limit_s``; from
    ``least_ring_s`` on a call may be taken back (None: never). ``early_end``: share of the unanswered that
    end ``early_end_s`` after set-up (busy, switched off; 0: at once, without ringing). ``congested``: share
    of calls that the trunk refuses, over time. ``machines``: share of answers that are machines, found out
    after ``machine_s``. ``steps``: how many progress signals a talk gives (0: none), of ``step_cv`` uneven
    length. ``contacts``: list size (None: endless). The shift ends when the list is through, or at
    ``duration_s``. ``target``: the utilisation that a benchmark asks for.
    """

    name: str = "shift"
    duration_s: float = 7200.0
    operators: Steps = ((0.0, 36.0),)
    answer_rate: Steps = ((0.0, 0.35),)
    noise_sd: float = 0.0
    noise_s: float = 120.0
    kinds: Kinds = ((1.0, 1.0),)
    set_up: Span = SET_UP
    ring: Span = RING
    ring_limit_s: float = 25.0
    least_ring_s: float | None = 15.0
    talk: Span = TALK
    wrap_up: Span = WRAP_UP
    steps: int = 0
    step_cv: float = 0.5
    early_end: float = 0.2
    early_end_s: float = 1.0
    congested: Steps = ((0.0, 0.0),)
    machines: float = 0.0
    machine_s: float = 3.0
    contacts: int | None = None
    channels: int | None = None
    calls_per_second: float | None = None
    cap: float = 0.03
    patience_s: float = 2.0
    decide_every_s: float = 0.5
    target: float | None = None


def value_at(steps: Steps, at: float) -> float:
    """The value that holds at second ``at``."""
    return steps[max(0, bisect_right(steps, (at, float("inf"))) - 1)][1]


def rate_of(odds: float, rate: float) -> float:
    """The answer rate of those whose odds are so many times those of ``rate``."""
    return odds * rate / (1.0 - rate + odds * rate)


def answer_rates(scenario: Scenario, seed: int) -> list[float]:
    """The true answer rate in each second of the shift, noise included."""
    seconds = int(scenario.duration_s) + 1
    plain = [value_at(scenario.answer_rate, float(second)) for second in range(seconds)]
    if scenario.noise_sd <= 0.0:
        return plain
    keep = exp(-1.0 / scenario.noise_s)
    shocks = normals(seed, 90, 0, seconds) * scenario.noise_sd
    fresh = sqrt(1.0 - keep**2)
    wander, rates = float(shocks[0]), []
    for second, rate in enumerate(plain):
        wander = keep * wander + fresh * float(shocks[second]) if second else wander
        rates.append(1.0 / (1.0 + exp(-(log(rate / (1.0 - rate)) + wander))))
    return rates


def scenario_from(raw: Mapping[str, Any]) -> Scenario:
    """A scenario from plain data (YAML); a wrong key or value raises ``ValueError`` that names it."""
    known = {one.name for one in fields(Scenario)}
    if unknown := sorted(set(raw) - known):
        raise ValueError(f"{unknown[0]}: unknown key; known are {', '.join(sorted(known))}")
    return Scenario(**{key: _value(key, value) for key, value in raw.items()})


def _value(key: str, value: Any) -> Any:
    try:
        if key in ("set_up", "ring", "talk", "wrap_up"):
            return _span(value)
        if key in ("operators", "answer_rate", "congested"):
            return _steps(value)
        if key == "kinds":
            return _kinds(value)
    except (TypeError, ValueError) as fault:
        raise ValueError(f"{key}: {fault}") from fault
    if key == "name" or (value is None and key in _MAY_BE_NONE):
        return value
    kind, what = (int, "whole number") if key in _WHOLE else (int | float, "number")
    if isinstance(value, bool) or not isinstance(value, kind) or value < 0:
        raise ValueError(f"{key}: {value!r} is not a {what} of 0 or more")
    return value


def _span(value: Any) -> Span:
    if isinstance(value, int | float) and value >= 0:
        return Span(float(value), 0.0, "constant")
    names = {one.name for one in fields(Span)}
    if not isinstance(value, Mapping) or "mean" not in value or not names.issuperset(value):
        raise ValueError("seconds of 0 or more are needed, or mean with cv and shape")
    span = Span(**value)
    numbers = (span.mean, span.cv)
    if not all(isinstance(one, int | float) and one >= 0 for one in numbers) or span.shape not in SHAPES:
        raise ValueError(f"mean and cv are numbers of 0 or more, shape one of {', '.join(SHAPES)}")
    return span


def _steps(value: Any) -> Steps:
    if isinstance(value, int | float):
        return ((0.0, float(value)),)
    steps = _pairs(value, "a number or a list of [second, value] is needed")
    if steps[0][0] != 0.0 or list(steps) != sorted(steps):
        raise ValueError("the first second is 0 and seconds grow")
    return steps


def _kinds(value: Any) -> Kinds:
    needed = "a list of [share, odds] is needed, all above 0 and the shares 1 together"
    kinds = _pairs(value, needed)
    if min(min(kind) for kind in kinds) <= 0.0 or abs(sum(share for share, _ in kinds) - 1.0) > 1e-6:
        raise ValueError(needed)
    return kinds


def _pairs(value: Any, needed: str) -> tuple[tuple[float, float], ...]:
    """Two numbers each, one of them at least; anything else raises ``ValueError`` with what is needed."""
    try:
        pairs = tuple((float(one), float(other)) for one, other in value)
    except (TypeError, ValueError) as fault:
        raise ValueError(needed) from fault
    if not pairs:
        raise ValueError(needed)
    return pairs
