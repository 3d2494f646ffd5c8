"""``dialer report``: all its commands, whichever file they are in."""

from __future__ import annotations

from dialer.cli import report_daily
from dialer.cli.report import app

__all__ = ["app", "report_daily"]
