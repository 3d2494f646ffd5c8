"""Fixtures that several rooms' tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dialer.i18n import select_language
from tests.postgresql import PrivatePostgres, programs


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    """A private PostgreSQL cluster, made on first use; ``create_database`` gives each test its own."""
    bin_folder = programs()
    if bin_folder is None:
        if os.environ.get("SAMPARK_REQUIRE_POSTGRESQL"):
            pytest.fail("no PostgreSQL server program is installed")
        pytest.skip("no PostgreSQL server program is installed")
    cluster = PrivatePostgres(bin_folder).start()
    yield cluster
    cluster.stop()


@pytest.fixture(autouse=True)
def _english() -> None:
    """Every test begins in English, whatever language the one before it chose."""
    select_language("en")
