"""How ``dialer warroom`` shows one person and changes: tables for the eye, mappings for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from dialer.cli.console import _, add_row, current_language, note, out, table
from dialer.contacts.numbers import masked
from dialer.warroom.people import PersonStory
from dialer.web.warroom_words import WarWords


def show_person(story: PersonStory) -> None:
    """Posts, responsibilities and changes; the telephone is masked."""
    words = WarWords(current_language())
    row = story.row
    gone = f" ({_('Retired')} {words.moment(row['retired_at'])})" if row["retired_at"] else ""
    out.print(f"{row['id']} {row['name']}{gone}", style="bold", markup=False)
    note(f"{words.masked(row['phone'])} {row['languages']} {words.source(story.source)}".strip())
    posts = table(_("No."), _("Post"), _("Place"), _("From"), _("Until"), numbers=(0,))
    for post in story.posts:
        where = words.place(post["kind"], post["number"] if post["kind"] == "booth" else words.name(post))
        add_row(posts, post["id"], post["title"], where, words.day(post["from_on"]), words.day(post["to_on"]))
    out.print(posts)
    duties = table(_("No."), _("Responsibility"), _("State of it"), "", _("By when"), numbers=(0,))
    for task in story.tasks:
        states = words.state(task.state), words.state(task.confirmed)
        add_row(duties, task.id, task.what, *states, words.day(task.due_on))
    out.print(duties)
    show_changes(story.changes)


def show_changes(changes: Sequence[Mapping[str, Any]]) -> None:
    """Who changed what when."""
    words = WarWords(current_language())
    shown = table(_("No."), _("When"), _("By"), _("What"), _("Differences"), _("Why"), numbers=(0,))
    for each in changes:
        told = "; ".join(f"{field}: {before} → {after}" for field, before, after in words.change(each))
        moment = words.moment(each["at"])
        add_row(shown, each["id"], moment, each["actor"], words.entity(each["entity"]), told, _why(each))
    out.print(shown)


def _why(change: Mapping[str, Any]) -> str:
    return _(change["why"]) if change["why"] else ""


def person_json(story: PersonStory) -> dict[str, Any]:
    """For programs; the telephone is masked, the address left out."""
    row = story.row
    return {
        "id": row["id"], "name": row["name"], "other_name": row["other_name"],
        "phone": masked(row["phone"]) if row["phone"] else "", "languages": row["languages"],
        "constituency": row["constituency"], "retired_at": row["retired_at"], "source": story.source,
        "posts": [{key: post[key] for key in ("id", "title", "kind", "number", "from_on", "to_on")}
                  for post in story.posts],
        "responsibilities": [asdict(task) for task in story.tasks],
        "changes": [change_json(each) for each in story.changes],
    }  # fmt: skip


def change_json(change: Mapping[str, Any]) -> dict[str, Any]:
    """For programs; telephones masked, addresses left out."""
    words = WarWords("en")
    return {
        "id": change["id"], "at": change["at"], "by": change["actor"], "entity": change["entity"],
        "entity_id": change["entity_id"], "why": change["why"],
        "fields": [{"field": field, "before": before, "after": after}
                   for field, before, after in words.change(change)],
    }  # fmt: skip
