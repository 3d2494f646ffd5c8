"""What our channel ids mean, who shares a bridge, and which phones can be reached: small and pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dialer.errors import InputError

_ATTEMPT = re.compile(r"a[0-9a-f]{24}")
_LEG = re.compile(r"seat-(\d{2,3})-[0-9a-f]{8}")
_CALLED_IN = re.compile(r"afffff([0-9a-f]{8})([0-9a-f]{11})")
_CHOSEN_BY_ASTERISK = re.compile(r"sampark-([1-9]\d{8,9})\.(\d{1,13})")
"""``systemname`` of asterisk.conf, the second of the channel's making, and its number."""
_DIALLABLE = re.compile(r"\+[1-9]\d{6,14}")


def is_attempt(channel_id: str) -> bool:
    """Whether this channel id is an attempt's."""
    return _ATTEMPT.fullmatch(channel_id) is not None


def our_id(channel_id: str) -> str:
    """How the product names a channel of Asterisk's: one whose id Asterisk chose gets an attempt's form.

    No attempt that we dial has that form before the year 10,000, its time being what it begins with; and what
    is no attempt in the store is nothing to the engine. ``asterisk_id`` leads back, so nothing is kept.
    """
    chosen = _CHOSEN_BY_ASTERISK.fullmatch(channel_id)
    return f"afffff{int(chosen[1]):08x}{int(chosen[2]):011x}" if chosen else channel_id


def asterisk_id(channel_id: str) -> str:
    """How Asterisk names the channel that ``our_id`` named so."""
    called_in = _CALLED_IN.fullmatch(channel_id)
    return f"sampark-{int(called_in[1], 16)}.{int(called_in[2], 16)}" if called_in else channel_id


def seat_of_leg(channel_id: str) -> int | None:
    """The seat whose leg has this channel id, or None."""
    match = _LEG.fullmatch(channel_id)
    return int(match[1]) if match else None


def dialled(phone: str, pattern: str) -> str:
    """``phone`` (E.164) as the trunk wants it: ``{e164}`` +91..., ``{digits}`` 91...,
    ``{national}`` ten digits.

    ``InputError`` for anything that is not E.164, and for ``{national}`` with a number outside India: what
    goes into a dial string is digits only. The number itself is not in the message.
    """
    if not _DIALLABLE.fullmatch(phone):
        raise InputError("a number to dial is not E.164 (+ and 7 to 15 digits); correct it in the list")
    if "{national}" in pattern and not phone.startswith("+91"):
        raise InputError("dial_pattern {national} reaches Indian numbers only; use {digits} for this trunk")
    return (
        pattern.replace("{e164}", phone).replace("{digits}", phone[1:]).replace("{national}", phone[3:])
    )


def seconds(duration: str) -> float:
    """``"HH:MM:SS"`` -> seconds; anything else -> 0."""
    try:
        hours, minutes, rest = (int(part) for part in duration.split(":"))
    except ValueError:
        return 0.0
    return hours * 3600.0 + minutes * 60.0 + rest


class Bridges:
    """Who talks with whom: the channels of ours in each bridge, holding bridges left out."""

    def __init__(self) -> None:
        self._members: dict[str, list[str]] = {}

    def enter(self, bridge_id: str, channel_id: str) -> Sequence[tuple[str, str]]:
        """Note an arrival; return the (attempt id, leg id) pairs that it makes."""
        members = self._members.setdefault(bridge_id, [])
        if channel_id in members:
            return ()
        pairs = _pairs(channel_id, members)
        members.append(channel_id)
        return pairs

    def leave(self, bridge_id: str, channel_id: str) -> Sequence[tuple[str, str]]:
        """Note a departure; return the (attempt id, leg id) pairs that it parts."""
        members = self._members.get(bridge_id, [])
        if channel_id not in members:
            return ()
        members.remove(channel_id)
        if not members:
            del self._members[bridge_id]
        return _pairs(channel_id, members)


def _pairs(channel_id: str, others: Iterable[str]) -> list[tuple[str, str]]:
    if is_attempt(channel_id):
        return [(channel_id, other) for other in others if not is_attempt(other)]
    return [(other, channel_id) for other in others if is_attempt(other)]


class Contacts:
    """Which endpoints can be reached: those with at least one registered contact that answers OPTIONS.

    A phone that registers anew is present twice for a moment, and its old contact goes after the new one
    came: so contacts are counted, not the last word taken.
    """

    _PRESENT = frozenset({"Reachable", "NonQualified"})
    _ABSENT = frozenset({"Unreachable", "Removed"})

    def __init__(self) -> None:
        self._present: dict[str, set[str]] = {}

    def is_reachable(self, endpoint: str) -> bool:
        """Whether any contact of the endpoint is present."""
        return bool(self._present.get(endpoint))

    def present(self, endpoint: str) -> frozenset[str]:
        """The contacts of the endpoint that are present."""
        return frozenset(self._present.get(endpoint, ()))

    def update(self, endpoint: str, uri: str, status: str) -> bool:
        """Note a contact's status; return whether it says anything about being present."""
        if status in self._PRESENT:
            self._present.setdefault(endpoint, set()).add(uri)
        elif status in self._ABSENT:
            self._present.get(endpoint, set()).discard(uri)
        else:
            return False
        return True
