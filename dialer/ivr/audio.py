"""Sound for the telephone: speaking a draft, tidying a recording, measuring, and the trunk's own formats.

espeak-ng speaks, pydub cuts, joins and levels, sox converts rates: pydub's own resampler has no filter
against aliasing.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from dialer.errors import ConfigError, InputError

with warnings.catch_warnings():
    # pydub looks for a player that we do not use; audioop leaves Python and comes from audioop-lts.
    warnings.simplefilter("ignore")
    import audioop

    from pydub import AudioSegment
    from pydub.silence import detect_leading_silence

RATE = 8000
FORMATS = ("alaw", "ulaw")
"""Headerless, 8 kHz: what trunks in India and browsers speak, so that Asterisk converts nothing."""

SPEECH_DBFS = -21.0
"""Level of the finished prompts: 5 dB above ordinary speech on a line, as announcements are."""
PEAK_DBFS = -1.5
FULL_SCALE = 32_600
"""A sample beyond is taken for clipped."""
LEAD_MS, TAIL_MS = 60, 150
SILENCE_DB = 26.0
"""So far below the average a stretch at either end counts as silence."""

VOICES = {"hi": "hi", "en": "en-gb", "hne": "hi"}
"""espeak-ng's voices; Chhattisgarhi is read by the Hindi one."""
WORDS_PER_MINUTE = 145
SECONDS_PER_TOOL = 60


@dataclass(frozen=True, slots=True)
class Sound:
    """What was measured. Levels are dB below full scale; ``clipped``: share of samples at full scale."""

    duration_s: float
    rms_dbfs: float
    peak_dbfs: float
    clipped: float


def speak(text: str, language: str) -> AudioSegment:
    """A draft of a prompt by espeak-ng; ``ConfigError`` when it is not installed."""
    voice = VOICES.get(language, language)
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "said.wav"
        command = ["espeak-ng", "-v", voice, "-s", str(WORDS_PER_MINUTE), "--stdin", "-w", str(wav)]
        _run(command, f"speak {language}", text.encode())
        if not wav.exists() or wav.stat().st_size <= 44:
            raise InputError(f"espeak-ng says nothing for {text[:40]!r} in {language}; record this prompt")
        return _loaded(wav)


def read_recording(file: Path) -> AudioSegment:
    """A recorded voice of any rate: WAV, OGG, FLAC or MP3, as sox or ffmpeg can read it.

    ``InputError`` names the file and what is missing.
    """
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "read.wav"
        by_sox = ["sox", str(file), "-b", "16", "-c", "1", str(wav)]
        by_ffmpeg = ["ffmpeg", "-loglevel", "error", "-i", str(file), "-ac", "1", str(wav)]
        if _works(by_sox) or (shutil.which("ffmpeg") and _works(by_ffmpeg)):
            segment = _loaded(wav)
            if len(segment) == 0:
                raise InputError(f"{file}: holds no sound; record it again")
            return segment
    hint = "; for MP3 install libsox-fmt-mp3 or ffmpeg" if file.suffix.lower() == ".mp3" else ""
    raise InputError(f"{file}: cannot be read as sound{hint}")


def tidy(segment: AudioSegment) -> AudioSegment:
    """Silence at both ends cut to a breath, and the level of all other prompts."""
    segment = segment.set_channels(1).set_sample_width(2)
    if segment.rms == 0:
        return segment
    threshold = max(segment.dBFS - SILENCE_DB, -60.0)
    start = max(detect_leading_silence(segment, threshold, 10) - LEAD_MS, 0)
    tail = max(detect_leading_silence(segment.reverse(), threshold, 10) - TAIL_MS, 0)
    segment = segment[start : len(segment) - tail]
    gain = min(SPEECH_DBFS - segment.dBFS, PEAK_DBFS - segment.max_dBFS)
    return segment.apply_gain(gain).fade_in(5).fade_out(10)


def measure(segment: AudioSegment) -> Sound:
    """Length, levels and clipping of a sound."""
    segment = segment.set_channels(1).set_sample_width(2)
    samples = segment.get_array_of_samples()
    clipped = 0
    if segment.max >= FULL_SCALE:
        clipped = sum(1 for sample in samples if sample >= FULL_SCALE or sample <= -FULL_SCALE)
    return Sound(
        duration_s=len(segment) / 1000,
        rms_dbfs=max(segment.dBFS, -120.0),
        peak_dbfs=max(segment.max_dBFS, -120.0),
        clipped=clipped / max(len(samples), 1),
    )


def telephone(segment: AudioSegment) -> dict[str, bytes]:
    """The sound in each of ``FORMATS``, ready to play."""
    with tempfile.TemporaryDirectory() as folder:
        wide, narrow = Path(folder) / "wide.wav", Path(folder) / "narrow.wav"
        segment.export(wide, format="wav").close()
        # -D: dither would only add noise to what is coarsely quantised anyway.
        _run(["sox", "-D", str(wide), "-b", "16", str(narrow), "rate", "-h", str(RATE)], "convert the rate")
        linear = _loaded(narrow).raw_data
    return {"alaw": audioop.lin2alaw(linear, 2), "ulaw": audioop.lin2ulaw(linear, 2)}


def decoded(alaw: bytes) -> AudioSegment:
    """The sound of a finished prompt, to measure it as it will be heard."""
    return AudioSegment(audioop.alaw2lin(alaw, 2), sample_width=2, frame_rate=RATE, channels=1)


def _loaded(wav: Path) -> AudioSegment:
    with wav.open("rb") as file:  # pydub leaves a file open that it opened itself
        return AudioSegment.from_wav(file)


def _works(command: list[str]) -> bool:
    try:
        _run(command, "read a recording")
    except InputError:
        return False
    return True


def _run(command: list[str], what: str, stdin: bytes | None = None) -> None:
    try:
        subprocess.run(command, input=stdin, capture_output=True, timeout=SECONDS_PER_TOOL, check=True)
    except FileNotFoundError as fault:
        raise ConfigError(f"{command[0]} is not installed; `apt-get install {command[0]}`") from fault
    except subprocess.TimeoutExpired as fault:
        raise InputError(f"{command[0]} did not {what} within {SECONDS_PER_TOOL} s") from fault
    except subprocess.CalledProcessError as fault:
        said = fault.stderr.decode(errors="replace").strip().splitlines()
        why = said[-1] if said else "no reason given"
        raise InputError(f"{command[0]} could not {what}: {why}") from fault
