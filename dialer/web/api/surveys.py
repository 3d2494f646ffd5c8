"""Results of surveys: a page that stays current, and the same for programs. Nothing personal is in them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from dialer.contacts.places import load_constituencies
from dialer.core.survey_results import Dimension
from dialer.reports.survey_results import Question, SurveyReport
from dialer.reports.survey_tables import report_json
from dialer.reports.survey_words import Words
from dialer.web.endpoint import SUPERVISOR, Call, Empty, Endpoint, Reply
from dialer.web.problems import language_of
from dialer.web.survey_list import list_page, listed
from dialer.web.survey_page import Wanted, page

STATIC: Final = Path(__file__).parent.parent / "static"
SHOWN_BY: Final = (Dimension.CONSTITUENCY,)


class SurveyResults(Reply):
    """What a survey found. Shares lie in 0..1; ``questions`` counts everybody, ``questions_unmarked`` only
    people without marks on the quality of their answers; ``heard`` is information on a scheme and how many
    heard it to its end; ``groups`` is of the one that ``without`` chose.
    """

    survey: str
    version: int
    title: str
    made_at: float
    confidence: float
    other_versions: list[int]
    people: int
    people_unmarked: int
    filtered: bool
    left_out_marks: list[str]
    quality: dict[str, int]
    by_operator_only: int
    called_us: int
    heard: dict[str, int]
    questions: list[dict[str, Any]]
    questions_unmarked: list[dict[str, Any]]
    groups: dict[str, list[dict[str, Any]]]
    funnel: dict[str, int]
    left_after: dict[str, int]
    left_how: dict[str, int]
    times: list[dict[str, Any]]
    weighting: dict[str, Any] | None
    sample_check: dict[str, Any]


async def results(call: Call[Empty]) -> SurveyResults:
    """The figures now."""
    report, words = await _report(call)
    return SurveyResults(**report_json(report, words, SHOWN_BY))


async def results_page(call: Call[Empty]) -> web.Response:
    """The page."""
    report, words = await _report(call)
    wanted = Wanted(call.request.query.get("question", ""), report.filtered)
    # Elsewhere than in the loop that also places calls; the first page compiles its template.
    text = await asyncio.to_thread(page, report, words, wanted, call.parts.config.data)
    headers = {"Content-Language": words.language}
    return web.Response(text=text, content_type="text/html", headers=headers)


async def surveys_page(call: Call[Empty]) -> web.Response:
    """The list of surveys."""
    language = _language(call)
    text = list_page(await listed(call.parts.database, language), language)
    return web.Response(text=text, content_type="text/html", headers={"Content-Language": language})


async def _report(call: Call[Empty]) -> tuple[SurveyReport, Words]:
    request, parts = call.request, call.parts
    is_filtered = bool(request.query.get("without"))
    version = request.query.get("version", "")
    asked = Question(
        name=request.match_info["name"],
        version=int(version) if version.isdecimal() and len(version) < 9 else None,
        by=SHOWN_BY,
        filtered=is_filtered,
    )
    report = await parts.survey_reports.report(asked)
    return report, Words(report.survey, _language(call), load_constituencies(parts.config.data))


def _language(call: Call[Empty]) -> str:
    """The one in the address, else the person's own, else the browser's."""
    asked = call.request.query.get("lang", "")
    if asked in ("hi", "en"):
        return asked
    return call.person.language if call.person.session else language_of(call.request)


async def style(_call: Call[Empty]) -> web.Response:
    """The page's style sheet."""
    return _static("survey.css", "text/css")


async def script(_call: Call[Empty]) -> web.Response:
    """What keeps the page current."""
    return _static("survey.js", "text/javascript")


def _static(name: str, content_type: str) -> web.Response:
    text = (STATIC / name).read_text(encoding="utf-8")
    return web.Response(text=text, content_type=content_type, headers={"Cache-Control": "no-cache"})


ENDPOINTS = (
    Endpoint(
        "GET", "/api/v1/surveys/{name:.+}/results", results, SUPERVISOR, "What a survey found", "surveys",
        reply=SurveyResults, problems=("not_found", "store_busy"),
        notes="Query: version, without=all (leave out people with marked answers), lang=hi|en.",
    ),
    Endpoint(
        "GET", "/surveys", surveys_page, SUPERVISOR, "All surveys, each leading to its results", "surveys",
        problems=("store_busy",),
    ),
    Endpoint(
        "GET", "/surveys/{name:.+}", results_page, SUPERVISOR, "The results of a survey as a page", "surveys",
        problems=("not_found", "store_busy"),
    ),
    Endpoint("GET", "/static/survey.css", style, SUPERVISOR, "That page's style sheet", "surveys"),
    Endpoint("GET", "/static/survey.js", script, SUPERVISOR, "What keeps that page current", "surveys"),
)  # fmt: skip
