"""How well what people pressed agrees with what a sample of them told operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from db.session import Database
from dialer.core.survey_agreement import Agreement, Pairs
from dialer.core.survey_model import Survey
from dialer.core.survey_statistics import CONFIDENCE
from dialer.core.survey_tally import compared
from dialer.core.words import N_
from dialer.errors import NotFoundError
from dialer.ivr.survey_file import read_survey
from dialer.store.campaigns import Campaigns
from dialer.store.sample_checks import CheckRecord, SampleChecks
from dialer.store.surveys import Surveys


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """What the checks found. ``people``: those with at least one pair; shares lie in 0..1."""

    checks: tuple[CheckRecord, ...]
    survey: Survey
    people: int
    questions: Mapping[str, Agreement]
    by_language: Mapping[str, Mapping[str, Agreement]]
    whole: Agreement


async def agreement_report(database: Database, campaign: str) -> AgreementReport:
    """Of a check, or of all checks of a survey campaign. ``NotFoundError`` when there is none."""
    store = SampleChecks(database)
    record = await Campaigns(database).find(campaign)
    checks = tuple(await store.of(record.campaign.id))
    if not checks:
        text = N_("nobody of campaign {name!r} was asked again; see `dialer survey sample-check`")
        raise NotFoundError(text, name=campaign)
    stored = await Surveys(database).by_id(checks[0].version_id)
    survey = read_survey(stored.source, stored.name)
    pairs = Pairs()
    for check in checks:
        async with aclosing(store.answers(check)) as people:
            async for keyed, spoken in people:
                # In the order of time: the last answer to a question counts.
                last = ({each.question: each for each in given} for given in (keyed, spoken))
                pairs.add(compared(survey.questions(), *last))
    order = [node.name for node in survey.questions()]
    return AgreementReport(
        checks, survey, pairs.people, pairs.agreements(order), pairs.agreements_by_language(order),
        pairs.whole(),
    )  # fmt: skip


def agreement_json(found: Agreement) -> dict[str, Any]:
    """One question's agreement for programs."""
    interval = found.estimate
    return {
        "pairs": found.pairs,
        "agreed": found.agreed,
        "share": found.share,
        "low": interval.low,
        "high": interval.high,
        "kappa": found.kappa,
        "kappa_low": found.kappa_low,
        "kappa_high": found.kappa_high,
        "limit": None if found.limit is None else found.limit.value,
        "table": [
            {"keypad": first, "operator": second, "count": count}
            for (first, second), count in found.table.items()
        ],
    }


def agreements_json(found: Mapping[str, Agreement]) -> dict[str, Any]:
    """Question -> its agreement."""
    return {name: agreement_json(each) for name, each in found.items()}


def report_json(report: AgreementReport) -> dict[str, Any]:
    """The whole report for programs."""
    return {
        "checks": checks_json(report.checks),
        "survey": report.survey.name,
        "confidence": CONFIDENCE,
        "people": report.people,
        "pairs": report.whole.pairs,
        "agreed": report.whole.agreed,
        "share": report.whole.share,
        "questions": agreements_json(report.questions),
        "by_language": {name: agreements_json(each) for name, each in report.by_language.items()},
    }


def checks_json(checks: Sequence[CheckRecord]) -> list[dict[str, Any]]:
    """How each sample was drawn."""
    return [
        {
            "campaign": each.campaign, "of": each.of_campaign, "questions": list(each.questions),
            "seed": each.seed, "stratified": each.stratified, "drawn_at": each.drawn_at,
            "drawn_by": each.drawn_by, "complete": each.people, "drawn": each.drawn,
            "constituencies": {
                name: {"complete": part.people, "drawn": part.drawn} for name, part in each.strata.items()
            },
        }
        for each in checks
    ]  # fmt: skip
