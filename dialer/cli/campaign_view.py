"""How ``dialer campaign`` shows campaigns: tables for the eye, mappings for JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.table import Table
from rich.text import Text

from dialer.cli import wording
from dialer.cli.console import _, add_row, note, out, table
from dialer.cli.quotas import quota_rows, quotas_json
from dialer.cli.sentences import in_words
from dialer.cli.wallboard.view import BAD, CARE, GOOD, bar
from dialer.core.drafting import window_text
from dialer.core.live import CampaignLive, LiveSnapshot
from dialer.core.model import Campaign, CampaignKind, CampaignState, DialPolicy, PacingMode, Refused
from dialer.core.quotas import Standings
from dialer.core.rules import may_campaign_dial
from dialer.i18n import ngettext
from dialer.reports.figures import Calls, Figures
from dialer.store.campaigns import CampaignRecord, Queue
from dialer.store.rings import LineCalls

_STATE_STYLES = {CampaignState.RUNNING: GOOD, CampaignState.PAUSED: CARE, CampaignState.STOPPING: CARE}


@dataclass(frozen=True, slots=True)
class Status:
    """A campaign, its queue, its figures of today, and today's rings of its line."""

    record: CampaignRecord
    queue: Queue
    today: Figures
    standings: Standings
    rung: LineCalls = field(default_factory=LineCalls)


def show_created(record: CampaignRecord, queued: int) -> None:
    """What was stored, and what comes next."""
    text = ngettext(
        "Campaign {name} is made; {n} person waits.", "Campaign {name} is made; {n} people wait.", queued
    )
    out.print(text.format(name=record.campaign.name, n=wording.count(queued)), markup=False)
    out.print(settings_table(record))
    note(_("Next: `dialer campaign plan {name}`, then `dialer campaign start {name}`").format(
        name=quoted(record.campaign.name)
    ))  # fmt: skip


def settings_table(record: CampaignRecord) -> Table:
    """The campaign's settings, one a line."""
    campaign = record.campaign
    shown = table("", "")
    shown.show_header = False
    for label, value in _settings(record, campaign):
        if value:
            add_row(shown, label, value)
    return shown


def _settings(record: CampaignRecord, campaign: Campaign) -> Iterator[tuple[str, str]]:
    yield _("Kind"), wording.kind(campaign.kind)
    yield _("Purpose"), campaign.purpose
    yield _("List"), f"{record.list_name} ({record.list_source}; {record.list_consent})"
    yield _("Survey"), record.survey
    yield _("Missed-call line"), campaign.line
    yield (
        _("Trunk"),
        f"{campaign.trunk}, {campaign.caller_id}" + (f", {_('promotional')}" if campaign.promotional else ""),
    )
    yield _("Calling hours"), window_text(campaign.window)
    if campaign.kind is CampaignKind.OPERATORS:
        ratio = f" {campaign.dial_ratio:g}" if campaign.mode is PacingMode.RATIO else ""
        yield _("Pacing"), wording.mode(campaign.mode) + ratio
        yield _("Abandoned at most"), wording.share(campaign.abandonment_cap)
        yield _("Wrap-up"), wording.span(campaign.wrap_up_s)
    yield _("Ring time"), wording.span(campaign.ring_s)
    yield _("Calls per person"), str(campaign.max_attempts)
    yield _("Calls at once"), str(campaign.max_channels) if campaign.max_channels else ""
    yield _("Priority"), str(campaign.priority) if campaign.priority != 1 else ""
    for quota in campaign.quotas:
        wanted = _("{n} interviews").format(n=wording.count(quota.wanted))
        yield _("Quota"), f"{wording.group(quota.by, quota.group)}: {wanted}"


def show_quotas(record: CampaignRecord, standings: Standings, back: int) -> None:
    """What a change of quotas did."""
    campaign = record.campaign
    if back:
        text = ngettext("{n} person waits to be called again.", "{n} people wait to be called again.", back)
        out.print(text.format(n=wording.count(back)), markup=False)
    shown = table("", "")
    shown.show_header = False
    for group, progress in quota_rows(standings):
        add_row(shown, group, progress)
    out.print(shown if campaign.quotas else _("{name} has no quotas.").format(name=campaign.name))
    if campaign.state is CampaignState.PAUSED:
        note(_("It is paused: `dialer campaign resume {name}`.").format(name=quoted(campaign.name)))


