"""Templates of Asterisk's settings -> files for their owner only, with values that cannot break out."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from dialer.errors import ConfigError, TelephonyError
from dialer.i18n import N_

UNSAFE = re.compile(r"[\x00-\x1f\x7f;,|&$\\\[\]{}\"'`!?^]")
"""What no value in an Asterisk setting may hold: comment marks, expressions, separators, line ends."""


def render_templates(folder: Path, values: Mapping[str, Any]) -> dict[str, str]:
    """Name to text of every ``.conf`` in ``folder``; ``ConfigError``: a value that no setting can carry."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
        # These are no web pages; _checked refuses what could break out of a setting.
        autoescape=False,
        finalize=_checked,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    names = sorted(file.name for file in folder.glob("*.conf"))
    return {name: environment.get_template(name).render(values) for name in names}


def write_private(file: Path, text: str) -> bool:
    """Replace a file (0600) as a whole; whether its content changed."""
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return False
    fresh = file.with_suffix(".new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    fresh.rename(file)
    return True


def make_private_folder(folder: Path) -> None:
    """Make a folder (0700), or make sure that the one which is there is ours alone."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077 or folder.is_symlink():
        raise TelephonyError(
            N_("{folder} belongs to somebody else or is open to others; remove it"), folder=folder
        )


class _Literal(str):
    """A value that is no path and no part of the dialplan: any sign is itself in it."""


def literal(text: str, setting: str) -> str:
    """A password for a template, with its comment marks escaped; ``ConfigError`` when it is not one line."""
    if not text or not text.isprintable() or text != text.strip():
        raise ConfigError(f"{setting}: one line without blanks around it is expected")
    return _Literal(text.replace(";", r"\;"))


def _checked(value: object) -> object:
    """Refuse a value that could end its setting and begin another one."""
    if isinstance(value, _Literal):
        return value
    text = str(value)
    if found := UNSAFE.search(text):
        raise ConfigError(f"{text!r} holds {found[0]!r}, which no Asterisk setting can carry; change it")
    return value
