"""The one place that turns the configuration into a database."""

from __future__ import annotations

import os
from pathlib import Path

from db.session import Database
from dialer.config import Config


def open_database(config: Config) -> Database:
    """The office's database; close it with ``aclose``. A new SQLite file is readable by its owner only."""
    database = Database(config.database_url)
    file = database.url.database
    if database.is_sqlite and file and file != ":memory:":
        _create_private(Path(file))
    return database


def _create_private(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
