"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """``WARN``: works, but not for long or not for all. ``FAIL``: calls cannot be made rightly."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor, in the selected language. ``fix`` is empty when nothing is to be done."""

    level: Level
    check: str
    text: str
    fix: str = ""


def ok(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, check, text)


def warn(check: str, text: str, fix: str) -> Finding:
    """It works, but."""
    return Finding(Level.WARN, check, text, fix)


def fail(check: str, text: str, fix: str) -> Finding:
    """It does not work."""
    return Finding(Level.FAIL, check, text, fix)
