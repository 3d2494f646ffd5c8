"""What is wrong with prompts: found before a campaign starts, not by the person who is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from dialer.config import Config
from dialer.core.survey_model import Kind, Survey
from dialer.ivr import audio
from dialer.ivr.places import compiled_survey_file, survey_folder
from dialer.ivr.prompt_build import is_absent, read_manifest
from dialer.ivr.prompts import (
    Wanted,
    content_of,
    prompts_root,
    recording_of,
    survey_wanted,
    system_wanted,
)
from dialer.ivr.system_prompts import LANGUAGES

SHORTEST_S, LONGEST_S = 0.3, 45.0
QUIETEST_SOURCE_DBFS = -40.0
"""A recording below must be amplified so much that its noise is heard."""
MOST_CLIPPED = 0.001
UNFIT = ("changed", "outdated", "clipped", "quiet", "long")
"""Faults with which a campaign does not start; a short prompt may be all there."""


@dataclass(frozen=True, slots=True)
class PromptFault:
    """What is wrong with a prompt. ``code``: missing, outdated, changed, clipped, quiet, short, long."""

    wanted: Wanted
    code: str
    text: str


def check_prompts(config: Config, wanted: Sequence[Wanted]) -> list[PromptFault]:
    """What is wrong with these prompts as they lie there; nothing is changed."""
    root = prompts_root(config)
    manifests = {folder: read_manifest(root / folder) for folder in {each.folder for each in wanted}}
    return [
        fault for each in wanted for fault in _faults(config, each, manifests[each.folder].get(each.key))
    ]


def missing_prompts(
    config: Config, survey_version_id: int, survey: Survey, languages: Iterable[str] | None = None
) -> list[str]:
    """The prompts without which a campaign with this survey must not start; empty when all are there."""
    root = prompts_root(config)
    wanted = _spoken(config, survey_version_id, survey, languages)
    missing = [f"{each.folder}/{each.key}" for each in wanted if is_absent(root, each)]
    script = compiled_survey_file(root, survey_version_id)
    return missing if script.exists() else [*missing, f"{survey_folder(survey_version_id)}/survey.json"]


def launch_faults(config: Config, survey_version_id: int, survey: Survey) -> dict[str, tuple[str, ...]]:
    """What forbids the start of a campaign with this survey: a fault's code -> the files that have it."""
    missing = missing_prompts(config, survey_version_id, survey)
    return {"missing": tuple(missing), **_unfit(config, _spoken(config, survey_version_id, survey, None))}


def office_launch_faults(config: Config) -> dict[str, tuple[str, ...]]:
    """What forbids the start of a campaign that plays the office's own prompts only."""
    wanted = system_wanted(config, LANGUAGES)
    missing = [f"{each.folder}/{each.key}" for each in wanted if is_absent(prompts_root(config), each)]
    return {"missing": tuple(missing), **_unfit(config, wanted)}


def _unfit(config: Config, wanted: Sequence[Wanted]) -> dict[str, tuple[str, ...]]:
    """What was built and must not be played; of a recording its own file is named, to be made again."""
    found: dict[str, list[str]] = {code: [] for code in UNFIT}
    for fault in check_prompts(config, wanted):
        if fault.code in found:
            recording = None if fault.code == "changed" else recording_of(config, fault.wanted)
            built = f"{fault.wanted.folder}/{fault.wanted.key}"
            found[fault.code].append(str(recording.relative_to(config.data)) if recording else built)
    return {code: tuple(names) for code, names in found.items()}


def audio_of(config: Config, survey_version_id: int, survey: Survey) -> dict[str, str]:
    """``folder/language/name.format`` -> SHA-256 of all audio that a call of this survey may play."""
    root = prompts_root(config)
    return {
        f"{each.folder}/{each.key}.{ending}": _sha256(root, each, ending)
        for each in _spoken(config, survey_version_id, survey, None)
        if not is_absent(root, each)
        for ending in audio.FORMATS
    }


def _spoken(
    config: Config, survey_version_id: int, survey: Survey, languages: Iterable[str] | None
) -> list[Wanted]:
    """The office's prompts, and the survey's in the languages that may be spoken."""
    spoken = set(survey.languages if languages is None else languages) & set(survey.languages)
    # A person may choose any of the survey's languages by key.
    if any(node.kind is Kind.LANGUAGE for node in survey.nodes.values()):
        spoken = set(survey.languages)
    shared = system_wanted(config, sorted({*spoken, *LANGUAGES}))
    own = [each for each in survey_wanted(config, survey_version_id, survey) if each.language in spoken]
    return [*shared, *own]


def _sha256(root: Path, wanted: Wanted, ending: str) -> str:
    return sha256((root / wanted.folder / f"{wanted.key}.{ending}").read_bytes()).hexdigest()


def _faults(config: Config, wanted: Wanted, entry: Mapping[str, Any] | None) -> list[PromptFault]:
    root = prompts_root(config)
    if entry is None or is_absent(root, wanted):
        return [PromptFault(wanted, "missing", "is not built; run `dialer prompts build`")]
    found = []
    if entry["content"] != content_of(wanted, recording_of(config, wanted)):
        found.append(("outdated", "its text or recording has changed; run `dialer prompts build`"))
    playing = (root / wanted.folder / f"{wanted.key}.alaw").read_bytes()
    if sha256(playing).hexdigest() != entry["sha256"]:
        found.append(("changed", "the file is not what was built; run `dialer prompts build --again`"))
    found += sound_faults(audio.Sound(**entry["sound"]), entry["duration_s"])
    return [PromptFault(wanted, code, text) for code, text in found]


def sound_faults(sound: audio.Sound, duration_s: float) -> list[tuple[str, str]]:
    """Code and text of what is wrong with a sound as it was recorded; ``duration_s``: as it will play."""
    found = []
    if sound.clipped > MOST_CLIPPED:
        found.append(("clipped", f"{sound.clipped:.1%} of it is distorted; record it again, less loud"))
    if sound.rms_dbfs < QUIETEST_SOURCE_DBFS:
        found.append(("quiet", f"{sound.rms_dbfs:.0f} dBFS; record it again, nearer to the microphone"))
    if duration_s < SHORTEST_S:
        found.append(("short", f"{duration_s:.2f} s; is it all there?"))
    if duration_s > LONGEST_S:
        found.append(("long", f"{duration_s:.0f} s; nobody listens so long, split or shorten it"))
    return found
