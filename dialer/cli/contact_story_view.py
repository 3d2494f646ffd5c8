"""How ``dialer contacts show`` tells of one person."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dialer.cli import wording
from dialer.cli.console import _, add_row, out, table
from dialer.cli.contacts_view import attribute_text, person_json, phone_text, place_text
from dialer.contacts.places import Constituencies
from dialer.i18n import N_
from dialer.store.contact_story import ContactStory, GivenAnswer
from dialer.store.voices import OPT_OUT, REQUEST, RETENTION

QUEUE_STATES = {"waiting": N_("waits"), "claimed": N_("is being called"), "done": N_("done")}
"""A contact's place in a campaign, when no rule or outcome says more."""


def show_story(story: ContactStory, places: Constituencies, reveal: bool) -> None:
    """Everything that is known of one person."""
    _show_person(story, places, reveal)
    if story.lists:
        lists = table(_("List"), _("Purpose"), _("Source"), _("Consent"))
        for each in story.lists:
            add_row(lists, each.name, each.purpose, each.source, each.consent)
        out.print()
        out.print(lists)
    if story.campaigns:
        _show_campaigns(story)
    if story.calls:
        _show_calls(story)
    if story.answers:
        answers = table(_("Survey"), _("Question"), _("Answer"), _("By"), _("When"))
        for answer in story.answers:
            survey, via = f"{answer.survey} v{answer.version}", wording.source(answer.via)
            add_row(answers, survey, answer.question, _said(answer), via, wording.moment(answer.at))
        out.print()
        out.print(answers)


def _show_person(story: ContactStory, places: Constituencies, reveal: bool) -> None:
    person = story.person
    facts = table("", "")
    facts.show_header = False
    for label, value in (
        (_("Id"), person.id),
        (_("Number"), phone_text(person.phone, reveal)),
        (_("Name"), person.name),
        (_("Kind"), wording.of_person(person.kind)),
        (_("Role"), person.role),
        (_("Schemes"), ", ".join(person.schemes)),
        (_("Constituency"), place_text(person.constituency, places)),
        (_("Booth"), person.booth),
        (_("Language"), wording.of_person(person.language)),
        (_("Known since"), wording.moment(story.created_at)),
    ):
        if value:
            add_row(facts, label, value)
    for name, attribute in sorted(person.attributes.items()):
        add_row(facts, name, attribute_text(attribute, reveal), style="dim")
    if story.suppressed is not None:
        at, source = wording.moment(story.suppressed.at), wording.source(story.suppressed.source)
        since = _("since {when} ({source})").format(when=at, source=source)
        add_row(facts, _("Not called"), since, style="bold red")
    out.print(facts)


def _show_campaigns(story: ContactStory) -> None:
    headings = (_("Campaign"), _("Place in it"), _("Attempts"), _("Next, not before"), _("Refused by"))
    shown = table(*headings, numbers=(2,))
    for place in story.campaigns:
        state = wording.done_why(place.done_why) if place.done_why else _(QUEUE_STATES[place.state])
        next_at = wording.moment(place.next_at) if place.state == "waiting" and place.next_at else ""
        refusal = wording.rule(place.refusal) if place.refusal else ""
        add_row(shown, place.campaign, state, place.attempts, next_at, refusal)
    out.print()
    out.print(shown)


def _show_calls(story: ContactStory) -> None:
    headings = (_("Call"), _("Campaign"), _("Outcome"), _("Talk, s"), _("Operator"), _("Disposition"))
    shown = table(*headings, numbers=(3,))
    for call in story.calls:
        talk = "" if call.talk_s is None else f"{call.talk_s:.0f}"
        outcome = wording.outcome(call.outcome)
        at = wording.moment(call.at)
        add_row(shown, at, call.campaign, outcome, talk, call.operator, call.disposition)
    out.print()
    out.print(shown)


def story_json(story: ContactStory, reveal: bool) -> dict[str, Any]:
    """The same for machines."""
    values = asdict(story)
    values["person"] = person_json(story.person, reveal)
    return values


_ERASED = {
    RETENTION: N_("kept long enough"),
    OPT_OUT: N_("wants no more calls"),
    REQUEST: N_("asked for"),
}


def _said(answer: GivenAnswer) -> str:
    if answer.erased_at is None:
        return answer.value
    why = _(_ERASED.get(answer.erased_why or "", answer.erased_why or ""))
    return _("voice erased ({moment}, {why})").format(moment=wording.moment(answer.erased_at), why=why)
