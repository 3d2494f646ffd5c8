"""The only reader of ``config.yaml`` and of the environment (``SAMPARK_*``, ``XDG_CACHE_HOME``)."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from dialer.core.missed_calls import LineLimits
from dialer.core.model import DialPolicy, Outcome, SilencePeriod, Window
from dialer.core.seats import MOST_SEATS
from dialer.errors import ConfigError

OFFICE_ZONE = ZoneInfo("Asia/Kolkata")
"""Calling windows and silence periods are local times of India, wherever the server stands."""

E164 = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Address = Annotated[str, Field(pattern=r"^[^@\s<>,;:\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,180}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


LOOPBACK = ("127.0.0.1", "::1", "localhost")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Office(_Strict):
    """Who calls, as citizens hear and read it."""

    name_hi: str = Field(max_length=120)
    name_en: str = Field(max_length=120)
    callback_number: E164


class Trunk(_Strict):
    """A SIP trunk. ``kind`` ip: the provider knows our address; register: we sign in with a password.

    ``dial_pattern``: how the provider wants numbers, with ``{e164}`` (+91...), ``{digits}`` (91...) or
    ``{national}`` (ten digits). The password is read from the file ``password_file`` (mode 0600).
    ``simulated`` trunks lead to the built-in carrier only, and a demo runs on no other.
    """

    name: Name
    kind: Literal["ip", "register"] = "ip"
    host: str = Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")
    port: Port = 5060
    username: str = Field(default="", pattern=r"^[A-Za-z0-9+._@-]{0,64}$")
    password_file: Path | None = None
    caller_id: E164
    promotional_sender_id: str = Field(default="", max_length=64)
    dial_pattern: str = Field(default="{digits}", pattern=r"^[0-9+*#]*\{(e164|digits|national)\}$")
    channels: int = Field(default=30, ge=1, le=2000)
    calls_per_second: float = Field(default=5.0, gt=0, le=200)
    simulated: bool = False

    @model_validator(mode="after")
    def _registration_needs_credentials(self) -> Trunk:
        if self.kind == "register" and (not self.username or self.password_file is None):
            raise ValueError("a trunk of kind 'register' needs username and password_file")
        return self


class AsteriskSettings(_Strict):
    """Ports of our Asterisk. ``bind`` is where SIP and RTP listen; AMI and AGI stay on loopback.

    ``external_address``: what trunks outside must send to when a router translates our address.
    """

    program: str = Field(default="auto", description="auto, private, or the path of an asterisk program")
    bind: str = "127.0.0.1"
    external_address: str = Field(default="", pattern=r"^[A-Za-z0-9.:-]{0,253}$")
    ami_port: Port = 25038
    sip_port: Port = 25060
    http_port: Port = 25088
    https_port: Port = 25089
    agi_port: Port = 25073
    rtp_ports: tuple[Port, Port] = (30000, 31999)

    @field_validator("rtp_ports")
    @classmethod
    def _enough_rtp(cls, ports: tuple[int, int]) -> tuple[int, int]:
        if ports[1] - ports[0] < 99:
            raise ValueError("rtp_ports needs a range of at least 100 ports, two for each call leg")
        return ports


class WebSettings(_Strict):
    """Where desk, wallboard and API listen.

    ``certificate`` and ``private_key`` (PEM files) switch TLS on. ``public_url``: how browsers reach us when
    a proxy stands in front. A sign-in ends after ``session_idle_minutes`` without a sign of life, and in
    any case after ``session_hours``.
    """

    host: str = Field(default="127.0.0.1", pattern=r"^[A-Za-z0-9.:-]{1,253}$")
    port: Port = 8036
    certificate: Path | None = None
    private_key: Path | None = None
    public_url: str = Field(default="", pattern=r"^(https?://[A-Za-z0-9.-]{1,253}(:\d{1,5})?)?$")
    session_idle_minutes: float = Field(default=30.0, ge=1, le=24 * 60)
    session_hours: float = Field(default=14.0, ge=1, le=72)

    @model_validator(mode="after")
    def _certificate_and_key_together(self) -> WebSettings:
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("TLS needs both certificate and private_key; give both or neither")
        return self


class Poll(_Strict):
    """A poll in a constituency; ``poll_closes`` is local time, ``hours`` of silence end there."""

    constituency: int | None = None
    poll_closes: datetime
    hours: float = Field(default=48.0, ge=48.0, le=24 * 90)

    def period(self) -> SilencePeriod:
        """The silence period in epoch seconds."""
        closes = self.poll_closes
        if closes.tzinfo is None:
            closes = closes.replace(tzinfo=OFFICE_ZONE)
        end = closes.timestamp()
        return SilencePeriod(self.constituency, end - self.hours * 3600, end)


def parse_window(text: str) -> Window:
    """``"09:00-21:00"`` -> ``Window``; raises ``ValueError`` that says the form."""
    try:
        start, end = (
            int(hours) * 60 + int(minutes)
            for hours, minutes in (part.strip().split(":") for part in text.split("-"))
        )
    except ValueError as fault:
        raise ValueError(f"{text!r} is not a window like 09:00-21:00") from fault
    if not 0 <= start < end <= 24 * 60:
        raise ValueError(f"{text!r}: a window begins before it ends, between 00:00 and 24:00")
    return Window(start, end)


class Rules(_Strict):
    """The calling rules; defaults are the law's or stricter."""

    window: str = "09:00-21:00"
    allow_wider_window: bool = False
    silence: tuple[Poll, ...] = ()
    max_per_day: int = Field(default=3, ge=1, le=10)
    max_per_week: int = Field(default=6, ge=1, le=30)
    max_total: int = Field(default=6, ge=1, le=100)
    spacing_minutes: dict[Outcome, Annotated[float, Field(ge=0)]] = Field(
        default_factory=lambda: {
            Outcome.BUSY: 15.0,
            Outcome.NO_ANSWER: 120.0,
            Outcome.REJECTED: 24 * 60.0,
            Outcome.SWITCHED_OFF: 240.0,
            Outcome.UNREACHABLE: 240.0,
            Outcome.CONGESTION: 5.0,
            Outcome.TRUNK_FAULT: 5.0,
            Outcome.CANCELLED: 5.0,
            Outcome.SURVEYED: 120.0,
        }
    )
    ring_seconds: float = Field(default=30.0, ge=15.0, le=90.0)

    @model_validator(mode="after")
    def _window_not_wider_than_the_default(self) -> Rules:
        window = parse_window(self.window)
        if not self.allow_wider_window and (window.start_minute < 540 or window.end_minute > 1260):
            raise ValueError("window is wider than 09:00-21:00; set allow_wider_window: true to mean it")
        return self

    def policy(self) -> DialPolicy:
        """These rules as the core takes them."""
        return DialPolicy(
            window=parse_window(self.window),
            silence=tuple(poll.period() for poll in self.silence),
            max_per_day=self.max_per_day,
            max_per_week=self.max_per_week,
            max_total=self.max_total,
            spacing_s={outcome: minutes * 60 for outcome, minutes in self.spacing_minutes.items()},
            ring_s=self.ring_seconds,
        )


