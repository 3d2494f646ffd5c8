"""Where browsers reach us."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from dialer.settings.fields import Port, Section


class WebSettings(Section):
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
