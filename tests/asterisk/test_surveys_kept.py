"""Keypad surveys of the whole product: phones press, a real daemon asks, SQLite holds what was pressed."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from db.models import Refusal, SpooledRecord, Suppression
from dialer.campaigns.explaining import explain_contact
from dialer.core.model import Outcome, RefusalReason, Refused
from dialer.ivr.prompt_build import build_survey_prompts
from dialer.telephony.carrier import invites
from tests.asterisk.manager import number
from tests.asterisk.pairs import Pair, PairSpec, until
from tests.asterisk.sipp import Press, citizens, presses
from tests.asterisk.system import Office, with_web
from tests.asterisk.test_survey_calls import SHORT
from tests.asterisk.test_survey_crowd import Citizen, say_numbers
from tests.asterisk.test_survey_crowd import citizens as phones_with_keys
from tests.integration.survey_call import records
from tests.ports import free_port

TEN = (Path(__file__).parents[1] / "fixtures" / "surveys" / "ten_questions.yaml").read_text(encoding="utf-8")
AHEAD = SHORT.replace("title:", "type_ahead: yes\ntitle:").replace(
    "नमस्ते", "नमस्ते। यह ज़िला कार्यालय है। हम योजनाओं पर आपकी राय जानना चाहते हैं।"
)
PEOPLE = PairSpec(seats=1, phones=0, trunks=("people",), calls_per_second=12.0)
pytestmark = [pytest.mark.parametrize("pair_spec", [PEOPLE], ids=["people"]), pytest.mark.timeout(240)]


@asynccontextmanager
async def office_on(pair: Pair) -> AsyncIterator[Office]:
    office = Office(with_web(pair.config, free_port()))
    await office.prepare()
    try:
        yield office
    finally:
        await office.aclose()


async def asked(office: Office, source: str, name: str = "survey") -> int:
    """A stored survey with its prompts; the id of its version."""
    version = await office.survey(source, name)
    await asyncio.to_thread(build_survey_prompts, office.config, version, source)
    return version


async def answers_kept(office: Office) -> dict[str, dict[str, str]]:
    """The answers in the database: number -> question -> value. Each is there once."""
    phone_of = {attempt.id: attempt.phone for attempt in await office.attempts()}
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for answer in await office.answers():
        given = found[phone_of[answer.attempt_id]]
        assert answer.question not in given, "an answer is stored twice"
        given[answer.question] = answer.value
    return found


# --- no more calls ---------------------------------------------------------------------------------------

STOPS, BUSY = f"+{number('4190')}", f"+{number('0017')}"


async def refusals(office: Office, campaign_id: int) -> list[Any]:
    async with office.database.reading() as rows:
        query = select(*Refusal.__table__.columns).where(Refusal.campaign_id == campaign_id)
        return list(await rows.execute(query))


async def calls_to(office: Office, *phones: str) -> list[Any]:
    return [row for row in await office.attempts() if row.phone in phones]


async def an_opt_out_holds_everywhere(office: Office, version: int) -> None:
    """Pressed in the survey of the first campaign, while another runs and before a third begins."""
    settings: dict[str, Any] = {"kind": "survey", "survey_version_id": version}
    await office.campaign("first", [STOPS], **settings)
    await until(partial(calls_to, office, STOPS), lambda rows: bool(rows and rows[0].dialled_at), 20.0)
    await office.campaign("beside", [STOPS, BUSY], **settings)
    await until(office.suppressed, lambda numbers: numbers == {STOPS}, 30.0)
    later = await office.campaign("later", [STOPS], **settings)
    (refused,) = await until(partial(refusals, office, later), bool, 20.0)
    assert refused.reason == RefusalReason.SUPPRESSED
    everything = partial(calls_to, office, STOPS, BUSY)
    attempts = await until(everything, lambda rows: all(row.ended_at for row in rows), 30.0)
    assert Counter(row.phone for row in attempts) == {STOPS: 1, BUSY: 1}, "the other campaign dialled"
    (called,) = await calls_to(office, STOPS)
    async with office.database.reading() as rows:
        (opted_out,) = await rows.execute(select(Suppression.created_at, Suppression.attempt_id))
    assert opted_out.attempt_id == called.id
    assert opted_out.created_at < called.ended_at, "kept while the person is still on the line"
    explained = await explain_contact(office.config, office.database, phone=STOPS, by="test", now=time.time())
    told = {each.record.campaign.name: each for each in explained.campaigns}
    assert set(told) == {"first", "beside", "later"}
    for each in told.values():
        assert isinstance(each.verdict, Refused) and each.verdict.reason is RefusalReason.SUPPRESSED
    place = told["beside"].place
    assert place is not None and (place.state, place.done_why, place.attempts) == ("done", "opted_out", 0)


# --- an independent citizen ------------------------------------------------------------------------------

YOUNG = "1" "1" "2" "3" "4" "45#" "15081981" "6#" "2" "1"
OLD = "2" "2" "4" "5" "72#" "1" "15081947" "12" "3" "2"
EXPECTED = {
    "+919876543210": {
        "language": "hi", "heard": "yes", "used": "no", "source": "council", "reach": "4", "age": "45",
        "born": "1981-08-15", "family": "6", "ration": "apl", "callback": "yes",
    },
    "+919876543211": {
        "language": "en", "heard": "no", "source": "nowhere", "reach": "5", "age": "72", "pension": "yes",
        "born": "1947-08-15", "family": "12", "ration": "none-of-these", "callback": "no",
    },
    "+919876543212": {"a": "yes", "b": "z", "c": "4"},
}  # fmt: skip


def typed(keys: str, listens_to: int) -> list[Press]:
    """The information before the key with this number is listened to."""
    pressed = presses(keys)
    pressed[1] = Press(3.0, pressed[1].key)
    pressed[listens_to] = Press(3.0, pressed[listens_to].key)
    return pressed


async def test_the_database_holds_the_keys_that_sipp_pressed_and_an_opt_out_at_once_for_all_campaigns(
    own_pair: Pair, tmp_path: Path
) -> None:
    young, old, hasty = EXPECTED
    keys = {
        young: typed(YOUNG, 1),
        old: typed(OLD, 2),  # the second question leads to information
        hasty: presses("134", first_s=1.5),  # the first one during the welcome, which it ends
    }
    async with office_on(own_pair) as office:
        ten, ahead = await asked(office, TEN, "ten"), await asked(office, AHEAD, "ahead")
        brief = await asked(office, SHORT, "brief")
        lines = {phone.lstrip("+"): pressed for phone, pressed in keys.items()}
        async with citizens(tmp_path / "sipp", own_pair.port("people"), lines):
            await own_pair.reach("people")
            await office.start()
            settings: dict[str, Any] = {"kind": "survey", "trunk": "people"}
            long = await office.campaign("long", [young, old], survey_version_id=ten, **settings)
            short = await office.campaign("short", [hasty], survey_version_id=ahead, **settings)
            await an_opt_out_holds_everywhere(office, brief)
            await office.until_finished([long, short], 90)
        kept = await answers_kept(office)
        assert {phone: kept[phone] for phone in EXPECTED} == EXPECTED
        assert kept[STOPS] == {"a": "yes"}
        assert {answer.via for answer in await office.answers()} == {"keypad"}
        surveyed = [row.outcome for row in await office.attempts() if row.phone in EXPECTED]
        assert surveyed == [Outcome.SURVEYED] * 3
    assert invites(own_pair.config.data)[STOPS.lstrip("+")] == 1


# --- the daemon dies -------------------------------------------------------------------------------------

CROWD = [f"+9198765{one:05d}" for one in range(100)]


def keys_of(dialled: str) -> dict[int, str]:
    """Whoever has another number presses other keys at the nodes a, b and c; information is listened to."""
    own = int(dialled[-5:])
    return {0: "", 1: "12"[own % 2], 2: "123"[own % 3], 3: "12345"[own % 5], 4: ""}


def answers_of(dialled: str) -> dict[str, str]:
    _, a, b, c, _ = keys_of(dialled).values()
    return {"a": {"1": "yes", "2": "no"}[a], "b": {"1": "x", "2": "y", "3": "z"}[b], "c": c}


async def drained(office: Office) -> int:
    async with office.database.reading() as rows:
        return int(await rows.scalar(select(func.count()).select_from(SpooledRecord)) or 0)


async def test_a_daemon_killed_in_the_middle_of_a_hundred_survey_calls_loses_no_key(own_pair: Pair) -> None:
    made: list[Citizen] = []
    spool = own_pair.config.data / "spool"
    async with office_on(own_pair) as office:
        version = await asked(office, SHORT)
        say_numbers(office.config.data / "prompts", version)
        asks = await office.campaign(
            "asks", CROWD, kind="survey", survey_version_id=version, trunk="people", max_channels=100
        )
        async with phones_with_keys(keys_of, own_pair.port("people"), made):
            await own_pair.reach("people")
            await office.start()
            await until(office.answers, lambda rows: len(rows) >= 80, 60.0)
            office.kill()
            killed_at, before = time.time(), await office.answers()
            in_call = [one for one in made if not one.leg.ended_at]
            await asyncio.to_thread(_wait_for_records, spool)
            await office.start()
            started_at = time.time()
            await office.until_finished([asks], 120)
            await until(lambda: _waiting(spool), lambda files: not files, 30.0)
        answers = await office.answers()
        assert await answers_kept(office) == {phone: answers_of(phone) for phone in CROWD}
        assert len(in_call) > 20, "the daemon died in the middle"
        settled = {row for row in before if row.answered_at < killed_at - 1.5}
        assert settled and settled <= set(answers), "what was answered is not asked again"
        fallback = [row for row in answers if row.via == "fallback"]
        assert fallback and min(row.answered_at for row in fallback) > killed_at - 1.0
        assert await drained(office) >= len(fallback), "each record is remembered as taken in"
        assert any(row.answered_at > started_at for row in answers), "keys count after the start as well"
        assert {row.outcome for row in await office.attempts()} == {Outcome.SURVEYED}
    pressed = Counter((one.leg.dialled, node) for one in made for node, key in one.acted if key)
    assert len(pressed) == 3 * len(CROWD), "each question was heard and answered"
    assert pressed.total() - len(pressed) <= len(in_call), "only what was on its way is asked again"


async def _waiting(spool: Path) -> list[Path]:
    return records(spool)


def _wait_for_records(spool: Path) -> None:
    deadline = time.monotonic() + 60
    while not records(spool):
        assert time.monotonic() < deadline, "the fallback keeps nothing"
        time.sleep(0.05)
