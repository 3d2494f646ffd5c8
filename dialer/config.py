"""The only reader of ``config.yaml`` and of the environment (``SAMPARK_*``, ``XDG_CACHE_HOME``)."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from dialer.core.model import DialPolicy
from dialer.core.seats import MOST_SEATS
from dialer.errors import ConfigError
from dialer.settings.asterisk import AsteriskSettings
from dialer.settings.fields import Section
from dialer.settings.lines import Line
from dialer.settings.office import Office
from dialer.settings.reports import Reports
from dialer.settings.rules import Rules
from dialer.settings.trunks import Trunk
from dialer.settings.voices import VoiceSettings
from dialer.settings.war_room import WarRoomSettings
from dialer.settings.web import WebSettings


class Config(Section):
    """All settings, read once at start. ``base`` is the folder of the file; relative paths start there.

    ``role``: ``state`` takes the reports of other districts in, as the state office does.
    ``seat_check``: whether an operator must have tried the phone before the first person of a sign-in.
    """

    base: Path
    office: Office
    role: Literal["district", "state"] = "district"
    data_dir: Path = Path("var")
    database: str = Field(default="", max_length=500)
    seats: int = Field(default=36, ge=1, le=MOST_SEATS)
    seat_leg: Literal["nailed_up", "ring_per_call"] = "nailed_up"
    seat_check: Literal["required", "optional"] = "required"
    trunks: tuple[Trunk, ...] = Field(min_length=1)
    lines: tuple[Line, ...] = ()
    asterisk: AsteriskSettings = AsteriskSettings()
    web: WebSettings = WebSettings()
    rules: Rules = Rules()
    reports: Reports = Reports()
    warroom: WarRoomSettings = WarRoomSettings()
    voices: VoiceSettings = VoiceSettings()

    @model_validator(mode="after")
    def _trunk_names_differ(self) -> Config:
        names = [trunk.name for trunk in self.trunks]
        if len(set(names)) != len(names):
            raise ValueError("two trunks have the same name")
        return self

    @model_validator(mode="after")
    def _lines_are_lines_only(self) -> Config:
        numbers = [line.number for line in self.lines]
        if len(set(numbers)) != len(numbers):
            raise ValueError("two lines have the same number")
        if self.office.callback_number in numbers:
            raise ValueError("a line cannot be the office's callback_number: that one is answered")
        return self

    @property
    def is_state(self) -> bool:
        """Whether this is the state office's installation."""
        return self.role == "state"

    @property
    def data(self) -> Path:
        """The folder of everything written, absolute."""
        return (self.base / self.data_dir).absolute()

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL with the async driver."""
        if not self.database:
            return f"sqlite+aiosqlite:///{self.data / 'sampark.sqlite3'}"
        scheme, _, rest = self.database.partition("://")
        drivers = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
        return f"{drivers.get(scheme, scheme)}://{rest}"

    def policy(self) -> DialPolicy:
        """The calling rules, with the trunks that may carry promotional campaigns."""
        senders = {trunk.name: trunk.promotional_sender_id for trunk in self.trunks}
        return replace(
            self.rules.policy(), sender_ids={name: sender for name, sender in senders.items() if sender}
        )

    @property
    def own_numbers(self) -> frozenset[str]:
        """Numbers that call us only when somebody pretends to be us."""
        shown = (trunk.caller_id for trunk in self.trunks)
        return frozenset((self.office.callback_number, *shown, *(line.number for line in self.lines)))

    def trunk(self, name: str) -> Trunk:
        """The trunk of that name; ``ConfigError`` names those there are."""
        for trunk in self.trunks:
            if trunk.name == name:
                return trunk
        known = ", ".join(trunk.name for trunk in self.trunks)
        raise ConfigError(f"trunks: no trunk is named {name!r}; there are: {known}")

    def secret(self, name: str) -> str:
        """A generated secret, made on first use in ``data/secrets/NAME`` (folder 0700, file 0600)."""
        folder = self.data / "secrets"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / name
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return file.read_text().strip()
        with os.fdopen(descriptor, "w") as out:
            value = secrets.token_urlsafe(32)
            out.write(value + "\n")
        return value


def cache_dir() -> Path:
    """The folder of downloads that clones share: ``$XDG_CACHE_HOME/sampark`` or ``~/.cache/sampark``."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(named) if named.startswith("/") else Path.home() / ".cache") / "sampark"


def settings_file(path: Path | None = None) -> Path:
    """The file that ``load_config`` reads: ``path``, else ``$SAMPARK_CONFIG``, else ``./config.yaml``."""
    return path or Path(os.environ.get("SAMPARK_CONFIG", "config.yaml"))


def load_config(path: Path | None = None) -> Config:
    """Read ``path``, else ``$SAMPARK_CONFIG``, else ``./config.yaml``; ``ConfigError`` names file and key."""
    file = settings_file(path)
    try:
        raw: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError as fault:
        raise ConfigError(f"{file}: no such file; make one with `dialer init`") from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{file}: cannot be read: {fault}") from fault
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{file}:{line} is not YAML: {getattr(fault, 'problem', fault)}") from fault
    if not isinstance(raw, dict):
        raise ConfigError(f"{file}: holds no settings; make one with `dialer init`")
    if "base" in raw:
        raise ConfigError(f"{file}: base: unknown setting; remove it")
    if database := os.environ.get("SAMPARK_DATABASE"):
        raw["database"] = database
    try:
        return Config(base=file.absolute().parent, **raw)
    except ValidationError as fault:
        raise ConfigError(_explain(file, fault)) from fault


def _explain(file: Path, fault: ValidationError) -> str:
    lines = []
    for error in fault.errors(include_url=False):
        where = ".".join(str(part) for part in error["loc"]) or "(whole file)"
        if error["type"] == "extra_forbidden":
            what = "unknown setting; remove it or correct its spelling"
        else:
            what = f"{error['msg'].removeprefix('Value error, ')} (found: {error['input']!r:.60})"
        lines.append(f"{file}: {where}: {what}")
    return "\n".join(lines)
