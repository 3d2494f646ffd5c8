"""From what a supervisor asks for to a campaign that may be stored: every value is checked here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dialer.core.lifecycle import is_promotional_series
from dialer.core.missed_calls import MISSED_CALL
from dialer.core.model import LEAST_RING_S, SEEN_FIRST, CampaignKind, PacingMode, Quota, Window
from dialer.core.quotas import ONLY_SURVEYS
from dialer.core.words import N_
from dialer.errors import InputError, RuleRefusal

LONGEST_NAME = 80
LONGEST_RING_S = 90.0
LONGEST_WRAP_UP_S = 600.0
HIGHEST_RATIO = 5.0
HIGHEST_CAP = 0.03
"""At most 3 % of live answers may be abandoned; a campaign may be stricter, never laxer."""
HIGHEST_PRIORITY = 9

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_LOOKS_LIKE_A_NUMBER = re.compile(r"[+\d\s()-]+")


@dataclass(frozen=True, slots=True)
class ListFacts:
    """A list as stored; ``id`` 0: the list of a line, which is made with its campaign."""

    id: int
    name: str
    purpose: str
    source: str
    consent: str
    members: int


@dataclass(frozen=True, slots=True)
class TrunkFacts:
    """A trunk as configured; ``channels``: calls at once, ``calls_per_second``: new calls."""

    name: str
    caller_id: str
    sender_id: str
    channels: int
    calls_per_second: float


@dataclass(frozen=True, slots=True)
class SurveyFacts:
    """The version of a survey that a campaign will ask, however the survey grows later."""

    version_id: int
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class OfficeLimits:
    """What no campaign may exceed, and what it gets when nothing is said."""

    window: Window
    ring_s: float
    max_total: int


@dataclass(frozen=True, slots=True)
class Wish:
    """A campaign as asked for; None means: what the office has. Seconds; ``cap`` is a share 0..1.

    ``line``: the number that people ring to be called, E.164.
    """

    name: str
    kind: CampaignKind
    purpose: str
    caller_id: str | None = None
    promotional: bool = False
    mode: PacingMode | None = None
    dial_ratio: float | None = None
    cap: float = HIGHEST_CAP
    window: Window | None = None
    ring_s: float | None = None
    wrap_up_s: float = 10.0
    max_attempts: int | None = None
    max_channels: int = 0
    priority: int = 1
    quotas: tuple[Quota, ...] = ()
    line: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A campaign that may be stored."""

    name: str
    kind: CampaignKind
    purpose: str
    list_id: int
    trunk: str
    caller_id: str
    promotional: bool
    window: Window
    mode: PacingMode
    dial_ratio: float
    abandonment_cap: float
    ring_s: float
    wrap_up_s: float
    max_channels: int
    max_attempts: int
    priority: int
    survey_version_id: int | None
    quotas: tuple[Quota, ...]
    line: str


def line_list(wish: Wish) -> ListFacts:
    """The list of the people who will ring the line of a campaign that begins with nobody else."""
    return ListFacts(0, line_list_name(wish.line, wish.name), wish.purpose, MISSED_CALL, MISSED_CALL, 0)


def line_list_name(line: str, campaign: str) -> str:
    """How the list is named of those who rang a campaign's line."""
    return f"{MISSED_CALL} {line} {campaign.strip()}"[:LONGEST_NAME]


def draft(
    wish: Wish, contacts: ListFacts, trunk: TrunkFacts, survey: SurveyFacts | None, office: OfficeLimits
) -> Draft:
    """The campaign to store.

    ``InputError`` names the option that is wrong and what it may be; ``RuleRefusal`` names the calling rule.
    """
    _check_name(wish.name)
    _check_list(wish, contacts)
    if wish.kind is CampaignKind.SURVEY and survey is None:
        raise InputError(N_("a survey campaign needs its questions; name them with --survey"))
    if wish.quotas and wish.kind is not CampaignKind.SURVEY:
        raise InputError(ONLY_SURVEYS, name=wish.name)
    mode, dial_ratio = _pacing(wish)
    ring_s = office.ring_s if wish.ring_s is None else wish.ring_s
    return Draft(
        name=wish.name.strip(),
        kind=wish.kind,
        purpose=wish.purpose,
        list_id=contacts.id,
        trunk=trunk.name,
        caller_id=_caller_id(wish, trunk),
        promotional=wish.promotional,
        window=_window(wish.window, office.window),
        mode=mode,
        dial_ratio=dial_ratio,
        abandonment_cap=_cap(wish.cap),
        ring_s=_within("--ring", ring_s, LEAST_RING_S, LONGEST_RING_S),
        wrap_up_s=_within("--wrap-up", wish.wrap_up_s, 0, LONGEST_WRAP_UP_S),
        max_channels=int(_within("--channels", wish.max_channels, 0, trunk.channels)),
        max_attempts=_max_attempts(wish, office),
        priority=int(_within("--priority", wish.priority, 1, HIGHEST_PRIORITY)),
        survey_version_id=survey.version_id if survey else None,
        quotas=wish.quotas,
        line=wish.line,
    )


