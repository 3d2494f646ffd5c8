"""``dialer warroom``: at the state office, the districts and what they reported."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated

import typer

from dialer.cli import warroom_report_view as view
from dialer.cli.console import (
    JsonOption,
    _,
    actor,
    config,
    current_language,
    note,
    print_json,
    with_database,
)
from dialer.cli.report_daily import chosen_day
from dialer.cli.warroom import app
from dialer.daily.districts import Districts
from dialer.daily.keys import read_key
from dialer.daily.receiving import Received, totals
from dialer.daily.words import ReportWords

districts = typer.Typer(no_args_is_help=True, help=_("Districts whose reports are taken in here"))
app.add_typer(districts, name="districts")

Day = Annotated[str, typer.Option("--day", metavar="DAY", help=_("A day like 2026-11-26, or today."))]
Code = Annotated[str, typer.Argument(metavar="CODE", help=_("The district's code, like durg."))]


@districts.command(help=_("Take reports of a district in that are signed with this key."))
def add(
    code: Code,
    key: Annotated[
        str, typer.Argument(metavar="KEY", help=_("As `dialer warroom key` prints it in the district."))
    ],
    name: Annotated[str, typer.Option(metavar="TEXT", help=_("The district's name."))] = "",
) -> None:
    public_key = read_key(key)
    with_database(lambda opened: Districts(opened).add(code, public_key, name, actor(), time.time()))
    note(_("Reports of {code} are taken in.").format(code=code))
    if not config().is_state:
        note(_("Set `role: state` in the settings, or nothing is taken in."))


@districts.command(help=_("Take no more reports of a district in; what it sent stays."))
def remove(code: Code) -> None:
    with_database(lambda opened: Districts(opened).remove(code, actor(), time.time()))
    note(_("Reports of {code} are refused from now on.").format(code=code))


@districts.command("list", help=_("List the districts and their keys."))
def list_(as_json: JsonOption = False) -> None:
    found = with_database(lambda opened: Districts(opened).all())
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        view.show_districts(found)


@app.command(help=_("What the districts reported of a day, side by side; or one report, figure by figure."))
def received(
    report: Annotated[
        str, typer.Argument(metavar="[REPORT]", help=_("This one, like durg-2026-11-26.1."))
    ] = "",
    day: Day = "today",
    as_json: JsonOption = False,
) -> None:
    if report:
        found = with_database(lambda opened: Received(opened).report(report))
        if as_json:
            print_json(found.as_json())
        else:
            view.show_report(ReportWords(found, current_language()))
        return
    days = with_database(lambda opened: Received(opened).day(chosen_day(day, time.time())))
    if as_json:
        print_json({"districts": [asdict(each) for each in days], "sum": dict(totals(days))})
    else:
        view.show_received(days, totals(days))
