"""How long a campaign will take: a first estimate by formula, from beliefs or from what was measured.

Of ``n`` people each is called until it answers, ``m`` times at most. With answer rate ``p`` of one call:

* people who answer  ``n (1 - (1-p)^m)``, calls ``n (1 - (1-p)^m) / p``, the mean of a cut geometric law;
* a call holds a channel for ``d`` seconds until it is answered or ends, and for the talk after an answer;
* one call per free operator is a renewal process of ``d + p h`` seconds per call and operator, ``h`` being
  talk and wrap-up; ``r`` calls per free operator shorten ``d`` to ``d / r``;
* a predictive campaign keeps operators busy for ``1 - 0.55 / sqrt(operators)`` of their time, which lies
  within about a point of simulated shifts of 5 to 300 operators at 3 % abandonment;
* channels in use on average are calls per second times seconds per call (Little's law), and at peak two
  standard deviations of a Poisson number more.

The slowest of operators, channels and calls per second decides. People are called in rounds, and a round
begins no earlier than the spacing after "no answer", the most frequent one, allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, sqrt

from dialer.core.model import Campaign, CampaignKind, DialPolicy, Outcome, PacingMode, Window
from dialer.core.rules import day_start, narrower, spacing_s

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What a call is like. ``calls``: on how many measured ones it rests, 0 = nothing was measured.

    ``dial_s``: from the order until it is answered or ends; ``ring_s``: from the first ring to an answer;
    ``talk_s`` is of an operator's talk, ``talk_cv`` its standard deviation over its mean, ``survey_s`` of a
    keypad survey; ``wrap_up_s``: None = nothing was measured (seconds). ``early_end``: share of the
    unanswered that end at once (busy, switched off). ``by_hour``: (hour of day, answer rate) where enough
    calls tell it.
    """

    answer_rate: float = 0.35
    dial_s: float = 18.0
    talk_s: float = 90.0
    survey_s: float = 60.0
    calls: int = 0
    ring_s: float = 9.0
    talk_cv: float = 1.0
    wrap_up_s: float | None = None
    early_end: float = 0.2
    by_hour: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a planner: ``people`` to call from ``begins_at`` (epoch seconds) on."""

    campaign: Campaign
    policy: DialPolicy
    people: int
    operators: int
    channels: int
    calls_per_second: float
    begins_at: float
    beliefs: Beliefs = Beliefs()


class Limit(StrEnum):
    """What makes it no faster."""

    OPERATORS = "operators"
    CHANNELS = "channels"
    RATE = "calls_per_second"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is expected. ``calling_s``: time within calling hours; ``finish_at``: epoch seconds.

    ``utilisation``: the operators' share of time in talk or wrap-up, None for a survey.
    ``finish_at`` is None when it would never end: no operator, or no calling hours.
    """

    calls: float
    answered: float
    calls_per_minute: float
    calling_s: float | None
    finish_at: float | None
    channels_at_peak: int
    utilisation: float | None
    limited_by: Limit


def estimate(question: Question) -> Estimate:
    """The expected course by the formulas above."""
    campaign, beliefs = question.campaign, question.beliefs
    answer_rate = min(max(beliefs.answer_rate, 0.001), 1.0)
    attempts = min(campaign.max_attempts, question.policy.max_total)
    answered = question.people * (1 - (1 - answer_rate) ** attempts)
    calls = answered / answer_rate
    talk_s = beliefs.survey_s if campaign.kind is CampaignKind.SURVEY else beliefs.talk_s
    channel_s = beliefs.dial_s + answer_rate * talk_s
    rate, limited_by = _rate(question, answer_rate, channel_s)
    in_use = rate * channel_s
    calling_s = calls / rate if rate > 0 else None
    return Estimate(
        calls=calls,
        answered=answered,
        calls_per_minute=rate * 60,
        calling_s=calling_s,
        finish_at=finish_at(question, rate),
        channels_at_peak=min(ceil(in_use + 2 * sqrt(in_use)), question.channels, question.people),
        utilisation=_utilisation(question, rate * answer_rate),
        limited_by=limited_by,
    )


