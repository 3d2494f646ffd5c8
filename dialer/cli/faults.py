"""Every fault becomes one line on standard error and an exit code; what was not foreseen is also logged."""

from __future__ import annotations

import os
import re
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from dialer.cli import console
from dialer.errors import SamparkError
from dialer.i18n import translate

_ = translate

EXIT_UNEXPECTED: Final = 70
LOG_NAME: Final = "errors.log"

_DIGITS = re.compile(r"[0-9०-९]{5,}")
_NOT_ASCII = re.compile(r"[^\x20-\x7e]+")


def report(fault: Exception, command: str) -> int:
    """Tell of a fault that ended ``command`` (its words without any value); returns the exit code."""
    if isinstance(fault, SamparkError):
        say(fault.in_words(translate))
        return fault.exit_code
    try:
        log = _log(fault, command)
    except OSError:
        words = without_personal_data(fault)
        say(_("unexpected {kind}: {what}").format(kind=type(fault).__name__, what=words))
        return EXIT_UNEXPECTED
    say(
        _("unexpected {kind}; details are in {log}, send it to whoever maintains this installation").format(
            kind=type(fault).__name__, log=log
        )
    )
    return EXIT_UNEXPECTED


def say(text: str) -> None:
    """Print ``error: text`` as one line, whatever line breaks it has."""
    line = "; ".join(part.strip() for part in text.splitlines() if part.strip())
    console.err.print(_("error:"), style="bold red", end=" ", markup=False)
    console.err.print(line, markup=False, soft_wrap=True)


def without_personal_data(fault: BaseException) -> str:
    """The fault's own words without numbers of five digits or more and without names in Devanagari.

    Of a database fault only the driver's sentence is kept: the statement's values are people's data.
    """
    words = str(getattr(fault, "orig", None) or fault)
    return _NOT_ASCII.sub("…", _DIGITS.sub("…", words))[:300]


def _log(fault: Exception, command: str) -> Path:
    file = _log_file()
    frames = traceback.extract_tb(fault.__traceback__)
    lines = [
        f"{datetime.now(UTC).isoformat(timespec='seconds')} dialer {command}",
        *(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames),
        f"  {type(fault).__name__}: {without_personal_data(fault)}",
    ]
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    return file


def _log_file() -> Path:
    settings = console.loaded_config()
    folder = settings.data / "log" if settings else Path.home() / ".local" / "state" / "sampark"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / LOG_NAME
