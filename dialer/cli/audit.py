"""``dialer audit``: who looked at or changed what, and when."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from dialer.cli import wording
from dialer.cli.console import N_, JsonOption, _, add_row, note, out, print_json, table, with_database
from dialer.errors import InputError
from dialer.store.audit import AuditWish, audit_lines
from dialer.warroom.statements import read_day
from dialer.warroom.tallies import day_bounds

app = typer.Typer(no_args_is_help=True, help=_("Who looked at or changed what, and when"))


@app.callback()
def audit() -> None:
    """Without it, the one command would stand for the noun."""


@app.command("list", help=_("List the audit log, newest first."))
def list_(
    who: Annotated[str, typer.Option("--who", metavar="NAME", help=_("Only what this person did."))] = "",
    action: Annotated[
        str, typer.Option(metavar="TEXT", help=_("Only what begins so, like person or 'person reveal'."))
    ] = "",
    subject: Annotated[
        str, typer.Option("--what", metavar="TEXT", help=_("Only of what begins so, like 'person 12'."))
    ] = "",
    since: Annotated[str, typer.Option(metavar="DAY", help=_("From this day on."))] = "",
    until: Annotated[str, typer.Option(metavar="DAY", help=_("Up to this day, included."))] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help=_("How many at once."))] = 100,
    as_json: JsonOption = False,
) -> None:
    begin, end = _day("--since", since), _day("--until", until)
    wish = AuditWish(
        who, action, subject, begin[0] if begin else None, end[1] if end else None, limit
    )
    lines = with_database(lambda opened: audit_lines(opened, wish))
    if as_json:
        print_json([asdict(line) for line in lines])
        return
    if not lines:
        note(_("Nothing like that stands in the audit log."))
        return
    shown = table(_("When"), _("Who"), _("What was done"), _("What"), _("More"))
    for line in lines:
        more = json.dumps(dict(line.detail), ensure_ascii=False) if line.detail else ""
        add_row(shown, wording.moment(line.at), line.actor, line.action, line.subject, more)
    out.print(shown)


def _day(option: str, text: str) -> tuple[float, float] | None:
    if not text:
        return None
    day = read_day(text)
    if day is None or len(day) != 10:
        raise InputError(N_("{option} {day}: write a day like 2026-11-17"), option=option, day=text)
    return day_bounds(day)