def show_list(
    records: Sequence[CampaignRecord], queues: Mapping[int, Queue], live: LiveSnapshot | None
) -> None:
    """All campaigns in one table."""
    if not records:
        note(_("There is no campaign; make one with `dialer campaign create`."))
        return
    headings = [
        _("Campaign"),
        _("State"),
        _("Kind"),
        _("List"),
        _("People"),
        _("Waiting"),
        _("Done"),
        _("Started"),
    ]
    shown = table(*headings, *([_("Calls now")] if live else []), numbers=(4, 5, 6, 8))
    for record in records:
        campaign, queue = record.campaign, queues.get(record.campaign.id, Queue())
        cells = [
            campaign.name,
            wording.state(campaign.state),
            wording.kind(campaign.kind),
            record.list_name,
            *(wording.count(number) for number in (queue.total, queue.waiting, queue.done)),
            wording.moment(record.started_at),
        ]
        now = live_campaign(live, campaign.id)
        if live:
            cells.append("" if now is None else str(calls_now(now)))
        add_row(shown, *cells, style=_STATE_STYLES.get(campaign.state))
    out.print(shown)


def show_step(record: CampaignRecord, queue: Queue, joined: int, policy: DialPolicy, now: float) -> None:
    """What a start, pause, resume or stop did."""
    campaign = record.campaign
    said = {
        CampaignState.RUNNING: _("{name} runs; {n} people wait to be called."),
        CampaignState.PAUSED: _("{name} is paused: no new calls; {n} people wait."),
        CampaignState.STOPPING: _("{name} is stopping: it ends when its last call is over."),
        CampaignState.FINISHED: _("{name} is finished."),
    }[campaign.state]
    out.print(said.format(name=campaign.name, n=wording.count(queue.waiting)), markup=False)
    if joined:
        text = ngettext(
            "{n} person who came onto the list later joined.",
            "{n} people who came onto the list later joined.",
            joined,
        )
        note(text.format(n=wording.count(joined)))
    verdict = may_campaign_dial(campaign, policy, now)
    if campaign.state is CampaignState.RUNNING and isinstance(verdict, Refused) and verdict.until:
        text = _("{why}: dialling begins {when}.")
        note(text.format(why=in_words(verdict.detail), when=wording.moment(verdict.until, now)))


def show_status(shown: Sequence[Status], live: LiveSnapshot | None, now: float) -> None:
    """Each campaign in a few lines."""
    if not shown:
        note(_("No campaign is open; see `dialer campaign list`."))
    for place, one in enumerate(shown):
        if place:
            out.print()
        _show_one(one, live_campaign(live, one.record.campaign.id), now)
    if live is None and shown:
        note(_("The daemon is away; this is what the database says. Start it with `dialer serve`."))


def _show_one(one: Status, live: CampaignLive | None, now: float) -> None:
    campaign, queue = one.record.campaign, one.queue
    style = f"bold {_STATE_STYLES.get(campaign.state, '')}".strip()
    out.print(Text.assemble((campaign.name, "bold"), "  ", (wording.state(campaign.state), style)))
    shown = table("", "")
    shown.show_header = False
    places = _("{waiting} waiting, {claimed} being called, {done} done of {total}")
    counts = {"waiting": queue.waiting, "claimed": queue.claimed, "done": queue.done, "total": queue.total}
    add_row(shown, _("People"), places.format(**{name: wording.count(n) for name, n in counts.items()}))
    if queue.next_at is not None and queue.next_at > now:
        add_row(shown, _("Next call"), wording.moment(queue.next_at, now))
    if queue.next_callback_at is not None:
        text = _("{n}, the first {when}")
        when = wording.moment(queue.next_callback_at, now)
        add_row(shown, _("Callbacks agreed"), text.format(n=wording.count(queue.callbacks), when=when))
    add_row(shown, _("Calls today"), outcomes_text(one.today.calls) or "0")
    for label, text in rung_rows(campaign, one.rung, one.today):
        add_row(shown, label, text)
    for group, progress in quota_rows(one.standings):
        add_row(shown, group, progress)
    if queue.over_quota:
        text = _("{n}, because a group of theirs has enough interviews")
        add_row(shown, _("Not called"), text.format(n=wording.count(queue.over_quota)))
    if campaign.kind is CampaignKind.OPERATORS:
        shown.add_row(_("Abandoned today"), abandonment_text(one.today, campaign))
    if live is not None:
        text = _(
            "{ringing} ringing, {waiting} waiting, {talking} talking, {survey} in survey; {rate} a minute"
        )
        values = {"ringing": live.ringing, "waiting": live.waiting_for_operator, "talking": live.talking}
        rate = f"{live.calls_per_minute:.0f}"
        add_row(shown, _("Now"), text.format(**values, survey=live.in_survey, rate=rate))
        if live.reason and campaign.state is CampaignState.RUNNING:
            add_row(shown, _("Last decision"), in_words(live.reason))
    out.print(shown)


