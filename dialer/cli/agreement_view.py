"""The agreement of two askings on the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table

from dialer.campaigns.sample_checks import MadeCheck
from dialer.cli.console import _, add_row, ngettext, note, out, table
from dialer.core.sampling import Stratum
from dialer.core.survey_agreement import Agreement
from dialer.core.survey_model import Node
from dialer.reports.agreement import AgreementReport
from dialer.reports.agreement_words import kappa_text, limit_text, share_text
from dialer.reports.survey_words import LANGUAGE_NAMES, Words


def show_made(made: MadeCheck, words: Words) -> None:
    """The new campaign and how its sample was drawn."""
    drawn, people = len(made.sample.ids), len(made.candidates.constituency_of)
    text = _("campaign {name} asks {drawn} of {people} complete interviews of {of} again")
    name = made.record.campaign.name
    out.print(text.format(name=name, drawn=drawn, people=people, of=made.of_campaign), markup=False)
    out.print(_("questions: {names}").format(names=", ".join(made.questions)), markup=False, soft_wrap=True)
    _show_strata(made.sample.strata, words)
    note(_("seed {seed}: the same seed draws the same people").format(seed=made.seed))
    for text, count in (
        (_("{count} more want no calls and were left out"), made.candidates.suppressed),
        (_("{count} more were drawn for an earlier check"), made.candidates.drawn_before),
    ):
        if count:
            note(text.format(count=count))
    note(_("start it with `dialer campaign start {name}`").format(name=name))


def _show_strata(strata: Mapping[str, Stratum], words: Words) -> None:
    listing = table(_("constituency"), _("complete"), _("drawn"), numbers=[1, 2])
    for name, each in strata.items():
        add_row(listing, words.place(name) if name else _("not known"), each.people, each.drawn)
    out.print(listing)


def show_report(report: AgreementReport, words: Words) -> None:
    """How the samples were drawn, what agrees, and each confusion table."""
    out.print(words.title, style="bold", markup=False)
    for check in report.checks:
        text = _("{name}: {drawn} of {people} complete interviews of {of}, drawn {moment}, seed {seed}")
        out.print(
            text.format(
                name=check.campaign, drawn=check.drawn, people=check.people, of=check.of_campaign,
                moment=words.moment(check.drawn_at), seed=check.seed,
            ),
            markup=False, soft_wrap=True,
        )  # fmt: skip
        if check.stratified:
            _show_strata(check.strata, words)
    if not report.people:
        out.print(_("nobody has answered both ways yet"))
        return
    show_agreements(report.questions, report.by_language, report.whole, report.people, words)


def show_agreements(
    questions: Mapping[str, Agreement],
    by_language: Mapping[str, Mapping[str, Agreement]],
    whole: Agreement,
    people: int,
    words: Words,
) -> None:
    """Per question and language of the keypad, then the confusion tables."""
    nodes = {node.name: node for node in words.survey.questions()}
    out.print()
    listing = _listing(_("asked again by an operator"))
    for name, each in questions.items():
        _row(listing, words.question(nodes[name]), each, words)
    asked = ngettext("all answers of {count} person", "all answers of {count} people", people)
    add_row(listing, asked.format(count=people), whole.pairs, share_text(whole), "", "")
    out.print(listing)
    if len(by_language) > 1:
        for language, within in by_language.items():
            out.print()
            by_keypad = _("keypad in {language}").format(language=LANGUAGE_NAMES.get(language, language))
            listing = _listing(by_keypad)
            for name, each in within.items():
                _row(listing, words.question(nodes[name]), each, words)
            out.print(listing)
    for name, each in questions.items():
        if nodes[name].kind.selects:
            _confusion(nodes[name], each, words)


def _listing(heading: str) -> Table:
    return table(heading, _("pairs"), _("agree"), _("kappa (Cohen)"), _("note"), numbers=[1, 2, 3])


def _row(listing: Table, asked: str, found: Agreement, words: Words) -> None:
    add_row(listing, asked, found.pairs, share_text(found), kappa_text(found), limit_text(found, words))


def _confusion(node: Node, found: Agreement, words: Words) -> None:
    answers = found.answers(tuple(option.value for option in node.options))
    out.print()
    out.print(words.question(node), markup=False, soft_wrap=True)
    spoken = [_("operator: {answer}").format(answer=words.value(node, value)) for value in answers]
    listing = table(_("keypad"), *spoken, numbers=range(1, len(answers) + 1))
    for first in answers:
        cells = [found.table.get((first, second), 0) for second in answers]
        add_row(listing, words.value(node, first), *cells)
    out.print(listing)
