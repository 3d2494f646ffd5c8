"""Everything a handler may use, built once by ``app.build_app``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from db.session import Database
from dialer.config import Config
from dialer.store.callbacks import Callbacks
from dialer.store.operators import Operators
from dialer.store.own_day import OperatorDays
from dialer.store.sessions import Sessions
from dialer.warroom.tallies import Tallies
from dialer.web.auth import SignIns
from dialer.web.calls import CallBook
from dialer.web.desks import DeskHub
from dialer.web.gate import Gate
from dialer.web.kept_cards import KeptCards
from dialer.web.live import LiveFeed
from dialer.web.meters import Meters
from dialer.web.phones import PhoneAccounts
from dialer.web.port import DeskEngine
from dialer.web.seat_trials import SeatTrials
from dialer.web.security import RateLimit
from dialer.web.survey_reports import SurveyReports
from dialer.web.trail import AuditTrail


@dataclass(frozen=True, slots=True)
class Parts:
    """The rooms of the web side."""

    config: Config
    database: Database
    engine: DeskEngine
    clock: Callable[[], float]
    sessions: Sessions
    operators: Operators
    sign_ins: SignIns
    gate: Gate
    calls: CallBook
    desks: DeskHub
    live: LiveFeed
    phones: PhoneAccounts
    trials: SeatTrials
    trail: AuditTrail
    meters: Meters
    survey_reports: SurveyReports
    tallies: Tallies
    cards: KeptCards
    operator_days: OperatorDays
    look_ups: RateLimit
    callbacks: Callbacks


PARTS = web.AppKey("sampark_parts", Parts)
