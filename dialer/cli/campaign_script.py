"""``dialer campaign script``: what the operators of a campaign say."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from dialer.campaigns.scripts import CampaignScript, read_script
from dialer.cli.console import JsonOption, _, actor, database, note, out, print_json, run_async
from dialer.store.campaigns import Campaigns

Name = Annotated[str, typer.Argument(metavar="NAME", help=_("The campaign."))]
File = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE", exists=True, dir_okay=False, help=_("A script in YAML; else it is shown.")
    ),
]


def script(name: Name, file: File = None, as_json: JsonOption = False) -> None:
    """Store the file's script for the campaign, or show the one it has."""
    given = None if file is None else read_script(file.read_text(encoding="utf-8"), file.name)

    async def work() -> None:
        async with database() as opened:
            campaigns = Campaigns(opened)
            if given is not None:
                await campaigns.give_script(name, given.model_dump(), actor(), time.time())
            stored = await campaigns.script(name)
        _show(stored, as_json)

    run_async(work())


def _show(stored: dict[str, object], as_json: bool) -> None:
    if as_json:
        print_json({"script": stored or None})
        return
    if not stored:
        note(_("It has no script: operators see a greeting. `dialer campaign script NAME FILE` gives one."))
        return
    known = CampaignScript.model_validate(stored)
    for text in (known.say, *known.facts.values()):
        out.print(text.hi, text.en, sep="\n", end="\n\n", highlight=False, markup=False)
