"""What the store in memory remembers: its records and where they lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dialer.core.model import (
    Campaign,
    ClaimedAttempt,
    Contact,
    Done,
    NextStep,
    Outcome,
    RefusalReason,
    Refused,
    RetryAt,
)
from dialer.store.batch import Period
from dialer.store.port import (
    AnswerGiven,
    DecisionNoted,
    DispositionGiven,
    EventNoted,
    NoteWritten,
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


class MemoryTables:
    """The content. Fill it with ``add_*`` and ``enqueue``; ``of_contact``: the attempts of each contact."""

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
        self.notes: dict[tuple[str, int], NoteWritten] = {}
        self.periods: list[Period] = []
        self.decisions: list[DecisionNoted] = []
        self.spooled: dict[str, float] = {}
        self.rings: dict[str, tuple[Ring, Rung]] = {}
        self.of_contact: defaultdict[int, list[StoredAttempt]] = defaultdict(list)

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

    # --- for whoever reads and writes

    def person_of(self, phone: str) -> Person | None:
        """Who has this number."""
        return next((each for each in self.people.values() if each.contact.phone == phone), None)

    def waiting(self, campaign_id: int) -> tuple[int, float | None]:
        """How many wait in the campaign's queue, and when the earliest of them is due."""
        times = [
            place.next_at
            for place in self.places.values()
            if place.campaign_id == campaign_id and place.state == "waiting"
        ]
        return len(times), min(times, default=None)

    def has_open_attempt(self, contact_id: int) -> bool:
        """Whether a call to the contact is under way."""
        return any(attempt.ended_at is None for attempt in self.of_contact[contact_id])

    def note_refusal(self, place: Place, refused: Refused, now: float) -> None:
        """Count it, and show it at the place."""
        place.refusal, place.refused_at = refused.reason.value, now
        self.count_refusal(place, refused, now)

    def count_refusal(self, place: Place, refused: Refused, now: float) -> None:
        """Count it."""
        key = place.campaign_id, place.contact_id, refused.reason
        known = self.refusals.get(key)
        first_at, times = (now, 0) if known is None else (known.first_at, known.times)
        self.refusals[key] = StoredRefusal(refused.detail, refused.until, first_at, now, times + 1)
