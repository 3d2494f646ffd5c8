"""What simulated citizens do: drawn by a seeded deck of cards, so that a run can be repeated and foretold."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from dialer.errors import InputError

CARDS = 4096
"""Cards per deck: 16 contexts of 256, found by three hex digits of a hash; shares are exact to 1/4096."""

KINDS = (
    "answer", "busy", "no_answer", "switched_off", "unreachable", "rejected", "invalid", "congestion",
    "short", "silent", "machine",
)  # fmt: skip
"""Each is an extension of the context ``citizen`` in ``carrier_sim/extensions.conf``."""


def _usual_shares() -> dict[str, float]:
    return {
        "answer": 0.36, "no_answer": 0.22, "switched_off": 0.12, "busy": 0.09, "unreachable": 0.08,
        "rejected": 0.06, "invalid": 0.02, "congestion": 0.01, "short": 0.02, "silent": 0.01, "machine": 0.01,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spread:
    """A log-normal spread of seconds: its median, its width, and the bounds it is clipped to."""

    median: float
    sigma: float
    low: float
    high: float

    def draw(self, dice: random.Random) -> float:
        """One value, to a hundredth of a second."""
        value = self.median * math.exp(self.sigma * dice.gauss(0.0, 1.0))
        return round(min(max(value, self.low), self.high), 2)


@dataclass(frozen=True, slots=True)
class Profile:
    """How one group of citizens behaves.

    ``shares``: probability of each kind; they are scaled to sum to 1. ``keys``: the keys that are pressed at
    random, ``key_count`` of them; ``hangs_up_midway``: share of those who hang up in the middle of the keys.
    """

    shares: Mapping[str, float] = field(default_factory=_usual_shares)
    ring_s: Spread = Spread(7.0, 0.5, 1.0, 28.0)
    talk_s: Spread = Spread(40.0, 0.6, 3.0, 600.0)
    keys: str = "123"
    key_count: int = 0
    key_first_s: Spread = Spread(3.0, 0.3, 1.0, 15.0)
    key_gap_s: Spread = Spread(3.0, 0.3, 0.5, 15.0)
    hangs_up_midway: float = 0.0

    def __post_init__(self) -> None:
        if unknown := set(self.shares) - set(KINDS):
            raise InputError(f"shares: {sorted(unknown)} are no behaviours; there are {', '.join(KINDS)}")
        if any(share < 0 for share in self.shares.values()) or sum(self.shares.values()) <= 0:
            raise InputError("shares: each must be 0 or more, and not all 0")
        if not set(self.keys) <= set("0123456789*#"):
            raise InputError(f"keys: {self.keys!r} holds more than 0-9, * and #")


@dataclass(frozen=True, slots=True)
class Card:
    """What one call meets. ``keys`` are pressed after the delays (seconds) before each."""

    kind: str
    ring_s: float
    talk_s: float
    keys: tuple[str, ...] = ()
    delays_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class CarrierBehaviour:
    """The simulated network.

    ``profiles``: beginning of the dialled number to profile; the longest match wins. ``key_first_s`` and
    ``key_gap_s``: the delays of numbers that name their keys. ``phone_ring_s``: how long an operator's phone
    rings before it answers. ``phone_audio``: whether it sends a tone. ``rtp_ports``: first and last.
    """

    seed: int = 1
    default: Profile = Profile()
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    key_first_s: float = 3.0
    key_gap_s: float = 3.0
    phone_ring_s: float = 0.0
    phone_audio: bool = True
    rtp_ports: tuple[int, int] = (34000, 35999)

    def __post_init__(self) -> None:
        for prefix in self.profiles:
            if not prefix.lstrip("+").isdigit():
                raise InputError(f"profiles: {prefix!r} is no beginning of a number")

    def deck(self, prefix: str = "") -> list[Card]:
        """The cards of one profile ("" is the default one)."""
        return list(_cards(self.profiles[prefix] if prefix else self.default, f"{self.seed}/{prefix}"))

    def expected(self, dialled: str, earlier_calls: int = 0) -> Card:
        """The card that the next call to ``dialled`` draws; scripted numbers (000....) draw none."""
        prefix, index = self.drawn(dialled, earlier_calls)
        return self.deck(prefix)[index]

    def drawn(self, dialled: str, earlier_calls: int = 0) -> tuple[str, int]:
        """From which profile's deck ("" is the default one) which card: for whoever keeps the decks."""
        matching = [prefix for prefix in self.profiles if dialled.startswith(prefix)]
        digest = hashlib.md5(
            f"{self.seed}-{dialled}-{earlier_calls}".encode(), usedforsecurity=False
        ).hexdigest()
        return max(matching, key=len, default=""), int(digest[:3], 16)


