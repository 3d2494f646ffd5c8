"""The whole product on real Asterisks for tests and benchmarks: database, daemon process, desks."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import yaml
from sqlalchemy import func, insert, select, update

from db.models import (
    Answer,
    Attempt,
    Campaign,
    CampaignContact,
    Contact,
    ContactList,
    Disposition,
    ListMember,
    Suppression,
    Survey,
    SurveyVersion,
)
from db.session import Database
from dialer.config import Config
from dialer.passwords import hash_password
from dialer.simulated_operators.behaviour import Behaviour
from dialer.simulated_operators.shift import run_operators
from dialer.store.database import open_database
from dialer.store.migrations import migrate
from dialer.store.operators import NewOperator, Operators, Role

PURPOSE = "awareness"
QUICK_RETRIES = ("busy", "congestion", "trunk_fault", "cancelled")
QUICK_DESK = Behaviour(wrap_up_median_s=0.5, question_s=1.0, pause_chance=0.0, opt_out_chance=0.0)


def with_web(config: Config, port: int, rules: dict[str, Any] | None = None) -> Config:
    """The pair's settings as an office that calls at any hour has them."""
    return config.model_copy(
        update={
            "web": config.web.model_copy(update={"port": port}),
            "rules": type(config.rules).model_validate(
                {
                    "window": "00:00-24:00", "allow_wider_window": True,
                    "spacing_minutes": dict.fromkeys(QUICK_RETRIES, 0.05),
                    **(rules or {}),
                }
            ),
        }
    )  # fmt: skip


