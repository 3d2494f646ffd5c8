"""docs/survey-language.md names every field that a survey file may have, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dialer.core import survey_reader as reader
from dialer.core.survey_model import PLACEHOLDERS, Kind
from dialer.ivr.survey_file import read_survey

TEXT = (Path(__file__).parents[2] / "docs" / "survey-language.md").read_text(encoding="utf-8")


def rows_of(heading: str) -> list[list[str]]:
    """The rows of all tables below a heading, cells by column."""
    section = TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| `") or line.startswith("| kind")]
    return [[cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


@pytest.mark.parametrize(
    ("heading", "fields"),
    [
        ("The file", reader.OF_SURVEY),
        ("Keys", reader.OF_KEYS),
        ("Operator", reader.OF_OPERATOR),
        ("Defaults", reader.OF_DEFAULTS),
        ("Messages", set(reader.MESSAGES)),
        ("Options", reader.OF_OPTION),
        ("Rules and conditions", reader.OF_RULE | reader.OF_LIMITS),
    ],
)
def test_every_field_is_told_with_type_default_meaning_and_example(heading: str, fields: set[str]) -> None:
    rows = rows_of(heading)
    assert {row[0] for row in rows} == fields
    assert all(len(row) == 5 and all(row) and row[0] in row[4] for row in rows if heading[0] != "R")


def test_every_field_of_every_kind_of_node_is_told() -> None:
    told: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    for name, kinds, *rest in rows_of("Fields of nodes"):
        assert len(rest) == 4 and all(rest), name
        all_but = kinds.removeprefix("all but ").split(", ") if kinds.startswith("all but") else []
        named = set(Kind) - set(all_but) if kinds.startswith("all") else {Kind(k) for k in kinds.split(", ")}
        for kind in named:
            told[kind].add(name)
    assert told == reader.FIELDS


def test_every_kind_and_placeholder_is_told() -> None:
    assert {row[0] for row in rows_of("Kinds of nodes") if row[0] != "kind"} == set(Kind)
    assert all(f"{{{word}}}" in TEXT for word in PLACEHOLDERS)


def test_the_example_is_a_survey() -> None:
    (example,) = re.findall(r"```yaml\n(survey:.*?)```", TEXT, re.DOTALL)
    assert len(read_survey(example, "docs").questions()) == 2
