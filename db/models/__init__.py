"""The tables. Every ``*_at`` is UTC epoch seconds; enums are stored as their lower-case words."""

from __future__ import annotations

from db import phones as _phones  # noqa: F401  (so that ``Base`` knows all tables)
from db import reports as _reports  # noqa: F401
from db import rings as _rings  # noqa: F401
from db import warroom as _warroom  # noqa: F401
from db.base import Base
from db.models.calls import Answer, Attempt, AttemptEvent, CallNote, Disposition
from db.models.campaigns import Callback, Campaign, CampaignContact, PacingDecision, Refusal, SampleCheck
from db.models.house import Audit, DaemonRun, SpooledRecord
from db.models.operators import Operator, OperatorRecoveryCode, OperatorSession, Seat, SeatPeriod
from db.models.people import Contact, ContactList, ListImport, ListMember, Suppression
from db.models.surveys import AudioCertificate, Prompt, Survey, SurveyVersion

__all__ = [
    "Answer",
    "Attempt",
    "AttemptEvent",
    "AudioCertificate",
    "Audit",
    "Base",
    "CallNote",
    "Callback",
    "Campaign",
    "CampaignContact",
    "Contact",
    "ContactList",
    "DaemonRun",
    "Disposition",
    "ListImport",
    "ListMember",
    "Operator",
    "OperatorRecoveryCode",
    "OperatorSession",
    "PacingDecision",
    "Prompt",
    "Refusal",
    "SampleCheck",
    "Seat",
    "SeatPeriod",
    "SpooledRecord",
    "Suppression",
    "Survey",
    "SurveyVersion",
]
