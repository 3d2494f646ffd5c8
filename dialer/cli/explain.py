"""``dialer campaign explain``: a person by number or id, or a campaign by its name."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from dialer.campaigns.explaining import explain_campaign, explain_contact
from dialer.cli import explain_view as view
from dialer.cli.console import JsonOption, _, actor, config, database, print_json, run_async
from dialer.cli.contacts import phone_or_id
from dialer.cli.daemon_client import DaemonClient
from dialer.core.drafting import looks_like_a_number
from dialer.core.live import LiveSnapshot
from dialer.errors import DaemonAway

Who = Annotated[
    str, typer.Argument(metavar="PHONE|ID|CAMPAIGN", help=_("A number, a contact's id, or a campaign."))
]
InCampaign = Annotated[str, typer.Option("--campaign", metavar="NAME", help=_("A person in this one only."))]
Reveal = Annotated[
    bool, typer.Option("--reveal", help=_("Show whole telephone numbers; the audit log keeps that you did."))
]


def explain(who: Who, campaign: InCampaign = "", reveal: Reveal = False, as_json: JsonOption = False) -> None:
    """A number or id is a person, anything else a campaign."""
    found = _person(who)
    if found is None:
        run_async(_campaign(who, as_json))
    else:
        run_async(_contact(*found, campaign, reveal, as_json))


def _person(text: str) -> tuple[str, int] | None:
    return phone_or_id(text) if looks_like_a_number(text) else None


async def _contact(phone: str, contact_id: int, campaign: str, reveal: bool, as_json: bool) -> None:
    now = time.time()
    async with database() as opened:
        told = await explain_contact(
            config(), opened,
            phone=phone, contact_id=contact_id, campaign=campaign, by=actor(), now=now, revealed=reveal,
        )  # fmt: skip
    if as_json:
        print_json(view.contact_json(told, reveal))
    else:
        view.show_contact(told, now, reveal)


async def _campaign(name: str, as_json: bool) -> None:
    now = time.time()
    async with database() as opened:
        told = await explain_campaign(config(), opened, name, now, _live())
    if as_json:
        print_json(view.campaign_json(told))
    else:
        view.show_campaign(told, now)


def _live() -> LiveSnapshot | None:
    try:
        return DaemonClient(config()).live().snapshot
    except DaemonAway:
        return None
