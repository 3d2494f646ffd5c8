"""From selected people to a campaign: the same lists, the same drafts, the same rules as every campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from db.models import Contact
from db.session import Database
from dialer.campaigns.making import make_campaign
from dialer.config import Config
from dialer.core.drafting import Wish
from dialer.core.model import CampaignKind
from dialer.core.people import Person
from dialer.core.words import N_
from dialer.errors import InputError
from dialer.ivr.survey_file import read_survey
from dialer.store.campaigns import CampaignRecord
from dialer.store.lists import ImportedFile, Lists
from dialer.store.surveys import Surveys
from dialer.warroom.changing import ChangingAccess
from dialer.warroom.duties import MOST_AT_ONCE, Duties
from dialer.warroom.people import Selection, selected, set_contact
from dialer.warroom.tallies import CONFIRM_QUESTION, day_of

CONFIRMING: Final = "responsibility_confirm"
"""The survey that asks whether the person takes the responsibility on; it comes with the program."""
CONFIRMING_FILE: Final = Path(__file__).parent / "responsibility_confirm.yaml"


@dataclass(frozen=True, slots=True)
class CallWish:
    """The campaign that is wanted. ``confirm``: by a keypad message; else by operators.

    ``purpose`` and ``consent`` are of the new list of people; without them nobody may be called.
    ``survey``: another one than the program's own that asks the question ``confirm``.
    """

    name: str
    purpose: str
    consent: str
    confirm: bool
    survey: str = ""
    trunk: str = ""


@dataclass(frozen=True, slots=True)
class MadeCampaign:
    """The draft, and who is in it. ``without_phone``: people who cannot be called."""

    record: CampaignRecord
    queued: int
    people: int
    without_phone: int
    asked: int


async def call_people(
    config: Config, database: Database, wanted: Selection, wish: CallWish, by: str, now: float
) -> MadeCampaign:
    """A draft that calls the selected people; open responsibilities of theirs are asked about.

    It is started like any other, under all rules. ``InputError`` and ``RuleRefusal`` say what is wrong.
    """
    access = ChangingAccess(database)
    async with access.reading() as connection:
        people = await connection.run_sync(selected, wanted, day_of(now), MOST_AT_ONCE)
    callable_people = {each["phone"]: each for each in people if each["phone"]}
    if not callable_people:
        raise InputError(N_("nobody who is selected has a telephone number"))
    survey = await _survey(database, wish, by, now) if wish.confirm else ""
    lists = Lists(database)
    source = f"war room, constituency {wanted.constituency}"
    terms = await lists.terms(wish.name, wish.purpose, source, wish.consent)
    persons = [_person(line, each) for line, each in enumerate(callable_people.values(), 1)]
    file = ImportedFile(f"war room: {wish.name}"[:255], "0" * 64, len(people), len(people) - len(persons))
    await lists.import_people(terms, file, lambda: persons, "hi", by, now)
    kind = CampaignKind.SURVEY if wish.confirm else CampaignKind.OPERATORS
    record, queued = await make_campaign(
        config, database, Wish(name=wish.name, kind=kind, purpose=wish.purpose), list_name=wish.name,
        trunk=wish.trunk, survey=survey, by=by, now=now,
    )  # fmt: skip
    asked = 0
    if wish.confirm:
        duties = await Duties(database).open_of(wanted, now)
        asked = await access.change(lambda link: _link(link, record.campaign.id, callable_people, duties))
    return MadeCampaign(record, queued, len(people), len(people) - len(persons), asked)


async def _survey(database: Database, wish: CallWish, by: str, now: float) -> str:
    surveys = Surveys(database)
    if not wish.survey:
        source = CONFIRMING_FILE.read_text(encoding="utf-8")
        stored, _is_new = await surveys.add(CONFIRMING, source, by, now)
        return stored.name
    stored = await surveys.find(wish.survey)
    questions = [node.name for node in read_survey(stored.source, stored.name).questions()]
    if CONFIRM_QUESTION not in questions:
        text = N_("survey {name} has no question `confirm`; its questions: {questions}")
        raise InputError(text, name=wish.survey, questions=", ".join(questions))
    return stored.name


def _person(line: int, row: Mapping[str, object]) -> Person:
    number = row["constituency"]
    return Person(
        line=line, phone=str(row["phone"]), name=str(row["name"]),
        language="en" if str(row["languages"]).startswith("en") else "hi",
        constituency=number if isinstance(number, int) else None,
        booth=str(row["number"]) if row["kind"] == "booth" else "", kind="worker",
        role=str(row["title"])[:80], schemes=(), attributes={},
    )  # fmt: skip


def _link(
    connection: Connection,
    campaign_id: int,
    people: Mapping[str, Mapping[str, object]],
    duties: Sequence[int],
) -> int:
    phones = list(people)
    pairs: dict[int, int] = {}
    for start in range(0, len(phones), 1000):
        rows = connection.execute(
            select(Contact.phone, Contact.id).where(Contact.phone.in_(phones[start : start + 1000]))
        )
        pairs |= {int(str(people[phone]["id"])): id_ for phone, id_ in rows}
    return set_contact(connection, pairs, campaign_id, duties)
