"""A plain SIP telephone as an independent witness: baresip with a tone for a voice, a recorder for ears."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.ports import free_ports

RATE = 8000
HEADER_BYTES, SAMPLE_BYTES = 44, 2

# The player has no loudspeaker: sndfile keeps what comes from the line. Only menu can let a phone answer by
# itself in newer versions; the tone is made at 48 kHz in stereo, which is all that older ones can make.
CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:{sip}
net_interface 127.0.0.1
rtp_ports {rtp}-{rtp_last}
audio_source ausine,{tone_hz}
audio_player aubridge,nowhere
audio_alert aubridge,nowhere
ausrc_srate 48000
ausrc_channels 2
auplay_srate 8000
auplay_channels 1
module_path {modules}
module g711.so
module ausine.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
snd_path {folder}
statmode_default off
"""
ACCOUNT = (
    "<sip:{user}@{server}:{port};transport={transport}>;auth_user={user};auth_pass={password}"
    ";answermode=auto;audio_codecs=pcma;regint=60;mwi=no\n"
)


@dataclass(frozen=True, slots=True)
class Baresip:
    """A running one. Its calls are recorded in ``folder``."""

    folder: Path
    tone_hz: float
    pid: int

    def calls(self) -> list[Path]:
        """What was heard in each call so far, oldest first."""
        return sorted(self.folder.glob("dump-*-dec.wav"), key=lambda file: file.stat().st_ctime)

    async def hears_itself(self, seconds: float = 0.5) -> float:
        """How loud the own tone comes back from now on: its amplitude, 0..1 of full scale."""
        wanted = round(seconds * RATE) * SAMPLE_BYTES
        async with asyncio.timeout(seconds + 5):
            while not self.calls():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            recording = self.calls()[-1]
            begin = max(recording.stat().st_size // SAMPLE_BYTES * SAMPLE_BYTES, HEADER_BYTES)
            while recording.stat().st_size < begin + wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        heard = recording.read_bytes()[begin : begin + wanted]
        return amplitude(np.frombuffer(heard, "<i2") / 32768, self.tone_hz)


def amplitude(samples: npt.NDArray[np.float64], hertz: float) -> float:
    """How much of one frequency is in a sound of ``RATE``: one bin of its Fourier transform."""
    turns = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / RATE)
    return float(2 * np.abs(np.mean(samples * turns)))


@contextlib.asynccontextmanager
async def baresip(folder: Path, account: Mapping[str, Any], tone_hz: int = 1000) -> AsyncIterator[Baresip]:
    """A telephone with this account of ``dialer seats accounts --json``; it is gone afterwards."""
    program = shutil.which("baresip")
    if program is None:
        pytest.skip("no baresip is installed")
    _settings(folder, account, tone_hz)
    log = (folder / "baresip.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        program, "-f", str(folder), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
    )
    log.close()
    try:
        yield Baresip(folder, tone_hz, process.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()


def _settings(folder: Path, account: Mapping[str, Any], tone_hz: int) -> None:
    folder.mkdir(mode=0o700)
    sip, rtp, rtp_last = _ports()
    ports = {"sip": sip, "rtp": rtp, "rtp_last": rtp_last}
    config = CONFIG.format(**ports, tone_hz=tone_hz, modules=_modules(), folder=folder)
    (folder / "config").write_text(config)
    transport = account["transport"].lower()
    (folder / "accounts").write_text(ACCOUNT.format_map({**account, "transport": transport}))


def _modules() -> Path:
    """Where the package put them: newer ones below the machine's architecture."""
    libraries = Path("/usr/lib")
    return next(each for place in ("", "*/") for each in libraries.glob(f"{place}baresip/modules"))


def _ports() -> tuple[int, int, int]:
    """One for SIP, and an even one and its neighbour for RTP and RTCP."""
    sip, *media = free_ports(12)
    even = next(port for port in media if port % 2 == 0 and port + 1 in media)
    return sip, even, even + 1
