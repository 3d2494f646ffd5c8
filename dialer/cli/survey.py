"""``dialer survey``: check survey files, store them, show them, answer them on the keyboard."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from dialer.cli.console import (
    JsonOption,
    _,
    actor,
    add_row,
    config,
    current_language,
    database,
    err,
    ngettext,
    note,
    out,
    print_json,
    run_async,
    table,
)
from dialer.cli.sample_check import agreement, sample_check
from dialer.cli.survey_results import results
from dialer.core.survey_model import Node, Survey
from dialer.errors import InputError
from dialer.i18n import N_

app = typer.Typer(no_args_is_help=True, help=_("Keypad surveys: check and store them"))

app.command(help=_("What was answered: shares, how far people came, quality, the sample check."))(results)
app.command("sample-check", help=_("Have operators ask a random sample of the people again."))(sample_check)
app.command(help=_("How well keypad and operator answers agree: shares, kappa, confusion tables."))(agreement)

SourceArgument = Annotated[
    str, typer.Argument(metavar="SURVEY", help=_("A stored survey's name, or a file ending in .yaml."))
]
VersionOption = Annotated[
    int | None, typer.Option("--version", metavar="N", help=_("Which version; the newest if not said."))
]


@app.command(help=_("Check survey files; every fault is named with file, line and node."))
def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=_("Survey files (YAML)."))],
    as_json: JsonOption = False,
) -> None:
    from dialer.ivr.survey_file import read_survey_file

    faults: dict[str, list[str]] = {}
    for file in files:
        try:
            survey, _source = read_survey_file(file)
        except InputError as fault:
            faults[str(file)] = str(fault).splitlines()
            continue
        faults[str(file)] = []
        if not as_json:
            out.print(f"{file}: {_summary(survey)}", markup=False, soft_wrap=True)
    if as_json:
        print_json([{"file": file, "valid": not found, "faults": found} for file, found in faults.items()])
    else:
        for line in (line for found in faults.values() for line in found):
            err.print(line, markup=False, soft_wrap=True)
    if any(faults.values()):
        raise typer.Exit(InputError.exit_code)


def _summary(survey: Survey) -> str:
    count = len(survey.questions())
    asked = ngettext("{count} question", "{count} questions", count).format(count=count)
    return _("in order: {name}, {asked}, languages {languages}").format(
        name=survey.name, asked=asked, languages=", ".join(survey.languages)
    )


@app.command(help=_("Store a survey file as the next version of its survey and build its prompts."))
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("Survey file (YAML)."))],
    as_json: JsonOption = False,
) -> None:
    async def work() -> None:
        from dialer.ivr.publish import publish_survey
        from dialer.ivr.survey_file import read_survey_file

        _survey, source = read_survey_file(file)
        async with database() as opened:
            done = await publish_survey(config(), opened, source, str(file), actor(), time.time)
        stored, seconds = done.stored, sum(each.duration_s for each in done.prompts)
        if as_json:
            print_json(
                {
                    "survey": stored.name, "version": stored.version, "version_id": stored.version_id,
                    "new": done.new, "sha256": stored.sha256, "prompts": len(done.prompts),
                    "prompts_s": round(seconds, 1),
                }
            )  # fmt: skip
            return
        text = (
            _("stored {name} version {version}")
            if done.new
            else _("{name} version {version} is stored already")
        )
        out.print(text.format(name=stored.name, version=stored.version), markup=False)
        drafts = sum(each.source == "draft" for each in done.prompts)
        if drafts:
            text = _(
                "{count} prompts are spoken drafts; put recordings in their place before people hear them"
            )
            note(text.format(count=drafts))

    run_async(work())


@app.command("list", help=_("List the stored surveys and their versions."))
def list_(as_json: JsonOption = False) -> None:
    async def work() -> None:
        from dialer.store.surveys import Surveys

        async with database() as opened:
            stored = await Surveys(opened).all()
        if as_json:
            fields = ("version_id", "name", "version", "sha256", "created_at", "created_by")
            print_json([{field: getattr(each, field) for field in fields} for each in stored])
            return
        listing = table(_("survey"), _("version"), _("stored"), _("by"), numbers=[1])
        for each in stored:
            add_row(listing, each.name, each.version, _local(each.created_at), each.created_by)
        out.print(listing if stored else _("no survey is stored yet; `dialer survey add FILE`"))

    run_async(work())


def _local(at: float) -> str:
    from dialer.settings.rules import OFFICE_ZONE

    return datetime.fromtimestamp(at, OFFICE_ZONE).strftime("%d.%m.%Y %H:%M")


@app.command(help=_("Show what a survey asks, in its order."))
def show(
    survey: SourceArgument,
    version: VersionOption = None,
    language: Annotated[str, typer.Option("--language", metavar="CODE", help=_("In which language."))] = "",
    as_json: JsonOption = False,
) -> None:
    found, source = find_survey(survey, version)
    spoken = language or (current_language() if current_language() in found.languages else found.languages[0])
    if spoken not in found.languages:
        raise InputError(f"--language {spoken}: this survey speaks {', '.join(found.languages)}")
    if as_json:
        print_json({"survey": found.name, "languages": list(found.languages), "source": source,
                    "nodes": [_node_json(node) for node in found.nodes.values()]})  # fmt: skip
        return
    out.print(found.title[spoken], style="bold", markup=False)
    listing = table(_("node"), _("kind"), _("says"), _("keys"), _("then"))
    for node in found.nodes.values():
        keys = "  ".join(f"{option.key}={option.value}" for option in node.options)
        said = node.say.get(spoken, ", ".join(node.members))
        add_row(listing, node.name, node.kind, said, keys, _ways(node))
    out.print(listing)


def _node_json(node: Node) -> dict[str, object]:
    options = {option.key: option.value for option in node.options}
    return {"name": node.name, "kind": node.kind, "say": dict(node.say), "options": options,
            "leads_to": list(node.targets())}  # fmt: skip


def _ways(node: Node) -> str:
    return ", ".join(node.targets())


@app.command(help=_("Answer a survey on this computer's keyboard, as a person on the phone would."))
def simulate(
    survey: SourceArgument,
    version: VersionOption = None,
    language: Annotated[
        str, typer.Option("--language", metavar="CODE", help=_("The person's language."))
    ] = "hi",
    person: Annotated[
        list[str] | None,
        typer.Option("--person", metavar="NAME=VALUE", help=_("What is known of the person.")),
    ] = None,
    seed: Annotated[str, typer.Option(metavar="WORD", help=_("Decides every random order."))] = "1",
    keys: Annotated[
        str | None,
        typer.Option(metavar="KEYS", help=_("Keys to press without asking; _ is silence, h hangs up.")),
    ] = None,
    answers: Annotated[
        list[str] | None,
        typer.Option("--answer", metavar="QUESTION=ANSWER", help=_("What an earlier call answered.")),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    from dialer.cli.survey_simulation import Terminal, run
    from dialer.core.survey_path import Person

    found, _source = find_survey(survey, version)
    terminal = Terminal(found, config(), quiet=as_json, keys=keys)
    whom = Person(language, _pairs("--person", "kind=worker", person or []), seed)
    result = run(found, terminal, whom, _earlier(found, answers or []))
    if as_json:
        print_json({"answers": dict(result.answers), "reason": result.reason, "complete": result.complete})


def _pairs(option: str, example: str, pairs: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise InputError(
                N_("{option} {pair}: write it as {example}"), option=option, pair=pair, example=example
            )
        found.setdefault(name, []).append(value)
    return found


def _earlier(survey: Survey, pairs: Sequence[str]) -> dict[str, str]:
    given = {name: values[-1] for name, values in _pairs("--answer", "question=yes", pairs).items()}
    questions = [node.name for node in survey.questions()]
    for name in given:
        if name not in questions:
            text = N_("--answer {name}: no question of this survey; there are {known}")
            raise InputError(text, name=name, known=", ".join(questions))
    return given


@app.command(help=_("Draw a survey: Mermaid text, or a picture as SVG."))
def diagram(
    survey: SourceArgument,
    version: VersionOption = None,
    form: Annotated[
        str, typer.Option("--format", metavar="mermaid|svg", help=_("What to draw."))
    ] = "mermaid",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help=_("Write to a file instead."))
    ] = None,
    language: Annotated[str, typer.Option("--language", metavar="CODE", help=_("In which language."))] = "",
) -> None:
    from dialer.ivr.survey_diagram import mermaid, svg

    if form not in ("mermaid", "svg"):
        raise InputError(f"--format {form}: choose mermaid or svg")
    found, _source = find_survey(survey, version)
    spoken = language if language in found.languages else found.languages[0]
    drawing = (mermaid if form == "mermaid" else svg)(found, spoken)
    if output is None:
        typer.echo(drawing)
        return
    output.write_text(drawing, encoding="utf-8")
    note(_("written to {file}").format(file=output))


def find_survey(name: str, version: int | None = None) -> tuple[Survey, str]:
    """A survey from a file (``.yaml``), from those that come with the product, or from the database."""
    from dialer.ivr.survey_file import EXAMPLES, read_survey, read_survey_file

    if name.endswith((".yaml", ".yml")):
        shipped = EXAMPLES / Path(name).name
        file = Path(name)
        return read_survey_file(shipped if not file.exists() and shipped.exists() else file)

    async def stored() -> str:
        from dialer.store.surveys import Surveys

        async with database() as opened:
            return (await Surveys(opened).find(name, version)).source

    source = run_async(stored())
    return read_survey(source, name), source
