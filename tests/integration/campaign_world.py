"""A small office in a private SQLite file, made through the tables: for tests of campaigns and reports."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update

from db import models
from db.session import Database
from dialer.core.drafting import Draft, OfficeLimits, SurveyFacts, TrunkFacts, Wish, draft
from dialer.core.model import CampaignKind, Window
from dialer.core.rules import OFFICE_ZONE
from dialer.store.campaigns import CampaignRecord, Campaigns
from tests.places import queued

OFFICE = OfficeLimits(window=Window(), ring_s=30.0, max_total=6)
TRUNK = TrunkFacts("carrier", "+917880000000", "", channels=150, calls_per_second=30.0)

Rows = Sequence[Mapping[str, Any]] | Mapping[str, Any]


def at(text: str) -> float:
    """``"2026-11-20 10:30"`` in the office -> epoch seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=OFFICE_ZONE).timestamp()


MORNING = at("2026-11-20 10:30")


class World:
    """Rows into the tables; every method returns what later rows refer to."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.campaigns = Campaigns(database)
        self._attempts = 0

    async def add(self, table: type[models.Base], rows: Rows) -> None:
        async with self.database.writing() as connection:
            await connection.execute(insert(table), rows)

    async def contact_list(
        self, name: str = "Durg", people: int = 10, purpose: str = "schemes", **facts: str
    ) -> list[int]:
        """A list of ``people`` new contacts in constituencies 62, 63, 62, ...; returns their ids."""
        async with self.database.writing() as connection:
            first = (await connection.scalar(select(func.max(models.Contact.id))) or 0) + 1
            values = {"source": "register", "consent": "form of 2026", **facts}
            list_id = await connection.scalar(
                insert(models.ContactList)
                .values(name=name, purpose=purpose, created_at=MORNING, created_by="test", **values)
                .returning(models.ContactList.id)
            )
            ids = list(range(first, first + people))
            if ids:
                await connection.execute(insert(models.Contact), [_contact(n) for n in ids])
                await connection.execute(
                    insert(models.ListMember), [{"list_id": list_id, "contact_id": n} for n in ids]
                )
        return ids

    async def survey(self, name: str = "awareness", source: str = "") -> int:
        """A survey's first version; returns the version's id."""
        await self.add(models.Survey, {"id": 1, "name": name, "created_at": MORNING})
        version = {"id": 1, "survey_id": 1, "version": 1, "source": source, "sha256": "0" * 64}
        await self.add(models.SurveyVersion, {**version, "created_at": MORNING, "created_by": "test"})
        return 1

    async def drafted(self, wish: Wish, list_name: str = "Durg", survey: str | None = None) -> Draft:
        facts = await self.campaigns.contact_list(list_name)
        version = SurveyFacts(1, survey, 1) if survey else None
        return draft(wish, facts, TRUNK, version, OFFICE)

    async def campaign(
        self, name: str = "winter", kind: CampaignKind = CampaignKind.OPERATORS, survey: str | None = None,
        list_name: str = "Durg", state: str = "draft",
    ) -> CampaignRecord:  # fmt: skip
        """A campaign for everyone on the list, put into ``state``."""
        made = await self.drafted(Wish(name, kind, "schemes"), list_name, survey)
        await self.campaigns.create(made, "test", MORNING)
        async with self.database.writing() as connection:
            table = models.Campaign
            await connection.execute(update(table).where(table.name == name).values(state=state))
        return await self.campaigns.find(name)

    async def attempt(
        self, contact_id: int, outcome: str | None, *, campaign_id: int = 1, claimed_at: float = MORNING,
        rang_s: float = 9.0, lasted_s: float = 60.0, **columns: Any,
    ) -> str:  # fmt: skip
        """A placed attempt, answered and joined as its outcome says; returns its id."""
        self._attempts += 1
        id_ = f"a{self._attempts:024x}"
        dialled, ringing = claimed_at + 0.1, claimed_at + 2.0
        answered = ringing + rang_s if outcome in ("connected", "surveyed", "abandoned") else None
        ended = answered + lasted_s if answered else ringing + rang_s
        row = {
            "id": id_,
            "campaign_id": campaign_id,
            "contact_id": contact_id,
            "number_of_attempt": 1,
            "trunk": "carrier",
            "claimed_at": claimed_at,
            "dialled_at": dialled,
            "ringing_at": ringing,
            "answered_at": answered,
            "joined_at": answered + 0.02 if answered and outcome == "connected" else None,
            "ended_at": None if outcome is None else ended,
            "outcome": outcome,
            "cause": 16 if answered else 19,
            "seat": None,
            "operator_id": None,
            **columns,
        }
        async with self.database.writing() as connection:
            await connection.execute(queued(campaign_id, contact_id, "waiting"))
        await self.add(models.Attempt, row)
        return id_


def _contact(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "phone": phone(number),
        "name": f"नाम {number}",
        "constituency": 62 + number % 2,
        "created_at": MORNING,
    }


def phone(number: int) -> str:
    """The number of contact ``number``."""
    return f"+9198{number:08d}"


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """An empty office."""
    database = Database(f"sqlite+aiosqlite:///{folder / 'office.sqlite3'}")
    try:
        async with database.writing() as connection:
            await connection.run_sync(models.Base.metadata.create_all)
        yield World(database)
    finally:
        await database.aclose()
