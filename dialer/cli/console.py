"""What every command shares: where it prints, which settings it uses, who runs it, and how it fails.

A command prints tables with ``out``, machine-readable results with ``print_json`` and hints with
``note``; it raises ``SamparkError`` and never prints an error itself.
"""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dialer.cli.widths import measure_like_terminals
from dialer.errors import ConfigError
from dialer.i18n import N_, current_language, ngettext, translate

if TYPE_CHECKING:
    from db.session import Database
    from dialer.config import Config

_ = translate

Result = TypeVar("Result")

measure_like_terminals()

out = Console(highlight=False, soft_wrap=False)
"""Results, on standard output."""
err = Console(stderr=True, highlight=False)
"""Progress, hints and errors, on standard error; so results can be piped."""

JsonOption = Annotated[bool, typer.Option("--json", help=_("Print JSON instead of a table."))]


@dataclass(slots=True)
class _Session:
    config_file: Path | None = None
    config: Config | None = None


_session = _Session()


def use_config_file(path: Path | None) -> None:
    """From now on ``config()`` reads this file (``None``: ``$SAMPARK_CONFIG``, else ``./config.yaml``)."""
    _session.config_file = path
    _session.config = None


def config_file() -> Path | None:
    """The file given with ``--config``, if any."""
    return _session.config_file


def config() -> Config:
    """The settings, read once per process; ``ConfigError`` names file and key."""
    if _session.config is None:
        from dialer.config import load_config  # help does not need it, and it is slow to load

        _session.config = load_config(_session.config_file)
    return _session.config


def loaded_config() -> Config | None:
    """The settings if some command has read them already."""
    return _session.config


def print_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """One JSON document on standard output, UTF-8, indented; nothing else belongs there beside it."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def note(text: str) -> None:
    """A remark for the person at the terminal, on standard error."""
    err.print(text, style="dim", markup=False)


def actor() -> str:
    """Who runs this command, for the audit log: the operating system's user, and whom they became."""
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"uid {uid}"
    behind = os.environ.get("SUDO_USER", "") if uid == 0 else ""
    return (f"{behind} as {name}" if behind and behind != name else name)[:80]


def run_async(work: Coroutine[Any, Any, Result]) -> Result:
    """Run the command's asynchronous part to its end."""
    import asyncio

    from dialer.logs import log_to_stderr

    log_to_stderr()
    return asyncio.run(work)


@asynccontextmanager
async def database() -> AsyncIterator[Database]:
    """The office's database for one command.

    ``ConfigError`` when ``dialer init`` was never run, ``StoreError`` when its schema is not this program's.
    """
    from dialer.store.database import open_database
    from dialer.store.schema import check_schema

    settings = config()
    opened = open_database(settings) if _has_database(settings) else None
    if opened is None:
        raise ConfigError(N_("there is no database in {folder}; run `dialer init`"), folder=settings.data)
    try:
        await check_schema(opened)
        yield opened
    finally:
        await opened.aclose()


def with_database(work: Callable[[Database], Coroutine[Any, Any, Result]]) -> Result:
    """What ``work`` finds or does in the office's database, for a command that needs nothing else."""

    async def opened() -> Result:
        async with database() as found:
            return await work(found)

    return run_async(opened())


def _has_database(settings: Config) -> bool:
    _scheme, _, file = settings.database_url.partition("sqlite+aiosqlite:///")
    return not file or Path(file).exists()


def table(*headings: str, title: str | None = None, numbers: Sequence[int] = ()) -> Table:
    """An empty table in the house style; the columns with the indices ``numbers`` are right-aligned."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None)
    for index, heading in enumerate(headings):
        made.add_column(heading, justify="right" if index in numbers else "left", overflow="fold")
    return made


def add_row(to: Table, *cells: object, style: str | None = None) -> None:
    """Add a row whose cells are shown as they are: no markup in people's names is obeyed."""
    to.add_row(*(Text("" if cell is None else str(cell)) for cell in cells), style=style)


@contextmanager
def progress(what: str) -> Iterator[Callable[[float], None]]:
    """A progress bar on a terminal, nothing elsewhere; yields what takes the share done, 0..1."""
    if not err.is_terminal:
        yield lambda share: None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=share)


@contextmanager
def busy(what: str) -> Iterator[None]:
    """A sign of life on a terminal for work whose length is not known; nothing elsewhere."""
    if not err.is_terminal:
        yield
        return
    with err.status(what):
        yield


__all__ = [
    "N_",
    "JsonOption",
    "_",
    "actor",
    "add_row",
    "busy",
    "config",
    "config_file",
    "current_language",
    "database",
    "err",
    "loaded_config",
    "ngettext",
    "note",
    "out",
    "print_json",
    "progress",
    "run_async",
    "table",
    "use_config_file",
    "with_database",
]
