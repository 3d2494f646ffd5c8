"""How ``dialer campaign plan`` shows a plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.text import Text

from dialer.campaigns.launching import objection_text
from dialer.campaigns.outlook import Played
from dialer.campaigns.planning import Plan
from dialer.cli import wording
from dialer.cli.campaign_view import quoted
from dialer.cli.console import _, add_row, note, out, table
from dialer.cli.quotas import quota_rows, quotas_json
from dialer.cli.wallboard.view import BAD, GOOD
from dialer.core.drafting import window_text
from dialer.core.estimate import Estimate, Limit
from dialer.core.model import CampaignKind, PacingMode
from dialer.core.planning import Case
from dialer.i18n import N_, translate

_LIMITS = {
    Limit.OPERATORS: N_("the operators"),
    Limit.CHANNELS: N_("the channels"),
    Limit.RATE: N_("the trunk's calls per second"),
}


def show_plan(plan: Plan) -> None:
    """Who, when, how long, and what stands in the way."""
    _show_people(plan)
    _show_course(plan)
    if plan.played is not None:
        _show_played(plan, plan.played)
    _show_readiness(plan)


def _show_people(plan: Plan) -> None:
    selection = plan.selection
    people = table(_("People"), "", "", numbers=(1,))
    add_row(people, _("will be called"), wording.count(selection.dialable), "", style=f"bold {GOOD}")
    for reason, count in selection.later.items():
        until = _("from {when}").format(when=wording.moment(selection.later_until[reason], plan.now))
        add_row(people, _("later: {why}").format(why=wording.rule(reason)), wording.count(count), until)
    for reason, count in selection.excluded.items():
        add_row(
            people, _("never: {why}").format(why=wording.rule(reason)), wording.count(count), "", style="dim"
        )
    for why, count in selection.done.items():
        add_row(
            people, _("done: {why}").format(why=wording.done_why(why)), wording.count(count), "", style="dim"
        )
    add_row(people, _("on the list"), wording.count(selection.total), "", style="bold")
    for group, progress in quota_rows(plan.standings):
        add_row(people, _("quota: {group}").format(group=group), "", progress)
    out.print(people)


def _show_course(plan: Plan) -> None:
    course = table(_("Course"), "")
    for label, value in _course(plan):
        add_row(course, label, value)
    out.print()
    out.print(course)
    if plan.record.campaign.quotas:
        note(_("At most so many: it is over when its quotas are full."))
    if plan.record.campaign.mode is PacingMode.MANUAL:
        return
    beliefs = plan.beliefs
    basis = _("Assumed: {answer} answer, {dial} to an answer or end, {talk} talk.")
    if beliefs.calls:
        basis = _("From {calls} calls: {answer} answer, {dial} to an answer or end, {talk} talk.")
    survey = plan.record.campaign.kind is CampaignKind.SURVEY
    note(
        basis.format(
            calls=wording.count(beliefs.calls),
            answer=f"{beliefs.answer_rate:.0%}",
            dial=wording.span(beliefs.dial_s),
            talk=wording.span(beliefs.survey_s if survey else beliefs.talk_s),
        )
    )


def _show_played(plan: Plan, played: Played) -> None:
    """The ranges of the simulated campaigns, then what other teams and other caps would bring."""
    told = played.outlook
    title = _("Played {n} times").format(n=told.played)
    ranges = table(title, _("likely"), _("eight of ten times"), numbers=(1, 2))
    rows = [
        (_("calling time"), told.calling_s, wording.span),
        (_("operators busy"), told.utilisation, _percent),
        (_("wait between people"), told.wait_s, wording.span),
        (_("abandoned"), told.abandonment, _percent),
        (_("channels at peak"), told.channels, wording.count),
        (_("people who answer"), told.answered, wording.count),
    ]
    for label, spread, worded in rows:
        add_row(ranges, label, worded(spread.likely), f"{worded(spread.low)} – {worded(spread.high)}")
    if played.finish_at is not None:
        finish = played.finish_at
        likely, low, high = (wording.moment(at, plan.now) for at in (finish.likely, finish.low, finish.high))
        add_row(ranges, _("done about"), likely, f"{low} – {high}")
    out.print()
    out.print(ranges)
    teams = [(str(case.operators), case) for case in told.by_operators]
    _show_cases(_("Other teams"), teams, str(told.best_operators))
    if len(told.by_cap) > 1:
        caps = [(_percent(case.cap), case) for case in told.by_cap]
        _show_cases(_("Other caps"), caps, _percent(plan.record.campaign.abandonment_cap))


def _show_cases(title: str, cases: Sequence[tuple[str, Case]], marked: str) -> None:
    shown = table(title, _("calling time"), _("busy"), _("abandoned"), numbers=(0, 1, 2, 3))
    for label, case in cases:
        add_row(
            shown,
            label,
            wording.span(case.calling_s),
            _percent(case.utilisation),
            _percent(case.abandonment),
            style=f"bold {GOOD}" if label == marked else "",
        )
    out.print()
    out.print(shown)


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def _course(plan: Plan) -> Iterator[tuple[str, str]]:
    campaign = plan.record.campaign
    yield _("Calling hours"), window_text(campaign.window) + ", " + _opening(plan)
    if campaign.kind is CampaignKind.OPERATORS:
        signed_in = _("{n} signed in now") if plan.operators_known else _("{n} assumed")
        yield _("Operators"), signed_in.format(n=plan.operators)
    if campaign.mode is PacingMode.MANUAL:
        yield _("Pacing"), _("by hand: its operators choose whom to call, and when")
    expected = plan.estimate
    if expected is None:
        return
    calls = _("about {calls} calls, {answered} people answer")
    numbers = {"calls": wording.count(expected.calls), "answered": wording.count(expected.answered)}
    yield _("Calls"), calls.format(**numbers)
    yield from _tempo(plan, expected)


def _tempo(plan: Plan, expected: Estimate) -> Iterator[tuple[str, str]]:
    if expected.calling_s is None or expected.finish_at is None:
        yield _("Time"), _("never: there is no operator or no calling hour")
        return
    time = _("{span} of calling, done about {when}")
    finish = wording.moment(expected.finish_at, plan.now)
    yield _("Time"), time.format(span=wording.span(expected.calling_s), when=finish)
    tempo = _("{n} calls a minute; no faster because of {limit}")
    yield (
        _("Tempo"),
        tempo.format(n=f"{expected.calls_per_minute:.0f}", limit=_(_LIMITS[expected.limited_by])),
    )
    channels = _("{n} at peak") if plan.trunk is None else _("{n} at peak, the trunk has {all}")
    all_channels = plan.trunk.channels if plan.trunk else 0
    yield _("Channels"), channels.format(n=expected.channels_at_peak, all=all_channels)
    if expected.utilisation is not None:
        yield _("Operators busy"), f"{expected.utilisation:.0%}"


def _opening(plan: Plan) -> str:
    if plan.opens_at is None:
        return _("open now")
    return _("opens {when}").format(when=wording.moment(plan.opens_at, plan.now))


def _show_readiness(plan: Plan) -> None:
    out.print()
    for objection in plan.objections:
        out.print(Text(f"✖ {objection_text(objection, translate)}", BAD))
    if plan.trunk_reachable is False:
        text = _("trunk {trunk} cannot be reached now").format(trunk=plan.record.campaign.trunk)
        out.print(Text(f"✖ {text}", BAD))
    if plan.trunk_reachable is None:
        note(_("Whether the trunk can be reached is known while the daemon runs: `dialer serve`."))
    if not plan.objections:
        name = quoted(plan.record.campaign.name)
        text = _("Nothing is missing; start it with `dialer campaign start {name}`").format(name=name)
        out.print(Text(f"✔ {text}", GOOD))


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan for machines; times are epoch seconds."""
    selection = plan.selection
    return {
        "campaign": plan.record.campaign.name,
        "judged_at": selection.at,
        "total": selection.total,
        "dialable": selection.dialable,
        "later": {
            reason.value: {"contacts": count, "from": selection.later_until[reason]}
            for reason, count in selection.later.items()
        },
        "excluded": {reason.value: count for reason, count in selection.excluded.items()},
        "done": dict(selection.done),
        "quotas": quotas_json(plan.standings),
        "opens_at": plan.opens_at,
        "operators": plan.operators,
        "operators_known": plan.operators_known,
        "trunk": plan.record.campaign.trunk,
        "trunk_reachable": plan.trunk_reachable,
        "beliefs": asdict(plan.beliefs),
        "estimate": None if plan.estimate is None else asdict(plan.estimate),
        "played": None if plan.played is None else asdict(plan.played),
        "objections": [
            {"code": each.obstacle.value, "text": objection_text(each, translate)} for each in plan.objections
        ],
        "may_start": not plan.objections,
    }
