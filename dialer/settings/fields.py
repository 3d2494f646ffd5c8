"""What sections of the settings are made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

E164 = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Address = Annotated[str, Field(pattern=r"^[^@\s<>,;:\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,180}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]


class Section(BaseModel):
    """Keys that are not known are refused; what was read does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
