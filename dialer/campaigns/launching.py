"""Starting, pausing, resuming, stopping; a start that a rule forbids is refused with all reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from db.session import Database
from dialer.campaigns.planning import launch_objections
from dialer.config import Config
from dialer.core.lifecycle import Objection, Obstacle, Step, state_after
from dialer.core.rules import OFFICE_ZONE
from dialer.core.words import N_
from dialer.errors import RuleRefusal
from dialer.store.campaigns import CampaignRecord, Campaigns
from dialer.store.selection import select_contacts

_SHOWN: Final = 3

_SENTENCES: Final[Mapping[Obstacle, str]] = {
    Obstacle.NO_CONSENT: N_("list {list} states no source or no consent"),
    Obstacle.PURPOSE_MISMATCH: N_("the list was given for {given}, the campaign is for {wanted}"),
    Obstacle.EMPTY_LIST: N_("list {list} is empty; fill it with `dialer contacts import`"),
    Obstacle.NOBODY_DIALABLE: N_("none of {contacts} people may be called; see `dialer campaign plan`"),
    Obstacle.SILENCE_PERIOD: N_("silence period until {until}"),
    Obstacle.TRUNK_UNKNOWN: N_("config.yaml has no trunk {trunk}"),
    Obstacle.LINE_UNKNOWN: N_("config.yaml has no line {line}; add it, then `dialer asterisk up`"),
    Obstacle.CALLER_ID_NOT_140: N_("a promotional campaign calls from a 140-series number, {number} is none"),
    Obstacle.NO_SENDER_ID: N_("trunk {trunk} has no promotional_sender_id in config.yaml"),
    Obstacle.NO_SURVEY: N_("the campaign has no survey"),
    Obstacle.MISSING_PROMPTS: N_("prompts are missing ({prompts}); build them with `dialer prompts build`"),
    Obstacle.CHANGED_PROMPTS: N_(
        "prompts are not as they were built ({prompts}); listen to them, or `dialer prompts build --again`"
    ),
    Obstacle.OUTDATED_PROMPTS: N_(
        "prompts have a new text or recording ({prompts}); build them with `dialer prompts build`"
    ),
    Obstacle.CLIPPED_PROMPTS: N_(
        "recordings are distorted ({prompts}); record them again, less loud, then `dialer prompts build`"
    ),
    Obstacle.QUIET_PROMPTS: N_(
        "recordings are too quiet ({prompts}); record them again, nearer to the microphone, "
        "then `dialer prompts build`"
    ),
    Obstacle.LONG_PROMPTS: N_(
        "recordings are too long ({prompts}); split or shorten them, then `dialer prompts build`"
    ),
    Obstacle.UNCERTIFIED_AUDIO: N_(
        "audio has no certificate ({prompts}); bind one with `dialer prompts certify`"
    ),
}


class LaunchRefused(RuleRefusal):
    """The campaign may not start; ``objections`` are all the reasons."""

    def __init__(self, name: str, objections: Sequence[Objection]) -> None:
        self.objections = tuple(objections)
        self.name = name
        super().__init__(self._say(str))

    def in_words(self, translate: Callable[[str], str]) -> str:
        """All reasons, translated."""
        return self._say(translate)

    def _say(self, translate: Callable[[str], str]) -> str:
        why = "; ".join(objection_text(each, translate) for each in self.objections)
        return translate(N_("campaign {name} cannot start: {why}")).format(name=self.name, why=why)


def objection_text(objection: Objection, translate: Callable[[str], str] = str) -> str:
    """One reason as a sentence."""
    values = {name: _value(value) for name, value in objection.values.items()}
    return translate(_SENTENCES[objection.obstacle]).format(**values)


async def take_step(
    config: Config, database: Database, name: str, step: Step, by: str, now: float
) -> tuple[CampaignRecord, int]:
    """Take a step in the campaign's life; returns the campaign and how many contacts joined its queue.

    ``LaunchRefused`` for a start that a rule forbids, ``IllegalTransition`` for a step that does not fit.
    """
    campaigns = Campaigns(database)
    if step in (Step.START, Step.RESUME):
        record = await campaigns.find(name)
        state_after(record.campaign.state, step)
        selection = await select_contacts(database, record, config.policy(), now)
        found = await launch_objections(config, database, record, selection, now)
        if step is Step.RESUME:  # with nobody left to call it simply ends
            found = tuple(each for each in found if each.obstacle is not Obstacle.NOBODY_DIALABLE)
        if found:
            raise LaunchRefused(name, found)
    return await campaigns.change_state(name, step, by, now)


def _value(value: object) -> object:
    if isinstance(value, float):
        return datetime.fromtimestamp(value, OFFICE_ZONE).strftime("%d.%m.%Y %H:%M")
    if isinstance(value, tuple):
        more = f" +{len(value) - _SHOWN}" if len(value) > _SHOWN else ""
        return ", ".join(map(str, value[:_SHOWN])) + more
    return value
