"""``dialer contacts``: import people, list them, show all that is known of one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dialer.cli import contacts_view as view
from dialer.cli.console import (
    N_,
    JsonOption,
    _,
    actor,
    busy,
    config,
    database,
    out,
    print_json,
    progress,
    run_async,
)
from dialer.cli.contact_story_view import show_story, story_json
from dialer.contacts.importing import Checked, Wishes, check_file, store_checked
from dialer.contacts.numbers import NotANumber, read_number
from dialer.contacts.places import Constituencies, UnknownPlace, load_constituencies
from dialer.errors import InputError
from dialer.store.contact_story import ContactStories
from dialer.store.contacts import ContactFilter, Contacts
from dialer.store.lists import Lists, ListTerms, Receipt

app = typer.Typer(no_args_is_help=True, help=_("Import people, list them, show what is known"))

LONGEST_ID = 9
"""Digits: more are a telephone number."""


class Kind(StrEnum):
    """Kinds of contacts, as the option offers them."""

    CITIZEN = "citizen"
    BENEFICIARY = "beneficiary"
    WORKER = "worker"


class Language(StrEnum):
    """Languages people are spoken to in."""

    HI = "hi"
    EN = "en"


RevealOption = Annotated[
    bool, typer.Option("--reveal", help=_("Show whole telephone numbers; the audit log keeps that you did."))
]
ToList = Annotated[str, typer.Option("--list", metavar="NAME", help=_("The list; made when it is new."))]
Purpose = Annotated[str, typer.Option(metavar="TEXT", help=_("What they may be called for (of a new list)."))]
Source = Annotated[str, typer.Option(metavar="TEXT", help=_("Where the numbers come from (of a new list)."))]
Consent = Annotated[str, typer.Option(metavar="TEXT", help=_("How they agreed to calls (of a new list)."))]
Columns = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="FIELD=COLUMN", help=_("Where a field is: phone=Mob2, phone=#3.")),
]
Drop = Annotated[list[str] | None, typer.Option(metavar="COLUMN", help=_("A column that is not kept."))]
Sheet = Annotated[str | None, typer.Option(metavar="NAME", help=_("The sheet of an XLSX file."))]
UsualKind = Annotated[Kind | None, typer.Option(help=_("Kind of people in rows that state none."))]
UsualLanguage = Annotated[Language, typer.Option(help=_("Language of people in rows that state none."))]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help=_("Leave out rows with faults, take the others."))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=_("Only check the file; store nothing."))]


@app.command("import", help=_("Read a CSV or XLSX file and put its people on a list, all of them or none."))
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("CSV in UTF-8, or XLSX, with headings."))],
    list_name: ToList,
    purpose: Purpose = "",
    source: Source = "",
    consent: Consent = "",
    columns: Columns = None,
    drop: Drop = None,
    sheet: Sheet = None,
    kind: UsualKind = None,
    language: UsualLanguage = Language.HI,
    skip_bad: SkipBad = False,
    dry_run: DryRun = False,
    as_json: JsonOption = False,
) -> None:
    wishes = Wishes(_wished(columns or []), drop or [], kind.value if kind else None, sheet)

    async def work() -> None:
        places = load_constituencies(config().data)
        async with database() as opened:
            lists = Lists(opened)
            terms = await lists.terms(list_name, purpose, source, consent)
            with ExitStack() as stack:
                with progress(_("Checking")) as show:
                    checking = check_file(file, wishes, places, config().data, terms.name, show)
                    checked = stack.enter_context(checking)
                await _conclude(lists, terms, checked, language.value, skip_bad, dry_run, as_json)

    run_async(work())


async def _conclude(
    lists: Lists,
    terms: ListTerms,
    checked: Checked,
    language: str,
    skip_bad: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    if not as_json:
        view.show_mapping(checked)
    receipt: Receipt | None = None
    if not dry_run:
        checked.refuse_unless_usable(skip_bad)
        with busy(_("Storing")):
            receipt = await store_checked(lists, terms, checked, language, actor(), time.time())
    if as_json:
        print_json(view.import_json(terms, checked, receipt))
    else:
        view.show_import(terms, checked, receipt)
    if dry_run and ((checked.rejected and not skip_bad) or not len(checked.people)):
        raise typer.Exit(InputError.exit_code)


OfList = Annotated[str, typer.Option("--list", metavar="NAME", help=_("Only people on this list."))]
OfPlace = Annotated[str, typer.Option(metavar="NUMBER|NAME", help=_("Only people of this constituency."))]
OfBooth = Annotated[str, typer.Option(metavar="TEXT", help=_("Only people of this booth."))]
OfKind = Annotated[Kind | None, typer.Option(help=_("Only people of this kind."))]
OfLanguage = Annotated[Language | None, typer.Option(help=_("Only people of this language."))]
Named = Annotated[str, typer.Option(metavar="TEXT", help=_("Only people with this in their name."))]
Suppressed = Annotated[
    bool | None,
    typer.Option("--suppressed/--callable", help=_("Only those on the suppression list, or the others.")),
]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help=_("How many at once."))]
After = Annotated[int, typer.Option(metavar="ID", help=_("Go on behind this contact."))]


@app.command("list", help=_("List contacts, with their numbers masked."))
def list_(
    list_name: OfList = "",
    constituency: OfPlace = "",
    booth: OfBooth = "",
    kind: OfKind = None,
    language: OfLanguage = None,
    name: Named = "",
    suppressed: Suppressed = None,
    limit: Limit = 50,
    after: After = 0,
    reveal: RevealOption = False,
    as_json: JsonOption = False,
) -> None:
    places = load_constituencies(config().data)
    wanted = ContactFilter(
        list_name=list_name,
        constituency=_constituency(places, constituency),
        booth=booth,
        kind=kind.value if kind else "",
        language=language.value if language else "",
        name=name,
        suppressed=suppressed,
    )

    async def work() -> None:
        async with database() as opened:
            contacts = Contacts(opened)
            total = await contacts.count(wanted)
            page = await contacts.page(wanted, after, limit)
            if reveal and page:
                await contacts.note_revealed(wanted, len(page), actor(), time.time())
        if as_json:
            print_json({"total": total, "contacts": [view.contact_json(seen, reveal) for seen in page]})
        else:
            view.show_page(page, total, limit, places, reveal)

    run_async(work())


@app.command(help=_("List the lists: their terms and how many people they hold."))
def lists(as_json: JsonOption = False) -> None:
    async def work() -> None:
        async with database() as opened:
            records = await Lists(opened).all()
        if as_json:
            print_json([view.list_json(record) for record in records])
        else:
            view.show_lists(records)

    run_async(work())


@app.command(help=_("Show everything that is known of one person: lists, campaigns, calls, answers."))
def show(
    who: Annotated[str, typer.Argument(metavar="PHONE|ID", help=_("Telephone number, or the contact's id."))],
    reveal: RevealOption = False,
    as_json: JsonOption = False,
) -> None:
    phone, contact_id = phone_or_id(who)

    async def work() -> None:
        async with database() as opened:
            story = await ContactStories(opened).tell(
                phone=phone, contact_id=contact_id, by=actor(), now=time.time(), revealed=reveal
            )
        if as_json:
            print_json(story_json(story, reveal))
        else:
            show_story(story, load_constituencies(config().data), reveal)

    run_async(work())


@app.command("erase-voices", help=_("Delete the recorded voices of a person; the audit log keeps why."))
def erase_voices(
    who: Annotated[str, typer.Argument(metavar="PHONE|ID", help=_("Telephone number, or the contact's id."))],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help=_("Who asked for it, and how."))],
    as_json: JsonOption = False,
) -> None:
    phone, contact_id = phone_or_id(who)
    if not why.strip():
        raise InputError(N_("--why: say who asked for it, and how"))

    async def work() -> tuple[int, int]:
        from dialer.ivr.voices import erase_voices_of, voices_folder

        async with database() as opened:
            id_ = await ContactStories(opened).id_of(phone=phone, contact_id=contact_id)
            folder = voices_folder(config())
            return await erase_voices_of(opened, folder, id_, why.strip(), actor(), time.time())

    marked, files = run_async(work())
    if as_json:
        print_json({"answers": marked, "files": files})
    else:
        out.print(_("{answers} answers marked, {files} sounds deleted").format(answers=marked, files=files))


def phone_or_id(text: str) -> tuple[str, int]:
    """``(phone, 0)`` or ``("", id)`` of what a person typed; ``InputError`` says why it is neither."""
    plain = text.strip()
    if plain.isdecimal() and len(plain) <= LONGEST_ID and int(plain) > 0:
        return "", int(plain)
    number = read_number(plain)
    if isinstance(number, NotANumber):
        raise InputError(N_("PHONE|ID: {reason}"), reason=number.reason)
    return number.phone, 0


def _wished(pairs: Sequence[str]) -> dict[str, str]:
    wished = {}
    for pair in pairs:
        field, equals, column = pair.partition("=")
        if not equals or not column.strip():
            raise InputError(N_("--map {pair}: write FIELD=COLUMN, like phone=Mobile"), pair=pair)
        wished[field.strip()] = column.strip()
    return wished


def _constituency(places: Constituencies, text: str) -> int | None:
    read = places.read(text)
    if isinstance(read, UnknownPlace):
        raise InputError(N_("--constituency {text}: {reason}"), text=text, reason=read.reason)
    return read
