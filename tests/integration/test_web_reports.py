"""Pages of daily reports over HTTP: who sees them, what they say, and files byte for byte."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialer.daily.couriers import FAULTS
from dialer.daily.keys import signing_key
from dialer.daily.outbox import Outbox
from dialer.daily.signing import read_signed
from dialer.i18n import catalog
from dialer.web.report_page import fault_in_words
from tests.integration.desk_world import Desk, World
from tests.integration.report_day import DAY
from tests.integration.state_world import AWAY, HEAD, KEY, STATE, days_before, invented_report, state_world
from tests.integration.war_room_world import signed_in

OWN = f"durg-{DAY}.1"
PAGES = ("/warroom/reports", f"/warroom/reports/{OWN}", "/warroom/state", f"/warroom/state/{DAY}",
         f"/warroom/state/reports/raipur-{DAY}.1")  # fmt: skip


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with state_world(tmp_path) as running:
        yield running


async def text_of(desk: Desk, address: str) -> str:
    """What a page says, without its tags."""
    reply = await desk.get(address)
    assert reply.status == 200, await reply.text()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", await reply.text()))


async def test_only_who_oversees_reads_reports(world: World) -> None:
    head, reader = await signed_in(world, "head"), await signed_in(world, "reader")
    guide, operator = await world.seated("guide", 2), await world.seated("op01", 1)
    for page in (*PAGES, f"/warroom/reports/{OWN}/files/{OWN}.json"):
        assert [(await desk.get(page)).status for desk in (head, guide)] == [200, 200], page
        assert [(await desk.get(page)).status for desk in (reader, operator)] == [403, 403], page
        assert (await world.desk().get(page)).status == 401, page
    assert "/warroom/reports" not in await (await reader.get("/warroom")).text()
    assert "/warroom/state" in await (await head.get("/warroom")).text()


async def test_a_district_office_shows_no_districts(tmp_path: Path) -> None:
    async with state_world(tmp_path, role="district") as district:
        head = await signed_in(district, "head")
        assert [(await head.get(page)).status for page in PAGES] == [200, 200, 404, 404, 404]
        assert "/warroom/state" not in await (await head.get("/warroom/reports")).text()


async def test_files_are_those_that_were_signed(world: World) -> None:
    head = await signed_in(world, "head")
    parcel = await Outbox(world.database).parcel(OWN)
    for name, content in {f"{OWN}.json": parcel.content, **parcel.files}.items():
        reply = await head.get(f"/warroom/reports/{OWN}/files/{name}")
        assert await reply.read() == content
        assert reply.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{name}"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
    signed = read_signed(parcel.content)
    assert signed.checked(signing_key(world.config.data).public_key()).day == DAY
    received = await head.get(f"/warroom/state/reports/raipur-{DAY}.1/signed")
    assert read_signed(await received.read()).checked(KEY.public_key()).district == "raipur"
    other = f"durg-{days_before(DAY, 1)}.1"
    for wrong in (f"{OWN}/files/{other}.json", f"{OWN}/files/x.pdf", "x", "x/files/x.json", "x/files/x"):
        assert (await head.get(f"/warroom/reports/{wrong}")).status == 404, wrong
    assert (await head.get("/warroom/state/reports/x/signed")).status == 404


async def test_the_outbox_says_what_waits_since_when_and_why(world: World) -> None:
    head = await signed_in(world, "head")
    said = await text_of(head, "/warroom/reports?lang=en")
    waiting = said.partition("Not there yet")[2].partition("By day")[0]
    assert OWN in waiting and STATE in waiting and HEAD.removeprefix("mail:") not in waiting
    assert "20.11.2026 21:26" in waiting and AWAY in waiting
    assert said.count("1 of 2") == 2 and said.count("2 of 2") == 3
    hindi = await text_of(head, "/warroom/reports?lang=hi")
    assert f"{STATE} जवाब नहीं दे रहा: Cannot connect" in hindi and "कब से रुकी है" in hindi


async def test_older_reports_follow_on_the_next_page(world: World) -> None:
    head = await signed_in(world, "head")
    older = await text_of(head, f"/warroom/reports?lang=en&before={days_before(DAY, 2)}")
    assert f"durg-{days_before(DAY, 3)}.1" in older and f"durg-{days_before(DAY, 2)}.1" not in older
    assert (await head.get("/warroom/reports?before=yesterday")).status == 400


async def test_districts_stand_side_by_side_with_sums_and_changes(world: World) -> None:
    head = await signed_in(world, "head")
    page = await (await head.get(f"/warroom/state/{DAY}?lang=en")).text()
    rows = re.findall(r"<tr.*?</tr>", page.partition('id="districts"')[2].partition("</table>")[0], re.DOTALL)
    assert len(rows) == 35 and sum("has not reported" in row for row in rows) == 3
    assert "30 of 33 districts have reported; the day before: 33." in page
    assert "Not reported yet:</b> बीजापुर, मुंगेली, सुकमा" in page
    raipur = next(row for row in rows if "रायपुर" in row)
    report = invented_report("raipur", DAY)
    placed = report.figures[0]
    assert placed.before is not None and isinstance(placed.value, int)
    cells = re.sub(r"<[^>]*>|,", " ", raipur).split()
    assert f"{placed.value:,}".replace(",", " ").split()[-1] in cells
    sign = "+" if placed.value > placed.before else "−"
    assert f"{sign}{abs(placed.value - placed.before):,}" in raipur


async def test_the_calendar_is_walked_day_by_day(world: World) -> None:
    head = await signed_in(world, "head")
    today = await (await head.get("/warroom/state?lang=en")).text()
    assert "0 of 33 districts" in today and 'rel="next"' not in today
    assert f'rel="prev" href="/warroom/state/{DAY}?lang=en"' in today
    reply = await head.http.get(f"{world.url}/warroom/state?day={DAY}&lang=hi", allow_redirects=False)
    assert (reply.status, reply.headers["Location"]) == (303, f"/warroom/state/{DAY}?lang=hi")
    for wrong in ("2026-02-30", "20261120", "0001-01-01", "9999-12-31", "x"):
        assert (await head.get(f"/warroom/state/{wrong}")).status == 400, wrong


async def test_a_districts_report_is_opened_figure_by_figure(world: World) -> None:
    head = await signed_in(world, "head")
    said = await text_of(head, f"/warroom/state/reports/raipur-{DAY}.1?lang=hi")
    assert "रायपुर" in said and "दैनिक रिपोर्ट, 20.11.2026" in said and "62 पाटन" in said
    page = await (await head.get(f"/warroom/state/reports/raipur-{days_before(DAY, 1)}.1")).text()
    assert f'rel="next" href="/warroom/state/reports/raipur-{DAY}.1' in page
    assert page.count("<g>") == 60, "two drawings of thirty days"
    assert (await head.get("/warroom/state/reports/raipur-2020-01-01.1")).status == 404


def test_a_fault_is_said_in_the_readers_language() -> None:
    hindi = catalog("hi").gettext
    for template in FAULTS:
        names = dict.fromkeys(re.findall(r"\{(\w+)\}", template), "https://a.example: b.c")
        said = fault_in_words(template.format(**names), hindi)
        assert said == hindi(template).format(**names) != template.format(**names)
    assert fault_in_words("mail.example: 554 never", hindi) == "mail.example: 554 never"
