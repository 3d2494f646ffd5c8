"""A survey's answers as one row for each person, for statisticians. Nothing in it tells who the person is.

Names, numbers and the ids of calls stay out; of a recorded voice it tells only that there is one. The rows
are ordered by what they hold, so that their order tells nothing of the list. Small booths remain small: mind
who gets the file.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from dialer.core.rules import OFFICE_ZONE
from dialer.core.survey_model import Kind, Survey
from dialer.core.survey_quality import Mark
from dialer.core.survey_results import UNKNOWN, Dimension, Respondent, Weights
from dialer.core.survey_tally import answers_that_count
from dialer.reports.survey_tables import safe_cell
from dialer.reports.survey_words import EPOCH_DAY

WEIGHT: Final = "answers.weight"
FACTS: Final = (
    "contact.constituency", "contact.booth", "contact.kind", "call.language", "call.day", "call.complete",
    "answers.marks", WEIGHT,
)  # fmt: skip
"""With a point, which no question's name has."""
SPOKEN: Final = "spoken"
"""Stands for a recorded voice."""
_OFFSET_S: Final = OFFICE_ZONE.utcoffset(None).total_seconds()


@dataclass(frozen=True, slots=True)
class _Person:
    facts: tuple[str, ...]
    stratum: str
    answers: tuple[str, ...]


@dataclass(slots=True)
class People:
    """Takes people one by one (``add``), gives them back as rows under ``headings``."""

    survey: Survey
    weights: Weights | None = None
    _people: list[_Person] = field(default_factory=list)

    @property
    def headings(self) -> tuple[str, ...]:
        """The names of the columns: facts, then the questions as the survey names them."""
        return (*FACTS, *(node.name for node in self.survey.questions()))

    def add(self, person: Respondent, marks: frozenset[Mark]) -> None:
        """One person with the marks on their answers; who answered nothing is no row."""
        nodes = {node.name: node for node in self.survey.questions()}
        given = {name: one for name, one in answers_that_count(person.given).items() if name in nodes}
        if not given:
            return
        last = max(given.values(), key=lambda one: one.at)
        place = UNKNOWN if person.constituency is None else str(person.constituency)
        day = date.fromordinal(EPOCH_DAY + int((last.at + _OFFSET_S) // 86_400)).isoformat()
        complete = "yes" if any(call.complete for call in person.calls) else "no"
        marked = " ".join(sorted(mark.value for mark in marks))
        strata = {
            Dimension.CONSTITUENCY: place,
            Dimension.BOOTH: f"{place}/{person.booth}",
            Dimension.LANGUAGE: last.language,
        }
        answers = (
            "" if name not in given else SPOKEN if node.kind is Kind.VOICE else given[name].value
            for name, node in nodes.items()
        )  # fmt: skip
        facts = (place, person.booth, person.kind, last.language, day, complete, marked)
        self._people.append(_Person(facts, strata[self.weights.by] if self.weights else "", tuple(answers)))

    def rows(self) -> list[tuple[str, ...]]:
        """A row of text for each person."""
        met = Counter(person.stratum for person in self._people)
        weights = {} if self.weights is None else _weights(met, self.weights)
        said = {stratum: f"{weight:.6f}" for stratum, weight in weights.items()}
        return sorted((*one.facts, said.get(one.stratum, ""), *one.answers) for one in self._people)


def _weights(met: Counter[str], weights: Weights) -> dict[str, float]:
    """What one person of each stratum counts; the mean over all who have a weight is 1."""
    known = {stratum: size for stratum, size in weights.population.items() if met[stratum]}
    people, population = sum(met[stratum] for stratum in known), sum(known.values())
    return {stratum: size / population * people / met[stratum] for stratum, size in known.items()}


def write_people(file: Path, people: People, source: str) -> None:
    """The rows as CSV or, by the file's ending, as a sheet under which ``source`` stands."""
    if file.suffix == ".csv":
        file.write_text(_csv(people.headings, people.rows()), encoding="utf-8-sig", newline="")
        return
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        sheet = book.add_worksheet("People")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, people.headings, book.add_format({"bold": True, "bottom": 1}))
        rows = people.rows()
        weight = FACTS.index(WEIGHT)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                is_number = value.isdecimal() or (column == weight and value)
                sheet.write(number, column, float(value) if is_number else value)
        sheet.write_string(len(rows) + 2, 0, source, book.add_format({"italic": True}))


def _csv(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return out.getvalue()
