"""The store in memory, for the simulator and the tests of everything above the port."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dialer.core.missed_calls import LineLimits
from dialer.core.model import (
    Campaign,
    CampaignState,
    ClaimedAttempt,
    DialPolicy,
    Done,
    Outcome,
    RefusalReason,
    RetryAt,
)
from dialer.core.retry import OPTED_OUT
from dialer.core.survey_results import BY_OPERATOR
from dialer.errors import NotFoundError
from dialer.store.batch import Batch, Ending
from dialer.store.memory_claim import claim
from dialer.store.memory_rings import rang
from dialer.store.memory_tables import MemoryTables, StoredAttempt
from dialer.store.port import (
    SURVEY_STARTED,
    CallbackAgreed,
    CallContext,
    Caller,
    Claim,
    Fact,
    LiveAnswers,
    OpenAttempt,
    OptedOut,
    Ring,
    Rung,
)


class MemoryDialStore(MemoryTables):
    """A ``DialStore`` whose whole content is in its attributes. Fill it with ``add_*`` and ``enqueue``."""

    # --- the port

    async def open(self) -> None:
        """Give back contacts that are claimed without an open attempt."""
        for place in self.places.values():
            if place.state == "claimed" and not self.has_open_attempt(place.contact_id):
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
        return claim(self, campaign, limit, now, policy, only=only)

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
        for of, note in batch.notes.items():
            if of not in self.notes or note.at > self.notes[of].at:
                self.notes[of] = note
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
        called = {each.claimed.campaign_id: each.claimed.claimed_at for each in self.of_contact[contact.id]}
        active = {campaign.id for campaign in await self.campaigns()}
        on = [number for number, who in self.places if who == contact.id and number in active]
        on.sort(key=lambda number: (called.get(number, 0.0), number), reverse=True)
        return Caller(replace(contact, suppressed=phone in self.suppression), tuple(on))

    async def take_in(self, attempt: ClaimedAttempt, trunk: str) -> bool:
        """Write the attempt of somebody who called us."""
        if self.has_open_attempt(attempt.contact.id):
            return False
        stored = StoredAttempt(attempt, answered_at=attempt.claimed_at)
        self.attempts[attempt.id] = stored
        self.of_contact[attempt.contact.id].append(stored)
        return True

    async def rang(self, ring: Ring, limits: LineLimits) -> Rung:
        """Remember a ring, and whether it is a wish to be called."""
        return rang(self, ring, limits)

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
        given.sort(key=lambda each: each.at)
        noted = [each for each in given if (each.attempt_id, each.via) == (attempt_id, BY_OPERATOR)]
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
            answers={each.question: each.value for each in given if each not in noted},
            inbound=attempt.claimed.inbound,
            asked=asked,
            noted={each.question: each.value for each in noted},
            notes=tuple(
                sorted(
                    (note for (of, _operator), note in self.notes.items() if of == attempt_id),
                    key=lambda note: note.at,
                )
            ),
            disposition=self.dispositions.get(attempt_id),
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
            self.note_refusal(place, ending.refused, ending.ended_at)

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
