"""The war room over HTTP: who may see what, what is written down, what is changed and called."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from aiohttp import ClientResponse
from sqlalchemy import func, select

from db.models import Answer, Audit, Campaign, CampaignContact, Contact, SurveyVersion
from db.warroom import OfficePerson, Responsibility, WarroomImport
from dialer.store.operators import Role
from dialer.warroom.beginning import MAP
from dialer.warroom.tallies import refresh
from dialer.web.api import warroom_files
from dialer.web.parts import PARTS
from dialer.web.warroom_differences import harmless
from tests.integration.desk_world import PASSWORD, World
from tests.integration.war_room_world import NOW, signed_in, war_room_world

API = "/api/v1/warroom"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with war_room_world(tmp_path, booths=3, workers=12) as running:
        running.clock.now = NOW
        yield running


async def said(reply: ClientResponse, status: int = 200) -> Any:
    text = await reply.text()
    assert reply.status == status, text
    return json.loads(text)


async def test_each_role_sees_and_may_what_it_needs(world: World) -> None:
    reader, editor = await signed_in(world, "reader"), await signed_in(world, "editor")
    boss, operator = await signed_in(world, "boss"), await world.seated("op01", 1)
    page = await (await reader.get("/warroom/62?lang=en")).text()
    assert "Patan" in page and "••••" in page and "data-reveal" not in page and 'id="assign"' not in page
    assert (await operator.get("/warroom/62")).status == 403
    assert (await world.desk().get("/warroom/62")).status == 401
    for desk, status in ((reader, 403), (operator, 403), (editor, 200), (boss, 200)):
        assert (await desk.post(f"{API}/people/1/reveal", {})).status == status
    assert (await reader.post(f"{API}/notes", {"constituency": 62, "text": "x"})).status == 403
    assert (await reader.get("/warroom/import")).status == 403
    assert (await reader.get("/api/v1/campaigns")).status == 403, "the call centre is not the reader's"


async def test_a_war_room_role_gets_no_seat(world: World) -> None:
    reply = await world.desk().sign_in("reader", 3, PASSWORD)
    assert reply.status == 403


async def test_who_is_not_signed_in_is_led_to_where_one_signs_in(world: World) -> None:
    stranger = world.desk()
    reply = await stranger.http.get(
        f"{world.url}/warroom/62?lang=hi", headers={"Accept": "text/html"}, allow_redirects=False
    )
    assert reply.status == 303 and reply.headers["Location"] == "/sign-in?next=/warroom/62%3Flang%3Dhi"


async def test_every_look_at_people_is_written_down(world: World) -> None:
    editor = await signed_in(world, "editor")
    await editor.get("/warroom/62")
    await editor.get("/warroom/people/1")
    await editor.get(f"{API}/people?constituency=62&booth=2")
    revealed = await said(await editor.post(f"{API}/people/1/reveal", {}))
    assert revealed["phone"].startswith("+91") and revealed["address"].startswith("वार्ड")
    await world.server.app[PARTS].trail.flush()
    logged = [(row.actor, row.action) for row in await world.rows(select(Audit.actor, Audit.action))]
    for action in ("card look", "person look", "people look", "person reveal"):
        assert ("editor", action) in logged


async def test_search_answers_in_both_scripts(world: World) -> None:
    reader = await signed_in(world, "reader")
    for typed in ("pat", "पाट", "Paatan"):
        hits = (await said(await reader.get(f"{API}/search?q={typed}&lang=hi")))["hits"]
        assert hits[0]["name"] == "पाटन" and hits[0]["constituency"] == 62
    assert (await said(await reader.get(f"{API}/search?q=")))["hits"] == []


async def test_the_card_shows_what_was_true_on_a_day(world: World) -> None:
    reader = await signed_in(world, "reader")
    now = await (await reader.get("/warroom/62?lang=en")).text()
    then = await (await reader.get("/warroom/62?lang=en&on=2018-12-31")).text()
    assert "2,16,917" in now and "1,79,243" in then and 'scope="row" title="17.11.2023"' not in then
    assert (await reader.get("/warroom/999")).status == 404


async def test_facts_are_corrected_and_preferred_with_a_source(world: World) -> None:
    editor = await signed_in(world, "editor")
    page = await (await editor.get("/warroom/62?lang=en")).text()
    fact = page.split('data-correct="')[1].split('"')[0]
    wrong = await said(await editor.post(f"{API}/facts/{fact}/correct", {"value": "", "source": "roll"}), 422)
    assert wrong["code"] == "invalid"
    await said(await editor.post(f"{API}/facts/{fact}/correct", {"value": "2,20,000", "source": "roll 2026"}))
    assert "2,20,000" in await (await editor.get("/warroom/62?lang=en")).text()


async def test_a_person_is_corrected_and_the_change_kept(world: World) -> None:
    editor = await signed_in(world, "editor")
    body = {"values": {"name": "सीता साहू", "phone": "98765 43210"}, "source": "her own word"}
    await said(await editor.post(f"{API}/people/1", body))
    page = await (await editor.get("/warroom/people/1?lang=en")).text()
    assert "सीता साहू" in page and "her own word" in page and "3210" in page and "9876543210" not in page
    body["values"] = {"phone": "12345"}
    refused = await said(await editor.post(f"{API}/people/1", body), 422)
    assert refused["detail"].startswith("phone: ")
    hits = (await said(await editor.get(f"{API}/search?q=seeta sah")))["hits"]
    assert any(hit["id"] == 1 for hit in hits), "the new name is found at once"


async def test_two_entries_become_one_person(world: World) -> None:
    editor = await signed_in(world, "editor")
    await said(await editor.post(f"{API}/people/merge", {"keep": 1, "gone": 2}))
    gone = await (await editor.get("/warroom/people/2?lang=en")).text()
    assert "Retired" in gone and "data-reveal" not in gone
    assert (await editor.get("/warroom/people/99999")).status == 404
    assert (await (await editor.get("/warroom/people/1?lang=en")).text()).count("महामंत्री") == 1
    assert (await editor.post(f"{API}/people/merge", {"keep": 1, "gone": 1})).status == 422


async def test_booth_workers_get_a_responsibility_are_called_and_confirm_by_keypad(world: World) -> None:
    editor = await signed_in(world, "editor")
    selection = {"constituency": 62, "booth_workers": True}
    duty = {"selection": selection, "what": "मतदाता सूची देखना", "due": "2026-10-01", "given_by": "अध्यक्ष"}
    told = await said(await editor.post(f"{API}/responsibilities", duty))
    assert told["count"] == 12
    second = {**duty, "what": "बूथ समिति {बैठक}"}
    await said(await editor.post(f"{API}/responsibilities", second))
    wish = {"selection": selection, "name": "पाटन बूथ", "purpose": "organisation", "consent": "members",
            "confirm": True}  # fmt: skip
    unclear = await said(await editor.post(f"{API}/campaigns", wish), 422)
    assert "मतदाता सूची देखना" in unclear["detail"], "a call is about one responsibility"
    told = await said(await editor.post(f"{API}/campaigns", {**wish, "what": "मतदाता सूची देखना"}))
    assert told["count"] == 12 and "dialer campaign start" in told["says"]
    (campaign,) = await world.rows(select(Campaign).where(Campaign.name == "पाटन बूथ"))
    assert (campaign.state, campaign.kind) == ("draft", "survey")
    (queued,) = await world.rows(select(func.count()).where(CampaignContact.campaign_id == campaign.id))
    assert queued[0] == 12
    asked = await world.rows(select(Responsibility).where(Responsibility.campaign_id == campaign.id))
    assert {each.what for each in asked} == {"मतदाता सूची देखना"} and len(asked) == 12
    (said_then,) = await world.rows(
        select(SurveyVersion.source).where(SurveyVersion.id == campaign.survey_version_id)
    )
    assert "दी गई है: मतदाता सूची देखना" in said_then.source and "{what}" not in said_then.source

    async def answer(attempt: int, made: Any, value: str, at: float) -> None:
        row = {"attempt_id": f"a1{attempt:023x}", "contact_id": asked[0].contact_id,
               "survey_version_id": made.survey_version_id, "question": "confirm", "value": value,
               "via": "keypad", "language": "hi", "answered_at": at}  # fmt: skip
        await world.database.transact(lambda link: link.execute(Answer.__table__.insert().values(row)))
        await refresh(world.database, NOW)

    async def confirmed_by_first() -> str:
        (row,) = await world.rows(select(Responsibility).where(Responsibility.id == asked[0].id))
        return str(row.confirmed)

    await answer(1, campaign, "yes", campaign.created_at + 5)
    confirmed = await world.rows(select(Responsibility).where(Responsibility.confirmed == "yes"))
    assert [each.what for each in confirmed] == ["मतदाता सूची देखना"], "one key answers one of them"
    page = await (await editor.get("/warroom/62/duties?lang=en&what=मतदाता सूची देखना&answer=yes")).text()
    assert page.count("<tr") - page.split('id="tasks"')[0].count("<tr") == 2, "heading and who accepted"
    world.clock.now += 60
    later = {**wish, "name": "पाटन फिर", "what": "मतदाता सूची देखना"}
    await said(await editor.post(f"{API}/campaigns", later))
    assert await confirmed_by_first() == "yes", "a new call does not wipe what was answered"
    (campaign2,) = await world.rows(select(Campaign).where(Campaign.name == "पाटन फिर"))
    await answer(3, campaign2, "no", campaign2.created_at + 5)
    assert await confirmed_by_first() == "no"
    braces = {**wish, "name": "बैठक", "what": "बूथ समिति {बैठक}"}
    assert (await said(await editor.post(f"{API}/campaigns", braces)))["count"] == 12
    again = await said(await editor.post(f"{API}/campaigns", later), 422)
    assert "पाटन फिर" in again["detail"], "a name is given once"


async def test_people_who_share_a_telephone_are_called_once_and_both_asked(world: World) -> None:
    editor = await signed_in(world, "editor")
    for person in (1, 2):
        body = {"values": {"phone": "98765 43210"}, "source": "one house"}
        await said(await editor.post(f"{API}/people/{person}", body))
    selection = {"constituency": 62, "ids": [1, 2, 3]}
    await said(await editor.post(f"{API}/responsibilities", {"selection": selection, "what": "बैठक बुलाना"}))
    wish = {"selection": selection, "name": "घर", "purpose": "organisation", "consent": "members",
            "confirm": True, "what": "बैठक बुलाना"}  # fmt: skip
    told = await said(await editor.post(f"{API}/campaigns?lang=en", wish))
    assert "2 people; 0 have no telephone, 1 share one" in told["says"]
    asked = await world.rows(
        select(Responsibility.person_id, Responsibility.contact_id)
        .where(Responsibility.campaign_id.is_not(None)).order_by(Responsibility.person_id)
    )  # fmt: skip
    assert [row.person_id for row in asked] == [1, 2, 3] and asked[0].contact_id == asked[1].contact_id


async def test_a_campaign_from_the_card_obeys_the_rules_of_every_campaign(world: World) -> None:
    editor = await signed_in(world, "editor")
    one = {"constituency": 62, "ids": [1]}
    wish = {"selection": one, "name": "x", "purpose": "organisation", "consent": "", "confirm": False}
    refused = await said(await editor.post(f"{API}/campaigns", wish), 422)
    assert "consent" in refused["detail"]
    assert await world.rows(select(Contact.id).where(Contact.kind == "worker")) == []


async def test_done_responsibilities_leave_the_list(world: World) -> None:
    editor = await signed_in(world, "editor")
    (first,) = await world.rows(select(func.min(Responsibility.id)).where(Responsibility.state == "open"))
    told = await said(await editor.post(f"{API}/responsibilities/finish", {"ids": [first[0]]}))
    assert told["count"] == 1
    told = await said(await editor.post(f"{API}/responsibilities/finish", {"ids": [first[0]]}))
    assert told["count"] == 0


async def test_a_file_is_uploaded_looked_at_stored_and_taken_back(world: World) -> None:
    editor = await signed_in(world, "editor")
    rows = "नाम,मोबाइल,पद,विधानसभा\nरानी वर्मा,9876512345,कार्यकर्ता,62\n"
    headers = {"X-CSRF-Token": editor.csrf, "Origin": world.url}
    reply = await editor.http.post(f"{world.url}{API}/uploads", data=rows.encode(), headers=headers)
    body = {
        "upload": (await said(reply))["upload"],
        "file_name": "लोग.csv",
        "kind": "people",
        "source": "list",
    }
    looked = await (await editor.post(f"{API}/imports/preview", body)).text()
    assert 'id="count-added">2<' in looked and "रानी वर्मा" in looked.split('id="added"')[1]
    reply = await editor.post(f"{API}/imports/differences?lang=en", body)
    listed = (await reply.read()).decode("utf-8-sig")
    assert listed.startswith("Kind,Line,What,Differences") and listed.count("added,2,") == 2
    assert listed.count("not in the file any more,") == 18
    assert "9876512345" not in listed and "2345" in listed
    sheet = {**body, "sheet": "लोग"}
    assert (await editor.post(f"{API}/imports/preview", sheet)).status == 422, "CSV has no sheets"
    stored = await said(await editor.post(f"{API}/imports", body))
    assert stored["counts"]["added"] == 2
    assert (await editor.post(f"{API}/imports", body)).status == 422, "an upload is taken in once"
    await said(await editor.post(f"{API}/imports/{stored['number']}/undo", {}))
    assert await world.rows(select(OfficePerson.id).where(OfficePerson.phone == "+919876512345")) == []
    (row,) = await world.rows(select(WarroomImport).where(WarroomImport.id == stored["number"]))
    assert row.file_name == "लोग.csv" and row.undone_by == "editor"


async def test_borders_are_checked_before_they_are_taken(world: World) -> None:
    editor = await signed_in(world, "editor")
    headers = {"X-CSRF-Token": editor.csrf, "Origin": world.url}

    async def take(data: bytes) -> ClientResponse:
        reply = await editor.http.post(f"{world.url}{API}/uploads", data=data, headers=headers)
        return await editor.post(f"{API}/map", {"upload": (await said(reply))["upload"]})

    told = await said(await take(MAP.read_bytes()))
    assert told["count"] == 6
    assert (await take(b'{"features": [{"id": 1}]}')).status == 422
    english, hindi = [
        await (await editor.get(f"/warroom?lang={language}&by=margin")).text() for language in ("en", "hi")
    ]
    assert "M" in english.split('class="tile"')[1]
    assert "by DataMeet India community" in english and "DataMeet India समुदाय" in hindi


async def test_an_export_needs_a_reason_and_is_written_down(world: World) -> None:
    editor, reader = await signed_in(world, "editor"), await signed_in(world, "reader")
    body = {"selection": {"constituency": 62}, "reason": "short"}
    assert (await editor.post(f"{API}/export", body)).status == 422
    body["reason"] = "letters to booth workers"
    assert (await reader.post(f"{API}/export", body)).status == 403
    reply = await editor.post(f"{API}/export", body)
    lines = (await reply.read()).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("name,phone") and len(lines) == 1 + 18
    (logged,) = await world.rows(select(Audit.detail).where(Audit.action == "people export"))
    assert logged.detail == {"reason": "letters to booth workers", "people": 18, "cut": False}
    assert lines[0].endswith("address,languages") and ",वार्ड" in lines[1]
    body["selection"] = {"constituency": 999, "ids": [1, 2]}
    await said_nothing(await editor.post(f"{API}/export", body))
    logged = (await world.rows(select(Audit).where(Audit.action == "people export").order_by(Audit.id)))[-1]
    assert logged.subject == "constituency 62" and logged.detail["ids"] == [1, 2]


async def said_nothing(reply: ClientResponse) -> None:
    assert reply.status == 200 and "X-Told" not in reply.headers


async def test_an_export_that_is_cut_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warroom_files, "MOST_AT_ONCE", 5)
    editor = await signed_in(world, "editor")
    body = {"selection": {"constituency": 62}, "reason": "letters to booth workers"}
    reply = await editor.post(f"{API}/export?lang=en", body)
    assert unquote(reply.headers["X-Told"]).startswith("Only the first 5 people")
    assert len((await reply.read()).decode("utf-8-sig").splitlines()) == 6


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    assert [harmless(cell) for cell in ("=1", "+1", "-1", "@x", "राम", None, 62)] == [
        "'=1", "'+1", "'-1", "'@x", "राम", "", "62"
    ]  # fmt: skip
    assert harmless("+919876543210", is_phone=True) == "+919876543210"


async def test_a_supervisor_makes_campaigns_and_is_shown_no_form_that_is_refused(world: World) -> None:
    guide = await signed_in(world, "guide")
    page = await (await guide.get("/warroom/62?lang=en")).text()
    assert 'id="campaign"' in page and 'id="assign"' not in page and 'name="person"' in page
    body = {"selection": {"constituency": 62}, "what": "x"}
    assert (await guide.post(f"{API}/responsibilities", body)).status == 403


async def test_what_calls_say_now_is_asked_for_again_only_when_it_changed(world: World) -> None:
    reader = await signed_in(world, "reader")
    for path in ("live/62", "live?by=calls"):
        first = await reader.get(f"{API}/{path}")
        text = await first.text()
        assert first.status == 200 and ('id="heard"' in text or 'id="map"' in text)
        again = await reader.http.get(
            f"{world.url}{API}/{path}", headers={"If-None-Match": first.headers["ETag"]}
        )
        assert again.status == 304


async def test_posts_are_given_ended_and_taken_back_by_editors(world: World) -> None:
    editor, reader = await signed_in(world, "editor"), await signed_in(world, "reader")
    post = {"title": "बूथ अध्यक्ष", "kind": "booth", "place": "2", "source": "letter"}
    assert (await reader.post(f"{API}/people/1/posts", post)).status == 403
    await said(await editor.post(f"{API}/people/1/posts", post))
    assert (await editor.post(f"{API}/people/1/posts", {**post, "place": "99"})).status == 422
    page = await (await editor.get("/warroom/people/1?lang=en")).text()
    ended = page.split('data-end-post="')[2].split('"')[0]
    await said(await editor.post(f"{API}/posts/{ended}/end", {"on": "", "source": "his word"}))
    changed = (await (await editor.get("/warroom/people/1?lang=en")).text()).split('data-take-back="')[1]
    await said(await editor.post(f"{API}/changes/{changed.split(chr(34))[0]}/undo", {}))
    everything = await (await reader.get("/warroom/62/changes?lang=en")).text()
    assert everything.count("Post") >= 3 and "his word" in everything


async def test_what_is_old_is_counted_and_shown(world: World) -> None:
    world.clock.now = NOW + 400 * 86_400
    reader = await signed_in(world, "reader")
    counted = (await said(await reader.get(f"{API}/stale")))["count"]
    page = await (await reader.get("/warroom/upkeep?lang=en")).text()
    assert counted > 18 * 2 and 'id="old-people"' in page and "365 days" in page


def test_the_new_roles_fit_their_column() -> None:
    assert max(len(role.value) for role in Role) <= 16
