"""How a report is shown: tables for the eye, a mapping for JSON. Nothing personal is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from dialer.cli import wording
from dialer.cli.console import _, add_row, current_language, note, out, table
from dialer.cli.wallboard.view import BAD, GOOD
from dialer.contacts.places import Constituencies
from dialer.core.dispositions import DISPOSITIONS
from dialer.core.model import Outcome
from dialer.i18n import N_
from dialer.reports import reconcile
from dialer.reports.figures import Calls, Distribution, Figures
from dialer.reports.reconcile import Difference, Reconciliation

_DIFFERENCES = {
    reconcile.UNCLASSIFIED: N_("answered, but not connected, surveyed or abandoned"),
    reconcile.NO_RECORD: N_("attempt without a call record"),
    reconcile.RECORD_TWICE: N_("attempt with several call records"),
    reconcile.UNKNOWN_RECORD: N_("call record without an attempt"),
    reconcile.INVITE_SHORTFALL: N_("the carrier counts fewer calls"),
    reconcile.INVITE_SURPLUS: N_("the carrier counts more calls"),
}


@dataclass(frozen=True, slots=True)
class Heading:
    """What the report is about; times are epoch seconds."""

    title: str
    since: float
    until: float
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Labels:
    """Words of surveys: a scheme by (survey, question), an answer by (survey, question, value)."""

    schemes: dict[tuple[str, str], str] = field(default_factory=dict)
    values: dict[tuple[str, str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """Figures, and what the witnesses say."""

    heading: Heading
    figures: Figures
    books: Reconciliation
    labels: Labels


def show_report(made: Report, places: Constituencies) -> None:
    """The whole report."""
    _show_heading(made.heading)
    found = made.figures
    if not found.calls.placed:
        note(_("No call was placed in this time."))
        _show_answers(found, made.labels)
    else:
        _show_calls(found.calls)
        _show_days(found)
        _show_campaigns(found)
        _show_constituencies(found, places)
        _show_answers(found, made.labels)
        _show_times(found)
    _show_operators(found)
    _show_counts(_("What operators recorded"), _dispositions(found))
    _show_refusals(found)
    _show_counts(_("Called us"), [(wording.outcome(outcome), n) for outcome, n in found.inbound.items()])
    _show_counts(_("Asked not to be called"), [(wording.source(s), n) for s, n in found.opt_outs.items()])
    _show_books(made.books)


def _show_heading(heading: Heading) -> None:
    since, until = wording.moment(heading.since or None), wording.moment(heading.until)
    title = Text.assemble((heading.title, "bold"), f"  {since} – {until}")
    if state := heading.facts.get("state"):
        title.append(f"  {wording.state(state)}", "bold")
    out.print(title)


def _show_calls(calls: Calls) -> None:
    shown = table(_("Calls"), "", "", numbers=(1, 2))
    for outcome, count in calls.outcomes.items():
        if outcome.was_placed:
            style = f"bold {BAD}" if outcome is Outcome.ABANDONED else None
            share = wording.share(count / calls.placed)
            add_row(shown, wording.outcome(outcome), wording.count(count), share, style=style)
    if calls.living:
        add_row(shown, wording.outcome(None), wording.count(calls.living), "")
    add_row(shown, _("placed"), wording.count(calls.placed), "", style="bold")
    answered = _("answered, of those who could be reached")
    add_row(
        shown, answered, wording.count(calls.answered.live), wording.share(calls.answer_rate), style="bold"
    )
    out.print(shown)


def _show_days(found: Figures) -> None:
    days = [day for day in found.days if day.answered.connected or day.answered.abandoned]
    if not days:
        return
    shown = table(_("Abandoned"), _("Campaign"), _("of"), _("rate"), _("at most"), numbers=(2, 3, 4))
    for day in days:
        date = datetime.fromtimestamp(day.day * 86_400, UTC).strftime("%d.%m.%Y")
        wanted = day.answered.connected + day.answered.abandoned
        counts = f"{wording.count(day.answered.abandoned)} / {wording.count(wanted)}"
        rate, cap = wording.share(day.answered.abandonment_rate), wording.share(day.cap)
        add_row(shown, date, day.campaign, counts, rate, cap, style=f"bold {BAD}" if day.over_cap else None)
    _print(shown)


def _show_campaigns(found: Figures) -> None:
    if len(found.by_campaign) > 1:
        _show_groups(_("Campaign"), found.by_campaign.items())


def _show_constituencies(found: Figures, places: Constituencies) -> None:
    rows = []
    for number, calls in found.by_constituency.items():
        name = places.name(number, current_language())
        rows.append((_("unknown") if number is None else f"{number} {name}".strip(), calls))
    _show_groups(_("Constituency"), rows)


def _show_groups(heading: str, rows: Iterable[tuple[str, Calls]]) -> None:
    headings = (_("placed"), _("answered"), _("connected"), _("surveyed"), _("abandoned"), _("answer rate"))
    shown = table(heading, *headings, numbers=range(1, 7))
    for name, calls in rows:
        answered = calls.answered
        counts = (calls.placed, answered.live, answered.connected, answered.surveyed, answered.abandoned)
        add_row(shown, name, *map(wording.count, counts), wording.share(calls.answer_rate))
    _print(shown)


def _show_answers(found: Figures, labels: Labels) -> None:
    for survey, questions in found.answers.items():
        shown = table(survey, _("Scheme"), _("Answer"), _("people"), _("share"), numbers=(3, 4))
        for question, values in questions.items():
            total = sum(values.values())
            for place, (value, count) in enumerate(sorted(values.items(), key=lambda item: -item[1])):
                first = place == 0
                words = labels.values.get((survey, question, value), value)
                scheme = labels.schemes.get((survey, question), "") if first else ""
                share = wording.share(count / total)
                add_row(shown, question if first else "", scheme, words, wording.count(count), share)
        _print(shown)
    if found.surveys_started:
        text = _("{complete} of {started} surveys were answered to the end.")
        started, complete = wording.count(found.surveys_started), wording.count(found.surveys_complete)
        note(text.format(started=started, complete=complete))


def _show_times(found: Figures) -> None:
    shown = table(_("Time"), _("calls"), _("mean"), "50 %", "90 %", "99 %", _("longest"), numbers=range(1, 7))
    for name, values, unit in (
        (_("ringing"), found.ring_s, wording.span),
        (_("talk"), found.talk_s, wording.span),
        (_("survey"), found.survey_s, wording.span),
        (_("answer to operator"), found.join_ms, milliseconds),
    ):
        if values is not None:
            points = (values.mean, values.p50, values.p90, values.p99, values.longest)
            add_row(shown, name, wording.count(values.count), *map(unit, points))
    if shown.row_count:
        _print(shown)


def milliseconds(value: float) -> str:
    """``18 ms``."""
    return f"{value:.0f} ms"


def _show_operators(found: Figures) -> None:
    if not found.operators:
        return
    headings = (_("calls"), _("talk"), _("wrap-up"), _("ready"), _("paused"), _("signed in"), _("busy"))
    shown = table(_("Operator"), *headings, numbers=range(1, 8))
    for one in found.operators:
        times = (one.talk_s, one.wrap_up_s, one.ready_s, one.paused_s, one.signed_in_s)
        add_row(shown, one.operator, one.calls, *map(wording.span, times), f"{one.utilisation:.0%}")
    if found.utilisation is not None and len(found.operators) > 1:
        calls = sum(one.calls for one in found.operators)
        add_row(shown, _("all"), wording.count(calls), *[""] * 5, f"{found.utilisation:.0%}", style="bold")
    _print(shown)


def _dispositions(found: Figures) -> list[tuple[str, int]]:
    hindi = current_language() == "hi"
    words = {label.code: label.hi if hindi else label.en for label in DISPOSITIONS}
    return [(words.get(code, code), count) for code, count in found.dispositions.items()]


def _show_refusals(found: Figures) -> None:
    if found.refusals:
        shown = table(_("Not called because of a rule"), _("people"), _("times asked"), numbers=(1, 2))
        for row in found.refusals:
            add_row(shown, wording.rule(row.reason), wording.count(row.contacts), wording.count(row.times))
        _print(shown)


def _show_counts(heading: str, rows: Iterable[tuple[str, int]]) -> None:
    shown = table(heading, "", numbers=(1,))
    for name, count in rows:
        add_row(shown, name, wording.count(count))
    if shown.row_count:
        _print(shown)


def _show_books(books: Reconciliation) -> None:
    shown = table(_("Reconciliation"), "", numbers=(1,))
    add_row(shown, _("attempts placed"), wording.count(books.attempts))
    if books.without_channel:
        add_row(shown, _("of these refused before a call came about"), wording.count(books.without_channel))
    add_row(shown, _("call records of Asterisk"), _counted(books.call_records))
    add_row(shown, _("calls counted by the carrier"), _counted(books.invites))
    kinds = (books.connected, books.surveyed, books.abandoned)
    answered = _("answered = connected + surveyed + abandoned")
    add_row(shown, answered, f"{wording.count(books.answered)} = " + " + ".join(map(wording.count, kinds)))
    add_row(shown, _("dialled twice"), wording.count(books.dialled_twice))
    _print(shown)
    for difference in books.differences:
        out.print(Text(f"✖ {_difference(difference)}", BAD))
    if (more := books.differences_in_all - len(books.differences)) > 0:
        out.print(Text(_("and {n} more differences").format(n=wording.count(more)), BAD))
    if books.living:
        note(_("{n} calls are still in progress; the books close when they end.").format(n=books.living))
    elif books.call_records is None and books.invites is None:
        note(_("There are no call records to compare with."))
    elif books.reconciles:
        out.print(Text(f"✔ {_('The books agree, line by line.')}", GOOD))


def _difference(one: Difference) -> str:
    what = one.what
    if one.kind in (reconcile.INVITE_SHORTFALL, reconcile.INVITE_SURPLUS):
        what = f"…{what[-3:]}" if what else ""  # a dialled number is a person's
    counts = _("{ours} ours, {theirs} theirs").format(ours=one.ours, theirs=one.theirs)
    return f"{_(_DIFFERENCES[one.kind])}: {what} ({counts})"


def _counted(value: int | None) -> str:
    return _("not known") if value is None else wording.count(value)


def _print(shown: Any) -> None:
    out.print()
    out.print(shown)


# --- for machines ---------------------------------------------------------------------------------------


def report_json(made: Report) -> dict[str, Any]:
    """All figures; shares are 0..1, times seconds unless their name says otherwise."""
    found, heading = made.figures, made.heading
    times = {
        "ring_s": found.ring_s,
        "talk_s": found.talk_s,
        "survey_s": found.survey_s,
        "join_ms": found.join_ms,
    }
    books = made.books.as_json()
    for difference in books["differences"]:
        if difference["kind"] in (reconcile.INVITE_SHORTFALL, reconcile.INVITE_SURPLUS):
            difference["what"] = difference["what"][-3:]
    return {
        "title": heading.title,
        "since": heading.since,
        "until": heading.until,
        **heading.facts,
        "calls": calls_json(found.calls),
        "by_campaign": {name: calls_json(calls) for name, calls in found.by_campaign.items()},
        "by_constituency": {
            "" if number is None else str(number): calls_json(calls)
            for number, calls in found.by_constituency.items()
        },
        "days": [
            {
                "day": datetime.fromtimestamp(day.day * 86_400, UTC).date().isoformat(),
                "campaign": day.campaign,
                **asdict(day.answered),
                "abandonment_rate": day.answered.abandonment_rate,
                "cap": day.cap,
                "over_cap": day.over_cap,
            }
            for day in found.days
        ],
        "answers": found.answers,
        "surveys": {"started": found.surveys_started, "complete": found.surveys_complete},
        "operators": [{**asdict(one), "utilisation": one.utilisation} for one in found.operators],
        "utilisation": found.utilisation,
        "dispositions": dict(found.dispositions),
        "refusals": [asdict(row) for row in found.refusals],
        "opt_outs": dict(found.opt_outs),
        "inbound": dict(found.inbound),
        "times": {name: _times_json(values) for name, values in times.items()},
        "reconciliation": books,
    }


def calls_json(calls: Calls) -> dict[str, Any]:
    """Calls by outcome with the rates."""
    answered = calls.answered
    return {
        "placed": calls.placed,
        "living": calls.living,
        "outcomes": {outcome.value: count for outcome, count in calls.outcomes.items()},
        "answered": answered.live,
        "answer_rate": calls.answer_rate,
        "abandonment_rate": answered.abandonment_rate,
    }


def _times_json(values: Distribution | None) -> dict[str, Any] | None:
    return None if values is None else asdict(values)
