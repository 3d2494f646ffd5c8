"""How ``dialer warroom`` shows a card and its people: tables for the eye, mappings for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from dialer.cli.console import _, add_row, current_language, note, out, table
from dialer.contacts.numbers import masked
from dialer.warroom.awareness import Awareness
from dialer.warroom.card import Card, Election
from dialer.warroom.facts import StatedFact
from dialer.warroom.holders import Holder
from dialer.warroom.old import Old
from dialer.warroom.people import Duplicates
from dialer.web.warroom_words import WarWords


def show_card(card: Card, aware: Sequence[Awareness]) -> None:
    """The card in the terminal."""
    words = WarWords(current_language())
    out.print(f"{card.number} {words.name(card.place)}", style="bold", markup=False)
    _show_elections(card.elections, words)
    figures = table(_("Fact"), _("Value"), _("Day"), _("Source"), numbers=(1,))
    for key, held in card.facts.items():
        if key != "note":
            chosen = held.chosen
            mark = " ≠" if held.disputed else ""
            add_row(figures, words.fact(key), chosen.value + mark, words.day(chosen.valid_from),
                    words.source(chosen.source))  # fmt: skip
    out.print(figures)
    heard = table(_("Live from the call centre"), _("in all"), _("today"), numbers=(1, 2))
    total = card.heard.total("outcome"), card.heard.total("outcome", today=True)
    add_row(heard, _("Calls"), *map(words.count, total))
    for code in ("call_back", "complaint"):
        recorded = ("disposition", code)
        counts = (card.heard.ever.get(recorded, 0), card.heard.today.get(recorded, 0))
        add_row(heard, words.disposition(code), *map(words.count, counts))
    for one in aware:
        share = words.percent(100 * (one.share or 0))
        add_row(heard, _("Awareness: {scheme}").format(scheme=one.scheme), f"{share} / {one.asked}", "")
    out.print(heard)
    _show_people(card, words)


def _show_elections(elections: Sequence[Election], words: WarWords) -> None:
    sides = (_("Winner"), _("Votes"), _("Runner-up"), _("Votes"))
    shown = table(_("Election"), *sides, _("Margin"), _("Turnout"), numbers=(2, 4, 5, 6))
    for each in elections:
        pair: list[Mapping[str, Any] | None] = [*each.candidates[:2], None, None]
        names = [f"{words.name(one)} {one['party']}" if one else "–" for one in pair]
        votes = [words.count(one["votes"]) if one else "–" for one in pair]
        margin = words.count(each.number("margin"))
        add_row(shown, each.name, names[0], votes[0], names[1], votes[1], margin, words.percent(each.turnout))
    out.print(shown)


def _show_people(card: Card, words: WarWords) -> None:
    counts = ", ".join(f"{words.level(level)}: {n}" for level, n in sorted(card.people_by_level.items()))
    note(_("{booths} booths; people: {people}").format(booths=len(card.booths), people=counts or 0))
    if card.open_tasks:
        shown = table(_("No."), _("Open responsibilities"), _("Person"), _("By when"), "", numbers=(0,))
        for task in card.open_tasks:
            style = "yellow" if task.overdue else None
            confirmed = words.state(task.confirmed)
            add_row(shown, task.id, task.what, task.person, words.day(task.due_on), confirmed, style=style)
        out.print(shown)


def card_json(card: Card, aware: Sequence[Awareness]) -> dict[str, Any]:
    """For programs; telephones are masked, addresses left out."""
    return {
        "number": card.number, "name_en": card.place["name_en"], "name_hi": card.place["name_hi"],
        "on": card.on,
        "facts": {key: _held(held) for key, held in card.facts.items()},
        "elections": [
            {"name": each.name, "turnout_pct": each.turnout,
             "facts": {key: _held(held) for key, held in each.facts.items()},
             "candidates": [{key: one[key] for key in ("name_en", "name_hi", "party", "votes", "source")}
                            for one in each.candidates]}
            for each in card.elections
        ],
        "booths": len(card.booths),
        "people_by_level": {str(level): count for level, count in card.people_by_level.items()},
        "office_bearers": [holder_json(one) for one in card.office_bearers],
        "responsibilities": dict(card.responsibilities),
        "open_responsibilities": [asdict(task) for task in card.open_tasks],
        "calls": {" ".join(key): count for key, count in card.heard.ever.items()},
        "calls_today": {" ".join(key): count for key, count in card.heard.today.items()},
        "awareness": [{"scheme": one.scheme, "yes": one.yes, "asked": one.asked} for one in aware],
        "notes": [{"text": one["text"], "by": one["created_by"], "at": one["created_at"]}
                  for one in card.notes],
    }  # fmt: skip


def _held(held: Any) -> dict[str, Any]:
    return {
        "value": held.chosen.value, "valid_from": held.chosen.valid_from, "source": held.chosen.source,
        "others": [{"value": one.value, "source": one.source, "why": one.preferred_why}
                   for one in held.others],
    }  # fmt: skip


def show_holders(holders: Sequence[Holder]) -> None:
    """People with posts."""
    words = WarWords(current_language())
    if not holders:
        note(_("Nobody is selected by that."))
        return
    shown = table(_("No."), _("Name"), _("Post"), _("Place"), _("Telephone"), _("open"), numbers=(0, 5))
    for one in holders:
        mark = " " + _("(invented)") if one.invented else ""
        where = words.place(one.place_kind, one.place)
        add_row(shown, one.id, one.name + mark, one.post, where, words.masked(one.phone), one.open or "")
    out.print(shown)


def holder_json(holder: Holder) -> dict[str, Any]:
    """For programs; the telephone is masked, the address left out."""
    found = asdict(holder)
    del found["address"]
    return {**found, "phone": masked(holder.phone) if holder.phone else ""}


def show_duplicates(found: Sequence[Duplicates]) -> None:
    """Pairs that may be one person."""
    if not found:
        note(_("Nobody seems to be there twice."))
        return
    shown = table(_("By"), _("People"))
    for one in found:
        names = ", ".join(f"{row['id']} {row['name']} ({row['constituency']})" for row in one.people)
        add_row(shown, _("same telephone") if one.by == "phone" else _("name sounds the same"), names)
    out.print(shown)


def duplicates_json(found: Duplicates) -> dict[str, Any]:
    """For programs."""
    return {"by": found.by, "people": [{"id": row["id"], "name": row["name"]} for row in found.people]}


def show_stale(found: Old) -> None:
    """What wants renewing."""
    words = WarWords(current_language())
    if not found.count:
        note(_("Nothing is that old."))
        return
    shown = table(_("Constituency"), _("Fact"), _("Value"), _("Day"), _("Source"), numbers=(0,))
    for number, fact in found.facts:
        day = words.day(fact.stated_on or fact.valid_from)
        add_row(shown, number, words.fact(fact.key), fact.value, day, words.source(fact.source))
    for label, entries in ((_("Telephone, address"), found.people), (_("Post"), found.posts)):
        for one in entries.first:
            where, day = one.constituency or "", words.day(one.day)
            add_row(shown, where, label, one.name, day, words.source(one.source))
    out.print(shown)
    counts = {"people": found.people.count, "posts": found.posts.count}
    note(_("People with an older source: {people}; posts: {posts}.").format(**counts))


def stale_json(number: int, fact: StatedFact) -> dict[str, Any]:
    """For programs."""
    return {"constituency": number, **asdict(fact)}
