"""The results page and its API, asked over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialer.errors import InputError
from dialer.reports.survey_results import Question
from dialer.web.survey_map import WIDTH, shapes_of
from dialer.web.survey_reports import FRESH_S, SurveyReports
from tests.integration.desk_world import World, running_world
from tests.integration.survey_answers_world import NAME, START, Invented

PAGE = f"/surveys/{NAME}"
API = f"/api/v1/surveys/{NAME}/results"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running_world(tmp_path) as running:
        people = Invented(first=1_000)
        people.crowd(60)
        await people.store(running.database)
        yield running


async def test_the_figures_are_given_to_supervisors_only(world: World) -> None:
    operator, guide = await world.seated("op01", 1), await world.seated("guide", 2)
    for path in (API, PAGE, "/static/survey.js", "/static/survey.css"):
        async with await operator.get(path) as refused, await guide.get(path) as given:
            assert (refused.status, given.status) == (403, 200), path


async def test_the_api_gives_what_the_command_line_gives(world: World) -> None:
    guide = await world.seated("guide", 2)
    async with await guide.get(f"{API}?lang=en") as reply:
        found = await reply.json()
    assert found["survey"] == NAME and found["funnel"]["answered_call"] == 60
    assert found["groups"]["constituency"][0]["name"] == "62 Patan"
    async with await guide.get(f"{API}?without=all") as reply:
        assert (await reply.json())["filtered"] is True
    for path in ("/api/v1/surveys/nobody/results", f"{API}?version=77"):
        async with await guide.get(path) as reply:
            assert reply.status == 404


async def test_the_page_speaks_the_language_that_is_asked_for_and_needs_no_inline_code(world: World) -> None:
    guide = await world.seated("guide", 2)
    async with await guide.get(f"{PAGE}?lang=hi") as reply:
        hindi = await reply.text()
        assert reply.headers["Content-Language"] == "hi"
    async with await guide.get(f"{PAGE}?lang=en") as reply:
        english = await reply.text()
    assert "विधानसभा क्षेत्रों में योजनाएँ" in hindi and '<html lang="hi">' in hindi
    assert "Schemes by constituency" in english and "62 Patan" in english
    assert "Confusion tables" in english and "operator: yes" in english
    assert "जवाबों की आमने-सामने तालिकाएँ" in hindi and "ऑपरेटर: हाँ" in hindi
    for text in (hindi, english):
        assert not re.search(r"<script>|<style|\sstyle=|\son\w+=", text)


async def test_what_the_address_says_is_never_obeyed_as_markup(world: World) -> None:
    guide = await world.seated("guide", 2)
    async with await guide.get(PAGE) as reply:
        assert reply.status == 200
    attack = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    async with await guide.get(f"{PAGE}?question={attack}&without={attack}&lang={attack}") as reply:
        assert reply.status == 200 and "alert(1)</script>" not in await reply.text()
    async with await guide.get(f"/surveys/{attack}") as reply:
        assert reply.status == 404


async def test_a_survey_that_nobody_answered_has_a_page_too(tmp_path: Path) -> None:
    async with running_world(tmp_path) as world:
        await Invented(first=1_000).store(world.database)
        guide = await world.seated("guide", 2)
        async with await guide.get(f"{PAGE}?lang=en") as reply:
            assert "Nobody has answered yet." in await reply.text()


async def test_many_viewers_make_one_count(world: World) -> None:
    now = 0.0
    reports = SurveyReports(world.database, lambda: START, lambda: now)
    first = await reports.report(Question(NAME))
    assert await reports.report(Question(NAME)) is first
    assert await reports.report(Question(NAME, filtered=True)) is not first
    now = FRESH_S + 1
    assert await reports.report(Question(NAME)) is not first


def test_without_borders_the_constituencies_are_tiles(tmp_path: Path) -> None:
    drawn = shapes_of([62, 63, 64, 65], tmp_path)
    assert list(drawn.shapes) == [62, 63, 64, 65]
    assert drawn.shapes[62].y == drawn.shapes[64].y < drawn.shapes[65].y


def test_the_offices_own_borders_are_drawn_if_it_has_them(tmp_path: Path) -> None:
    square = [[81.0, 21.0], [81.4, 21.0], [81.4, 21.4], [81.0, 21.4], [81.0, 21.0]]
    feature = {"id": 62, "properties": {}, "geometry": {"type": "Polygon", "coordinates": [square]}}
    file = tmp_path / "constituencies.geojson"
    credits = {"attribution": "survey office", "attribution_hi": "नक़्शा कार्यालय"}
    file.write_text(json.dumps({**credits, "features": [feature]}))
    drawn = shapes_of([62], tmp_path)
    assert (drawn.credit("en"), drawn.credit("hi")) == ("survey office", "नक़्शा कार्यालय")
    assert drawn.shapes[62].x == pytest.approx(WIDTH / 2, abs=1)
    assert WIDTH < drawn.height < WIDTH * 1.2, "a square of degrees is higher than wide at 21 degrees north"
    assert shapes_of([62, 63], tmp_path).credit("hi") == "", "one that is not drawn: tiles for all"
    file.write_text("{}")
    with pytest.raises(InputError, match="needs GeoJSON polygons"):
        shapes_of([62], tmp_path)


async def test_supervisors_find_every_survey_from_the_war_room(world: World) -> None:
    operator, guide = await world.seated("op01", 1), await world.seated("guide", 2)
    async with await operator.get("/surveys") as refused, await guide.get("/surveys?lang=en") as given:
        assert (refused.status, given.status) == (403, 200)
        text = await given.text()
    assert f'href="{PAGE}?lang=en"' in text and "Awareness of central-government schemes" in text
    async with await guide.get("/surveys?lang=hi") as given:
        assert "केंद्र सरकार की योजनाओं की जानकारी" in await given.text()
    async with await guide.get("/warroom?lang=en") as room, await operator.get("/warroom") as other:
        assert 'href="/surveys?lang=en"' in await room.text()
        assert "/surveys" not in await other.text()
