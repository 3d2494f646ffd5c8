"""Keypad surveys: 300 calls at once, key to next prompt within 150 ms, 3 ms of the daemon's CPU a question.

The daemon as it serves, with its database, and both Asterisks. The simulated carrier is 276 citizens at a
time, 1,000 in all, whose keys are known beforehand; 24 more phones are probes with one clock: each prompt
holds the number of its question as audio, so a probe knows when the first packet of the next question reached
it. What counts is the time from the release of a key, which is when Asterisk can know of it, to that packet;
``press_to_prompt_p95_ms`` counts from the moment it went down, a tenth of a second earlier. Half of the keys
cut a prompt short, half come after it.

``lost_answers``: keys pressed by all 1,072 people that are not stored as the answer to their question.
``campaign_over_best``: the campaign's time over that of its own calls, in their order, on as many channels,
each taken again in the very moment it is free.

Beside it, in the same run: the classic way, one process for each call (``agi_scripts``), with the daemon dead
and fewer citizens at once, because it does not carry more on two cores.
"""

from __future__ import annotations

import asyncio
import json
import random
import struct
import sys
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heapreplace
from pathlib import Path
from typing import Any

from bench.bare_manager import BareManager, Fields
from bench.office import BenchOffice, Line, cpu_seconds, people, percentile, report, running_office
from dialer.ivr.places import SYSTEM, compiled_survey_file
from dialer.ivr.prompts import Wanted, survey_wanted, system_wanted
from dialer.ivr.survey_file import compiled, read_survey
from dialer.telephony.carrier import Carrier
from dialer.telephony.carrier_behaviour import CarrierBehaviour, Profile, Spread
from tests.asterisk.keypads import FORMATS, LINES, Keypad
from tests.asterisk.pairs import stop
from tests.asterisk.softphones import MAGIC, PACKET_S, SAMPLES, Address, Leg, SipPhones

CALLS, CHANNELS = 1000, 276
PROBES, PROBE_ROUNDS = 24, 3
CALLS_PER_SECOND = 50.0
QUESTIONS = 10
CLASSIC_CALLS, CLASSIC_PROBES, CLASSIC_PER_SECOND = 60, 12, 4.0
LONGEST_S = 600.0
FIRST, OTHER = 100, 50
"""Number of the first question as audio, and of every other prompt."""
TARGETS = {
    "key_to_prompt_p95_ms": 150.0, "cpu_ms_per_question": 3.0, "lost_answers": 0, "campaign_over_best": 1.15,
}  # fmt: skip
ALAW = 8
SECONDS = {"question": 2.0, "option": 0.7, "press": 0.5}
SURVEY = "survey: bench\ntitle: {hi: न}\nlanguages: [hi]\nnodes:\n" + "".join(
    f"  q{one}: {{kind: choice, say: {{hi: सवाल}}, next: {f'q{one + 1}' if one + 1 < QUESTIONS else 'bye'}, "
    "options: {1: {value: o1, say: {hi: क}}, 2: {value: o2, say: {hi: ख}}, 3: {value: o3, say: {hi: ग}}}}\n"
    for one in range(QUESTIONS)
) + "  bye: {kind: info, say: {hi: धन्यवाद}}\n"  # fmt: skip
WORLD = CarrierBehaviour(
    seed=300,
    default=Profile(
        shares={"answer": 1.0},
        ring_s=Spread(2.0, 0.3, 1.0, 4.0),
        talk_s=Spread(60.0, 0.1, 50.0, 70.0),
        keys="123",
        key_count=QUESTIONS,
        key_first_s=Spread(5.0, 0.2, 3.0, 8.0),
        key_gap_s=Spread(4.0, 0.25, 2.5, 7.0),
    ),
)


# --- prompts that say which question they are


def write_prompts(bench: BenchOffice, version: int) -> None:
    """Every prompt that may be played, and the survey for the classic script."""
    config = bench.office.config
    survey = read_survey(SURVEY, "bench")
    root = config.data / "prompts"
    for wanted in (*system_wanted(config, ["hi"]), *survey_wanted(config, version, survey)):
        for ending in ("alaw", "ulaw"):
            _write(root / wanted.folder / f"{wanted.key}.{ending}", _sound(wanted))
    _write(compiled_survey_file(root, version), compiled(SURVEY, "bench").encode())


