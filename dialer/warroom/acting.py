"""From selected people to a campaign: the same lists, the same drafts, the same rules as every campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
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
from dialer.store.lists import ImportedFile, Lists, batches
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
    ``what``: the one responsibility that the message is about; it may be left out when the selected people
    have only one open. ``survey``: another one than the program's own that asks the question ``confirm``.
    """

    name: str
    purpose: str
    consent: str
    confirm: bool
    survey: str = ""
    trunk: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class MadeCampaign:
    """The draft, and who is in it. ``without_phone``: people who cannot be called; ``sharing``: those who are
    called on a number that somebody before them has too. ``asked``: responsibilities that are asked about.
    """

    record: CampaignRecord
    queued: int
    people: int
    without_phone: int
    sharing: int
    asked: int
    what: str


async def call_people(
    config: Config, database: Database, wanted: Selection, wish: CallWish, by: str, now: float
) -> MadeCampaign:
    """A draft that calls the selected people; to confirm, those of them who have the responsibility open.

    It is started like any other, under all rules. ``InputError`` and ``RuleRefusal`` say what is wrong.
    """
    access = ChangingAccess(database)
    duties = Duties(database)
    what = await _what(duties, wanted, wish, now) if wish.confirm else ""
    async with access.reading() as connection:
        people = await connection.run_sync(selected, wanted, day_of(now), MOST_AT_ONCE)
    asked = dict(await duties.open_of(wanted, now, what)) if what else {}
    if what:
        having = set(asked.values())
        people = [each for each in people if each["id"] in having]
    with_phone = [each for each in people if each["phone"]]
    first_of = {str(each["phone"]): each for each in reversed(with_phone)}
    if not first_of:
        raise InputError(N_("nobody who is selected has a telephone number"))
    survey = await _survey(database, wish, what, by, now) if wish.confirm else ""
    lists = Lists(database)
    source = f"war room, constituency {wanted.constituency}" + (f": {what}" if what else "")
    terms = await lists.terms(wish.name, wish.purpose, source[:200], wish.consent)
    called = list({str(each["phone"]): first_of[str(each["phone"])] for each in with_phone}.values())
    persons = [_person(line, each) for line, each in enumerate(called, 1)]
    without = len(people) - len(with_phone)
    file = ImportedFile(f"war room: {wish.name}"[:255], "0" * 64, len(people), without)
    await lists.import_people(terms, file, lambda: persons, "hi", by, now)
    kind = CampaignKind.SURVEY if wish.confirm else CampaignKind.OPERATORS
    record, queued = await make_campaign(
        config, database, Wish(name=wish.name, kind=kind, purpose=wish.purpose), list_name=wish.name,
        trunk=wish.trunk, survey=survey, by=by, now=now,
    )  # fmt: skip
    linked = 0
    if asked:
        phones = {int(str(each["id"])): str(each["phone"]) for each in with_phone}
        linked = await access.change(lambda link: _link(link, record.campaign.id, phones, list(asked)))
    return MadeCampaign(
        record, queued, len(people), without, len(with_phone) - len(persons), linked, what
    )


async def _what(duties: Duties, wanted: Selection, wish: CallWish, now: float) -> str:
    """What the message is about; ``InputError`` names the open responsibilities when it is not clear."""
    known = await duties.open_titles(wanted, now)
    what = " ".join(wish.what.split()) or (known[0] if len(known) == 1 else "")
    if what in known:
        return what
    if not known:
        raise InputError(N_("nobody who is selected has an open responsibility to confirm; assign one first"))
    text = N_("say which responsibility the call is about; open are: {known}")
    raise InputError(text, known="; ".join(known[:10]))


async def _survey(database: Database, wish: CallWish, what: str, by: str, now: float) -> str:
    surveys = Surveys(database)
    if not wish.survey:
        name = f"{CONFIRMING}_{sha256(what.encode()).hexdigest()[:8]}"
        stored, _is_new = await surveys.add(name, confirming_survey(name, what), by, now)
        return stored.name
    stored = await surveys.find(wish.survey)
    questions = [node.name for node in read_survey(stored.source, stored.name).questions()]
    if CONFIRM_QUESTION not in questions:
        text = N_("survey {name} has no question `confirm`; its questions: {questions}")
        raise InputError(text, name=wish.survey, questions=", ".join(questions))
    return stored.name


def confirming_survey(name: str, what: str) -> str:
    """The program's own survey as YAML, about one responsibility."""
    source = CONFIRMING_FILE.read_text(encoding="utf-8").replace(f"survey: {CONFIRMING}", f"survey: {name}")
    # Braces would be read as places to fill in.
    return source.replace("{what}", what.replace("{", "(").replace("}", ")"))


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
    connection: Connection, campaign_id: int, phones: Mapping[int, str], duties: Sequence[int]
) -> int:
    """Everybody's contact, of those too who share a telephone; ``phones``: of people by their id."""
    contacts: dict[str, int] = {}
    for batch in batches(sorted(set(phones.values())), 1000):
        rows = connection.execute(select(Contact.phone, Contact.id).where(Contact.phone.in_(batch)))
        contacts |= {phone: id_ for phone, id_ in rows}
    pairs = {person: contacts[phone] for person, phone in phones.items() if phone in contacts}
    return set_contact(connection, pairs, campaign_id, duties)
