"""Checks of the office's own files: data folder, secrets, database, prompts, settings that do not fit."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from dialer.cli.checks.finding import Finding, fail, ok, warn
from dialer.config import Config
from dialer.errors import SamparkError, StoreBusy
from dialer.i18n import translate

if TYPE_CHECKING:
    from db.session import Database

_ = translate


def check_data_folder(config: Config) -> Iterator[Finding]:
    """Personal data lies there: nobody else may enter."""
    name = _("data folder")
    if not config.data.is_dir():
        yield fail(name, _("{folder} is missing").format(folder=config.data), "`dialer init`")
        return
    mode = stat.S_IMODE(config.data.stat().st_mode)
    if mode & 0o077:
        text = _("{folder} can be read by others (mode {mode:o})").format(folder=config.data, mode=mode)
        yield fail(name, text, f"`chmod 700 {config.data}`")
    elif not os.access(config.data, os.W_OK | os.X_OK):
        text = _("{folder} cannot be written").format(folder=config.data)
        yield fail(name, text, _("run as the user who owns it, or `chown` it"))
    else:
        yield ok(name, str(config.data))


def check_secrets(config: Config) -> Iterator[Finding]:
    """Generated passwords and those of trunks."""
    name = _("secrets")
    folder = config.data / "secrets"
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    if not files:
        yield fail(name, _("{folder} is missing").format(folder=folder), "`dialer init`")
        return
    trunk_files = [config.base / trunk.password_file for trunk in config.trunks if trunk.password_file]
    mail = config.reports.mail
    mail_files = [config.base / mail.password_file] if mail and mail.password_file else []
    for file in trunk_files:
        if not file.is_file():
            text = _("{file} is missing").format(file=file)
            yield fail(name, text, _("write the trunk's password into it"))
    private = (*files, *trunk_files, *mail_files)
    open_ones = [file for file in private if file.is_file() and file.stat().st_mode & 0o077]
    for file in open_ones:
        text = _("{file} can be read by others").format(file=file)
        yield fail(name, text, f"`chmod 600 {file}`")
    if not open_ones:
        yield ok(name, _("{count} files, only for you").format(count=len(files)))


async def check_database(config: Config) -> AsyncIterator[Finding]:
    """It is there, has this program's schema and takes a write."""
    from dialer.store.database import open_database
    from dialer.store.faults import store_faults
    from dialer.store.schema import check_schema

    name = _("database")
    if _missing_file(config):
        yield fail(name, _("there is none in {folder}").format(folder=config.data), "`dialer init`")
        return
    database = open_database(config)
    where = place_of_database(database)
    try:
        await check_schema(database)
        with store_faults(database.url):
            await database.transact(lambda connection: None)
        yield ok(name, where)
    except StoreBusy as fault:
        yield fail(name, fault.in_words(_), _("look at who holds it, then run the doctor again"))
    except SamparkError as fault:
        yield fail(name, fault.in_words(_), "`dialer init`")
    finally:
        await database.aclose()


def place_of_database(database: Database) -> str:
    """The file, or the server's address without its password."""
    if database.is_sqlite:
        return str(database.url.database)
    return database.url.set(drivername="postgresql").render_as_string(hide_password=True)


def check_prompts(config: Config) -> Iterator[Finding]:
    """The sounds that every call may need."""
    from dialer.ivr import prompt_check
    from dialer.ivr.prompts import system_wanted

    name = _("prompts")
    wanted = system_wanted(config)
    faults = prompt_check.check_prompts(config, wanted)
    if not faults:
        yield ok(name, _("all {count} are there").format(count=len(wanted)))
        return
    worst = [fault for fault in faults if fault.code == "missing"]
    text = _("{count} of {all} are missing or old").format(count=len(faults), all=len(wanted))
    fix = "`dialer prompts build`"
    yield fail(name, text, fix) if worst else warn(name, text, fix)


def check_settings(config: Config) -> Iterator[Finding]:
    """Settings that are right alone but not together."""
    name = _("settings")
    found = list(_settings_that_do_not_fit(name, config))
    yield from found
    if not found:
        trunks = ", ".join(trunk.name for trunk in config.trunks)
        yield ok(name, _("{seats} seats, trunks: {trunks}").format(seats=config.seats, trunks=trunks))


def _settings_that_do_not_fit(name: str, config: Config) -> Iterator[Finding]:
    real = [trunk for trunk in config.trunks if not trunk.simulated]
    if not real:
        text = _("all trunks are simulated: nobody real is called")
        yield warn(name, text, _("for real calls put the provider's trunk into config.yaml"))
    beyond = [trunk.name for trunk in real if not _is_loopback(trunk.host)]
    if beyond and _is_loopback(config.asterisk.bind):
        text = _("asterisk.bind is {bind}, which trunk {trunk} cannot reach")
        text = text.format(bind=config.asterisk.bind, trunk=beyond[0])
        yield fail(name, text, _("set asterisk.bind to this machine's address"))
    if not _is_loopback(config.web.host) and config.web.certificate is None:
        text = _("the desk is served on {host} without TLS; browsers then give it no microphone")
        yield warn(name, text.format(host=config.web.host), _("set web.certificate and web.private_key"))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _missing_file(config: Config) -> bool:
    _scheme, _sep, file = config.database_url.partition("sqlite+aiosqlite:///")
    return bool(file) and not Path(file).exists()
