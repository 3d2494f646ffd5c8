"""The wallboard fits its terminal and says what matters, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from dialer import i18n
from dialer.cli.daemon_client import LiveRoom
from dialer.cli.wallboard.board import Board, columns, fit
from dialer.cli.wallboard.layout import wallboard
from dialer.cli.wallboard.picture import as_svg
from dialer.cli.wallboard.view import View, bar, broken, sparkline
from dialer.core.live import CampaignLive, LiveSnapshot, SeatLive, SeatState, TrunkLive

SIZES = [(80, 24), (100, 30), (160, 50)]
STATES = list(SeatState)


@pytest.fixture(params=["en", "hi"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("LANGUAGE", "en")
    i18n.select_language(request.param)
    yield request.param
    i18n.select_language("en")


def seats(count: int = 36) -> tuple[SeatLive, ...]:
    return tuple(
        SeatLive(n, STATES[n % len(STATES)], 900.0, operator_id=n, draining=n == 4)
        for n in range(1, count + 1)
    )


def campaign(name: str, **facts: object) -> CampaignLive:
    plain = CampaignLive(
        campaign_id=1, name=name, kind="operators", state="running", mode="predictive", ringing=14,
        waiting_for_operator=1, talking=21, in_survey=0, contacts_waiting=642_000,
        outcomes={"connected": 412, "abandoned": 7, "busy": 88, "no_answer": 301, "withdrawn": 5},
        attempts=808, abandonment_rate=0.0167, calls_per_minute=62.0, answer_rate=0.41,
        reason="3.1 answers expected in 6 s, 3.4 operators free by then; allowance 2.1 % used of 3 %",
    )  # fmt: skip
    return replace(plain, **facts)  # type: ignore[arg-type]


SURVEY = campaign("PM Awas", kind="survey", in_survey=37, talking=0, outcomes={"surveyed": 380})
ROOM = LiveSnapshot(
    at=1000.0,
    started_at=0.0,
    asterisk="up",
    store="ok",
    draining=False,
    seats=seats(),
    campaigns=(campaign("उज्ज्वला जागरूकता सप्ताह"), SURVEY),
    trunks=(TrunkLive("carrier", True, 88, 150),),
    utilisation=0.87,
)


def view(snapshot: LiveSnapshot = ROOM, **facts: object) -> View:
    names = {n: "आशा वर्मा" for n in range(1, 100)}
    plain = View(
        "जिला सम्पर्क कार्यालय, दुर्ग", 1000.5, LiveRoom(snapshot, names), 1000.2, rates=(10.0, 60.0, 30.0)
    )
    return replace(plain, **facts)  # type: ignore[arg-type]


def lines(board: Board, *, terminal: bool = False) -> list[str]:
    out = StringIO()
    console = Console(
        file=out, width=board.width, height=board.height, force_terminal=terminal, no_color=True
    )
    console.print(board, end="")
    return out.getvalue().split("\n")


@pytest.mark.parametrize("size", SIZES)
def test_every_line_fits_even_where_vowel_signs_take_a_cell(size: tuple[int, int], language: str) -> None:
    shown = lines(wallboard(view(), *size))
    assert len(shown) == size[1]
    assert all(columns(line.rstrip()) <= size[0] for line in shown)


def test_it_says_what_a_supervisor_looks_for() -> None:
    text = "\n".join(lines(wallboard(view(), 100, 30)))
    for words in (
        "01C", "33 of 36", "87% busy", "ringing 28", "waiting 2", "talking 21", "in survey 37", "1.7 %",
        "of 3 %", "3.4 operators free by then", "6,42,000 left", "412 connected", "Asterisk up",
        "88 of 150 channels",
    ):  # fmt: skip
        assert words in text, words
    assert "5 not placed" not in text


@pytest.mark.parametrize("size", SIZES)
def test_who_asks_for_help_is_named(size: tuple[int, int]) -> None:
    asking = tuple(replace(seat, asks_help=seat.seat in (7, 31)) for seat in seats())
    shown = lines(wallboard(view(replace(ROOM, seats=asking)), *size))
    assert any("help wanted: 7, 31" in line for line in shown)
    assert all(columns(line.rstrip()) <= size[0] for line in shown)


def test_in_hindi_it_says_the_same() -> None:
    i18n.select_language("hi")
    try:
        text = "\n".join(lines(wallboard(view(), 100, 30)))
    finally:
        i18n.select_language("en")
    for words in ("सीटें", "बातचीत 21", "छूटे 1.7 %", "3.4 ऑपरेटर ख़ाली होंगे", "412 बात हुई"):
        assert words in text, words


def test_a_silent_daemon_is_told_with_the_age_of_the_picture() -> None:
    text = "\n".join(lines(wallboard(view(now=1045.0, trouble="it does not answer"), 80, 24)))
    assert "The daemon is silent" in text and "45 s ago" in text and "no answer for 45 s" in text


def test_one_missed_answer_is_not_yet_silence() -> None:
    assert "silent" not in "\n".join(lines(wallboard(view(trouble="it does not answer"), 80, 24)))


def test_before_the_first_answer_it_says_why_there_is_nothing() -> None:
    text = "\n".join(lines(wallboard(View("Durg", 1000.0, trouble="start it with `dialer serve`"), 80, 24)))
    assert "The daemon does not answer." in text and "start it with `dialer serve`" in text


def test_faults_stand_at_the_top_and_faulty_trunks_come_first() -> None:
    faulty = TrunkLive("zonal", True, 0, 30, 12, "refuses calls; next try in 14 s")
    broken_room = replace(
        ROOM, asterisk="link lost", store="database is locked", trunks=(*ROOM.trunks, faulty)
    )
    shown = lines(wallboard(view(broken_room), 80, 24))
    assert "✖ Asterisk: link lost" in shown[1] and "✖ database: database is locked" in shown[1]
    assert "zonal" in shown[22] and "next try in 14 s" in shown[22]


@pytest.mark.parametrize(("count", "not_shown"), [(99, 7), (250, 8)])
def test_many_seats_become_letters_and_many_campaigns_a_number(count: int, not_shown: int) -> None:
    crowded = replace(
        ROOM, seats=seats(count), campaigns=tuple(campaign(f"c{n}", campaign_id=n) for n in range(9))
    )
    shown = lines(wallboard(view(crowded), 80, 24))
    assert len(shown) == 24
    assert f"and {not_shown} more" in "\n".join(shown)
    assert all(columns(line.rstrip()) <= 80 for line in shown)


def test_an_empty_room_says_what_to_do() -> None:
    text = "\n".join(lines(wallboard(view(replace(ROOM, seats=(), campaigns=(), trunks=())), 80, 24)))
    assert "dialer campaign start NAME" in text


def test_a_paused_campaign_says_that_it_is_paused() -> None:
    paused = replace(ROOM, campaigns=(campaign("winter", state="paused"),))
    assert "paused: nothing new is dialled" in "\n".join(lines(wallboard(view(paused), 80, 24)))


def test_on_a_terminal_every_piece_is_sent_to_its_column() -> None:
    board = Board(20, 1)
    board.put(0, 0, "की")
    board.put(0, 10, "x")
    assert "\x1b[11Gx" in lines(board, terminal=True)[0]


def test_a_piece_ends_where_the_next_begins() -> None:
    board = Board(12, 1)
    board.put(0, 0, "abcdefgh")
    board.put(0, 4, "12345678901234")
    assert lines(board)[0] == "abc…1234567…"


def test_text_is_cut_between_letters_not_between_a_letter_and_its_sign() -> None:
    from rich.text import Text

    assert fit(Text("कि" * 5), 4).plain == "कि" * 1 + "…"
    assert columns(fit(Text("संपर्क कार्यालय"), 6).plain) <= 6


def test_bars_and_lines_are_proportional() -> None:
    assert (bar(0.5, 4), bar(0, 4), bar(2.0, 4)) == ("██  ", "    ", "████")
    assert sparkline([0, 5, 10], 3) == "▁▄█"
    assert sparkline([], 5) == "" and sparkline([0.0], 5) == ""
    assert broken("one two three four", 9, 2) == ["one two", "three four"]


def test_the_picture_needs_nothing_from_elsewhere() -> None:
    svg = as_svg(wallboard(view(), 100, 30), "watch")
    assert svg.startswith("<svg") and "http" not in svg.replace("http://www.w3.org/2000/svg", "")
