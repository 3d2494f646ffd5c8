"""``dialer campaign``: make, plan, run, watch, report and explain campaigns."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Annotated

import typer

from dialer.campaigns.launching import take_step
from dialer.campaigns.making import make_campaign
from dialer.campaigns.planning import make_plan
from dialer.cli import campaign_view as view
from dialer.cli.campaign_script import script
from dialer.cli.console import (
    N_,
    JsonOption,
    _,
    actor,
    busy,
    config,
    database,
    note,
    print_json,
    run_async,
)
from dialer.cli.daemon_client import DaemonClient
from dialer.cli.explain import explain
from dialer.cli.plan_view import plan_json, show_plan
from dialer.cli.quotas import QuotaOptions, quotas_json, read_quotas
from dialer.cli.report import campaign_report
from dialer.cli.watch import watch
from dialer.core.drafting import Wish
from dialer.core.lifecycle import Step
from dialer.core.live import LiveSnapshot
from dialer.core.model import CampaignKind, CampaignState, PacingMode, Window
from dialer.core.quotas import quotas_of
from dialer.core.rules import day_start
from dialer.errors import DaemonAway, InputError
from dialer.reports.figures import figures
from dialer.settings.rules import parse_window
from dialer.store.campaigns import Campaigns, Queue
from dialer.store.reporting import Reporting, Scope
from dialer.store.rings import RingBook

app = typer.Typer(no_args_is_help=True, help=_("Plan, run, watch and explain campaigns"))

app.command(help=_("What its operators say: store a script from a file, or show it."))(script)


DAEMON_AWAY = N_("The daemon is away: it takes effect when it runs; start it with `dialer serve`.")


class Mode(StrEnum):
    """Pacing modes, as the option offers them."""

    MANUAL = "manual"
    PREVIEW = "preview"
    PROGRESSIVE = "progressive"
    RATIO = "ratio"
    PREDICTIVE = "predictive"


Name = Annotated[str, typer.Argument(metavar="NAME", help=_("The campaign."))]
OfList = Annotated[str, typer.Option("--list", metavar="LIST", help=_("Whom to call: a list of contacts."))]
MissedCallLine = Annotated[
    str,
    typer.Option(
        "--missed-call-line", metavar="+91...", help=_("Call whoever rings this line of config.yaml.")
    ),
]
Kind = Annotated[CampaignKind, typer.Option(help=_("What happens to people who answer."))]
Purpose = Annotated[str, typer.Option(metavar="TEXT", help=_("Must be what the list was given for."))]
SurveyName = Annotated[
    str, typer.Option("--survey", metavar="NAME", help=_("The questions; newest version."))
]
TrunkName = Annotated[
    str, typer.Option("--trunk", metavar="NAME", help=_("The line, when there are several."))
]
CallerId = Annotated[
    str | None, typer.Option("--caller-id", metavar="+91...", help=_("The number shown; else the trunk's."))
]
Promotional = Annotated[bool, typer.Option("--promotional", help=_("Needs a 140-series caller ID."))]
ModeOption = Annotated[Mode | None, typer.Option("--mode", help=_("How many calls for the free operators."))]
Ratio = Annotated[float | None, typer.Option(metavar="N", help=_("Calls per free operator (mode ratio)."))]
Cap = Annotated[str, typer.Option(metavar="3%", help=_("Abandoned calls at most, of live answers a day."))]
WindowOption = Annotated[
    str,
    typer.Option("--window", metavar="HH:MM-HH:MM", help=_("Calling hours; never wider than the office's.")),
]
Ring = Annotated[float | None, typer.Option(metavar="SECONDS", help=_("Ring time, at least 15."))]
WrapUp = Annotated[float, typer.Option("--wrap-up", metavar="SECONDS", help=_("For notes after a talk."))]
MaxAttempts = Annotated[int | None, typer.Option("--max-attempts", metavar="N", help=_("Calls per person."))]
Channels = Annotated[int, typer.Option(metavar="N", help=_("Calls at once; 0 = as the trunk allows."))]
Priority = Annotated[
    int, typer.Option(metavar="1-9", help=_("Who comes first when campaigns share operators."))
]


@app.command(
    help=_("Make a campaign for a list or for who rings a line; nothing is dialled before its start.")
)
def create(
    name: Name,
    kind: Kind,
    purpose: Purpose,
    list_name: OfList = "",
    missed_call_line: MissedCallLine = "",
    survey: SurveyName = "",
    trunk: TrunkName = "",
    caller_id: CallerId = None,
    promotional: Promotional = False,
    mode: ModeOption = None,
    ratio: Ratio = None,
    cap: Cap = "3%",
    window: WindowOption = "",
    ring: Ring = None,
    wrap_up: WrapUp = 10.0,
    max_attempts: MaxAttempts = None,
    channels: Channels = 0,
    priority: Priority = 1,
    quota: QuotaOptions = None,
    as_json: JsonOption = False,
) -> None:
    wanted = {group: most for group, most in read_quotas(quota).items() if most is not None}
    wish = Wish(
        name=name,
        kind=kind,
        purpose=purpose,
        caller_id=caller_id,
        promotional=promotional,
        mode=PacingMode(mode.value) if mode else None,
        dial_ratio=ratio,
        cap=read_cap(cap),
        window=read_window(window),
        ring_s=ring,
        wrap_up_s=wrap_up,
        max_attempts=max_attempts,
        max_channels=channels,
        priority=priority,
        quotas=quotas_of(wanted),
        line=missed_call_line.replace(" ", ""),
    )

    async def work() -> None:
        async with database() as opened:
            with busy(_("Queueing everyone on the list")):
                record, queued = await make_campaign(
                    config(), opened, wish,
                    list_name=list_name, trunk=trunk, survey=survey, by=actor(), now=time.time(),
                )  # fmt: skip
        if as_json:
            print_json(view.campaign_json(record, Queue(waiting=queued, next_at=0.0)))
        else:
            view.show_created(record, queued)

    run_async(work())


@app.command("list", help=_("List all campaigns, newest first."))
def list_(as_json: JsonOption = False) -> None:
    async def work() -> None:
        async with database() as opened:
            campaigns = Campaigns(opened)
            records, queues = await campaigns.all(), await campaigns.queues()
        live = live_room()
        if as_json:
            print_json(
                [view.campaign_json(one, queues.get(one.campaign.id, Queue()), live) for one in records]
            )
        else:
            view.show_list(records, queues, live)

    run_async(work())


Operators = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, help=_("Plan for so many; else those signed in, or all seats.")),
]


Quick = Annotated[bool, typer.Option("--quick", help=_("By formulas alone, without playing it first."))]


@app.command(help=_("Before the launch: who is called, who not and why, how long it takes, what is missing."))
def plan(
    name: Name, operators: Operators = None, quick: Quick = False, as_json: JsonOption = False
) -> None:
    async def work() -> None:
        async with database() as opened:
            record = await Campaigns(opened).find(name)
            with busy(_("Judging everyone on the list, and playing the campaign")):
                made = await make_plan(
                    config(),
                    opened,
                    record,
                    time.time(),
                    live=live_room(),
                    operators=operators,
                    simulate=not quick,
                )
        if as_json:
            print_json(plan_json(made))
        else:
            show_plan(made)

    run_async(work())


@app.command("set", help=_("Change quotas, while it runs too; GROUP=off takes one away, others stay."))
def set_(name: Name, quota: QuotaOptions = None, as_json: JsonOption = False) -> None:
    changes = read_quotas(quota)
    if not changes:
        text = N_("nothing to change; name a quota like {example}")
        raise InputError(text, example="--quota constituency:62=200")

    async def work() -> None:
        async with database() as opened:
            campaigns = Campaigns(opened)
            record, back = await campaigns.change_quotas(name, changes, actor(), time.time())
            standings = await campaigns.standings(record.campaign)
        heard = record.campaign.state is CampaignState.DRAFT or poke()
        if as_json:
            print_json({"quotas": quotas_json(standings), "wait_again": back, "daemon_told": heard})
        else:
            view.show_quotas(record, standings, back)
            if not heard:
                note(_(DAEMON_AWAY))

    run_async(work())


@app.command(help=_("Begin to dial; refused with all reasons when a rule forbids it."))
def start(name: Name, as_json: JsonOption = False) -> None:
    _take(name, Step.START, as_json)


@app.command(help=_("Place no new calls; calls in progress go on."))
def pause(name: Name, as_json: JsonOption = False) -> None:
    _take(name, Step.PAUSE, as_json)


@app.command(help=_("Dial again after a pause."))
def resume(name: Name, as_json: JsonOption = False) -> None:
    _take(name, Step.RESUME, as_json)


@app.command(help=_("End the campaign: no new calls, it is finished when the last one is over."))
def stop(name: Name, as_json: JsonOption = False) -> None:
    _take(name, Step.STOP, as_json)


def _take(name: str, step: Step, as_json: bool) -> None:
    async def work() -> None:
        async with database() as opened:
            record, joined = await take_step(config(), opened, name, step, actor(), time.time())
            queue = (await Campaigns(opened).queues(record.campaign.id)).get(record.campaign.id, Queue())
        heard = record.campaign.state is CampaignState.FINISHED or poke()
        if as_json:
            print_json(view.campaign_json(record, queue) | {"contacts_joined": joined, "daemon_told": heard})
        else:
            view.show_step(record, queue, joined, config().policy(), time.time())
            if not heard:
                note(_(DAEMON_AWAY))

    run_async(work())


@app.command(help=_("A campaign today: queue, outcomes, abandonment, and what happens now."))
def status(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help=_("Only this one; else all that are open."))
    ] = "",
    as_json: JsonOption = False,
) -> None:
    async def work() -> None:
        now = time.time()
        async with database() as opened:
            campaigns, reporting = Campaigns(opened), Reporting(opened)
            if name:
                records = [await campaigns.find(name)]
            else:
                closed = (CampaignState.FINISHED, CampaignState.DRAFT)
                records = [one for one in await campaigns.all() if one.campaign.state not in closed]
            shown = []
            for record in records:
                id_ = record.campaign.id
                queue = (await campaigns.queues(id_)).get(id_, Queue())
                today = figures(await reporting.rows(Scope(day_start(now), now + 1, now, id_)))
                standings = await campaigns.standings(record.campaign)
                rung = await RingBook(opened).of_campaign(id_, day_start(now))
                shown.append(view.Status(record, queue, today, standings, rung))
        live = live_room()
        if as_json:
            print_json([view.status_json(one, live) for one in shown])
        else:
            view.show_status(shown, live, now)

    run_async(work())


app.command(help=_("The room live: seats, calls, abandonment, the last decision, trunks."))(watch)
app.command("report", help=_("What a campaign did, reconciled with the call records."))(campaign_report)
app.command(help=_("Why a person was or was not called, or why a campaign dials as it does."))(explain)


def live_room() -> LiveSnapshot | None:
    """The room now, None when no daemon answers."""
    try:
        return DaemonClient(config()).live().snapshot
    except DaemonAway:
        return None


def poke() -> bool:
    """Let the daemon read the campaigns at once; False when none answers."""
    try:
        DaemonClient(config()).campaigns_changed()
    except DaemonAway:
        return False
    return True


def read_cap(text: str) -> float:
    """``3%``, ``2.5 %`` or ``2.5`` -> 0.03, 0.025, 0.025; ``InputError`` for anything else."""
    plain = text.strip().removesuffix("%").strip()
    try:
        percent = float(plain)
    except ValueError as fault:
        raise InputError(N_("--cap {text!r} is not a share like 3%"), text=text) from fault
    if "%" not in text and percent < 0.1:
        raise InputError(
            N_("--cap {text}: write it in percent, like {example}"), text=text, example=f"{percent:.0%}"
        )
    return percent / 100


def read_window(text: str) -> Window | None:
    """``09:30-18:00``; None for an empty text; ``InputError`` says the form."""
    if not text:
        return None
    try:
        return parse_window(text)
    except ValueError as fault:
        raise InputError(N_("--window {text!r} is not a window like 09:30-18:00"), text=text) from fault
