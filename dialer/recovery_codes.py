"""Recovery codes: each opens one sign-in without the authenticator app, on paper for when it is lost."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

from dialer.passwords import generate_password

HOW_MANY: Final = 10
FORM: Final = r"[A-Za-z2-9]{4}(?:-?[A-Za-z2-9]{4}){3}"
"""Sixteen letters and digits, in fours."""
_FORM: Final = re.compile(FORM)


def new_recovery_codes() -> Sequence[str]:
    """As many as are given at once, 79 random bits each."""
    return [generate_password() for _ in range(HOW_MANY)]


def is_recovery_code(code: str) -> bool:
    """Whether it has the form of one; a code of an app has not."""
    return _FORM.fullmatch(code) is not None


def recovery_digest(code: str) -> str:
    """What is stored of a code, SHA-256 in hex, the same in capitals and without hyphens.

    A slow hash would add nothing: 79 random bits cannot be tried out.
    """
    return hashlib.sha256(code.replace("-", "").lower().encode()).hexdigest()
