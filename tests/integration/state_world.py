"""A state office with the 33 districts of Chhattisgarh and a month of invented reports; Durg's own too."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert

from db.reports import DistrictKey, ReceivedReport
from db.session import Database
from dialer.daily.figures import DayReport, Figure, share
from dialer.daily.keys import key_id, key_text, signing_key
from dialer.daily.outbox import Outbox
from dialer.daily.signing import sign
from dialer.passwords import hash_password
from dialer.store.operators import NewOperator, Operators, Role
from dialer.web.app import build_app
from tests.integration.desk_world import PASSWORD, World, office, prepared_database
from tests.integration.paper_engine import PaperEngine
from tests.integration.report_day import DAY, NEXT_DAY

DISTRICTS: Final = {
    "balod": "बालोद", "balodabazar": "बलौदा बाज़ार", "balrampur": "बलरामपुर", "bastar": "बस्तर",
    "bemetara": "बेमेतरा", "bijapur": "बीजापुर", "bilaspur": "बिलासपुर", "dantewada": "दंतेवाड़ा",
    "dhamtari": "धमतरी", "durg": "दुर्ग", "gariaband": "गरियाबंद", "gpm": "गौरेला-पेंड्रा-मरवाही",
    "janjgir": "जांजगीर-चांपा", "jashpur": "जशपुर", "kabirdham": "कबीरधाम", "kanker": "कांकेर",
    "kcg": "खैरागढ़-छुईखदान-गंडई", "kondagaon": "कोंडागांव", "korba": "कोरबा", "koriya": "कोरिया",
    "mahasamund": "महासमुंद", "mcb": "मनेंद्रगढ़-चिरमिरी-भरतपुर", "mma": "मोहला-मानपुर-अंबागढ़ चौकी",
    "mungeli": "मुंगेली", "narayanpur": "नारायणपुर", "raigarh": "रायगढ़", "raipur": "रायपुर",
    "rajnandgaon": "राजनांदगांव", "sakti": "सक्ती", "sarangarh": "सारंगढ़-बिलाईगढ़", "sukma": "सुकमा",
    "surajpur": "सूरजपुर", "surguja": "सरगुजा",
}  # fmt: skip
SILENT: Final = ("bijapur", "mungeli", "sukma")
"""Who has not reported ``DAY``."""
STATE: Final = "https://state.example/api/v1/reports"
HEAD: Final = "mail:head@office.example"
AWAY: Final = f"{STATE} does not answer: Cannot connect to host state.example:443"
KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def invented_report(district: str, day: str) -> DayReport:
    """The same for the same district and day; ``before`` are the figures of the day before."""
    today, before = _counts(district, day), _counts(district, days_before(day, 1))
    figures = [Figure("calls", "", None, name, value, "attempts", before[name])
               for name, value in today.items()]  # fmt: skip
    talks = (("informed", 7), ("complaint", 2), ("call_back", 1))
    figures += [Figure("feedback", code, None, "talks", today["connected"] * tenth // 10, "dispositions",
                       before["connected"] * tenth // 10) for code, tenth in talks]  # fmt: skip
    figures += [Figure("constituencies", "", 62, name, int(today[name]) // 2, "attempts",
                       int(before[name]) // 3)
                for name in ("placed", "answered", "reached", "abandoned")]  # fmt: skip
    office = {"hi": f"जिला सम्पर्क कार्यालय, {DISTRICTS[district]}", "en": district.title()}
    return DayReport(
        district=district, office=office, day=day, constituency=None, made_at=int(NEXT_DAY) - 40_000,
        day_over=False, figures=figures,
        sources={"attempts": {"hi": "इस दिन लगाई गई कॉल", "en": "attempts of this day"},
                 "dispositions": {"hi": "ऑपरेटरों ने जो दर्ज किया", "en": "what operators recorded"}},
        names={"constituencies": {"62": {"hi": "पाटन", "en": "Patan"}}, "schemes": {}},
    )  # fmt: skip


def days_before(day: str, days: int) -> str:
    """The ISO day so many days before."""
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


def _counts(district: str, day: str) -> dict[str, int | float]:
    dice = random.Random(f"{district} {day}")
    placed = dice.randint(1_500, 9_000)
    answered = int(placed * dice.uniform(0.35, 0.6))
    connected, abandoned = int(answered * 0.7), int(answered * dice.uniform(0.002, 0.025))
    return {
        "placed": placed, "answered": answered, "reached": answered - abandoned, "connected": connected,
        "abandoned": abandoned, "answer_rate": share(answered, placed) or 0,
        "abandonment_rate": share(abandoned, connected + abandoned) or 0,
    }  # fmt: skip


@asynccontextmanager
async def state_world(folder: Path, *, role: str = "state") -> AsyncIterator[World]:
    """It runs; the clock stands in the morning after ``DAY``."""
    config = office(folder)
    config = config.model_copy(update={"role": role})
    database, engine = await prepared_database(config), PaperEngine(config.seats)
    await _furnish(database)
    await _own(database, folder)
    server = TestServer(build_app(config, engine, database, lambda: NEXT_DAY))
    await server.start_server()
    world = World(server, engine, database, config)
    try:
        yield world
    finally:
        await world.aclose()


async def _furnish(database: Database) -> None:
    stored = hash_password(PASSWORD)
    roles = (("head", Role.DISTRICT_HEAD), ("reader", Role.WARROOM_READER))
    people = [NewOperator(name, name, role, stored) for name, role in roles]
    await Operators(database).add(people, "test", 1.0)
    keys = [
        {"district": code, "name": name, "key_id": f"{number:016x}", "public_key": key_text(KEY.public_key()),
         "created_at": 1.0, "created_by": "test"}
        for number, (code, name) in enumerate(DISTRICTS.items())
    ]  # fmt: skip
    rows = [
        _row(code, days_before(DAY, back))
        for back in range(31) for code in DISTRICTS
        if not (back == 0 and code in SILENT) and not (back == 9)
    ]  # fmt: skip

    def work(connection: object) -> None:
        connection.execute(insert(DistrictKey), keys)  # type: ignore[attr-defined]
        connection.execute(insert(ReceivedReport), rows)  # type: ignore[attr-defined]

    await database.transact(work)


def _row(code: str, day: str) -> dict[str, object]:
    report = invented_report(code, day)
    names = ("placed", "answered", "reached", "connected", "abandoned")
    return {
        "id": report.id, "district": code, "day": day, "constituency": None, "revision": 1,
        "sha256": "0" * 64, "key_id": key_id(KEY.public_key()), "received_at": NEXT_DAY - 30_000,
        "content": sign(report, {}, KEY).as_bytes().decode(),
        **{name: report.value("calls", name) for name in names},
    }  # fmt: skip


async def _own(database: Database, folder: Path) -> None:
    """Durg's own reports: all by mail, the last two not at the state office."""
    outbox, key = Outbox(database), signing_key(folder / "var")
    for back in range(4, -1, -1):
        report, at = invented_report("durg", days_before(DAY, back)), NEXT_DAY - 86_400 * back - 38_000
        files = {f"{report.id}-{language}.{kind}": f"{kind} {language}".encode()
                 for language in ("hi", "en") for kind in ("pdf", "xlsx")}  # fmt: skip
        await outbox.add(report, sign(report, files, key), "0" * 64, files, [STATE, HEAD], "daemon", at)
    for delivery in (await outbox.all())[::-1]:
        if delivery.destination == HEAD or delivery.day < days_before(DAY, 1):
            await outbox.sent(delivery, NEXT_DAY - 30_000)
        else:
            await outbox.failed(delivery, AWAY, NEXT_DAY - 3600, refused=False)
