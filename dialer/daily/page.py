"""The day's report as a PDF, laid out from ``report.html``; Devanagari is shaped by Pango."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from dialer.daily.figures import UNKNOWN_PLACE, Figure
from dialer.daily.words import DASH, ReportWords, Table
from dialer.warroom.printing import pdf_of

TILES: Final = (
    ("calls", "placed"), ("calls", "answered"), ("calls", "reached"), ("calls", "abandonment_rate"),
    ("operators", "utilisation"), ("responsibilities", "done"),
)  # fmt: skip
"""The figures that stand large on the first page."""
LONGEST_TABLE: Final = 60
"""Rows of a section in print; the spreadsheet has all of them."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart. ``width``: per cent of the longest possible; ``before``: that of the day before."""

    label: str
    says: str
    change: str
    width: float
    before: float | None


async def report_pdf(words: ReportWords) -> bytes:
    """Some A4 pages; ``SamparkError`` when they cannot be made."""
    return await pdf_of(page(words), one_page=False)


def page(words: ReportWords) -> str:
    """What is printed, as HTML that needs no other file."""
    report, tables = words.report, words.tables()
    numbered = {key: number for number, key in enumerate(_sources(report.figures), 1)}
    shown = [table for table in tables if table.section not in ("outcomes", "awareness")]
    text: str = _environment().get_template("report.html").render(
        w=words,
        _=words.text,
        report=report,
        tiles=[one for section, measure in TILES if (one := _figure(report.figures, section, measure))],
        outcomes=_bars(words, report.section("outcomes"), "calls"),
        awareness=_bars(words, report.section("awareness"), "awareness"),
        by_place=_matrix(words, report.section("awareness")),
        tables=shown,
        marks=lambda table, measure: _marks(table, measure, numbered),
        numbered=numbered,
        longest=LONGEST_TABLE,
    )
    return text


@dataclass(frozen=True, slots=True)
class Matrix:
    """Awareness by constituency: columns are schemes, cells in words, each with its change."""

    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[tuple[str, str]]]]


def _figure(figures: Sequence[Figure], section: str, measure: str) -> Figure | None:
    wanted = section, "", None, measure
    return next((one for one in figures if one.key == wanted), None)


def _sources(figures: Sequence[Figure]) -> list[str]:
    return list(dict.fromkeys(figure.source for figure in figures))


def _marks(table: Table, measure: str, numbered: dict[str, int]) -> str:
    """The numbers of the sources of a column."""
    found = {row.figures[measure].source for row in table.rows if measure in row.figures}
    return ",".join(str(number) for number in sorted(numbered[key] for key in found))


def _bars(words: ReportWords, figures: Sequence[Figure], measure: str) -> list[Bar]:
    """Shares fill the width at 1, counts at the largest of them."""
    shown = [one for one in figures if one.measure == measure and one.where is None and one.value is not None]
    values = [number for one in shown for number in (one.value, one.before) if number is not None]
    most = 1 if measure == "awareness" else max([*values, 1])
    return [
        Bar(
            words.item(one.section, one.item),
            words.value(measure, one.value),
            words.change(one),
            round(100 * (one.value or 0) / most, 1),
            None if one.before is None else round(100 * one.before / most, 1),
        )
        for one in shown
    ]


def _matrix(words: ReportWords, figures: Sequence[Figure]) -> Matrix:
    cells = {
        (one.where, one.item): (words.value(one.measure, one.value), words.change(one))
        for one in figures
        if one.measure == "awareness" and one.where is not None
    }
    schemes = list(dict.fromkeys(item for _where, item in cells))
    places = sorted({where for where, _item in cells if where}) + [
        where for where in (UNKNOWN_PLACE,) if any(place == where for place, _item in cells)
    ]
    nothing = DASH, ""
    rows = [(words.place(where), [cells.get((where, item), nothing) for item in schemes]) for where in places]
    return Matrix([words.item("awareness", item) for item in schemes], rows)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
