"""Invented mandals, booths, workers and responsibilities for the six constituencies of Durg: nobody real."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from dialer.demo.people import CONSTITUENCIES, invented_name

BOOTH_COLUMNS: Final = ("ac no", "booth", "booth name", "mandal", "electors male", "electors female")
PEOPLE_COLUMNS: Final = ("name", "phone", "post", "ac no", "mandal", "booth", "address", "from")
DUTY_COLUMNS: Final = ("phone", "name", "responsibility", "ac no", "booth", "given by", "due")
PLACE_COLUMNS: Final = ("kind", "ac no", "name hi")
_MANDALS: Final = ("पूर्व मंडल", "पश्चिम मंडल", "ग्रामीण मंडल")
_BUILDINGS: Final = ("प्राथमिक शाला", "माध्यमिक शाला", "पंचायत भवन", "सामुदायिक भवन", "आँगनबाड़ी केंद्र")
_DUTIES: Final = ("मतदाता पर्ची बाँटना", "योजना का शिविर लगाना", "बूथ समिति की बैठक", "नए मतदाताओं के नाम जुड़वाना")
_POSTS: Final = ("बूथ अध्यक्ष", "बूथ सचिव", "पन्ना प्रमुख", "कार्यकर्ता")

Row = Sequence[object]


@dataclass(slots=True)
class InventedRoom:
    """Rows for the imports, in the order of the columns above."""

    mandals: list[Row] = field(default_factory=list)
    booths: list[Row] = field(default_factory=list)
    people: list[Row] = field(default_factory=list)
    duties: list[Row] = field(default_factory=list)


def invent_room(dice: random.Random, *, booths: int, workers: int, prefix: str = "9700") -> InventedRoom:
    """``booths`` and ``workers`` of each constituency; numbers begin with ``prefix``, each once."""
    room = InventedRoom()
    for number in CONSTITUENCIES:
        room.mandals += [("mandal", number, name) for name in _MANDALS]
        for booth in range(1, booths + 1):
            men = dice.randint(300, 560)
            women = men + dice.randint(-30, 30)
            name = f"{dice.choice(_BUILDINGS)} {booth}"
            room.booths.append((number, booth, name, _MANDALS[booth % 3], men, women))
        for mandal in _MANDALS:
            for post in ("मंडल अध्यक्ष", "मंडल महामंत्री"):
                _add_person(room, dice, prefix, (post, number, mandal, ""))
        for worker in range(workers):
            post = _POSTS[min(worker // booths, len(_POSTS) - 1)]
            _add_person(room, dice, prefix, (post, number, "", worker % booths + 1))
    return room


def _add_person(
    room: InventedRoom, dice: random.Random, prefix: str, post: tuple[str, int, str, int | str]
) -> None:
    title, number, mandal, booth = post
    name = invented_name(dice)
    # The last four digits are never 0000 to 0999: the simulated carrier reads scripts from some of those.
    serial, last = divmod(len(room.people), 9000)
    phone = f"{prefix}{serial:0{6 - len(prefix)}d}{1000 + last}"
    address = f"वार्ड {dice.randint(1, 60)}"
    room.people.append((name, phone, title, number, mandal, booth, address, "2026-04-01"))
    if len(room.people) % 7 == 0:
        what = dice.choice(_DUTIES)
        due = f"2026-{dice.randint(9, 12):02d}-{dice.randint(1, 28):02d}"
        room.duties.append((phone, name, what, number, booth, "जिला अध्यक्ष", due))
