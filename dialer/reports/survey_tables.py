"""The results of a survey as flat rows: one table serves terminal, CSV, spreadsheet, pictures and page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dialer.core.survey_model import HEARD, Node
from dialer.core.survey_quality import Mark
from dialer.core.survey_results import Dimension, Findings, QuestionResult, ValueResult
from dialer.core.survey_statistics import CONFIDENCE
from dialer.reports.agreement import agreements_json
from dialer.reports.survey_results import SurveyReport
from dialer.reports.survey_words import Words


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer to one question within one group (empty: everybody). Shares and intervals lie in 0..1.

    The figures are of all answers; those ending in ``_unmarked`` leave out people with the marks.
    """

    group: str
    scheme: str
    question: str
    asked: str
    value: str
    answer: str
    count: int
    answered: int
    share: float
    low: float
    high: float
    count_unmarked: int
    answered_unmarked: int
    share_unmarked: float
    low_unmarked: float
    high_unmarked: float
    weighted: float | None = None
    weighted_low: float | None = None
    weighted_high: float | None = None


def answer_rows(report: SurveyReport, words: Words, by: Dimension | None = None) -> list[AnswerRow]:
    """All answers that are chosen by a key: of everybody, or group by group."""
    return [
        row
        for group, everyone, unmarked in _groups(report, words, by)
        for row in _rows(report, words, group, everyone, unmarked)
    ]


def _groups(
    report: SurveyReport, words: Words, by: Dimension | None
) -> Iterator[tuple[str, Sequence[QuestionResult], Sequence[QuestionResult]]]:
    """Each group's name and its questions, of everybody in it and without what is marked."""
    everyone, unmarked = report.results.everyone, report.results.unmarked
    if by is None:
        yield "", everyone.questions, unmarked.questions
        return
    for group, questions in everyone.groups[by].items():
        yield words.group(by, group), questions, unmarked.groups[by].get(group, ())


def by_scheme(report: SurveyReport, rows: Sequence[AnswerRow]) -> list[AnswerRow]:
    """The rows of questions about a scheme, scheme by scheme in the survey's order."""
    order = {scheme: place for place, scheme in enumerate(_schemes(report))}
    of_schemes = (row for row in rows if row.scheme)
    return sorted(of_schemes, key=lambda row: order[row.scheme])


def _schemes(report: SurveyReport) -> list[str]:
    return list(dict.fromkeys(node.scheme for node in report.survey.questions() if node.scheme))


def _rows(
    report: SurveyReport,
    words: Words,
    group: str,
    everyone: Sequence[QuestionResult],
    unmarked: Sequence[QuestionResult],
) -> Iterator[AnswerRow]:
    nodes = {node.name: node for node in report.survey.questions()}
    others = {question.question: question for question in unmarked}
    for question in everyone:
        other = others.get(question.question)
        kept = {each.value: each for each in other.values} if other else {}
        for value in question.values:
            yield _row(words, group, nodes[question.question], question, value, other, kept.get(value.value))


def _row(
    words: Words,
    group: str,
    node: Node,
    question: QuestionResult,
    value: ValueResult,
    other: QuestionResult | None,
    kept: ValueResult | None,
) -> AnswerRow:
    weighted = value.weighted
    return AnswerRow(
        group=group,
        scheme=node.scheme,
        question=node.name,
        asked=words.question(node),
        value=value.value,
        answer=words.value(node, value.value),
        count=value.count,
        answered=question.answered,
        share=value.estimate.share,
        low=value.estimate.low,
        high=value.estimate.high,
        count_unmarked=kept.count if kept else 0,
        answered_unmarked=other.answered if other else 0,
        share_unmarked=kept.estimate.share if kept else 0.0,
        low_unmarked=kept.estimate.low if kept else 0.0,
        high_unmarked=kept.estimate.high if kept else 1.0,
        weighted=weighted.share if weighted else None,
        weighted_low=weighted.low if weighted else None,
        weighted_high=weighted.high if weighted else None,
    )


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """A question whose answers are typed or spoken, within one group (empty: everybody).

    The figures of the numbers and dates as stored; empty for voices, and where nobody answered.
    """

    group: str
    scheme: str
    question: str
    asked: str
    answered: int
    answered_unmarked: int
    lowest: str = ""
    quarter: str = ""
    median: str = ""
    three_quarters: str = ""
    highest: str = ""
    mean: float | None = None


def spread_rows(report: SurveyReport, words: Words, by: Dimension | None = None) -> list[SpreadRow]:
    """All questions without answers to choose from: of everybody, or group by group."""
    return [
        row
        for group, everyone, unmarked in _groups(report, words, by)
        for row in _spreads(report, words, group, everyone, unmarked)
    ]


