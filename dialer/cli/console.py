"""What every command shares: where it prints, which settings it uses, who runs it, and how it fails.

A command prints tables with ``out``, machine-readable results with ``print_json`` and hints with
``note``; it raises ``SamparkError`` and never prints an error itself.
"""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console

from dialer.i18n import N_, current_language, ngettext, translate

if TYPE_CHECKING:
    from dialer.config import Config

_ = translate

Result = TypeVar("Result")

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

    return asyncio.run(work)


__all__ = [
    "N_",
    "JsonOption",
    "_",
    "actor",
    "config",
    "config_file",
    "current_language",
    "err",
    "loaded_config",
    "ngettext",
    "note",
    "out",
    "print_json",
    "run_async",
    "use_config_file",
]
