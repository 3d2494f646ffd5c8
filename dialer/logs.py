"""Where the daemon's log goes: one JSON line an event, readable by its owner only.

Personal data never is in an event's text: rooms log ids, counts and causes, not names or numbers.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
from pathlib import Path

import structlog

LARGEST_FILE = 20 * 1024 * 1024
KEPT_FILES = 5


def log_to_stderr() -> None:
    """Until ``log_to`` decides otherwise: standard output is for what a command answers."""
    if not structlog.is_configured():
        structlog.configure(logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr))


def log_to(folder: Path, *, echo: bool) -> Path:
    """Write to ``folder/dialer.log`` (0600, rotated), and to standard error when ``echo``."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / "dialer.log"
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    handlers: list[logging.Handler] = [
        logging.handlers.RotatingFileHandler(
            file, maxBytes=LARGEST_FILE, backupCount=KEPT_FILES, encoding="utf-8"
        )
    ]
    if echo:
        handlers.append(logging.StreamHandler())
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=handlers, force=True)
    for noisy in ("aiohttp.access", "panoramisk", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return file