class Line(_Strict):
    """A number of ours that people ring to be called by a campaign, which names it as its missed-call line.

    ``answer``: nobody, or survey: whoever rings while the campaign may call is asked at once. A call that is
    not answered rings for ``ring_seconds``; the earliest call back goes out ``call_back_seconds`` after it.
    Rings of a person within ``one_wish_minutes`` are one wish; more than ``wishes_a_day`` of a person and
    more than ``wishes_a_minute`` of the whole line are only noted. Of more than ``calls_at_once`` not even
    that: they are turned away.
    """

    number: E164
    answer: Literal["nobody", "survey"] = "nobody"
    ring_seconds: float = Field(default=1.0, ge=0, le=10)
    call_back_seconds: float = Field(default=5.0, ge=0, le=3600)
    one_wish_minutes: float = Field(default=10.0, ge=0, le=24 * 60)
    wishes_a_day: int = Field(default=3, ge=1, le=20)
    wishes_a_minute: int = Field(default=300, ge=1, le=10_000)
    calls_at_once: int = Field(default=60, ge=1, le=2000)

    @property
    def spellings(self) -> tuple[str, ...]:
        """How trunks may write it."""
        plain = (self.number, self.number[1:])
        national = self.number.removeprefix("+91")
        return plain if national == self.number else (*plain, f"0{national}", national)

    def limits(self) -> LineLimits:
        """As the core takes them."""
        return LineLimits(
            one_wish_s=self.one_wish_minutes * 60,
            wishes_a_day=self.wishes_a_day,
            wishes_a_minute=self.wishes_a_minute,
            call_back_s=self.call_back_seconds,
        )


class Mail(_Strict):
    """Where reports go by e-mail. The password is read from the file ``password_file`` (mode 0600).

    ``ca_file``: a PEM file of the authority that signed the mail server's certificate, if it is not public.
    """

    host: str = Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")
    port: Port = 587
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Path | None = None
    username: str = Field(default="", max_length=200)
    password_file: Path | None = None
    sender: Address
    to: tuple[Address, ...] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _passwords_travel_encrypted(self) -> Mail:
        if bool(self.username) != (self.password_file is not None):
            raise ValueError("a mail server that wants a sign-in needs both username and password_file")
        if self.encryption == "none" and self.username and self.host not in LOOPBACK:
            raise ValueError("encryption: none would send the password in the clear; use starttls or tls")
        return self


class Push(_Strict):
    """A state instance that takes reports. ``ca_file``: a PEM file of its own authority's certificate."""

    url: str = Field(max_length=180, pattern=r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?$")
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _encrypted(self) -> Push:
        if self.url.startswith("http://") and urlsplit(self.url).hostname not in LOOPBACK:
            raise ValueError("reports go over https:// only")
        return self


class Reports(_Strict):
    """The day's report. ``district``: the code by which the state office knows this one.

    ``at``: when the daemon makes and sends the day's report, local time; empty: only when somebody asks.
    ``receive``: whether reports of other districts are taken in here, as the state office does.
    """

    district: Name = "district"
    at: str = Field(default="", pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")
    mail: Mail | None = None
    push: tuple[Push, ...] = ()
    receive: bool = False

    @property
    def by_itself(self) -> bool:
        """Whether the daemon makes reports, or sends any."""
        return bool(self.at or self.mail or self.push)

    @model_validator(mode="after")
    def _destinations_differ(self) -> Reports:
        if len({each.url for each in self.push}) != len(self.push):
            raise ValueError("push names an address twice")
        return self


class VoiceSettings(_Strict):
    """Voices that surveys record. ``keep_days``: then the sound is deleted, 0: never by itself.

    ``erase_on_opt_out``: the sounds of people who want no more calls are deleted within minutes.
    """

    keep_days: int = Field(default=180, ge=0, le=3650)
    erase_on_opt_out: bool = True


class Config(_Strict):
    """All settings, read once at start. ``base`` is the folder of the file; relative paths start there.

    ``seat_check``: whether an operator must have tried the phone before the first person of a sign-in.
    """

    base: Path
    office: Office
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
