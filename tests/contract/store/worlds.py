"""Three places where the store's contract must hold, filled and looked at in the same way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import insert, select, update

from db import models
from db.session import Database
from dialer.core.model import Campaign, CampaignKind, CampaignState, Contact, DialPolicy, Outcome
from dialer.core.quotas import stored_quotas
from dialer.store.memory import MemoryDialStore
from dialer.store.memory_tables import Person, Place
from dialer.store.port import Claim, DialStore
from dialer.store.sql import SqlDialStore

NOW = 1_795_507_200.0
"""2026-11-24 13:30 in India."""
PURPOSE = "scheme awareness"
POLICY = DialPolicy(
    spacing_s={Outcome.BUSY: 900.0, Outcome.NO_ANSWER: 7200.0, Outcome.CONGESTION: 300.0},
    max_total=10,
)
_CONTACT_COLUMNS = ("id", "phone", "name", "language", "constituency")
SURVEY_SOURCE = "name: awareness\n"


def phone(number: int) -> str:
    return f"+9198{number:08d}"


class World(ABC):
    """A filled database. Contact n has the number ``phone(n)``."""

    store: DialStore

    def __init__(self) -> None:
        self._campaigns = 0
        self._contacts = 0

    async def campaign(self, **changes: Any) -> Campaign:
        """A running campaign with an empty queue."""
        self._campaigns += 1
        campaign = Campaign(
            id=self._campaigns,
            name=f"Campaign {self._campaigns}",
            kind=CampaignKind.SURVEY,
            state=CampaignState.RUNNING,
            purpose=PURPOSE,
            trunk="carrier",
            caller_id="+917880000000",
            max_attempts=5,
        )
        campaign = replace(campaign, **changes)
        await self._add_campaign(campaign)
        return campaign

    async def people(self, count: int, *campaigns: Campaign, **changes: Any) -> list[int]:
        """``count`` new contacts, waiting in the campaigns; their ids, in order."""
        people = []
        for _ in range(count):
            self._contacts += 1
            contact = Contact(
                id=self._contacts,
                phone=phone(self._contacts),
                name=f"सुनीता {self._contacts}",
                language="hi",
                constituency=62,
                list_purpose=PURPOSE,
                list_source="district register",
                list_consent="form 12",
            )
            contact = replace(contact, **changes)
            people.append(Person(contact, booth="62/101", kind=contact.kind, schemes=("ujjwala",)))
        await self._add_people(people)
        ids = [person.contact.id for person in people]
        for campaign in campaigns:
            await self.enqueue(campaign, ids)
        return ids

    async def claim(
        self, campaign: Campaign, limit: int = 10, now: float = NOW, policy: DialPolicy = POLICY
    ) -> Claim:
        """A claim with the usual rules."""
        return await self.store.claim(campaign, limit, now, policy)

    @abstractmethod
    async def _add_campaign(self, campaign: Campaign) -> None: ...

    @abstractmethod
    async def _add_people(self, people: Sequence[Person]) -> None: ...

    @abstractmethod
    async def enqueue(self, campaign: Campaign, contact_ids: Sequence[int]) -> None: ...

    @abstractmethod
    async def check(self, campaign: Campaign, of: Campaign, questions: Sequence[str]) -> None:
        """The campaign asks these questions of the other's people again."""

    @abstractmethod
    async def set_place(self, campaign: Campaign, contact_id: int, **changes: Any) -> None: ...

    @abstractmethod
    async def place(self, campaign: Campaign, contact_id: int) -> Place: ...

    @abstractmethod
    async def attempt(self, attempt_id: str) -> dict[str, Any]:
        """Column names of ``attempt`` and values."""

    @abstractmethod
    async def attempts(self) -> int:
        """How many there are."""

    @abstractmethod
    async def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table of facts, in order; the worlds share the columns that the tests look at."""


class MemoryWorld(World):
    def __init__(self) -> None:
        super().__init__()
        self.memory = self.store = MemoryDialStore()
        self.memory.add_survey(1, SURVEY_SOURCE)

    async def _add_campaign(self, campaign: Campaign) -> None:
        self.memory.add_campaign(campaign)

    async def _add_people(self, people: Sequence[Person]) -> None:
        for person in people:
            self.memory.add_person(person)

    async def enqueue(self, campaign: Campaign, contact_ids: Sequence[int]) -> None:
        self.memory.enqueue(campaign.id, contact_ids)

    async def check(self, campaign: Campaign, of: Campaign, questions: Sequence[str]) -> None:
        self.memory.sample_checks[campaign.id] = tuple(questions)

    async def set_place(self, campaign: Campaign, contact_id: int, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self.memory.places[campaign.id, contact_id], name, value)

    async def place(self, campaign: Campaign, contact_id: int) -> Place:
        return self.memory.places[campaign.id, contact_id]

    async def attempt(self, attempt_id: str) -> dict[str, Any]:
        stored = self.memory.attempts[attempt_id]
        columns = {name: getattr(stored, name) for name in stored.__slots__ if name != "claimed"}
        return columns | {"outcome": stored.outcome.value if stored.outcome else None}

    async def attempts(self) -> int:
        return len(self.memory.attempts)

    async def rows(self, table: str) -> list[dict[str, Any]]:
        memory = self.memory
        match table:
            case "refusal":
                return [
                    {"contact_id": contact, "reason": reason.value, "until_at": refusal.until}
                    | {"times": refusal.times, "first_at": refusal.first_at, "last_at": refusal.last_at}
                    for (_campaign, contact, reason), refusal in memory.refusals.items()
                ]
            case "suppression":
                return [asdict(each) for each in memory.suppression.values()]
            case "attempt_event":
                return [asdict(each) for each in memory.events]
            case "answer":
                return [asdict(each) for each in memory.answers.values()]
            case "disposition":
                return [asdict(each) for each in memory.dispositions.values()]
            case "seat_period":
                return [asdict(each) for each in memory.periods]
            case "pacing_decision":
                return [asdict(each) for each in memory.decisions]
        raise LookupError(table)


class SqlWorld(World):
    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.store = SqlDialStore(database)

    async def prepare(self) -> None:
        """Lists, a survey and operators to refer to."""
        common = {"created_at": NOW, "created_by": "test"}
        contacts = {"name": "all", "purpose": PURPOSE, "source": "district register", "consent": "form 12"}
        operator = {"name": "Rekha", "role": "operator", "password_hash": "-", "language": "hi"}
        async with self.database.writing() as connection:
            await connection.execute(insert(models.ContactList).values(id=1, **contacts, **common))
            await connection.execute(insert(models.Survey).values(id=1, name="awareness", created_at=NOW))
            version = {"id": 1, "survey_id": 1, "version": 1, "source": SURVEY_SOURCE, "sha256": "0" * 64}
            await connection.execute(insert(models.SurveyVersion).values(**version, **common))
            for number in (1, 2):
                row = {"id": number, "active": True, "username": f"op{number}", **operator, **common}
                await connection.execute(insert(models.Operator).values(row))

    async def _add_campaign(self, campaign: Campaign) -> None:
        values = {name: getattr(campaign, name) for name in campaign.__slots__ if name != "window"}
        values |= {"window_start_minute": campaign.window.start_minute, "list_id": 1, "script": {}}
        values |= {"window_end_minute": campaign.window.end_minute, "created_at": NOW, "created_by": "test"}
        values["quotas"] = stored_quotas(campaign.quotas)
        for name in ("kind", "state", "mode"):
            values[name] = values[name].value
        async with self.database.writing() as connection:
            await connection.execute(insert(models.Campaign).values(values))

    async def _add_people(self, people: Sequence[Person]) -> None:
        rows = [
            {name: getattr(person.contact, name) for name in _CONTACT_COLUMNS}
            | {"booth": person.booth, "schemes": list(person.schemes), "attributes": {}, "created_at": NOW}
            | {"kind": person.kind, "role": person.role}
            for person in people
        ]
        async with self.database.writing() as connection:
            await connection.execute(insert(models.Contact), rows)

    async def enqueue(self, campaign: Campaign, contact_ids: Sequence[int]) -> None:
        columns = {"campaign_id": campaign.id, "state": "waiting", "next_at": 0.0, "attempts": 0}
        rows = [{**columns, "contact_id": number} for number in contact_ids]
        async with self.database.writing() as connection:
            await connection.execute(insert(models.CampaignContact), rows)

    async def check(self, campaign: Campaign, of: Campaign, questions: Sequence[str]) -> None:
        row = {"campaign_id": campaign.id, "of_campaign_id": of.id, "questions": list(questions)}
        row |= {"seed": "1", "stratified": False, "strata": {}, "drawn_at": NOW, "drawn_by": "test"}
        async with self.database.writing() as connection:
            await connection.execute(insert(models.SampleCheck).values(row))

    async def set_place(self, campaign: Campaign, contact_id: int, **changes: Any) -> None:
        table = models.CampaignContact
        async with self.database.writing() as connection:
            await connection.execute(
                update(table)
                .where(table.campaign_id == campaign.id, table.contact_id == contact_id)
                .values(changes)
            )

    async def place(self, campaign: Campaign, contact_id: int) -> Place:
        table = models.CampaignContact
        query = select(table).where(table.campaign_id == campaign.id, table.contact_id == contact_id)
        async with self.database.reading() as connection:
            return Place(**(await connection.execute(query)).mappings().one())

    async def attempt(self, attempt_id: str) -> dict[str, Any]:
        query = select(models.Attempt).where(models.Attempt.id == attempt_id)
        async with self.database.reading() as connection:
            return dict((await connection.execute(query)).mappings().one())

    async def attempts(self) -> int:
        return len(await self.rows("attempt"))

    async def rows(self, table: str) -> list[dict[str, Any]]:
        source = models.Base.metadata.tables[table]
        query = select(source).order_by(*source.primary_key.columns)
        async with self.database.reading() as connection:
            return [dict(row) for row in (await connection.execute(query)).mappings()]
