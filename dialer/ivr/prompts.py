"""Which prompts there must be, where they lie, and what each is made from.

``<data>/prompts/system/LANGUAGE/NAME.alaw`` are the office's, ``<data>/prompts/survey-ID/...`` those of a
version of a survey. A recording in ``<data>/recordings/system|SURVEY/LANGUAGE/NAME.wav`` (OGG, FLAC, MP3)
takes the place of the spoken draft.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from dialer.config import Config
from dialer.core.survey_model import Kind, Survey, message_prompt, option_prompt
from dialer.errors import InputError
from dialer.ivr.places import SYSTEM, survey_folder
from dialer.ivr.system_prompts import LANGUAGES, system_texts

RECORDINGS = (".wav", ".ogg", ".flac", ".mp3")
RECIPE = "1"
"""Part of what a prompt is made from: change it when prompts are built differently."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A prompt that must exist. ``folder``: below the prompts' root; ``group``: below the recordings."""

    folder: str
    group: str
    language: str
    name: str
    text: str

    @property
    def key(self) -> str:
        """Its name within the folder."""
        return f"{self.language}/{self.name}"


def prompts_root(config: Config) -> Path:
    """The folder of all finished prompts."""
    return config.data / "prompts"


def system_wanted(config: Config, languages: Iterable[str] = LANGUAGES) -> list[Wanted]:
    """The office's own prompts."""
    return [
        Wanted(SYSTEM, SYSTEM, language, name, filled(config, language, text))
        for language in dict.fromkeys(languages)
        for name, text in system_texts(language).items()
    ]


def survey_wanted(config: Config, version_id: int, survey: Survey) -> list[Wanted]:
    """The prompts of a version of a survey."""
    texts: list[tuple[str, Mapping[str, str]]] = []
    for node in survey.nodes.values():
        if node.kind is not Kind.SHUFFLE:
            texts.append((node.name, node.say))
        spoken = (option for option in node.options if option.say)
        texts += [(option_prompt(node.name, option.value), option.say) for option in spoken]
    texts += [(message_prompt(name), by_language) for name, by_language in survey.messages.items()]
    folder = survey_folder(version_id)
    return [
        Wanted(folder, survey.name, language, name, filled(config, language, text))
        for name, by_language in texts
        for language, text in by_language.items()
    ]


def filled(config: Config, language: str, text: str) -> str:
    """The text with the office's name and its number, digit by digit, in place of the braces."""
    office = config.office.name_en if language == "en" else config.office.name_hi
    digits = config.office.callback_number.removeprefix("+91").removeprefix("+")
    spoken = ", ".join(" ".join(digits[at : at + 5]) for at in range(0, len(digits), 5))
    return text.replace("{office}", office).replace("{callback}", spoken)


def recording_of(config: Config, wanted: Wanted) -> Path | None:
    """The recording that stands for this prompt, if one was put in its place."""
    folder = config.data / "recordings" / wanted.group / wanted.language
    found = [file for ending in RECORDINGS if (file := folder / f"{wanted.name}{ending}").is_file()]
    if len(found) > 1:
        names = " and ".join(file.name for file in found)
        raise InputError(f"{folder}: {names} are both recordings of one prompt; remove one")
    return found[0] if found else None


def content_of(wanted: Wanted, recording: Path | None) -> str:
    """The hash of all that decides how a prompt sounds."""
    made_of = recording.read_bytes() if recording else f"{wanted.language}\0{wanted.text}".encode()
    kind = b"recording\0" if recording else b"draft\0"
    return sha256(RECIPE.encode() + b"\0" + kind + made_of).hexdigest()
