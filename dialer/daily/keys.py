"""The office's signing key, and public keys of others as text: ``ed25519:`` and 43 letters of base64."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from dialer.core.words import N_
from dialer.errors import ConfigError, InputError

NAME: Final = "report-signing-key"
_PREFIX: Final = "ed25519:"


def signing_key(data: Path) -> Ed25519PrivateKey:
    """The key in ``DATA/secrets`` (folder 0700, file 0600, PEM), made on first use.

    ``ConfigError`` when the file holds no Ed25519 key: it is never replaced, others know its public half.
    """
    file = data / "secrets" / NAME
    if not file.exists():
        _make(file)
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as fault:
        raise ConfigError(N_("{file}: is no readable Ed25519 key; restore it"), file=file) from fault
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(N_("{file}: is no readable Ed25519 key; restore it"), file=file)
    return key


def _make(file: Path) -> None:
    """Whole or not at all; of two who make it at once, one wins and both go on with its key."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    new = file.with_name(f".{NAME}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(pem)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(new, file)
    except FileExistsError:
        pass
    finally:
        new.unlink()


def key_text(key: Ed25519PublicKey) -> str:
    """The public key as people pass it on."""
    return _PREFIX + base64.urlsafe_b64encode(key.public_bytes_raw()).decode().rstrip("=")


def read_key(text: str) -> Ed25519PublicKey:
    """The other way round; ``InputError`` when it is none."""
    given = text.strip().removeprefix(_PREFIX)
    try:
        raw = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True)
        return Ed25519PublicKey.from_public_bytes(raw)
    except (ValueError, binascii.Error) as fault:
        text = N_("{key!r} is no public key; `dialer warroom key` prints one: ed25519:...")
        raise InputError(text, key=given[:60]) from fault


def key_id(key: Ed25519PublicKey) -> str:
    """By which a signature names its key: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]
