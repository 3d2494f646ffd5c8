"""What goes wrong by itself is written down once, when it begins."""

from __future__ import annotations

from dialer.core.live import LiveSnapshot, TrunkLive
from dialer.web.troubles import Troubles


def room(at: float, asterisk: str = "up", **faults: str) -> LiveSnapshot:
    trunks = tuple(TrunkLive(name, not fault, 0, 30, fault=fault) for name, fault in faults.items())
    return LiveSnapshot(at, 0.0, asterisk, "ok", False, (), (), trunks)


def told(troubles: Troubles, *looks: LiveSnapshot) -> list[tuple[float, str, str]]:
    return [(one.at, one.action, one.subject) for look in looks for one in troubles.new(look)]


def test_a_lost_link_is_told_once_and_again_when_it_is_lost_again() -> None:
    looks = [room(1), room(2, "link lost"), room(3, "link lost"), room(4, "reading its state"), room(5),
             room(6, "link lost")]  # fmt: skip
    assert told(Troubles(), *looks) == [(2, "link lose", "asterisk"), (6, "link lose", "asterisk")]


def test_before_the_first_link_none_was_lost() -> None:
    assert told(Troubles(), room(1, "not linked yet"), room(2, "reading its state"), room(3)) == []


def test_each_trunk_that_begins_to_fail_is_told_once() -> None:
    looks = [room(1, a="", b=""), room(2, a="does not answer", b=""), room(3, a="refuses calls", b="away"),
             room(4, a="", b="away"), room(5, a="does not answer", b="")]  # fmt: skip
    assert told(Troubles(), *looks) == [
        (2, "trunk fail", "a"), (3, "trunk fail", "b"), (5, "trunk fail", "a")
    ]  # fmt: skip
