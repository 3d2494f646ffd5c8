"""A page of charts of a survey: answers about schemes by constituency, other answers, the funnel."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import Any, Final

from dialer.core.survey_model import Node
from dialer.core.survey_results import Dimension, QuestionResult
from dialer.errors import InputError
from dialer.i18n import N_
from dialer.reports.survey_results import SurveyReport, scheme_questions
from dialer.reports.survey_words import Words, percent

FONTS: Final = ("Noto Sans", "Noto Sans Devanagari")
PALETTE: Final = ("#1b6ca8", "#e0a030", "#7a9e4f", "#a45a8b", "#6b7280", "#c8553d", "#3d9a94", "#b8b8b8")
"""Told apart by most people with colour-weak eyes, in this order."""
_INK: Final = "#222222"
_WRAP: Final = 70

Panel = Callable[[Any], None]


def draw(file: Path, report: SurveyReport, words: Words, weights_source: str) -> None:
    """Write PNG or SVG, by the ending of ``file``; ``InputError`` when a font is missing."""
    import matplotlib
    from matplotlib.figure import Figure

    _check_fonts()
    panels = _panels(report, words)
    rows = math.ceil(len(panels) / 2)
    # Text as outlines: a picture reads the same where these fonts are missing.
    style: Any = {
        "font.family": list(FONTS), "font.size": 9, "svg.fonttype": "path", "text.color": _INK,
        "text.parse_math": False,
    }  # fmt: skip
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(13, 0.9 + 2.9 * rows), layout="constrained")
        axes = figure.subplots(rows, 2, squeeze=False).ravel()
        for one, panel in zip(axes, panels, strict=False):
            panel(one)
        for spare in axes[len(panels) :]:
            spare.set_axis_off()
        figure.suptitle(words.title, fontsize=14, fontweight="bold")
        figure.supxlabel(_source(report, words, weights_source), fontsize=8)
        figure.savefig(file, dpi=110, metadata={"Date": None} if file.suffix == ".svg" else None)


def _check_fonts() -> None:
    from matplotlib import font_manager

    for font in FONTS:
        try:
            font_manager.findfont(font, fallback_to_default=False)
        except ValueError as fault:
            text = N_("the font {font} is not installed; install the package fonts-noto-core")
            raise InputError(text, font=font) from fault


def _source(report: SurveyReport, words: Words, weights_source: str) -> str:
    results, stored = report.results, report.stored
    text = words.text(
        N_("survey {name} version {version}, {moment}; {people} people, {unmarked} without marked answers")
    )
    said = text.format(
        name=stored.name, version=stored.version, moment=words.moment(report.made_at),
        people=results.everyone.people, unmarked=results.unmarked.people,
    )  # fmt: skip
    shown = N_("shown: without marked answers") if report.filtered else N_("shown: all answers")
    whiskers = words.text(N_("whiskers: 95 % interval (Wilson)"))
    said = f"{said}; {words.text(shown)}; {whiskers}"
    if results.weighted_by is not None:
        how = words.text(N_("diamonds: post-stratification by {dimension}, population from {source}"))
        said += "\n" + how.format(dimension=words.dimension(results.weighted_by), source=weights_source)
    return said


def _panels(report: SurveyReport, words: Words) -> list[Panel]:
    schemes = scheme_questions(report.survey)
    answered = {each.question: each for each in report.shown.questions if each.answered}
    panels: list[Panel] = [
        partial(_by_constituency, report=report, words=words, node=node)
        for node in schemes
        if node.name in answered
    ]
    panels += [
        partial(_whole, words=words, node=node, found=answered[node.name])
        for node in report.survey.questions()
        if node.name in answered and answered[node.name].values and node not in schemes
    ]
    return [*panels, partial(_funnel, report=report, words=words)]


def _heading(axes: Any, text: str) -> None:
    axes.set_title(fill(text, _WRAP), fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)


def _shares_axis(axes: Any) -> None:
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])
    axes.grid(axis="x", alpha=0.25)
    axes.set_axisbelow(True)


def _by_constituency(axes: Any, *, report: SurveyReport, words: Words, node: Node) -> None:
    groups = report.shown.groups[Dimension.CONSTITUENCY]
    found = [(group, each) for group, all_ in groups.items() for each in all_ if each.question == node.name]
    whole = next(each for each in report.shown.questions if each.question == node.name)
    lines = [(words.text(N_("all")), whole), *((words.group(Dimension.CONSTITUENCY, g), q) for g, q in found)]
    places = range(len(lines))
    left = [0.0] * len(lines)
    for number, value in enumerate(each.value for each in whole.values):
        shares = [_share(question, value) for _name, question in lines]
        colour = PALETTE[number % len(PALETTE)]
        axes.barh(places, shares, left=left, color=colour, label=words.value(node, value), height=0.7)
        left = [before + share for before, share in zip(left, shares, strict=True)]
    _whiskers(axes, [question for _name, question in lines])
    names = [f"{name} ({question.answered})" for name, question in lines]
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    _shares_axis(axes)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8)
    _heading(axes, f"{node.scheme}: {words.question(node)}")


def _share(question: QuestionResult, value: str) -> float:
    return next((each.estimate.share for each in question.values if each.value == value), 0.0)


def _whiskers(axes: Any, questions: Sequence[QuestionResult]) -> None:
    """The interval of the first answer's share, at the end of its bar."""
    for place, question in enumerate(questions):
        first = question.values[0].estimate
        _interval(axes, place, first.share, first.low, first.high)


def _interval(axes: Any, place: int, share: float, low: float, high: float) -> None:
    axes.errorbar(share, place, xerr=[[share - low], [high - share]], color=_INK, capsize=3, linewidth=1)


def _whole(axes: Any, *, words: Words, node: Node, found: QuestionResult) -> None:
    places = range(len(found.values))
    axes.barh(places, [each.estimate.share for each in found.values], color=PALETTE[0], height=0.7)
    for place, each in enumerate(found.values):
        estimate = each.estimate
        _interval(axes, place, estimate.share, estimate.low, estimate.high)
        axes.annotate(percent(estimate.share), (estimate.high, place), xytext=(5, 0),
                      textcoords="offset points", va="center", fontsize=8)  # fmt: skip
        if each.weighted is not None:
            axes.plot(each.weighted.share, place, marker="D", color=PALETTE[1], markeredgecolor=_INK)
    names = [f"{fill(words.value(node, each.value), 28)} ({each.count})" for each in found.values]
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    _shares_axis(axes)
    _heading(axes, f"{words.question(node)} ({found.answered})")


def _funnel(axes: Any, *, report: SurveyReport, words: Words) -> None:
    funnel, text = report.results.funnel, words.text
    steps = (
        (text(N_("answered the call")), funnel.answered_call),
        (text(N_("heard the survey begin")), funnel.heard_survey),
        (text(N_("gave a first answer")), funnel.first_answer),
        (text(N_("came to the end")), funnel.complete),
    )
    axes.barh(range(len(steps)), [count for _name, count in steps], color=PALETTE[4], height=0.7)
    for place, (_name, count) in enumerate(steps):
        share = f", {percent(count / funnel.answered_call)}" if funnel.answered_call else ""
        axes.annotate(f"{count}{share}", (count, place), xytext=(5, 0), textcoords="offset points",
                      va="center", fontsize=8)  # fmt: skip
    axes.set_yticks(range(len(steps)), [name for name, _count in steps])
    axes.set_xlim(0, max(1, funnel.answered_call) * 1.2)
    axes.invert_yaxis()
    _heading(axes, text(N_("How far people came")))
