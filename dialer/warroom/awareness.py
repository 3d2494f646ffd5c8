"""What citizens say they know of schemes, from counted answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, select

from db.models import SurveyVersion
from dialer.core.survey_model import Kind
from dialer.errors import InputError
from dialer.ivr.survey_file import read_survey
from dialer.warroom.tallies import Counts


@dataclass(frozen=True, slots=True)
class Awareness:
    """How many of those asked said they know a scheme. ``share`` in 0..1, None when nobody was asked."""

    scheme: str
    yes: int
    asked: int

    @property
    def share(self) -> float | None:
        """The part that knows it."""
        return self.yes / self.asked if self.asked else None


@lru_cache(maxsize=256)
def _scheme_questions(source: str) -> tuple[tuple[str, str, str], ...]:
    """(question, scheme, the answer that says yes) of a survey: the first question about each scheme."""
    try:
        survey = read_survey(source, "survey")
    except InputError:
        return ()
    found: dict[str, tuple[str, str, str]] = {}
    for node in survey.questions():
        if node.scheme and node.kind.selects and node.options and node.kind is not Kind.LANGUAGE:
            found.setdefault(node.scheme, (node.name, node.scheme, node.options[0].value))
    return tuple(found.values())


def awareness(connection: Connection, counts: Counts) -> list[Awareness]:
    """By scheme, over all versions of all surveys that ask about it; each answered call counts."""
    answers = {item: count for (measure, item), count in counts.items() if measure == "answer"}
    versions = {int(item.split(" ", 1)[0]) for item in answers}
    totals: dict[str, list[int]] = {}
    for version, source in _sources(connection, versions):
        for question, scheme, yes in _scheme_questions(source):
            prefix = f"{version} {question} "
            sums = totals.setdefault(scheme, [0, 0])
            for item, count in answers.items():
                if item.startswith(prefix):
                    sums[1] += count
                    sums[0] += count if item == prefix + yes else 0
    return [Awareness(scheme, *sums) for scheme, sums in sorted(totals.items()) if sums[1]]


_known_sources: dict[int, str] = {}
"""Versions never change, so each is read once."""


def _sources(connection: Connection, versions: set[int]) -> list[tuple[int, str]]:
    missing = versions - _known_sources.keys()
    if missing:
        rows = connection.execute(
            select(SurveyVersion.id, SurveyVersion.source).where(SurveyVersion.id.in_(missing))
        )
        _known_sources.update({id_: source for id_, source in rows})
    return [(version, _known_sources[version]) for version in sorted(versions) if version in _known_sources]