def _cards(profile: Profile, seed: str) -> Iterator[Card]:
    dice = random.Random(seed)
    for kind in _dealt(profile.shares, dice):
        ring, talk = profile.ring_s.draw(dice), profile.talk_s.draw(dice)
        if kind != "answer" or not profile.key_count:
            yield Card(kind, ring, talk)
            continue
        keys = tuple(dice.choice(profile.keys) for _ in range(profile.key_count))
        gaps = [profile.key_gap_s.draw(dice) for _ in keys[1:]]
        delays = (profile.key_first_s.draw(dice), *gaps)
        if dice.random() < profile.hangs_up_midway:
            talk = round(sum(delays) * dice.random(), 2) + 0.5
        else:
            talk = max(talk, round(sum(delays), 2) + 5.0)
        yield Card(kind, ring, talk, keys, delays)


def _dealt(shares: Mapping[str, float], dice: random.Random) -> list[str]:
    """``CARDS`` kinds in the given shares, exact but for rounding, shuffled."""
    total = sum(shares.values())
    kinds: list[str] = []
    reached = 0.0
    for kind, share in sorted(shares.items()):
        reached += share
        kinds += [kind] * (round(CARDS * reached / total) - len(kinds))
    dice.shuffle(kinds)
    return kinds


def deck_lines(name: str, cards: Sequence[Card]) -> str:
    """A deck as dialplan: context ``deck-NAME-H``, extension ``HH``, by three hex digits."""
    lines: list[str] = []
    for index, card in enumerate(cards):
        if index % 256 == 0:
            lines.append(f"[deck-{name}-{index // 256:x}]")
        values = f"Set(RING={card.ring_s})", f"Set(TALK={card.talk_s})"
        keys = f"Set(KEYS={'-'.join(card.keys)})", f"Set(DELAYS={'-'.join(map(str, card.delays_s))})"
        steps = (*values, *(keys if card.keys else ()), f"Goto(citizen,{card.kind},1)")
        lines.append(f"exten => {index % 256:02x},1,{steps[0]}")
        lines += [f" same => n,{step}" for step in steps[1:]]
    return "\n".join(lines) + "\n"


def load_behaviour(file: Path) -> CarrierBehaviour:
    """Read a YAML file with the fields of ``CarrierBehaviour``; ``InputError`` names file and field."""
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        profiles = {str(prefix): _profile(entry) for prefix, entry in raw.pop("profiles", {}).items()}
        default = _profile(raw.pop("default", {}))
        if "rtp_ports" in raw:
            raw["rtp_ports"] = tuple(raw["rtp_ports"])
        return CarrierBehaviour(default=default, profiles=profiles, **raw)
    except (OSError, yaml.YAMLError, TypeError, AttributeError, ValueError, InputError) as fault:
        raise InputError(f"{file}: {fault}") from fault


def _profile(raw: dict[str, Any]) -> Profile:
    spreads = {entry.name for entry in fields(Profile) if entry.type == "Spread"}
    read: dict[str, Any] = {key: Spread(**value) if key in spreads else value for key, value in raw.items()}
    return Profile(**read)
