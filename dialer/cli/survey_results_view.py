"""The results of a survey on the terminal."""

from __future__ import annotations

from itertools import groupby

from dialer.cli.agreement_view import show_agreements
from dialer.cli.console import _, add_row, ngettext, note, out, table
from dialer.core.survey_results import Dimension
from dialer.core.survey_statistics import Estimate
from dialer.reports.survey_results import SurveyReport
from dialer.reports.survey_tables import AnswerRow, answer_rows, by_scheme, heard_rows
from dialer.reports.survey_words import Words, percent

_SCHEME = "scheme"


def show(report: SurveyReport, words: Words, by: str, weights_source: str) -> None:
    """Everything that was found, question by question, then how it came about."""
    _heading(report, words, weights_source)
    rows = answer_rows(report, words)
    if by == _SCHEME:
        rows = by_scheme(report, rows)
    for asked, of_question in groupby(rows, key=lambda row: (row.scheme, row.question, row.asked)):
        _question(report, asked, list(of_question))
    _spreads(report, words)
    _heard(report, words)
    if by and by != _SCHEME:
        _groups(report, words, Dimension(by))
    _funnel(report, words)
    _times(report, words)
    _quality(report, words)
    _sample_check(report, words)


def _heading(report: SurveyReport, words: Words, weights_source: str) -> None:
    results, stored = report.results, report.stored
    out.print(words.title, style="bold", markup=False)
    count = results.everyone.people
    people = ngettext("{count} person answered", "{count} people answered", count).format(count=count)
    text = _("{name} version {version}, {moment}: {people}, {unmarked} of them without marked answers")
    out.print(
        text.format(
            name=stored.name, version=stored.version, moment=words.moment(report.made_at), people=people,
            unmarked=results.unmarked.people,
        ),
        markup=False, soft_wrap=True,
    )  # fmt: skip
    if report.other_versions:
        others = ", ".join(str(each) for each in report.other_versions)
        note(_("other versions were answered too: {versions}").format(versions=others))
    if results.weighted_by is None:
        return
    text = _("weighted: post-stratification by {dimension}, population from {source}")
    note(text.format(dimension=words.dimension(results.weighted_by), source=weights_source))
    if results.empty_strata:
        groups = ", ".join(words.group(results.weighted_by, each) for each in results.empty_strata)
        note(_("no answers yet, left out of the weighting: {groups}").format(groups=groups))
    if results.outside_strata:
        text = _("{count} people belong to no group of the weights and are not in the weighted shares")
        note(text.format(count=results.outside_strata))


def _question(report: SurveyReport, asked: tuple[str, str, str], rows: list[AnswerRow]) -> None:
    scheme, name, text = asked
    out.print()
    answered = rows[0].answered_unmarked if report.filtered else rows[0].answered
    title = f"{scheme + ': ' if scheme else ''}{text} ({name}, {answered})"
    out.print(title, markup=False, soft_wrap=True)
    weighted = rows[0].weighted is not None
    beside = _("all answers") if report.filtered else _("without marked")
    columns = [_("answer"), _("people"), _("share"), _("95 % interval")]
    columns += [_("weighted"), _("95 % interval")] if weighted else []
    listing = table(*columns, beside, numbers=range(1, 7))
    for row in rows:
        everyone = (row.count, percent(row.share), _interval(row.low, row.high))
        unmarked = (
            row.count_unmarked, percent(row.share_unmarked), _interval(row.low_unmarked, row.high_unmarked)
        )  # fmt: skip
        first, second = (unmarked, everyone) if report.filtered else (everyone, unmarked)
        cells: list[object] = [row.answer, *first]
        if weighted:
            cells += _weighted(row)
        add_row(listing, *cells, f"{second[1]} ({second[0]})")
    out.print(listing)


def _weighted(row: AnswerRow) -> list[object]:
    if row.weighted is None or row.weighted_low is None or row.weighted_high is None:
        return ["", ""]
    return [percent(row.weighted), _interval(row.weighted_low, row.weighted_high)]


def _interval(low: float, high: float) -> str:
    return f"{low * 100:.0f}–{high * 100:.0f} %"


def _with_interval(estimate: Estimate) -> str:
    return f"{percent(estimate.share)} ({_interval(estimate.low, estimate.high)})"


