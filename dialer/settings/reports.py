"""The day's report, and where it goes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from dialer.settings.fields import Address, Name, Port, Section

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Mail(Section):
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


class Push(Section):
    """A state instance that takes reports. ``ca_file``: a PEM file of its own authority's certificate."""

    url: str = Field(max_length=180, pattern=r"^https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?$")
    ca_file: Path | None = None

    @model_validator(mode="after")
    def _encrypted(self) -> Push:
        if self.url.startswith("http://") and urlsplit(self.url).hostname not in LOOPBACK:
            raise ValueError("reports go over https:// only")
        return self


class Reports(Section):
    """The day's report. ``district``: the code by which the state office knows this one.

    ``at``: when the daemon makes and sends the day's report, local time; empty: only when somebody asks.
    """

    district: Name = "district"
    at: str = Field(default="", pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")
    mail: Mail | None = None
    push: tuple[Push, ...] = ()

    @property
    def by_itself(self) -> bool:
        """Whether the daemon makes reports, or sends any."""
        return bool(self.at or self.mail or self.push)

    @model_validator(mode="after")
    def _destinations_differ(self) -> Reports:
        if len({each.url for each in self.push}) != len(self.push):
            raise ValueError("push names an address twice")
        return self
