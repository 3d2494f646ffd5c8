"""``dialer warroom``: take in what is known of constituencies and people, find it, show it, act on it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from db.session import Database
from dialer.cli import warroom_view as view
from dialer.cli.console import (
    N_,
    JsonOption,
    _,
    actor,
    busy,
    config,
    note,
    print_json,
    progress,
    with_database,
)
from dialer.contacts.places import UnknownPlace, load_constituencies
from dialer.errors import InputError
from dialer.warroom.beginning import begin as take_in
from dialer.warroom.facts import Facts, conflicts, hold
from dialer.warroom.imports import Imports, Preview, Wishes
from dialer.warroom.search import Search
from dialer.warroom.sheets import Kind

app = typer.Typer(no_args_is_help=True, help=_("Constituencies, their people and responsibilities"))

Where = Annotated[str, typer.Argument(metavar="CONSTITUENCY", help=_("Its number or its name."))]
On = Annotated[str, typer.Option("--on", metavar="DAY", help=_("As it was on that day, like 2018-12-31."))]


@app.command("import", help=_("Take in a CSV or XLSX file of one kind, all of it or nothing."))
def import_(
    kind: Annotated[Kind, typer.Argument(help=_("What the rows are."))],
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("CSV in UTF-8, or XLSX, with headings."))],
    source: Annotated[
        str, typer.Option(metavar="TEXT", help=_("Where it comes from, of rows that do not say."))
    ] = "",
    date: Annotated[
        str, typer.Option("--date", metavar="DAY", help=_("The source's day, of rows that do not say."))
    ] = "",
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help=_("Where a field is: phone=Mob2, phone=#3.")),
    ] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help=_("The sheet of an XLSX file."))] = None,
    invented: Annotated[
        bool, typer.Option("--invented", help=_("Mark all of it as invented, for a demo or a test."))
    ] = False,
    retire_gone: Annotated[
        bool, typer.Option("--retire-gone", help=_("Retire what is known and does not stand in the file."))
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Only compare; store nothing."))] = False,
    as_json: JsonOption = False,
) -> None:
    wishes = Wishes(kind, _wished(columns or []), sheet, source, date, invented)

    async def work(opened: Database) -> tuple[Preview, int | None]:
        imports = Imports(opened, config().data)
        with progress(_("Reading")) as show:
            preview = await imports.preview(file, wishes, show)
        if not as_json:
            view.show_columns(preview)
        if dry_run:
            return preview, None
        preview.refuse_unless_usable()
        with busy(_("Storing")):
            return preview, await imports.store(preview, actor(), time.time(), retire_gone=retire_gone)

    preview, number = with_database(work)
    if as_json:
        print_json(view.preview_json(preview, number))
    else:
        view.show_differences(preview, number)
    if dry_run and preview.faults:
        raise typer.Exit(InputError.exit_code)


@app.command(help=_("List the imports, newest first."))
def imports(as_json: JsonOption = False) -> None:
    records = with_database(lambda opened: Imports(opened, config().data).all())
    if as_json:
        print_json([view.import_json(record) for record in records])
    else:
        view.show_imports(records)


@app.command(help=_("Take an import back, as if it had never been."))
def undo(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help=_("As `dialer warroom imports` shows it."))],
    as_json: JsonOption = False,
) -> None:
    counts = with_database(lambda opened: Imports(opened, config().data).undo(number, actor(), time.time()))
    if as_json:
        print_json({"import": number, **counts})
    else:
        text = _("Import {number} is taken back: {removed} rows removed, {restored} restored.")
        note(text.format(number=number, **counts))


@app.command("begin", help=_("Take in the public facts of the six constituencies of Durg, with sources."))
def begin_(as_json: JsonOption = False) -> None:
    done = with_database(lambda opened: take_in(opened, config().data, actor(), time.time()))
    if as_json:
        print_json([{"import": number, **counts} for number, counts in done])
    elif done:
        conflicting = sum(counts["conflicts"] for _number, counts in done)
        text = _("{facts} facts are in; sources disagree on {conflicts}: `dialer warroom facts NUMBER`.")
        note(text.format(facts=sum(counts["added"] for _n, counts in done), conflicts=conflicting))
    else:
        note(_("Everything was there already."))


@app.command(help=_("Find constituencies, places and people, however their names are spelled."))
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help=_("The beginning of a name."))],
    limit: Annotated[int, typer.Option(min=1, max=20, help=_("How many at once."))] = 20,
    as_json: JsonOption = False,
) -> None:
    hits = with_database(lambda opened: Search(opened).find(text, limit))
    if as_json:
        print_json([view.hit_json(hit) for hit in hits])
    else:
        view.show_hits(hits)


@app.command(help=_("Show the facts of a constituency with their sources, and where sources disagree."))
def facts(
    where: Where,
    on: On = "",
    disputed: Annotated[
        bool, typer.Option("--disputed", help=_("Only facts on which sources disagree."))
    ] = False,
    as_json: JsonOption = False,
) -> None:
    number = constituency(where)
    stated = with_database(lambda opened: Facts(opened).of(number))
    held = [one for keys in hold(stated, on).values() for one in keys.values()]
    shown = conflicts(stated) if disputed else held
    if as_json:
        print_json([view.fact_json(one) for one in shown])
    else:
        view.show_facts(shown)


@app.command(help=_("Prefer one source's statement; the others stay beside it."))
def prefer(
    fact: Annotated[int, typer.Argument(metavar="FACT", help=_("As `dialer warroom facts` shows it."))],
    why: Annotated[str, typer.Option(metavar="TEXT", help=_("Why it is preferred."))],
) -> None:
    with_database(lambda opened: Facts(opened).prefer(fact, why, actor(), time.time()))
    note(_("Fact {number} is preferred now.").format(number=fact))


def constituency(text: str) -> int:
    """The number of the constituency that somebody named."""
    read = load_constituencies(config().data).read(text)
    if isinstance(read, int):
        return read
    reason = read.reason if isinstance(read, UnknownPlace) else _("give the constituency's number")
    raise InputError(N_("{text}: {reason}"), text=text, reason=reason)


def _wished(pairs: list[str]) -> dict[str, str]:
    wished = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals or not column.strip():
            raise InputError(N_("--map {pair}: write FIELD=COLUMN, like phone=Mobile"), pair=pair)
        wished[field.strip()] = column.strip()
    return wished
