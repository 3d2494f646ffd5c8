"""Lost links to Asterisk and trunks that fail, as lines of the audit log: the day's report counts them."""

from __future__ import annotations

from collections.abc import Iterator

from dialer.core.live import LiveSnapshot
from dialer.core.troubles import LINK_LOST, TRUNK_FAILED
from dialer.store.access import AuditEntry


class Troubles:
    """What is wrong now, so that each trouble is told once, when it begins.

    Before the first link to Asterisk none was lost.
    """

    def __init__(self) -> None:
        self._linked = False
        self._failing: frozenset[str] = frozenset()

    def new(self, room: LiveSnapshot) -> Iterator[AuditEntry]:
        """Lines for what went wrong since the last look."""
        linked = room.asterisk == "up"
        if self._linked and not linked:
            yield AuditEntry(room.at, "daemon", LINK_LOST, "asterisk", {"why": room.asterisk[:200]})
        self._linked = linked
        failing = {trunk.name: trunk.fault for trunk in room.trunks if trunk.fault}
        for name in sorted(failing.keys() - self._failing):
            yield AuditEntry(room.at, "daemon", TRUNK_FAILED, name, {"why": failing[name]})
        self._failing = frozenset(failing)
