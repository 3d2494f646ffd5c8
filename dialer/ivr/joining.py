"""One sound of several prompts that are said in a row, so that a question costs one command, not nine.

Finished prompts have no header: their bytes one after the other are the sound, with the breath that every
prompt has at its ends as the pause. A sound is made when it is first wanted and made anew when a part of it
changes on the disk; orders that chance deals are many, so only those wanted last are kept.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import OrderedDict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import structlog

FORMATS = ("alaw", "ulaw")
KEPT = 500
"""Sounds; a question of twenty seconds takes 320 kB."""
FOLDER = "joined"

Stamp = tuple[int, int, int]

log = structlog.get_logger("prompts")


@dataclass(frozen=True, slots=True)
class _Joined:
    """``parts``: what it was made from; ``made``: what it was when it was done."""

    file: str
    parts: tuple[Stamp, ...]
    made: tuple[Stamp, ...]


class JoinedSounds:
    """The joined sounds below the root of all prompts. Paths are without ending, as Asterisk takes them."""

    def __init__(self, root: Path, kept: int = KEPT) -> None:
        self._folder = root / FOLDER
        self._kept = kept
        self._known: OrderedDict[tuple[str, ...], _Joined] = OrderedDict()
        self._hashes: dict[str, tuple[tuple[Stamp, ...], frozenset[str]]] = {}
        shutil.rmtree(self._folder, ignore_errors=True)  # of an earlier life

    async def files(self, parts: Sequence[str]) -> Sequence[str]:
        """What to play for the parts: one sound, or the parts themselves when one of them is away."""
        wanted = tuple(parts)
        if len(wanted) < 2:
            return wanted
        now = _stamps(wanted)
        known = self._known.get(wanted)
        if known is not None and known.parts == now and _stamps((known.file,)) == known.made:
            self._known.move_to_end(wanted)
            return (known.file,)
        if now is None:
            return wanted
        try:
            joined = await asyncio.to_thread(self._join, wanted, now)
        except OSError as fault:
            log.warning("prompts cannot be joined", why=fault.strerror)
            return wanted
        self._keep(wanted, joined)
        return (joined.file,)

    async def uncertified(self, parts: Sequence[str], certified: Container[str]) -> str | None:
        """The first part that is not, to the byte, audio with one of these SHA-256; None when all are."""
        for part in parts:
            stamps = _stamps((part,))
            known = self._hashes.get(part)
            if stamps is not None and (known is None or known[0] != stamps):
                known = self._hashes[part] = stamps, await asyncio.to_thread(_digests, part)
            if stamps is None or known is None or not all(digest in certified for digest in known[1]):
                return part
        return None

    def _join(self, parts: tuple[str, ...], stamps: tuple[Stamp, ...]) -> _Joined:
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        file = str(self._folder / sha256(repr((parts, stamps)).encode()).hexdigest()[:32])
        for ending in FORMATS:
            sound = b"".join(_read(f"{part}.{ending}") for part in parts)
            fresh = f"{file}.{ending}.new"
            with open(fresh, "wb") as out:
                out.write(sound)
                os.fchmod(out.fileno(), 0o644)
            os.replace(fresh, f"{file}.{ending}")
        made = _stamps((file,))
        if made is None:
            raise FileNotFoundError(2, "a joined sound is gone at once", file)
        return _Joined(file, stamps, made)

    def _keep(self, parts: tuple[str, ...], joined: _Joined) -> None:
        before = self._known.pop(parts, None)
        if before is not None and before.file != joined.file:
            _remove(before.file)
        self._known[parts] = joined
        while len(self._known) > self._kept:
            # One that plays just now is played to its end: Asterisk has it open.
            _remove(self._known.popitem(last=False)[1].file)


def _stamps(files: tuple[str, ...]) -> tuple[Stamp, ...] | None:
    """What tells a changed file from the one before; None when one is away."""
    try:
        looks = [os.stat(f"{file}.{ending}") for file in files for ending in FORMATS]
    except OSError:
        return None
    return tuple((look.st_ino, look.st_size, look.st_ctime_ns) for look in looks)


def _digests(part: str) -> frozenset[str]:
    return frozenset(sha256(_read(f"{part}.{ending}")).hexdigest() for ending in FORMATS)


def _read(file: str) -> bytes:
    with open(file, "rb") as sound:
        return sound.read()


def _remove(file: str) -> None:
    for ending in FORMATS:
        Path(f"{file}.{ending}").unlink(missing_ok=True)
