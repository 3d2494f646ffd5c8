"""The words for a supervisor: states, outcomes, rules, times and numbers, in Hindi or English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from dialer.core.callbacks import CallbackState
from dialer.core.live import SeatState
from dialer.core.missed_calls import RingResult
from dialer.core.model import CampaignKind, CampaignState, Outcome, PacingMode, QuotaBy, RefusalReason
from dialer.core.rules import OFFICE_ZONE
from dialer.i18n import N_, translate
from dialer.reports.phrases import OPT_OUTS, OUTCOMES, RULES, grouped

_ = translate

SEATS: Final[Mapping[SeatState, tuple[str, str]]] = {
    SeatState.TALKING: (N_("seat letter:T"), N_("seat:talking")),
    SeatState.READY: (N_("seat letter:R"), N_("seat:ready")),
    SeatState.WRAP_UP: (N_("seat letter:W"), N_("seat:wrap-up")),
    SeatState.PAUSED: (N_("seat letter:P"), N_("seat:paused")),
    SeatState.UNREACHABLE: (N_("seat letter:!"), N_("seat:no phone")),
    SeatState.SIGNED_OUT: (N_("seat letter:·"), N_("seat:empty")),
    SeatState.DIALLING: (N_("seat letter:D"), N_("seat:calling")),
    SeatState.PREVIEW: (N_("seat letter:V"), N_("seat:looking")),
    SeatState.RESERVED: (N_("seat letter:J"), N_("seat:joining")),
    SeatState.CONNECTING: (N_("seat letter:C"), N_("seat:phone rings")),
}
"""A letter for the grid, and the word that explains it; what stands before the colon is for translators.

In the order of the legend: where it is short of room, the states that pass by themselves go first.
"""

CAMPAIGN_STATES: Final[Mapping[CampaignState, str]] = {
    CampaignState.DRAFT: N_("draft"),
    CampaignState.RUNNING: N_("running"),
    CampaignState.PAUSED: N_("paused"),
    CampaignState.STOPPING: N_("stopping"),
    CampaignState.FINISHED: N_("finished"),
}

KINDS: Final[Mapping[CampaignKind, str]] = {
    CampaignKind.OPERATORS: N_("operators"),
    CampaignKind.SURVEY: N_("survey"),
}

MODES: Final[Mapping[PacingMode, str]] = {
    PacingMode.MANUAL: N_("manual"),
    PacingMode.PREVIEW: N_("preview"),
    PacingMode.PROGRESSIVE: N_("progressive"),
    PacingMode.RATIO: N_("ratio"),
    PacingMode.PREDICTIVE: N_("predictive"),
}

RINGS: Final[Mapping[RingResult, str]] = {
    RingResult.CALL_BACK: N_("is called"),
    RingResult.REPEATED: N_("rang again, which is one wish"),
    RingResult.ASKED: N_("was asked at once"),
    RingResult.COMPLETE: N_("has answered everything"),
    RingResult.SUPPRESSED: N_("on the suppression list, is not called"),
    RingResult.INVALID_NUMBER: N_("shows no number that can be called"),
    RingResult.FOREIGN_NUMBER: N_("shows a number outside India"),
    RingResult.OWN_NUMBER: N_("shows a number of ours"),
    RingResult.PERSON_LIMIT: N_("rang too often in a day"),
    RingResult.FLOOD: N_("in a flood of rings"),
    RingResult.NO_CAMPAIGN: N_("no campaign had the line"),
}
"""What became of a ring of a line."""

OF_PEOPLE: Final = {
    "citizen": N_("citizen"),
    "beneficiary": N_("beneficiary"),
    "worker": N_("worker"),
    "hi": N_("Hindi"),
    "en": N_("English"),
}
"""Kinds and languages of contacts."""

GROUPS: Final[Mapping[QuotaBy, str]] = {
    QuotaBy.CONSTITUENCY: N_("constituency {group}"),
    QuotaBy.LANGUAGE: N_("language {group}"),
    QuotaBy.KIND: N_("kind {group}"),
}
"""A group of people with a quota."""

DONE: Final[Mapping[str, str]] = {
    "opted_out": N_("asked not to be called"),
    "max_attempts": N_("attempts used up"),
    "callback_cancelled": N_("the callback was cancelled"),
}
"""Why a contact left a campaign, beside outcomes and rules."""

CALLBACKS: Final[Mapping[CallbackState, str]] = {
    CallbackState.UPCOMING: N_("callback:upcoming"),
    CallbackState.DUE: N_("callback:due"),
    CallbackState.LATE: N_("callback:late"),
    CallbackState.DONE: N_("callback:done"),
    CallbackState.REPLACED: N_("callback:replaced by a later one"),
    CallbackState.CANCELLED: N_("callback:cancelled"),
    CallbackState.OVER: N_("callback:nobody calls any more"),
}
"""How an agreed callback stands; before the colon, where it is read."""

def outcome(value: Outcome | str | None) -> str:
    """An outcome in words; a living call has none yet."""
    return _("in progress") if value is None else _(OUTCOMES[Outcome(value)])


def rule(value: RefusalReason | str) -> str:
    """The rule that refused, in words; one of another version as it is stored."""
    try:
        return _(RULES[RefusalReason(value)])
    except ValueError:
        return str(value)


def group(by: QuotaBy, value: str) -> str:
    """A group with a quota."""
    return _(GROUPS[by]).format(group=of_person(value))


def of_person(value: str) -> str:
    """A contact's kind or language in words; any other text as it stands."""
    return _(OF_PEOPLE[value]) if value in OF_PEOPLE else value


