"""The results of a survey as command line, files and web page show them: read and counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from db.session import Database
from dialer.core.rules import OFFICE_ZONE
from dialer.core.survey_model import Node, Survey
from dialer.core.survey_quality import Mark
from dialer.core.survey_results import Dimension, Findings, Respondent, Results, Weights
from dialer.core.survey_tally import Tally
from dialer.ivr.survey_file import read_survey
from dialer.store.survey_results import SurveyAnswers
from dialer.store.surveys import StoredSurvey, Surveys

Note = Callable[[Respondent, frozenset[Mark]], None]
_OFFSET_S = OFFICE_ZONE.utcoffset(None).total_seconds()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. ``version`` None: the newest with answers, else the newest.

    ``leave_out``: marks whose people the second number leaves out; ``filtered``: show that number first.
    """

    name: str
    version: int | None = None
    by: tuple[Dimension, ...] = ()
    weights: Weights | None = None
    leave_out: frozenset[Mark] = frozenset(Mark)
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class SurveyReport:
    """What was found. ``made_at``: epoch seconds; ``other_versions``: those that were answered too."""

    stored: StoredSurvey
    survey: Survey
    results: Results
    made_at: float
    filtered: bool = False
    other_versions: tuple[int, ...] = ()

    @property
    def shown(self) -> Findings:
        """The answers to show first: everybody's, unless marked ones were to be left out."""
        return self.results.unmarked if self.filtered else self.results.everyone

    @property
    def beside(self) -> Findings:
        """The other number, to be shown beside."""
        return self.results.everyone if self.filtered else self.results.unmarked


async def survey_report(
    database: Database, asked: Question, now: float, note: Callable[[Survey], Note] | None = None
) -> SurveyReport:
    """Count a survey's answers; what ``note`` makes of the survey hears of each person, once.

    ``NotFoundError`` names what there is.
    """
    store, surveys = SurveyAnswers(database), Surveys(database)
    versions = await store.versions(asked.name)
    answered = [each.version for each in versions if each.answers]
    version = asked.version if asked.version is not None else next(iter(answered), None)
    stored = await surveys.find(asked.name, version)
    survey = read_survey(stored.source, f"{stored.name} v{stored.version}")
    spoken_s = await store.spoken_s(stored.version_id)
    tally = Tally(survey, spoken_s, _OFFSET_S, asked.by, asked.weights, asked.leave_out)
    tell = note(survey) if note else None
    async with aclosing(store.respondents(stored.version_id)) as people:
        async for person in people:
            marks = tally.add(person)
            if tell is not None:
                tell(person, marks)
    others = tuple(each for each in answered if each != stored.version)
    return SurveyReport(stored, survey, tally.results(), now, asked.filtered, others)


def scheme_questions(survey: Survey) -> Sequence[Node]:
    """The questions about schemes that have answers to choose from, in the order of the file."""
    return [node for node in survey.questions() if node.scheme and node.kind.selects]
