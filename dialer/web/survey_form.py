"""The campaign's survey as a form for the desk: the same questions, the same answers as on the keypad."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import structlog

from dialer.core.survey_model import Kind, Node, Survey
from dialer.errors import InputError
from dialer.ivr.survey_file import read_survey
from dialer.web.endpoint import Reply
from dialer.web.problems import Problem

log = structlog.get_logger("web")


class OptionView(Reply):
    """An answer that may be chosen; ``say`` by language code, empty when the question tells it."""

    value: str
    key: str
    say: dict[str, str]


class QuestionView(Reply):
    """A question. ``options`` empty: a number or an ISO date between ``minimum`` and ``maximum``."""

    name: str
    kind: str
    say: dict[str, str]
    options: list[OptionView]
    minimum: str = ""
    maximum: str = ""
    scheme: str = ""


class SurveyView(Reply):
    """What the campaign asks."""

    version_id: int
    name: str
    title: dict[str, str]
    questions: list[QuestionView]


def survey_of(source: str, version_id: int) -> Survey | None:
    """The survey of a stored version; None, with a log line, when it cannot be read."""
    try:
        return read_survey(source, f"survey version {version_id}")
    except InputError as fault:
        log.error("survey unreadable", version=version_id, why=str(fault).splitlines()[0])
        return None


def survey_view(survey: Survey, version_id: int) -> SurveyView:
    """The survey as the desk shows it; spoken messages cannot be typed and are left out."""
    questions = [_question(node) for node in survey.questions() if node.kind is not Kind.VOICE]
    return SurveyView(version_id=version_id, name=survey.name, title=dict(survey.title), questions=questions)


def only(view: SurveyView, questions: Collection[str]) -> SurveyView:
    """The form with these questions alone, in the survey's order."""
    return view.model_copy(update={"questions": [one for one in view.questions if one.name in questions]})


def _question(node: Node) -> QuestionView:
    minimum, maximum = "", ""
    if node.kind is Kind.NUMBER:
        minimum, maximum = str(node.minimum), str(node.maximum)
    elif node.kind is Kind.DATE:
        minimum, maximum = (date.fromordinal(day).isoformat() for day in (node.minimum, node.maximum))
    return QuestionView(
        name=node.name,
        kind=node.kind.value,
        say=dict(node.say),
        options=[OptionView(value=one.value, key=one.key, say=dict(one.say)) for one in node.options],
        minimum=minimum,
        maximum=maximum,
        scheme=node.scheme,
    )


def check_answer(view: SurveyView, question: str, value: str) -> None:
    """Raise ``Problem`` unless the survey asks this and takes that answer."""
    asked = next((one for one in view.questions if one.name == question), None)
    if asked is None:
        raise Problem("unknown_question", question=question)
    if asked.options:
        offered = [one.value for one in asked.options]
        if value not in offered:
            raise Problem("answer_not_offered", question=question, offered=", ".join(offered))
    elif not _lies_between(asked, value):
        offered_range = f"{asked.minimum} … {asked.maximum}"
        raise Problem("answer_not_offered", question=question, offered=offered_range)


def _lies_between(asked: QuestionView, value: str) -> bool:
    if asked.kind == Kind.NUMBER:
        is_plain = value.isascii() and value.isdigit() and len(value) <= 9
        return is_plain and int(asked.minimum) <= int(value) <= int(asked.maximum)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return False
    is_in_range = date.fromisoformat(asked.minimum) <= day <= date.fromisoformat(asked.maximum)
    return is_in_range and day.isoformat() == value
