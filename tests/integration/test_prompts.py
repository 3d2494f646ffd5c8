"""Prompts are built by the real tools, measured, and refused when nobody could understand them."""

from __future__ import annotations

import math
import struct
import subprocess
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from dialer.config import Config
from dialer.core.survey_model import Prompt, Survey
from dialer.errors import InputError
from dialer.ivr import audio
from dialer.ivr.places import compiled_survey_file, prompt_file
from dialer.ivr.prompt_build import build, build_survey_prompts, build_system_prompts, manifest_of
from dialer.ivr.prompt_check import check_prompts, missing_prompts
from dialer.ivr.prompts import (
    Wanted,
    prompts_root,
    survey_wanted,
    system_wanted,
)
from dialer.ivr.survey_file import EXAMPLES, read_survey_file
from dialer.settings.office import Office
from dialer.settings.trunks import Trunk

EXAMPLE = EXAMPLES / "scheme_awareness.yaml"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    office = Office(name_hi="जिला कार्यालय", name_en="District office", callback_number="+917880000000")
    trunk = Trunk(name="t", host="127.0.0.1", caller_id="+917880000000", simulated=True)
    return Config(base=tmp_path, office=office, trunks=(trunk,))


@pytest.fixture(scope="module")
def survey() -> Survey:
    return read_survey_file(EXAMPLE)[0]


def tone(
    file: Path,
    amplitude: float,
    seconds: float = 1.0,
    rate: int = 44100,
    hertz: float = 440,
    before_s: float = 0.0,
) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    angle = 2 * math.pi * hertz / rate
    wave_of_it = [32767 * amplitude * math.sin(angle * at) for at in range(int(seconds * rate))]
    samples = [0] * int(before_s * rate) + [round(max(-32767, min(32767, each))) for each in wave_of_it]
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return file


def played(config: Config, wanted: Wanted) -> audio.Sound:
    file = prompts_root(config) / wanted.folder / f"{wanted.key}.alaw"
    return audio.measure(audio.decoded(file.read_bytes()))


def recording(config: Config, name: str, ending: str = "wav") -> Path:
    return config.data / "recordings" / "system" / "hi" / f"{name}.{ending}"


def of_system(config: Config, name: str) -> Wanted:
    return next(each for each in system_wanted(config, ["hi"]) if each.name == name)


def test_every_prompt_of_a_survey_is_built_level_and_complete(config: Config, survey: Survey) -> None:
    source = EXAMPLE.read_text(encoding="utf-8")
    assert len(missing_prompts(config, 7, survey)) > 60
    built = build_survey_prompts(config, 7, source)
    assert missing_prompts(config, 7, survey) == []
    spoken = [*system_wanted(config, survey.languages), *survey_wanted(config, 7, survey)]
    assert {each.language for each in spoken} == {"hi", "en", "hne"}
    assert check_prompts(config, spoken) == []
    for each in built:
        sound = played(config, each.wanted)
        assert 0.3 < sound.duration_s < 30
        assert -24 < sound.rms_dbfs < -19
        assert sound.peak_dbfs < -1
        assert sound.clipped == 0
    assert compiled_survey_file(prompts_root(config), 7).exists()
    again = build_survey_prompts(config, 7, source)
    assert not any(each.fresh for each in again)


def test_both_formats_of_a_prompt_have_one_byte_a_sample(config: Config) -> None:
    built = build_system_prompts(config, ["hi"])
    stem = prompt_file(prompts_root(config), 1, Prompt("abandoned", "hi", shared=True))
    sizes = {Path(f"{stem}.{ending}").stat().st_size for ending in ("alaw", "ulaw")}
    abandoned = next(each for each in built if each.wanted.name == "abandoned")
    assert sizes == {round(abandoned.duration_s * 8000)}


def test_the_office_is_named_within_the_first_seconds(config: Config) -> None:
    text = of_system(config, "abandoned").text
    assert text.index(config.office.name_hi) < 20
    assert "7 8 8 0 0, 0 0 0 0 0" in text


