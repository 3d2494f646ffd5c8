"""An office that looks like a real one, for pictures of the desk: invented people, nobody real."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import insert, update

from db import models
from dialer.core.rules import day_start
from dialer.settings.office import Office
from dialer.warroom.beginning import begin
from tests.integration.desk_world import World
from tests.integration.paper_engine import ATTEMPT, campaign_live, context
from tests.places import queued

OFFICE = Office(
    name_hi="जिला सम्पर्क कार्यालय, दुर्ग",
    name_en="District Contact Office, Durg",
    callback_number="+917882210400",
)
MORNING_S = 11.7 * 3600
"""The time of day in the pictures."""

NAMES = {
    "op01": "पूजा देवांगन",
    "op02": "राकेश यादव",
    "op03": "आरती निषाद",
    "op04": "भावना ठाकुर",
    "op05": "दीपक वर्मा",
    "guide": "मीनाक्षी शुक्ला",
}
CAMPAIGNS = {1: "उज्ज्वला हितग्राही संवाद", 2: "किसान सम्मान निधि जानकारी", 3: "बूथ कार्यकर्ता सम्पर्क"}
SECOND, THIRD = (ATTEMPT[:-1] + digit for digit in "12")

SURVEY = """
survey: ujjwala_talk
title: {hi: उज्ज्वला योजना का अनुभव, en: Experience with Ujjwala}
languages: [hi, en]
nodes:
  connection:
    kind: choice
    scheme: PMUY
    say:
      hi: क्या आपके घर उज्ज्वला योजना का गैस कनेक्शन है?
      en: Does your home have a gas connection of the Ujjwala scheme?
    options:
      1: {value: used, say: {hi: "हाँ, उपयोग करते हैं", en: "Yes, it is used"}}
      2: {value: unused, say: {hi: "है, पर उपयोग नहीं करते", en: "Yes, but it is not used"}}
      3: {value: none, say: {hi: नहीं है, en: "No"}}
    next: refills
  refills:
    kind: number
    say:
      hi: पिछले एक साल में कितने सिलेंडर भरवाए?
      en: How many cylinders were refilled in the last year?
    min: 0
    max: 24
    next: subsidy
  subsidy:
    kind: choice
    say:
      hi: क्या सब्सिडी की राशि आपके खाते में आ रही है?
      en: Does the subsidy arrive in your bank account?
    options:
      1: {value: always, say: {hi: हर बार आती है, en: Every time}}
      2: {value: sometimes, say: {hi: कभी-कभी आती है, en: Sometimes}}
      3: {value: never, say: {hi: नहीं आती, en: Never}}
      4: {value: unsure, say: {hi: पता नहीं, en: I do not know}}
    next: content
  content:
    kind: rating
    min: 1
    max: 5
    say:
      hi: योजना से आप कितने संतुष्ट हैं, 1 से 5 तक?
      en: How satisfied are you with the scheme, from 1 to 5?
    next: end
"""

SCRIPT = {
    "say": {
        "hi": "नमस्ते {name} जी, मैं {operator}, {office} से बोल रही हूँ।\n"
        "उज्ज्वला योजना के बारे में आपसे दो मिनट बात करनी है। क्या अभी बात हो सकती है?",
        "en": "Namaste {name}, this is {operator} from {office}.\n"
        "I would like to talk with you about the Ujjwala scheme for two minutes. Is it a good time?",
    },
    "facts": {
        "pmuy": {
            "hi": "गरीब परिवारों की महिलाओं को रसोई गैस कनेक्शन; पहला सिलेंडर और चूल्हा निःशुल्क।",
            "en": "A cooking-gas connection for women of poor households; the first cylinder is free.",
        },
        "pmjay": {
            "hi": "पात्र परिवारों को साल में 5 लाख रुपये तक का इलाज बिना नकद के। हेल्पलाइन 14555।",
            "en": "Cashless treatment up to 5 lakh rupees a year for eligible families. Helpline 14555.",
        },
    },
}

EARLIER = (
    (2.9, 2, "informed", "किसान निधि की किस्त मार्च में मिली थी"),
    (15.8, 1, "call_back", "दोपहर में खेत पर रहती हैं, सुबह फ़ोन करें"),
)
"""Days ago, campaign, result, notes."""

RESULTS = ("answered_survey",) * 11 + ("informed",) * 7 + ("call_back",) * 4 + ("not_interested",) * 2
CALLBACKS = (("गीता मानिकपुरी", -180.0, 1), ("मोहन लाल साहू", 420.0, 1), ("उषा बाई निषाद", 5_400.0, 3))
"""Name, seconds from now, campaign."""


async def furnish_desk(world: World) -> None:
    """Names, campaigns, a script, earlier calls, own numbers, callbacks; the engine's three people."""
    world.clock.now = day_start(world.clock.now) + MORNING_S
    await begin(world.database, world.config.data, "test", world.clock.now)
    await world.database.transact(_named)
    await world.database.transact(lambda connection: _past(connection, world.clock.now))
    modes = {1: "predictive", 2: "progressive", 3: "manual"}
    world.engine.campaigns = [
        replace(campaign_live(number), name=name, mode=modes[number]) for number, name in CAMPAIGNS.items()
    ]
    asked = {"campaign_name": CAMPAIGNS[1], "survey_source": SURVEY}
    world.engine.contexts |= {
        ATTEMPT: context(name="सावित्री साहू", constituency=62, booth="118", schemes=("PMUY", "PMJAY"),
                         attributes={"village": "जामगाँव"}, **asked),
        SECOND: context(SECOND, contact_id=2, name="रामकुमार यादव", phone="+919827114512", constituency=67,
                        booth="41", kind="worker", role="बूथ अध्यक्ष", schemes=(),
                        attributes={"village": "नंदिनी"}, campaign_id=3, campaign_name=CAMPAIGNS[3],
                        survey_source=None, survey_version_id=None),
        THIRD: context(THIRD, contact_id=3, name="कमला बाई ठाकुर", phone="+919755031177", constituency=63,
                       booth="87", attributes={"village": "उतई"}, schemes=("PMUY",), inbound=True, **asked),
    }  # fmt: skip


