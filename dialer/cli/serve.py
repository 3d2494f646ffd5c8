"""``dialer serve``: the daemon in the foreground, as systemd runs it."""

from __future__ import annotations

from typing import Annotated

import typer

from dialer.cli import console
from dialer.i18n import translate as _
from dialer.logs import log_to

app = typer.Typer()


@app.command(help=_("Run the daemon that places the calls, until it is told to stop"))
def serve(
    quiet: Annotated[bool, typer.Option("--quiet", help=_("Log to the file only"))] = False,
) -> None:
    """Run the daemon; the first interrupt drains, the second ends at once."""
    from dialer.daemon import serve as run_daemon

    settings = console.config()
    file = log_to(settings.data / "log", echo=not quiet)
    console.note(_("the log is {file}").format(file=file))
    console.run_async(run_daemon(settings))
