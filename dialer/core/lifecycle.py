"""The life of a campaign: which step is legal in which state, and what stands in the way of a start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from dialer.core.model import Campaign, CampaignKind, CampaignState, SilencePeriod
from dialer.core.words import N_
from dialer.errors import IllegalTransition


class Step(StrEnum):
    """What a supervisor asks of a campaign; its end is written by the daemon when the last call is over."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


LIFECYCLE: Mapping[tuple[CampaignState, Step], CampaignState] = MappingProxyType(
    {
        (CampaignState.DRAFT, Step.START): CampaignState.RUNNING,
        (CampaignState.DRAFT, Step.STOP): CampaignState.FINISHED,
        (CampaignState.RUNNING, Step.PAUSE): CampaignState.PAUSED,
        (CampaignState.RUNNING, Step.STOP): CampaignState.STOPPING,
        (CampaignState.PAUSED, Step.RESUME): CampaignState.RUNNING,
        (CampaignState.PAUSED, Step.STOP): CampaignState.STOPPING,
    }
)
"""A stopped campaign still has calls on its lines, one that never ran has none."""


ENDED = N_("the campaign is {state}; make another one with `dialer campaign create`")


def state_after(state: CampaignState, step: Step) -> CampaignState:
    """The state that ``step`` leads to; ``IllegalTransition`` says what is possible instead."""
    try:
        return LIFECYCLE[state, step]
    except KeyError:
        possible = ", ".join(f"`dialer campaign {known.value}`" for at, known in LIFECYCLE if at is state)
        text = N_("the campaign is {state}, {step} does not fit; possible now: {possible}")
        if not possible:
            text = ENDED
        raise IllegalTransition(text, state=state, step=step, possible=possible) from None


class Obstacle(StrEnum):
    """A reason why a campaign may not start."""

    NO_CONSENT = "no_consent"
    PURPOSE_MISMATCH = "purpose_mismatch"
    EMPTY_LIST = "empty_list"
    NOBODY_DIALABLE = "nobody_dialable"
    SILENCE_PERIOD = "silence_period"
    TRUNK_UNKNOWN = "trunk_unknown"
    CALLER_ID_NOT_140 = "caller_id_not_140"
    NO_SENDER_ID = "no_sender_id"
    NO_SURVEY = "no_survey"
    MISSING_PROMPTS = "missing_prompts"
    CHANGED_PROMPTS = "changed_prompts"
    OUTDATED_PROMPTS = "outdated_prompts"
    CLIPPED_PROMPTS = "clipped_prompts"
    QUIET_PROMPTS = "quiet_prompts"
    LONG_PROMPTS = "long_prompts"
    UNCERTIFIED_AUDIO = "uncertified_audio"
    LINE_UNKNOWN = "line_unknown"


@dataclass(frozen=True, slots=True)
class Objection:
    """An obstacle and the values that its sentence names."""

    obstacle: Obstacle
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaunchFacts:
    """What is known of a campaign right before its start.

    ``sender_id``: the trunk's registered promotional sender id; None when config.yaml has no such trunk.
    ``unfit_audio``: what is wrong with what would be played -> the files.
    ``line_known``: config.yaml has the campaign's line, if it has one.
    ``dialable``: contacts that the rules do not exclude for good; ``silenced``: those in a silence period.
    """

    campaign: Campaign
    list_name: str
    list_purpose: str
    list_source: str
    list_consent: str
    sender_id: str | None
    contacts: int
    dialable: int
    silenced: int
    silence: SilencePeriod | None = None
    line_known: bool = True
    unfit_audio: Mapping[Obstacle, tuple[str, ...]] = field(default_factory=dict)


def objections(facts: LaunchFacts) -> Sequence[Objection]:
    """Everything that forbids the start, in the order in which a person would mend it."""
    return [*_of_the_list(facts), *_of_the_people(facts), *_of_the_line(facts), *_of_the_survey(facts)]


def _of_the_list(facts: LaunchFacts) -> list[Objection]:
    found = []
    if not facts.list_source.strip() or not facts.list_consent.strip():
        found.append(Objection(Obstacle.NO_CONSENT, {"list": facts.list_name}))
    if facts.list_purpose != facts.campaign.purpose:
        values = {"given": facts.list_purpose, "wanted": facts.campaign.purpose}
        found.append(Objection(Obstacle.PURPOSE_MISMATCH, values))
    if facts.contacts == 0 and not facts.campaign.line:
        found.append(Objection(Obstacle.EMPTY_LIST, {"list": facts.list_name}))
    return found


def _of_the_people(facts: LaunchFacts) -> list[Objection]:
    if facts.contacts == 0:
        return []
    if facts.silence is not None and facts.silenced == facts.dialable and facts.silenced > 0:
        return [Objection(Obstacle.SILENCE_PERIOD, {"until": facts.silence.ends_at})]
    if facts.dialable == 0 and not facts.campaign.line:
        return [Objection(Obstacle.NOBODY_DIALABLE, {"contacts": facts.contacts})]
    return []


def _of_the_line(facts: LaunchFacts) -> list[Objection]:
    campaign = facts.campaign
    found = []
    if not facts.line_known:
        found.append(Objection(Obstacle.LINE_UNKNOWN, {"line": campaign.line}))
    if facts.sender_id is None:
        return [*found, Objection(Obstacle.TRUNK_UNKNOWN, {"trunk": campaign.trunk})]
    if not campaign.promotional:
        return found
    if not is_promotional_series(campaign.caller_id):
        found.append(Objection(Obstacle.CALLER_ID_NOT_140, {"number": campaign.caller_id}))
    if not facts.sender_id:
        found.append(Objection(Obstacle.NO_SENDER_ID, {"trunk": campaign.trunk}))
    return found


def _of_the_survey(facts: LaunchFacts) -> list[Objection]:
    if facts.campaign.kind is CampaignKind.SURVEY and facts.campaign.survey_version_id is None:
        return [Objection(Obstacle.NO_SURVEY)]
    return [Objection(obstacle, {"prompts": names}) for obstacle, names in facts.unfit_audio.items() if names]


def is_promotional_series(caller_id: str) -> bool:
    """Whether an E.164 caller ID is of India's 140-series, the only one for promotional calls."""
    return caller_id.startswith("+91140") and len(caller_id) == len("+91") + 10
