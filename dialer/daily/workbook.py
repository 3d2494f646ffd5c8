"""The day's report as a spreadsheet: a sheet per section, one with every figure, one with every attempt."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from dialer.core.model import Outcome
from dialer.core.rules import OFFICE_ZONE
from dialer.daily.figures import UNKNOWN_PLACE, Figure, Number
from dialer.daily.tracing import Trace
from dialer.daily.words import SECTIONS, SHARES, ReportWords, Table
from dialer.i18n import N_

_WIDTHS: Final = (38, 18)
_FLAT_WIDTHS: Final = (34, 34, 24, 30, 14, 14, 14, 70)
_TRACE_WIDTHS: Final = (28, 24, 22, 10, 10, 10, 20, 10, 14, 10, 10)
_DAY_S: Final = 86_400.0
_OFFSET_S: Final = OFFICE_ZONE.utcoffset(None).total_seconds()
# No text of ours is a formula or an address, whatever it looks like.
_OPTIONS: Final = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip


def workbook(words: ReportWords, traces: Sequence[Trace]) -> bytes:
    """The file's bytes; the same report and attempts always make the same bytes."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        made = datetime.fromtimestamp(words.report.made_at, UTC).replace(tzinfo=None)
        book.set_properties({"title": f"{words.title} {words.report.id}", "created": made})
        _Book(book, words).write(traces)
    return out.getvalue()


