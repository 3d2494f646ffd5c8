"""The store in memory, for the simulator and the tests of everything above the port."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dialer.core.missed_calls import (
    DAY_S,
    MINUTE_S,
    MISSED_CALL,
    LineLimits,
    RingFacts,
    RingResult,
    judge_ring,
)
from dialer.core.model import (
    Campaign,
    CampaignState,
    ClaimedAttempt,
    Contact,
    DialPolicy,
    Done,
    NextStep,
    Outcome,
    PastAttempt,
    RefusalReason,
    Refused,
    RetryAt,
)
from dialer.core.quotas import LATEST_CALLS, Alike, Standings
from dialer.core.retry import OPTED_OUT
from dialer.core.rules import may_campaign_dial
from dialer.errors import NotFoundError
from dialer.store.batch import Batch, Ending, Period, step_after_refusal
from dialer.store.claiming import Candidate, judge, new_attempt_ids, page_size, refused_alone
from dialer.store.port import (
    SURVEY_STARTED,
    AnswerGiven,
    CallbackAgreed,
    CallContext,
    Caller,
    Claim,
    DecisionNoted,
    DispositionGiven,
    EventNoted,
    Fact,
    LiveAnswers,
    NoteWritten,
    OpenAttempt,
    OptedOut,
    Ring,
    Rung,
)


@dataclass(frozen=True, slots=True)
class Person:
    """A contact with what only a desk needs to know."""

    contact: Contact
    booth: str = ""
    kind: str = "citizen"
    role: str = ""
    schemes: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Place:
    """A contact's place in a campaign's queue; see ``db.models.CampaignContact``."""

    campaign_id: int
    contact_id: int
    state: str = "waiting"
    next_at: float = 0.0
    attempts: int = 0
    last_outcome: str | None = None
    refusal: str | None = None
    refused_at: float | None = None
    done_why: str | None = None
    callback_at: float | None = None
    callback_with: int | None = None
    complete_as: str | None = None

    def go(self, step: NextStep) -> None:
        """Wait or leave."""
        match step:
            case RetryAt(at):
                self.state, self.next_at, self.done_why = "waiting", at, None
            case Done(why):
                self.state, self.next_at, self.done_why = "done", 0.0, why


def _asked_for(place: Place, now: float) -> bool:
    return place.callback_at is not None and place.callback_at <= now


@dataclass(slots=True)
class StoredAttempt:
    """One attempt; see ``db.models.Attempt``."""

    claimed: ClaimedAttempt
    dialled_at: float | None = None
    ringing_at: float | None = None
    answered_at: float | None = None
    joined_at: float | None = None
    seat: int | None = None
    operator_id: int | None = None
    ended_at: float | None = None
    outcome: Outcome | None = None
    cause: int | None = None
    tech_cause: int | None = None
    note: str = ""


@dataclass(slots=True)
class StoredRefusal:
    """How often a rule refused a contact."""

    detail: str
    until: float | None
    first_at: float
    last_at: float
    times: int = 1


class MemoryDialStore:
    """A ``DialStore`` whose whole content is in its attributes. Fill it with ``add_*`` and ``enqueue``."""

    def __init__(self) -> None:
        self.campaign: dict[int, Campaign] = {}
        self.survey_sources: dict[int, str] = {}
        self.people: dict[int, Person] = {}
        self.places: dict[tuple[int, int], Place] = {}
        self.attempts: dict[str, StoredAttempt] = {}
        self.suppression: dict[str, OptedOut] = {}
        self.refusals: dict[tuple[int, int, RefusalReason], StoredRefusal] = {}
        self.events: list[EventNoted] = []
        self.answers: dict[tuple[str, str], AnswerGiven] = {}
        self.sample_checks: dict[int, tuple[str, ...]] = {}
        self.dispositions: dict[str, DispositionGiven] = {}
        self.notes: dict[str, NoteWritten] = {}
        self.periods: list[Period] = []
        self.decisions: list[DecisionNoted] = []
        self.spooled: dict[str, float] = {}
        self.rings: dict[str, tuple[Ring, Rung]] = {}
        self._of_contact: defaultdict[int, list[StoredAttempt]] = defaultdict(list)

    # --- filling

    def add_campaign(self, campaign: Campaign) -> None:
        """Add or replace a campaign."""
        self.campaign[campaign.id] = campaign

    def add_survey(self, survey_version_id: int, source: str) -> None:
        """Add a survey's YAML."""
        self.survey_sources[survey_version_id] = source

    def add_person(self, person: Person) -> None:
        """Add a contact; its list's purpose, source and consent come with it."""
        self.people[person.contact.id] = person

    def enqueue(self, campaign_id: int, contact_ids: Iterable[int]) -> None:
        """Put contacts into a campaign's queue."""
        for contact_id in contact_ids:
            self.places[campaign_id, contact_id] = Place(campaign_id, contact_id)

    # --- the port

    async def open(self) -> None:
        """Give back contacts that are claimed without an open attempt."""
        for place in self.places.values():
            if place.state == "claimed" and not self._has_open_attempt(place.contact_id):
                place.state = "waiting"

    async def aclose(self) -> None:
        """Nothing is held."""

    async def campaigns(self) -> Sequence[Campaign]:
        """Campaigns that run, are paused or are stopping."""
        active = (CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.STOPPING)
        return [campaign for campaign in self.campaign.values() if campaign.state in active]

    async def set_campaign_state(self, campaign_id: int, state: CampaignState, now: float) -> None:
        """Write the state."""
        if campaign_id not in self.campaign:
            raise NotFoundError(f"no campaign has the number {campaign_id}")
        self.campaign[campaign_id] = replace(self.campaign[campaign_id], state=state)

    async def claim(
        self, campaign: Campaign, limit: int, now: float, policy: DialPolicy, *, only: int | None = None
    ) -> Claim:
        """Take contacts that the rules allow and write their attempts."""
        campaign = replace(campaign, state=self.campaign[campaign.id].state)
        if only is not None:
            return self._claim_only(campaign, only, now, policy)
        verdict = may_campaign_dial(campaign, policy, now)
        if isinstance(verdict, Refused):
            waiting, next_at = self._waiting(campaign.id)
            if next_at is not None and verdict.until is not None:
                next_at = max(next_at, verdict.until)
            return Claim((), {verdict.reason.value: waiting} if waiting else {}, waiting, next_at)
        standings = self._standings(campaign) if campaign.quotas else None
        taken: list[ClaimedAttempt] = []
        refused: Counter[str] = Counter()
        examined = 0
        while size := page_size(limit - len(taken), examined, refused.total()):
            candidates = self._candidates(campaign.id, now, size)
            judged = judge(candidates, limit - len(taken), campaign, policy, now, standings)
            for candidate, refusal in judged.refused:
                self._refuse(campaign.id, candidate.contact.id, refusal, now)
                refused[refusal.reason.value] += 1
            taken += [self._take(campaign.id, candidate, now) for candidate in judged.allowed]
            examined += len(candidates)
            if len(candidates) < size:
                break
        return Claim(tuple(taken), dict(refused), *self._waiting(campaign.id))

    async def suppressed(self, phones: Sequence[str]) -> frozenset[str]:
        """Which of the numbers are on the suppression list."""
        return frozenset(phones) & self.suppression.keys()

    async def write(self, facts: Sequence[Fact]) -> None:
        """Apply the facts."""
        batch = Batch.of(facts)
        for attempt_id, times in batch.times.items():
            attempt = self.attempts.get(attempt_id)
            if attempt is not None and attempt.ended_at is None:
                for name, value in times.items():
                    if value is not None:
                        setattr(attempt, name, value)
        for ending in batch.endings.values():
            self._end(ending)
        for callback in batch.callbacks.values():
            self._call_back(callback)
        for opt_out in batch.opted_out.values():
            self._opt_out(opt_out)
        for attempt_id in batch.complete:
            self._complete(attempt_id)
        self.events += batch.events
        for key, answer in batch.answers.items():
            if key not in self.answers or answer.at > self.answers[key].at:
                self.answers[key] = answer
        self.dispositions |= batch.dispositions
        for attempt_id, note in batch.notes.items():
            if attempt_id not in self.notes or note.at > self.notes[attempt_id].at:
                self.notes[attempt_id] = note
        for period in self.periods:
            if period.to_at is None and period.seat in batch.seats_left:
                period.to_at = batch.seats_left[period.seat]
        self.periods += batch.periods
        self.decisions += batch.decisions
        self.spooled = batch.drained | self.spooled

    async def open_attempts(self) -> Sequence[OpenAttempt]:
        """Attempts without an end, oldest first."""
        asked = {event.attempt_id for event in self.events if event.event == SURVEY_STARTED}
        asked |= {attempt_id for attempt_id, _question in self.answers}
        return [
            OpenAttempt(
                attempt.claimed,
                attempt.dialled_at,
                attempt.answered_at,
                attempt.joined_at,
                attempt.seat,
                attempt.operator_id,
                attempt_id in asked,
            )
            for attempt_id, attempt in sorted(
                self.attempts.items(), key=lambda each: (each[1].claimed.claimed_at, each[0])
            )
            if attempt.ended_at is None
        ]

    async def live_answers(self, campaign_id: int, since: float) -> LiveAnswers:
        """When people answered, and those of them who were abandoned."""
        answered = [
            (attempt.answered_at, attempt.outcome)
            for attempt in self.attempts.values()
            if attempt.claimed.campaign_id == campaign_id
            and not attempt.claimed.inbound
            and attempt.answered_at is not None
            and attempt.answered_at >= since
            and (attempt.outcome is None or attempt.outcome.answered)
        ]
        abandoned = [at for at, outcome in answered if outcome is Outcome.ABANDONED]
        return LiveAnswers(tuple(sorted(at for at, _outcome in answered)), tuple(sorted(abandoned)))

    async def outcomes_since(self, campaign_id: int, since: float) -> Mapping[str, int]:
        """Ended attempts per outcome."""
        return dict(
            Counter(
                attempt.outcome.value
                for attempt in self.attempts.values()
                if attempt.claimed.campaign_id == campaign_id
                and not attempt.claimed.inbound
                and attempt.outcome is not None
                and attempt.ended_at is not None
                and attempt.ended_at >= since
            )
        )

    async def caller(self, phone: str) -> Caller | None:
        """Who has this number."""
        people = self.people.values()
        contact = next((each.contact for each in people if each.contact.phone == phone), None)
        if contact is None:
            return None
        called = {each.claimed.campaign_id: each.claimed.claimed_at for each in self._of_contact[contact.id]}
        active = {campaign.id for campaign in await self.campaigns()}
        on = [number for number, who in self.places if who == contact.id and number in active]
        on.sort(key=lambda number: (called.get(number, 0.0), number), reverse=True)
        return Caller(replace(contact, suppressed=phone in self.suppression), tuple(on))

    async def take_in(self, attempt: ClaimedAttempt, trunk: str) -> bool:
        """Write the attempt of somebody who called us."""
        if self._has_open_attempt(attempt.contact.id):
            return False
        stored = StoredAttempt(attempt, answered_at=attempt.claimed_at)
        self.attempts[attempt.id] = stored
        self._of_contact[attempt.contact.id].append(stored)
        return True

    async def rang(self, ring: Ring, limits: LineLimits) -> Rung:
        """Remember a ring, and whether it is a wish to be called."""
        first, known = self.rings.get(ring.id, (ring, None))
        if known is not None and not ring.was_not_asked(known.result):
            return Rung(known.result, known.campaign_id)
        taking = (CampaignState.DRAFT, CampaignState.RUNNING, CampaignState.PAUSED)
        owners = [each for each in self.campaign.values() if each.line == ring.line and each.state in taking]
        campaign = max(owners, key=lambda each: each.id, default=None)
        result = ring.refused or RingResult.NO_CAMPAIGN
        if ring.refused is None and campaign is not None:
            facts = self._ring_facts(ring, first.at if known else None, campaign.id)
            result = judge_ring(facts, limits, ring.at, answering=ring.resumes_at is not None)
        rung = Rung(result, None if campaign is None else campaign.id)
        if campaign is not None and result in (RingResult.CALL_BACK, RingResult.ASKED):
            due_at = ring.due_at(result, limits)
            contact = self._who_rang(ring, campaign)
            self._put_in_queue(campaign.id, contact.id, result, due_at)
            rung = Rung(result, campaign.id, contact, due_at)
        self.rings[ring.id] = first, rung
        return rung

    async def call_context(self, attempt_id: str) -> CallContext | None:
        """The person and survey behind an attempt."""
        attempt = self.attempts.get(attempt_id)
        if attempt is None:
            return None
        campaign = self.campaign[attempt.claimed.campaign_id]
        person = self.people[attempt.claimed.contact.id]
        version = campaign.survey_version_id
        given = [
            answer
            for answer in self.answers.values()
            if answer.contact_id == person.contact.id and answer.survey_version_id == version
        ]
        if asked := self.sample_checks.get(campaign.id, ()):
            campaign_of = {id_: each.claimed.campaign_id for id_, each in self.attempts.items()}
            given = [each for each in given if campaign_of[each.attempt_id] == campaign.id]
        return CallContext(
            attempt_id=attempt_id,
            campaign_id=campaign.id,
            campaign_name=campaign.name,
            contact_id=person.contact.id,
            phone=person.contact.phone,
            name=person.contact.name,
            language=person.contact.language,
            constituency=person.contact.constituency,
            booth=person.booth,
            kind=person.kind,
            role=person.role,
            schemes=person.schemes,
            attributes=person.attributes,
            survey_version_id=version,
            survey_source=None if version is None else self.survey_sources.get(version),
            answers={answer.question: answer.value for answer in sorted(given, key=lambda each: each.at)},
            inbound=attempt.claimed.inbound,
            asked=asked,
        )

    async def drained(self, record_ids: Sequence[str]) -> frozenset[str]:
        """Which of these records of the spool are stored already."""
        return frozenset(record_ids) & self.spooled.keys()

    async def forget_refusals(self, campaign_id: int) -> None:
        """Ask refused contacts again at once."""
        for place in self.places.values():
            if place.campaign_id != campaign_id or place.refusal in (None, RefusalReason.SKIPPED):
                continue
            if place.state == "waiting" or (place.state == "done" and place.done_why == place.refusal):
                place.go(RetryAt(0.0))
                place.refusal = place.refused_at = None

    # --- inside

    def _claim_only(self, campaign: Campaign, contact_id: int, now: float, policy: DialPolicy) -> Claim:
        place = self.places.get((campaign.id, contact_id))
        if place is None:
            return Claim((), {}, *self._waiting(campaign.id))
        candidate, waits = self._candidate(place, now), place.state == "waiting"
        standings = self._standings(campaign) if campaign.quotas else None
        refused = refused_alone(candidate, campaign, policy, now, standings, waits=waits)
        taken: tuple[ClaimedAttempt, ...] = ()
        if refused is None:
            taken = (self._take(campaign.id, candidate, now),)
        elif waits and place.next_at <= now:
            self._refuse(campaign.id, contact_id, refused, now)
        else:
            self._count_refusal(place, refused, now)
        return Claim(taken, {}, *self._waiting(campaign.id), refused)

    def _person_of(self, phone: str) -> Person | None:
        return next((each for each in self.people.values() if each.contact.phone == phone), None)

    def _ring_facts(self, ring: Ring, rang_at: float | None, campaign_id: int) -> RingFacts:
        person = self._person_of(ring.phone)
        place = self.places.get((campaign_id, person.contact.id)) if person is not None else None
        wishes = [
            (each.phone, each.at)
            for each, rung in self.rings.values()
            if each.line == ring.line and rung.result is RingResult.CALL_BACK
        ]
        calling = {
            each.claimed.campaign_id
            for each in (self._of_contact[person.contact.id] if person is not None else ())
            if each.ended_at is None and not (each.claimed.inbound and each.claimed.claimed_at == rang_at)
        }
        own = [at for phone, at in wishes if phone == ring.phone and at > ring.at - DAY_S]
        return RingFacts(
            suppressed=ring.phone in self.suppression,
            last_wish_at=max(own, default=None),
            awaits_call=place is not None and place.state == "waiting" and place.callback_at is not None,
            call_under_way=campaign_id in calling,
            called_elsewhere=bool(calling - {campaign_id}),
            complete=place is not None and place.complete_as is not None,
            wishes_of_day=len(own),
            wishes_of_minute=sum(at > ring.at - MINUTE_S for _phone, at in wishes),
        )

    def _who_rang(self, ring: Ring, campaign: Campaign) -> Contact:
        person = self._person_of(ring.phone)
        if person is None:
            number = max(self.people, default=0) + 1
            of_list = (campaign.purpose, MISSED_CALL, MISSED_CALL)
            person = Person(Contact(number, ring.phone, "", "hi", None, *of_list))
            self.add_person(person)
        return person.contact

    def _put_in_queue(self, campaign_id: int, contact_id: int, result: RingResult, due_at: float) -> None:
        key = campaign_id, contact_id
        place = self.places.setdefault(key, Place(campaign_id, contact_id, next_at=due_at))
        if result is RingResult.CALL_BACK:
            place.callback_at, place.callback_with, place.done_why = due_at, None, None
            if place.state != "claimed":
                place.go(RetryAt(due_at))
        elif place.state == "waiting":
            place.next_at = max(place.next_at, due_at)

    def _waiting(self, campaign_id: int) -> tuple[int, float | None]:
        times = [
            place.next_at
            for place in self.places.values()
            if place.campaign_id == campaign_id and place.state == "waiting"
        ]
        return len(times), min(times, default=None)

    def _candidates(self, campaign_id: int, now: float, size: int) -> list[Candidate]:
        due = [
            place
            for place in self.places.values()
            if place.campaign_id == campaign_id
            and place.state == "waiting"
            and place.next_at <= now
            and not self._has_open_attempt(place.contact_id)
        ]
        due.sort(key=lambda place: (not _asked_for(place, now), place.next_at, place.contact_id))
        return [self._candidate(place, now) for place in due[:size]]

    def _candidate(self, place: Place, now: float) -> Candidate:
        person = self.people[place.contact_id]
        history = [
            PastAttempt(
                attempt.claimed.claimed_at if attempt.ended_at is None else attempt.ended_at,
                attempt.claimed.campaign_id,
                attempt.outcome,
            )
            for attempt in self._of_contact[place.contact_id]
            if not attempt.claimed.inbound or attempt.ended_at is None
        ]
        suppressed = person.contact.suppressed or person.contact.phone in self.suppression
        contact = replace(person.contact, suppressed=suppressed, kind=person.kind)
        return Candidate(contact, place.attempts, history, _asked_for(place, now), place.callback_with)

    def _standings(self, campaign: Campaign) -> Standings:
        places = [place for place in self.places.values() if place.campaign_id == campaign.id]
        complete = {place.contact_id for place in places if place.complete_as is not None}
        calls = [each for each in self.attempts.values() if each.claimed.campaign_id == campaign.id]
        counted = [(number, (1, 0, 0, 0, 0, 0)) for number in complete]
        for each in calls:
            if each.ended_at is None:
                counted.append((each.claimed.contact.id, (0, 1, each.answered_at is not None, 0, 0, 0)))
        for each in [each for each in calls if each.ended_at is not None][-LATEST_CALLS:]:
            number = each.claimed.contact.id
            counted.append((number, (0, 0, 0, 1, each.answered_at is not None, number in complete)))
        people = []
        for number, counts in counted:
            person = self.people[number]
            contact = person.contact
            people.append(Alike(contact.constituency, contact.language, person.kind, *counts))
        return Standings(campaign.quotas, people)

    def _has_open_attempt(self, contact_id: int) -> bool:
        return any(attempt.ended_at is None for attempt in self._of_contact[contact_id])

    def _take(self, campaign_id: int, candidate: Candidate, now: float) -> ClaimedAttempt:
        (attempt_id,) = new_attempt_ids(now, 1)
        claimed = ClaimedAttempt(
            attempt_id, campaign_id, candidate.contact, now, candidate.attempts + 1, candidate.operator_id
        )
        stored = StoredAttempt(claimed)
        self.attempts[claimed.id] = stored
        self._of_contact[candidate.contact.id].append(stored)
        place = self.places[campaign_id, candidate.contact.id]
        place.state, place.refusal, place.refused_at = "claimed", None, None
        return claimed

    def _refuse(self, campaign_id: int, contact_id: int, refused: Refused, now: float) -> None:
        place = self.places[campaign_id, contact_id]
        place.go(step_after_refusal(refused, now))
        self._note_refusal(place, refused, now)

    def _note_refusal(self, place: Place, refused: Refused, now: float) -> None:
        place.refusal, place.refused_at = refused.reason.value, now
        self._count_refusal(place, refused, now)

    def _count_refusal(self, place: Place, refused: Refused, now: float) -> None:
        key = place.campaign_id, place.contact_id, refused.reason
        known = self.refusals.get(key)
        first_at, times = (now, 0) if known is None else (known.first_at, known.times)
        self.refusals[key] = StoredRefusal(refused.detail, refused.until, first_at, now, times + 1)

    def _end(self, ending: Ending) -> None:
        attempt = self.attempts.get(ending.attempt_id)
        if attempt is None or attempt.ended_at is not None:
            return
        attempt.ended_at, attempt.outcome, attempt.note = ending.ended_at, ending.outcome, ending.note
        attempt.cause, attempt.tech_cause = ending.cause, ending.tech_cause
        place = self.places[ending.campaign_id, ending.contact_id]
        kept = ending.uses_attempt
        place.attempts += kept
        if ending.is_last:
            place.last_outcome = ending.outcome.value
        if kept and place.callback_at is not None and place.callback_at <= ending.ended_at:
            place.callback_at = place.callback_with = None
        later = place.callback_at is not None and place.callback_at > ending.ended_at
        if later and place.callback_at is not None and place.state != "done":
            place.go(RetryAt(place.callback_at))
        elif place.state == "claimed" or isinstance(ending.step, Done):
            before = place.next_at
            place.go(ending.step)
            if ending.is_untouched:
                place.next_at = max(place.next_at, before)
        if ending.refused is not None:
            self._note_refusal(place, ending.refused, ending.ended_at)

    def _complete(self, attempt_id: str) -> None:
        if (attempt := self.attempts.get(attempt_id)) is not None:
            person = self.people[attempt.claimed.contact.id]
            alike = (person.contact.constituency, person.contact.language, person.kind)
            place = self.places[attempt.claimed.campaign_id, person.contact.id]
            place.complete_as = place.complete_as or json.dumps(alike)

    def _call_back(self, callback: CallbackAgreed) -> None:
        place = self.places[callback.campaign_id, callback.contact_id]
        if place.done_why == OPTED_OUT:
            return
        place.callback_at, place.callback_with = callback.due_at, callback.operator_id
        if place.state != "claimed":
            place.go(RetryAt(callback.due_at))

    def _opt_out(self, opt_out: OptedOut) -> None:
        self.suppression.setdefault(opt_out.phone, opt_out)
        for place in self.places.values():
            if place.state != "done" and self.people[place.contact_id].contact.phone == opt_out.phone:
                place.go(Done(OPTED_OUT))
