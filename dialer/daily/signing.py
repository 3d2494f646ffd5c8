"""A report that is signed: what was signed, by which key, and whether it still is what was signed.

Signed are the report and the SHA-256 of each of its files together, as canonical JSON: UTF-8, keys in the
order of their code points, no blanks. Numbers are integers or decimals of at most four places, so that every
language writes them alike (RFC 8785). The signature is Ed25519 (RFC 8032).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import TypeAdapter, ValidationError

from dialer.core.words import N_
from dialer.daily.figures import FORMAT, DayReport
from dialer.daily.keys import key_id
from dialer.errors import InputError, SignatureWrong

ALGORITHM: Final = "Ed25519"
LARGEST: Final = 2 * 1024 * 1024
"""Bytes of a signed report; that of a district with ten constituencies has some 100,000."""
_REPORT: Final = TypeAdapter(DayReport)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed report, not yet checked. ``key_id``: of the key that it says it was signed with."""

    content: Mapping[str, Any]
    files: Mapping[str, str]
    key_id: str
    signature: bytes

    @property
    def id(self) -> str:
        """The report's."""
        return str(self.content.get("id", ""))

    @property
    def digest(self) -> str:
        """SHA-256 of what was signed, hexadecimal."""
        return hashlib.sha256(_signed_bytes(self.content, self.files)).hexdigest()

    def as_bytes(self) -> bytes:
        """The file: canonical JSON, in one line."""
        signature = {
            "algorithm": ALGORITHM,
            "key": self.key_id,
            "value": base64.b64encode(self.signature).decode(),
        }
        return canonical({"report": self.content, "files": self.files, "signature": signature}) + b"\n"

    def checked(self, key: Ed25519PublicKey) -> DayReport:
        """The report, if this key signed exactly it.

        ``SignatureWrong`` when not; ``InputError`` when it was signed but is no report of this program's.
        """
        try:
            key.verify(self.signature, _signed_bytes(self.content, self.files))
        except InvalidSignature as fault:
            text = N_("{id}: the signature does not fit; the report was changed, or another key signed it")
            raise SignatureWrong(text, id=self.id[:80]) from fault
        return report_of(self.content)

    def changed(self, files: Mapping[str, bytes]) -> Sequence[str]:
        """Which of these files are not those that were signed."""
        return [name for name, content in files.items() if self.files.get(name) != _sha256(content)]


def canonical(value: Any) -> bytes:
    """The one way to write this value as JSON."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode()


def sign(report: DayReport, files: Mapping[str, bytes], key: Ed25519PrivateKey) -> Signed:
    """The report with its files' hashes, signed."""
    content = _plain(report.as_json())
    hashes = {name: _sha256(made) for name, made in files.items()}
    signature = key.sign(_signed_bytes(content, hashes))
    return Signed(content, hashes, key_id(key.public_key()), signature)


def read_signed(raw: bytes) -> Signed:
    """What a file or a request holds, nothing of it trusted; ``InputError`` when it is no signed report."""
    if len(raw) > LARGEST:
        raise InputError(N_("larger than a report may be"))
    try:
        content = json.loads(raw, object_pairs_hook=_once, parse_constant=_refuse)
        given, files, signature = content["report"], content["files"], content["signature"]
        value = base64.b64decode(signature["value"], validate=True)
        shape_fits = (
            isinstance(given, dict)
            and isinstance(files, dict)
            and all(isinstance(each, str) for each in files.values())
            and signature["algorithm"] == ALGORITHM
            and isinstance(signature["key"], str)
            and content.keys() == {"report", "files", "signature"}
        )
        if not shape_fits or given.get("format") != FORMAT:
            raise ValueError("shape")
        found = Signed(given, files, signature["key"], value)
        _signed_bytes(given, files)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as fault:
        raise InputError(N_("is no signed report of Sampark, or not a whole one")) from fault
    return found


def stored_report(content: str) -> DayReport:
    """A report that was checked when it was stored."""
    return _REPORT.validate_python(json.loads(content)["report"])


def _signed_bytes(content: Mapping[str, Any], files: Mapping[str, str]) -> bytes:
    return canonical({"report": content, "files": files})


def _plain(value: Any) -> Any:
    """Whole numbers without a point: 3 and 3.0 are one number to others."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def report_of(content: Mapping[str, Any]) -> DayReport:
    """The report that stands there, signed or not; ``InputError`` when it is none."""
    try:
        report = _REPORT.validate_python(content)
    except ValidationError as fault:
        raise InputError(N_("is no signed report of Sampark, or not a whole one")) from fault
    if canonical(_plain(report.as_json())) != canonical(content):
        raise InputError(N_("holds something that is no part of a report"))
    return report


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
