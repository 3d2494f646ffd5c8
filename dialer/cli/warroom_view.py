"""How ``dialer warroom`` shows what it did and what it found: tables for the eye, mappings for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from dialer.cli import wording
from dialer.cli.console import _, add_row, current_language, err, note, out, table
from dialer.i18n import N_
from dialer.warroom.facts import FACT_WORDS, Held, StatedFact, short_source
from dialer.warroom.imports import ImportRecord, Preview
from dialer.warroom.search import Hit
from dialer.warroom.sheets import KIND_WORDS
from dialer.web.warroom_differences import COUNT_WORDS, differences
from dialer.web.warroom_words import WarWords

PLACE_WORDS: Final = {
    "state": N_("State"),
    "division": N_("Division"),
    "district": N_("District"),
    "constituency": N_("Constituency"),
    "mandal": N_("Mandal"),
    "shakti_kendra": N_("Shakti kendra"),
    "booth": N_("Booth"),
    "person": N_("Person"),
}
_SHOWN: Final = 10


def show_columns(preview: Preview) -> None:
    """How the file was understood, on standard error, before anything is stored."""
    columns = preview.columns
    err.print(f"{preview.file.name}: {preview.format}", markup=False, style="dim")
    shown = table(_("Column"), _("is taken as"))
    for field, column in columns.fields.items():
        add_row(shown, columns.headings[column], field)
    for field, column in columns.sources.items():
        add_row(shown, columns.headings[column], _("source of {field}").format(field=field), style="dim")
    for name in columns.dropped:
        add_row(shown, name, _("not kept"), style="dim")
    err.print(shown)


def show_differences(preview: Preview, number: int | None) -> None:
    """What the file does or would do."""
    counts = table("", "", numbers=(1,))
    counts.show_header = False
    for name, count in preview.found.counts().items():
        add_row(
            counts,
            _(COUNT_WORDS[name]),
            wording.count(count),
            style="yellow" if count and name == "conflicts" else "",
        )
    out.print(counts)
    _show_faults(preview)
    _show_changes(preview)
    _show_conflicts(preview)
    if number is None:
        note(_("Only compared; nothing was stored."))
    else:
        note(
            _("Stored as import {number}; `dialer warroom undo {number}` takes it back.").format(
                number=number
            )
        )


def _show_faults(preview: Preview) -> None:
    if not preview.faults:
        return
    shown = table(_("Line"), _("Column"), _("Value"), _("What is wrong"), numbers=(0,))
    for fault in preview.faults[:_SHOWN]:
        add_row(shown, fault.line, fault.column, fault.value, fault.reason)
    out.print(shown)
    more = len(preview.faults) - _SHOWN
    if more > 0:
        note(_("and {count} more").format(count=more))


def _show_changes(preview: Preview) -> None:
    found = preview.found
    if found.changed:
        shown = table(_("Line"), _("What"), _("was"), _("becomes"), numbers=(0,))
        for change in found.changed[:_SHOWN]:
            for name in change.after:
                if name != "source":
                    label = f"{change.label}: {name}"
                    add_row(shown, change.line, label, change.before.get(name), change.after[name])
        out.print(shown)
    lists = differences(found, WarWords(current_language()))
    for kind in ("revived", "moved", "merged"):
        for line, what, says in lists[kind][:_SHOWN]:
            note(f"{_(COUNT_WORDS[kind])}: {line}: {what} {says}")
        if len(lists[kind]) > _SHOWN:
            note(_("and {count} more").format(count=len(lists[kind]) - _SHOWN))
    if found.gone:
        names = ", ".join(each.label for each in found.gone[:_SHOWN])
        note(_("Known, but not in the file: {names}").format(names=names))


def _show_conflicts(preview: Preview) -> None:
    if not preview.found.conflicts:
        return
    shown = table(_("Fact"), _("Day"), _("The file says"), _("Known"), _("Known from"), _("Preferred"))
    for each in preview.found.conflicts[:_SHOWN]:
        chosen = each.value if each.preferred else each.known_value
        label = f"{each.subject} {_(FACT_WORDS.get(each.key, each.key))}"
        known = (each.known_value, short_source(each.known_source))
        add_row(shown, label, each.valid_from, each.value, *known, chosen)
    out.print(shown)


def preview_json(preview: Preview, number: int | None) -> dict[str, Any]:
    """For programs. ``import``: the number under which it was stored, None after a dry run."""
    found, columns = preview.found, preview.columns
    return {
        "file": preview.file.name,
        "kind": found.kind.value,
        "format": preview.format,
        "rows": preview.rows,
        "columns": {field: columns.headings[column] for field, column in columns.fields.items()},
        **found.counts(),
        "faults": [asdict(fault) for fault in preview.faults],
        "changes": [
            {"what": each.label, "before": dict(each.before), "after": dict(each.after), "line": each.line}
            for each in [*found.changed, *found.revived][:1000]
        ],
        "moved_posts": [asdict(each) for each in found.moved[:1000]],
        "merged_before": [asdict(each) for each in found.merged[:1000]],
        "gone_names": [each.label for each in found.gone[:1000]],
        "disagreements": [asdict(each) for each in found.conflicts],
        "import": number,
    }


def show_imports(records: Sequence[ImportRecord]) -> None:
    """The last imports."""
    if not records:
        note(_("Nothing was imported yet; begin with `dialer warroom begin`."))
        return
    shown = table(
        _("No."),
        _("Kind"),
        _("File"),
        _("When"),
        _("By"),
        _("added"),
        _("changed"),
        _("Taken back"),
        numbers=(0, 5, 6),
    )
    for each in records:
        undone = wording.moment(each.undone_at) if each.undone_at else ""
        add_row(
            shown, each.id, _(KIND_WORDS[each.kind]), each.file_name, wording.moment(each.imported_at),
            each.imported_by, each.counts.get("added", 0), each.counts.get("changed", 0), undone,
            style="dim" if undone else None,
        )  # fmt: skip
    out.print(shown)


def import_json(record: ImportRecord) -> dict[str, Any]:
    """For programs."""
    return {**asdict(record), "kind": record.kind.value}


def show_hits(hits: Sequence[Hit]) -> None:
    """What a search found."""
    if not hits:
        note(_("Nothing sounds like that."))
        return
    shown = table(_("Kind"), _("No."), _("Name"), _("also"), _("Constituency"), numbers=(1, 4))
    for hit in hits:
        number = hit.number or hit.id
        add_row(shown, _(PLACE_WORDS[hit.kind]), number, *_names(hit), hit.where)
    out.print(shown)


def _names(hit: Hit) -> tuple[str, str]:
    mark = " " + _("(invented)") if hit.invented else ""
    first, second = hit.names
    if current_language() == "en" and hit.kind != "person" and second:
        first, second = second, first
    return first + mark, second


def hit_json(hit: Hit) -> dict[str, Any]:
    """For programs."""
    return {
        "kind": hit.kind, "id": hit.id, "number": hit.number, "constituency": hit.where, "name": hit.names[0],
        "other_name": hit.names[1], "invented": hit.invented,
    }  # fmt: skip


def show_facts(held: Sequence[Held]) -> None:
    """Facts, each with its source; what other sources state stands below it."""
    shown = table(_("No."), _("About"), _("Fact"), _("Value"), _("Day"), _("Source"), numbers=(0,))
    for one in held:
        _add_fact(shown, one.chosen, "bold" if one.disputed else None)
        for other in one.others:
            _add_fact(shown, other, "dim")
    out.print(shown)


def _add_fact(shown: Any, fact: StatedFact, style: str | None) -> None:
    mark = "" if fact.preferred else "  ≠ "
    why = f" ({_(fact.preferred_why)})" if fact.preferred_why else ""
    label = mark + _(FACT_WORDS.get(fact.key, fact.key))
    source = short_source(fact.source) + why
    add_row(shown, fact.id, fact.subject, label, fact.value[:60], fact.valid_from, source, style=style)


def fact_json(held: Held) -> dict[str, Any]:
    """For programs: the preferred statement and the others."""
    return {
        "subject": held.chosen.subject,
        "key": held.chosen.key,
        "disputed": held.disputed,
        "preferred": asdict(held.chosen),
        "others": [asdict(other) for other in held.others],
    }
