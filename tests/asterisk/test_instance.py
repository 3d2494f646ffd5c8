"""Our Asterisk on the real thing."""

from __future__ import annotations

from tests.asterisk.pairs import Pair, until


async def test_it_boots_with_every_module_and_no_error(pair: Pair) -> None:
    log = (pair.asterisk.folder / "log/messages").read_text()
    assert "ERROR" not in log
    assert "declined" not in log
    assert "WARNING" not in log


async def test_the_operators_phones_register_and_the_trunk_is_reachable(pair: Pair) -> None:
    status = await until(pair.asterisk.status, lambda status: len(status.seats) == 4, 5.0)
    assert status.seats == {1, 2, 3, 4}
    assert status.trunks == {"carrier": True}
    assert status.version.startswith("2")


async def test_a_second_up_is_no_fault(pair: Pair) -> None:
    before = pair.asterisk.pid
    assert await pair.asterisk.up() is False
    assert pair.asterisk.pid == before
