"""Certificates of audio, on both databases."""

from __future__ import annotations

from db.session import Database
from dialer.store.certificates import Certificate, Certificates

FIRST = Certificate("MCMC/12", "Media certification committee, Durg", "2026-11-01")
SECOND = Certificate("MCMC/13", "Media certification committee, Durg", "2026-11-20")


async def test_a_certificate_is_bound_to_bytes_and_a_later_one_takes_its_place(database_url: str) -> None:
    database = Database(database_url)
    certificates = Certificates(database)
    assert await certificates.hashes() == frozenset()
    audio = {"a" * 64: "system/hi/goodbye.alaw", "b" * 64: "survey-1/hi/q.alaw"}
    await certificates.add(FIRST, audio, "r", 1.0)
    await certificates.add(SECOND, {"b" * 64: "survey-1/hi/q.alaw"}, "r", 2.0)
    await certificates.add(SECOND, {}, "r", 3.0)
    assert await certificates.all() == {"a" * 64: FIRST, "b" * 64: SECOND}
    assert await certificates.hashes() == {"a" * 64, "b" * 64}
    await database.aclose()