def test_a_recording_takes_the_place_of_the_draft(config: Config) -> None:
    wanted = of_system(config, "goodbye")
    assert build(config, [wanted])[0].source == "draft"
    tone(recording(config, "goodbye"), 0.2, seconds=1.5, before_s=2.0)
    assert [fault.code for fault in check_prompts(config, [wanted])] == ["outdated"]
    built = build(config, [wanted])[0]
    assert (built.source, built.fresh) == ("recording", True)
    sound = played(config, wanted)
    assert 1.4 < sound.duration_s < 1.8, "the silence before it was cut"
    assert -22 < sound.rms_dbfs < -20, "it is as loud as all others"


def test_a_high_tone_does_not_come_back_as_a_low_one(config: Config) -> None:
    tone(recording(config, "goodbye"), 0.5, rate=22050, hertz=5000)
    before = audio.read_recording(recording(config, "goodbye"))
    narrow = audio.decoded(audio.telephone(before)["alaw"])
    assert narrow.rms < before.rms * 0.02


@pytest.mark.parametrize("ending", ["ogg", "flac", "mp3"])
def test_recordings_of_other_kinds_are_read_too(config: Config, tmp_path: Path, ending: str) -> None:
    original = tone(tmp_path / "voice.wav", 0.3)
    file = recording(config, "goodbye", ending)
    file.parent.mkdir(parents=True)
    subprocess.run(["sox", str(original), str(file)], check=True)
    # MP3 begins and ends with a little silence of its own.
    assert abs(audio.read_recording(file).dBFS - audio.read_recording(original).dBFS) < 0.8
    wanted = of_system(config, "goodbye")
    assert build(config, [wanted])[0].source == "recording"
    assert check_prompts(config, [wanted]) == []
    assert 0.9 < played(config, wanted).duration_s < 1.2


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda file: tone(file, 3.0), "clipped"),
        (lambda file: tone(file, 0.004), "quiet"),
        (lambda file: tone(file, 0.3, seconds=0.05), "short"),
        (lambda file: tone(file, 0.3, seconds=50, rate=8000), "long"),
    ],
)
def test_a_bad_recording_is_found(config: Config, make: Callable[[Path], Path], code: str) -> None:
    make(recording(config, "goodbye"))
    wanted = of_system(config, "goodbye")
    build(config, [wanted])
    assert code in [fault.code for fault in check_prompts(config, [wanted])]


def test_an_audio_file_changed_afterwards_is_found_and_put_right(config: Config) -> None:
    wanted = of_system(config, "goodbye")
    build(config, [wanted])
    file = prompts_root(config) / "system" / "hi" / "goodbye.alaw"
    data = bytearray(file.read_bytes())
    data[100] ^= 1
    file.write_bytes(bytes(data))
    assert [fault.code for fault in check_prompts(config, [wanted])] == ["changed"]
    build(config, [wanted], again=True)
    assert check_prompts(config, [wanted]) == []


def test_a_missing_file_is_found_and_built_again_without_speaking(config: Config, survey: Survey) -> None:
    build_survey_prompts(config, 1, EXAMPLE.read_text(encoding="utf-8"))
    (prompts_root(config) / "survey-1" / "hi" / "reach.ulaw").unlink()
    assert missing_prompts(config, 1, survey) == ["survey-1/hi/reach"]
    built = build_survey_prompts(config, 1, EXAMPLE.read_text(encoding="utf-8"))
    assert [each.wanted.name for each in built if each.fresh] == ["reach"]
    assert manifest_of(config, "survey-1")["hi/reach"].source == "draft"


def test_a_file_that_is_no_sound_is_refused_by_name(config: Config) -> None:
    file = recording(config, "goodbye")
    file.parent.mkdir(parents=True)
    file.write_bytes(b"not a sound at all")
    with pytest.raises(InputError, match=r"goodbye\.wav: cannot be read as sound"):
        build(config, [of_system(config, "goodbye")])


def test_two_recordings_of_one_prompt_are_refused(config: Config) -> None:
    tone(recording(config, "goodbye"), 0.3)
    recording(config, "goodbye", "ogg").write_bytes(b"")
    with pytest.raises(InputError, match="both recordings of one prompt"):
        build(config, [of_system(config, "goodbye")])


def test_the_same_words_at_two_places_are_spoken_once(config: Config) -> None:
    twice = [Wanted("survey-3", "s", "hi", name, "नमस्ते") for name in ("a", "b", "c", "d")]
    assert len({each.sha256 for each in build(config, twice)}) == 1
    assert len([*(prompts_root(config) / "cache").glob("*.alaw")]) == 1
