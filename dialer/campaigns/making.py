"""From a supervisor's wish to a stored campaign."""

from __future__ import annotations

from db.session import Database
from dialer.config import Config, parse_window
from dialer.core.drafting import OfficeLimits, SurveyFacts, TrunkFacts, Wish, draft
from dialer.core.words import N_
from dialer.errors import InputError
from dialer.store.campaigns import CampaignRecord, Campaigns
from dialer.store.surveys import Surveys


async def make_campaign(
    config: Config,
    database: Database,
    wish: Wish,
    *,
    list_name: str,
    trunk: str = "",
    survey: str = "",
    by: str,
    now: float,
) -> tuple[CampaignRecord, int]:
    """Check the wish against list, trunk, survey and the office's rules, and store it as a draft.

    Returns the campaign and how many contacts wait in its queue. ``InputError``, ``RuleRefusal`` and
    ``NotFoundError`` say what is wrong; then nothing is stored.
    """
    campaigns = Campaigns(database)
    contacts = await campaigns.contact_list(list_name)
    version = None
    if survey:
        stored = await Surveys(database).find(survey)
        version = SurveyFacts(stored.version_id, stored.name, stored.version)
    made = draft(wish, contacts, trunk_facts(config, trunk), version, office_limits(config))
    return await campaigns.create(made, by, now)


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
