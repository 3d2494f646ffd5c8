"""``dialer prompts``: build, check, list and hear what citizens hear."""

from __future__ import annotations

import shutil
import subprocess
import time
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.cli.console import (
    JsonOption,
    _,
    actor,
    add_row,
    config,
    database,
    note,
    out,
    print_json,
    run_async,
    table,
)
from dialer.cli.prompt_recording import record
from dialer.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from dialer.ivr.prompt_build import Built
    from dialer.ivr.prompts import Wanted
    from dialer.store.surveys import StoredSurvey

app = typer.Typer(no_args_is_help=True, help=_("The sounds that citizens hear"))

app.command(help=_("Record a prompt at the phone of a seat."))(record)

SurveyArgument = Annotated[
    str, typer.Argument(metavar="[SURVEY]", help=_("A stored survey's name; nothing: the office's."))
]
VersionOption = Annotated[
    int | None, typer.Option("--version", metavar="N", help=_("Which version; the newest if not said."))
]


@app.command(help=_("Build the prompts that are missing or outdated: recordings, else spoken drafts."))
def build(
    survey: SurveyArgument = "",
    version: VersionOption = None,
    again: Annotated[bool, typer.Option("--again", help=_("Put every file in its place anew."))] = False,
    as_json: JsonOption = False,
) -> None:
    async def work() -> None:
        import asyncio

        from dialer.ivr.prompt_build import build_system_prompts
        from dialer.ivr.publish import publish_prompts
        from dialer.store.surveys import Surveys

        if survey:
            async with database() as opened:
                stored = await Surveys(opened).find(survey, version)
                built = await publish_prompts(config(), opened, stored, time.time, again)
        else:
            built = await asyncio.to_thread(build_system_prompts, config(), again=again)
        fresh = sum(each.fresh for each in built)
        drafts = sum(each.source == "draft" for each in built)
        if as_json:
            print_json({"prompts": len(built), "built": fresh, "drafts": drafts,
                        "seconds": round(sum(each.duration_s for each in built), 1)})  # fmt: skip
            return
        text = _("{fresh} prompts built, {rest} were in order, {drafts} of all are spoken drafts")
        out.print(text.format(fresh=fresh, rest=len(built) - fresh, drafts=drafts))

    run_async(work())


@app.command(help=_("Find prompts that are missing, outdated, changed, distorted, too quiet or too long."))
def check(survey: SurveyArgument = "", version: VersionOption = None, as_json: JsonOption = False) -> None:
    from dialer.ivr.prompt_check import check_prompts

    wanted = _wanted(survey, version)
    faults = check_prompts(config(), wanted)
    if as_json:
        named = [(f"{each.wanted.folder}/{each.wanted.key}", each) for each in faults]
        print_json([{"prompt": name, "fault": each.code, "text": each.text} for name, each in named])
    else:
        for each in faults:
            out.print(f"{each.wanted.folder}/{each.wanted.key}: {each.text}", markup=False, soft_wrap=True)
        out.print(_("{count} prompts checked, {faults} faults").format(count=len(wanted), faults=len(faults)))
    if faults:
        raise typer.Exit(1)


@app.command("list", help=_("List the prompts with their length, their level and what they say."))
def list_(survey: SurveyArgument = "", version: VersionOption = None, as_json: JsonOption = False) -> None:
    from dialer.ivr.prompt_build import manifest_of

    wanted = _wanted(survey, version)
    built: dict[tuple[str, str], Built] = {}
    for folder in {each.folder for each in wanted}:
        built |= {(folder, key): entry for key, entry in manifest_of(config(), folder).items()}
    if as_json:
        print_json([{"prompt": f"{each.folder}/{each.key}", "text": each.text,
                     "source": entry.source if entry else None,
                     "seconds": round(entry.duration_s, 2) if entry else None,
                     "sha256": entry.sha256 if entry else None}
                    for each in wanted for entry in [built.get((each.folder, each.key))]])  # fmt: skip
        return
    listing = table(_("prompt"), _("made from"), _("seconds"), _("says"), numbers=[2])
    for each in wanted:
        entry = built.get((each.folder, each.key))
        made = _("missing") if entry is None else _(entry.source)
        seconds = "" if entry is None else f"{entry.duration_s:.1f}"
        add_row(listing, f"{each.folder}/{each.key}", made, seconds, each.text)
    out.print(listing)


