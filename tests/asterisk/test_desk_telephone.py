"""The desk's own telephone: real Chromium, real Asterisk, people on the line; what is heard is measured."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from playwright.async_api import Browser, Error, Page, expect

from dialer.core.seat_check import Fault
from dialer.store.seat_checks import SeatChecks
from tests.asterisk.desk_line import (
    COMES_BACK,
    SAYS_BACK,
    connected,
    desk,
    figures,
    finish_call,
    hears_and_is_heard,
    ready,
    talking,
)
from tests.asterisk.pairs import Pair, PairSpec, until
from tests.asterisk.system import Office, with_web
from tests.browser.conftest import browser  # noqa: F401  (a fixture)
from tests.integration.paper_engine import SURVEY
from tests.ports import free_port

pytestmark = [
    pytest.mark.parametrize("pair_spec", [PairSpec(seats=3, phones=0)], ids=["no phones"]),
    pytest.mark.timeout(150),
]
@asynccontextmanager
async def office_on(pair: Pair) -> AsyncIterator[Office]:
    office = Office(with_web(pair.config, free_port()))
    await office.prepare()
    try:
        yield office
    finally:
        await office.aclose()


@pytest.fixture
async def office(own_pair: Pair) -> AsyncIterator[Office]:
    async with office_on(own_pair) as running:
        await running.operators(3)
        await running.start()
        yield running


async def test_two_people_one_after_the_other_are_heard_and_hear(office: Office, browser: Browser) -> None:  # noqa: F811
    async with desk(office, browser) as page:
        await connected(page)
        people = {"राम साहू": SAYS_BACK, "गीता वर्मा": "+917890003005"}
        version = await office.survey(SURVEY)
        await office.campaign("talks", list(people.values()), list(people), survey_version_id=version)
        await ready(page)
        popped = []
        for count in (1, 2):
            await talking(page)
            await expect(page.locator(".name")).not_to_have_text(popped[-1] if popped else "", timeout=10_000)
            popped.append(await page.locator(".name").inner_text())
            await expect(page.locator(".person")).to_contain_text("62")
            await expect(page.locator(".current")).to_contain_text("क्या आपने उज्ज्वला के बारे में सुना है?")
            await hears_and_is_heard(page)
            await page.keyboard.press(str(count))
            given = await until(office.answers, lambda rows, count=count: len(rows) == count, 15.0)
            await finish_call(page)
            await until(office.dispositions, lambda rows, count=count: len(rows) == count, 15.0)
        assert sorted(popped) == sorted(people)
        phones = {attempt.id: attempt.phone for attempt in await office.attempts()}
        assert [phones[answer.attempt_id] for answer in given] == [people[name] for name in popped]
        assert [(answer.question, answer.value, answer.via) for answer in given] == [
            ("ujjwala", "used", "operator"),
            ("ujjwala", "heard", "operator"),
        ]
        assert [(one.attempt_id, one.code) for one in await office.dispositions()] == [
            (answer.attempt_id, "informed") for answer in given
        ]


async def test_a_check_that_hears_nothing_refuses_people_and_the_supervisor_sees_what_was_measured(
    office: Office, browser: Browser  # noqa: F811
) -> None:
    async with desk(office, browser) as page:
        await connected(page)
        await page.keyboard.press("F2")
        await page.wait_for_function(COMES_BACK, timeout=10_000)
        await asyncio.sleep(1.0)
        await page.keyboard.press("F8")
        await expect(page.get_by_role("alert")).to_contain_text("आपको सुनाई नहीं देती")
        await page.keyboard.press("F2")
        assert await page.evaluate(MAKE_READY) == "seat_not_checked"
    (check,) = await SeatChecks(office.database).latest(0.0)
    assert (check.seat, check.passed, check.faults) == (1, False, (Fault.NOT_HEARD,))
    assert check.jitter_ms is not None and 0 <= check.jitter_ms < 30
    assert check.lost_share is not None and check.lost_share < 0.02
    assert check.round_trip_ms is not None and check.round_trip_ms < 300


MAKE_READY = """async () => {
  const me = await (await fetch("/api/v1/me")).json();
  const headers = { "X-CSRF-Token": me.csrf, "Content-Type": "application/json" };
  const reply = await fetch("/api/v1/desk/ready", { method: "POST", headers, body: "{}" });
  return (await reply.json()).code;
}"""


async def test_asterisk_that_dies_in_mid_call_ends_it_openly_and_is_found_again(
    office: Office, own_pair: Pair, browser: Browser  # noqa: F811
) -> None:
    async with desk(office, browser) as page:
        await connected(page)
        await office.campaign("talks", [SAYS_BACK, "+917890003005"], wrap_up_s=60.0)
        await ready(page)
        await talking(page)
        pid = own_pair.asterisk.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(2)
        await own_pair.asterisk.up()
        await expect(page.locator(".bar h1")).to_have_text("कॉल के बाद", timeout=20_000)
        await expect(page.locator(".trouble")).to_contain_text("कॉल समाप्त हो गई")
        (closed,) = await until(office.attempts, lambda rows: rows[0].outcome is not None, 10.0)
        assert (str(closed.outcome), closed.note) == ("connected", "Asterisk stopped in the call")
        await connected(page)
        await page.keyboard.press("D")
        await page.keyboard.press("1")
        await page.keyboard.press("Enter")
        await talking(page)
        await hears_and_is_heard(page)


async def test_a_page_loaded_anew_in_mid_call_keeps_the_person_and_one_that_dies_gives_them_to_a_colleague(
    office: Office, browser: Browser  # noqa: F811
) -> None:
    async with desk(office, browser) as first, desk(office, browser, seat=2) as second:
        await connected(first)
        await connected(second)
        await office.campaign("talks", [SAYS_BACK], wrap_up_s=10.0)
        await ready(first)
        await talking(first)
        await ready(second)
        await first.reload()
        await connected(first)
        await talking(first)
        await hears_and_is_heard(first)
        with suppress(Error):
            await first.goto("chrome://crash")
        await talking(second)
        await hears_and_is_heard(second)
        assert len(await office.attempts()) == 1


async def test_a_daemon_that_starts_anew_gives_the_telephone_another_password(
    office: Office, browser: Browser  # noqa: F811
) -> None:
    async with desk(office, browser) as page:
        await connected(page)
        await asyncio.to_thread(office.kill)
        await office.start()
        await connected(page)
        await office.campaign("talks", [SAYS_BACK])
        await ready(page)
        await talking(page)
        await hears_and_is_heard(page)


async def test_a_person_stays_on_the_line_while_the_daemon_dies_and_begins_anew(
    office: Office, browser: Browser  # noqa: F811
) -> None:
    async with desk(office, browser) as page:
        await connected(page)
        await office.campaign("talks", [SAYS_BACK])
        await ready(page)
        await talking(page)
        await asyncio.to_thread(office.kill)
        await hears_and_is_heard(page)
        await office.start()
        await expect(page.locator(".line")).to_have_text("जुड़ा है", timeout=15_000)
        await asyncio.sleep(5)
        await talking(page)
        await hears_and_is_heard(page)
        assert len(await office.attempts()) == 1


async def test_a_desk_that_takes_over_takes_the_telephone_too(office: Office, browser: Browser) -> None:  # noqa: F811
    async with desk(office, browser) as first:
        await connected(first)
        async with desk(office, browser) as second:
            await connected(second)
            await expect(first.locator(".telephone")).to_have_count(0)


async def heard_nothing(page: Page) -> None:
    """Whoever speaks on the other lines is not heard here."""
    await asyncio.sleep(0.5)
    before = await figures(page)
    await asyncio.sleep(1.0)
    assert (await figures(page))["energy"] - before["energy"] < 1e-5


async def test_a_person_waits_on_hold_and_is_handed_to_a_colleague(
    office: Office, browser: Browser  # noqa: F811
) -> None:
    async with desk(office, browser) as first, desk(office, browser, seat=2) as second:
        await connected(first)
        await connected(second)
        await office.campaign("talks", [SAYS_BACK], wrap_up_s=60.0)
        await ready(first)
        await talking(first)
        await hears_and_is_heard(first)
        await first.keyboard.press("F6")
        await expect(first.locator(".bar h1")).to_have_text("रोककर रखा है")
        await heard_nothing(first)
        await first.keyboard.press("F6")
        await talking(first)
        await hears_and_is_heard(first)
        await ready(second)
        await expect(second.locator(".bar h1")).to_have_text("तैयार")
        await first.keyboard.press("F6")
        await expect(first.locator(".bar h1")).to_have_text("रोककर रखा है")
        await first.keyboard.press("F7")
        await expect(first.get_by_role("dialog").locator("button").first).to_contain_text("सीट")
        await first.keyboard.press("f")
        await first.keyboard.press("1")
        await expect(second.locator(".bar h1")).to_have_text("सीट 1 आपसे पूछ रही है")
        await hears_and_is_heard(second)
        await first.keyboard.press("j")
        await expect(second.locator(".bar h1")).to_have_text("तीनों की बात; सीट 1")
        await hears_and_is_heard(first)
        await first.keyboard.press("F7")
        await talking(second)
        await expect(second.locator(".person")).to_contain_text("राम साहू")
        await hears_and_is_heard(second)
        await expect(first.locator(".bar h1")).to_have_text("कॉल के बाद")
        await heard_nothing(first)


AGREE = """async (after) => {
  const me = await (await fetch("/api/v1/me")).json();
  const state = await (await fetch("/api/v1/desk/state")).json();
  const body = { attempt_id: state.seat.attempt_id, due_at: state.at + after };
  const headers = { "X-CSRF-Token": me.csrf, "Content-Type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(body) };
  return await (await fetch("/api/v1/desk/callback", request)).json();
}"""


async def test_who_asked_for_it_is_called_again_at_that_time(office: Office, browser: Browser) -> None:  # noqa: F811
    async with desk(office, browser) as page:
        await connected(page)
        await office.campaign("talks", [SAYS_BACK])
        await ready(page)
        await talking(page)
        assert "at" in await page.evaluate(AGREE, 8)
        await finish_call(page)
        await talking(page)
        await hears_and_is_heard(page)
        first, second = await office.attempts()
        assert first.phone == second.phone and second.claimed_at >= first.ended_at


async def test_a_person_is_seen_first_and_called_on_one_key(office: Office, browser: Browser) -> None:  # noqa: F811
    async with desk(office, browser) as page:
        await connected(page)
        await office.campaign("looked at", [SAYS_BACK, "+917890003005"], mode="preview")
        await ready(page)
        await expect(page.locator(".bar h1")).to_have_text("अगला व्यक्ति")
        await expect(page.get_by_role("button", name="इन्हें फ़ोन लगाएँ")).to_be_visible()
        await page.keyboard.press("1")
        shown = await until(office.attempts, lambda rows: len(rows) == 2, 10.0)
        assert [attempt.dialled_at for attempt in shown] == [None, None]
        await expect(page.get_by_role("button", name="इन्हें फ़ोन लगाएँ")).to_be_visible()
        await page.keyboard.press("F2")
        await talking(page)
        await hears_and_is_heard(page)
        await finish_call(page)
        outcomes = sorted(str(attempt.outcome) for attempt in await office.attempts())
        assert outcomes == ["connected", "withdrawn"]


async def test_a_person_is_looked_up_by_the_number_and_called(office: Office, browser: Browser) -> None:  # noqa: F811
    async with desk(office, browser) as page:
        await connected(page)
        await office.campaign("by hand", ["+917890003005", SAYS_BACK], mode="manual")
        await ready(page)
        await expect(page.get_by_role("button", name="नंबर से फ़ोन करें")).to_be_visible()
        await page.keyboard.press("F3")
        await page.keyboard.type("98765 43210")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("किसी सूची में यह नंबर नहीं है")
        assert await office.attempts() == []
        await page.get_by_label("फ़ोन नंबर").fill(SAYS_BACK.replace("+91", "0"))
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="इन्हें फ़ोन लगाएँ")).to_be_visible()
        [shown] = await office.attempts()
        assert (shown.phone, shown.dialled_at) == (SAYS_BACK, None)
        await page.keyboard.press("F2")
        await talking(page)
        await hears_and_is_heard(page)
        await finish_call(page)
        [called] = await until(office.attempts, lambda rows: rows[0].outcome is not None, 10.0)
        assert str(called.outcome) == "connected"


UNPLUG = """() => {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error("unplugged"));
  const line = window.lines.findLast((one) => one.connectionState === "connected");
  line.getSenders()[0].track.dispatchEvent(new Event("ended"));
}"""


async def test_a_headset_that_is_pulled_out_pauses_the_operator(office: Office, browser: Browser) -> None:  # noqa: F811
    async with desk(office, browser) as page:
        await connected(page)
        await ready(page)
        await expect(page.locator(".bar h1")).to_have_text("तैयार")
        await page.evaluate(UNPLUG)
        await expect(page.locator(".bar h1")).to_have_text("विराम पर")
        await expect(page.locator(".hint").first).to_have_text("फ़ोन या कम्प्यूटर की समस्या")


async def test_keys_that_are_pressed_at_the_desk_arrive_at_the_other_end(
    office: Office, own_pair: Pair, browser: Browser  # noqa: F811
) -> None:
    async with desk(office, browser) as page:
        await connected(page)
        await office.campaign("menus", ["+917880003006"])
        await ready(page)
        await talking(page)
        await page.keyboard.press("K")
        for key in "407":
            await page.keyboard.press(key)

        async def remembered() -> str:
            return await own_pair.carrier.command("database get keys last")

        await until(remembered, lambda told: "407" in told, 10.0)
        await page.keyboard.press("Escape")
        await hears_and_is_heard(page)


async def test_three_desks_talk_at_once_and_one_that_lost_its_line_comes_back(
    office: Office, browser: Browser  # noqa: F811
) -> None:
    async with (
        desk(office, browser) as first,
        desk(office, browser, seat=2) as second,
        desk(office, browser, seat=3) as third,
    ):
        pages = (first, second, third)
        for page in pages:
            await connected(page)
        await office.campaign("talks", [SAYS_BACK, "+917890003005", "+917900003005"])
        for page in pages:
            await ready(page)
        for page in pages:
            await talking(page)
        await asyncio.gather(*(hears_and_is_heard(page) for page in pages))
        assert len({await page.evaluate(ATTEMPT) for page in pages}) == 3
        await first.context.set_offline(True)
        await expect(first.locator(".line")).to_have_text("सम्पर्क नहीं है", timeout=15_000)
        await asyncio.gather(*(hears_and_is_heard(page) for page in pages))
        await first.context.set_offline(False)
        await expect(first.locator(".line")).to_have_text("जुड़ा है", timeout=15_000)
        await talking(first)
        await hears_and_is_heard(first)


ATTEMPT = """async () => (await (await fetch("/api/v1/desk/state")).json()).seat.attempt_id"""
