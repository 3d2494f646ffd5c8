"""``dialer report``: a day over all campaigns; ``dialer campaign report``: one campaign; both reconciled.

``dialer report daily`` is in ``report_daily``.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated

import typer

from dialer.campaigns.reconciling import reconcile_scope
from dialer.cli.console import (
    N_,
    JsonOption,
    _,
    busy,
    config,
    current_language,
    database,
    print_json,
    run_async,
)
from dialer.cli.report_view import Heading, Labels, Report, report_json, show_report
from dialer.contacts.places import load_constituencies
from dialer.core.rules import day_named, day_start
from dialer.errors import InputError, SamparkError
from dialer.ivr.survey_file import read_survey
from dialer.reports.figures import Figures, figures
from dialer.store.campaigns import Campaigns
from dialer.store.reporting import Reporting, Scope
from dialer.store.surveys import Surveys

app = typer.Typer()

DIFFERS = 1
"""The exit code when the books do not agree with their witnesses."""

_DAY_S = 86_400.0

Day = Annotated[
    str,
    typer.Option(
        "--day", metavar="DATE|today|all", help=_("A day like 2026-11-24; all = since the beginning.")
    ),
]
Invites = Annotated[
    int | None,
    typer.Option(
        "--carrier-invites", metavar="N", min=0, help=_("How many calls the carrier's bill counts.")
    ),
]


@app.callback(
    invoke_without_command=True,
    help=_("What was done on a day over all campaigns, reconciled with the call records."),
)
def report(
    context: typer.Context, day: Day = "today", carrier_invites: Invites = None, as_json: JsonOption = False
) -> None:
    if context.invoked_subcommand is not None:
        if (day, carrier_invites, as_json) != ("today", None, False):
            text = N_("options of `dialer report {command}` stand behind {command}")
            raise InputError(text, command=context.invoked_subcommand)
        return
    now = time.time()
    since, until = read_day(day, now)
    title = _("All campaigns")
    run_async(_report(Scope(since, until, now), title, {}, carrier_invites, as_json))


def campaign_report(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("The campaign."))],
    day: Day = "all",
    carrier_invites: Invites = None,
    as_json: JsonOption = False,
) -> None:
    """One campaign, from its first call or of one day."""

    async def work() -> None:
        now = time.time()
        async with database() as opened:
            record = await Campaigns(opened).find(name)
        since, until = read_day(day, now)
        scope = Scope(since, until, now, record.campaign.id)
        if day == "all":
            began = record.started_at or record.created_at
            scope = Scope(began, record.finished_at or until, now, record.campaign.id)
        facts = {"state": record.campaign.state.value, "list": record.list_name, "survey": record.survey}
        await _report(scope, name, facts, carrier_invites, as_json)

    run_async(work())


async def _report(
    scope: Scope, title: str, facts: Mapping[str, str], carrier_invites: int | None, as_json: bool
) -> None:
    async with database() as opened:
        with busy(_("Counting")):
            counted = figures(await Reporting(opened).rows(scope))
            books = await reconcile_scope(config(), opened, scope, carrier_invites)
            labels = await _labels(Surveys(opened), counted)
    made = Report(Heading(title, scope.since, min(scope.until, scope.now), facts), counted, books, labels)
    if as_json:
        print_json(report_json(made))
    else:
        show_report(made, load_constituencies(config().data))
    if books.differences_in_all:
        raise typer.Exit(DIFFERS)


async def _labels(surveys: Surveys, counted: Figures) -> Labels:
    """The words of the questions and answers that were given; what cannot be read is shown by its name."""
    language, labels = current_language(), Labels()
    if not counted.answers:
        return labels
    for stored in await surveys.all():
        key = f"{stored.name} v{stored.version}"
        if key not in counted.answers:
            continue
        try:
            survey = read_survey(stored.source, key)
        except SamparkError:
            continue
        for node in survey.questions():
            labels.schemes[key, node.name] = node.scheme
            for option in node.options:
                if word := option.say.get(language, ""):
                    labels.values[key, node.name, option.value] = word
    return labels


def read_day(text: str, now: float) -> tuple[float, float]:
    """``today``, ``all`` or ``2026-11-24`` -> begin and end, epoch seconds; ``InputError`` says the form."""
    if text == "all":
        return 0.0, now + 1
    if text == "today":
        begin = day_start(now)
        return begin, begin + _DAY_S
    try:
        return day_named(text)
    except ValueError as fault:
        raise InputError(
            N_("--day {text!r} is not a day like 2026-11-24, today or all"), text=text
        ) from fault
