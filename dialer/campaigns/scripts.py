"""A campaign's script: what operators say, and the facts of each scheme; in both languages, from YAML."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from dialer.core.words import N_
from dialer.errors import InputError

PLACES: Final = ("name", "operator", "office", "campaign")
"""What may stand in braces; the desk fills it in."""

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=3000)]
_Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Spoken(_Strict):
    """A text in both languages."""

    hi: _Text
    en: _Text

    @field_validator("hi", "en")
    @classmethod
    def _known_places(cls, text: str) -> str:
        for _before, place, form, change in Formatter().parse(text):
            if place is not None and (place not in PLACES or form or change):
                raise ValueError(f"{{{place}}}: only {', '.join(PLACES)} may stand in braces")
        return text


class CampaignScript(_Strict):
    """``say``: what is said, lines apart; ``facts``: by the scheme's code, as lists of people name it."""

    say: Spoken
    facts: Annotated[dict[_Code, Spoken], Field(max_length=40)] = {}


def read_script(source: str, file: str) -> CampaignScript:
    """The script in a file's text; ``InputError`` names the place of the first fault."""
    try:
        return CampaignScript.model_validate(yaml.load(source, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as fault:
        why = " ".join(str(fault).split())
        raise InputError(N_("{file} is not YAML: {why}"), file=file, why=why) from fault
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        at = ".".join(str(part) for part in first["loc"]) or "file"
        raise InputError(N_("{file}, {at}: {why}"), file=file, at=at, why=first["msg"]) from fault
