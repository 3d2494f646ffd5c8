"""SIP trunks: the ways by which calls go out."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from dialer.settings.fields import E164, Name, Port, Section

CARRIER_HOST = "127.0.0.1"
"""Where the simulated carrier listens."""


class Trunk(Section):
    """A SIP trunk. ``kind`` ip: the provider knows our address; register: we sign in with a password.

    ``dial_pattern``: how the provider wants numbers, with ``{e164}`` (+91...), ``{digits}`` (91...) or
    ``{national}`` (ten digits). The password is read from the file ``password_file`` (mode 0600).
    ``simulated`` trunks lead to the built-in carrier only, at ``CARRIER_HOST``, and a demo runs on no other.
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

    @model_validator(mode="after")
    def _simulated_ones_stay_on_this_machine(self) -> Trunk:
        if self.simulated and self.host != CARRIER_HOST:
            raise ValueError(
                f"a simulated trunk leads to the carrier on this machine: its host is {CARRIER_HOST}, "
                f"not {self.host}; remove `simulated: true` if the trunk is real"
            )
        return self
