"""The results of a survey as files: CSV, a spreadsheet whose sheets name their sources, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from dialer.core.survey_results import Dimension
from dialer.i18n import N_
from dialer.reports.survey_results import SurveyReport
from dialer.reports.survey_tables import (
    AnswerRow,
    HeardRow,
    SpreadRow,
    answer_rows,
    csv_text,
    heard_rows,
    spread_rows,
)
from dialer.reports.survey_words import Words

_WIDTHS: Final = (30, 12, 20, 60, 30, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10)


def write_csv(file: Path, report: SurveyReport, words: Words, by: Dimension | None) -> None:
    """All answers, told apart by ``by``; UTF-8 with the mark by which spreadsheets know it."""
    rows: list[AnswerRow | SpreadRow | HeardRow] = [*answer_rows(report, words, by)]
    rows += spread_rows(report, words, by)
    rows += heard_rows(report, words, by)
    file.write_text(csv_text(rows), encoding="utf-8-sig", newline="")


def write_workbook(
    file: Path, report: SurveyReport, words: Words, by: Dimension | None, weights_source: str
) -> None:
    """One sheet per table. Under each stands where its figures come from."""
    import xlsxwriter

    # No text of ours is a formula or an address, whatever it looks like.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        _Workbook(book, report, words, weights_source).write(by)


class _Workbook:
    def __init__(self, book: Any, report: SurveyReport, words: Words, weights_source: str) -> None:
        self._book = book
        self._report = report
        self._words = words
        self._weights_source = weights_source
        self._bold = book.add_format({"bold": True})
        self._heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self._percent = book.add_format({"num_format": "0.0%"})
        self._decimal = book.add_format({"num_format": "0.0"})
        self._fine = book.add_format({"italic": True, "font_color": "#555555"})

    def write(self, by: Dimension | None) -> None:
        """All sheets."""
        text = self._words.text
        self._summary()
        self._answers(text(N_("Answers")), None)
        dimensions = dict.fromkeys((Dimension.CONSTITUENCY, *((by,) if by else ())))
        for dimension in dimensions:
            name = text(N_("By {dimension}")).format(dimension=self._words.dimension(dimension))
            self._answers(name, dimension)
        self._numbers(text(N_("Numbers")), None)
        for dimension in dimensions:
            name = text(N_("Numbers by {dimension}")).format(dimension=self._words.dimension(dimension))
            self._numbers(name, dimension)
        self._heard(tuple(dimensions))
        self._funnel()
        self._times()
        self._sample_check()

    def _sheet(
        self,
        name: str,
        headings: Sequence[str],
        rows: Sequence[Sequence[object]],
        source: str,
        widths: Sequence[int],
    ) -> Any:
        sheet = self._book.add_worksheet(name[:31])
        sheet.freeze_panes(1, 0)
        for column, heading in enumerate(headings):
            sheet.set_column(column, column, widths[min(column, len(widths) - 1)])
            sheet.write_string(0, column, heading, self._heading)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                self._cell(sheet, number, column, value)
        said = self._words.text(N_("Source: {source}")).format(source=source)
        sheet.write_string(len(rows) + 2, 0, said, self._fine)
        return sheet

    def _cell(self, sheet: Any, row: int, column: int, value: object) -> None:
        if value is None:
            return
        if isinstance(value, Share):
            sheet.write_number(row, column, float(value), self._percent)
        elif isinstance(value, float):
            sheet.write_number(row, column, value, self._decimal)
        elif isinstance(value, int):
            sheet.write_number(row, column, value)
        else:
            sheet.write_string(row, column, str(value))

    def _answers_source(self) -> str:
        stored = self._report.stored
        text = self._words.text(
            N_(
                "answers of survey {name} version {version}, read {moment}; "
                "one answer per person and question, the last by keypad, else an operator's; "
                "intervals: Wilson, 95 %"
            )
        )
        return text.format(
            name=stored.name, version=stored.version, moment=self._words.moment(self._report.made_at)
        )

    def _summary(self) -> None:
        text, results, stored = self._words.text, self._report.results, self._report.stored
        rows: list[tuple[object, ...]] = [
            (text(N_("Survey")), self._words.title),
            (text(N_("Name and version")), f"{stored.name} {stored.version}"),
            (text(N_("Counted")), self._words.moment(self._report.made_at)),
            (text(N_("People who answered")), results.everyone.people),
            (text(N_("of them without marked answers")), results.unmarked.people),
            (text(N_("answered to an operator only")), results.by_operator),
            (text(N_("called us themselves")), results.called_us),
        ]
        rows += [(self._words.mark(mark), count) for mark, count in results.quality.items()]
        if results.weighted_by is not None:
            how = text(N_("post-stratification by {dimension}, population from {source}")).format(
                dimension=self._words.dimension(results.weighted_by), source=self._weights_source
            )
            empty = ", ".join(self._words.group(results.weighted_by, each) for each in results.empty_strata)
            rows += [
                (text(N_("Weighting")), how),
                (text(N_("Groups without answers, left out")), empty or "–"),
                (text(N_("People in no group of the weights")), results.outside_strata),
            ]
        headings = (text(N_("What")), text(N_("Value")))
        self._sheet(text(N_("Summary")), headings, rows, self._answers_source(), (45, 60))

    def _answers(self, name: str, by: Dimension | None) -> None:
        text = self._words.text
        headings = [
            text(N_("Scheme")), text(N_("Question")), text(N_("What was asked")), text(N_("Answer")),
            text(N_("People")), text(N_("Answered")), text(N_("Share")), text(N_("Low")), text(N_("High")),
            text(N_("People without marked")), text(N_("Answered without marked")),
            text(N_("Share without marked")), text(N_("Low")), text(N_("High")),
        ]  # fmt: skip
        rows = answer_rows(self._report, self._words, by)
        is_weighted = by is None and self._report.results.weighted_by is not None
        if is_weighted:
            headings += [text(N_("Weighted share")), text(N_("Low")), text(N_("High"))]
        group = [] if by is None else [self._words.dimension(by)]
        widths = _WIDTHS[1:] if by is None else _WIDTHS
        cells = [_cells(row, with_group=by is not None, weighted=is_weighted) for row in rows]
        sheet = self._sheet(name, [*group, *headings], cells, self._answers_source(), widths)
        if rows:
            sheet.autofilter(0, 0, len(rows), len(group) + len(headings) - 1)

    def _numbers(self, name: str, by: Dimension | None) -> None:
        text = self._words.text
        found = spread_rows(self._report, self._words, by)
        if not found:
            return
        rows = []
        for each in found:
            parts = (each.lowest, each.quarter, each.median, each.three_quarters, each.highest)
            typed = [int(part) if part.isdecimal() else part for part in parts]
            group = [] if by is None else [each.group]
            rows.append((*group, each.question, each.asked, each.answered, *typed, each.mean))
        headings = [
            text(N_("Question")), text(N_("What was asked")), text(N_("Answered")), text(N_("Lowest")),
            text(N_("A quarter below")), text(N_("Half below")), text(N_("Three quarters below")),
            text(N_("Highest")), text(N_("Mean")),
        ]  # fmt: skip
        if by is None:
            self._sheet(name, headings, rows, self._answers_source(), (20, 60, 12))
        else:
            headings = [self._words.dimension(by), *headings]
            self._sheet(name, headings, rows, self._answers_source(), (30, 20, 60, 12))

    def _heard(self, dimensions: Sequence[Dimension]) -> None:
        text, everybody = self._words.text, self._words.text(N_("All"))
        rows = heard_rows(self._report, self._words)
        if not rows:
            return
        rows += [row for each in dimensions for row in heard_rows(self._report, self._words, each)]
        cells = [(row.group or everybody, row.scheme, row.question, row.asked, row.count) for row in rows]
        headings = (
            text(N_("Group")), text(N_("Scheme")), text(N_("Name")), text(N_("What was said")),
            text(N_("People")),
        )  # fmt: skip
        source = text(N_("information on schemes that was heard to its end, or passed by key"))
        self._sheet(text(N_("Heard")), headings, cells, source, (30, 12, 20, 60, 12))

    def _funnel(self) -> None:
        text, funnel = self._words.text, self._report.results.funnel
        nodes = {node.name: node for node in self._report.survey.questions()}
        whole = funnel.answered_call
        rows: list[tuple[object, ...]] = [
            (name, count, Share(count / whole) if whole else None)
            for name, count in (
                (text(N_("answered the call")), funnel.answered_call),
                (text(N_("heard the survey begin")), funnel.heard_survey),
                (text(N_("gave a first answer")), funnel.first_answer),
                (text(N_("came to the end")), funnel.complete),
                (text(N_("on the line now")), funnel.on_line),
            )
        ]
        for name, count in self._report.results.left_after.items():
            after = text(N_("hung up after: {question}"))
            asked = self._words.question(nodes[name]) if name in nodes else name
            where = after.format(question=asked) if name else text(N_("hung up before the first answer"))
            rows.append((where, count, Share(count / whole) if whole else None))
        for word, count in self._report.results.left_how.items():
            how = text(N_("left early: {how}")).format(how=self._words.ending(word))
            rows.append((how, count, Share(count / whole) if whole else None))
        source = text(N_("answered calls of the survey's campaigns and the events of their attempts"))
        headings = (text(N_("How far people came")), text(N_("People")), text(N_("Share")))
        self._sheet(text(N_("Funnel")), headings, rows, source, (70, 12))

    def _times(self) -> None:
        text = self._words.text
        nodes = {node.name: node for node in self._report.survey.questions()}
        asked = {name: self._words.question(node) for name, node in nodes.items()}
        rows = [
            (each.question, asked[each.question], each.answers, each.median_s, each.slowest_tenth_s)
            for each in self._report.results.times
        ]
        headings = (
            text(N_("Question")), text(N_("What was asked")), text(N_("Answers")), text(N_("Half within, s")),
            text(N_("Nine tenths within, s")),
        )  # fmt: skip
        source = text(N_("time of each key press, since the answer before it or the survey's beginning"))
        self._sheet(text(N_("Times")), headings, rows, source, (20, 60, 12))

    def _sample_check(self) -> None:
        text, results = self._words.text, self._report.results
        nodes = {node.name: node for node in self._report.survey.questions()}
        rows: list[tuple[object, ...]] = [
            (name, self._words.question(nodes[name]), each.pairs, each.agreed, Share(each.share),
             None if each.kappa is None else f"{each.kappa:.2f}")
            for name, each in results.agreement.items()
        ]  # fmt: skip
        whole = results.agreement_of_all
        rows.append((text(N_("All")), "", whole.pairs, whole.agreed, Share(whole.share), None))
        headings = (
            text(N_("Question")), text(N_("What was asked")), text(N_("Pairs")), text(N_("Agree")),
            text(N_("Share")), text(N_("Kappa (Cohen)")),
        )  # fmt: skip
        source = text(N_("people who answered by keypad and were asked the same again by an operator"))
        self._sheet(text(N_("Asked again")), headings, rows, source, (20, 60, 12))


class Share(float):
    """A number that is shown in per cent."""


def _cells(row: AnswerRow, with_group: bool, weighted: bool) -> list[object]:
    cells: list[object] = [row.group] if with_group else []
    cells += [row.scheme, row.question, row.asked, row.answer, row.count, row.answered]
    cells += [Share(row.share), Share(row.low), Share(row.high), row.count_unmarked, row.answered_unmarked]
    cells += [Share(row.share_unmarked), Share(row.low_unmarked), Share(row.high_unmarked)]
    if weighted:
        parts = (row.weighted, row.weighted_low, row.weighted_high)
        cells += [None if part is None else Share(part) for part in parts]
    return cells


def write_picture(file: Path, report: SurveyReport, words: Words, weights_source: str) -> None:
    """A page of charts as PNG or SVG, by the file's ending."""
    from dialer.reports.survey_picture import draw

    draw(file, report, words, weights_source)
