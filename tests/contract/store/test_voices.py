"""Recorded voices are erased by age, by opt-out and on request; a crash in the middle is repaired."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from db import models
from dialer.ivr import voices as voices_module
from dialer.ivr.voices import Swept, erase_voices_of, sweep
from dialer.settings.voices import VoiceSettings
from dialer.store.port import AnswerGiven, OptedOut
from dialer.store.voices import Voices
from tests.contract.store.worlds import NOW, SqlWorld, phone

DAY = 86_400.0
RULES = VoiceSettings(keep_days=30)


class Recordings:
    """Voices of people, in the database and in a folder."""

    def __init__(self, world: SqlWorld, folder: Path) -> None:
        self.world, self.folder = world, folder
        folder.mkdir()

    async def people(self, count: int) -> list[tuple[int, str]]:
        """Contacts and their calls."""
        campaign = await self.world.campaign(survey_version_id=1)
        await self.world.people(count, campaign)
        return [(each.contact.id, each.id) for each in (await self.world.claim(campaign)).attempts]

    def file(self, attempt_id: str, question: str = "complaint", at: float = NOW) -> Path:
        file = self.folder / f"{attempt_id}-{question}.wav"
        file.write_bytes(b"RIFF")
        os.utime(file, (at, at))
        return file

    async def voice(self, who: tuple[int, str], question: str = "complaint", at: float = NOW) -> Path:
        """A stored answer with its sound."""
        contact, attempt = who
        name = f"{attempt}-{question}"
        await self.world.store.write([AnswerGiven(attempt, contact, 1, question, name, "keypad", "hi", at)])
        return self.file(attempt, question, at)

    async def sweep(self, now: float = NOW, rules: VoiceSettings = RULES) -> Swept:
        return await sweep(self.world.database, self.folder, rules, now)

    async def erased(self) -> list[tuple[str | None, float | None]]:
        """Of every answer in order: why and when."""
        answer = models.Answer
        async with self.world.database.reading() as rows:
            found = await rows.execute(select(answer.erased_why, answer.erased_at).order_by(answer.id))
            return [(why, at) for why, at in found]

    async def audited(self) -> list[dict[str, Any]]:
        audit = models.Audit
        async with self.world.database.reading() as rows:
            query = select(audit.actor, audit.subject, audit.detail).where(audit.action == "voice erase")
            return [dict(row._mapping) for row in await rows.execute(query)]


@pytest.fixture
def recordings(sql_world: SqlWorld, tmp_path: Path) -> Recordings:
    return Recordings(sql_world, tmp_path / "voices")


async def test_voices_go_when_they_are_old_enough_and_the_answer_says_so(recordings: Recordings) -> None:
    old, young = await recordings.people(2)
    first = await recordings.voice(old, at=NOW - 31 * DAY)
    second = await recordings.voice(young, at=NOW - 29 * DAY)
    contact, attempt = young
    typed = AnswerGiven(attempt, contact, 1, "age", "42", "keypad", "hi", NOW - 99 * DAY)
    await recordings.world.store.write([typed])
    assert await recordings.sweep() == Swept(retention=1)
    assert (first.exists(), second.exists()) == (False, True)
    assert await recordings.erased() == [("retention", NOW), (None, None), (None, None)]
    [line] = await recordings.audited()
    assert (line["actor"], line["subject"], line["detail"]) == ("daemon", "1 voices", {"why": "retention"})
    assert await recordings.sweep() == Swept(), "once is enough"
    assert await recordings.sweep(NOW + DAY, VoiceSettings(keep_days=0)) == Swept()


async def test_voices_of_people_who_opt_out_go_unless_the_office_keeps_them(recordings: Recordings) -> None:
    gone, stays = await recordings.people(2)
    first, second = await recordings.voice(gone), await recordings.voice(stays)
    await recordings.world.store.write([OptedOut(phone(gone[0]), "keypad", NOW, "citizen")])
    keeping = VoiceSettings(erase_on_opt_out=False)
    assert await recordings.sweep(rules=keeping) == Swept()
    assert await recordings.sweep() == Swept(opt_out=1)
    assert (first.exists(), second.exists()) == (False, True)
    assert await recordings.erased() == [("opt_out", NOW), (None, None)]


async def test_whoever_asks_has_all_voices_erased(recordings: Recordings) -> None:
    mine, others = await recordings.people(2)
    files = [await recordings.voice(mine, "complaint"), await recordings.voice(mine, "wish")]
    files.append(recordings.file(mine[1], "too_short"))
    other = await recordings.voice(others)
    database, folder = recordings.world.database, recordings.folder
    assert await erase_voices_of(database, folder, mine[0], "by letter", "guide", NOW) == (2, 3)
    assert not any(file.exists() for file in files) and other.exists()
    assert await recordings.erased() == [("request", NOW), ("request", NOW), (None, None)]
    [line] = await recordings.audited()
    assert line["subject"] == f"contact {mine[0]}" and line["detail"]["note"] == "by letter"
    assert await erase_voices_of(database, folder, mine[0], "again", "guide", NOW + 9) == (0, 0)
    assert (await recordings.erased())[0] == ("request", NOW), "the first time stays"


async def test_what_a_crash_left_is_deleted_at_the_next_start(
    recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, other = await recordings.people(2)
    file = await recordings.voice(person)
    aged = await recordings.voice(other, at=NOW - 31 * DAY)

    def crash(*_what: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(voices_module, "_delete", crash)
        with pytest.raises(KeyboardInterrupt):
            await erase_voices_of(recordings.world.database, recordings.folder, person[0], "x", "guide", NOW)
        with pytest.raises(KeyboardInterrupt):
            await recordings.sweep()
    assert file.exists() and aged.exists()
    assert [why for why, _at in await recordings.erased()] == ["request", "retention"], "marked first"
    assert await recordings.sweep(NOW + 60) == Swept(repaired=2)
    assert not file.exists() and not aged.exists()
    assert [at for _why, at in await recordings.erased()] == [NOW, NOW]


async def test_an_answer_that_comes_late_again_stays_erased(recordings: Recordings) -> None:
    [person] = await recordings.people(1)
    await recordings.voice(person)
    await erase_voices_of(recordings.world.database, recordings.folder, person[0], "x", "guide", NOW)
    file = await recordings.voice(person, at=NOW + 5)
    assert (await recordings.erased()) == [("request", NOW)]
    assert await recordings.sweep(NOW + 60) == Swept(repaired=1) and not file.exists()


async def test_sounds_without_an_answer_go_after_a_week(recordings: Recordings) -> None:
    [person] = await recordings.people(1)
    fresh, stale = recordings.file(person[1], "a"), recordings.file(person[1], "b", NOW - 8 * DAY)
    foreign = recordings.file("strange", "c", NOW - 8 * DAY)
    assert await recordings.sweep() == Swept(orphans=2)
    assert (fresh.exists(), stale.exists(), foreign.exists()) == (True, False, False)


async def test_many_voices_are_looked_up_in_rounds(
    recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voices_module, "BATCH", 3)
    people = await recordings.people(8)
    for person in people:
        await recordings.voice(person, at=NOW - 31 * DAY)
    assert await recordings.sweep() == Swept(retention=8)
    assert list(recordings.folder.iterdir()) == []


async def test_an_office_without_voices_has_nothing_to_do(sql_world: SqlWorld, tmp_path: Path) -> None:
    assert await sweep(sql_world.database, tmp_path / "none", RULES, NOW) == Swept()
    assert await Voices(sql_world.database).of_attempts([]) == []
