"""Operators ask a part of a campaign's people again: the sample, and the campaign that asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from db.session import Database
from dialer.campaigns.making import office_limits, trunk_facts
from dialer.config import Config
from dialer.core.drafting import SurveyFacts, Wish, draft
from dialer.core.model import CampaignKind
from dialer.core.sampling import Sample, draw, wanted_of
from dialer.core.survey_model import Kind, Survey
from dialer.core.words import N_
from dialer.errors import InputError
from dialer.ivr.survey_file import read_survey
from dialer.store.campaigns import CampaignRecord, Campaigns
from dialer.store.lists import ListTerms
from dialer.store.sample_checks import Candidates, SampleChecks
from dialer.store.surveys import Surveys

LONGEST_SEED: Final = 40


@dataclass(frozen=True, slots=True)
class CheckWish:
    """The check that is wanted. ``share`` 0..1 or ``count`` of the complete interviews.

    ``questions``: those to ask again, none: all that an operator can ask. ``seed``: whoever knows it can draw
    the same sample. ``name``: of the new campaign and of its list.
    """

    name: str
    share: float | None
    count: int | None
    seed: str
    stratified: bool
    questions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class MadeCheck:
    """The draft of the operators' campaign, and how its sample came about."""

    record: CampaignRecord
    queued: int
    of_campaign: str
    questions: tuple[str, ...]
    seed: str
    stratified: bool
    sample: Sample
    candidates: Candidates


async def make_sample_check(
    config: Config, database: Database, of_campaign: str, wish: CheckWish, by: str, now: float
) -> MadeCheck:
    """Store the check as a draft, under the rules of every campaign; it is started like any other.

    List, purpose, consent, trunk and number are those of the first campaign. ``InputError``, ``RuleRefusal``
    and ``NotFoundError`` say what is wrong; then nothing is stored.
    """
    _check_size(wish)
    campaigns, checks = Campaigns(database), SampleChecks(database)
    first = await campaigns.find(of_campaign)
    version_id = first.campaign.survey_version_id
    if first.campaign.kind is not CampaignKind.SURVEY or version_id is None:
        raise InputError(N_("campaign {name!r} asks nothing by keypad"), name=of_campaign)
    stored = await Surveys(database).by_id(version_id)
    questions = _questions(read_survey(stored.source, stored.name), wish.questions)
    candidates = await checks.candidates(first.campaign.id)
    wanted = wanted_of(len(candidates.constituency_of), wish.share, wish.count)
    terms = ListTerms(wish.name.strip(), first.list_purpose, f"sample of {of_campaign}: {first.list_source}",
                      first.list_consent)  # fmt: skip
    members = replace(await campaigns.contact_list(first.list_name), members=wanted, name=terms.name)
    made = draft(
        Wish(
            name=wish.name, kind=CampaignKind.OPERATORS, purpose=first.campaign.purpose,
            caller_id=first.campaign.caller_id, promotional=first.campaign.promotional,
            window=first.campaign.window,
        ),
        members,
        trunk_facts(config, first.campaign.trunk),
        SurveyFacts(stored.version_id, stored.name, stored.version),
        office_limits(config),
    )  # fmt: skip

    def drawing(constituency_of: Mapping[int, str]) -> Sample:
        wanted = wanted_of(len(constituency_of), wish.share, wish.count)
        return draw(constituency_of, wanted, wish.seed, wish.stratified)

    queued, sample = await checks.create(
        made, terms, first.campaign.id, questions, wish.seed, drawing, by, now, stratified=wish.stratified
    )
    record = await campaigns.find(made.name)
    return MadeCheck(
        record, queued, of_campaign, questions, wish.seed, wish.stratified, sample, candidates
    )


def _check_size(wish: CheckWish) -> None:
    if (wish.share is None) is (wish.count is None):
        raise InputError(N_("say the size of the sample: --share 10% or --count 50"))
    if wish.share is not None and not 0 < wish.share <= 1:
        raise InputError(N_("--share is above 0% and at most 100%"))
    if wish.count is not None and wish.count < 1:
        raise InputError(N_("--count is at least 1"))
    if not wish.seed or len(wish.seed) > LONGEST_SEED or not wish.seed.isprintable():
        raise InputError(N_("--seed: 1 to {most} printable characters"), most=LONGEST_SEED)


def _questions(survey: Survey, wanted: Sequence[str]) -> tuple[str, ...]:
    """Of the survey, in its order; a voice and the language of the call are nothing to compare."""
    known = [node.name for node in survey.questions() if node.kind not in (Kind.VOICE, Kind.LANGUAGE)]
    if unknown := [name for name in wanted if name not in known]:
        text = N_("no question {name!r} that an operator can ask; there are: {known}")
        raise InputError(text, name=unknown[0], known=", ".join(known))
    return tuple(name for name in known if not wanted or name in wanted)