@dataclass(slots=True)
class Office:
    """One office below ``config.base``. ``start`` and ``kill`` are lives of its daemon."""

    config: Config
    database: Database = field(init=False)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.database = open_database(self.config)
        file = self.config.base / "config.yaml"
        settings = self.config.model_dump(mode="json", exclude={"base"}, exclude_defaults=True)
        file.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")

    async def prepare(self) -> None:
        """The schema."""
        self.config.data.mkdir(parents=True, exist_ok=True)
        await migrate(self.database)

    # --- rows

    async def survey(self, source: str, name: str = "survey") -> int:
        """A survey's first version; returns its id."""
        async with self.database.writing() as rows:
            now = time.time()
            survey_id = await rows.scalar(
                insert(Survey).values(name=name, created_at=now).returning(Survey.id)
            )
            version = {
                "survey_id": survey_id, "version": 1, "source": source, "sha256": "0" * 64,
                "created_at": now, "created_by": "test",
            }  # fmt: skip
            number = await rows.scalar(insert(SurveyVersion).values(version).returning(SurveyVersion.id))
        assert number is not None
        return number

    async def campaign(
        self, name: str, phones: Sequence[str], names: Sequence[str] = (), **settings: Any
    ) -> int:
        """A running campaign for these numbers, whose people have these names; returns its id."""
        now = time.time()
        async with self.database.writing() as rows:
            listed = {
                "name": name, "purpose": PURPOSE, "source": "test", "consent": "given", "created_at": now,
                "created_by": "test",
            }  # fmt: skip
            list_id = await rows.scalar(insert(ContactList).values(listed).returning(ContactList.id))
            known = set(await rows.scalars(select(Contact.phone).where(Contact.phone.in_(phones))))
            people = [
                {
                    "phone": phone, "name": named, "language": "hi", "constituency": 62, "booth": "1",
                    "kind": "citizen", "role": "", "schemes": [], "attributes": {}, "created_at": now,
                }
                for phone, named in zip_longest(phones, names, fillvalue="राम साहू")
                if phone not in known
            ]  # fmt: skip
            if people:
                await rows.execute(insert(Contact), people)
            numbers = {phone: one for one, phone in await rows.execute(select(Contact.id, Contact.phone))}
            ids = [numbers[phone] for phone in phones]
            members = [{"list_id": list_id, "contact_id": one} for one in ids]
            if ids:
                await rows.execute(insert(ListMember), members)
            values = {
                "name": name, "kind": "operators", "state": "running", "purpose": PURPOSE, "list_id": list_id,
                "trunk": "carrier", "caller_id": "+917880000000", "window_start_minute": 0,
                "window_end_minute": 1440, "mode": "progressive", "max_attempts": 1, "wrap_up_s": 2.0,
                "ring_s": 20.0, "created_at": now, "created_by": "test", "started_at": now, **settings,
            }  # fmt: skip
            number = await rows.scalar(insert(Campaign).values(values).returning(Campaign.id))
            if ids:
                queue = [{"campaign_id": number, "contact_id": one} for one in ids]
                await rows.execute(insert(CampaignContact), queue)
        assert number is not None
        return number

    async def set_state(self, campaign_id: int, state: str) -> None:
        """As ``dialer campaign start|pause|stop`` does."""
        async with self.database.writing() as rows:
            await rows.execute(update(Campaign).where(Campaign.id == campaign_id).values(state=state))

    async def state(self, campaign_id: int) -> str:
        async with self.database.reading() as rows:
            return str(await rows.scalar(select(Campaign.state).where(Campaign.id == campaign_id)))

    async def outcomes(self) -> Counter[str | None]:
        async with self.database.reading() as rows:
            query = select(Attempt.outcome, func.count()).group_by(Attempt.outcome)
            return Counter({outcome: count for outcome, count in await rows.execute(query)})

    async def attempts(self) -> list[Any]:
        """Every attempt's columns, and ``phone``."""
        async with self.database.reading() as rows:
            query = select(*Attempt.__table__.columns, Contact.phone).join(
                Contact, Contact.id == Attempt.contact_id
            )
            return list(await rows.execute(query))

    async def answers(self) -> list[Any]:
        async with self.database.reading() as rows:
            return list(await rows.execute(select(*Answer.__table__.columns).order_by(Answer.id)))

    async def dispositions(self) -> list[Any]:
        async with self.database.reading() as rows:
            query = select(*Disposition.__table__.columns).order_by(Disposition.id)
            return list(await rows.execute(query))

    async def suppressed(self) -> set[str]:
        async with self.database.reading() as rows:
            return set(await rows.scalars(select(Suppression.phone).where(Suppression.lifted_at.is_(None))))

    async def operators(self, count: int) -> list[tuple[str, str, int]]:
        """People for seats 1..``count``: user name, password, seat."""
        password = "a-long-test-password"
        hashed = hash_password(password)
        people = [
            NewOperator(f"op{seat:02d}", f"Operator {seat}", Role.OPERATOR, hashed)
            for seat in range(1, count + 1)
        ]
        await Operators(self.database).add(people, "test", time.time())
        return [(person.username, password, seat) for seat, person in enumerate(people, 1)]

    @asynccontextmanager
    async def desks(
        self, people: Sequence[tuple[str, str, int]], behaviour: Behaviour = QUICK_DESK
    ) -> AsyncIterator[None]:
        """These operators work, and go home at the end."""
        going = asyncio.Event()
        working = asyncio.create_task(run_operators(self.url, people, behaviour, 1, going))
        try:
            yield
        finally:
            going.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(working), 20)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    # --- the daemon

    async def start(self) -> None:
        """A life of the daemon; returns when it answers."""
        await asyncio.to_thread(self._start)

    def _start(self) -> None:
        environment = {**os.environ, "SAMPARK_CONFIG": str(self.config.base / "config.yaml")}
        log = (self.config.base / "daemon.out").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dialer", "serve", "--quiet"], env=environment, stdout=log, stderr=log
        )
        log.close()
        deadline = time.monotonic() + 60
        while not self.answers_http():
            assert self.process.poll() is None, (self.config.base / "daemon.out").read_text()[-3000:]
            assert time.monotonic() < deadline, f"the daemon does not answer: {self.tail()}"
            time.sleep(0.05)

    def answers_http(self) -> bool:
        try:
            # Whether it answers; a certificate of its own is trusted for that.
            trust = ssl._create_unverified_context()
            with urlopen(f"{self.url}/health", timeout=1, context=trust):
                return True
        except (URLError, OSError):
            return False

    @property
    def url(self) -> str:
        web = self.config.web
        return f"{'https' if web.certificate else 'http'}://{web.host}:{web.port}"

    def kill(self) -> None:
        """The worst that can happen to it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self, hurry: bool = True) -> int:
        """As systemd does; a second signal when ``hurry``."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            if hurry:
                time.sleep(0.2)
                if self.process.poll() is None:
                    self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(100)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    async def aclose(self) -> None:
        """End the daemon and the connection."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
        await self.database.aclose()

    # --- waiting

    async def until_finished(self, campaign_ids: Collection[int], within_s: float) -> None:
        deadline = time.monotonic() + within_s
        while {await self.state(number) for number in campaign_ids} != {"finished"}:
            assert time.monotonic() < deadline, f"not finished: {await self.outcomes()}\n{self.tail()}"
            await asyncio.sleep(0.2)

    def tail(self) -> str:
        """The daemon's last words."""
        file: Path = self.config.data / "log" / "dialer.log"
        return file.read_text()[-3000:] if file.exists() else ""
