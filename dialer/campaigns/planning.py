"""Before the launch: who would be called, who not and why, how long it takes, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from db.session import Database
from dialer.campaigns.making import trunk_facts
from dialer.campaigns.outlook import Played, played
from dialer.config import Config
from dialer.core.drafting import TrunkFacts
from dialer.core.estimate import Beliefs, Estimate, Question, estimate
from dialer.core.lifecycle import LaunchFacts, Objection, Obstacle, objections
from dialer.core.live import LiveSnapshot, SeatState
from dialer.core.model import CampaignState, PacingMode, RefusalReason, Refused, SilencePeriod
from dialer.core.quotas import Standings
from dialer.core.rules import may_campaign_dial
from dialer.errors import ConfigError
from dialer.ivr.prompt_check import audio_of, launch_faults, office_launch_faults
from dialer.ivr.survey_file import read_survey
from dialer.reports.figures import Figures, figures
from dialer.store.campaigns import CampaignRecord, Campaigns
from dialer.store.certificates import Certificates
from dialer.store.habits import Habits, habits
from dialer.store.reporting import Reporting, Scope
from dialer.store.selection import Selection, select_contacts
from dialer.store.surveys import Surveys

ENOUGH_CALLS = 100
"""A rate from fewer calls than these says less than the beliefs do."""
ENOUGH_TALKS = 30
"""Fewer than these tell no spread."""
MOST_CV = 2.0
HISTORY_S = 28 * 86_400.0
"""Calls of other campaigns older than this are not asked."""
SET_UP_S = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be expected of a campaign, as far as it is known at ``now``.

    ``objections``: what forbids the start. ``opens_at``: when calling may begin, None if it may at once.
    ``trunk``: None when config.yaml has no such trunk; ``trunk_reachable``: None when no daemon tells.
    ``operators_known``: whether ``operators`` are those signed in now, not a guess. ``estimate`` is by
    formulas; ``played`` by the simulator, None for surveys and when only the formulas were asked for. Of a
    campaign by hand nothing is expected: its operators decide.
    """

    record: CampaignRecord
    now: float
    selection: Selection
    standings: Standings
    objections: tuple[Objection, ...]
    opens_at: float | None
    trunk: TrunkFacts | None
    trunk_reachable: bool | None
    operators: int
    operators_known: bool
    beliefs: Beliefs
    estimate: Estimate | None
    played: Played | None = None


async def make_plan(
    config: Config,
    database: Database,
    record: CampaignRecord,
    now: float,
    *,
    live: LiveSnapshot | None = None,
    operators: int | None = None,
    simulate: bool = True,
) -> Plan:
    """The plan for everyone still to be called. ``operators``: those signed in now, else all seats.

    ``simulate``: play it too, which takes some seconds.
    """
    selection = await select_contacts(database, record, config.policy(), now)
    found = await launch_objections(config, database, record, selection, now)
    beliefs = await learnt(database, record, now)
    trunk = _trunk(config, record)
    signed_in = _signed_in(live)
    crew = operators if operators is not None else signed_in or config.seats
    plan = Plan(
        record=record,
        now=now,
        selection=selection,
        standings=await Campaigns(database).standings(record.campaign),
        objections=found,
        opens_at=_opens_at(config, record, now),
        trunk=trunk,
        trunk_reachable=_reachable(live, record.campaign.trunk),
        operators=crew,
        operators_known=operators is None and bool(signed_in),
        beliefs=beliefs,
        estimate=None,
    )
    by_hand = record.campaign.mode is PacingMode.MANUAL
    if trunk is None or not selection.not_excluded or by_hand:
        return plan
    question = _question(config, plan, trunk)
    expected = estimate(question)
    course = await played(question, expected) if simulate and expected.calling_s else None
    return replace(plan, estimate=expected, played=course)


async def launch_objections(
    config: Config, database: Database, record: CampaignRecord, selection: Selection, now: float
) -> tuple[Objection, ...]:
    """Everything that forbids the start of the campaign now."""
    trunk = _trunk(config, record)
    silence, silenced = _silence(config, selection, now)
    facts = LaunchFacts(
        campaign=record.campaign,
        list_name=record.list_name,
        list_purpose=record.list_purpose,
        list_source=record.list_source,
        list_consent=record.list_consent,
        sender_id=None if trunk is None else trunk.sender_id,
        contacts=selection.total,
        dialable=selection.not_excluded,
        silenced=silenced,
        silence=silence,
        line_known=not record.campaign.line or record.campaign.line in {one.number for one in config.lines},
    )
    return tuple(objections(await _with_prompts(facts, config, database, record)))


