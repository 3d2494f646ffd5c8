"""What a simulated call meets: the behaviours and the scripted numbers of the simulated carrier, as values.

The same numbers do the same here as on the carrier of ``asterisk_conf/carrier_sim``: a number whose last
seven digits begin with 000 says itself what happens, any other draws a card from the behaviour's deck.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dialer.telephony.carrier_behaviour import Card, CarrierBehaviour

SIP_OF_CAUSE: Mapping[int, tuple[int, int | None]] = MappingProxyType({
    1: (1, 404), 16: (21, 603), 17: (17, 486), 18: (18, 408), 19: (19, 480), 20: (19, 480), 21: (21, 403),
    27: (27, 502), 28: (28, 484), 34: (34, 503), 38: (38, 500), 42: (34, 503), 58: (58, 488),
})
"""Cause with which a carrier's Asterisk ends a call -> cause and SIP status that ours reports (22.10)."""

_DECLINED = (21, 603)


@dataclass(frozen=True, slots=True)
class Fate:
    """What one call meets, in seconds.

    After ``before_s`` it is answered (``answers``) or ended with ``cause`` and ``tech_cause``; until then it
    ``rings``, or plays ``early_media``, or neither. The citizen hangs up ``talk_s`` after the answer (None:
    never). ``keys`` are pressed after ``delays_s`` each; with ``listens`` each is pressed
    once a prompt has ended, whenever that is.
    """

    before_s: float = 1.0
    answers: bool = True
    rings: bool = True
    early_media: bool = False
    talk_s: float | None = None
    cause: int = 16
    tech_cause: int | None = None
    keys: tuple[str, ...] = ()
    delays_s: tuple[float, ...] = ()
    listens: bool = False


class Fates:
    """The fates that a behaviour deals, by the digits the carrier gets and the count of earlier calls.

    Decks are dealt once, on first use.
    """

    def __init__(self, behaviour: CarrierBehaviour) -> None:
        self._behaviour = behaviour
        self._decks: dict[str, list[Card]] = {}

    def __call__(self, dialled: str, earlier_calls: int = 0) -> Fate:
        tail = dialled[-7:]
        if len(tail) == 7 and tail.startswith("000"):
            return _scripted(tail[3:], self._behaviour)
        prefix, index = self._behaviour.drawn(dialled, earlier_calls)
        if prefix not in self._decks:
            self._decks[prefix] = self._behaviour.deck(prefix)
        return _of_card(self._decks[prefix][index])


def ended(cause: int, before_s: float = 0.0, rings: bool = False, early_media: bool = False) -> Fate:
    """Never answered: the carrier ends it with this Q.850 cause."""
    seen, status = SIP_OF_CAUSE.get(cause, _DECLINED)
    return Fate(before_s, False, rings, early_media, cause=seen, tech_cause=status)


def rings_out() -> Fate:
    """Rings for longer than anyone waits."""
    return ended(19, before_s=60.0, rings=True)


def switched_off() -> Fate:
    """An announcement as early media, then the end."""
    return ended(20, before_s=3.0, early_media=True)


def _of_card(card: Card) -> Fate:
    match card.kind:
        case "answer":
            return Fate(card.ring_s, talk_s=card.talk_s, keys=card.keys, delays_s=card.delays_s)
        case "no_answer":
            return rings_out()
        case "switched_off":
            return switched_off()
        case "busy":
            return ended(17, 0.5)
        case "unreachable":
            return ended(18, 2.0)
        case "rejected":
            return ended(21, card.ring_s, rings=True)
        case "invalid":
            return ended(1)
        case "congestion":
            return ended(34)
        case "short":
            return Fate(card.ring_s, talk_s=0.05)
        case "machine":
            return Fate(card.ring_s, talk_s=12.0)
    return Fate(card.ring_s, talk_s=card.talk_s)


def _scripted(code: str, behaviour: CarrierBehaviour) -> Fate:
    """See docs/carrier-simulation.md for the table."""
    particular = {
        "0019": rings_out(),
        "0020": switched_off(),
        "0021": ended(21, 2.0, rings=True),
        "3001": Fate(1.0, talk_s=0.05),
        "3002": Fate(1.0, talk_s=20.0),
        "3003": Fate(2.0, talk_s=12.0),
        "3005": Fate(1.0, talk_s=None),
        "3006": Fate(1.0, talk_s=None),
        "3004": Fate(
            1.0, talk_s=behaviour.key_first_s + 1.0, keys=("1",), delays_s=(behaviour.key_first_s,)
        ),
    }
    if code in particular:
        return particular[code]
    keys = tuple(code[1:])
    delays_s = (behaviour.key_first_s, behaviour.key_gap_s, behaviour.key_gap_s)
    match code[0]:
        case "0":
            return ended(int(code), 0.3)
        case "1":
            return Fate(float(code[1]), talk_s=float(code[2:]) or None)
        case "2":
            return Fate(1.0, talk_s=60.0, keys=keys, delays_s=delays_s)
        case "4":
            return Fate(1.0, talk_s=120.0, keys=keys, delays_s=delays_s, listens=True)
    return ended(1)
