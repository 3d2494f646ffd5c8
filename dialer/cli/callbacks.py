"""``dialer callbacks``: whom to call again, and when."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from dialer.cli import wording
from dialer.cli.console import (
    N_,
    JsonOption,
    _,
    actor,
    add_row,
    database,
    note,
    out,
    print_json,
    run_async,
    table,
)
from dialer.cli.contacts_view import phone_text
from dialer.core.callbacks import OPEN, CallbackState
from dialer.core.rules import day_start
from dialer.errors import InputError
from dialer.store.callbacks import CallbackRecord, Callbacks, Wanted

app = typer.Typer(no_args_is_help=True, help=_("Whom to call again, and when"))

_HEADINGS: Final = (
    N_("callbacks:id"),
    N_("callbacks:time"),
    N_("callbacks:state"),
    N_("callbacks:person"),
    N_("callbacks:number"),
    N_("callbacks:campaign"),
    N_("callbacks:with"),
)


@app.command("list", help=_("Show the agreed callbacks by time: those of today and all that are open."))
def list_(
    campaign: Annotated[
        str, typer.Option("--campaign", metavar="NAME", help=_("Only of this campaign."))
    ] = "",
    operator: Annotated[
        str, typer.Option("--operator", metavar="USERNAME", help=_("Only those with this operator."))
    ] = "",
    day: Annotated[
        str,
        typer.Option("--day", metavar="DATE|today|all", help=_("Only those of this day, like 2026-11-24.")),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    now = time.time()
    wanted = _wanted(campaign, operator.lower(), day, now)

    async def work() -> Sequence[CallbackRecord]:
        async with database() as opened:
            return await Callbacks(opened).listed(wanted, now)

    found = run_async(work())
    if as_json:
        print_json([_json(one) for one in found])
        return
    if not found:
        note(_("No callback was agreed."))
        return
    shown = table(*(_(heading).rpartition(":")[2] for heading in _HEADINGS), numbers=(0,))
    for one in found:
        told = one.person or f"#{one.contact_id}", phone_text(one.phone, False), one.campaign, one.operator
        when, state = wording.moment(one.due_at, now), wording.callback(one.state)
        add_row(shown, one.id, when, state, *told, style=_style(one.state))
    out.print(shown)


@app.command(help=_("Do not call the person again: in the callback's campaign they are called no more."))
def cancel(
    callback_id: Annotated[int, typer.Argument(metavar="ID", help=_("As `dialer callbacks list` shows it."))],
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", help=_("The reason; the audit log keeps it."))
    ] = "",
    as_json: JsonOption = False,
) -> None:
    if not why.strip():
        raise InputError(N_("--why: say why nobody is to call"))

    async def work() -> CallbackRecord:
        async with database() as opened:
            return await Callbacks(opened).cancel(callback_id, why.strip(), actor(), time.time())

    record = run_async(work())
    if as_json:
        print_json(_json(record))
        return
    words = _("Callback {id} is cancelled: {person}, {when}.")
    person = record.person or phone_text(record.phone, False)
    out.print(words.format(id=record.id, person=person, when=wording.moment(record.due_at)), markup=False)


def _wanted(campaign: str, operator: str, day: str, now: float) -> Wanted:
    if not day:
        return Wanted(campaign, operator, since=day_start(now))
    if day == "all":
        return Wanted(campaign, operator)
    from dialer.cli.report import read_day

    return Wanted(campaign, operator, *read_day(day, now))


def _style(state: CallbackState) -> str | None:
    if state is CallbackState.LATE:
        return "red"
    return None if state in OPEN else "dim"


def _json(one: CallbackRecord) -> dict[str, object]:
    return {
        "id": one.id,
        "due_at": one.due_at,
        "agreed_at": one.agreed_at,
        "state": one.state.value,
        "contact_id": one.contact_id,
        "person": one.person,
        "phone": phone_text(one.phone, False),
        "campaign": one.campaign,
        "operator": one.operator,
        "cancelled_by": one.cancelled_by,
        "cancelled_why": one.cancelled_why,
    }
