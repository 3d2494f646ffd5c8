"""Codes of the second factor on a clock of paper; the vectors are those of RFC 6238, appendix B."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from dialer.totp import STEP_S, key_uri, new_secret, step_of

SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = 1_234_567_890.0
CODE = "005924"
STEP = int(NOW // STEP_S)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
    ],
)
def test_the_codes_are_those_of_the_standard(at: float, code: str) -> None:
    assert step_of(SECRET, code, at, None) == at // STEP_S


@pytest.mark.parametrize(
    ("steps_off", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_be_one_step_off_either_way(steps_off: int, is_taken: bool) -> None:
    found = step_of(SECRET, CODE, NOW + steps_off * STEP_S, None)
    assert found == (STEP if is_taken else None)


def test_a_code_is_taken_once_and_none_before_it_afterwards() -> None:
    assert step_of(SECRET, CODE, NOW, STEP - 1) == STEP
    assert step_of(SECRET, CODE, NOW, STEP) is None
    assert step_of(SECRET, CODE, NOW, STEP + 1) is None


@pytest.mark.parametrize("code", ["005925", "", "5924", "००५९२४"])
def test_anything_else_is_wrong(code: str) -> None:
    assert step_of(SECRET, code, NOW, None) is None


def test_secrets_differ_and_the_address_carries_one() -> None:
    secret = new_secret()
    assert secret != new_secret() and len(base64.b32decode(secret)) == 20
    address = urlsplit(key_uri(secret, "guide"))
    assert (address.scheme, address.netloc, address.path) == ("otpauth", "totp", "/Sampark:guide")
    assert parse_qs(address.query) == {"secret": [secret], "issuer": ["Sampark"]}
