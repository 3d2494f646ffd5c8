"""``dialer demo``: two campaigns on simulated phones, from a list of people to a report."""

from __future__ import annotations

from typing import Annotated

import typer

from dialer.cli.console import _, config, run_async

app = typer.Typer()


@app.command(help=_("Two campaigns on two real Asterisks of this machine, from lists to a report"))
def demo(
    people: Annotated[
        int, typer.Option("--people", metavar="N", min=20, max=10_000, help=_("How many invented people."))
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help=_("Other people, other fates."))] = 1,
) -> None:
    """Exit status 1 when attempts, INVITEs and call records do not agree."""
    from dialer.demo.run import Wishes, run_demo

    if not run_async(run_demo(config(), Wishes(people, seed))):
        raise typer.Exit(1)
