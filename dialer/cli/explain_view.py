"""How ``dialer campaign explain`` tells of a person and of a campaign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from rich.text import Text

from dialer.campaigns.explaining import (
    Block,
    Blocker,
    CampaignExplained,
    ContactExplained,
    InCampaign,
)
from dialer.cli import wording
from dialer.cli.campaign_view import abandonment_text, outcomes_text, quoted, rung_json, rung_rows
from dialer.cli.campaign_view import campaign_json as record_json
from dialer.cli.console import _, add_row, note, out, table
from dialer.cli.contact_story_view import QUEUE_STATES
from dialer.cli.contacts_view import person_json, phone_text
from dialer.cli.quotas import quota_rows, quotas_json
from dialer.cli.sentences import in_words
from dialer.cli.wallboard.view import BAD, CARE, GOOD
from dialer.core.model import Allowed, CampaignKind, CampaignState, RefusalReason
from dialer.i18n import N_
from dialer.store.explaining import AttemptStory, StoryEvent

EVENTS: Final[Mapping[str, str]] = {
    "claimed": N_("taken from the queue"),
    "asked_for": N_("an operator looked up the number"),
    "dialled": N_("Asterisk was told to place the call"),
    "ringing": N_("the phone rings"),
    "taken_back": N_("rang {seconds} s and was taken back: no operator would have been there"),
    "answered": N_("answered"),
    "joined": N_("joined to an operator"),
    "held": N_("waits on hold"),
    "parted": N_("the talk is over"),
    "callback_agreed": N_("asks to be called again"),
    "callback_cancelled": N_("the callback was cancelled"),
    "abandoned_message": N_("nobody was free: hears who called"),
    "survey_started": N_("hears the survey"),
    "operator_wanted": N_("asks for an operator"),
    "called_us": N_("called us"),
    "survey_ended": N_("the survey is over"),
    "ended": N_("the call is over"),
}
DETAILS: Final[Mapping[str, str]] = {
    "complete": N_("all questions answered"),
    "incomplete": N_("not all questions answered"),
    "open_questions": N_("came to the end with questions left open"),
    "hung_up": N_("hung up"),
    "silent": N_("pressed no key any more"),
    "gave_up": N_("pressed no valid key"),
    "too_long": N_("the time for the survey was over"),
    "no_operator": N_("wanted an operator, none was free"),
    "opted_out": N_("wants no more calls"),
}
_SENTENCES: Final[Mapping[Block, str]] = {
    Block.DRAFT: N_("It was never started: `dialer campaign start {name}`."),
    Block.PAUSED: N_("It is paused: `dialer campaign resume {name}`."),
    Block.STOPPING: N_("It is stopping and dials nobody any more."),
    Block.FINISHED: N_("It is finished; a new one begins with `dialer campaign create`."),
    Block.DAEMON_AWAY: N_("The daemon is away: start it with `dialer serve`."),
    Block.DRAINING: N_("The daemon is shutting down and places no new calls."),
    Block.ASTERISK: N_("Asterisk: {why}; see `dialer asterisk status`."),
    Block.STORE: N_("The database cannot be written: {why}."),
    Block.RULE: N_("No calls now: {detail}."),
    Block.TRUNK_UNKNOWN: N_("The daemon knows no trunk {trunk}; correct config.yaml and restart it."),
    Block.TRUNK_FAULT: N_("Trunk {trunk} {why}; see `dialer asterisk status`."),
    Block.NOBODY_WAITS: N_("Nobody waits: {done} are done, {claimed} are being called."),
    Block.ALL_LATER: N_("All {waiting} who wait may be called later only, the first {next_at}."),
    Block.NO_OPERATORS: N_("No operator takes its calls: let one sign in and go ready for this campaign."),
    Block.ALL_BUSY: N_("All {operators} operators are busy; calls follow when one is free."),
    Block.QUOTAS_FULL: N_(
        "Not called, because a group of theirs has enough interviews: {people}; "
        "`dialer campaign set {name} --quota ...` raises its quota."
    ),
    Block.BY_HAND: N_("Nothing is in the way; its operators choose whom to call by the number."),
    Block.NOTHING: N_("Nothing is in the way; it dials as pacing allows."),
}


# --- a person --------------------------------------------------------------------------------------------


def show_contact(told: ContactExplained, now: float, reveal: bool) -> None:
    """Why this person was or was not called."""
    person = told.story.person
    title = Text.assemble((person.name or _("(no name)"), "bold"), f"  {phone_text(person.phone, reveal)}")
    title.append(f"  {_('contact {id}').format(id=person.id)}", "dim")
    out.print(title)
    if told.story.suppressed is not None:
        since, source = told.story.suppressed.at, wording.source(told.story.suppressed.source)
        text = _("On the suppression list since {when} ({source}): called by no campaign.")
        out.print(Text(text.format(when=wording.moment(since, now), source=source), BAD))
    for each in told.story.lists:
        text = _("On list {name}: for {purpose}, from {source}, consent: {consent}")
        out.print(Text(text.format(**asdict(each)), "dim"))
    if not told.campaigns:
        out.print(_("In no campaign."))
    for campaign in told.campaigns:
        _show_place(campaign, now)
    _show_rings(told, now)
    for attempt in told.attempts:
        _show_attempt(attempt, now)


def _show_rings(told: ContactExplained, now: float) -> None:
    if told.rings:
        out.print()
    for ring in told.rings:
        text = _("Rang {line}, {campaign}, {when}: {what}")
        words = {"campaign": ring.campaign or "-", "when": wording.moment(ring.at, now)}
        style = CARE if ring.result.refused else GOOD
        out.print(Text(text.format(line=ring.line, what=wording.ring(ring.result), **words), style))


def _show_place(found: InCampaign, now: float) -> None:
    campaign = found.record.campaign
    out.print()
    out.print(Text.assemble((campaign.name, "bold"), f"  {wording.state(campaign.state)}"))
    place = found.place
    if place is None:
        out.print(f"  {_('on the list, but came onto it after the start; joins at the next resume')}")
        return
    if place.state == "done":
        text = _("done: {why}").format(why=wording.done_why(place.done_why or ""))
    else:
        text = _(QUEUE_STATES[place.state])
    out.print(f"  {text}; {_('attempts used: {n}').format(n=place.attempts)}")
    if place.refusal and place.refused_at is not None:
        text = _("last refused {when}: {why}")
        when, why = wording.moment(place.refused_at, now), wording.rule(place.refusal)
        out.print(Text(f"  {text.format(when=when, why=why)}", "dim"))
    if place.state == "waiting" or place.done_why == RefusalReason.QUOTA_FULL:
        out.print(_verdict(found, now))


def _verdict(found: InCampaign, now: float) -> Text:
    campaign, place, verdict = found.record.campaign, found.place, found.verdict
    if isinstance(verdict, Allowed):
        text, style = _("the rules allow a call now"), GOOD
        if place is not None and place.next_at > now:
            text += "; " + _("its turn comes {when}").format(when=wording.moment(place.next_at, now))
    else:
        text, style = _("the rules refuse a call now: {why}").format(why=wording.rule(verdict.reason)), CARE
        if verdict.detail:
            text += f" ({in_words(verdict.detail)})"
        if verdict.until is not None:
            text += "; " + _("may be called {when}").format(when=wording.moment(verdict.until, now))
    if campaign.state is not CampaignState.RUNNING:
        text = _("if the campaign ran: {what}").format(what=text)
    return Text(f"  {text}", style)


def _show_attempt(attempt: AttemptStory, now: float) -> None:
    out.print()
    title = _("Attempt {n} of {campaign}, {when}: {outcome}")
    if not attempt.number:  # it is none of the campaign's attempts
        title = _("Call to us, {campaign}, {when}: {outcome}")
    title = title.format(
        n=attempt.number,
        campaign=attempt.campaign,
        when=wording.moment(attempt.claimed_at, now),
        outcome=wording.outcome(attempt.outcome),
    )
    out.print(Text(title, "bold"))
    for event in attempt.events:
        out.print(f"  {wording.clock(event.at)}  {event_text(event)}", markup=False)
    facts = [_("trunk {trunk}").format(trunk=attempt.trunk)]
    if attempt.operator:
        facts.append(_("operator {name}, seat {seat}").format(name=attempt.operator, seat=attempt.seat))
    if attempt.cause is not None:
        facts.append(f"Q.850 {attempt.cause}")
    if attempt.tech_cause is not None:
        facts.append(f"SIP {attempt.tech_cause}")
    if attempt.note:
        facts.append(in_words(attempt.note))
    out.print(Text(f"  {', '.join(facts)}", "dim"))


def event_text(event: StoryEvent) -> str:
    """One event in words."""
    text = _(EVENTS[event.event]) if event.event in EVENTS else event.event.replace("_", " ")
    if not event.detail:
        return text
    if event.event == "taken_back":
        return text.format(seconds=event.detail)
    if event.event == "ended":
        detail = wording.done_why(event.detail)
    elif seat := event.detail.removeprefix("seat ") if event.detail.startswith("seat ") else "":
        detail = _("seat {seat}").format(seat=seat)
    else:
        detail = _(DETAILS[event.detail]) if event.detail in DETAILS else event.detail
    return f"{text}: {detail}"


def contact_json(told: ContactExplained, reveal: bool) -> dict[str, Any]:
    """The same for machines."""
    return {
        "contact": person_json(told.story.person, reveal),
        "suppressed": None if told.story.suppressed is None else asdict(told.story.suppressed),
        "lists": [asdict(each) for each in told.story.lists],
        "campaigns": [
            {
                "campaign": each.record.campaign.name,
                "state": each.record.campaign.state,
                "place": None if each.place is None else asdict(each.place),
                "allowed_now": isinstance(each.verdict, Allowed),
                "refused": None if isinstance(each.verdict, Allowed) else asdict(each.verdict),
            }
            for each in told.campaigns
        ],
        "attempts": [asdict(each) for each in told.attempts],
        "rings": [asdict(each) for each in told.rings],
    }


# --- a campaign ------------------------------------------------------------------------------------------


def show_campaign(told: CampaignExplained, now: float) -> None:
    """Why the campaign dials as it does."""
    campaign, queue = told.record.campaign, told.queue
    out.print(Text.assemble((campaign.name, "bold"), f"  {wording.state(campaign.state)}"))
    for blocker in told.blockers:
        style = GOOD if blocker.block is Block.NOTHING else CARE
        out.print(Text(f"▸ {blocker_text(blocker, now)}", style))
    facts = table("", "")
    facts.show_header = False
    people = _("{waiting} waiting, {claimed} being called, {done} done of {total}")
    counts = {"waiting": queue.waiting, "claimed": queue.claimed, "done": queue.done, "total": queue.total}
    add_row(facts, _("People"), people.format(**{name: wording.count(n) for name, n in counts.items()}))
    add_row(facts, _("Calls today"), outcomes_text(told.today.calls) or "0")
    if campaign.kind is CampaignKind.OPERATORS:
        facts.add_row(_("Abandoned today"), abandonment_text(told.today, campaign))
    for label, text in rung_rows(campaign, told.rung, told.today):
        add_row(facts, label, text)
    for group, progress in quota_rows(told.standings):
        add_row(facts, group, progress)
    out.print()
    out.print(facts)
    _show_refusals(told, now)
    _show_decisions(told, now)


def blocker_text(blocker: Blocker, now: float) -> str:
    """What is in the way, and the remedy."""
    values = {name: _value(name, value, now) for name, value in blocker.values.items()}
    text = _(_SENTENCES[blocker.block]).format(**values)
    if until := blocker.values.get("until"):
        text += " " + _("It dials {when}.").format(when=wording.moment(float(str(until)), now))
    return text


def _value(name: str, value: object, now: float) -> object:
    if name == "next_at" and isinstance(value, float):
        return wording.moment(value, now)
    if name in ("why", "detail"):
        return in_words(str(value))
    if name == "name":
        return quoted(str(value))
    return wording.count(value) if isinstance(value, int) else value


def _show_refusals(told: CampaignExplained, now: float) -> None:
    if not told.refused and not told.today.refusals:
        return
    shown = table(
        _("Rule"), _("people waiting for it"), _("first again"), _("people refused today"), numbers=(1, 3)
    )
    waiting = {each.reason: each for each in told.refused}
    counted = {each.reason: each for each in told.today.refusals}
    for reason in waiting | counted:
        held, seen = waiting.get(reason), counted.get(reason)
        add_row(
            shown,
            wording.rule(reason),
            wording.count(held.contacts) if held else "",
            wording.moment(held.next_at, now) if held else "",
            wording.count(seen.contacts) if seen else "",
        )
    out.print()
    out.print(shown)


def _show_decisions(told: CampaignExplained, now: float) -> None:
    out.print()
    if not told.decisions:
        note(_("No pacing decision was made yet."))
        return
    shown = table(_("Decision"), _("dialled"), _("because"), numbers=(1,))
    for each in told.decisions:
        add_row(shown, wording.instant(each.at, now), each.dials, in_words(each.text))
    out.print(shown)


def campaign_json(told: CampaignExplained) -> dict[str, Any]:
    """The same for machines."""
    return {
        **record_json(told.record, told.queue),
        "quotas": quotas_json(told.standings),
        "rung": rung_json(told.rung),
        "blockers": [{"code": each.block.value, **each.values} for each in told.blockers],
        "waiting_refused": [asdict(each) for each in told.refused],
        "refused_today": [asdict(each) for each in told.today.refusals],
        "outcomes_today": {outcome.value: count for outcome, count in told.today.calls.outcomes.items()},
        "abandonment_rate_today": told.today.calls.answered.abandonment_rate,
        "decisions": [asdict(each) for each in told.decisions],
        "live": None if told.live is None else asdict(told.live),
    }
