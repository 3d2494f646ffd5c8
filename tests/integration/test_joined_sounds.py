"""Prompts in a row become one sound: the same bytes, made once, made anew when a part has changed."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest

from dialer.ivr.handover import DONE
from dialer.ivr.joining import FORMATS, JoinedSounds
from dialer.ivr.session import SurveySessions
from tests.integration.survey_call import ATTEMPT, FakePhone, FakeStore, context_of

SPOKEN = """
survey: spoken
title: {hi: त}
languages: [hi]
nodes:
  q:
    kind: choice
    say: {hi: "कौन सा फल?"}
    options: {1: {value: mango, say: {hi: आम}}, 2: {value: guava, say: {hi: अमरूद}}}
"""
PARTS = [
    "survey-3/hi/q", "survey-3/hi/q__mango", "system/hi/press_1", "survey-3/hi/q__guava", "system/hi/press_2",
]  # fmt: skip


def written(root: Path, names: Sequence[str] = PARTS) -> list[str]:
    """Prompts that hold their own name; their paths."""
    for name in names:
        for ending in FORMATS:
            file = root / f"{name}.{ending}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"<{name}.{ending}>")
    return [str(root / name) for name in names]


def put(file: str, text: str) -> None:
    Path(file).write_text(text)


def exists(file: str) -> bool:
    return Path(file).exists()


def digests(files: Sequence[str]) -> frozenset[str]:
    read = [Path(f"{file}.{ending}").read_bytes() for file in files for ending in FORMATS]
    return frozenset(sha256(each).hexdigest() for each in read)


def content(files: Sequence[str], ending: str) -> str:
    return "".join(Path(f"{file}.{ending}").read_text() for file in files)


@pytest.mark.parametrize("ending", FORMATS)
async def test_the_joined_sound_is_its_parts_in_their_order(tmp_path: Path, ending: str) -> None:
    parts = written(tmp_path)
    sounds = JoinedSounds(tmp_path)
    (file,) = await sounds.files(parts)
    assert content([file], ending) == content(parts, ending)
    (other,) = await sounds.files(parts[::-1])
    assert content([other], ending) == content(parts[::-1], ending)
    assert await sounds.files(parts) == (file,), "made once"
    assert list(await sounds.files(parts[:1])) == parts[:1]


async def test_a_part_that_is_built_anew_is_heard_in_the_next_call(tmp_path: Path) -> None:
    parts = written(tmp_path)
    sounds = JoinedSounds(tmp_path)
    (before,) = await sounds.files(parts)
    put(f"{parts[2]}.alaw", "<other words>")
    (after,) = await sounds.files(parts)
    assert "<other words>" in content([after], "alaw")
    assert not exists(f"{before}.alaw")


async def test_a_joined_sound_that_somebody_changes_is_not_played(tmp_path: Path) -> None:
    parts = written(tmp_path)
    sounds = JoinedSounds(tmp_path)
    (file,) = await sounds.files(parts)
    put(f"{file}.alaw", "<something else>")
    (file,) = await sounds.files(parts)
    assert content([file], "alaw") == content(parts, "alaw")


async def test_a_missing_part_leaves_the_others(tmp_path: Path) -> None:
    parts = written(tmp_path)
    (tmp_path / f"{PARTS[1]}.ulaw").unlink()
    assert list(await JoinedSounds(tmp_path).files(parts)) == parts


async def test_only_the_sounds_wanted_last_are_kept(tmp_path: Path) -> None:
    parts = written(tmp_path)
    sounds = JoinedSounds(tmp_path, kept=2)
    for first in range(4):
        await sounds.files(parts[first:] + parts[:first])
    kept = [file for file in (tmp_path / "joined").iterdir() if file.suffix == ".alaw"]
    assert len(kept) == 2
    assert await sounds.files(parts)


@pytest.mark.parametrize("ending", FORMATS)
async def test_audio_changed_by_one_byte_has_no_certificate_any_more(tmp_path: Path, ending: str) -> None:
    parts = written(tmp_path)
    sounds = JoinedSounds(tmp_path)
    certified = digests(parts)
    assert await sounds.uncertified(parts, certified) is None
    assert await sounds.uncertified(parts, certified - digests(parts[3:4])) == parts[3]
    put(f"{parts[1]}.{ending}", f"<{PARTS[1]}.{ending}!")
    assert await sounds.uncertified(parts, certified) == parts[1]
    (tmp_path / f"{PARTS[0]}.{ending}").unlink()
    assert await sounds.uncertified(parts, certified) == parts[0]


@pytest.mark.parametrize("changed", ["", *PARTS])
async def test_a_survey_that_needs_a_certificate_plays_no_other_audio(tmp_path: Path, changed: str) -> None:
    prompts = tmp_path / "prompts"
    certified = digests(written(prompts))
    if changed:
        put(str(prompts / f"{changed}.ulaw"), "x")
    store = FakeStore(contexts={ATTEMPT: context_of(survey_source=f"certified: yes\n{SPOKEN}")})

    async def hashes() -> frozenset[str]:
        return certified

    sessions = SurveySessions(
        store, prompts, store.posted.append, store.write, store.clock, certified=hashes
    )
    phone = FakePhone("2")
    await sessions.handle(phone)
    assert phone.hung_up and phone.variables[DONE] == "1"
    assert bool(phone.played) is not bool(changed)
    assert store.values == ({} if changed else {"q": "guava"})
    assert store.ending.complete is not bool(changed)


async def test_a_question_with_its_options_costs_one_command(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    parts = written(prompts)
    store = FakeStore(contexts={ATTEMPT: context_of(survey_source=SPOKEN)})
    phone = FakePhone("2")
    await SurveySessions(store, prompts, store.posted.append, store.write, store.clock).handle(phone)
    assert store.values == {"q": "guava"}
    (played,) = phone.played
    assert content([str(prompts / "joined" / played)], "alaw") == content(parts, "alaw")
