"""``dialer warroom outbox``: reports on their way to others."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from db.session import Database
from dialer.cli import warroom_report_view as view
from dialer.cli.console import (
    N_,
    JsonOption,
    _,
    busy,
    config,
    note,
    print_json,
    with_database,
)
from dialer.cli.warroom import app
from dialer.daily.couriers import couriers
from dialer.daily.outbox import Outbox
from dialer.daily.sending import Attempted, send_due
from dialer.errors import ConfigError, NotFoundError

outbox = typer.Typer(no_args_is_help=True, help=_("Reports on their way: what is sent, what waits and why"))
app.add_typer(outbox, name="outbox")


@outbox.command("list", help=_("List reports and where they went; the newest first."))
def list_(
    unsent: Annotated[bool, typer.Option("--unsent", help=_("Only what is not there yet."))] = False,
    as_json: JsonOption = False,
) -> None:
    found = with_database(lambda opened: Outbox(opened).all(unsent_only=unsent))
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        view.show_outbox(found, time.time())


@outbox.command(help=_("Send what is not there yet, without waiting for its next attempt."))
def send(
    report: Annotated[
        str, typer.Argument(metavar="[REPORT]", help=_("Only this one, out of its turn."))
    ] = "",
    as_json: JsonOption = False,
) -> None:
    async def work(opened: Database) -> tuple[Sequence[Attempted], int]:
        box = Outbox(opened)
        if not couriers(config()):
            raise ConfigError(N_("reports: neither mail nor push names anybody to send to"))
        if report and not any(one.report_id == report for one in await box.all()):
            raise NotFoundError(N_("there is no report {id} in the outbox"), id=report)
        with busy(_("Sending")):
            done = await send_due(config(), opened, at_once=True, only=report)
        return done, len(await box.all(unsent_only=True))

    done, unsent = with_database(work)
    if as_json:
        print_json({"attempts": [asdict(one) for one in done], "unsent": unsent})
    else:
        view.show_attempts(done)
        note(_("Everything is there.") if not unsent else _("{count} still wait.").format(count=unsent))
    if any(one.why for one in done):
        raise typer.Exit(1)
