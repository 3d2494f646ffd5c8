"""``dialer doctor``: what is wrong, and the fix beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Final

import typer
from rich.text import Text

from dialer.cli.checks.finding import Finding, Level, fail, ok
from dialer.cli.checks.rounds import examine
from dialer.cli.console import JsonOption, _, config, config_file, ngettext, out, print_json, run_async
from dialer.config import Config, settings_file
from dialer.errors import ConfigError
from dialer.i18n import N_

app = typer.Typer()

EXIT_FAILED: Final = 1

_STYLES: Final = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}
_WORDS: Final = {Level.OK: N_("ok"), Level.WARN: N_("warn"), Level.FAIL: N_("fail")}


@app.command(help=_("Say what is wrong and how to put it right; exit code 1 when something fails."))
def doctor(as_json: JsonOption = False) -> None:
    found: list[Finding] = []

    def tell(finding: Finding) -> None:
        found.append(finding)
        if not as_json:
            _print(finding)

    settings = _settings(tell)
    if settings is not None:
        run_async(_examine(settings, tell))
    failed = sum(finding.level is Level.FAIL for finding in found)
    if as_json:
        print_json({"ok": not failed, "findings": [asdict(finding) for finding in found]})
    else:
        _conclude(found, failed)
    if failed:
        raise typer.Exit(EXIT_FAILED)


def _settings(tell: Callable[[Finding], None]) -> Config | None:
    file = settings_file(config_file())
    try:
        settings = config()
    except ConfigError as fault:
        fix = _("correct {file}").format(file=file) if file.exists() else "`dialer init`"
        for line in fault.in_words(_).splitlines():
            tell(fail(_("settings"), line, fix))
        return None
    tell(ok(_("settings"), str(file.absolute())))
    return settings


async def _examine(settings: Config, tell: Callable[[Finding], None]) -> None:
    async for finding in examine(settings):
        tell(finding)


def _print(finding: Finding) -> None:
    line = Text()
    line.append(f"{_(_WORDS[finding.level]):<6}", style=_STYLES[finding.level])
    line.append(f"{finding.check}: ", style="bold")
    line.append(finding.text)
    if finding.fix:
        line.append(f" → {finding.fix}", style="cyan")
    out.print(line, soft_wrap=True)


def _conclude(found: list[Finding], failed: int) -> None:
    warned = sum(finding.level is Level.WARN for finding in found)
    out.print()
    if not failed and not warned:
        out.print(_("All is well."), style="bold green")
        return
    failures = ngettext("{count} thing fails", "{count} things fail", failed).format(count=failed)
    warnings = ngettext("{count} warning", "{count} warnings", warned).format(count=warned)
    out.print(f"{failures}, {warnings}.", style="bold red" if failed else "yellow")