def _sound(wanted: Wanted) -> bytes:
    is_question = wanted.folder != SYSTEM and wanted.name.startswith("q") and "__" not in wanted.name
    number = FIRST + int(wanted.name[1:]) if is_question else OTHER
    length = "question" if is_question else "press" if wanted.folder == SYSTEM else "option"
    packets = round(SECONDS[length] / PACKET_S)
    return struct.pack("!BBH", MAGIC, ALAW, number) * (SAMPLES // 4) * packets


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


# --- probes


class Probe(Keypad):
    """Presses one key for each question it hears, and notes when it heard which."""

    def __init__(self, leg: Leg, remote: Address, payload_type: int, dice: random.Random) -> None:
        super().__init__(leg, remote, payload_type)
        self._dice = dice
        self.keys: list[str] = []

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """A new question is answered within seven seconds."""
        known = len(self.leg.heard)
        super().datagram_received(data, addr)
        if len(self.leg.heard) > known and next(reversed(self.leg.heard)) >= FIRST:
            asyncio.get_running_loop().call_later(0.5 + 6.5 * self._dice.random(), self._answer)

    def _answer(self) -> None:
        if not self.leg.ended_at:
            self.keys.append(self._dice.choice("123"))
            self.press(self.keys[-1])

    def delays_ms(self, down: bool) -> list[float]:
        """From each key, going down or coming up, to the question after it; the last key leads to none."""
        waits = []
        for one, pressed in enumerate(self.pressed[: QUESTIONS - 1]):
            since = pressed.down_at if down else pressed.up_at
            waits.append((self.leg.heard.get(FIRST + one + 1, float("inf")) - since) * 1000)
        return waits


@dataclass(slots=True)
class Probes:
    """The phones with one clock, at the far end of a trunk of their own."""

    phones: SipPhones
    made: list[Probe] = field(default_factory=list)

    @classmethod
    async def start(cls, port: int) -> Probes:
        """Answer after a second."""
        dice = random.Random(24)
        phones = SipPhones(lambda user: (0, 1.0, None))
        probes = cls(phones)

        def voice(leg: Leg, remote: Address, payload_type: int) -> Probe:
            probes.made.append(Probe(leg, remote, payload_type, dice))
            return probes.made[-1]

        phones.speak_as(voice, FORMATS, LINES)
        await phones.start(port)
        return probes

    def delays_ms(self, since: int, down: bool = False) -> list[float]:
        """Of all calls from the ``since``-th on."""
        return [wait for probe in self.made[since:] for wait in probe.delays_ms(down)]


# --- the product


@dataclass(frozen=True, slots=True)
class Kept:
    """What the daemon made of the calls."""

    answers: int
    lost: int
    simultaneous: int
    over_best: float
    campaign_s: float
    cpu_s: float


async def product(bench: BenchOffice, probes: Probes, version: int) -> Kept:
    """The campaign with its thousand calls, and the probes' beside it while all channels are taken."""
    office = bench.office
    settings = {"kind": "survey", "state": "ready", "survey_version_id": version}
    main = await office.campaign("thousand", people(CALLS), trunk="carrier", **settings)
    beside = await office.campaign("probes", people(PROBES * PROBE_ROUNDS, 5000), trunk="probes", **settings)
    await office.start()
    await asyncio.sleep(1.0)
    cpu_s = cpu_seconds(bench.daemon_pid)
    await office.set_state(main, "running")
    await asyncio.sleep(CHANNELS / CALLS_PER_SECOND + 4.0)
    await office.set_state(beside, "running")
    await office.until_finished([main, beside], LONGEST_S)
    cpu_s = cpu_seconds(bench.daemon_pid) - cpu_s
    attempts, answers = await office.attempts(), await office.answers()
    await asyncio.to_thread(office.stop)
    calls = [each for each in attempts if each.campaign_id == main]
    first = min(each.dialled_at for each in calls)
    took = max(each.ended_at for each in calls) - first
    return Kept(
        answers=len(answers),
        lost=_lost(attempts, answers, probes),
        simultaneous=_most_at_once(attempts),
        over_best=took / best_s(calls),
        campaign_s=took,
        cpu_s=cpu_s,
    )


def best_s(calls: Iterable[Any]) -> float:
    """Seconds for these calls in their order on ``CHANNELS``, each taken again the moment it is free."""
    free_at = [0.0] * CHANNELS
    last = 0.0
    for call in sorted(calls, key=lambda each: each.dialled_at):
        over = free_at[0] + call.ended_at - call.dialled_at
        last = max(last, over)
        heapreplace(free_at, over)
    return last


def _most_at_once(attempts: Iterable[Any]) -> int:
    changes = [(each.answered_at, 1) for each in attempts if each.answered_at]
    changes += [(each.ended_at, -1) for each in attempts if each.answered_at]
    now = most = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def _lost(attempts: Iterable[Any], answers: Iterable[Any], probes: Probes) -> int:
    """Keys that are not the stored answer to the question they were pressed at."""
    deck = WORLD.deck()
    pressed = {probe.leg.dialled: probe.keys for probe in probes.made}
    stored: dict[str, dict[str, str]] = {}
    for answer in answers:
        stored.setdefault(answer.attempt_id, {})[answer.question] = answer.value
    lost = 0
    for attempt in attempts:
        dialled = attempt.phone.removeprefix("+")
        keys: Sequence[str] = pressed.get(dialled) or deck[WORLD.drawn(dialled, 0)[1]].keys
        kept = stored.get(attempt.id, {})
        lost += sum(kept.get(f"q{one}") != f"o{key}" for one, key in enumerate(keys[:QUESTIONS]))
    return lost


# --- the classic way


async def classic(bench: BenchOffice, probes: Probes, version: int) -> tuple[int, float]:
    """Answers in the spool, and the CPU of all processes that served the calls, seconds."""
    config, living, over = bench.office.config, set[bytes](), asyncio.Event()

    def on_event(fields: Fields) -> None:
        if fields[b"Event"] == b"Hangup":
            living.discard(fields.get(b"Uniqueid", b""))
            if not living:
                over.set()

    manager = await BareManager.connect(config.asterisk.ami_port, config.secret("ami"), on_event)
    cpu_s = _children_s(bench)
    targets = [f"PJSIP/{phone[1:]}@trunk-carrier" for phone in people(CLASSIC_CALLS, 7000)]
    targets += [f"PJSIP/{phone[1:]}@trunk-probes" for phone in people(CLASSIC_PROBES, 8000)]
    for target in targets:
        attempt = f"a{uuid.uuid4().hex[:24]}"
        living.add(attempt.encode())
        variables = [f"SAMPARK_ATTEMPT={attempt}", f"SAMPARK_SURVEY={version}", "CHANNEL(language)=hi"]
        manager.call(attempt, target, "answered-survey", variables)
        over.clear()
        await asyncio.sleep(1 / CLASSIC_PER_SECOND)
    async with asyncio.timeout(LONGEST_S):
        await over.wait()
    manager.close()
    records = [json.loads(file.read_text()) for file in (config.data / "spool").glob("*.json")]
    return sum(record["kind"] == "answer" for record in records), _children_s(bench) - cpu_s


def _children_s(bench: BenchOffice) -> float:
    """Processor time of Asterisk's ended children."""
    ticks = Path(f"/proc/{bench.asterisk.pid}/stat").read_text().rpartition(") ")[2].split()[13:15]
    return sum(map(int, ticks)) / 100.0


async def measure() -> dict[str, float]:
    """All figures."""
    lines = (Line("carrier", CHANNELS, CALLS_PER_SECOND), Line("probes", PROBES, 10.0))
    async with running_office(1, *lines) as bench:
        config = bench.office.config
        only = [trunk for trunk in config.trunks if trunk.name == "carrier"]
        carrier = Carrier(config.model_copy(update={"trunks": tuple(only)}), WORLD, 0)
        version = await bench.office.survey(SURVEY)
        await asyncio.to_thread(write_prompts, bench, version)
        probes = await Probes.start(bench.port("probes"))
        try:
            await carrier.up()
            kept = await product(bench, probes, version)
            waits, from_press = probes.delays_ms(0), probes.delays_ms(0, down=True)
            of_product = len(probes.made)
            print(json.dumps({"product_p95_ms": percentile(waits, 95), "answers": kept.answers}), flush=True)
            answers, classic_s = await classic(bench, probes, version)
        finally:
            await probes.phones.aclose()
            await asyncio.to_thread(stop, carrier)
    beside = probes.delays_ms(of_product)
    return {
        "key_to_prompt_p95_ms": percentile(waits, 95),
        "cpu_ms_per_question": kept.cpu_s / kept.answers * 1000,
        "lost_answers": kept.lost,
        "campaign_over_best": kept.over_best,
        "key_to_prompt_p50_ms": percentile(waits, 50),
        "key_to_prompt_max_ms": max(waits),
        "press_to_prompt_p95_ms": percentile(from_press, 95),
        "simultaneous": kept.simultaneous,
        "answers": kept.answers,
        "campaign_s": kept.campaign_s,
        "classic_key_to_prompt_p50_ms": percentile(beside, 50),
        "classic_key_to_prompt_p95_ms": percentile(beside, 95),
        "classic_cpu_ms_per_question": classic_s / max(answers, 1) * 1000,
        "classic_answers": answers,
    }


def main() -> int:
    """Measure and print the figures."""
    figures = asyncio.run(measure())
    holds = all(figures[name] <= most for name, most in TARGETS.items()) and figures["simultaneous"] >= 300
    return report("survey", figures, TARGETS, holds)


if __name__ == "__main__":
    sys.exit(main())
