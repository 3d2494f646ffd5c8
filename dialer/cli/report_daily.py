"""``dialer report daily``: the signed report of a day."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from db.session import Database
from dialer.cli import warroom_report_view as view
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
from dialer.cli.report import app
from dialer.cli.warroom import constituency
from dialer.daily.figures import DayReport
from dialer.daily.files import report_files
from dialer.daily.keys import signing_key
from dialer.daily.making import make_report
from dialer.daily.outbox import Outbox, Parcel
from dialer.daily.posting import Posted, post_report
from dialer.daily.sending import Attempted, send_due
from dialer.daily.signing import sign
from dialer.daily.tracing import trace
from dialer.daily.words import ReportWords
from dialer.errors import InputError
from dialer.warroom.statements import read_day
from dialer.warroom.tallies import day_of

Day = Annotated[
    str,
    typer.Option("--date", "--day", metavar="DAY", help=_("A day like 2026-11-26, or today.")),
]
Of = Annotated[
    str, typer.Option("--constituency", metavar="CONSTITUENCY", help=_("Only of this one."))
]
District = Annotated[bool, typer.Option("--district", help=_("Of the whole district; so it is anyway."))]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help=_("Write JSON, PDF and XLSX in Hindi and English there.")),
]


Send = Annotated[
    bool, typer.Option("--send", help=_("Put it into the outbox, and send it to all whom the settings name."))
]


@app.command(help=_("The report of a day: figures with their sources, as table, JSON, PDF and XLSX."))
def daily(
    day: Day = "today",
    where: Of = "",
    district: District = False,
    out: Out = None,
    send: Send = False,
    as_json: JsonOption = False,
) -> None:
    if where and district:
        raise InputError(N_("give --constituency or --district, not both"))
    number = constituency(where) if where else None
    if send:
        _post(day, number, out, as_json)
        return

    async def work(opened: Database) -> tuple[DayReport, Mapping[str, bytes]]:
        now = time.time()
        with busy(_("Counting")):
            made = await make_report(config(), opened, chosen_day(day, now), number, now)
        if out is None:
            return made, {}
        with busy(_("Writing")):
            return made, await _signed_files(made, opened)

    made, files = with_database(work)
    if out:
        _write(out, files)
    if as_json:
        print_json(made.as_json())
    elif not out:
        view.show_report(ReportWords(made, current_language()))


def _post(day: str, number: int | None, out: Path | None, as_json: bool) -> None:
    """The report goes into the outbox first, so that nothing that fails after that can lose it."""

    async def work(opened: Database) -> tuple[Posted, Parcel, Sequence[Attempted]]:
        now = time.time()
        with busy(_("Counting")):
            posted = await post_report(config(), opened, chosen_day(day, now), number, actor(), now)
        with busy(_("Sending")):
            done = await send_due(config(), opened)
        return posted, await Outbox(opened).parcel(posted.report_id), done

    posted, parcel, done = with_database(work)
    if out:
        _write(out, {f"{posted.report_id}.json": parcel.content, **parcel.files})
    if as_json:
        print_json({"id": posted.report_id, "new": posted.is_new, "attempts": [asdict(one) for one in done]})
    else:
        text = _("{id} is in the outbox.") if posted.is_new else _("{id} was in the outbox already.")
        note(text.format(id=posted.report_id))
        view.show_attempts(done)
    if any(one.why for one in done):
        raise typer.Exit(1)


def chosen_day(text: str, now: float) -> str:
    """An ISO day; ``InputError`` says the form."""
    day = day_of(now) if text == "today" else read_day(text)
    if not day or len(day) != len("2026-11-26"):
        raise InputError(N_("{text!r} is not a day like 2026-11-26 or today"), text=text)
    return day


async def _signed_files(made: DayReport, opened: Database) -> Mapping[str, bytes]:
    files = await report_files(made, await trace(config(), opened, made))
    signed = sign(made, files, signing_key(config().data))
    return {f"{made.id}.json": signed.as_bytes(), **files}


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, content in files.items():
            file = folder / name
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(content)
            note(_("written to {file}").format(file=file))
    except OSError as fault:
        text = N_("--out {folder}: cannot be written: {why}")
        raise InputError(text, folder=folder, why=fault.strerror or fault) from fault
