"""The ``dialer`` program: mounts each noun's commands and turns every fault into one line.

Mounting: a row of ``COMMANDS`` names a module that has ``app``, a ``typer.Typer``. An app with exactly
one ``@app.command()`` and no callback becomes that command itself (``dialer doctor``). A module is
imported only when its command runs, so help stays quick; a module that is not there is not offered.
Modules are imported after the language is chosen: ``help=_("...")`` is in the right language.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from dialer.cli.phrases import COMPLETION_OPTIONS, localise, sentence_of
from dialer.i18n import LANGUAGES, N_, language_of_the_system, select_language, translate

_ = translate

EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class Mount:
    """A command of the first level. ``panel``: the heading it stands under in ``dialer --help``."""

    name: str
    module: str
    help: str
    panel: str


_PEOPLE: Final = N_("People")
_CALLS: Final = N_("Calls")
_ROOM: Final = N_("Room and reports")
_SYSTEM: Final = N_("System")

COMMANDS: Final = (
    Mount("contacts", "dialer.cli.contacts", N_("Import people, list them, show what is known"), _PEOPLE),
    Mount("suppress", "dialer.cli.suppress", N_("Numbers that are never called"), _PEOPLE),
    Mount("campaign", "dialer.cli.campaign", N_("Plan, run, watch and explain campaigns"), _CALLS),
    Mount("callbacks", "dialer.cli.callbacks", N_("Whom to call again, and when"), _CALLS),
    Mount("survey", "dialer.cli.survey", N_("Keypad surveys: check and store them"), _CALLS),
    Mount("prompts", "dialer.cli.prompts", N_("The sounds that citizens hear"), _CALLS),
    Mount("operators", "dialer.cli.operators", N_("People who sign in on a seat"), _ROOM),
    Mount("seats", "dialer.cli.seats", N_("The operators' places and their phones"), _ROOM),
    Mount(
        "warroom",
        "dialer.cli.warroom_all",
        N_("Constituencies, their people and responsibilities"),
        _ROOM,
    ),
    Mount("report", "dialer.cli.report_all", N_("What was done, reconciled with the call records"), _ROOM),
    Mount("init", "dialer.cli.init", N_("Set up settings, folders and the database"), _SYSTEM),
    Mount("doctor", "dialer.cli.doctor", N_("Say what is wrong and how to put it right"), _SYSTEM),
    Mount("audit", "dialer.cli.audit", N_("Who looked at or changed what, and when"), _SYSTEM),
    Mount("asterisk", "dialer.cli.asterisk", N_("Start, stop and inspect Asterisk"), _SYSTEM),
    Mount("serve", "dialer.cli.serve", N_("Run the daemon that places the calls"), _SYSTEM),
    Mount("simulate", "dialer.cli.simulate", N_("Try a pacing on a simulated call centre"), _SYSTEM),
    Mount("demo", "dialer.cli.demo", N_("A whole day on simulated phones, in minutes"), _SYSTEM),
)


class LazyGroup(TyperGroup):
    """Offers the mounted commands by their help alone and imports one when it is run."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return [mount.name for mount in COMMANDS if find_spec(mount.module) is not None]

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
        for mount in COMMANDS:
            if mount.name == cmd_name and find_spec(mount.module) is not None:
                return TyperCommand(mount.name, help=_(mount.help), rich_help_panel=_(mount.panel))
        return None

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # type: ignore[override]
        # The parent class suggests a near name out of this mapping.
        self.commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        name, _stub, rest = super().resolve_command(ctx, args)
        return name, load(name) if name else None, rest


def load(name: str) -> Any:
    """The real command or group of a mounted name."""
    mount = next(mount for mount in COMMANDS if mount.name == name)
    command = typer.main.get_command(import_module(mount.module).app)
    command.name = name
    command.params = [parameter for parameter in command.params if parameter.name not in COMPLETION_OPTIONS]
    command.help = command.help or _(mount.help)
    localise(command)
    return command


def build() -> Any:
    """The program's first level, in the selected language."""
    from dialer.cli import console

    app = typer.Typer(
        cls=LazyGroup,
        no_args_is_help=True,
        help=_("Sampark: calls people, joins those who answer to operators or asks them by keypad."),
    )

    @app.callback()
    def root(
        config: Annotated[
            Path | None,
            typer.Option("--config", metavar="FILE", help=_("Settings file; otherwise ./config.yaml.")),
        ] = None,
        lang: Annotated[
            str, typer.Option("--lang", metavar="hi|en", help=_("Language of all texts; stands anywhere."))
        ] = "",
        version: Annotated[bool, typer.Option("--version", help=_("Print the version."))] = False,
    ) -> None:
        console.use_config_file(config)

    command = typer.main.get_command(app)
    localise(command)
    return command


def run(arguments: Sequence[str]) -> int:
    """Run one command line (without the program's name); returns the exit code.

    0 done, 1 a check failed, 2 wrong input or settings, 3 not found, 4 refused by a rule, 5 already
    running, 6 the daemon is away, 70 a fault of ours (logged), 130 interrupted.
    """
    language, rest = language_from(arguments)
    if language not in LANGUAGES:
        return _usage_fault(f"--lang {language}: " + _("choose hi or en"))
    select_language(language)
    if "--version" in rest[:1]:
        return _print_version()
    try:
        result = build().main(args=rest, prog_name="dialer", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except typer.TyperException as fault:
        if type(fault).__name__ == "NoArgsIsHelpError":
            typer.echo(fault.message, err=True)
            return EXIT_USAGE
        return _usage_fault(sentence_of(fault))
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return 0
    except Exception as fault:
        from dialer.cli.faults import report

        return report(fault, _without_values(rest))


def language_from(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """``--lang X`` or ``--lang=X`` wherever it stands before ``--``, and the arguments without it."""
    rest: list[str] = []
    chosen: str | None = None
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word == "--lang":
            chosen = next(words, "")
        elif word.startswith("--lang="):
            chosen = word.removeprefix("--lang=")
        else:
            rest.append(word)
    return language_of_the_system() if chosen is None else chosen, rest


def _without_values(arguments: Sequence[str]) -> str:
    # Any other word may be a number or a name.
    nouns = {mount.name for mount in COMMANDS}
    words = [word.split("=")[0] for word in arguments if word in nouns or word.startswith("--")]
    return " ".join(words)


def _usage_fault(sentence: str) -> int:
    from dialer.cli.faults import say

    say(sentence)
    return EXIT_USAGE


def _print_version() -> int:
    from importlib.metadata import version

    typer.echo(f"Sampark {version('sampark')}")
    return 0


def _discard_output() -> None:
    # The reader of our pipe has gone; without this, Python complains again when it flushes at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