def done_why(value: str) -> str:
    """Why a contact left a campaign."""
    if value in DONE:
        return _(DONE[value])
    if value in set(Outcome):
        return outcome(value)
    return rule(value)


def source(value: str) -> str:
    """Where an opt-out came from."""
    return _(OPT_OUTS[value]) if value in OPT_OUTS else value


def ring(value: RingResult) -> str:
    """What became of a ring of a line."""
    return _(RINGS[value])


def callback(value: CallbackState) -> str:
    """How an agreed callback stands."""
    return _(CALLBACKS[value]).rpartition(":")[2]


def state(value: CampaignState | str) -> str:
    """A campaign's state."""
    return _(CAMPAIGN_STATES[CampaignState(value)])


def kind(value: CampaignKind | str) -> str:
    """What happens to people who answer."""
    return _(KINDS[CampaignKind(value)])


def mode(value: PacingMode | str) -> str:
    """How calls are paced."""
    return _(MODES[PacingMode(value)])


def seat_letter(value: SeatState) -> str:
    """The one-cell letter of a seat's state."""
    return _(SEATS[value][0]).rpartition(":")[2]


def seat_word(value: SeatState) -> str:
    """The state of a seat."""
    return _(SEATS[value][1]).rpartition(":")[2]


def share(value: float | None) -> str:
    """``2.9 %``; a dash for nothing."""
    return "–" if value is None else f"{value * 100:.1f} %"


def count(value: float) -> str:
    """A whole number grouped the Indian way: ``12,34,567``."""
    return grouped(value)


def span(seconds: float) -> str:
    """A length of time: ``45 s``, ``12 min``, ``3 h 20 min``, ``2 d 4 h``."""
    whole = max(0, round(seconds))
    if whole < 120:
        return _("{s} s").format(s=whole)
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("{min} min").format(min=minutes)
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return _("{h} h {min} min").format(h=hours, min=minutes) if minutes else _("{h} h").format(h=hours)
    return _("{d} d {h} h").format(d=hours // 24, h=hours % 24)


def clock(at: float) -> str:
    """``14:05:09`` in the office."""
    return _local(at).strftime("%H:%M:%S")


def instant(at: float, now: float) -> str:
    """``14:05:09`` in the office, with the date when it is not the day of ``now``."""
    local = _local(at)
    return local.strftime("%H:%M:%S" if local.date() == _local(now).date() else "%d.%m. %H:%M:%S")


def moment(at: float | None, now: float | None = None) -> str:
    """``20.11. 14:05`` in the office, only the time when it is the day of ``now``; a dash for never."""
    if at is None:
        return "–"
    local = _local(at)
    if now is not None and local.date() == _local(now).date():
        return local.strftime("%H:%M")
    return local.strftime(
        "%d.%m. %H:%M" if now is not None and local.year == _local(now).year else "%d.%m.%Y %H:%M"
    )


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at, OFFICE_ZONE)
