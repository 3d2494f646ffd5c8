"""The calling rules: may this contact be dialled now, and if not, why and until when.

A refusal's ``until`` is the first moment at which every rule allows the call as things stand now. Where
no clock can tell, because a setting, a campaign's state or a call in progress must change first, it is
``RECHECK_S`` later and only says when to ask again. None is for what time does not heal.

Limits count calendar days of Asia/Kolkata: the day is today, the week is today and the six days before.
Both hold across all campaigns; the limit in all is that of the campaign. Only outcomes that use an
attempt count, only attempts that were placed space the next one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

from dialer.core.dispositions import SKIP_REASONS, SKIPPED_FOR_S
from dialer.core.drafting import window_text
from dialer.core.lifecycle import is_promotional_series
from dialer.core.model import (
    Allowed,
    Campaign,
    CampaignState,
    Contact,
    DialPolicy,
    Outcome,
    PastAttempt,
    RefusalReason,
    Refused,
    Verdict,
    Window,
)
from dialer.core.quotas import Progress, Standings

OFFICE_ZONE = timezone(timedelta(hours=5, minutes=30), "Asia/Kolkata")
"""India Standard Time: the same offset in the whole country and the whole year since 1945."""

RECHECK_S = 60.0
"""When to ask again if only a person or a call in progress can change the answer (seconds)."""

DAYS_OF_A_WEEK = 7
_DAY_S = 86_400
_OFFSET_S = 19_800

_ALLOWED = Allowed()
_Placed = tuple[float, Outcome]
"""When an attempt that was placed ended, and how."""


def may_dial(
    contact: Contact,
    campaign: Campaign,
    history: Sequence[PastAttempt],
    policy: DialPolicy,
    now: float,
    *,
    asked_for: bool = False,
    standings: Standings | None = None,
) -> Verdict:
    """Whether the contact may be dialled at ``now``.

    ``history`` is of the contact's number: its placed attempts of ``campaign`` and, of any campaign, those
    of the last ``history_horizon_s``. ``asked_for``: the person agreed on this time; that lifts quotas, and
    limits and spacing, which protect people from calls that they did not ask for, and nothing else.
    ``standings``: how far the quotas of the campaign are; None leaves them out.
    """
    return CampaignRules(campaign, policy, now, standings).may_dial(contact, history, asked_for=asked_for)


class CampaignRules:
    """``may_dial`` for many contacts of one campaign at one moment: what they share is judged once."""

    def __init__(
        self, campaign: Campaign, policy: DialPolicy, now: float, standings: Standings | None = None
    ) -> None:
        self._campaign, self._policy, self._now = campaign, policy, now
        self._standings = standings
        self._unforeseeable = _refused_until_someone_acts(campaign, policy, now)
        self._window = narrower(policy.window, campaign.window)
        self._closed_now = self._closed(now)
        # Who was never called is refused at no time then.
        self._is_open_to_all = self._closed_now is None and all(
            period.constituency is None for period in policy.silence
        )

    def may_dial(
        self, contact: Contact, history: Sequence[PastAttempt], *, asked_for: bool = False
    ) -> Verdict:
        """As the function of this name."""
        for_good = _refused_for_good(
            contact, self._campaign, () if asked_for else history, self._policy
        )
        if for_good is not None:
            return for_good
        quotas = () if self._standings is None or asked_for else self._standings.of(contact)
        if quotas and (full := next((each for each in quotas if each.is_full), None)):
            detail = "the quota of {} is full: {} of {} interviews".format(*_told(full))
            return Refused(RefusalReason.QUOTA_FULL, None, detail)
        unforeseeable = self._unforeseeable or (_call_in_progress(history, self._now) if history else None)
        if unforeseeable is not None:
            return unforeseeable
        verdict: Verdict = _ALLOWED
        if history or not self._is_open_to_all:
            verdict = self._as_the_clock_decides(contact, history, asked_for=asked_for)
        held = next((each for each in quotas if each.is_held), None) if quotas else None
        if held is not None and verdict is _ALLOWED:
            missing = "calls under way may fill the quota of {}: {} of {} interviews".format(*_told(held))
            detail = f"{held.under_way} {missing}"
            return Refused(RefusalReason.QUOTA_FULL, self._now + RECHECK_S, detail)
        return verdict

    def _as_the_clock_decides(
        self, contact: Contact, history: Sequence[PastAttempt], *, asked_for: bool
    ) -> Verdict:
        policy = self._policy
        placed = [(past.at, past.outcome) for past in history if past.outcome and past.outcome.was_placed]
        used = () if asked_for else sorted(ended_at for ended_at, outcome in placed if outcome.uses_attempt)

        def refused_at(at: float) -> Refused | None:
            return (
                (self._closed_now if at == self._now else self._closed(at))
                or _silence_of_contact(contact, policy, at)
                or _day_limit(used, policy, at)
                or _week_limit(used, policy, at)
                or _abandoned_recently(placed, policy, at)
                or (None if asked_for else _spacing(placed, policy, at))
            )

        return _verdict(refused_at, self._now)

    def _closed(self, at: float) -> Refused | None:
        return _outside_window(self._window, at) or _silence_of_all(self._policy, at)


def may_campaign_dial(campaign: Campaign, policy: DialPolicy, now: float) -> Verdict:
    """Whether the campaign may dial anybody at ``now``; its refusals always have an ``until``."""
    unforeseeable = _refused_until_someone_acts(campaign, policy, now)
    if unforeseeable is not None:
        return unforeseeable
    window = narrower(policy.window, campaign.window)
    return _verdict(lambda at: _outside_window(window, at) or _silence_of_all(policy, at), now)


def closes_in_s(campaign: Campaign, policy: DialPolicy, now: float) -> float | None:
    """Seconds until the clock stops the campaign: its hours end, or a silence period begins everywhere.

    0 where they forbid calls now; None when nothing that is known will stop it.
    """
    window = narrower(policy.window, campaign.window)
    edges = [_midnight(_local_day(now)) + window.end_minute * 60]
    edges += [period.starts_at for period in policy.silence if period.constituency is None]
    for at in (now, *sorted(edges)):
        if at >= now and (_outside_window(window, at) or _silence_of_all(policy, at)):
            return at - now
    return None


def may_anybody_be_called(policy: DialPolicy, at: float) -> Verdict:
    """Whether the office calls at all at that time; its refusals always have an ``until``."""
    return _verdict(lambda then: _outside_window(policy.window, then) or _silence_of_all(policy, then), at)


def skipped(reason: str, at: float) -> Refused:
    """What it means that an operator passed somebody over; ``reason``: a code of ``SKIP_REASONS``."""
    wait_s = SKIPPED_FOR_S[reason]
    words = next(label.en for label in SKIP_REASONS if label.code == reason)
    return Refused(RefusalReason.SKIPPED, None if wait_s is None else at + wait_s, words)


def attempt_limit(campaign: Campaign, policy: DialPolicy) -> int:
    """How many attempts a contact may use up in the campaign."""
    return min(campaign.max_attempts, policy.max_total)


def spacing_s(outcome: Outcome, policy: DialPolicy) -> float:
    """Seconds from the end of an attempt to the next one to the same number."""
    if not outcome.was_placed:
        return 0.0
    return policy.spacing_s.get(outcome, policy.default_spacing_s)


def history_horizon_s(policy: DialPolicy) -> float:
    """How far back attempts of other campaigns matter to ``may_dial`` (seconds)."""
    longest = max(policy.spacing_s.values(), default=0.0)
    return max(DAYS_OF_A_WEEK * _DAY_S, longest, policy.default_spacing_s, policy.abandoned_recall_s)


def narrower(one: Window, other: Window) -> Window:
    """The hours that are in both; its end is not after its start when there are none."""
    return Window(max(one.start_minute, other.start_minute), min(one.end_minute, other.end_minute))


def _verdict(refused_at: Callable[[float], Refused | None], now: float) -> Verdict:
    """The first rule that refuses names the reason; ``until`` is when the last of them would let go."""
    first = refused_at(now)
    if first is None:
        return _ALLOWED
    until = first.until
    while until is not None and (later := refused_at(until)) is not None:
        until = later.until
    return replace(first, until=until)


# --- what time does not heal ---------------------------------------------------------------------


def _refused_for_good(
    contact: Contact, campaign: Campaign, history: Sequence[PastAttempt], policy: DialPolicy
) -> Refused | None:
    if contact.suppressed:
        return Refused(RefusalReason.SUPPRESSED, None, "on the suppression list")
    if not contact.list_source.strip() or not contact.list_consent.strip():
        return Refused(RefusalReason.NO_CONSENT, None, "the list states no source or no consent")
    if not campaign.purpose.strip() or contact.list_purpose != campaign.purpose:
        detail = f"list given for {contact.list_purpose!r}, campaign is for {campaign.purpose!r}"
        return Refused(RefusalReason.PURPOSE_MISMATCH, None, detail[:120])
    if not history:
        return None
    used = sum(
        past.campaign_id == campaign.id and past.outcome is not None and past.outcome.uses_attempt
        for past in history
    )
    limit = attempt_limit(campaign, policy)
    if used >= limit:
        return Refused(RefusalReason.TOTAL_LIMIT, None, f"{used} of {limit} attempts used in this campaign")
    return None


def _told(progress: Progress) -> tuple[str, int, int]:
    quota = progress.quota
    return f"{quota.by.value} {quota.group}", progress.complete, quota.wanted


# --- what a person or a call in progress must change -------------------------------------------------


def _refused_until_someone_acts(campaign: Campaign, policy: DialPolicy, now: float) -> Refused | None:
    if campaign.state is not CampaignState.RUNNING:
        detail = f"the campaign is {campaign.state.value}"
        return Refused(RefusalReason.CAMPAIGN_NOT_RUNNING, now + RECHECK_S, detail)
    if campaign.promotional and not is_promotional_series(campaign.caller_id):
        detail = "a promotional campaign calls from a 140-series number"
        return Refused(RefusalReason.CALLER_ID_NOT_ALLOWED, now + RECHECK_S, detail)
    if campaign.promotional and not policy.sender_ids.get(campaign.trunk):
        detail = f"trunk {campaign.trunk} has no registered sender id"
        return Refused(RefusalReason.CALLER_ID_NOT_ALLOWED, now + RECHECK_S, detail)
    window = narrower(policy.window, campaign.window)
    if window.start_minute >= window.end_minute:
        detail = "the campaign's window lies outside the office's"
        return Refused(RefusalReason.OUTSIDE_WINDOW, now + RECHECK_S, detail)
    return None


def _call_in_progress(history: Sequence[PastAttempt], now: float) -> Refused | None:
    if any(past.outcome is None for past in history):
        return Refused(RefusalReason.CALL_IN_PROGRESS, now + RECHECK_S, "the number is being called now")
    return None


# --- what the clock decides ----------------------------------------------------------------------


def _outside_window(window: Window, at: float) -> Refused | None:
    day = _local_day(at)
    opens = _midnight(day) + window.start_minute * 60
    closes = _midnight(day) + window.end_minute * 60
    if opens <= at < closes:
        return None
    until = opens if at < opens else _midnight(day + 1) + window.start_minute * 60
    return Refused(RefusalReason.OUTSIDE_WINDOW, until, f"calling hours are {window_text(window)}")


def _silence_of_all(policy: DialPolicy, at: float) -> Refused | None:
    for period in policy.silence:
        if period.constituency is None and period.starts_at <= at < period.ends_at:
            return Refused(RefusalReason.SILENCE_PERIOD, period.ends_at, "silence period everywhere")
    return None


def _silence_of_contact(contact: Contact, policy: DialPolicy, at: float) -> Refused | None:
    for period in policy.silence:
        if period.constituency is None or not period.starts_at <= at < period.ends_at:
            continue
        if contact.constituency is None:
            detail = f"silence period in {period.constituency}, and the contact's constituency is unknown"
            return Refused(RefusalReason.NO_CONSTITUENCY, period.ends_at, detail)
        if contact.constituency == period.constituency:
            detail = f"silence period in constituency {period.constituency}"
            return Refused(RefusalReason.SILENCE_PERIOD, period.ends_at, detail)
    return None


def _day_limit(used: Sequence[float], policy: DialPolicy, at: float) -> Refused | None:
    if len(used) < policy.max_per_day:
        return None
    today = _local_day(at)
    of_today = sum(_local_day(attempt_at) >= today for attempt_at in used)
    if of_today < policy.max_per_day:
        return None
    detail = f"{of_today} of {policy.max_per_day} attempts of the day used"
    return Refused(RefusalReason.DAY_LIMIT, _midnight(_local_day(used[-policy.max_per_day]) + 1), detail)


def _week_limit(used: Sequence[float], policy: DialPolicy, at: float) -> Refused | None:
    if len(used) < policy.max_per_week:
        return None
    first_day = _local_day(at) - (DAYS_OF_A_WEEK - 1)
    of_week = sum(_local_day(attempt_at) >= first_day for attempt_at in used)
    if of_week < policy.max_per_week:
        return None
    leaves_last = _local_day(used[-policy.max_per_week])
    detail = f"{of_week} of {policy.max_per_week} attempts in {DAYS_OF_A_WEEK} days used"
    return Refused(RefusalReason.WEEK_LIMIT, _midnight(leaves_last + DAYS_OF_A_WEEK), detail)


def _abandoned_recently(placed: Sequence[_Placed], policy: DialPolicy, at: float) -> Refused | None:
    abandoned = [ended_at for ended_at, outcome in placed if outcome is Outcome.ABANDONED]
    if not abandoned or at >= (until := max(abandoned) + policy.abandoned_recall_s):
        return None
    detail = f"an abandoned call is repeated after {policy.abandoned_recall_s / 3600:g} h at the earliest"
    return Refused(RefusalReason.ABANDONED_RECENTLY, until, detail)


def _spacing(placed: Sequence[_Placed], policy: DialPolicy, at: float) -> Refused | None:
    if not placed:
        return None
    until, after = max((ended_at + spacing_s(outcome, policy), outcome) for ended_at, outcome in placed)
    if at >= until:
        return None
    detail = f"{spacing_s(after, policy) / 60:g} min after {after.value}"
    return Refused(RefusalReason.SPACING, until, detail)


# --- local time ----------------------------------------------------------------------------------


def _local_day(at: float) -> int:
    """Days since 1970-01-01 on the office's calendar; whole seconds keep the edges exact."""
    return (math.floor(at) + _OFFSET_S) // _DAY_S


def _midnight(local_day: int) -> float:
    """Epoch seconds at which that day begins in the office."""
    return float(local_day * _DAY_S - _OFFSET_S)


def day_start(at: float) -> float:
    """Midnight in Asia/Kolkata at or before ``at``, epoch seconds."""
    return _midnight(_local_day(at))


def day_named(text: str) -> tuple[float, float]:
    """Begin and end of a day like ``2026-11-24`` in Asia/Kolkata, epoch seconds; else ``ValueError``."""
    day = date.fromisoformat(text)
    begin = datetime(day.year, day.month, day.day, tzinfo=OFFICE_ZONE).timestamp()
    return begin, begin + _DAY_S