def _spreads(report: SurveyReport, words: Words) -> None:
    nodes = {node.name: node for node in report.survey.questions()}
    found = [each for each in report.shown.questions if not each.values and each.answered]
    if not found:
        return
    out.print()
    listing = table(
        _("question"), _("answers"), _("lowest"), _("a quarter below"), _("half below"),
        _("three quarters below"), _("highest"), _("mean"), numbers=range(1, 8),
    )  # fmt: skip
    for each in found:
        spread = each.spread
        cells: tuple[str, ...] = ("", "", "", "", "", "")
        if spread is not None:
            mean = "" if spread.mean is None else f"{spread.mean:.1f}"
            parts = (spread.lowest, spread.quarter, spread.median, spread.three_quarters, spread.highest)
            cells = (*parts, mean)
        add_row(listing, words.question(nodes[each.question]), each.answered, *cells)
    out.print(listing)


def _heard(report: SurveyReport, words: Words) -> None:
    rows = heard_rows(report, words)
    if not any(row.count for row in rows):
        return
    out.print()
    listing = table(_("information heard to its end"), _("people"), numbers=[1])
    for row in rows:
        add_row(listing, f"{row.scheme}: {row.asked}", row.count)
    out.print(listing)


def _groups(report: SurveyReport, words: Words, by: Dimension) -> None:
    nodes = {node.name: node for node in report.survey.questions()}
    groups = report.shown.groups[by]
    for whole in report.shown.questions:
        if not whole.values or not whole.answered:
            continue
        node = nodes[whole.question]
        out.print()
        out.print(f"{words.question(node)} ({node.name})", markup=False, soft_wrap=True)
        answers = [words.value(node, each.value) for each in whole.values]
        listing = table(words.dimension(by), _("people"), *answers, numbers=range(1, len(answers) + 2))
        for group, questions in groups.items():
            found = next((each for each in questions if each.question == whole.question), None)
            if found is None:
                continue
            shares = {each.value: _with_interval(each.estimate) for each in found.values}
            cells = [shares.get(each.value, percent(0.0)) for each in whole.values]
            add_row(listing, words.group(by, group), found.answered, *cells)
        out.print(listing)


def _funnel(report: SurveyReport, words: Words) -> None:
    funnel = report.results.funnel
    if not funnel.answered_call:
        return
    out.print()
    listing = table(_("how far people came"), _("people"), _("share"), numbers=[1, 2])
    for name, count in (
        (_("answered the call"), funnel.answered_call),
        (_("heard the survey begin"), funnel.heard_survey),
        (_("gave a first answer"), funnel.first_answer),
        (_("came to the end"), funnel.complete),
        (_("on the line now"), funnel.on_line),
        (_("called us themselves"), report.results.called_us),
    ):
        add_row(listing, name, count, percent(count / funnel.answered_call))
    out.print(listing)
    if not report.results.left_after:
        return
    out.print()
    nodes = {node.name: node for node in report.survey.questions()}
    listing = table(_("where people hung up"), _("people"), numbers=[1])
    for name, count in report.results.left_after.items():
        where = _("after: {question}").format(question=words.question(nodes[name])) if name in nodes else ""
        add_row(listing, where or (name or _("before the first answer")), count)
    out.print(listing)
    out.print()
    listing = table(_("how the call ended then"), _("people"), numbers=[1])
    for word, count in report.results.left_how.items():
        add_row(listing, words.ending(word), count)
    out.print(listing)


def _times(report: SurveyReport, words: Words) -> None:
    if not report.results.times:
        return
    nodes = {node.name: node for node in report.survey.questions()}
    out.print()
    listing = table(
        _("time until the answer"), _("answers"), _("half within"), _("nine tenths within"), numbers=[1, 2, 3]
    )
    for each in report.results.times:
        times = (_seconds(each.median_s), _seconds(each.slowest_tenth_s))
        add_row(listing, words.question(nodes[each.question]), each.answers, *times)
    out.print(listing)


def _seconds(seconds: float) -> str:
    return _("{seconds} s").format(seconds=f"{seconds:.1f}")


def _quality(report: SurveyReport, words: Words) -> None:
    out.print()
    listing = table(_("marks on the quality of answers"), _("people"), numbers=[1])
    for mark, count in report.results.quality.items():
        add_row(listing, f"{words.mark(mark)} ({mark.value})", count)
    out.print(listing)
    if not report.filtered and report.results.marked:
        note(_("marked answers are counted; leave them out with --without all"))


def _sample_check(report: SurveyReport, words: Words) -> None:
    found = report.results
    if found.asked_again:
        show_agreements(
            found.agreement, found.agreement_by_language, found.agreement_of_all, found.asked_again, words
        )
