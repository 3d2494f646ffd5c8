"""What a file would do to the war room, line by line: for the page's lists and as a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Final

from dialer.i18n import N_
from dialer.warroom.comparing import Change, Comparison
from dialer.warroom.statements import Statement
from dialer.web.warroom_words import WarWords

SHOWN: Final = 50
"""So many lines of a kind stand on the page; the spreadsheet has all of them."""
COUNT_WORDS: Final[Mapping[str, str]] = {
    "added": N_("added"),
    "changed": N_("changed"),
    "revived": N_("retired, and there again"),
    "moved": N_("moved"),
    "merged": N_("taken into another entry before"),
    "same": N_("unchanged"),
    "gone": N_("not in the file any more"),
    "conflicts": N_("sources disagree"),
}

Line = tuple[int, str, str]
"""Where it stands in the file (0: nowhere), what it is about, what would happen."""


def differences(found: Comparison, words: WarWords) -> Mapping[str, list[Line]]:
    """By kind, in the order in which they are shown; telephones masked."""
    return {
        "added": [(each.line, _called(each), _stated(each, words)) for each in found.added],
        "changed": [_changed(each, words) for each in found.changed],
        "revived": [_changed(each, words) for each in found.revived],
        "moved": [(each.line, each.label, f"{each.come_from} → {each.to}") for each in found.moved],
        "merged": [(each.line, each.label, f"→ {each.keeper}") for each in found.merged],
        "gone": [(0, each.label, "") for each in found.gone],
        "conflicts": [
            (each.line, f"{each.subject} {words.fact(each.key)}",
             f"{each.value} ({each.source}) ≠ {each.known_value} ({each.known_source})")
            for each in found.conflicts
        ],
    }  # fmt: skip


def as_csv(found: Comparison, words: WarWords) -> str:
    """All of it, a line each, with headings."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([words.text(each) for each in (N_("Kind"), N_("Line"), N_("What"), N_("Differences"))])
    for kind, lines in differences(found, words).items():
        name = words.text(COUNT_WORDS[kind])
        writer.writerows([name, line or "", harmless(what), harmless(says)] for line, what, says in lines)
    return text.getvalue()


def harmless(cell: object, *, is_phone: bool = False) -> str:
    """A cell that no spreadsheet takes for a formula; a telephone may begin with its plus."""
    text = "" if cell is None else str(cell)
    dangerous = "=@-\t\r" if is_phone else "=+@-\t\r"
    return f"'{text}" if text[:1] in dangerous and text else text


def _called(each: Statement) -> str:
    columns = each.columns
    named = (columns.get(key) for key in ("name", "name_hi", "name_en", "title", "what", "subject"))
    return next((str(name) for name in named if name), each.identity)


_SAID: Final = ("phone", "title", "what", "key", "value", "valid_from", "number", "votes", "due_on")


def _stated(each: Statement, words: WarWords) -> str:
    at = each.refers.get("place_id") or each.refers.get("parent_id") or ""
    told = [words.shown(name, each.columns[name]) for name in _SAID if each.columns.get(name)]
    return ", ".join(part for part in (at, *told) if part)


def _changed(each: Change, words: WarWords) -> Line:
    row = {"before": each.before, "after": each.after}
    told = [f"{field}: {before} → {after}" for field, before, after in words.change(row)]
    return each.line, each.label, "; ".join(told)
