"""Recorded voices on disk: when they are deleted, and how nothing stays half deleted.

First the database says that a voice is erased, then the file goes. A crash in between leaves a marked voice
with its file, which the next sweep deletes; the daemon sweeps at its start and then every ten minutes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from db.session import Database
from dialer.config import Config
from dialer.errors import StoreBusy
from dialer.settings.voices import VoiceSettings
from dialer.store.voices import OPT_OUT, RETENTION, Voice, Voices

EVERY_S: Final = 600.0
ORPHAN_S: Final = 7 * 86_400.0
"""A sound without an answer (too short, or the call broke) is deleted after this time."""
BATCH: Final = 500
_DAY_S: Final = 86_400.0
_BY: Final = "daemon"

log = structlog.get_logger("voices")


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep deleted, in files. ``repaired``: marked before, and left by a crash."""

    retention: int = 0
    opt_out: int = 0
    repaired: int = 0
    orphans: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.retention + self.opt_out + self.repaired + self.orphans


def voices_folder(config: Config) -> Path:
    """Where the sounds lie, one file for each voice."""
    return config.data / "voices"


async def sweep(database: Database, folder: Path, rules: VoiceSettings, now: float) -> Swept:
    """Delete what is due by the rules, what is marked, and what belongs to no answer."""
    store, files = Voices(database), await asyncio.to_thread(_files, folder)
    counts = {"retention": 0, "opt_out": 0, "repaired": 0, "orphans": 0}
    names = sorted(files)
    for begin in range(0, len(names), BATCH):
        batch = names[begin : begin + BATCH]
        attempts = sorted({name.rpartition("-")[0] for name in batch})
        known = {voice.name: voice for voice in await store.of_attempts(attempts)}
        due = _due([known[name] for name in batch if name in known], rules, now)
        for why, voices in due.items():
            await store.mark([voice.answer_id for voice in voices], why, _BY, now)
            counts[why] += await asyncio.to_thread(_delete, files, [voice.name for voice in voices])
        marked = [name for name in batch if name in known and known[name].erased_at is not None]
        counts["repaired"] += await asyncio.to_thread(_delete, files, marked)
        stray = [name for name in batch if name not in known]
        counts["orphans"] += await asyncio.to_thread(_delete, files, stray, now - ORPHAN_S)
    return Swept(**counts)


async def erase_voices_of(
    database: Database, folder: Path, contact_id: int, note: str, by: str, now: float
) -> tuple[int, int]:
    """Erase all voices of a person; returns how many answers were marked and how many files went."""
    marked, attempts = await Voices(database).mark_contact(contact_id, note, by, now)
    files = await asyncio.to_thread(_files, folder)
    calls = frozenset(attempts)
    mine = [name for name in files if name.rpartition("-")[0] in calls]
    return marked, await asyncio.to_thread(_delete, files, mine)


async def sweep_forever(config: Config, database: Database) -> None:
    """Sweep now and again for as long as the daemon lives."""
    while True:
        try:
            swept = await sweep(database, voices_folder(config), config.voices, time.time())
        except (StoreBusy, OSError) as fault:
            log.warning("voices are looked at later", why=str(fault))
        else:
            if swept.total:
                log.info("voices erased", retention=swept.retention, opt_out=swept.opt_out,
                         repaired=swept.repaired, orphans=swept.orphans)  # fmt: skip
        await asyncio.sleep(EVERY_S)


def _due(voices: Sequence[Voice], rules: VoiceSettings, now: float) -> Mapping[str, Sequence[Voice]]:
    """Why -> voices that are not marked yet and must go."""
    due: dict[str, list[Voice]] = {}
    for voice in voices:
        if voice.erased_at is not None:
            continue
        if voice.opted_out and rules.erase_on_opt_out:
            due.setdefault(OPT_OUT, []).append(voice)
        elif rules.keep_days and voice.answered_at <= now - rules.keep_days * _DAY_S:
            due.setdefault(RETENTION, []).append(voice)
    return due


def _files(folder: Path) -> dict[str, Path]:
    """Name -> file; a voice is one WAV."""
    return {file.stem: file for file in folder.glob("*.wav")} if folder.is_dir() else {}


def _delete(files: Mapping[str, Path], names: Collection[str], before: float | None = None) -> int:
    """Delete these, if last written ``before``; returns how many went."""
    gone = 0
    for name in names:
        if before is not None and files[name].stat().st_mtime > before:
            continue
        files[name].unlink(missing_ok=True)
        gone += 1
    return gone
