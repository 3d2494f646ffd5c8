"""Somebody calls us: who it is, and a menu for those with whom an operator could talk now.

Nothing is said here to anybody else, nor when something fails: the dialplan goes on with what everybody hears
who calls us, with the daemon alive or dead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import structlog

from dialer.contacts.numbers import Number, read_number
from dialer.core.events import Event
from dialer.core.ivr_events import CalledIn
from dialer.core.model import Campaign, ClaimedAttempt, Contact
from dialer.core.survey_model import Prompt
from dialer.errors import StoreError
from dialer.ivr.handover import WAIT
from dialer.ivr.places import prompt_file
from dialer.ivr.session import Phone
from dialer.ivr.system_prompts import LANGUAGES
from dialer.store.port import Caller

KEY = "SAMPARK_KEY"
"""What was pressed in the menu; the dialplan asks by itself while it is empty."""
NO_KEY = "-"
OPERATOR_KEY, MENU_KEYS = "1", "19"
KEY_S = 4.0
"""How long a key is waited for after the menu."""
LONGEST_WAIT_S = 60

log = structlog.get_logger("inbound")


class CallingPhone(Phone, Protocol):
    """A channel that came in; ``caller``: its number as the trunk says it."""

    @property
    def caller(self) -> str: ...


class Office(Protocol):
    """The part of the engine that gives callers to operators."""

    def takes_caller(self, campaign_ids: Sequence[int]) -> Campaign | None: ...

    def post(self, event: Event) -> None: ...


class CallerStore(Protocol):
    """The part of the store that knows who calls."""

    async def caller(self, phone: str) -> Caller | None: ...

    async def take_in(self, attempt: ClaimedAttempt, trunk: str) -> bool: ...


class InboundCalls:
    """Serves the calls to us; ``handle`` is what the FastAGI server runs for each.

    ``prompts``: the root of the finished prompts.
    """

    def __init__(
        self, store: CallerStore, office: Office, prompts: Path, clock: Callable[[], float]
    ) -> None:
        self._store, self._office = store, office
        self._prompts, self._clock = prompts, clock

    async def handle(self, phone: CallingPhone) -> None:
        """One call, until the dialplan goes on with it."""
        number = read_number(phone.caller)
        if not isinstance(number, Number):
            return
        try:
            caller = await self._store.caller(number.phone)
            campaign = None if caller is None else self._office.takes_caller(caller.campaign_ids)
            if caller is not None and campaign is not None:
                await self._ask(phone, caller.contact, campaign)
        except StoreError as fault:
            log.warning("a caller is left to the dialplan", call=phone.channel_id, why=str(fault))

    async def _ask(self, phone: CallingPhone, contact: Contact, campaign: Campaign) -> None:
        menu = self._menu(contact.language)
        if menu is None:
            log.error("there is no prompt of the menu; run `dialer prompts build`", call=phone.channel_id)
            return
        await phone.set_variable("CHANNEL(language)", contact.language)
        key = await phone.stream_file(menu, MENU_KEYS) or await phone.wait_for_digit(KEY_S) or NO_KEY
        if key == OPERATOR_KEY and await self._take_in(phone.channel_id, contact, campaign):
            await phone.set_variable("SAMPARK_ATTEMPT", phone.channel_id)
            await phone.set_variable(WAIT, str(LONGEST_WAIT_S))
        await phone.set_variable(KEY, key)

    async def _take_in(self, attempt_id: str, contact: Contact, campaign: Campaign) -> bool:
        now = self._clock()
        attempt = ClaimedAttempt(attempt_id, campaign.id, contact, now, 0, inbound=True)
        if not await self._store.take_in(attempt, campaign.trunk):
            return False
        # Before the dialplan tells that they wait: the engine must know them then.
        self._office.post(CalledIn(attempt, now))
        return True

    def _menu(self, language: str) -> str | None:
        menus = (prompt_file(self._prompts, 0, Prompt("inbound_menu", spoken, shared=True))
                 for spoken in (language, LANGUAGES[0]))  # fmt: skip
        return next((menu for menu in menus if Path(f"{menu}.alaw").exists()), None)
