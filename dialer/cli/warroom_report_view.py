"""How ``dialer warroom`` shows the report of a day and what became of it."""

from __future__ import annotations

from dialer.cli.console import _, add_row, note, out, table
from dialer.daily.words import ReportWords, Table


def show_report(words: ReportWords) -> None:
    """All sections, each with where its figures come from."""
    report = words.report
    out.print(f"{words.title} {words.day}, {words.area}", style="bold", markup=False)
    note(f"{report.id}, {words.made}")
    for each in words.tables():
        out.print()
        out.print(each.title, style="bold", markup=False)
        if each.is_list:
            _show_list(each, words)
        else:
            _show_table(each, words)
        for key in dict.fromkeys(one.source for row in each.rows for one in row.figures.values()):
            out.print(_("Source: {source}").format(source=words.source(key)), style="dim", markup=False)


def _show_list(each: Table, words: ReportWords) -> None:
    shown = table(_("Figure"), _("Value"), _("Change"), numbers=(1, 2))
    for measure in each.measures:
        figure = each.rows[0].figures[measure]
        add_row(shown, words.measure(measure), words.value(measure, figure.value), words.change(figure))
    out.print(shown)


def _show_table(each: Table, words: ReportWords) -> None:
    numbers = range(1, 1 + len(each.measures))
    shown = table("", *map(words.measure, each.measures), numbers=numbers)
    for row in each.rows:
        values = (row.figures.get(measure) for measure in each.measures)
        cells = [words.value(one.measure, one.value) if one else "–" for one in values]
        add_row(shown, row.label, *cells)
    out.print(shown)
