"""Invented answers to the survey that comes with the product, in any database whose tables exist."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from db import models
from db.session import Database
from dialer.ivr.survey_file import EXAMPLES
from tests.places import queued

NAME = "scheme_awareness"
SOURCE = (EXAMPLES / f"{NAME}.yaml").read_text(encoding="utf-8")
START = 1_794_888_000.0
"""2026-11-17 09:30 in India."""
QUESTIONS = ("language", "knows_pmjay", "used_pmjay", "knows_pmkisan", "knows_pmuy", "source", "reach")
KNOWING = {62: 0.85, 63: 0.75, 64: 0.65, 65: 0.55, 66: 0.45, 67: 0.3}
"""Who knows a scheme, by constituency."""


@dataclass(slots=True)
class Rows:
    """What goes into the tables."""

    contacts: list[dict[str, Any]] = field(default_factory=list)
    attempts: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Invented:
    """People who are called for the survey; ``first`` is the number of the first contact."""

    first: int = 1
    rows: Rows = field(default_factory=Rows)
    dice: random.Random = field(default_factory=lambda: random.Random(7))
    _attempts: int = 0

    def person(self, constituency: int | None = 62, booth: str = "12") -> int:
        """A contact; returns its id."""
        number = self.first + len(self.rows.contacts)
        self.rows.contacts.append(
            {
                "id": number, "phone": f"+9197{number:08d}", "name": f"नाम {number}",
                "constituency": constituency, "booth": booth, "created_at": START,
            }
        )  # fmt: skip
        return number

    def call(
        self, contact: int, answers: dict[str, str], *, complete: bool = True, at: float = START,
        pause_s: float = 9.0, via: str = "keypad", language: str = "hi", campaign: int = 900,
    ) -> str:  # fmt: skip
        """An answered call with these answers; returns the attempt's id."""
        self._attempts += 1
        id_ = f"a{self.first + self._attempts:024x}"
        end = at + pause_s * (len(answers) + 1)
        self.rows.attempts.append(
            {
                "id": id_, "campaign_id": campaign, "contact_id": contact, "number_of_attempt": 1,
                "trunk": "carrier", "claimed_at": at - 9, "dialled_at": at - 8, "answered_at": at - 1,
                "ended_at": end, "outcome": "surveyed" if via == "keypad" else "connected",
            }
        )  # fmt: skip
        if via != "operator":
            detail = "complete" if complete else "hung_up"
            self._event(id_, at, "survey_started", "")
            self._event(id_, end, "survey_ended", detail)
        for number, (question, value) in enumerate(answers.items(), 1):
            self.rows.answers.append(
                {
                    "attempt_id": id_, "contact_id": contact, "survey_version_id": 900, "question": question,
                    "value": value, "via": via, "language": language, "answered_at": at + number * pause_s,
                }
            )  # fmt: skip
        return id_

    def _event(self, attempt: str, at: float, event: str, detail: str) -> None:
        self.rows.events.append({"attempt_id": attempt, "at": at, "event": event, "detail": detail})

    def crowd(self, people: int) -> None:
        """People of six constituencies over two days: most finish, some leave, some answer carelessly."""
        for number in range(people):
            constituency = 62 + number % 6
            contact = self.person(constituency, str(1 + number % 40))
            at = START + (number % 2) * 86_400 + number
            answers = self._opinion(KNOWING[constituency])
            language = answers["language"]
            chance = self.dice.random()
            if chance < 0.25:
                answers = dict(list(answers.items())[: self.dice.randint(0, 4)])
            pause_s = 0.5 if chance > 0.97 else self.dice.uniform(5, 14)
            self.call(contact, answers, complete=chance >= 0.25, at=at, pause_s=pause_s, language=language)
            if 0.3 < chance < 0.4:
                self._again(contact, answers, at + 9_000)

    def _opinion(self, knowing: float) -> dict[str, str]:
        def knows() -> str:
            return "yes" if self.dice.random() < knowing else "no"

        answers = {"language": "en" if self.dice.random() < 0.1 else "hi", "knows_pmjay": knows()}
        if answers["knows_pmjay"] == "yes":
            answers["used_pmjay"] = "yes" if self.dice.random() < 0.3 else "no"
        answers |= {"knows_pmkisan": knows(), "knows_pmuy": knows()}
        answers["source"] = self.dice.choice(("news", "phone", "council", "nowhere"))
        answers["reach"] = str(min(5, 1 + round(knowing * 4 * self.dice.random() + 0.6)))
        return answers

    def _again(self, contact: int, answers: dict[str, str], at: float) -> None:
        """An operator asks the same; one in ten says something else now."""
        said = {
            name: ("no" if value == "yes" else "yes") if self.dice.random() < 0.1 else value
            for name, value in answers.items()
            if name.startswith("knows")
        }
        self.call(contact, said, at=at, via="operator")

    async def store(self, database: Database, language_codes: Sequence[str] = ("hi", "en")) -> None:
        """The survey, its campaign, and everything above, into the tables."""
        await _insert(database, [*_frame(language_codes), *self._tables()])

    async def store_people(self, database: Database) -> None:
        """The people only: the survey is there."""
        await _insert(database, self._tables())

    def _tables(self) -> list[tuple[Any, list[dict[str, Any]]]]:
        rows = self.rows
        return [
            (models.Contact, rows.contacts), (models.Attempt, rows.attempts),
            (models.AttemptEvent, rows.events), (models.Answer, rows.answers),
        ]  # fmt: skip


async def _insert(database: Database, tables: list[tuple[Any, list[dict[str, Any]]]]) -> None:
    async with database.writing() as connection:
        for table, rows in tables:
            if table is models.Attempt:
                for row in rows:
                    await connection.execute(queued(row["campaign_id"], row["contact_id"]))
            for begin in range(0, len(rows), 500):
                await connection.execute(insert(table), rows[begin : begin + 500])


def _frame(language_codes: Sequence[str]) -> list[tuple[Any, list[dict[str, Any]]]]:
    made = {"created_at": START, "created_by": "test"}
    list_ = {"id": 900, "name": "answers", "purpose": "p", "source": "s", "consent": "c", **made}
    version = {"id": 900, "survey_id": 900, "version": 1, "source": SOURCE, "sha256": "0" * 64, **made}
    campaign = {
        "id": 900, "name": "सर्वेक्षण", "kind": "survey", "state": "running", "purpose": "p", "list_id": 900,
        "trunk": "carrier", "caller_id": "+917880000000", "mode": "progressive", "survey_version_id": 900,
        **made,
    }  # fmt: skip
    prompts = [
        {"survey_version_id": 900, "name": name, "language": code, "source": "draft", "sha256": "0" * 64,
         "duration_s": 8.0, "built_at": START}
        for name in QUESTIONS
        for code in language_codes
    ]  # fmt: skip
    return [
        (models.ContactList, [list_]), (models.Survey, [{"id": 900, "name": NAME, "created_at": START}]),
        (models.SurveyVersion, [version]), (models.Prompt, prompts), (models.Campaign, [campaign]),
    ]  # fmt: skip