def _named(connection: Any) -> None:
    for username, name in NAMES.items():
        connection.execute(
            update(models.Operator).where(models.Operator.username == username).values(name=name)
        )
    terms = {"script": SCRIPT, "wrap_up_s": 30.0}
    connection.execute(
        update(models.Campaign).where(models.Campaign.id == 1).values(name=CAMPAIGNS[1], **terms)
    )
    for number in (2, 3):
        more = {"id": number, "name": CAMPAIGNS[number], "kind": "operators", "state": "running",
                "purpose": "p", "list_id": 1, "trunk": "carrier", "caller_id": OFFICE.callback_number,
                "mode": "progressive", "created_at": 1.0, "created_by": "test"}  # fmt: skip
        connection.execute(insert(models.Campaign).values(more))
    people = ((2, "रामकुमार यादव", "+919827114512"), (3, "कमला बाई ठाकुर", "+919755031177"))
    for number, name, phone in people:
        row = {"id": number, "phone": phone, "name": name, "created_at": 1.0}
        connection.execute(insert(models.Contact).values(row))
    for number, attempt in ((2, SECOND), (3, THIRD)):
        row = {"id": attempt, "campaign_id": 1, "contact_id": number, "number_of_attempt": 1,
               "trunk": "carrier", "claimed_at": 1.0}  # fmt: skip
        connection.execute(queued(1, number, "claimed"))
        connection.execute(insert(models.Attempt).values(row))


def _past(connection: Any, now: float) -> None:
    for number, (days, campaign, code, notes) in enumerate(EARLIER):
        _talk(connection, f"b{number:024d}", 1, now - days * 86_400, 2, code, notes, campaign)
    for operator in range(1, 6):
        for number, code in enumerate(RESULTS[: 26 - operator * 2]):
            at = now - 9_000 + number * 330
            contact = 1000 * operator + number
            person = {"id": contact, "phone": f"+91900{contact:07d}", "name": "", "created_at": 1.0}
            connection.execute(insert(models.Contact).values(person))
            _talk(connection, f"c{operator}{number:023d}", contact, at, operator, code, "", 1)
            for state, begun, over in (("ready", at - 40 - 3 * operator, at), ("talking", at, at + 190)):
                period = {"seat": operator, "operator_id": operator, "state": state, "from_at": begun,
                          "to_at": over}  # fmt: skip
                connection.execute(insert(models.SeatPeriod).values(period))
    for id_, (name, ahead_s, campaign) in enumerate(CALLBACKS, start=20):
        person = {"id": id_, "phone": f"+9198765433{id_}", "name": name, "created_at": 1.0}
        connection.execute(insert(models.Contact).values(person))
        place, due_at = {"campaign_id": campaign, "contact_id": id_}, now + ahead_s
        connection.execute(insert(models.CampaignContact).values(place | {"callback_at": due_at}))
        agreed = {"attempt_id": f"d{id_}", "due_at": due_at, "operator_id": 1, "agreed_at": 1.0}
        connection.execute(insert(models.Callback).values(place | agreed))


def _talk(
    connection: Any, id_: str, contact: int, at: float, operator: int, code: str, notes: str, campaign: int
) -> None:
    call = {"id": id_, "campaign_id": campaign, "contact_id": contact, "number_of_attempt": 1,
            "trunk": "carrier", "claimed_at": at, "answered_at": at + 8, "joined_at": at + 8,
            "ended_at": at + 200, "outcome": "connected", "operator_id": operator}  # fmt: skip
    connection.execute(queued(campaign, contact))
    connection.execute(insert(models.Attempt).values(call))
    result = {"attempt_id": id_, "operator_id": operator, "code": code, "notes": notes, "given_at": at + 200}
    connection.execute(insert(models.Disposition).values(result))
