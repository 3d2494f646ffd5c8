"""Campaigns in the database: made whole or not at all, changed only along their life."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, update

from db import models
from dialer.core.drafting import Wish
from dialer.core.lifecycle import Step
from dialer.core.model import CampaignKind, CampaignState, DialPolicy, RefusalReason, SilencePeriod
from dialer.errors import IllegalTransition, InputError, NotFoundError
from dialer.store.campaigns import Queue
from dialer.store.selection import select_contacts
from tests.integration.campaign_world import MORNING, at, world

POLICY = DialPolicy(spacing_s={})


async def test_everyone_on_the_list_waits_in_the_queue_and_the_making_is_audited(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        await office.contact_list(people=10)
        made = await office.drafted(Wish("winter", CampaignKind.OPERATORS, "schemes"))
        record, queued = await office.campaigns.create(made, "asha", MORNING)
        assert queued == 10
        assert record.campaign.state is CampaignState.DRAFT
        assert (await office.campaigns.queues())[record.campaign.id] == Queue(waiting=10, next_at=0.0)
        async with office.database.reading() as connection:
            actions = (await connection.execute(select(models.Audit.actor, models.Audit.action))).all()
        assert actions == [("asha", "campaign create")]


async def test_callbacks_that_were_agreed_are_counted_in_the_queue(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        await office.contact_list(people=3)
        await office.campaign("winter")
        places = update(models.CampaignContact)
        async with office.database.writing() as connection:
            for contact_id, at_ in ((1, MORNING + 60), (2, MORNING + 30)):
                await connection.execute(
                    places.where(models.CampaignContact.contact_id == contact_id).values(callback_at=at_)
                )
        [queue] = (await office.campaigns.queues()).values()
        assert (queue.callbacks, queue.next_callback_at) == (2, MORNING + 30)


async def test_a_second_campaign_of_the_same_name_leaves_nothing_behind(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        await office.contact_list(people=3)
        made = await office.drafted(Wish("winter", CampaignKind.OPERATORS, "schemes"))
        await office.campaigns.create(made, "asha", MORNING)
        with pytest.raises(InputError, match="'winter' exists"):
            await office.campaigns.create(made, "asha", MORNING)
        assert len(await office.campaigns.all()) == 1


async def test_an_unknown_name_offers_those_that_are_near(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        await office.contact_list()
        await office.campaign("winter")
        with pytest.raises(NotFoundError, match=r"wintr.*\(winter\?\)"):
            await office.campaigns.find("wintr")
        with pytest.raises(NotFoundError, match=r"Drug.*\(Durg\?\)"):
            await office.campaigns.contact_list("Drug")


async def test_a_campaign_is_started_paused_resumed_and_stopped(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        await office.contact_list()
        await office.campaign("winter")
        states = []
        for step in (Step.START, Step.PAUSE, Step.RESUME, Step.STOP):
            record, _ = await office.campaigns.change_state("winter", step, "asha", MORNING)
            states.append(record.campaign.state)
        assert states == [
            CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.RUNNING, CampaignState.STOPPING
        ]  # fmt: skip
        assert record.started_at == MORNING
        with pytest.raises(IllegalTransition):
            await office.campaigns.change_state("winter", Step.START, "asha", MORNING)


async def test_people_put_on_the_list_later_join_when_the_campaign_starts(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        await office.contact_list(people=4)
        await office.campaign("winter")
        late = await office.contact_list("late", people=2)
        await office.add(models.ListMember, [{"list_id": 1, "contact_id": id_} for id_ in late])
        _, joined = await office.campaigns.change_state("winter", Step.START, "asha", MORNING)
        assert joined == 2
        assert (await office.campaigns.queues(1))[1].total == 6


async def test_everyone_is_in_exactly_one_place_of_the_selection(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        people = await office.contact_list(people=12)
        record = await office.campaign("winter")
        await office.add(
            models.Suppression,
            {"phone": "+919800000001", "source": "import", "created_at": MORNING, "created_by": "test"},
        )
        for _ in range(3):
            await office.attempt(people[1], "busy")
        await office.attempt(people[2], "abandoned", claimed_at=MORNING - 3600)
        await office.attempt(people[3], None)
        policy = DialPolicy(max_per_day=3, silence=(SilencePeriod(63, MORNING - 60, MORNING + 86400),))
        found = await select_contacts(office.database, record, policy, MORNING)
        assert found.excluded == {RefusalReason.SUPPRESSED: 1, RefusalReason.TOTAL_LIMIT: 1}
        assert found.later[RefusalReason.CALL_IN_PROGRESS] == 1
        assert found.later[RefusalReason.SILENCE_PERIOD] == 5
        assert found.dialable == 4
        assert found.total == 12


async def test_the_grouped_verdict_is_that_of_each_contact_alone(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        await office.contact_list(people=20)
        record = await office.campaign("winter")
        policy = DialPolicy(silence=(SilencePeriod(62, MORNING - 60, MORNING + 60),))
        untouched = await select_contacts(office.database, record, policy, MORNING)
        # A withdrawn attempt counts for nothing, but makes its contact be judged alone.
        for contact in range(1, 21):
            await office.attempt(contact, "withdrawn", ended_at=MORNING - 10, claimed_at=MORNING - 11)
        assert await select_contacts(office.database, record, policy, MORNING) == untouched


async def test_outside_calling_hours_people_are_judged_for_the_next_opening(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        await office.contact_list(people=5)
        record = await office.campaign("winter")
        found = await select_contacts(office.database, record, POLICY, at("2026-11-20 22:00"))
        assert (found.at, found.dialable) == (at("2026-11-21 09:00"), 5)


async def test_who_is_done_stays_out(tmp_path: Path) -> None:
    async with world(tmp_path) as office:
        await office.contact_list(people=5)
        record = await office.campaign("winter", state="running")
        async with office.database.writing() as connection:
            table = models.CampaignContact.__table__
            await connection.execute(
                table.update().where(table.c.contact_id < 3).values(state="done", done_why="connected")
            )
        found = await select_contacts(office.database, record, POLICY, MORNING)
        assert (found.dialable, found.done, found.total) == (3, {"connected": 2}, 5)
