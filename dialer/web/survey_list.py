"""The list of surveys, each leading to the page of its results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from db.session import Database
from dialer.i18n import N_, catalog
from dialer.ivr.survey_file import read_survey
from dialer.reports.survey_words import moment
from dialer.store.survey_results import SurveyAnswers
from dialer.store.surveys import Surveys
from dialer.web.page_templates import template

TEXTS: Final = {
    "surveys": N_("Surveys"),
    "war_room": N_("War room"),
    "survey": N_("Survey"),
    "newest": N_("newest version"),
    "answers": N_("answers"),
    "last": N_("last answer"),
    "none": N_("No survey is stored yet; `dialer survey add FILE`."),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A survey: its newest version, the answers to all of them, and when the last came (epoch seconds)."""

    name: str
    title: str
    version: int
    answers: int
    last_at: float | None


async def listed(database: Database, language: str) -> Sequence[Listed]:
    """All surveys: those that were answered last come first."""
    newest = {each.name: each for each in reversed(await Surveys(database).all())}
    store, found = SurveyAnswers(database), []
    for name, stored in newest.items():
        survey = read_survey(stored.source, name)
        versions = await store.versions(name)
        last_at = max((each.last_at for each in versions if each.last_at is not None), default=None)
        title = survey.title.get(language) or survey.title[survey.languages[0]]
        answers = sum(each.answers for each in versions)
        found.append(Listed(name, title, stored.version, answers, last_at))
    return sorted(found, key=lambda one: (-(one.last_at or 0.0), one.name))


def list_page(surveys: Sequence[Listed], language: str) -> str:
    """The whole page."""
    text = catalog(language).gettext
    words = {name: text(said) for name, said in TEXTS.items()}
    page: str = template("surveys.html").render(t=words, language=language, surveys=surveys, moment=moment)
    return page
