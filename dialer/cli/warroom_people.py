"""``dialer warroom``: the card, its people, and what is done with them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from db.session import Database
from dialer.cli import warroom_card_view as view
from dialer.cli.console import (
    N_,
    JsonOption,
    _,
    actor,
    busy,
    config,
    current_language,
    note,
    print_json,
    with_database,
)
from dialer.cli.warroom import On, Where, app, constituency
from dialer.errors import InputError
from dialer.store.access import Access
from dialer.warroom.acting import CallWish, call_people
from dialer.warroom.awareness import Awareness, awareness
from dialer.warroom.borders import take_borders
from dialer.warroom.card import Card, Cards
from dialer.warroom.duties import Duties, Duty
from dialer.warroom.old import old
from dialer.warroom.people import People, Selection
from dialer.warroom.printing import pdf_of
from dialer.warroom.statements import read_day
from dialer.warroom.tallies import refresh
from dialer.web.warroom_page import Pages, Viewer

Booth = Annotated[str, typer.Option(metavar="NUMBER", help=_("Only people of this booth."))]
Named = Annotated[str, typer.Option("--name", metavar="TEXT", help=_("Only people whose name sounds so."))]
OpenOnly = Annotated[bool, typer.Option("--open", help=_("Only those with an open responsibility."))]
BoothWorkers = Annotated[bool, typer.Option("--booth-workers", help=_("Only workers of booths."))]
People_ = Annotated[list[int] | None, typer.Option("--person", metavar="ID", help=_("Exactly these people."))]


@app.command(help=_("Show the card of a constituency: everything that is known of it."))
def card(where: Where, on: On = "", as_json: JsonOption = False) -> None:
    number = constituency(where)
    found, aware = with_database(lambda opened: _card(opened, number, on, time.time()))
    if as_json:
        print_json(view.card_json(found, aware))
    else:
        view.show_card(found, aware)


@app.command(help=_("Write the card as one A4 page in Hindi or English."))
def pdf(
    where: Where,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("Where the PDF goes."))],
    on: On = "",
) -> None:
    number = constituency(where)

    async def work(opened: Database) -> bytes:
        now = time.time()
        found, aware = await _card(opened, number, on, now)
        with busy(_("Laying out")):
            return await pdf_of(Pages(Viewer(current_language())).print_card(found, aware, now))

    made = with_database(work)
    try:
        file.write_bytes(made)
    except OSError as fault:
        raise InputError(N_("{file}: cannot be written: {why}"), file=file, why=fault.strerror) from fault
    note(_("Written: {file}").format(file=file))


@app.command(help=_("List office-bearers and workers, with their numbers masked."))
def people(
    where: Where,
    booth: Booth = "",
    name: Named = "",
    open_only: OpenOnly = False,
    booth_workers: BoothWorkers = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("How many at once."))] = 50,
    as_json: JsonOption = False,
) -> None:
    wanted = Selection(constituency(where), booth, name, open_only, booth_workers)
    found = with_database(lambda opened: People(opened).page(wanted, time.time(), most=limit))
    if as_json:
        print_json([view.holder_json(one) for one in found])
    else:
        view.show_holders(found)


@app.command(help=_("Give a responsibility to everybody who is selected."))
def assign(
    where: Where,
    what: Annotated[str, typer.Argument(metavar="TEXT", help=_("What they are asked to do."))],
    due: Annotated[str, typer.Option(metavar="DAY", help=_("By when, like 2026-12-31."))] = "",
    given_by: Annotated[str, typer.Option(metavar="TEXT", help=_("Who gives it."))] = "",
    booth: Booth = "",
    name: Named = "",
    open_only: OpenOnly = False,
    booth_workers: BoothWorkers = False,
    person: People_ = None,
    as_json: JsonOption = False,
) -> None:
    wanted = Selection(constituency(where), booth, name, open_only, booth_workers, tuple(person or ()))
    duty = Duty(what, given_by, due)
    ids = with_database(lambda opened: Duties(opened).assign(wanted, duty, actor(), time.time()))
    if as_json:
        print_json({"responsibilities": list(ids)})
    else:
        note(_("{count} people have it now.").format(count=len(ids)))


@app.command(help=_("Say that responsibilities are done, or withdraw them."))
def done(
    ids: Annotated[
        list[int], typer.Argument(metavar="ID...", help=_("As `dialer warroom card` shows them."))
    ],
    withdraw: Annotated[bool, typer.Option("--withdraw", help=_("They are not wanted any more."))] = False,
) -> None:
    count = with_database(
        lambda opened: Duties(opened).finish(ids, actor(), time.time(), withdrawn=withdraw)
    )
    note(_("{count} responsibilities are closed.").format(count=count))


@app.command(help=_("Make a campaign to the people who are selected; it is started like any other."))
def call(
    where: Where,
    name: Annotated[str, typer.Option("--campaign", metavar="NAME", help=_("Name of campaign and list."))],
    purpose: Annotated[str, typer.Option(metavar="TEXT", help=_("What they are called for."))],
    consent: Annotated[str, typer.Option(metavar="TEXT", help=_("How they agreed to calls."))],
    operators: Annotated[
        bool, typer.Option("--operators", help=_("Operators speak with them; otherwise a keypad message."))
    ] = False,
    what: Annotated[
        str, typer.Option(metavar="TEXT", help=_("The responsibility to confirm, when they have several."))
    ] = "",
    survey: Annotated[
        str, typer.Option(metavar="NAME", help=_("Another survey with the question `confirm`."))
    ] = "",
    trunk: Annotated[str, typer.Option(metavar="NAME", help=_("The trunk, when there are several."))] = "",
    booth: Booth = "",
    sounds: Named = "",
    open_only: OpenOnly = False,
    booth_workers: BoothWorkers = False,
    person: People_ = None,
    as_json: JsonOption = False,
) -> None:
    wanted = Selection(constituency(where), booth, sounds, open_only, booth_workers, tuple(person or ()))
    wish = CallWish(name, purpose, consent, not operators, survey, trunk, what)
    made = with_database(lambda opened: call_people(config(), opened, wanted, wish, actor(), time.time()))
    if as_json:
        print_json({"campaign": name, "queued": made.queued, "people": made.people,
                    "without_phone": made.without_phone, "sharing_a_phone": made.sharing,
                    "asked_to_confirm": made.asked, "responsibility": made.what})  # fmt: skip
    else:
        text = _("Campaign {name} is a draft with {queued} people; start it with `dialer campaign start`.")
        note(text.format(name=name, queued=made.queued))


@app.command(help=_("Show who may be there twice: by telephone, and by the sound of the name."))
def duplicates(as_json: JsonOption = False) -> None:
    found = with_database(lambda opened: People(opened).duplicates())
    if as_json:
        print_json([view.duplicates_json(one) for one in found])
    else:
        view.show_duplicates(found)


@app.command(help=_("Make one person of two entries: KEEP gets what GONE had."))
def merge(
    keep: Annotated[int, typer.Argument(metavar="KEEP")], gone: Annotated[int, typer.Argument(metavar="GONE")]
) -> None:
    with_database(lambda opened: People(opened).merge(keep, gone, actor(), time.time()))


@app.command("stale", help=_("Show what is older than so many days; exit code 1 when there is anything."))
def stale_(
    days: Annotated[
        int | None, typer.Option(min=1, help=_("How old it may be; otherwise warroom.stale_days."))
    ] = None,
    as_json: JsonOption = False,
) -> None:
    limit = days or config().warroom.stale_days
    found = with_database(lambda opened: old(opened, time.time(), limit))
    if as_json:
        print_json([view.stale_json(number, fact) for number, fact in found.facts])
    else:
        view.show_stale(found)
    if found.count:
        raise typer.Exit(1)


@app.command("map", help=_("Take in the borders of constituencies from a GeoJSON file."))
def map_(file: Annotated[Path, typer.Argument(metavar="FILE", help=_("Polygons by number."))]) -> None:
    if not file.is_file():
        raise InputError(N_("{file}: no such file; check its path"), file=file)
    count = with_database(lambda opened: take_borders(opened, config().data, file, actor(), time.time()))
    note(_("The map has {count} constituencies now.").format(count=count))


@app.command(help=_("Count every day's calls again for the cards, after old records were mended."))
def recount() -> None:
    with busy(_("Counting")):
        with_database(lambda opened: refresh(opened, time.time(), every_day=True))


async def _card(opened: Database, number: int, on: str, now: float) -> tuple[Card, list[Awareness]]:
    """The card with fresh counts, and what people say they know."""
    day = _day(on)
    await refresh(opened, now)
    found = await Cards(opened, config().warroom.stale_days).card(number, now, day)
    return found, await Access(opened).query(lambda connection: awareness(connection, found.heard.ever))


def _day(on: str) -> str:
    day = read_day(on) if on else ""
    if day is None:
        raise InputError(N_("--on {text}: is no date; write it like 2023-11-17"), text=on)
    return day