def _rate(question: Question, answer_rate: float, channel_s: float) -> tuple[float, Limit]:
    """Calls per second, and what bounds them."""
    bounds = [(question.calls_per_second, Limit.RATE), (question.channels / channel_s, Limit.CHANNELS)]
    if question.campaign.kind is CampaignKind.OPERATORS:
        bounds.append((_operators_rate(question, answer_rate), Limit.OPERATORS))
    return min(bounds)


def _operators_rate(question: Question, answer_rate: float) -> float:
    campaign, operators = question.campaign, question.operators
    if operators <= 0:
        return 0.0
    handling_s = answer_rate * (question.beliefs.talk_s + campaign.wrap_up_s)
    if campaign.mode is PacingMode.PREDICTIVE:
        busy = max(0.5, 1 - 0.55 / sqrt(operators))
        return operators * busy / handling_s
    ratio = campaign.dial_ratio if campaign.mode is PacingMode.RATIO else 1.0
    return operators / (question.beliefs.dial_s / ratio + handling_s)


def _utilisation(question: Question, answers_per_s: float) -> float | None:
    if question.campaign.kind is CampaignKind.SURVEY or question.operators <= 0:
        return None
    handling_s = question.beliefs.talk_s + question.campaign.wrap_up_s
    return min(1.0, answers_per_s * handling_s / question.operators)


def finish_at(question: Question, calls_per_s: float) -> float | None:
    """When the last round is over (epoch seconds), None for never.

    Each round of calls begins a spacing after the one before began, and only in calling hours.
    """
    window = narrower(question.policy.window, question.campaign.window)
    if window.start_minute >= window.end_minute or calls_per_s <= 0:
        return None
    spacing = spacing_s(Outcome.NO_ANSWER, question.policy)
    people, begins_at, ends_at = float(question.people), question.begins_at, question.begins_at
    for _round in range(min(question.campaign.max_attempts, question.policy.max_total)):
        if people < 0.5:
            break
        ends_at = _after(max(begins_at, ends_at), people / calls_per_s, window)
        begins_at = _after(begins_at, 0.0, window) + spacing
        people *= 1 - min(max(question.beliefs.answer_rate, 0.001), 1.0)
    return ends_at


def calling_hours(question: Question, calling_s: float) -> list[int]:
    """The hours of day that ``calling_s`` of calling pass through, in their order, a day's at most."""
    window = narrower(question.policy.window, question.campaign.window)
    if window.start_minute >= window.end_minute:
        return []
    hours, at = list[int](), _after(question.begins_at, 0.0, window)
    for _hour in range(min(24, ceil(calling_s / 3600.0))):
        hours.append(int((at - day_start(at)) // 3600))
        at = _after(at, 3600.0, window)
    return hours


def open_today_s(question: Question) -> float:
    """Seconds of calling left on the day on which it begins."""
    window = narrower(question.policy.window, question.campaign.window)
    begin_s = _after(question.begins_at, 0.0, window) - day_start(question.begins_at)
    return max(0.0, window.end_minute * 60.0 - begin_s)


def _after(at: float, calling_s: float, window: Window) -> float:
    """When ``calling_s`` of calling hours have passed since ``at``."""
    opens, closes = window.start_minute * 60.0, window.end_minute * 60.0
    midnight = day_start(at)
    begin_s = max(at - midnight, opens)
    today_s = max(0.0, closes - begin_s)
    if begin_s < closes and calling_s <= today_s:
        return midnight + begin_s + calling_s
    left_s = calling_s - today_s
    days = max(1, ceil(left_s / (closes - opens)))
    return midnight + days * DAY_S + opens + left_s - (days - 1) * (closes - opens)
