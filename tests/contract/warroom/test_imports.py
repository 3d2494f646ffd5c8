"""Files are taken into the war room whole or not at all, with their sources, and can be taken back."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from db.models import Audit
from db.session import Database
from db.warroom import Fact, NameKey, OfficePerson, Place, Post, Responsibility, WarroomChange
from dialer.errors import InputError, RuleRefusal
from dialer.warroom.beginning import begin
from dialer.warroom.facts import Facts, conflicts, constituency_names, hold
from dialer.warroom.sheets import Kind
from tests.contract.warroom.conftest import BOOTHS, NOW, PEOPLE, Room


async def test_the_real_facts_of_durg_come_with_their_sources_and_conflicts(room: Room) -> None:
    names = await constituency_names(room.database)
    assert names[62] == ("Patan", "पाटन") and sorted(names) == [62, 63, 64, 65, 66, 67]
    stated = await Facts(room.database).of(62)
    held = hold(stated)
    electors = held["constituency:62"]["electors_total"]
    assert electors.chosen.value == "216917" and [one.value for one in electors.others] == ["217319"]
    disputed = {(one.chosen.subject, one.chosen.key): one for one in conflicts(stated)}
    runner_up = disputed["election:62:2013", "runner_up"]
    assert runner_up.chosen.value == "Vijay Baghel" and runner_up.others[0].value == "Ajay Vishnoi"
    assert "Madhya Pradesh" in runner_up.others[0].preferred_why
    margin = disputed["election:62:2023", "margin"]
    assert (margin.chosen.value, margin.others[0].value) == ("19723", "19543")
    assert "livemint" in margin.chosen.source


async def test_taking_the_same_in_again_changes_nothing(room: Room) -> None:
    assert await begin(room.database, room.folder, "test", NOW + 5) == []


async def test_what_was_true_on_a_day_is_shown(room: Room) -> None:
    stated = await Facts(room.database).of(62)
    then = hold(stated, "2018-12-31")
    assert then["constituency:62"]["electors_total"].chosen.value == "179243"
    assert "election:62:2023" not in then and "election:62:2018" in then


async def test_a_memory_gives_way_to_a_source(room: Room) -> None:
    await room.take(
        Kind.FACTS, "number,year,fact,value,valid_from", "63,2023,margin,16643,2023-11-17", source="ECI, 2023"
    )
    held = hold(await Facts(room.database).of(63))["election:63:2023"]["margin"]
    assert held.chosen.value == "16643" and held.disputed


async def test_people_come_with_posts_and_are_found_again(room: Room) -> None:
    await room.take(Kind.BOOTHS, *BOOTHS)
    await room.take(Kind.PEOPLE, *PEOPLE)
    people = await room.rows(
        select(OfficePerson.name, Post.title, Place.identity)
        .join(Post, Post.person_id == OfficePerson.id)
        .join(Place, Place.id == Post.place_id)
        .order_by(OfficePerson.id)
    )
    assert [tuple(row) for row in people] == [  # type: ignore[call-overload]
        ("सीता साहू", "बूथ अध्यक्ष", "booth:62:12"), ("राम वर्मा", "कार्यकर्ता", "booth:62:13"),
        ("गीता देवांगन", "मंडल अध्यक्ष", "constituency:62"),
    ]  # fmt: skip
    again = await room.preview(Kind.PEOPLE, *PEOPLE)
    assert again.found.counts() == {"added": 0, "changed": 0, "revived": 0, "moved": 0, "same": 6, "gone": 0,
                                    "conflicts": 0}  # fmt: skip


async def test_differences_are_added_changed_and_gone(room: Room) -> None:
    await room.take(Kind.BOOTHS, *BOOTHS)
    await room.take(Kind.PEOPLE, *PEOPLE)
    preview = await room.preview(
        Kind.PEOPLE, PEOPLE[0], "Seeta Saahu,9876500001,बूथ अध्यक्ष,62,12,वार्ड 4", PEOPLE[2],
        "मोहन यादव,9876500004,कार्यकर्ता,62,13,", source="new register",
    )  # fmt: skip
    found = preview.found
    assert {each.columns["name"] for each in found.added if each.entity == "person"} == {"मोहन यादव"}
    change = next(each for each in found.changed if each.entity == "person")
    assert change.after["address"] == "वार्ड 4" and change.before["address"] == "वार्ड 3"
    assert change.after["source"] == ["new register", ""] and change.before["source"] == ["register", ""]
    assert [each.label for each in found.gone] == ["गीता देवांगन"]
    await room.imports.store(preview, "test", NOW + 9, retire_gone=True)
    left = await room.rows(select(OfficePerson.name).where(OfficePerson.retired_at.is_(None)))
    assert {row[0] for row in left} == {"Seeta Saahu", "राम वर्मा", "मोहन यादव"}  # type: ignore[index]


async def test_an_import_is_taken_back_as_if_it_had_never_been(room: Room) -> None:
    await room.take(Kind.BOOTHS, *BOOTHS)
    await room.take(Kind.PEOPLE, *PEOPLE)
    tables = (OfficePerson, Post, Place, Fact, NameKey, WarroomChange)
    before = [await room.rows(select(func.count()).select_from(table)) for table in tables]
    as_it_was = select(OfficePerson.name, OfficePerson.address, OfficePerson.source_id).order_by(
        OfficePerson.id
    )
    old = await room.rows(as_it_was)
    number = await room.take(
        Kind.PEOPLE, PEOPLE[0], "Sita Sahu,9876500001,बूथ अध्यक्ष,62,12,वार्ड 9",
        "मोहन यादव,9876500004,कार्यकर्ता,62,13,", source="other", retire_gone=True,
    )  # fmt: skip
    done = await room.imports.undo(number, "test", NOW + 20)
    assert done["removed"] == 2 and done["restored"] >= 3
    assert [await room.rows(select(func.count()).select_from(table)) for table in tables] == before
    assert await room.rows(as_it_was) == old
    with pytest.raises(InputError, match="taken back already"):
        await room.imports.undo(number, "test", NOW + 21)


async def test_an_import_that_others_rest_on_is_not_taken_back(room: Room) -> None:
    number = await room.take(Kind.BOOTHS, *BOOTHS)
    await room.take(Kind.PEOPLE, *PEOPLE)
    with pytest.raises(RuleRefusal, match="later entries rest on it"):
        await room.imports.undo(number, "test", NOW + 20)


async def test_a_fault_names_file_line_column_and_fix_and_nothing_is_stored(room: Room) -> None:
    await room.take(Kind.BOOTHS, *BOOTHS)
    preview = await room.preview(
        Kind.PEOPLE, PEOPLE[0], PEOPLE[1], "राम,12345,कार्यकर्ता,62,99,", ",9876500009,कार्यकर्ता,70,,",
    )  # fmt: skip
    faults = {(fault.line, fault.column): fault.reason for fault in preview.faults}
    assert "is not known in constituency 62; import it first" in faults[3, "booth"]
    assert (3, "phone") in faults and faults[4, "name"] == "is empty; fill it in"
    assert "import the constituencies first" in faults[4, "ac no"]
    with pytest.raises(InputError, match="line 3, booth"):
        await room.imports.store(preview, "test", NOW)
    assert await room.rows(select(func.count()).select_from(OfficePerson)) == [(0,)]


async def test_a_preview_does_not_outlive_a_change(room: Room) -> None:
    await room.take(Kind.BOOTHS, *BOOTHS)
    preview = await room.preview(Kind.PEOPLE, *PEOPLE)
    await room.take(Kind.PEOPLE, PEOPLE[0], PEOPLE[2])
    with pytest.raises(RuleRefusal, match="look at the differences again"):
        await room.imports.store(preview, "test", NOW)


async def test_files_that_cannot_be_used_say_why(room: Room) -> None:
    with pytest.raises(InputError, match="no column is phone"):
        await room.preview(Kind.RESPONSIBILITIES, "ac no,responsibility", "62,मतदाता पर्ची")
    with pytest.raises(InputError, match="name no source"):
        await room.preview(Kind.BOOTHS, *BOOTHS, source="")
    with pytest.raises(InputError, match="there is no field 'fone'"):
        await room.preview(Kind.PEOPLE, *PEOPLE, columns={"fone": "phone"})
    with pytest.raises(InputError, match=r"phone2.*\(phone\?\)"):
        await room.preview(Kind.PEOPLE, *PEOPLE, columns={"phone": "phone2"})
    preview = await room.preview(Kind.ELECTORS, "ac no,male,female,total", "62,10,20,25")
    assert "more than the total 25" in preview.faults[0].reason


async def test_rows_of_a_file_that_contradict_each_other_are_faults(room: Room) -> None:
    preview = await room.preview(Kind.BOOTHS, *BOOTHS[:2], "62,12,दूसरा भवन,,450,430")
    assert "says otherwise than line 2" in preview.faults[0].reason


async def test_responsibilities_go_to_people_that_are_known(room: Room) -> None:
    await room.take(Kind.BOOTHS, *BOOTHS)
    await room.take(Kind.PEOPLE, *PEOPLE)
    heading = "phone,responsibility,ac no,booth,given by,due,done"
    preview = await room.preview(Kind.RESPONSIBILITIES, heading, "9999900000,पर्ची बाँटना,62,,,,")
    assert "nobody here has this number" in preview.faults[0].reason
    await room.take(
        Kind.RESPONSIBILITIES, heading, "9876500001,पर्ची बाँटना,62,12,जिला अध्यक्ष,30.11.2023,",
        "9876500002,बैठक,62,13,जिला अध्यक्ष,,done",
    )  # fmt: skip
    done = select(Responsibility.constituency, Responsibility.what).where(Responsibility.state == "done")
    async with room.database.reading() as rows:
        assert (await rows.execute(done)).all() == [(62, "बैठक")]


async def test_a_source_is_preferred_with_a_reason(room: Room) -> None:
    facts = Facts(room.database)
    held = hold(await facts.of(62))["constituency:62"]["electors_total"]
    with pytest.raises(InputError, match="say why"):
        await facts.prefer(held.others[0].id, " ", "test", NOW + 1)
    await facts.prefer(held.others[0].id, "the infobox was corrected", "test", NOW + 1)
    now = hold(await facts.of(62))["constituency:62"]["electors_total"]
    assert now.chosen.value == "217319" and now.chosen.preferred_why == "the infobox was corrected"
    assert [one.value for one in now.others] == ["216917"]
    await facts.correct(now.chosen.id, "2,17,000", "final roll", "test", NOW + 2)
    last = hold(await facts.of(62))["constituency:62"]["electors_total"]
    assert last.chosen.value == "217000" and len(last.others) == 2
    with pytest.raises(InputError, match="does not fit"):
        await facts.correct(last.chosen.id, "many", "final roll", "test", NOW + 3)


async def test_every_import_and_choice_is_in_the_audit_log(room: Room, database: Database) -> None:
    await room.take(Kind.BOOTHS, *BOOTHS)
    actions = [row[0] for row in await room.rows(select(Audit.action).order_by(Audit.id))]  # type: ignore[index]
    assert actions == ["warroom import"] * 5
