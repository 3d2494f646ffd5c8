"""``dialer suppress``: numbers that are never called, by anyone, until the person opts in again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from dialer.cli import wording
from dialer.cli.console import (
    N_,
    JsonOption,
    _,
    actor,
    add_row,
    config,
    database,
    note,
    out,
    print_json,
    progress,
    run_async,
    table,
)
from dialer.cli.contacts_view import phone_text
from dialer.contacts.numbers import NotANumber, read_number
from dialer.contacts.suppressing import CheckedNumbers, check_numbers
from dialer.errors import InputError
from dialer.store.suppression import SuppressionList, SuppressionRecord

app = typer.Typer(no_args_is_help=True, help=_("Numbers that are never called"))

NoteOption = Annotated[str, typer.Option("--note", metavar="TEXT", help=_("Why, or how the person said so."))]
RevealOption = Annotated[
    bool, typer.Option("--reveal", help=_("Show whole telephone numbers; the audit log keeps that you did."))
]


@app.command(help=_("Never call this number again, in any campaign; it takes effect at once."))
def add(
    phone: Annotated[str, typer.Argument(metavar="PHONE", help=_("Telephone number, on a list or not."))],
    reason: NoteOption = "",
    as_json: JsonOption = False,
) -> None:
    number = _number(phone)

    async def work() -> None:
        async with database() as opened:
            listed = SuppressionList(opened)
            new, _known = await listed.add(lambda: [number], "cli", reason, actor(), time.time())
        shown = phone_text(number, False)
        if as_json:
            print_json({"phone": shown, "new": bool(new)})
        elif new:
            out.print(_("{phone} is never called again.").format(phone=shown))
        else:
            out.print(_("{phone} was on the suppression list already.").format(phone=shown))

    run_async(work())


@app.command("import", help=_("Put all numbers of a CSV or XLSX file on the suppression list, or none."))
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("CSV in UTF-8, or XLSX, with headings."))],
    column: Annotated[
        str | None, typer.Option("--map", metavar="phone=COLUMN", help=_("Which column holds the numbers."))
    ] = None,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help=_("The sheet of an XLSX file."))] = None,
    reason: NoteOption = "",
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help=_("Leave out rows with faults, take the others."))
    ] = False,
    as_json: JsonOption = False,
) -> None:
    wished = (column or "").removeprefix("phone=")

    async def work() -> None:
        async with database() as opened:
            with ExitStack() as stack:
                with progress(_("Checking")) as show:
                    checking = check_numbers(file, wished, sheet, config().data, show)
                    checked = stack.enter_context(checking)
                checked.refuse_unless_usable(skip_bad)
                listed = SuppressionList(opened)
                new, known = await listed.add(lambda: checked.phones, "import", reason, actor(), time.time())
                _show_import(checked, new, known, as_json)

    run_async(work())


@app.command("list", help=_("Show the suppression list, newest first, with numbers masked."))
def list_(
    source: Annotated[
        str, typer.Option(metavar="WORD", help=_("Only from: keypad, operator, import, fallback, cli."))
    ] = "",
    lifted: Annotated[bool, typer.Option("--lifted", help=_("Also those who opted in again."))] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("How many at once."))] = 50,
    before: Annotated[int, typer.Option(metavar="ID", help=_("Go on behind this one."))] = 0,
    reveal: RevealOption = False,
    as_json: JsonOption = False,
) -> None:
    async def work() -> None:
        async with database() as opened:
            listed = SuppressionList(opened)
            total = await listed.count(source=source, lifted=lifted)
            page = await listed.page(source=source, lifted=lifted, before_id=before, limit=limit)
            if reveal and page:
                await listed.note_revealed(len(page), actor(), time.time())
        if as_json:
            print_json({"total": total, "numbers": [_record_json(record, reveal) for record in page]})
        else:
            _show_page(page, total, limit, reveal)

    run_async(work())


@app.command(help=_("The person opted in again: allow calls to this number."))
def lift(
    phone: Annotated[str, typer.Argument(metavar="PHONE", help=_("Telephone number."))],
    reason: NoteOption = "",
    as_json: JsonOption = False,
) -> None:
    number = _number(phone)
    if not reason.strip():
        raise InputError(N_("--note: say how and when the person opted in again"))

    async def work() -> None:
        async with database() as opened:
            record = await SuppressionList(opened).lift(number, reason.strip(), actor(), time.time())
        if as_json:
            print_json(_record_json(record, False))
        else:
            out.print(_("{phone} may be called again.").format(phone=phone_text(number, False)))

    run_async(work())


def _number(text: str) -> str:
    read = read_number(text)
    if isinstance(read, NotANumber):
        raise InputError(N_("PHONE: {reason}"), reason=read.reason)
    return read.phone


def _show_import(checked: CheckedNumbers, new: int, known: int, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "file": str(checked.file),
                "rows": checked.rows,
                "rejected": checked.rejected,
                "new": new,
                "known": known,
                "report": str(checked.report.path) if checked.report.path else None,
            }
        )
        return
    counts = table("", "", numbers=(1,))
    counts.show_header = False
    add_row(counts, _("Rows read"), wording.count(checked.rows))
    add_row(counts, _("Rows rejected"), wording.count(checked.rejected))
    add_row(counts, _("Numbers suppressed now"), wording.count(new))
    add_row(counts, _("Numbers suppressed before"), wording.count(known))
    out.print(counts)
    if checked.report.path is not None:
        note(_("Rows that were not taken as they stood: {file}").format(file=checked.report.path))


def _show_page(page: Sequence[SuppressionRecord], total: int, limit: int, reveal: bool) -> None:
    if not page:
        note(_("No number is on the suppression list.") if not total else _("No more numbers."))
        return
    headings = (_("Id"), _("Number"), _("Since"), _("From"), _("Note"), _("By"), _("Opted in again"))
    shown = table(*headings, numbers=(0,))
    for record in page:
        since, source = wording.moment(record.created_at), wording.source(record.source)
        phone, again = phone_text(record.phone, reveal), wording.moment(record.lifted_at)
        style = "dim" if record.lifted_at is not None else None
        add_row(shown, record.id, phone, since, source, record.note, record.created_by, again, style=style)
    out.print(shown)
    text = _("{shown} of {total}").format(shown=wording.count(len(page)), total=wording.count(total))
    if len(page) == limit:
        text += "; " + _("more: {option}").format(option=f"--before {page[-1].id}")
    note(text)


def _record_json(record: SuppressionRecord, reveal: bool) -> dict[str, object]:
    return {
        "id": record.id,
        "phone": phone_text(record.phone, reveal),
        "source": record.source,
        "note": record.note,
        "created_at": record.created_at,
        "created_by": record.created_by,
        "lifted_at": record.lifted_at,
        "lifted_by": record.lifted_by,
    }
