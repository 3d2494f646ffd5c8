"""The results page of a survey: charts as SVG made here, so that the page needs no inline script or style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dialer.core.survey_agreement import Agreement
from dialer.core.survey_model import Node
from dialer.core.survey_results import UNKNOWN, Dimension, QuestionResult
from dialer.core.survey_statistics import Estimate
from dialer.i18n import N_
from dialer.reports.agreement_words import kappa_text, limit_text, share_text
from dialer.reports.survey_results import SurveyReport, scheme_questions
from dialer.reports.survey_tables import heard_rows
from dialer.reports.survey_words import LANGUAGE_NAMES, Words, percent
from dialer.web.page_templates import template
from dialer.web.survey_map import WIDTH, MapShapes, shapes_of

COLOURS: Final = 8
"""Classes ``c0`` to ``c7`` of the style sheet."""
BAR_WIDTH: Final = 420
TEXTS: Final[Mapping[str, str]] = {
    "all": N_("all"),
    "people": N_("people"),
    "version": N_("version {version}"),
    "counted": N_("counted {moment}"),
    "live": N_("live"),
    "away": N_("no connection, tried again"),
    "all_answers": N_("All answers: {count} people"),
    "unmarked": N_("Without marked answers: {count} people"),
    "by_scheme": N_("Schemes by constituency"),
    "map": N_("Constituencies"),
    "map_of": N_("Share of “{answer}”"),
    "other": N_("Other questions"),
    "funnel": N_("How far people came"),
    "left": N_("Where people hung up"),
    "how": N_("How the call ended then"),
    "before": N_("before the first answer"),
    "after": N_("after: {question}"),
    "on_line": N_("on the line now"),
    "heard": N_("Information heard to its end"),
    "times": N_("Time until the answer"),
    "half": N_("half within"),
    "nine": N_("nine tenths within"),
    "seconds": N_("{seconds} s"),
    "quality": N_("Marks on the quality of answers"),
    "quality_note": N_("Marked answers stay in the counts; choose above to see shares without them."),
    "again": N_("Asked again by an operator"),
    "again_note": N_("{people} people were asked the same again; {share} of {pairs} answers agree."),
    "nobody_again": N_("Nobody was asked again yet."),
    "again_how": N_(
        "Shares with 95 % intervals (Wilson); kappa takes off what chance alone would bring, its interval is "
        "that of Fleiss, Cohen and Everitt."
    ),
    "agree": N_("agree"),
    "pairs": N_("pairs"),
    "kappa": N_("kappa (Cohen)"),
    "note": N_("note"),
    "keypad": N_("keypad"),
    "operator": N_("operator: {answer}"),
    "by_keypad_language": N_("keypad in {language}"),
    "confusion": N_("Confusion tables"),
    "question": N_("question"),
    "answers": N_("answers"),
    "nothing": N_("Nobody has answered yet."),
    "interval": N_("The lines are 95 % intervals (Wilson)."),
    "median": N_("half below {median}; from {lowest} to {highest}"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a viewer chose: the question of the map, and whether marked answers are left out."""

    question: str = ""
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar. ``x`` and ``width`` in 0..``BAR_WIDTH``; ``says``: what it shows, in words."""

    x: float
    width: float
    colour: int
    says: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a chart. ``whisker``: low, share and high of its interval in drawing units, or None."""

    label: str
    note: str
    segments: tuple[Segment, ...]
    whisker: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Chart:
    """One question. ``legend``: the answers in the order of their colours; empty where each has its bar."""

    scheme: str
    asked: str
    name: str
    bars: tuple[Bar, ...]
    legend: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgreementTable:
    """Questions that were asked again: question, pairs, share, kappa, note. ``heading``: whose keypads."""

    heading: str
    rows: tuple[tuple[str, int, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often which answer by keypad (a row) met which to the operator (a column)."""

    asked: str
    answers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A constituency on the map. ``strength``: opacity of its colour."""

    number: int
    path: str
    x: float
    y: float
    name: str
    value: str
    note: str
    strength: float


def page(report: SurveyReport, words: Words, wanted: Wanted, data: Path) -> str:
    """The whole page in the language of ``words``; ``data`` is the office's folder."""
    nodes = {node.name: node for node in report.survey.questions()}
    schemes = scheme_questions(report.survey)
    others = (_whole(report, words, node) for node in nodes.values() if node not in schemes)
    chosen = _chosen(report, schemes, wanted.question)
    tiles, drawn = _tiles(report, words, chosen, data)
    text: str = template("survey.html").render(
        t={name: words.text(text) for name, text in TEXTS.items()},
        report=report, results=report.results, words=words, wanted=wanted, language=words.language,
        ask=lambda name: words.question(nodes[name]) if name in nodes else name,
        percent=percent,
        schemes=[_by_constituency(report, words, node) for node in schemes if _answered(report, node)],
        others=[chart for chart in others if chart is not None],
        spreads=[each for each in report.shown.questions if each.spread is not None],
        funnel=_funnel(report, words), heard=heard_rows(report, words),
        agreements=_agreements(report, words), confusions=_confusions(report, words),
        choices=[node for node in nodes.values() if node.kind.selects and _answered(report, node)],
        chosen=chosen, first_answer=words.value(chosen, chosen.options[0].value) if chosen else "",
        tiles=tiles, drawn=drawn, map_width=WIDTH, bar_width=BAR_WIDTH,
    )  # fmt: skip
    return text


def _result(questions: Sequence[QuestionResult], name: str) -> QuestionResult | None:
    return next((each for each in questions if each.question == name), None)


def _answered(report: SurveyReport, node: Node) -> bool:
    found = _result(report.shown.questions, node.name)
    return found is not None and found.answered > 0


def _chosen(report: SurveyReport, schemes: Sequence[Node], name: str) -> Node | None:
    """The question of the map: the one asked for, else the first about a scheme, else the first."""
    choices = [node for node in report.survey.questions() if node.kind.selects]
    asked = [node for node in choices if node.name == name]
    return next(iter((*asked, *schemes, *choices)), None)


def _by_constituency(report: SurveyReport, words: Words, node: Node) -> Chart:
    whole = _result(report.shown.questions, node.name)
    assert whole is not None
    lines = [(words.text(TEXTS["all"]), whole)]
    for group, questions in report.shown.groups[Dimension.CONSTITUENCY].items():
        if found := _result(questions, node.name):
            lines.append((words.group(Dimension.CONSTITUENCY, group), found))
    values = [each.value for each in whole.values]
    bars = tuple(_stacked(words, node, values, label, found) for label, found in lines)
    legend = tuple(words.value(node, value) for value in values)
    return Chart(node.scheme, words.question(node), node.name, bars, legend)


def _stacked(words: Words, node: Node, values: Sequence[str], label: str, found: QuestionResult) -> Bar:
    segments, x = [], 0.0
    shares = {each.value: each for each in found.values}
    for place, value in enumerate(values):
        if value not in shares:
            continue
        each = shares[value]
        width = each.estimate.share * BAR_WIDTH
        says = f"{words.value(node, value)}: {percent(each.estimate.share)} ({each.count})"
        segments.append(Segment(round(x, 1), round(width, 1), place % COLOURS, says))
        x += width
    first = found.values[0].estimate
    return Bar(label, f"{percent(first.share)} / {found.answered}", tuple(segments), _whisker(first))


def _whisker(estimate: Estimate) -> tuple[float, float, float]:
    parts = (estimate.low, estimate.share, estimate.high)
    low, share, high = (round(part * BAR_WIDTH, 1) for part in parts)
    return low, share, high


def _whole(report: SurveyReport, words: Words, node: Node) -> Chart | None:
    found = _result(report.shown.questions, node.name)
    if found is None or not found.answered or not found.values:
        return None
    bars = []
    for each in found.values:
        label, share = words.value(node, each.value), percent(each.estimate.share)
        width = round(each.estimate.share * BAR_WIDTH, 1)
        segment = Segment(0.0, width, 0, f"{label}: {share} ({each.count})")
        bars.append(Bar(label, f"{share} / {each.count}", (segment,), _whisker(each.estimate)))
    return Chart(node.scheme, words.question(node), node.name, tuple(bars))


def _funnel(report: SurveyReport, words: Words) -> Chart:
    funnel = report.results.funnel
    whole = max(1, funnel.answered_call)
    bars = []
    for name, count in (
        (N_("answered the call"), funnel.answered_call),
        (N_("heard the survey begin"), funnel.heard_survey),
        (N_("gave a first answer"), funnel.first_answer),
        (N_("came to the end"), funnel.complete),
    ):
        share = count / whole
        says = f"{words.text(name)}: {count}"
        segment = Segment(0.0, round(share * BAR_WIDTH, 1), 4, says)
        bars.append(Bar(words.text(name), f"{percent(share)} / {count}", (segment,), None))
    return Chart("", "", "funnel", tuple(bars))


def _agreements(report: SurveyReport, words: Words) -> list[AgreementTable]:
    """Everybody first, then by the keypad's language where there are several."""
    found = report.results
    tables = [_agreement_table("", found.agreement, report, words)]
    if len(found.agreement_by_language) > 1:
        for language, within in found.agreement_by_language.items():
            name = words.text(TEXTS["by_keypad_language"])
            heading = name.format(language=LANGUAGE_NAMES.get(language, language))
            tables.append(_agreement_table(heading, within, report, words))
    return tables


def _agreement_table(
    heading: str, found: Mapping[str, Agreement], report: SurveyReport, words: Words
) -> AgreementTable:
    nodes = {node.name: node for node in report.survey.questions()}
    rows = tuple(
        (words.question(nodes[name]), each.pairs, share_text(each), kappa_text(each), limit_text(each, words))
        for name, each in found.items()
    )
    return AgreementTable(heading, rows)


def _confusions(report: SurveyReport, words: Words) -> list[Confusion]:
    tables = []
    for node in report.survey.questions():
        each = report.results.agreement.get(node.name)
        if each is None or not node.kind.selects:
            continue
        answers = each.answers([option.value for option in node.options])
        rows = tuple(
            (words.value(node, first), tuple(each.table.get((first, second), 0) for second in answers))
            for first in answers
        )
        tables.append(Confusion(words.question(node), tuple(words.value(node, one) for one in answers), rows))
    return tables


def _tiles(
    report: SurveyReport, words: Words, chosen: Node | None, data: Path
) -> tuple[list[Tile], MapShapes]:
    groups = report.shown.groups[Dimension.CONSTITUENCY]
    numbers = sorted({*words.places.names, *(int(group) for group in groups if group != UNKNOWN)})
    drawn = shapes_of(numbers, data)
    tiles = []
    for number in numbers:
        shape = drawn.shapes[number]
        found = _result(groups.get(str(number), ()), chosen.name) if chosen else None
        share = found.values[0].estimate.share if found else 0.0
        tiles.append(
            Tile(
                number=number, path=shape.path, x=shape.x, y=shape.y, name=words.place(str(number)),
                value=percent(share) if found else "–", note=str(found.answered) if found else "0",
                strength=round(0.08 + 0.82 * share, 2) if found else 0.0,
            )
        )  # fmt: skip
    return tiles, drawn