def _spreads(
    report: SurveyReport,
    words: Words,
    group: str,
    everyone: Sequence[QuestionResult],
    unmarked: Sequence[QuestionResult],
) -> Iterator[SpreadRow]:
    nodes = {node.name: node for node in report.survey.questions()}
    kept = {question.question: question.answered for question in unmarked}
    for found in everyone:
        node = nodes[found.question]
        if not node.kind.selects:
            about = (group, node.scheme, node.name, words.question(node))
            spread = asdict(found.spread) if found.spread else {}
            yield SpreadRow(*about, found.answered, kept.get(node.name, 0), **spread)


@dataclass(frozen=True, slots=True)
class HeardRow:
    """How many people of one group (empty: everybody) heard information on a scheme to its end."""

    group: str
    scheme: str
    question: str
    asked: str
    count: int
    value: str = HEARD


def heard_rows(report: SurveyReport, words: Words, by: Dimension | None = None) -> list[HeardRow]:
    """All information on schemes: of everybody, or group by group."""
    results, nodes = report.results, report.survey.nodes
    told = {"": results.heard}
    if by is not None:
        told = {words.group(by, group): counts for group, counts in results.heard_by[by].items()}
    return [
        HeardRow(group, nodes[name].scheme, name, words.question(nodes[name]), count)
        for group, counts in told.items()
        for name, count in counts.items()
    ]


def csv_text(rows: Sequence[AnswerRow | SpreadRow | HeardRow]) -> str:
    """The rows as CSV with headings; shares as 0..1 with a point, so that every program reads them."""
    out = io.StringIO(newline="")
    names = dict.fromkeys((*AnswerRow.__dataclass_fields__, *SpreadRow.__dataclass_fields__))
    writer = csv.DictWriter(out, list(names), lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in asdict(row).items()})
    return out.getvalue()


def _cell(value: object) -> object:
    return f"{value:.6f}" if isinstance(value, float) else safe_cell(value)


def safe_cell(value: object) -> object:
    """The value as a cell of CSV: a spreadsheet must not take a stored word for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def report_json(report: SurveyReport, words: Words, by: Sequence[Dimension] = ()) -> dict[str, Any]:
    """Everything that was found, for programs: names as the survey has them, words beside them."""
    results = report.results
    return {
        "survey": report.stored.name,
        "version": report.stored.version,
        "title": words.title,
        "made_at": report.made_at,
        "confidence": CONFIDENCE,
        "other_versions": list(report.other_versions),
        "people": results.everyone.people,
        "people_unmarked": results.unmarked.people,
        "filtered": report.filtered,
        "left_out_marks": sorted(mark.value for mark in results.leave_out),
        "quality": {mark.value: count for mark, count in results.quality.items()},
        "by_operator_only": results.by_operator,
        "called_us": results.called_us,
        "heard": dict(results.heard),
        "questions": _questions(report, words, results.everyone),
        "questions_unmarked": _questions(report, words, results.unmarked),
        "groups": {
            each.value: [
                {"group": group, "name": words.group(each, group), "questions": _found(questions)}
                for group, questions in report.shown.groups[each].items()
            ]
            for each in by
        },
        "funnel": asdict(results.funnel),
        "left_after": dict(results.left_after),
        "left_how": dict(results.left_how),
        "times": [asdict(each) for each in results.times],
        "weighting": _weighting(report),
        "sample_check": {
            "people": results.asked_again,
            "pairs": results.agreement_of_all.pairs,
            "agreed": results.agreement_of_all.agreed,
            "share": results.agreement_of_all.share,
            "questions": agreements_json(results.agreement),
            "by_language": {
                language: agreements_json(within)
                for language, within in results.agreement_by_language.items()
            },
        },
    }


def _weighting(report: SurveyReport) -> Mapping[str, Any] | None:
    results = report.results
    if results.weighted_by is None:
        return None
    return {
        "method": "post-stratification",
        "by": results.weighted_by.value,
        "groups_without_answers": list(results.empty_strata),
        "people_in_no_group": results.outside_strata,
    }


def _questions(report: SurveyReport, words: Words, findings: Findings) -> list[dict[str, Any]]:
    nodes = {node.name: node for node in report.survey.questions()}
    described = []
    for found in _found(findings.questions):
        node = nodes[found["question"]]
        for value in found["values"]:
            value["answer"] = words.value(node, value["value"])
        about = {"kind": node.kind.value, "scheme": node.scheme, "asked": words.question(node)}
        described.append({**found, **about})
    return described


def _found(questions: Sequence[QuestionResult]) -> list[dict[str, Any]]:
    return [{**asdict(each), "values": [asdict(value) for value in each.values]} for each in questions]


def marks_of(names: Sequence[str]) -> frozenset[Mark]:
    """The marks of these names; ``all`` is every one. ``ValueError`` for a name that is none."""
    return frozenset(Mark) if "all" in names else frozenset(Mark(name) for name in names)
