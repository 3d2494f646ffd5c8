"""What pacing is asked and what it answers: plain records, no behaviour beyond words.

Nobody changes a record. Those that are made anew for every decision are not declared frozen all the same: a
frozen one takes three times as long to make.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dialer.core.model import CampaignKind, PacingMode


@dataclass(frozen=True, slots=True)
class PacingPolicy:
    """What the supervisor decided, and what is believed before anything is learnt.

    ``abandonment_cap``: share of live answers that may be abandoned, per day and in every rolling
    ``window_s`` with ``window_answers`` or more. ``dial_ratio``: calls per free operator in ratio mode.
    ``patience_s``: how long an answered person may wait for an operator before the call counts as
    abandoned. ``least_ring_s``: a call that has rung so long may be taken back (None: none ever is). The
    ``*_prior*`` fields are beliefs for the first minutes only; all times are seconds.
    """

    kind: CampaignKind = CampaignKind.OPERATORS
    mode: PacingMode = PacingMode.PREDICTIVE
    dial_ratio: float = 1.0
    abandonment_cap: float = 0.03
    window_s: float = 1800.0
    window_answers: int = 60
    patience_s: float = 2.0
    ring_limit_s: float = 25.0
    least_ring_s: float | None = None
    answer_rate_prior: float = 0.35
    set_up_prior_s: float = 2.0
    ring_prior_s: float = 9.0
    talk_prior_s: float = 90.0
    wrap_up_prior_s: float = 10.0


@dataclass(slots=True)
class CallInFlight:
    """A call that was dialled and has neither been answered nor ended.

    ``dialled_at``, ``ringing_since``: epoch seconds; ``ringing_since`` is None until the far end alerts.
    ``features``: what is known of the contact, such as ``("trunk:a", "tried:2", "kind:citizen")``; calls that
    share a word are forecast alike. Leave it empty when nothing is known. ``awaited``: an operator waits for
    this person or has promised the call; it is never taken back.
    """

    dialled_at: float
    ringing_since: float | None = None
    features: tuple[str, ...] = ()
    awaited: bool = False


class BusyPhase(StrEnum):
    """What keeps an operator busy."""

    TALKING = "talking"
    WRAP_UP = "wrap_up"


@dataclass(slots=True)
class BusyOperator:
    """An operator who takes this campaign's next person after the present one.

    Leave out operators who drain, pause or leave after this call. ``since``: when the phase began.
    ``step`` of ``steps``: questions done in this talk, 0 of 0 when unknown; ``step_at``: when ``step`` was
    reached. ``operator``: any stable number of the person, 0 when unknown.
    """

    phase: BusyPhase
    since: float
    step: int = 0
    steps: int = 0
    step_at: float | None = None
    operator: int = 0


@dataclass(slots=True)
class PacingSnapshot:
    """The campaign's moment.

    ``free``: operators ready for this campaign, nobody reserved for them. ``waiting``: people who answered
    and are not joined yet (their time runs). ``claims``: calls ordered but not yet in ``in_flight``.
    ``reserved``: free operators kept for others (inbound, transfers, other campaigns' shares).
    The four limits are what may still be placed now, after calls in flight and claims; None = no limit.
    ``requested``: operators who want the person called whom they look at. ``closes_in_s``: seconds until
    the campaign's hours end; None when they are not known.
    """

    free: int
    busy: Collection[BusyOperator] = ()
    in_flight: Collection[CallInFlight] = ()
    waiting: int = 0
    claims: int = 0
    reserved: int = 0
    requested: int = 0
    trunk_channels_free: int | None = None
    campaign_channels_free: int | None = None
    calls_left_this_second: int | None = None
    contacts_left: int | None = None
    closes_in_s: float | None = None


class ReasonCode(StrEnum):
    """Why so many calls were dialled; the key of a translation."""

    NO_OPERATORS = "no_operators"
    ALL_BUSY = "all_busy"
    ONE_PER_OPERATOR = "one_per_operator"
    ENOUGH_IN_FLIGHT = "enough_in_flight"
    FIXED_RATIO = "fixed_ratio"
    ON_REQUEST = "on_request"
    BY_HAND = "by_hand"
    PREDICTED = "predicted"
    RISK_TOO_HIGH = "risk_too_high"
    TOO_MANY_AT_ONCE = "too_many_at_once"
    ALLOWANCE_SPENT = "allowance_spent"
    ALLOWANCE_SHORT = "allowance_short"
    TRUNK_FULL = "trunk_full"
    CAMPAIGN_FULL = "campaign_full"
    RATE_LIMIT = "rate_limit"
    LIST_END = "list_end"
    SURVEY_CHANNELS = "survey_channels"


_TEXTS: Mapping[ReasonCode, str] = {
    ReasonCode.NO_OPERATORS: "no operator takes this campaign's calls",
    ReasonCode.ALL_BUSY: "no operator is free",
    ReasonCode.ONE_PER_OPERATOR: "one call for each of {free:.0f} free operators",
    ReasonCode.ENOUGH_IN_FLIGHT: "{in_flight:.0f} calls in flight are enough for {free:.0f} free operators",
    ReasonCode.FIXED_RATIO: "{ratio:g} calls for each of {free:.0f} free operators",
    ReasonCode.ON_REQUEST: "{requested:.0f} operators want the person called whom they look at",
    ReasonCode.BY_HAND: "its operators choose whom to call by the number",
    ReasonCode.PREDICTED: (
        "{answers:.1f} answers expected in {horizon_s:.0f} s, {operators:.1f} operators free by then; "
        "allowance {used_percent:.1f} % used of {cap_percent:g} %"
    ),
    ReasonCode.RISK_TOO_HIGH: (
        "one more costs an abandoned call with {risk_percent:.0f} % chance ({accepted_percent:.0f} % taken): "
        "{answers:.1f} answers expected in {horizon_s:.0f} s, {operators:.1f} operators free by then; "
        "allowance {used_percent:.1f} % used of {cap_percent:g} %"
    ),
    ReasonCode.TOO_MANY_AT_ONCE: (
        "with one more, so many could answer at once that the allowance is spent "
        "(it pays for {spare:.0f} more): "
        "{answers:.1f} answers expected in {horizon_s:.0f} s, {operators:.1f} operators free by then; "
        "allowance {used_percent:.1f} % used of {cap_percent:g} %"
    ),
    ReasonCode.ALLOWANCE_SPENT: (
        "the allowance is spent ({used_percent:.1f} % of {cap_percent:g} %): one call for each free operator"
    ),
    ReasonCode.ALLOWANCE_SHORT: (
        "the allowance pays for {payable:.0f} more abandoned calls ({used_percent:.1f} % used of "
        "{cap_percent:g} %): no more calls than that beyond {free:.0f} free operators"
    ),
    ReasonCode.TRUNK_FULL: "the trunk has no free channel",
    ReasonCode.CAMPAIGN_FULL: "the campaign has no free channel",
    ReasonCode.RATE_LIMIT: "the trunk's calls per second are used",
    ReasonCode.LIST_END: "no contact is dialable now",
    ReasonCode.SURVEY_CHANNELS: "{room:.0f} more survey calls fit the channels and the rate",
}


@dataclass(slots=True)
class Reason:
    """Why; ``code`` with ``values`` is for translation, ``text`` is the English sentence."""

    code: ReasonCode
    values: Mapping[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The English sentence; every value it names is in ``values``."""
        return _TEXTS[self.code].format(**self.values)


@dataclass(slots=True)
class Forecast:
    """What is expected ``horizon_s`` seconds from now, without the calls dialled by this decision.

    ``answers``, ``operators``: expected answers and operators free by then. ``answer_probability``: of a
    call dialled now. ``risk``: chance that one more call, if answered, costs an abandoned one;
    ``accepted_risk``: the most that is taken now. ``used``: abandonment rate, the worse of the day and the
    last half hour; ``cap``: its limit.
    """

    horizon_s: float
    answers: float
    operators: float
    answer_probability: float
    risk: float
    accepted_risk: float
    used: float
    cap: float


@dataclass(slots=True)
class Decision:
    """Place ``dials`` calls now. ``forecast`` is None where none was needed.

    ``take_back``: so many of the calls that have rung ``least_ring_s`` are hung up now, the longest ringing
    first: should they be answered, nobody would be there.
    """

    dials: int
    reason: Reason
    forecast: Forecast | None = None
    take_back: int = 0
