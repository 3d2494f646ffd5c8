"""What becomes of a contact in its campaign after an attempt."""

from __future__ import annotations

from dialer.core.model import Campaign, DialPolicy, Done, NextStep, Outcome, RetryAt
from dialer.core.rules import attempt_limit, day_start, spacing_s

OPTED_OUT = "opted_out"
"""Why a contact left every campaign: it asked not to be called."""
MAX_ATTEMPTS = "max_attempts"
"""Why a contact left: the campaign's attempts are used up."""

_DAY_S = 86_400.0
_FINAL = frozenset({Outcome.CONNECTED, Outcome.SURVEYED, Outcome.INVALID})


def next_step(
    outcome: Outcome,
    number_of_attempt: int,
    campaign: Campaign,
    policy: DialPolicy,
    now: float,
    *,
    opted_out: bool = False,
    interrupted: bool = False,
    left_open: bool = False,
) -> NextStep:
    """The contact's next step after attempt ``number_of_attempt`` (1 = the first) ended at ``now``.

    Faults of the trunk or ours never use up an attempt: such a contact waits out the outcome's spacing and
    keeps its number. ``interrupted``: the survey was not asked to its end; it goes on in the next call, at
    the first open question. ``left_open``: questions stayed open; they are asked again, on another day.
    ``Done.why`` is the outcome, ``OPTED_OUT`` or ``MAX_ATTEMPTS``.
    """
    if opted_out:
        return Done(OPTED_OUT)
    goes_on = outcome is Outcome.SURVEYED and (interrupted or left_open)
    if outcome in _FINAL and not goes_on:
        return Done(outcome.value)
    if outcome.uses_attempt and number_of_attempt >= attempt_limit(campaign, policy):
        return Done(MAX_ATTEMPTS)
    wait_s = spacing_s(outcome, policy)
    if outcome is Outcome.ABANDONED:
        wait_s = max(wait_s, policy.abandoned_recall_s)
    if goes_on and not interrupted:
        return RetryAt(max(now + wait_s, day_start(now + _DAY_S)))
    return RetryAt(now + wait_s)
