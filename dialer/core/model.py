"""Frozen records that every room speaks of. Times are UTC epoch seconds unless a name says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LEAST_RING_S = 15.0
"""A phone rings so long, seconds, before we give up or take the call back: people need the time to answer."""


class CampaignKind(StrEnum):
    """What happens to a person who answers."""

    OPERATORS = "operators"
    SURVEY = "survey"


class CampaignState(StrEnum):
    """Life of a campaign. ``STOPPING`` places no new call and ends when the last one has."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    FINISHED = "finished"


class PacingMode(StrEnum):
    """How many calls are placed for the operators there are.

    ``PREVIEW``: each sees the next person first and has them called; ``MANUAL``: each looks a person up by
    the number, sees them and has them called, and nobody is claimed for anybody otherwise.
    """

    MANUAL = "manual"
    PREVIEW = "preview"
    PROGRESSIVE = "progressive"
    RATIO = "ratio"
    PREDICTIVE = "predictive"


SEEN_FIRST = frozenset({PacingMode.MANUAL, PacingMode.PREVIEW})
"""Modes whose people an operator sees before they are called, and may ask for by the number."""


class Outcome(StrEnum):
    """What became of an attempt. An answered call is exactly one of the first three."""

    CONNECTED = "connected"
    SURVEYED = "surveyed"
    ABANDONED = "abandoned"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    SWITCHED_OFF = "switched_off"
    UNREACHABLE = "unreachable"
    INVALID = "invalid"
    CONGESTION = "congestion"
    TRUNK_FAULT = "trunk_fault"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"

    @property
    def answered(self) -> bool:
        """A live answer: it counts for the abandonment rate."""
        return self in (Outcome.CONNECTED, Outcome.SURVEYED, Outcome.ABANDONED)

    @property
    def uses_attempt(self) -> bool:
        """Whether it counts against the contact's attempt limits; faults of ours or the trunk's never do."""
        return self not in (Outcome.CONGESTION, Outcome.TRUNK_FAULT, Outcome.CANCELLED, Outcome.WITHDRAWN)

    @property
    def was_placed(self) -> bool:
        """Whether Asterisk was told to place it; a withdrawn attempt was only written down."""
        return self is not Outcome.WITHDRAWN


class RefusalReason(StrEnum):
    """Why a contact is not dialled."""

    OUTSIDE_WINDOW = "outside_window"
    SILENCE_PERIOD = "silence_period"
    SUPPRESSED = "suppressed"
    DAY_LIMIT = "day_limit"
    WEEK_LIMIT = "week_limit"
    TOTAL_LIMIT = "total_limit"
    SPACING = "spacing"
    ABANDONED_RECENTLY = "abandoned_recently"
    PURPOSE_MISMATCH = "purpose_mismatch"
    NO_CONSENT = "no_consent"
    NO_CONSTITUENCY = "no_constituency"
    CAMPAIGN_NOT_RUNNING = "campaign_not_running"
    CALLER_ID_NOT_ALLOWED = "caller_id_not_allowed"
    CALL_IN_PROGRESS = "call_in_progress"
    SKIPPED = "skipped"
    QUOTA_FULL = "quota_full"
    THROUGH = "through"


@dataclass(frozen=True, slots=True)
class Window:
    """Calling hours of a day in Asia/Kolkata, minutes after midnight, ``[start, end)``."""

    start_minute: int = 9 * 60
    end_minute: int = 21 * 60


@dataclass(frozen=True, slots=True)
class SilencePeriod:
    """No dialling into ``constituency`` (``None``: into any) within ``[starts_at, ends_at)``."""

    constituency: int | None
    starts_at: float
    ends_at: float


@dataclass(frozen=True, slots=True)
class DialPolicy:
    """The office's calling rules.

    ``spacing_s``: seconds before the next attempt after an outcome; outcomes not named wait
    ``default_spacing_s``. ``max_per_day`` and ``max_per_week`` hold across all campaigns, ``max_total``
    bounds every campaign's own ``max_attempts``. ``sender_ids``: the registered promotional sender id of
    each trunk that has one.
    """

    window: Window = Window()
    silence: tuple[SilencePeriod, ...] = ()
    max_per_day: int = 3
    max_per_week: int = 6
    max_total: int = 6
    spacing_s: Mapping[Outcome, float] = field(default_factory=dict)
    default_spacing_s: float = 3600.0
    abandoned_recall_s: float = 72 * 3600.0
    ring_s: float = 30.0
    sender_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contact:
    """A person to call as a list knows them. ``phone`` is E.164; ``list_*`` come from the list."""

    id: int
    phone: str
    name: str
    language: str
    constituency: int | None
    list_purpose: str
    list_source: str
    list_consent: str
    suppressed: bool = False
    kind: str = "citizen"


@dataclass(frozen=True, slots=True)
class PastAttempt:
    """One earlier attempt to the same number, of any campaign; ``outcome`` is None while it lives."""

    at: float
    campaign_id: int
    outcome: Outcome | None


class QuotaBy(StrEnum):
    """What a quota tells people apart by: a property of the contact, as its list says."""

    CONSTITUENCY = "constituency"
    LANGUAGE = "language"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Quota:
    """``wanted`` complete interviews, and no more, with people whose property ``by`` is ``group``."""

    by: QuotaBy
    group: str
    wanted: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as the engine and the rules see it.

    ``dial_ratio``: calls per free operator in ratio mode. ``abandonment_cap``: share of live answers
    per day, 0..1. ``max_channels``: calls of this campaign at once, 0 = only the trunk's cap.
    ``quotas``: at most one of each group; who is in no group of theirs is called without one.
    ``line``: the number (E.164) that people ring to be called by it, empty: it has none.
    """

    id: int
    name: str
    kind: CampaignKind
    state: CampaignState
    purpose: str
    trunk: str
    caller_id: str
    promotional: bool = False
    window: Window = Window()
    mode: PacingMode = PacingMode.PROGRESSIVE
    dial_ratio: float = 1.0
    abandonment_cap: float = 0.03
    ring_s: float = 30.0
    wrap_up_s: float = 10.0
    max_channels: int = 0
    survey_version_id: int | None = None
    priority: int = 1
    max_attempts: int = 3
    quotas: tuple[Quota, ...] = ()
    line: str = ""

    @property
    def ring_limit_s(self) -> float:
        """How long a phone rings before we give up."""
        return max(self.ring_s, LEAST_RING_S)


@dataclass(frozen=True, slots=True)
class ClaimedAttempt:
    """An attempt that is written in the store and may be dialled. ``id`` is also its channel id.

    ``operator_id``: the operator with whom the person agreed on this call, None for any.
    ``inbound``: the person called us. That uses up no attempt, and has no number among them (0).
    ``asked_before``: an earlier call of this campaign has asked them by keypad already.
    """

    id: str
    campaign_id: int
    contact: Contact
    claimed_at: float
    number_of_attempt: int
    operator_id: int | None = None
    inbound: bool = False
    asked_before: bool = False


@dataclass(frozen=True, slots=True)
class Allowed:
    """The rules let this contact be dialled now."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The rules forbid it; ``until`` is when it may be asked again, None = never in this campaign."""

    reason: RefusalReason
    until: float | None
    detail: str = ""


Verdict = Allowed | Refused


@dataclass(frozen=True, slots=True)
class RetryAt:
    """Dial the contact again in this campaign, not before ``at``."""

    at: float


@dataclass(frozen=True, slots=True)
class Done:
    """The contact leaves the campaign; ``why`` is shown by ``explain``."""

    why: str


NextStep = RetryAt | Done
