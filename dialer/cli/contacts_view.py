"""How ``dialer contacts`` shows people: tables for the eye, mappings for JSON. Numbers are masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from dialer.cli import wording
from dialer.cli.console import _, add_row, current_language, err, ngettext, note, out, table
from dialer.contacts.headings import Field
from dialer.contacts.importing import Checked
from dialer.contacts.numbers import masked, masked_in
from dialer.contacts.places import Constituencies
from dialer.core.people import KnownPerson
from dialer.i18n import N_
from dialer.store.contacts import ContactSeen
from dialer.store.lists import ListRecord, ListTerms, Receipt

FIELD_NAMES = {
    Field.PHONE: N_("telephone number"),
    Field.NAME: N_("name"),
    Field.LANGUAGE: N_("language"),
    Field.CONSTITUENCY: N_("constituency"),
    Field.BOOTH: N_("booth"),
    Field.KIND: N_("kind"),
    Field.ROLE: N_("role"),
    Field.SCHEMES: N_("schemes"),
}


# --- import ---------------------------------------------------------------------------------------


def show_mapping(checked: Checked) -> None:
    """How the file was understood, on standard error, before anything is stored."""
    mapped = checked.mapped
    err.print(f"{checked.file.name}: {checked.format}", markup=False, style="dim")
    columns = table(_("Column"), _("is taken as"))
    for field in Field:
        if field in mapped.fields:
            add_row(columns, mapped.heading(field), f"{_(FIELD_NAMES[field])} ({field.value})")
    for name in mapped.attributes.values():
        add_row(columns, name, _("kept beside"), style="dim")
    for name in mapped.dropped:
        add_row(columns, name, _("not kept"), style="dim")
    err.print(columns)
    err.print()


def show_import(terms: ListTerms, checked: Checked, receipt: Receipt | None) -> None:
    """What became of the file."""
    counts = table("", "", numbers=(1,))
    counts.show_header = False
    for label, count, style in _counts(checked, receipt):
        add_row(counts, label, wording.count(count), style=style if count else "")
    out.print(counts)
    _show_reasons(checked)
    if checked.report.path is not None:
        note(_("Rows that were not taken as they stood: {file}").format(file=checked.report.path))
    if receipt is None:
        note(_("Only checked; nothing was stored."))
        return
    if receipt.imported_before is not None:
        text = _("This very file was imported on {when} already; what is there was kept.")
        note(text.format(when=wording.moment(receipt.imported_before)))
    text = _("Purpose of the list: {purpose}; source: {source}; consent: {consent}")
    note(text.format(purpose=terms.purpose, source=terms.source, consent=terms.consent))


def _counts(checked: Checked, receipt: Receipt | None) -> list[tuple[str, int, str]]:
    rows = [
        (_("Rows read"), checked.rows, ""),
        (_("Rows rejected"), checked.rejected, "bold red"),
        (_("Rows with a number of an earlier row"), checked.duplicates, "yellow"),
        (_("Rows with several numbers (the first is called)"), checked.several, ""),
        (_("People"), len(checked.people), ""),
    ]
    if receipt is not None:
        rows += [
            (_("  new"), receipt.new, "bold green"),
            (_("  known already"), receipt.known, ""),
            (_("  known, with blanks filled"), receipt.filled, ""),
            (_("  put on the list now"), receipt.joined, "bold green"),
            (_("  on the suppression list, not called"), receipt.suppressed, "yellow"),
            (_("Values that differ from what is known"), len(receipt.conflicts), "yellow"),
        ]
    return rows


def _show_reasons(checked: Checked) -> None:
    if not checked.reasons:
        return
    reasons = table(_("Rows"), _("Column"), _("What is wrong"), title=_("Rejected"), numbers=(0,))
    for (column, reason), count in checked.reasons.most_common(10):
        add_row(reasons, wording.count(count), column, reason)
    out.print()
    out.print(reasons)
    lines = ", ".join(dict.fromkeys(str(fault.line) for fault in checked.first_faults))
    note(ngettext("Line: {lines}", "First lines: {lines}", checked.rejected).format(lines=lines))


def import_json(terms: ListTerms, checked: Checked, receipt: Receipt | None) -> dict[str, Any]:
    """The same for machines."""
    return {
        "file": str(checked.file),
        "format": checked.format,
        "list": asdict(terms),
        "columns": {field.value: checked.mapped.heading(field) for field in checked.mapped.fields},
        "attributes": list(checked.mapped.attributes.values()),
        "dropped": list(checked.mapped.dropped),
        "rows": checked.rows,
        "rejected": checked.rejected,
        "duplicates": checked.duplicates,
        "several_numbers": checked.several,
        "people": len(checked.people),
        "reasons": [
            {"column": column, "reason": reason, "rows": count}
            for (column, reason), count in checked.reasons.most_common()
        ],
        "report": str(checked.report.path) if checked.report.path else None,
        "stored": receipt is not None,
        **({} if receipt is None else _receipt_json(receipt)),
    }


def _receipt_json(receipt: Receipt) -> dict[str, Any]:
    return {
        "new": receipt.new,
        "known": receipt.known,
        "filled": receipt.filled,
        "joined": receipt.joined,
        "suppressed": receipt.suppressed,
        "conflicts": len(receipt.conflicts),
        "imported_before_at": receipt.imported_before,
    }


# --- lists and pages --------------------------------------------------------------------------------


def show_lists(records: Sequence[ListRecord]) -> None:
    """All lists."""
    if not records:
        note(_("There is no list yet; make one with `dialer contacts import`."))
        return
    headings = (_("List"), _("People"), _("Purpose"), _("Source"), _("Consent"), _("Last import"))
    shown = table(*headings, numbers=(1,))
    for record in records:
        terms, people = record.terms, wording.count(record.contacts)
        imported = wording.moment(record.imported_at)
        add_row(shown, terms.name, people, terms.purpose, terms.source, terms.consent, imported)
    out.print(shown)


def list_json(record: ListRecord) -> dict[str, Any]:
    """A list for machines."""
    return {
        **asdict(record.terms),
        "contacts": record.contacts,
        "created_at": record.created_at,
        "created_by": record.created_by,
        "imported_at": record.imported_at,
    }


def show_page(
    page: Sequence[ContactSeen], total: int, limit: int, places: Constituencies, reveal: bool
) -> None:
    """One page of contacts and how to see the next."""
    if not page:
        note(_("No contacts here.") if total else _("No contact is like that."))
        return
    headings = (_("Id"), _("Number"), _("Name"), _("Constituency"), _("Booth"), _("Kind"), _("Language"), "")
    shown = table(*headings, numbers=(0,))
    for seen in page:
        person = seen.person
        add_row(
            shown,
            person.id,
            phone_text(person.phone, reveal),
            person.name,
            place_text(person.constituency, places),
            person.booth,
            wording.of_person(person.kind),
            wording.of_person(person.language),
            _("not called") if seen.suppressed else "",
            style="dim" if seen.suppressed else None,
        )
    out.print(shown)
    text = _("{shown} of {total}").format(shown=wording.count(len(page)), total=wording.count(total))
    if len(page) == limit:
        text += "; " + _("more: {option}").format(option=f"--after {page[-1].person.id}")
    note(text)


def contact_json(seen: ContactSeen, reveal: bool) -> dict[str, Any]:
    """A contact for machines."""
    return {
        **person_json(seen.person, reveal),
        "created_at": seen.created_at,
        "suppressed": seen.suppressed,
    }


def person_json(person: KnownPerson, reveal: bool) -> dict[str, Any]:
    """Who it is."""
    values = asdict(person)
    values["phone"] = phone_text(person.phone, reveal)
    values["attributes"] = {name: attribute_text(value, reveal) for name, value in person.attributes.items()}
    return values


def phone_text(phone: str, reveal: bool) -> str:
    """A number, masked unless it was asked for."""
    return phone if reveal else masked(phone)


def attribute_text(value: Any, reveal: bool) -> str:
    """An attribute in one line; numbers in it are masked like all others."""
    text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return text if reveal else masked_in(text)


def place_text(number: int | None, places: Constituencies) -> str:
    """``62 पाटन``."""
    return "" if number is None else f"{number} {places.name(number, current_language())}".rstrip()
