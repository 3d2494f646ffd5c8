"""Passwords: argon2id with 12 MiB, three passes and one lane (about 70 ms), in threads.

It is one of the minimums that OWASP's Password Storage Cheat Sheet calls equal, and takes 7 MiB less of the
daemon's memory than the one with 19 MiB and two passes. Hashes made with that are verified with that.
"""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from dialer.errors import InputError
from dialer.i18n import N_

Result = TypeVar("Result")

SHORTEST, LONGEST = 10, 200
"""Characters of a password."""
MOST_WAITING: Final = 40
"""Verifications that may wait for a thread; more are turned away and asked to come again.

On a busy machine each takes several times as long: a longer queue would be answered after its people had
given up and stood at its end again.
"""

_HASHER: Final = PasswordHasher(
    time_cost=3, memory_cost=12 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


class TooManyWaiting(Exception):
    """More sign-ins wait for verification than is reasonable."""


def generate_password() -> str:
    """A password that can be read aloud: 16 letters and digits in fours, 79 bits, none easily confused."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def check_password(password: str, username: str) -> None:
    """Raise ``InputError`` for a password that is too short, too long, or too easily guessed."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(
            N_("password: {length} characters; use {shortest} to {longest}"),
            length=len(password),
            shortest=SHORTEST,
            longest=LONGEST,
        )
    plain = password.casefold()
    named = len(username) >= 4 and username.casefold() in plain
    if named or len(set(plain)) < 5 or plain in "0123456789012345678901234567890":
        raise InputError(N_("password: too easily guessed; use several words, or let one be generated"))


def hash_password(password: str) -> str:
    """The hash to store; blocks for about 70 ms."""
    return _HASHER.hash(_normal(password))


def _normal(password: str) -> str:
    # One keyboard composes a Devanagari letter that another types in two steps.
    return unicodedata.normalize("NFC", password)


def _matches(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, _normal(password))
    except (VerificationError, InvalidHashError):
        return False


class Passwords:
    """Verifies in ``workers`` threads (12 MiB and a core each): a burst of sign-ins delays no call."""

    def __init__(self, workers: int = 1) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="password")
        self._waiting = 0
        self._nobody = ""

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether it is the password; ``None`` (no such operator) takes as long and is never right.

        Raises ``TooManyWaiting``.
        """
        if self._waiting >= MOST_WAITING:
            raise TooManyWaiting
        self._waiting += 1
        try:
            right = await self._run(_matches, stored or await self._hash_of_nobody(), password)
        finally:
            self._waiting -= 1
        return right and stored is not None

    def close(self) -> None:
        """End the threads; what they verify now is finished first."""
        self._threads.shutdown(wait=True)

    async def _hash_of_nobody(self) -> str:
        if not self._nobody:
            self._nobody = await self._run(hash_password, secrets.token_hex(16))
        return self._nobody

    async def _run(self, work: Callable[..., Result], *arguments: str) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
