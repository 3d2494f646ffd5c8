"""From a survey's text to a version that a campaign can ask: stored, its prompts built and on record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from db.session import Database
from dialer.config import Config
from dialer.ivr.places import SYSTEM
from dialer.ivr.prompt_build import Built, build_survey_prompts
from dialer.ivr.survey_file import read_survey
from dialer.store.surveys import PromptRow, StoredSurvey, Surveys


@dataclass(frozen=True, slots=True)
class Published:
    """``new``: this text was not the newest version before."""

    stored: StoredSurvey
    new: bool
    prompts: Sequence[Built]


async def publish_survey(
    config: Config, database: Database, source: str, name: str, by: str, clock: Callable[[], float]
) -> Published:
    """Check, store, build. ``name`` of the source stands in faults; ``InputError`` names line and node."""
    survey = read_survey(source, name)
    stored, new = await Surveys(database).add(survey.name, source, by, clock())
    built = await publish_prompts(config, database, stored, clock)
    return Published(stored, new, built)


async def publish_prompts(
    config: Config, database: Database, stored: StoredSurvey, clock: Callable[[], float], again: bool = False
) -> Sequence[Built]:
    """Build what is missing or outdated of a stored version, and the office's own prompts with it."""
    built = await asyncio.to_thread(build_survey_prompts, config, stored.version_id, stored.source, again)
    surveys = Surveys(database)
    own = [each for each in built if each.wanted.folder != SYSTEM]
    await surveys.record_prompts(stored.version_id, _rows(own), clock())
    await surveys.record_prompts(None, _rows([each for each in built if each not in own]), clock())
    return built


def _rows(built: Sequence[Built]) -> list[PromptRow]:
    return [
        PromptRow(of.name, of.language, of.text, each.source, each.sha256, each.duration_s)
        for each in built
        for of in [each.wanted]
    ]
