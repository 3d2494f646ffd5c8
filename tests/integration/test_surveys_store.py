"""Versions of surveys never change, and the prompts of a version are on record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from db.models import Base, Prompt
from db.session import Database
from dialer.config import Config
from dialer.errors import InputError, NotFoundError
from dialer.ivr.prompt_check import missing_prompts
from dialer.ivr.publish import publish_survey
from dialer.ivr.survey_file import read_survey
from dialer.settings.office import Office
from dialer.settings.trunks import Trunk
from dialer.store.surveys import Surveys
from tests.integration.survey_call import SURVEY


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{tmp_path / 'db.sqlite3'}")
    async with opened.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield opened
    await opened.aclose()


async def test_a_changed_text_is_a_new_version_and_the_old_one_stays(database: Database) -> None:
    surveys = Surveys(database)
    first, new = await surveys.add("s", "one", "me", 1.0)
    assert new and (first.version, first.source) == (1, "one")
    again, new = await surveys.add("s", "one", "me", 2.0)
    assert not new and again == first
    second, new = await surveys.add("s", "two", "me", 3.0)
    assert new and second.version == 2
    assert (await surveys.find("s")).source == "two"
    assert (await surveys.find("s", 1)) == first == await surveys.by_id(first.version_id)
    back, new = await surveys.add("s", "one", "me", 4.0)
    assert new and back.version == 3, "an older text can become the newest again"
    assert [each.version for each in await surveys.all()] == [3, 2, 1]


async def test_what_is_not_there_is_named(database: Database) -> None:
    surveys = Surveys(database)
    await surveys.add("schemes", "one", "me", 1.0)
    with pytest.raises(NotFoundError, match=r"no survey is named 'scheme' \(schemes\?\)"):
        await surveys.find("scheme")
    with pytest.raises(NotFoundError, match="has no version 9"):
        await surveys.find("schemes", 9)
    with pytest.raises(NotFoundError, match="number 77"):
        await surveys.by_id(77)


async def test_a_published_survey_can_be_asked_at_once(database: Database, tmp_path: Path) -> None:
    office = Office(name_hi="कार्यालय", name_en="Office", callback_number="+917880000000")
    trunk = Trunk(name="t", host="127.0.0.1", caller_id="+917880000000", simulated=True)
    config = Config(base=tmp_path, office=office, trunks=(trunk,))
    done = await publish_survey(config, database, SURVEY, "test.yaml", "me", lambda: 5.0)
    assert done.new and done.stored.version == 1
    assert missing_prompts(config, done.stored.version_id, read_survey(SURVEY, "x")) == []
    of_version = Prompt.survey_version_id == done.stored.version_id
    async with database.reading() as rows:
        found = await rows.execute(select(Prompt.name, Prompt.language).where(of_version))
    recorded = {(name, code) for name, code in found}
    assert recorded == {(name, code) for name in ("hello", "a", "b", "c", "bye") for code in ("hi", "en")}
    again = await publish_survey(config, database, SURVEY, "test.yaml", "me", lambda: 6.0)
    assert not again.new and not any(each.fresh for each in again.prompts)


async def test_a_wrong_survey_leaves_nothing_behind(database: Database, tmp_path: Path) -> None:
    office = Office(name_hi="कार्यालय", name_en="Office", callback_number="+917880000000")
    trunk = Trunk(name="t", host="127.0.0.1", caller_id="+917880000000", simulated=True)
    config = Config(base=tmp_path, office=office, trunks=(trunk,))
    wrong = SURVEY.replace("next: b}", "next: x}")
    with pytest.raises(InputError, match=r"test\.yaml:\d+: node a: leads to 'x'"):
        await publish_survey(config, database, wrong, "test.yaml", "me", lambda: 1.0)
    assert await Surveys(database).all() == []
