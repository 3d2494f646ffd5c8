"""The second factor: six digits from a shared secret and the time (RFC 6238, SHA-1, steps of 30 s)."""

from __future__ import annotations

from typing import Final

import pyotp
from pyotp.utils import strings_equal

STEP_S: Final = 30
DRIFT_STEPS: Final = 1
"""By so many steps a telephone's clock may be wrong, either way."""
ISSUER: Final = "Sampark"


def new_secret() -> str:
    """160 random bits in base32, as RFC 4226 recommends."""
    return pyotp.random_base32()


def key_uri(secret: str, username: str) -> str:
    """The ``otpauth://`` address that an authenticator app takes; it holds the secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: float, last_step: int | None) -> int | None:
    """The step whose code this is, near ``now`` (UTC epoch seconds) and after ``last_step``; None when none.

    A step that was used is never given again, so that a code that was seen by others is worth nothing.
    """
    totp, current = pyotp.TOTP(secret), int(now // STEP_S)
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        is_fresh = last_step is None or step > last_step
        if is_fresh and strings_equal(totp.generate_otp(step), code):
            return step
    return None