class _Book:
    def __init__(self, book: Any, words: ReportWords) -> None:
        self._book = book
        self._words = words
        self._heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._title = book.add_format({"bold": True, "font_size": 14})
        self._percent = book.add_format({"num_format": "0.0%"})
        self._hours = book.add_format({"num_format": "[h]:mm"})
        self._moment = book.add_format({"num_format": "hh:mm:ss"})
        self._fine = book.add_format({"italic": True, "font_color": "#555555"})

    def write(self, traces: Sequence[Trace]) -> None:
        """All sheets."""
        self._cover()
        for table in self._words.tables():
            if table.is_list:
                self._list(table)
            else:
                self._table(table)
        self._all_figures()
        self._attempts(traces)

    def _cover(self) -> None:
        words, text = self._words, self._words.text
        sheet = self._book.add_worksheet(text(N_("Report")))
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 80)
        sheet.write_string(0, 0, words.title, self._title)
        rows = (
            (text(N_("Office")), words.office),
            (text(N_("Area")), words.area),
            (text(N_("Day")), words.day),
            (text(N_("Number of the report")), words.report.id),
            (text(N_("Made")), words.made),
        )
        for number, (name, value) in enumerate(rows, 2):
            sheet.write_string(number, 0, name)
            sheet.write_string(number, 1, value)

    def _list(self, table: Table) -> None:
        text = self._words.text
        headings = (text(N_("Figure")), text(N_("Value")), text(N_("Day before")), text(N_("Source")))
        sheet = self._sheet(table.title, headings, (38, 16, 16, 90))
        for number, measure in enumerate(table.measures, 1):
            figure = table.rows[0].figures[measure]
            sheet.write_string(number, 0, self._words.measure(measure))
            self._number(sheet, number, 1, measure, figure.value)
            self._number(sheet, number, 2, measure, figure.before)
            sheet.write_string(number, 3, self._words.source(figure.source))

    def _table(self, table: Table) -> None:
        headings = ["", *map(self._words.measure, table.measures)]
        sheet = self._sheet(table.title, headings, _WIDTHS)
        for number, row in enumerate(table.rows, 1):
            sheet.write_string(number, 0, row.label)
            for column, measure in enumerate(table.measures, 1):
                if figure := row.figures.get(measure):
                    self._number(sheet, number, column, measure, figure.value)
        said = self._words.text(N_("Source: {source}"))
        sources = dict.fromkeys(each.source for row in table.rows for each in row.figures.values())
        for number, source in enumerate(sources, len(table.rows) + 2):
            sheet.write_string(number, 0, said.format(source=self._words.source(source)), self._fine)

    def _all_figures(self) -> None:
        words, text = self._words, self._words.text
        headings = (
            text(N_("Section")), text(N_("What")), text(N_("Constituency")), text(N_("Figure")),
            text(N_("Value")), text(N_("Day before")), text(N_("Change")), text(N_("Source")),
        )  # fmt: skip
        sheet = self._sheet(text(N_("All figures")), headings, _FLAT_WIDTHS)
        for number, figure in enumerate(words.report.figures, 1):
            self._flat(sheet, number, figure)
        sheet.autofilter(0, 0, max(1, len(words.report.figures)), len(headings) - 1)

    def _flat(self, sheet: Any, number: int, figure: Figure) -> None:
        words = self._words
        sheet.write_string(number, 0, words.text(SECTIONS.get(figure.section, figure.section)))
        sheet.write_string(number, 1, words.item(figure.section, figure.item))
        sheet.write_string(number, 2, "" if figure.where is None else words.place(figure.where))
        sheet.write_string(number, 3, words.measure(figure.measure))
        self._number(sheet, number, 4, figure.measure, figure.value)
        self._number(sheet, number, 5, figure.measure, figure.before)
        if figure.value is not None and figure.before is not None:
            self._number(sheet, number, 6, figure.measure, figure.value - figure.before)
        sheet.write_string(number, 7, words.source(figure.source))

    def _attempts(self, traces: Sequence[Trace]) -> None:
        """Filtered by campaign, constituency or outcome it leads from a figure to its calls."""
        words, text = self._words, self._words.text
        headings = (
            text(N_("Attempt")), text(N_("Campaign")), text(N_("Constituency")), text(N_("Claimed")),
            text(N_("Answered at")), text(N_("Ended")), text(N_("Outcome")), text(N_("Call records")),
            text(N_("It says")), text(N_("Cause (Q.850)")), text(N_("Agrees")),
        )  # fmt: skip
        sheet = self._sheet(text(N_("Every attempt")), headings, _TRACE_WIDTHS)
        places: dict[int | None, str] = {None: text(N_("not known"))}
        outcomes = {outcome: words.item("outcomes", outcome) for outcome in Outcome}
        for number, one in enumerate(traces, 1):
            sheet.write_string(number, 0, one.id)
            sheet.write_string(number, 1, one.campaign)
            if one.constituency not in places:
                places[one.constituency] = words.place(one.constituency or UNKNOWN_PLACE)
            sheet.write_string(number, 2, places[one.constituency] if one.claimed_at else "")
            self._moments(sheet, number, 3, (one.claimed_at, one.answered_at, one.ended_at))
            sheet.write_string(number, 6, outcomes[one.outcome] if one.outcome else text(_unended(one)))
            self._witness(sheet, number, one)
        sheet.autofilter(0, 0, max(1, len(traces)), len(headings) - 1)

    def _witness(self, sheet: Any, number: int, one: Trace) -> None:
        text = self._words.text
        if one.records is None:
            return
        sheet.write_number(number, 7, len(one.records))
        if one.records:
            last = one.records[-1]
            said = N_("not answered") if last.answered_at is None else N_("answered")
            sheet.write_string(number, 8, text(said))
            sheet.write_number(number, 9, last.cause)
        sheet.write_string(number, 10, text(N_("yes") if one.agrees else N_("no")))

    def _moments(self, sheet: Any, row: int, column: int, moments: Sequence[float | None]) -> None:
        """Times of the office's day."""
        for at, moment in enumerate(moments, column):
            if moment is not None:
                sheet.write_number(row, at, (moment + _OFFSET_S) % _DAY_S / _DAY_S, self._moment)

    def _sheet(self, name: str, headings: Sequence[str], widths: Sequence[int]) -> Any:
        sheet = self._book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            sheet.set_column(column, column, widths[min(column, len(widths) - 1)])
            sheet.write_string(0, column, heading, self._heading)
        return sheet

    def _number(self, sheet: Any, row: int, column: int, measure: str, value: Number | None) -> None:
        if value is None:
            return
        if measure in SHARES:
            sheet.write_number(row, column, value, self._percent)
        elif measure.endswith("_s"):
            sheet.write_number(row, column, value / 86_400, self._hours)
        else:
            sheet.write_number(row, column, value)


def _unended(one: Trace) -> str:
    return N_("no attempt of ours") if one.claimed_at is None else N_("still in progress")