@app.command(help=_("Play a prompt on this computer's loudspeaker."))
def play(
    name: Annotated[
        str, typer.Argument(metavar="LANGUAGE/NAME", help=_("As `dialer prompts list` shows it."))
    ],
    survey: Annotated[str, typer.Option("--survey", metavar="NAME", help=_("A survey's prompt."))] = "",
    version: VersionOption = None,
) -> None:
    from dialer.ivr.prompts import prompts_root

    wanted = next((each for each in _wanted(survey, version) if each.key == name), None)
    if wanted is None:
        raise NotFoundError(f"there is no prompt {name}; see `dialer prompts list {survey}`".rstrip())
    file = prompts_root(config()) / wanted.folder / f"{wanted.key}.alaw"
    if not file.exists():
        raise NotFoundError(f"{file}: is not built; run `dialer prompts build {survey}`".rstrip())
    note(wanted.text)
    if shutil.which("play") is None:
        raise InputError("sox is not installed; `apt-get install sox`")
    command = ["play", "-q", "-t", "al", "-r", "8000", "-c", "1", str(file)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        raise InputError(f"this computer has no loudspeaker that sox can use; the sound is in {file}")


@app.command(help=_("Bind a certificate to the audio of a survey as it lies here, the office's included."))
def certify(
    survey: Annotated[str, typer.Argument(metavar="SURVEY", help=_("A stored survey's name."))],
    number: Annotated[str, typer.Option("--number", metavar="TEXT", help=_("The certificate's number."))],
    authority: Annotated[str, typer.Option("--authority", metavar="TEXT", help=_("Who issued it."))],
    issued_on: Annotated[str, typer.Option("--date", metavar="YYYY-MM-DD", help=_("When it was issued."))],
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    from dialer.ivr.prompt_check import check_prompts
    from dialer.store.certificates import Certificate, Certificates

    try:
        issued_on = date.fromisoformat(issued_on).isoformat()
    except ValueError:
        raise InputError(f"--date: {issued_on!r} is not a date like 2026-01-31") from None
    if not number.strip() or not authority.strip():
        raise InputError("a certificate has a number and an authority")
    if faults := check_prompts(config(), _wanted(survey, version)):
        first = faults[0].wanted
        raise InputError(f"{first.folder}/{first.key}: {faults[0].text}; see `dialer prompts check {survey}`")
    audio = _audio(survey, version)
    certificate = Certificate(number.strip(), authority.strip(), issued_on)

    async def work() -> None:
        async with database() as opened:
            by_digest = {digest: name for name, digest in audio.items()}
            await Certificates(opened).add(certificate, by_digest, actor(), time.time())

    run_async(work())
    if as_json:
        print_json({"number": certificate.number, "files": len(audio)})
    else:
        out.print(_("certificate {number} is bound to {count} sound files").format(
            number=certificate.number, count=len(audio)))  # fmt: skip


@app.command(help=_("List a survey's audio with its certificates; fails when a file has none."))
def certificates(
    survey: Annotated[str, typer.Argument(metavar="SURVEY", help=_("A stored survey's name."))],
    version: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    from dialer.store.certificates import Certificate, Certificates

    async def work() -> dict[str, Certificate]:
        async with database() as opened:
            return await Certificates(opened).all()

    bound = run_async(work())
    rows = [(name, digest, bound.get(digest)) for name, digest in _audio(survey, version).items()]
    if as_json:
        print_json([{"file": name, "sha256": digest, "number": held.number if held else None,
                     "authority": held.authority if held else None,
                     "date": held.issued_on if held else None} for name, digest, held in rows])  # fmt: skip
    else:
        listing = table(_("file"), _("certificate"), _("authority"), _("date"))
        for name, _digest, held in rows:
            words = (held.number, held.authority, held.issued_on) if held else (_("none"), "", "")
            add_row(listing, name, *words)
        out.print(listing)
    if any(held is None for _name, _digest, held in rows):
        raise typer.Exit(1)


def _audio(survey: str, version: int | None) -> dict[str, str]:
    from dialer.ivr.prompt_check import audio_of
    from dialer.ivr.survey_file import read_survey

    stored = _stored(survey, version)
    return audio_of(config(), stored.version_id, read_survey(stored.source, survey))


def _stored(survey: str, version: int | None) -> StoredSurvey:
    async def work() -> StoredSurvey:
        from dialer.store.surveys import Surveys

        async with database() as opened:
            return await Surveys(opened).find(survey, version)

    return run_async(work())


def _wanted(survey: str, version: int | None) -> list[Wanted]:
    from dialer.ivr.prompts import survey_wanted, system_wanted
    from dialer.ivr.survey_file import read_survey

    if not survey:
        return system_wanted(config())
    stored = _stored(survey, version)
    return survey_wanted(config(), stored.version_id, read_survey(stored.source, survey))
