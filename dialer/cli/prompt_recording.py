"""``dialer prompts record``: a prompt is spoken into the phone of a seat."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.cli.console import JsonOption, _, actor, config, database, note, out, print_json, run_async
from dialer.cli.daemon_client import DaemonClient
from dialer.core.live import SeatState
from dialer.errors import InputError, NotFoundError, TelephonyError
from dialer.i18n import N_
from dialer.ivr.places import SYSTEM

if TYPE_CHECKING:
    from dialer.ivr.prompts import Wanted
    from dialer.store.surveys import StoredSurvey
    from dialer.telephony.recording import Choice

FREE = (SeatState.SIGNED_OUT, SeatState.PAUSED)


def record(
    survey: Annotated[
        str, typer.Argument(metavar="SURVEY", help=_("A stored survey's name; `system`: the office's."))
    ],
    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help=_("As `dialer prompts list` shows it, without language."))
    ],
    language: Annotated[str, typer.Option("--language", metavar="CODE", help=_("In which language."))],
    seat: Annotated[int, typer.Option("--seat", metavar="N", help=_("Whose phone rings."))],
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="N", help=_("Which version; the newest if not said.")),
    ] = None,
    longest: Annotated[
        float, typer.Option("--longest", metavar="SECONDS", min=1, max=45, help=_("Recorded at most."))
    ] = 45.0,
    replace: Annotated[
        bool, typer.Option("--replace", help=_("Take the place of a recording or of certified audio."))
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Keys after listening: 1 keeps, 2 records again, 3 throws away."""
    settings = config()
    if not 1 <= seat <= settings.seats:
        raise InputError(N_("seat {seat}: the seats are 1 to {seats}"), seat=seat, seats=settings.seats)
    stored = None if survey == SYSTEM else _stored(survey, version)
    wanted = _wanted(stored, f"{language}/{prompt}", survey)
    _check_seat(seat)
    _check_standing(wanted, replace)
    note(_("Say: {text}").format(text=wanted.text))
    note(_("Seat {seat} rings. Speak after the beep, # ends. Then 1 keeps, 2 records again, 3 throws away."
           ).format(seat=seat))  # fmt: skip

    from dialer.ivr.takes import check_take, keep_take
    from dialer.telephony.recording import Choice, Recorder

    recorder = Recorder(settings)

    async def call() -> Choice:
        async with recorder:
            return await recorder.record(seat, longest)

    recorder.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        choice = run_async(call())
        if choice is Choice.UNDECIDED:
            choice = _asked()
        if choice is Choice.THROW_AWAY:
            if as_json:
                print_json({"prompt": wanted.key, "kept": False})
            else:
                out.print(_("thrown away; nothing has changed"))
            return
        sound = check_take(recorder.file)
        place = keep_take(settings, wanted, recorder.file)
    finally:
        recorder.file.unlink(missing_ok=True)
    certified = run_async(_publish(stored, wanted))
    if as_json:
        print_json({"prompt": wanted.key, "kept": True, "file": str(place),
                    "seconds": round(sound.duration_s, 2), "certified": certified})  # fmt: skip
        return
    out.print(_("kept as {file}").format(file=place), markup=False, soft_wrap=True)


def _check_seat(seat: int) -> None:
    """The phone must be free: nobody is put through to a seat that is signed out or paused."""
    for live in DaemonClient(config()).live().snapshot.seats:
        if live.seat == seat and live.state not in FREE:
            raise TelephonyError(
                N_("seat {seat} is at work; its operator must pause or sign out first"), seat=seat
            )


def _check_standing(wanted: Wanted, replace: bool) -> None:
    from dialer.ivr.takes import standing
    from dialer.store.certificates import Certificates

    async def work() -> frozenset[str]:
        async with database() as opened:
            return await Certificates(opened).hashes()

    found = standing(config(), wanted, run_async(work()))
    if found.is_replaced_silently or replace:
        return
    text = (
        N_("{prompt} has certified audio; a new recording needs a new certificate")
        if found.certified
        else N_("{prompt} has a recording")
    )
    if not sys.stdin.isatty():
        raise InputError(N_("{why}; add --replace"), why=_(text).format(prompt=wanted.key))
    if not typer.confirm(_("{why}. Replace it?").format(why=_(text).format(prompt=wanted.key)), err=True):
        raise InputError(N_("nothing has changed"))


def _asked() -> Choice:
    from dialer.telephony.recording import Choice

    if not sys.stdin.isatty():
        return Choice.THROW_AWAY
    is_kept = typer.confirm(_("The phone was hung up without a choice. Keep the take?"), err=True)
    return Choice.KEEP if is_kept else Choice.THROW_AWAY


async def _publish(stored: StoredSurvey | None, wanted: Wanted) -> bool:
    """Build the prompt from its recording; returns whether a certificate covers what plays now."""
    import asyncio

    from dialer.ivr.prompt_build import build_system_prompts, manifest_of
    from dialer.ivr.publish import publish_prompts
    from dialer.store.access import AuditEntry
    from dialer.store.certificates import Certificates
    from dialer.store.sessions import Sessions

    async with database() as opened:
        if stored is None:
            await asyncio.to_thread(build_system_prompts, config())
        else:
            await publish_prompts(config(), opened, stored, time.time)
        digest = manifest_of(config(), wanted.folder)[wanted.key].sha256
        detail = {"sha256": digest}
        subject = f"{wanted.group}/{wanted.key}"
        await Sessions(opened).audit([AuditEntry(time.time(), actor(), "prompt record", subject, detail)])
        return digest in await Certificates(opened).hashes()


def _stored(survey: str, version: int | None) -> StoredSurvey:
    async def work() -> StoredSurvey:
        from dialer.store.surveys import Surveys

        async with database() as opened:
            return await Surveys(opened).find(survey, version)

    return run_async(work())


def _wanted(stored: StoredSurvey | None, key: str, survey: str) -> Wanted:
    from dialer.ivr.prompts import survey_wanted, system_wanted
    from dialer.ivr.survey_file import read_survey

    if stored is None:
        known = system_wanted(config())
    else:
        known = survey_wanted(config(), stored.version_id, read_survey(stored.source, survey))
    found = next((each for each in known if each.key == key), None)
    if found is None:
        raise NotFoundError(N_("there is no prompt {name}; see `dialer prompts list {survey}`"), name=key,
                            survey="" if stored is None else survey)  # fmt: skip
    return found
