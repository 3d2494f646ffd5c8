"""``dialer warroom duties`` and ``changes``: who answered what, and who changed what, of a constituency."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from db.session import Database
from dialer.cli.console import (
    N_,
    JsonOption,
    _,
    add_row,
    current_language,
    note,
    out,
    print_json,
    table,
    with_database,
)
from dialer.cli.warroom import Where, app, constituency
from dialer.cli.warroom_person_view import change_json, show_changes
from dialer.errors import InputError
from dialer.warroom.duties import Answered, Duties, DutyPage
from dialer.warroom.history import changes_of
from dialer.warroom.holders import Task
from dialer.web.warroom_words import WarWords

ANSWERS = ("yes", "no", "silent")


@app.command(help=_("Show each responsibility with its answers, or the people behind one of them."))
def duties(
    where: Where,
    what: Annotated[str, typer.Option(metavar="TEXT", help=_("The people who have this one."))] = "",
    answer: Annotated[
        str, typer.Option(metavar="yes|no|silent", help=_("Only those who answered so."))
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("How many at once."))] = 1000,
    as_json: JsonOption = False,
) -> None:
    number = constituency(where)
    if answer and answer not in ANSWERS:
        raise InputError(N_("--answer {text}: choose yes, no or silent"), text=answer)

    async def work(opened: Database) -> tuple[Sequence[Answered], Sequence[Task]]:
        office = Duties(opened)
        if what or answer:
            return [], await office.page(DutyPage(number, what, answer), time.time(), limit)
        return await office.answers(number), []

    answers, people = with_database(work)
    if as_json:
        print_json([asdict(each) for each in (people if what or answer else answers)])
    elif what or answer:
        _show_people(people)
    else:
        _show_answers(answers)


@app.command(help=_("Show who changed what of a constituency, newest first."))
def changes(
    where: Where,
    before: Annotated[
        int, typer.Option(metavar="NUMBER", help=_("Go on behind the change with this number."))
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    number = constituency(where)
    found = with_database(lambda opened: changes_of(opened, number, before))
    if as_json:
        print_json([{**change_json(each), "called": each["called"]} for each in found])
    else:
        show_changes(found)


def _show_answers(answers: Sequence[Answered]) -> None:
    if not answers:
        note(_("No responsibility was given there."))
        return
    shown = table(
        _("Responsibility"), _("People"), _("open"), _("done"), _("accepted"), _("declined"), _("silent"),
        numbers=(1, 2, 3, 4, 5, 6),
    )  # fmt: skip
    for each in answers:
        counts = (each.people, each.open, each.done, each.accepted, each.declined, each.silent)
        add_row(shown, each.what, *counts)
    out.print(shown)


def _show_people(tasks: Sequence[Task]) -> None:
    words = WarWords(current_language())
    shown = table(_("No."), _("Person"), _("Place"), _("Responsibility"), _("State of it"), "", _("Done"),
                  numbers=(0,))  # fmt: skip
    for task in tasks:
        done = f"{words.moment(task.done_at)} {task.done_by or ''}" if task.done_at else ""
        states = words.state(task.state), words.state(task.confirmed)
        add_row(shown, task.id, task.person, task.place, task.what, *states, done)
    out.print(shown)
