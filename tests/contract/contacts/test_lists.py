"""An import is stored whole or not at all, and the same again changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select

from db import models
from db.session import Database
from dialer.core.people import Person
from dialer.errors import InputError, NotFoundError, RuleRefusal
from dialer.store.contacts import ContactFilter, Contacts
from dialer.store.lists import ImportedFile, Lists, ListTerms, Receipt
from dialer.store.suppression import SuppressionList

TERMS = ListTerms("Durg", "schemes", "register", "form of 2026")
NOW = 1_800_000_000.0
FIRST = 919_826_000_000


def person(number: int, **said: Any) -> Person:
    return Person(line=number + 2, phone=f"+{FIRST + number}", **said)


async def import_(
    database: Database, people: Iterable[Person], terms: ListTerms = TERMS, now: float = NOW, sha: str = "a"
) -> Receipt:
    everyone = list(people)
    file = ImportedFile("list.csv", sha * 64, len(everyone), 0)
    return await Lists(database).import_people(terms, file, lambda: everyone, "hi", "ram", now)


async def count(database: Database, table: type[models.Base]) -> int:
    async with database.reading() as connection:
        return (await connection.scalar(select(func.count()).select_from(table))) or 0


async def audit_log(database: Database) -> list[tuple[str, str, str]]:
    async with database.reading() as connection:
        columns = (models.Audit.actor, models.Audit.action, models.Audit.subject)
        rows = await connection.execute(select(*columns).order_by(models.Audit.id))
        return [(actor, action, subject) for actor, action, subject in rows]


async def test_people_are_stored_and_put_on_the_list(database: Database) -> None:
    said = {"name": "राम साहू", "constituency": 62, "schemes": ("PMAY",), "attributes": {"पता": "वार्ड 3"}}
    receipt = await import_(database, [person(1, **said), person(2, language="en", kind="worker")])
    assert (receipt.new, receipt.known, receipt.joined) == (2, 0, 2)
    ram, other = await Contacts(database).page(ContactFilter(list_name="Durg"))
    assert (ram.person.name, ram.person.language, ram.person.kind) == ("राम साहू", "hi", "citizen")
    assert (ram.person.schemes, ram.person.attributes) == (("PMAY",), {"पता": "वार्ड 3"})
    assert (other.person.language, other.person.kind) == ("en", "worker")
    assert ("ram", "contacts import", "Durg") in await audit_log(database)


async def test_several_rounds_are_one_import(database: Database) -> None:
    receipt = await import_(database, (person(number) for number in range(4500)))
    assert (receipt.new, receipt.joined) == (4500, 4500)
    assert await count(database, models.Contact) == 4500


async def test_the_same_file_again_changes_nothing(database: Database) -> None:
    people = [person(number, name="राम") for number in range(10)]
    await import_(database, people)
    receipt = await import_(database, people, now=NOW + 60)
    assert (receipt.new, receipt.known, receipt.joined, receipt.filled) == (0, 10, 0, 0)
    assert receipt.conflicts == () and receipt.imported_before == NOW
    assert await count(database, models.Contact) == 10
    assert await count(database, models.ListMember) == 10


async def test_a_known_person_joins_a_second_list_and_blanks_are_filled(database: Database) -> None:
    await import_(database, [person(1, name="राम", attributes={"पता": "वार्ड 3"}), person(2)])
    others = ListTerms("Patan", "schemes", "register", "form")
    again = [person(1, name="श्याम", booth="4", kind="worker", attributes={"पिता": "मोहन"}), person(3)]
    receipt = await import_(database, again, others)
    assert (receipt.new, receipt.known, receipt.filled, receipt.joined) == (1, 1, 1, 2)
    (conflict,) = receipt.conflicts
    assert (conflict.field, conflict.known, conflict.stated) == ("name", "राम", "श्याम")
    (ram, *_rest) = await Contacts(database).page(ContactFilter(list_name="Patan"))
    assert (ram.person.name, ram.person.booth, ram.person.kind) == ("राम", "4", "worker")
    assert ram.person.attributes == {"पता": "वार्ड 3", "पिता": "मोहन"}


async def test_an_import_that_breaks_leaves_nothing_behind(database: Database) -> None:
    def breaks() -> Iterator[Person]:
        yield from (person(number) for number in range(3000))
        raise OSError("the disk is gone")

    file = ImportedFile("list.csv", "a" * 64, 3000, 0)
    with pytest.raises(Exception, match="disk is gone"):
        await Lists(database).import_people(TERMS, file, breaks, "hi", "ram", NOW)
    for table in (models.Contact, models.ContactList, models.ListMember, models.ListImport, models.Audit):
        assert await count(database, table) == 0


async def test_people_who_are_not_to_be_called_are_counted(database: Database) -> None:
    await SuppressionList(database).add(lambda: [f"+{FIRST + 1}"], "keypad", "", "daemon", NOW)
    receipt = await import_(database, [person(1), person(2)])
    assert receipt.suppressed == 1
    seen = await Contacts(database).page(ContactFilter(suppressed=True))
    assert [each.person.phone for each in seen] == [f"+{FIRST + 1}"]


@pytest.mark.parametrize("term", ["purpose", "source", "consent"])
async def test_a_list_given_for_one_purpose_takes_no_people_for_another(
    database: Database, term: str
) -> None:
    await import_(database, [person(1)])
    lists = Lists(database)
    given = {"purpose": "schemes", "source": "register", "consent": "form of 2026", term: "something else"}
    with pytest.raises(RuleRefusal, match=f"--{term}"):
        await lists.terms("Durg", **given)
    other = ListTerms("Durg", **given)
    with pytest.raises(RuleRefusal):
        await import_(database, [person(2)], other)
    assert await count(database, models.Contact) == 1


async def test_a_known_list_need_not_be_described_again(database: Database) -> None:
    await import_(database, [person(1)])
    assert await Lists(database).terms("Durg", "", "", "") == TERMS


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (("", "p", "s", "c"), "--list: give"),
        (("Durg", "", "s", "c"), "say its --purpose"),
        (("Durg", "p", "", "c"), "say its --source"),
        (("Durg", "p", "s", " "), "say its --consent"),
        (("D" * 81, "p", "s", "c"), "--list: at most 80"),
        (("Durg", "p", "s\x07", "c"), "--source: at most 200 printable"),
    ],
)
async def test_a_new_list_says_why_its_people_may_be_called(
    database: Database, terms: tuple[str, str, str, str], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        await Lists(database).terms(*terms)


async def test_lists_are_told_with_their_terms_and_sizes(database: Database) -> None:
    assert await Lists(database).all() == []
    await import_(database, [person(1), person(2)])
    (record,) = await Lists(database).all()
    assert (record.terms, record.contacts, record.imported_at, record.created_by) == (TERMS, 2, NOW, "ram")


async def test_contacts_are_found_by_what_is_known_of_them(database: Database) -> None:
    await import_(
        database,
        [
            person(1, name="राम साहू", constituency=62, booth="4"),
            person(2, name="Sita Sahu", constituency=63, kind="worker"),
            person(3, name="100% सही", constituency=63, language="en"),
        ],
    )
    contacts = Contacts(database)

    async def found(**wanted: Any) -> list[int]:
        narrowed = ContactFilter(**wanted)
        page = await contacts.page(narrowed)
        assert await contacts.count(narrowed) == len(page)
        return [int(seen.person.phone) - FIRST for seen in page]

    assert await found() == [1, 2, 3]
    assert await found(constituency=63) == [2, 3]
    assert await found(constituency=62, booth="4") == [1]
    assert await found(kind="worker") == [2]
    assert await found(language="en") == [3]
    assert await found(name="sahu") == [2]
    assert await found(name="साहू") == [1]
    assert await found(name="%") == [3]
    assert await found(list_name="Durg", suppressed=False) == [1, 2, 3]
    with pytest.raises(NotFoundError, match="Raipur"):
        await found(list_name="Raipur")


async def test_pages_follow_each_other(database: Database) -> None:
    await import_(database, (person(number) for number in range(25)))
    contacts = Contacts(database)
    seen: list[int] = []
    while page := await contacts.page(ContactFilter(list_name="Durg"), seen[-1] if seen else 0, limit=10):
        seen += [each.person.id for each in page]
    assert len(seen) == len(set(seen)) == 25 and seen == sorted(seen)


async def test_who_saw_whole_numbers_is_written_down(database: Database) -> None:
    await Contacts(database).note_revealed(ContactFilter(kind="worker"), 7, "sita", NOW)
    assert await audit_log(database) == [("sita", "contacts reveal", "list of contacts")]