def _check_name(name: str) -> None:
    text = name.strip()
    visible = text.replace("\u200c", "").replace("\u200d", "")  # Devanagari's joiners are invisible but meant
    if not visible or len(text) > LONGEST_NAME or not visible.isprintable():
        raise InputError(N_("a campaign's name has 1 to {most} printable characters"), most=LONGEST_NAME)
    if looks_like_a_number(text):
        raise InputError(N_("the name {name!r} reads like a telephone number; use words"), name=text)


def _check_list(wish: Wish, contacts: ListFacts) -> None:
    if not contacts.source.strip() or not contacts.consent.strip():
        raise RuleRefusal(
            N_(
                "list {list!r} states no source or no consent, so nobody on it may be called; "
                "import it again with --source and --consent"
            ),
            list=contacts.name,
        )
    if contacts.purpose != wish.purpose:
        raise RuleRefusal(
            N_(
                "list {list!r} was given for {given!r}, not for {wanted!r}; "
                "people are called only for the purpose they gave their number for"
            ),
            list=contacts.name,
            given=contacts.purpose,
            wanted=wish.purpose,
        )
    if contacts.members == 0 and not wish.line:
        raise InputError(
            N_("list {list!r} is empty; fill it with `dialer contacts import`"), list=contacts.name
        )


def _caller_id(wish: Wish, trunk: TrunkFacts) -> str:
    caller_id = (wish.caller_id or trunk.caller_id).replace(" ", "")
    if not _E164.fullmatch(caller_id):
        raise InputError(N_("--caller-id {number!r} is not a number like +917712345678"), number=caller_id)
    if wish.promotional and not is_promotional_series(caller_id):
        raise RuleRefusal(
            N_(
                "a promotional campaign calls from a 140-series number, {number} is none; "
                "give it with --caller-id +91140..."
            ),
            number=caller_id,
        )
    if wish.promotional and not trunk.sender_id:
        raise RuleRefusal(
            N_(
                "a promotional campaign needs a registered sender id; "
                "set promotional_sender_id of trunk {trunk!r} in config.yaml"
            ),
            trunk=trunk.name,
        )
    if not wish.promotional and is_promotional_series(caller_id):
        raise RuleRefusal(
            N_("{number} is a promotional number; add --promotional or take another caller ID"),
            number=caller_id,
        )
    return caller_id


def _pacing(wish: Wish) -> tuple[PacingMode, float]:
    mode = wish.mode or (PacingMode.PROGRESSIVE if wish.dial_ratio is None else PacingMode.RATIO)
    if wish.dial_ratio is not None and mode is not PacingMode.RATIO:
        raise InputError(N_("--ratio belongs to --mode ratio, not to --mode {mode}"), mode=mode.value)
    if mode in SEEN_FIRST and wish.kind is CampaignKind.SURVEY:
        raise InputError(N_("--mode {mode} needs operators who see the person first"), mode=mode.value)
    ratio = 1.0 if wish.dial_ratio is None else wish.dial_ratio
    return mode, _within("--ratio", ratio, 1.0, HIGHEST_RATIO)


def _cap(cap: float) -> float:
    if not 0 < cap <= HIGHEST_CAP:
        raise RuleRefusal(
            N_("--cap {cap:g}% is against the rule: it must be above 0% and at most {most:g}%"),
            cap=cap * 100,
            most=HIGHEST_CAP * 100,
        )
    return cap


def _window(wished: Window | None, office: Window) -> Window:
    if wished is None:
        return office
    if wished.start_minute < office.start_minute or wished.end_minute > office.end_minute:
        raise RuleRefusal(
            N_("--window {wished} is wider than the office's calling window {office}"),
            wished=window_text(wished),
            office=window_text(office),
        )
    return wished


def _max_attempts(wish: Wish, office: OfficeLimits) -> int:
    wished = min(3, office.max_total) if wish.max_attempts is None else wish.max_attempts
    return int(_within("--max-attempts", wished, 1, office.max_total))


def _within(option: str, value: float, lowest: float, highest: float) -> float:
    if not lowest <= value <= highest:
        raise InputError(
            N_("{option} {value:g} is not between {lowest:g} and {highest:g}"),
            option=option,
            value=value,
            lowest=lowest,
            highest=highest,
        )
    return value


def looks_like_a_number(text: str) -> bool:
    """Whether a person would read it as a telephone number or an id; no campaign is named so."""
    return _LOOKS_LIKE_A_NUMBER.fullmatch(text.strip()) is not None


def window_text(window: Window) -> str:
    """``09:00-21:00``."""
    return "-".join(
        f"{minute // 60:02d}:{minute % 60:02d}" for minute in (window.start_minute, window.end_minute)
    )