def rung_rows(campaign: Campaign, rung: LineCalls, found: Figures) -> Iterator[tuple[str, str]]:
    """What became of the rings of a campaign's line, and of the calls to us that were answered."""
    if campaign.line or rung.rang:
        text = _("{rang} by {people} people; called back {called}, to be called {waiting}")
        counts = {"rang": rung.rang, "people": rung.people, "called": rung.called_back}
        counts["waiting"] = rung.to_call
        yield _("Rang the line"), text.format(**{name: wording.count(n) for name, n in counts.items()})
        refused = [f"{wording.count(n)} {wording.ring(result)}" for result, n in rung.refused.items()]
        if refused:
            yield _("Rang in vain"), "; ".join(refused)
    calls = ", ".join(f"{wording.count(n)} {wording.outcome(each)}" for each, n in found.inbound.items())
    if calls:
        yield _("Called us"), calls


def rung_json(rung: LineCalls) -> dict[str, Any]:
    """The same for machines."""
    return {
        "rang": rung.rang, "people": rung.people, "called_back": rung.called_back, "to_call": rung.to_call,
        "results": {result.value: count for result, count in rung.results.items()},
    }  # fmt: skip


def outcomes_text(calls: Calls) -> str:
    """``412 connected, 7 abandoned, 88 busy``; placed calls only."""
    counts = [(outcome, count) for outcome, count in calls.outcomes.items() if outcome.was_placed]
    words = [f"{wording.count(count)} {wording.outcome(outcome)}" for outcome, count in counts]
    if calls.living:
        words.append(f"{wording.count(calls.living)} {wording.outcome(None)}")
    return ", ".join(words)


def abandonment_text(today: Figures, campaign: Campaign) -> Text:
    """The day's rate against the cap, as a bar whose middle is the cap."""
    rate, cap = today.calls.answered.abandonment_rate, campaign.abandonment_cap
    used = rate / cap if cap else 0.0
    colour = GOOD if used < 2 / 3 else CARE if used <= 1 else BAD
    cells = bar(used / 2, 20)
    text = Text.assemble(
        (f"{wording.share(rate)} ", f"bold {colour}"), (cells[:10], colour), "┃", (cells[10:], colour)
    )
    return text.append(" " + _("of {cap} %").format(cap=f"{cap * 100:g}"))


def calls_now(live: CampaignLive) -> int:
    """Calls of the campaign on the lines."""
    return live.ringing + live.waiting_for_operator + live.talking + live.in_survey


def live_campaign(live: LiveSnapshot | None, campaign_id: int) -> CampaignLive | None:
    """The campaign in the live picture, if it is there."""
    if live is None:
        return None
    return next((one for one in live.campaigns if one.campaign_id == campaign_id), None)


def quoted(name: str) -> str:
    """The name as a shell takes it."""
    return f"'{name}'" if not name.isidentifier() else name


def campaign_json(record: CampaignRecord, queue: Queue, live: LiveSnapshot | None = None) -> dict[str, Any]:
    """A campaign for machines; shares are 0..1, times epoch seconds."""
    campaign = asdict(record.campaign)
    campaign["window"] = window_text(record.campaign.window)
    now = live_campaign(live, record.campaign.id)
    return {
        **campaign,
        "list": record.list_name,
        "survey": record.survey,
        "created_at": record.created_at,
        "created_by": record.created_by,
        "started_at": record.started_at,
        "finished_at": record.finished_at,
        "queue": {**asdict(queue), "total": queue.total},
        "live": None if now is None else asdict(now),
    }


def status_json(one: Status, live: LiveSnapshot | None) -> dict[str, Any]:
    """The same with today's figures."""
    answered = one.today.calls.answered
    return {
        **campaign_json(one.record, one.queue, live),
        "quotas": quotas_json(one.standings),
        "rung_today": rung_json(one.rung),
        "today": {
            "calls": one.today.calls.placed,
            "outcomes": {outcome.value: count for outcome, count in one.today.calls.outcomes.items()},
            "called_us": dict(one.today.inbound),
            "answered": answered.live,
            "abandonment_rate": answered.abandonment_rate,
        },
    }
