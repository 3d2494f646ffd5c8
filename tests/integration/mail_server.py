"""A real mail server (aiosmtpd), certificates of an authority made here, and a wire on which one listens."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

USER, PASSWORD = "durg", "sehr geheim 4711"
VALID_FROM: Final = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)


class Authority:
    """Signs certificates; ``ca_file`` is what those who believe it need."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(exist_ok=True)
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        begun = _begin(self._name, self._name, self._key, days=30)
        begun = begun.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        signed = begun.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.ca_file = folder / f"{name}.pem"
        self.ca_file.write_bytes(signed.public_bytes(Encoding.PEM))

    def context(self, host: str, *, days: int = 30) -> ssl.SSLContext:
        """For a server that is called ``host``, an address or a name; ``days`` 1: it expired yesterday."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        begun = _begin(name, self._name, key, days)
        signed = begun.add_extension(x509.SubjectAlternativeName([_called(host)]), critical=False)
        made = signed.sign(self._key, hashes.SHA256())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = self._folder / "server.pem"
        file.write_bytes(private + made.public_bytes(Encoding.PEM))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        file.unlink()
        return context


def _begin(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer, name, key.public_key(), x509.random_serial_number(), VALID_FROM,
        VALID_FROM + dt.timedelta(days=days),
    )  # fmt: skip


def _called(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@dataclass
class MailServer:
    """``signed_in``: who signed in, with which password; ``wire``: what a client sent, byte by byte."""

    port: int = 0
    wire: bytearray = field(default_factory=bytearray)
    signed_in: list[tuple[bytes, bytes]] = field(default_factory=list)
    messages: list[Envelope] = field(default_factory=list)

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, auth_data: Any
    ) -> AuthResult:
        """The one user there is."""
        assert isinstance(auth_data, LoginPassword)
        self.signed_in.append((auth_data.login, auth_data.password))
        is_right = self.signed_in[-1] == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Take a message."""
        self.messages.append(envelope)
        return "250 taken"


@asynccontextmanager
async def mail_server(context: ssl.SSLContext | None, *, implicit: bool = False) -> AsyncIterator[MailServer]:
    """One that wants a sign-in.

    ``context`` None: it offers no TLS and would take passwords in the clear. ``implicit``: TLS from the first
    byte on.
    """
    box, loop = MailServer(), asyncio.get_running_loop()
    by_command = None if implicit else context

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            # It warns of a server that takes passwords without STARTTLS, which is what some tests want.
            warnings.simplefilter("ignore")
            return SMTP(
                box, hostname="mail.example", loop=loop, auth_required=True, authenticator=box.authenticate,
                auth_require_tls=by_command is not None, tls_context=by_command,
                require_starttls=by_command is not None,
            )  # fmt: skip

    async def listen_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = server.sockets[0].getsockname()[1]
        back, on = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_carry(reader, on, box.wire), _carry(back, writer, bytearray()))

    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if implicit else None)
    wire = await asyncio.start_server(listen_in, "127.0.0.1", 0)
    box.port = wire.sockets[0].getsockname()[1]
    async with server, wire:
        yield box


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: bytearray) -> None:
    try:
        while chunk := await reader.read(65536):
            heard += chunk
            writer.write(chunk)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
