"""Invented people of the six constituencies of Durg, the same for the same seed. Nobody real is meant."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CONSTITUENCIES = {
    62: "पाटन",
    63: "दुर्ग ग्रामीण",
    64: "दुर्ग शहर",
    65: "भिलाई नगर",
    66: "वैशाली नगर",
    67: "अहिवारा",
}
_WOMEN = "सुनीता मीना गीता अनिता रेखा सावित्री लक्ष्मी पूजा कविता सरिता उर्मिला दुर्गा ममता शांति पुष्पा राधा".split()
_MEN = "राम रमेश सुरेश दिनेश महेश संतोष राजेश मोहन गणेश विजय अजय मनोज प्रकाश हेमंत देवेंद्र लोकेश".split()
_FAMILIES = "साहू वर्मा यादव देवांगन निषाद पटेल सिन्हा ठाकुर बघेल चंद्राकर सोनी टंडन कुर्रे मानिकपुरी".split()
_SCHEMES = ("PMKISAN", "PMJAY", "PMUY", "PMAYG")
COLUMNS = ("नाम", "मोबाइल", "भाषा", "विधानसभा", "बूथ", "प्रकार", "योजनाएं")


@dataclass(frozen=True, slots=True)
class Person:
    """A row of the list, in the order of ``COLUMNS``."""

    name: str
    phone: str
    language: str
    constituency: int
    booth: int
    kind: str
    schemes: str


def invent(count: int, seed: int, *, kind: str, prefix: str) -> Iterator[Person]:
    """``count`` different people whose numbers begin with ``prefix`` (ten digits in all).

    The last four digits are never 0000 to 0999: the simulated carrier reads scripts from some of those.
    """
    dice = random.Random(f"{seed}/{kind}")
    width = 10 - len(prefix) - 4
    numbers = dice.sample(range(10**width * 9000), count)
    for number in numbers:
        head, tail = divmod(number, 9000)
        name = invented_name(dice)
        schemes = sorted(dice.sample(_SCHEMES, dice.randint(1, 2))) if kind == "beneficiary" else []
        yield Person(
            name=name,
            phone=f"{prefix}{head:0{width}d}{tail + 1000:04d}" if width else f"{prefix}{tail + 1000:04d}",
            language="en" if dice.random() < 0.05 else "hi",
            constituency=dice.choice(list(CONSTITUENCIES)),
            booth=dice.randint(1, 240),
            kind=kind,
            schemes=", ".join(schemes),
        )


def invented_name(dice: random.Random) -> str:
    """A name that many bear."""
    return f"{dice.choice(_WOMEN + _MEN)} {dice.choice(_FAMILIES)}"


def write_list(file: Path, people: Iterator[Person]) -> None:
    """A CSV as an office would have it: Hindi headers, UTF-8 with a byte-order mark, as Excel writes it."""
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for person in people:
            writer.writerow(
                (person.name, person.phone, person.language, CONSTITUENCIES[person.constituency],
                 person.booth, person.kind, person.schemes)
            )  # fmt: skip