async def learnt(database: Database, record: CampaignRecord, now: float) -> Beliefs:
    """What calls are like: of this campaign if it has enough, else of all of the last weeks, else beliefs."""
    reporting = Reporting(database)
    own = Scope(0.0, now, now, record.campaign.id)
    for scope in (own, Scope(now - HISTORY_S, now, now)):
        found = figures(await reporting.rows(scope))
        if found.calls.placed >= ENOUGH_CALLS and found.calls.answered.live:
            return _beliefs(found, await habits(database, scope))
    return Beliefs()


def _beliefs(found: Figures, seen: Habits) -> Beliefs:
    known = Beliefs()
    talk = seen.talk if seen.talk and seen.talk.count >= ENOUGH_TALKS else None
    wrap_up = seen.wrap_up if seen.wrap_up and seen.wrap_up.count >= ENOUGH_TALKS else None
    return Beliefs(
        answer_rate=found.calls.answer_rate,
        dial_s=found.dial_s.mean if found.dial_s else known.dial_s,
        talk_s=found.talk_s.mean if found.talk_s else known.talk_s,
        survey_s=found.survey_s.mean if found.survey_s else known.survey_s,
        calls=found.calls.placed,
        ring_s=seen.ring.mean if seen.ring else known.ring_s,
        talk_cv=min(MOST_CV, talk.cv) if talk else known.talk_cv,
        wrap_up_s=wrap_up.mean if wrap_up else None,
        early_end=known.early_end if seen.early_end is None else seen.early_end,
        by_hour=tuple(
            (hour, live / calls)
            for hour, (calls, live) in seen.by_hour.items()
            if calls >= ENOUGH_CALLS and live
        ),
    )


def _question(config: Config, plan: Plan, trunk: TrunkFacts) -> Question:
    campaign = plan.record.campaign
    return Question(
        campaign=campaign,
        policy=config.policy(),
        people=plan.selection.not_excluded,
        operators=plan.operators,
        channels=min(trunk.channels, campaign.max_channels or trunk.channels),
        calls_per_second=trunk.calls_per_second,
        begins_at=plan.opens_at or plan.now,
        beliefs=plan.beliefs,
    )


def _opens_at(config: Config, record: CampaignRecord, now: float) -> float | None:
    campaign = replace(record.campaign, state=CampaignState.RUNNING)
    verdict = may_campaign_dial(campaign, config.policy(), now)
    waits = (RefusalReason.OUTSIDE_WINDOW, RefusalReason.SILENCE_PERIOD)
    return verdict.until if isinstance(verdict, Refused) and verdict.reason in waits else None


def _silence(config: Config, selection: Selection, now: float) -> tuple[SilencePeriod | None, int]:
    """The silence period that ends last of those that hold, and how many people it silences."""
    policy = config.policy()
    everywhere = [each for each in policy.silence if each.constituency is None]
    if holding := [each for each in everywhere if each.starts_at <= now < each.ends_at]:
        return max(holding, key=lambda each: each.ends_at), selection.not_excluded
    at = selection.at
    holding = [each for each in policy.silence if each.starts_at <= at < each.ends_at]
    silenced = selection.later.get(RefusalReason.SILENCE_PERIOD, 0)
    return max(holding, key=lambda each: each.ends_at, default=None), silenced


async def _with_prompts(
    facts: LaunchFacts, config: Config, database: Database, record: CampaignRecord
) -> LaunchFacts:
    """The facts, and what is wrong with the prompts."""
    version = record.campaign.survey_version_id
    if version is None:
        return replace(facts, unfit_audio=_obstacles(office_launch_faults(config)))
    stored = await Surveys(database).by_id(version)
    survey = read_survey(stored.source, f"{stored.name} v{stored.version}")
    unfit = _obstacles(launch_faults(config, version, survey))
    if survey.certified:
        certified = await Certificates(database).hashes()
        playing = audio_of(config, version, survey)
        uncertified = (name for name, digest in playing.items() if digest not in certified)
        unfit[Obstacle.UNCERTIFIED_AUDIO] = tuple(uncertified)
    return replace(facts, unfit_audio=unfit)


def _obstacles(faults: Mapping[str, tuple[str, ...]]) -> dict[Obstacle, tuple[str, ...]]:
    return {Obstacle(f"{code}_prompts"): files for code, files in faults.items()}


def _trunk(config: Config, record: CampaignRecord) -> TrunkFacts | None:
    try:
        return trunk_facts(config, record.campaign.trunk)
    except ConfigError:
        return None


def _signed_in(live: LiveSnapshot | None) -> int:
    if live is None:
        return 0
    return sum(seat.state is not SeatState.SIGNED_OUT for seat in live.seats)


def _reachable(live: LiveSnapshot | None, name: str) -> bool | None:
    if live is None:
        return None
    return next((trunk.reachable and not trunk.fault for trunk in live.trunks if trunk.name == name), None)
