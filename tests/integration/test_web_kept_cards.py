"""Cards are kept, yet show every change at once, live figures live, and to each role what it may see."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from db.models import Attempt, Audit
from db.session import Database
from dialer.warroom.duties import Duties, Duty
from dialer.warroom.facts import Facts
from dialer.warroom.imports import Imports
from dialer.warroom.people import People, Selection
from dialer.warroom.sheets import Kind
from dialer.warroom.tallies import refresh
from dialer.web.parts import PARTS
from tests.integration.desk_world import Desk, World
from tests.integration.war_room_world import NOW, signed_in, take, war_room_world

CARD = "/warroom/62?lang=en"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with war_room_world(tmp_path, booths=3, workers=12) as running:
        running.clock.now = NOW
        yield running


async def card(desk: Desk, address: str = CARD) -> str:
    reply = await desk.get(address)
    assert reply.status == 200
    return await reply.text()


async def test_a_change_by_another_program_is_seen_at_the_next_look(world: World) -> None:
    editor = await signed_in(world, "editor")
    other = Database(world.config.database_url)
    try:
        fact = int((await card(editor)).split('data-correct="')[1].split('"')[0])
        await Facts(other).correct(fact, "2,20,000", "roll 2026", "cli", NOW)
        assert "2,20,000" in await card(editor)
        await People(other).change(1, {"name": "सीता नवीन"}, "her word", "cli", NOW)
        assert "सीता नवीन" in await card(editor)
        duties = Duties(other)
        ids = await duties.assign(Selection(62, booth="1"), Duty("मतदाता पर्ची", "अध्यक्ष"), "cli", NOW)
        assert "मतदाता पर्ची" in await card(editor)
        await duties.finish(ids, "cli", NOW)
        assert 'data-done="' + str(ids[0]) not in await card(editor)
        await duties.note(62, "रविवार को बैठक", "cli", NOW)
        assert "रविवार को बैठक" in await card(editor)
    finally:
        await other.aclose()


async def test_an_import_is_seen_and_so_is_its_end(world: World) -> None:
    reader, data = await signed_in(world, "reader"), world.config.data
    assert "नई शाला" not in await card(reader)
    columns = ("ac no", "booth", "booth name")
    number = await take(world.database, data, Kind.BOOTHS, columns, [(62, 77, "नई शाला")])
    assert "नई शाला" in await card(reader)
    await Imports(world.database, data).undo(number, "test", NOW)
    assert "नई शाला" not in await card(reader)


async def test_what_calls_said_is_never_kept(world: World) -> None:
    reader = await signed_in(world, "reader")
    before = calls_shown(await card(reader))
    await world.database.transact(
        lambda link: link.execute(insert(Attempt).values(
            id="a" + "f" * 24, campaign_id=1, contact_id=100, number_of_attempt=2, trunk="carrier",
            claimed_at=NOW - 60, ended_at=NOW - 30, outcome="busy"))
    )  # fmt: skip
    await refresh(world.database, NOW)
    assert calls_shown(await card(reader)) == before + 1


def calls_shown(page: str) -> int:
    found = re.search(r"<b>([\d,]+)</b>Calls", page)
    assert found is not None
    return int(found[1].replace(",", ""))


async def test_a_card_kept_for_an_editor_shows_a_reader_no_more_than_before(world: World) -> None:
    editor, reader = await signed_in(world, "editor"), await signed_in(world, "reader")
    for desk in (editor, reader, editor, reader):
        page = await card(desk)
        may = desk is editor
        assert ("data-reveal" in page, 'id="assign"' in page, "data-correct" in page) == (may, may, may)
        assert "+9197" not in page and "••••" in page
    pages = {re.search(r'name="csrf" content="([^"]+)"', await card(desk))[1] for desk in (editor, reader)}  # type: ignore[index]
    assert len(pages) == 2, "a sign-in's secret is its own"


async def test_every_look_is_written_down_and_the_kept_card_too_needs_a_sign_in(world: World) -> None:
    reader = await signed_in(world, "reader")
    for _look in range(3):
        await card(reader)
    await world.server.app[PARTS].trail.flush()
    looks = await world.rows(select(Audit.subject).where(Audit.action == "card look"))
    assert [row.subject for row in looks] == ["constituency 62"] * 3
    assert (await world.desk().get(CARD)).status == 401
    assert (await (await world.seated("op01", 1)).get(CARD)).status == 403


async def test_the_next_day_and_an_earlier_day_have_their_own_card(world: World) -> None:
    reader = await signed_in(world, "reader")
    assert "2,16,917" in await card(reader)
    assert "1,79,243" in await card(reader, CARD + "&on=2018-12-31")
    assert "2,16,917" in await card(reader)


async def test_browsers_keep_scripts_and_styles_of_this_content_only(world: World) -> None:
    reader = await signed_in(world, "reader")
    found = re.search(r'href="(/static/warroom.css\?v=[0-9a-f]+)"', await card(reader))
    assert found is not None
    assert "immutable" in (await reader.get(found[1])).headers["Cache-Control"]
    assert (await reader.get("/static/warroom.css?v=0")).headers["Cache-Control"] == "no-cache"
