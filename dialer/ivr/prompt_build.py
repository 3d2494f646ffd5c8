"""Builds prompts: spoken drafts and recordings become the trunk's own formats, each made only once."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from dialer.config import Config
from dialer.ivr import audio
from dialer.ivr.places import compiled_survey_file, survey_folder
from dialer.ivr.prompts import (
    Wanted,
    content_of,
    prompts_root,
    recording_of,
    survey_wanted,
    system_wanted,
)
from dialer.ivr.survey_file import compiled, read_survey
from dialer.ivr.system_prompts import LANGUAGES


@dataclass(frozen=True, slots=True)
class Built:
    """A prompt on disk. ``source``: draft or recording; ``sound`` as it was before levelling.

    ``sha256`` is of the A-law audio that plays, ``content`` of what it was made from; ``duration_s`` is of
    the prompt as it plays. ``fresh``: it was made just now.
    """

    wanted: Wanted
    source: str
    content: str
    sha256: str
    duration_s: float
    sound: audio.Sound
    fresh: bool


def build_system_prompts(
    config: Config, languages: Iterable[str] = LANGUAGES, again: bool = False
) -> list[Built]:
    """Make the office's prompts that are missing or outdated."""
    return build(config, system_wanted(config, languages), again=again)


def build_survey_prompts(config: Config, version_id: int, source: str, again: bool = False) -> list[Built]:
    """Make all that a campaign with this survey plays, and the survey as the fallback script reads it."""
    name = survey_folder(version_id)
    survey = read_survey(source, name)
    shared = system_wanted(config, [*LANGUAGES, *survey.languages])
    built = build(config, [*shared, *survey_wanted(config, version_id, survey)], again=again)
    _write(compiled_survey_file(prompts_root(config), version_id), compiled(source, name).encode())
    return built


def build(
    config: Config,
    wanted: Sequence[Wanted],
    note: Callable[[Built], None] = lambda _built: None,
    again: bool = False,
) -> list[Built]:
    """Make every wanted prompt that is not there as it should be; ``note`` hears of each, in order.

    Nothing is spoken or converted twice: sounds are kept by the hash of what they are made from. ``again``
    puts every file in its place anew.
    """
    root = prompts_root(config)
    manifests = {folder: read_manifest(root / folder) for folder in {each.folder for each in wanted}}
    built = []
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="prompts") as pool:
        known = [None if again else manifests[each.folder].get(each.key) for each in wanted]
        jobs = [pool.submit(_build_one, config, *each) for each in zip(wanted, known, strict=True)]
        try:
            for job in jobs:
                built.append(job.result())
                note(built[-1])
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    for folder, manifest in manifests.items():
        entries = {each.wanted.key: _entry(each) for each in built if each.wanted.folder == folder}
        _write(root / folder / "manifest.json", _json({**manifest, **entries}))
    return built


def _build_one(config: Config, wanted: Wanted, entry: Mapping[str, Any] | None) -> Built:
    root = prompts_root(config)
    recording = recording_of(config, wanted)
    content = content_of(wanted, recording)
    if entry is not None and entry["content"] == content and not is_absent(root, wanted):
        return _from_entry(wanted, entry)
    cache = root / "cache"
    if not all((cache / f"{content}.{ending}").exists() for ending in (*audio.FORMATS, "json")):
        _make(cache, content, wanted, recording)
    for ending in audio.FORMATS:
        _write(root / wanted.folder / f"{wanted.key}.{ending}", (cache / f"{content}.{ending}").read_bytes())
    alaw = (cache / f"{content}.alaw").read_bytes()
    sound = audio.Sound(**json.loads((cache / f"{content}.json").read_text()))
    source = "recording" if recording else "draft"
    return Built(wanted, source, content, sha256(alaw).hexdigest(), len(alaw) / audio.RATE, sound, True)


def _make(cache: Path, content: str, wanted: Wanted, recording: Path | None) -> None:
    raw = audio.read_recording(recording) if recording else audio.speak(wanted.text, wanted.language)
    for ending, data in audio.telephone(audio.tidy(raw)).items():
        _write(cache / f"{content}.{ending}", data)
    _write(cache / f"{content}.json", _json(asdict(audio.measure(raw))))


def is_absent(root: Path, wanted: Wanted) -> bool:
    """Whether a file of the prompt is away or empty."""
    files = (root / wanted.folder / f"{wanted.key}.{ending}" for ending in audio.FORMATS)
    return not all(file.is_file() and file.stat().st_size > 0 for file in files)


def manifest_of(config: Config, folder: str) -> dict[str, Built]:
    """What was built in a folder (``system``, ``survey-12``), by ``LANGUAGE/NAME``."""
    found = {}
    for key, entry in read_manifest(prompts_root(config) / folder).items():
        language, name = key.split("/", 1)
        found[key] = _from_entry(Wanted(folder, "", language, name, entry["text"]), entry)
    return found


def read_manifest(folder: Path) -> dict[str, Any]:
    """The entries of a folder's prompts as written; empty when nothing was built or it cannot be read."""
    try:
        return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _entry(built: Built) -> dict[str, Any]:
    return {
        "source": built.source,
        "content": built.content,
        "sha256": built.sha256,
        "duration_s": built.duration_s,
        "sound": asdict(built.sound),
        "text": built.wanted.text,
    }


def _from_entry(wanted: Wanted, entry: Mapping[str, Any]) -> Built:
    sound = audio.Sound(**entry["sound"])
    return Built(
        wanted, entry["source"], entry["content"], entry["sha256"], entry["duration_s"], sound, fresh=False
    )


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _write(file: Path, data: bytes) -> None:
    """In one step, so that a call never plays half a prompt; readable by whoever Asterisk runs as."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{os.getpid()}-{threading.get_ident()}.new")
    fresh.write_bytes(data)
    fresh.chmod(0o644)
    fresh.replace(file)
