"""A take from a telephone becomes the recording of a prompt: checked first, then put in its place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from dialer.config import Config
from dialer.core.words import N_
from dialer.errors import InputError
from dialer.ivr import audio
from dialer.ivr.prompt_build import manifest_of
from dialer.ivr.prompt_check import sound_faults
from dialer.ivr.prompts import RECORDINGS, Wanted, recording_of


@dataclass(frozen=True, slots=True)
class Standing:
    """What plays now: the recording that a take would replace, and whether it, or a draft, is certified."""

    recording: Path | None
    certified: bool

    @property
    def is_replaced_silently(self) -> bool:
        """Only a draft without certificate."""
        return self.recording is None and not self.certified


def standing(config: Config, wanted: Wanted, certified: Collection[str]) -> Standing:
    """``certified``: SHA-256 of all audio with a certificate."""
    built = manifest_of(config, wanted.folder).get(wanted.key)
    return Standing(recording_of(config, wanted), built is not None and built.sha256 in certified)


def check_take(file: Path) -> audio.Sound:
    """The take's sound; ``InputError`` when it would not pass as a prompt."""
    if not file.is_file():
        raise InputError(N_("nothing was recorded"))
    raw = audio.read_recording(file)
    sound = audio.measure(raw)
    faults = sound_faults(sound, len(audio.tidy(raw)) / 1000)
    if faults:
        why = "; ".join(text for _code, text in faults)
        raise InputError(N_("the take is not kept: {why}"), why=why)
    return sound


def keep_take(config: Config, wanted: Wanted, file: Path) -> Path:
    """Make the take the prompt's recording, in one step; the one before is gone then."""
    folder = config.data / "recordings" / wanted.group / wanted.language
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{wanted.name}.wav"
    arriving = folder / f".{wanted.name}.new"
    shutil.copyfile(file, arriving)
    os.replace(arriving, place)
    for ending in RECORDINGS:
        other = folder / f"{wanted.name}{ending}"
        if other != place:
            other.unlink(missing_ok=True)
    file.unlink()
    return place
