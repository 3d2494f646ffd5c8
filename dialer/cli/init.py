"""``dialer init``: settings, folders, secrets, database, seats. Run again, it does only what is missing."""

from __future__ import annotations

import os
import time
from importlib.resources import files
from pathlib import Path
from typing import Final

import typer

from dialer.cli.console import N_, _, actor, config, config_file, note, out, run_async
from dialer.config import Config, settings_file
from dialer.errors import ConfigError

app = typer.Typer()

SECRETS: Final = ("ami", "seats", "cli")
PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600


@app.command(help=_("Set up settings, folders, secrets and database; run again, it adds what is missing."))
def init() -> None:
    _write_settings(settings_file(config_file()))
    settings = config()
    try:
        _make_folder(settings.data)
        _make_secrets(settings)
    except OSError as fault:
        text = N_("{path}: cannot be made: {why}; check data_dir and the rights on its folder")
        raise ConfigError(text, path=fault.filename or settings.data, why=fault.strerror) from fault
    run_async(_prepare_database(settings))
    note(_("Next: `dialer doctor` says what is still missing, `dialer serve` starts the work."))


def _write_settings(file: Path) -> None:
    if file.is_file():
        _say(_("settings"), str(file), made=False)
        return
    template = files("dialer.cli").joinpath("config.template.yaml").read_text(encoding="utf-8")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(template)
    except OSError as fault:
        text = N_("{path}: cannot be made: {why}; name another place with --config")
        raise ConfigError(text, path=file, why=fault.strerror) from fault
    what = _("{file}; put in the office's name, number and trunk").format(file=file)
    _say(_("settings"), what, made=True)


def _make_folder(folder: Path) -> None:
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    if folder.stat().st_mode & 0o077:
        folder.chmod(PRIVATE_FOLDER)  # an umask may take rights away, but it never closes what was open
        made = True
    _say(_("data folder"), _("{folder}, only for you").format(folder=folder), made=made)


def _make_secrets(settings: Config) -> None:
    from dialer.daily.keys import NAME, signing_key

    folder = settings.data / "secrets"
    known = set(os.listdir(folder)) if folder.exists() else set()
    for name in SECRETS:
        settings.secret(name)
    signing_key(settings.data)
    open_ones = [file for file in folder.iterdir() if file.stat().st_mode & 0o077]
    for file in open_ones:
        file.chmod(PRIVATE_FILE)
    made = bool({*SECRETS, NAME} - known) or bool(open_ones)
    _say(_("secrets"), _("{folder}, only for you").format(folder=folder), made=made)


async def _prepare_database(settings: Config) -> None:
    from dialer.cli.checks.office import place_of_database
    from dialer.store.database import open_database
    from dialer.store.migrations import migrate
    from dialer.store.schema import schema_version
    from dialer.store.seats import add_missing_seats

    database = open_database(settings)
    try:
        before = await schema_version(database)
        await migrate(database)
        after = await schema_version(database)
        what = _("{where}, schema {version}").format(where=place_of_database(database), version=after)
        _say(_("database"), what, made=before != after)
        added = await add_missing_seats(database, settings.seats, actor(), time.time())
        _say(_("seats"), str(settings.seats), made=bool(added))
    finally:
        await database.aclose()


def _say(what: str, how: str, *, made: bool) -> None:
    mark, style = (_("made"), "green") if made else (_("there"), "dim")
    out.print(f"{mark:<8} {what}: {how}", style=style, markup=False, soft_wrap=True)
