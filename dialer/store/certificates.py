"""Certificates of audio: which bytes an authority has allowed to be played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from db.models import AudioCertificate
from db.session import Database
from dialer.store.access import Access, AuditEntry, write_audit
from dialer.store.dialects import fit


@dataclass(frozen=True, slots=True)
class Certificate:
    """What an authority issued. ``issued_on``: an ISO date."""

    number: str
    authority: str
    issued_on: str


class Certificates:
    """The certificates of one database. Every method raises ``StoreBusy`` when it is locked or away."""

    def __init__(self, database: Database) -> None:
        self._access = Access(database)

    async def add(self, certificate: Certificate, audio: Mapping[str, str], by: str, now: float) -> None:
        """Bind the certificate to audio, given as SHA-256 -> where it lies; a later one takes its place."""
        rows = [
            {
                "sha256": digest,
                "prompt": fit(AudioCertificate.prompt, prompt),
                "number": fit(AudioCertificate.number, certificate.number),
                "authority": fit(AudioCertificate.authority, certificate.authority),
                "issued_on": certificate.issued_on,
                "created_at": now,
                "created_by": fit(AudioCertificate.created_by, by),
            }
            for digest, prompt in audio.items()
        ]

        def work(connection: Connection) -> None:
            for row in rows:
                connection.execute(delete(AudioCertificate).where(AudioCertificate.sha256 == row["sha256"]))
            connection.execute(insert(AudioCertificate), rows)
            detail = {"authority": certificate.authority, "date": certificate.issued_on, "files": len(rows)}
            write_audit(connection, AuditEntry(now, by, "prompts certify", certificate.number, detail))

        if rows:
            await self._access.transact(work)

    async def all(self) -> dict[str, Certificate]:
        """SHA-256 -> certificate, of all audio that has one."""
        table = AudioCertificate
        query = select(table.sha256, table.number, table.authority, table.issued_on)
        async with self._access.reading() as connection:
            return {digest: Certificate(*rest) for digest, *rest in await connection.execute(query)}

    async def hashes(self) -> frozenset[str]:
        """SHA-256 of all audio that has a certificate."""
        async with self._access.reading() as connection:
            return frozenset((await connection.scalars(select(AudioCertificate.sha256))).all())
