"""``dialer survey sample-check`` and ``agreement``: a part of the interviews is asked again by operators."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.cli.console import (
    JsonOption,
    _,
    actor,
    busy,
    config,
    current_language,
    database,
    print_json,
    run_async,
)
from dialer.errors import InputError
from dialer.i18n import N_

if TYPE_CHECKING:
    from dialer.campaigns.sample_checks import MadeCheck
    from dialer.core.survey_model import Survey
    from dialer.reports.agreement import AgreementReport
    from dialer.reports.survey_words import Words


def sample_check(
    campaign: Annotated[
        str, typer.Argument(metavar="CAMPAIGN", help=_("The survey campaign whose interviews are checked."))
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("Of the operators' campaign that asks."))],
    share: Annotated[
        str, typer.Option("--share", metavar="10%", help=_("This part of the complete interviews."))
    ] = "",
    count: Annotated[
        int | None, typer.Option("--count", metavar="N", help=_("So many complete interviews."))
    ] = None,
    question: Annotated[
        list[str] | None,
        typer.Option(
            "--question", metavar="NAME", help=_("Ask this again; may be repeated; all if not said.")
        ),
    ] = None,
    stratified: Annotated[
        bool, typer.Option("--stratified", help=_("Draw from each constituency by its part."))
    ] = False,
    seed: Annotated[
        str, typer.Option("--seed", metavar="WORD", help=_("The same seed draws the same people."))
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """The campaign is a draft, under the rules of every campaign; operators do not see earlier answers."""
    from dialer.campaigns.sample_checks import CheckWish, make_sample_check

    wish = CheckWish(name, _share(share), count, seed or secrets.token_hex(4), stratified, question or ())

    async def work() -> tuple[MadeCheck, Survey]:
        from dialer.ivr.survey_file import read_survey
        from dialer.store.surveys import Surveys

        async with database() as opened:
            made = await make_sample_check(config(), opened, campaign, wish, actor(), time.time())
            stored = await Surveys(opened).by_id(made.record.campaign.survey_version_id or 0)
            return made, read_survey(stored.source, stored.name)

    made, survey = run_async(work())
    if as_json:
        print_json(
            {
                "campaign": made.record.campaign.name, "of": made.of_campaign,
                "questions": list(made.questions), "seed": made.seed, "stratified": made.stratified,
                "complete": len(made.candidates.constituency_of), "drawn": len(made.sample.ids),
                "queued": made.queued, "suppressed": made.candidates.suppressed,
                "drawn_before": made.candidates.drawn_before,
                "constituencies": {
                    name: {"complete": each.people, "drawn": each.drawn}
                    for name, each in made.sample.strata.items()
                },
            }
        )  # fmt: skip
        return
    from dialer.cli.agreement_view import show_made

    show_made(made, _words(survey))


def agreement(
    campaign: Annotated[
        str, typer.Argument(metavar="CAMPAIGN", help=_("A check, or the survey campaign that was checked."))
    ],
    as_json: JsonOption = False,
) -> None:
    """Counted at the moment of asking."""
    from dialer.reports.agreement import agreement_report, report_json

    async def work() -> AgreementReport:
        async with database() as opened:
            return await agreement_report(opened, campaign)

    with busy(_("Counting")):
        report = run_async(work())
    if as_json:
        print_json(report_json(report))
        return
    from dialer.cli.agreement_view import show_report

    show_report(report, _words(report.survey))


def _words(survey: Survey) -> Words:
    from dialer.contacts.places import load_constituencies
    from dialer.reports.survey_words import Words

    return Words(survey, current_language(), load_constituencies(config().data))


def _share(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text.strip().removesuffix("%")) / 100
    except ValueError as fault:
        raise InputError(N_("--share {text!r} is not a share like 10%"), text=text) from fault
