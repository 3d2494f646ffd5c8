"""A survey campaign with quotas: it stops at each, by no more than the calls in flight, and then ends."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from dialer.core.model import CampaignState, Outcome, Quota, QuotaBy, RefusalReason
from dialer.engine import Engine
from dialer.ivr.session import SurveySessions
from dialer.telephony.simulated import SimulatedTelephony
from dialer.telephony.simulated_fates import Fate
from dialer.telephony.simulated_keypad import SimulatedKeypad
from tests.engine.office import BUSY, RINGS_OUT, Office, person
from tests.engine.test_operator_key import SURVEY, SURVEYS
from tests.engine.virtual_time import run

COMPLETES = Fate(4.0, talk_s=60.0, keys=("1", "2"), delays_s=(4.0, 4.0))
HANGS_UP = Fate(4.0, talk_s=10.0, keys=("1",), delays_s=(4.0,))
EVERY_FIFTH_COMPLETES = (COMPLETES, BUSY, RINGS_OUT, HANGS_UP, BUSY)
QUOTAS = {"62": 20, "63": 10}
CAMPAIGN = replace(
    SURVEYS, quotas=tuple(Quota(QuotaBy.CONSTITUENCY, group, wanted) for group, wanted in QUOTAS.items())
)
PLACES = (62,) * 300 + (63,) * 300 + (64,) * 20
"""Where the people live: 64 has no quota."""


@dataclass
class Crowd:
    """A campaign of all of them; ``seen`` grows while it runs: (complete, under way) of each place."""

    folder: Path
    fates: tuple[Fate, ...] = EVERY_FIFTH_COMPLETES
    office: Office = field(init=False)
    seen: list[tuple[Counter[str], Counter[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.office = Office(seats=1, channels=60, fate=lambda dialled, _earlier: self._fate(dialled))
        store = self.office.store
        store.add_survey(1, SURVEY.replace("%s", "wait: 30"))
        store.add_campaign(CAMPAIGN)
        for number, constituency in enumerate(PLACES, 1):
            store.add_person(person(number, constituency=constituency))
        store.enqueue(1, range(1, len(PLACES) + 1))

    def _fate(self, dialled: str) -> Fate:
        return self.fates[int(dialled[-4:]) % len(self.fates)]

    def finished(self) -> bool:
        """Looks too."""
        store = self.office.store
        complete = (key[1] for key, place in store.places.items() if place.complete_as is not None)
        calls = (each.claimed.contact.id for each in store.attempts.values() if each.ended_at is None)
        self.seen.append((_by_place(complete), _by_place(calls)))
        return self.office.finished

    async def until_finished(self) -> None:
        async def keypad(phone: SimulatedKeypad) -> None:
            sessions = SurveySessions(office.store, self.folder, engine.post, engine.record, office.now)
            await sessions.handle(phone)

        office = self.office
        office.telephony = SimulatedTelephony(seats=1, clock=office.now, fates=office.fate, keypad=keypad)
        engine: Engine
        async with office.open() as engine:
            await office.until(engine, self.finished, 7200)

    @property
    def complete(self) -> Counter[str]:
        """Complete interviews of each place."""
        return self.seen[-1][0]

    def in_flight_when_full(self, group: str) -> int:
        """Calls to the place that were under way when its quota had just become full."""
        return next(calls[group] for complete, calls in self.seen if complete[group] >= QUOTAS[group])


def _by_place(contact_ids: object) -> Counter[str]:
    return Counter(str(PLACES[number - 1]) for number in contact_ids)  # type: ignore[attr-defined]


def test_no_quota_is_overshot_by_more_than_the_calls_in_flight(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path)
    run(crowd.until_finished())
    for group, wanted in QUOTAS.items():
        over = crowd.complete[group] - wanted
        assert 0 <= over <= min(crowd.in_flight_when_full(group), 4)
    assert crowd.complete["64"] == 4, "who has no quota is called to the end"


def test_with_everybody_answering_to_the_end_no_interview_is_too_many(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path, (COMPLETES,))
    run(crowd.until_finished())
    assert crowd.complete == {"62": 20, "63": 10, "64": 20}
    assert crowd.office.outcomes == {Outcome.SURVEYED: 50}


def test_the_campaign_ends_when_all_who_are_left_are_in_full_groups_and_says_so(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path)
    run(crowd.until_finished())
    store = crowd.office.store
    why = Counter(place.done_why for place in store.places.values())
    assert why["quota_full"] > 200 and None not in why
    for (_campaign, contact_id, reason), refusal in store.refusals.items():
        group = str(PLACES[contact_id - 1])
        assert reason is RefusalReason.QUOTA_FULL and group in QUOTAS
        if store.places[1, contact_id].done_why == "quota_full":
            complete = crowd.complete[group]
            assert refusal.detail.startswith(f"the quota of constituency {group} is full: ")
            assert QUOTAS[group] <= int(refusal.detail.split()[7]) <= complete


def test_with_a_higher_quota_it_goes_on_with_those_it_had_left(tmp_path: Path) -> None:
    crowd = Crowd(tmp_path)
    raised = tuple(replace(quota, wanted=quota.wanted + 15) for quota in CAMPAIGN.quotas)

    async def story() -> None:
        await crowd.until_finished()
        calls = len(crowd.office.store.attempts)
        crowd.office.store.add_campaign(replace(CAMPAIGN, state=CampaignState.RUNNING, quotas=raised))
        await crowd.office.store.forget_refusals(1)
        await crowd.until_finished()
        assert len(crowd.office.store.attempts) > calls

    run(story())
    assert crowd.complete["62"] >= 35 and crowd.complete["63"] >= 25
