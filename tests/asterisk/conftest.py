"""Fixtures on the real Asterisk: ``pair`` (shared, leave it as it was) and ``own_pair`` (one's own)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialer.telephony.asterisk_root import AsteriskProgram, find_program
from tests.asterisk.pairs import Pair, PairSpec, running_pair

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the real Asterisk."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asterisk)


@pytest.fixture(scope="session")
def asterisk_root() -> AsteriskProgram:
    """The Asterisk that all tests run; made on first use."""
    return find_program("auto", lambda _: None)


@pytest.fixture
def pair_spec() -> PairSpec:
    """The default pair."""
    return PairSpec()


@pytest.fixture(scope="session")
def pair(asterisk_root: AsteriskProgram, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """One pair for all tests that leave it as they found it."""
    folder = tmp_path_factory.mktemp("pair")
    with running_pair(folder, PairSpec()) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_pair(asterisk_root: AsteriskProgram, tmp_path: Path, pair_spec: PairSpec) -> Iterator[Pair]:
    """A pair of one's own, for tests that break something or need other settings (``pair_spec``)."""
    with running_pair(tmp_path, pair_spec) as running:
        yield running
