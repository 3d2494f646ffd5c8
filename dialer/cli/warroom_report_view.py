"""How ``dialer warroom`` shows the report of a day and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dialer.cli import wording
from dialer.cli.console import _, add_row, note, out, table
from dialer.daily.districts import District
from dialer.daily.outbox import Delivery
from dialer.daily.receiving import SUMMED, DistrictDay
from dialer.daily.sending import Attempted
from dialer.daily.words import MEASURES, ReportWords, Table


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


def show_attempts(done: Sequence[Attempted]) -> None:
    """What was sent now, and what was not and why."""
    for one in done:
        if one.why:
            text = _("✖ {id} stays in the outbox: {why}").format(id=one.report_id, why=one.why)
            out.print(text, style="red", markup=False)
        else:
            text = _("✔ {id} is there: {destination}")
            text = text.format(id=one.report_id, destination=one.destination)
            out.print(text, style="green", markup=False)


def show_outbox(deliveries: Sequence[Delivery], now: float) -> None:
    """How far every report has come."""
    if not deliveries:
        note(_("Nothing was put into the outbox yet; `dialer report daily --send` does."))
        return
    shown = table(
        _("Report"), _("To"), _("State"), _("Attempts"), _("Next attempt"), _("Why not yet"), numbers=(3,)
    )
    for one in deliveries:
        if one.sent_at is not None:
            state, style = _("sent {moment}").format(moment=wording.moment(one.sent_at)), "dim"
        else:
            state, style = _("refused") if one.refused else _("not there yet"), "bold"
        later = "" if one.sent_at is not None or one.next_at <= now else wording.moment(one.next_at, now)
        add_row(
            shown, one.report_id, one.destination, state, one.attempts, later, one.last_error, style=style
        )
    out.print(shown)


def show_districts(found: Sequence[District]) -> None:
    """Who may report, by which key."""
    if not found:
        note(_("No district is known yet; `dialer warroom districts add CODE KEY` adds one."))
        return
    shown = table(_("District"), _("Name"), _("Key"), _("Added"), _("Removed"))
    for one in found:
        removed = wording.moment(one.removed_at) if one.removed_at else ""
        added = wording.moment(one.created_at)
        add_row(shown, one.code, one.name, one.public_key, added, removed, style="dim" if removed else None)
    out.print(shown)


def show_received(days: Sequence[DistrictDay], sums: Mapping[str, int]) -> None:
    """The districts side by side; those that have not reported stand out."""
    if not days:
        note(_("No district is known yet; `dialer warroom districts add CODE KEY` adds one."))
        return
    headings = (_("District"), _("Name"), *(_(MEASURES[name]) for name in SUMMED), _("Report"))
    shown = table(*headings, numbers=range(2, 2 + len(SUMMED)))
    for one in days:
        if one.figures is None:
            blank = ["–"] * len(SUMMED)
            add_row(shown, one.district, one.name, *blank, _("has not reported"), style="bold yellow")
        else:
            counts = [_counted(one.figures[name]) for name in SUMMED]
            add_row(shown, one.district, one.name, *counts, one.report_id)
    add_row(shown, _("all"), "", *(wording.count(sums[name]) for name in SUMMED), "", style="bold")
    out.print(shown)


def _counted(value: float | None) -> str:
    return "–" if value is None else wording.count(value)
