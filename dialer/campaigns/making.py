"""From a supervisor's wish to a stored campaign."""

from __future__ import annotations

from db.session import Database
from dialer.config import Config
from dialer.core.drafting import OfficeLimits, SurveyFacts, TrunkFacts, Wish, draft, line_list
from dialer.core.words import N_
from dialer.errors import InputError
from dialer.settings.rules import parse_window
from dialer.store.campaigns import CampaignRecord, Campaigns
from dialer.store.surveys import Surveys


async def make_campaign(
    config: Config,
    database: Database,
    wish: Wish,
    *,
    list_name: str = "",
    trunk: str = "",
    survey: str = "",
    by: str,
    now: float,
) -> tuple[CampaignRecord, int]:
    """Check the wish against list, trunk, survey and the office's rules, and store it as a draft.

    Without a list it calls those who ring its line.
    Returns the campaign and how many contacts wait in its queue. ``InputError``, ``RuleRefusal`` and
    ``NotFoundError`` say what is wrong; then nothing is stored.
    """
    campaigns = Campaigns(database)
    _check_line(config, wish.line)
    if not list_name and not wish.line:
        raise InputError(N_("whom to call? name a list with --list, or a line with --missed-call-line"))
    contacts = await campaigns.contact_list(list_name) if list_name else line_list(wish)
    version = None
    if survey:
        stored = await Surveys(database).find(survey)
        version = SurveyFacts(stored.version_id, stored.name, stored.version)
    made = draft(wish, contacts, trunk_facts(config, trunk), version, office_limits(config))
    return await campaigns.create(made, by, now)


def _check_line(config: Config, number: str) -> None:
    lines = [line.number for line in config.lines]
    if number and number not in lines:
        text = N_("config.yaml has no line {number}; it has: {lines}")
        raise InputError(text, number=number, lines=", ".join(lines) or "-")


def trunk_facts(config: Config, name: str) -> TrunkFacts:
    """The trunk of that name; with an empty name the only one there is."""
    if not name and len(config.trunks) > 1:
        known = ", ".join(trunk.name for trunk in config.trunks)
        raise InputError(N_("there are several trunks; choose one with --trunk: {known}"), known=known)
    trunk = config.trunk(name) if name else config.trunks[0]
    return TrunkFacts(
        name=trunk.name,
        caller_id=trunk.caller_id,
        sender_id=trunk.promotional_sender_id,
        channels=trunk.channels,
        calls_per_second=trunk.calls_per_second,
    )


def office_limits(config: Config) -> OfficeLimits:
    """What no campaign may exceed."""
    rules = config.rules
    return OfficeLimits(parse_window(rules.window), rules.ring_seconds, rules.max_total)
