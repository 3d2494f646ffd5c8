"""A person on a keypad: what is heard, what is stored, where it leads."""

from __future__ import annotations

import pytest

from dialer.core.survey_path import Person, shuffled
from dialer.core.survey_state import End, EndReason, Listen, Play, Record
from dialer.errors import IllegalTransition
from tests.unit.survey_talk import Talk, survey_of

TWO = survey_of(
    "  a: {kind: yes_no, say: {en: A}, next: b}\n"
    "  b: {kind: choice, say: {en: B}, options: {1: x, 2: y}, next: bye}\n"
    "  bye: {kind: info, say: {en: Bye}}\n"
)


def test_keys_answer_and_lead_to_the_end() -> None:
    talk = Talk.begin(TWO).press("1" "2" ".")
    assert talk.stored == [("a", "yes"), ("b", "y")]
    assert talk.end == End(EndReason.COMPLETED, complete=True)


def test_a_key_after_the_prompt_counts_as_one_within_it() -> None:
    assert Talk.begin(TWO).press(".1" ".2").stored == [("a", "yes"), ("b", "y")]


def test_a_wrong_key_is_told_and_the_question_asked_again() -> None:
    talk = Talk.begin(TWO).press("5")
    assert talk.played == ["a", "wrong_key", "a"]
    assert talk.stored == []


def test_a_question_is_asked_three_times_and_then_left_open() -> None:
    talk = Talk.begin(TWO).press("5" "._" ".5")
    assert (talk.at, talk.stored) == ("b", [])
    talk.press("1.")
    assert talk.end == End(EndReason.COMPLETED, complete=False)


def test_silence_at_two_questions_in_a_row_ends_the_call() -> None:
    talk = Talk.begin(TWO).press("._" * 6)
    assert talk.played[-1] == "goodbye"
    assert talk.press(".").end == End(EndReason.SILENT, complete=False)


def test_what_silence_means_can_be_said() -> None:
    nodes = (
        "  a: {kind: yes_no, say: {en: A}, asks: 1, no_answer: unsure, next: b}\n"
        "  b: {kind: yes_no, say: {en: B}, asks: 1, no_answer: end}\n"
    )
    talk = Talk.begin(survey_of(nodes, "patience: 3\n")).press("._")
    assert talk.stored == [("a", "unsure")]
    assert talk.press("._.").end == End(EndReason.GAVE_UP, complete=False)


def test_the_repeat_key_repeats_three_times_and_then_counts_as_asking() -> None:
    talk = Talk.begin(TWO).press("****")
    assert talk.played == ["a"] * 5
    assert talk.press("**").at == "b"


def test_the_back_key_returns_and_the_new_answer_replaces_the_old() -> None:
    talk = Talk.begin(TWO).press("1#")
    assert talk.at == "a"
    talk.press("21.")
    assert talk.state.answers == {"a": "no", "b": "x"}
    assert talk.end == End(EndReason.COMPLETED, complete=True)


def test_the_back_key_at_the_first_question_repeats_it() -> None:
    assert Talk.begin(TWO).press("#").played == ["a", "a"]


@pytest.mark.parametrize("before", ["", ".", "1", "1.", "11"])
def test_the_opt_out_key_works_everywhere_at_once(before: str) -> None:
    talk = Talk.begin(TWO).press(before + "9")
    assert talk.opted_out
    assert talk.played[-1] == "opted_out"
    assert talk.press("H").end == End(EndReason.OPTED_OUT, complete=False)


def test_a_hang_up_keeps_the_answers() -> None:
    talk = Talk.begin(TWO).press("1H")
    assert talk.state.answers == {"a": "yes"}
    assert talk.end == End(EndReason.HUNG_UP, complete=False)


def test_a_hang_up_after_the_last_question_is_complete() -> None:
    assert Talk.begin(TWO).press("11H").end == End(EndReason.COMPLETED, complete=True)


def test_nothing_is_heard_after_the_end() -> None:
    talk = Talk.begin(TWO).press("11.")
    with pytest.raises(IllegalTransition, match="is over"):
        talk.press("1")


def test_an_input_that_nothing_waits_for_is_refused() -> None:
    with pytest.raises(IllegalTransition, match="does not fit"):
        Talk.begin(TWO).press("_")


def test_the_time_limit_says_goodbye() -> None:
    talk = Talk.begin(TWO).press("1T")
    assert talk.played[-1] == "goodbye"
    assert talk.press(".").end == End(EndReason.TOO_LONG, complete=False)


# --- going on later ---------------------------------------------------------------------------------

THREE = survey_of(
    "  hello: {kind: info, say: {en: Hello}, next: a}\n"
    "  a: {kind: yes_no, say: {en: A}, next: tell}\n"
    "  tell: {kind: info, say: {en: Tell}, next: b}\n"
    "  b: {kind: yes_no, say: {en: B}, next: bye}\n"
    "  bye: {kind: info, say: {en: Bye}}\n",
    "messages: {resume: {en: Again}}\n",
)


def test_an_interrupted_survey_goes_on_at_the_first_open_question() -> None:
    talk = Talk.begin(THREE, answers={"a": "yes"}).press(".")
    assert talk.played == ["hello", "message__resume", "b"]
    assert talk.press("1.").end == End(EndReason.COMPLETED, complete=True)


def test_within_one_call_it_goes_on_without_a_greeting() -> None:
    assert Talk.begin(THREE, answers={"a": "yes"}, greeted=True).played == ["message__resume", "b"]


def test_a_survey_that_was_answered_only_says_its_last_words() -> None:
    talk = Talk.begin(THREE, answers={"a": "yes", "b": "no"}, greeted=True)
    assert talk.played == ["bye"]
    assert talk.press(".").end == End(EndReason.COMPLETED, complete=True)


# --- branching -----------------------------------------------------------------------------------------

BRANCH = survey_of(
    "  a: {kind: yes_no, say: {en: A}, next: [{when: {a: yes, contact.kind: worker}, go: w}, {go: m}]}\n"
    "  w: {kind: yes_no, say: {en: W}, next: m}\n"
    "  m: {kind: number, say: {en: M}, min: 1, max: 120,\n"
    "      next: [{when: {m: {min: 60}}, go: old}, {go: end}]}\n"
    "  old: {kind: info, say: {en: Old}}\n"
)


def test_answers_and_attributes_lead_to_different_nodes() -> None:
    worker = Person("en", {"kind": ["worker"]})
    assert Talk.begin(BRANCH, worker).press("1").at == "w"
    assert Talk.begin(BRANCH, worker).press("2").at == "m"
    assert Talk.begin(BRANCH).press("1").at == "m"


@pytest.mark.parametrize(
    ("keys", "value", "at"), [("70#", "70", "old"), ("120", "120", "old"), ("5#", "5", "end")]
)
def test_a_number_ends_with_hash_or_its_last_digit(keys: str, value: str, at: str) -> None:
    talk = Talk.begin(BRANCH).press("1" + keys)
    assert (talk.stored[-1], talk.at) == (("m", value), at)


def test_a_pause_ends_a_number() -> None:
    talk = Talk.begin(BRANCH).press("14")
    assert talk.last == Listen(3.0)
    assert talk.press("_").stored[-1] == ("m", "4")


def test_a_number_out_of_range_is_asked_again() -> None:
    assert Talk.begin(BRANCH).press("1" "0#").played[-2:] == ["wrong_key", "m"]


def test_where_digits_are_typed_a_star_precedes_the_other_keys() -> None:
    assert Talk.begin(BRANCH).press("1" "9_").stored[-1] == ("m", "9")
    assert Talk.begin(BRANCH).press("1" "*9").opted_out
    assert Talk.begin(BRANCH).press("1" "*_").played[-2:] == ["m", "m"]
    assert Talk.begin(BRANCH).press("1" "4*#").at == "a"
    assert Talk.begin(BRANCH).press("1" "*5").played[-2:] == ["wrong_key", "m"]


def test_a_date_is_stored_as_iso_and_an_impossible_one_asked_again() -> None:
    source = survey_of("  d: {kind: date, say: {en: D}, min: 1900-01-01, max: 2026-12-31}\n")
    assert Talk.begin(source).press("15081947").stored == [("d", "1947-08-15")]
    for wrong in ("31022000", "01012027", "0101#"):
        assert Talk.begin(source).press(wrong).played == ["d", "wrong_key", "d"]


def test_a_voice_is_recorded_after_its_prompt() -> None:
    source = survey_of("  v: {kind: voice, say: {en: V}, max_seconds: 20, asks: 2}\n")
    talk = Talk.begin(source).press(".")
    assert talk.last == Record("v", 20.0)
    assert talk.press("_").played == ["v", "no_key", "v"]
    assert talk.press(".V").stored == [("v", "voice-1")]


def test_what_is_known_is_not_asked() -> None:
    source = survey_of(
        "  s: {kind: choice, say: {en: S}, options: {1: woman, 2: man}, known: contact.sex, next: t}\n"
        "  t: {kind: yes_no, say: {en: T}, skip_when: {s: man}}\n"
    )
    assert Talk.begin(source, Person("en", {"sex": ["Woman"]})).at == "t"
    assert Talk.begin(source, Person("en", {"sex": ["man"]})).end == End(EndReason.COMPLETED, complete=True)
    assert Talk.begin(source, Person("en", {"sex": ["?"]})).at == "s"


def test_a_language_is_chosen_by_key_and_heard_from_then_on() -> None:
    source = survey_of(
        "  l: {kind: language, say: {hi: H, en: E}, options: {1: hi, 2: en}, next: a}\n"
        "  a: {kind: yes_no, say: {hi: A, en: A}}\n",
        languages="[hi, en]",
    )
    talk = Talk.begin(source, Person("hi"))
    assert isinstance(talk.last, Play)
    assert [prompt.language for prompt in talk.last.prompts] == ["hi", "en"]
    talk.press("2")
    assert isinstance(talk.last, Play)
    assert [prompt.language for prompt in talk.last.prompts] == ["en"]
    assert Talk.begin(source, Person("hi"), answers={"l": "en"}).state.language == "en"


def test_a_menu_leads_on_and_stores_nothing() -> None:
    source = survey_of(
        "  m: {kind: menu, say: {en: M}, options: {1: house, 2: end}}\n"
        "  house: {kind: info, say: {en: House}, next: m}\n"
    )
    talk = Talk.begin(source).press("1.1.2")
    assert talk.played == ["m", "house", "m", "house", "m"]
    assert (talk.stored, talk.end) == ([], End(EndReason.COMPLETED, complete=True))


# --- chance -----------------------------------------------------------------------------------------------

SHUFFLE = survey_of(
    "  s: {kind: shuffle, of: [a, b, c], next: z}\n"
    "  a: {kind: yes_no, say: {en: A}, next: s}\n"
    "  b: {kind: yes_no, say: {en: B}, next: s}\n"
    "  c: {kind: yes_no, say: {en: C}, next: s}\n"
    "  z: {kind: yes_no, say: {en: Z}}\n"
)


def test_a_shuffle_asks_each_question_once_in_every_order() -> None:
    orders = set()
    for seed in range(60):
        talk = Talk.begin(SHUFFLE, Person("en", seed=str(seed))).press("1111")
        asked = [question for question, _value in talk.stored]
        assert sorted(asked) == ["a", "b", "c", "z"] and asked[-1] == "z"
        orders.add("".join(asked))
    assert len(orders) == 6


def test_the_back_key_within_a_shuffle_skips_nothing() -> None:
    talk = Talk.begin(SHUFFLE).press("1#1111")
    assert len(talk.state.answers) == 4
    assert talk.end == End(EndReason.COMPLETED, complete=True)


def test_an_interrupted_shuffle_keeps_its_order() -> None:
    person = Person("en", seed="x")
    whole = [question for question, _ in Talk.begin(SHUFFLE, person).press("1111").stored]
    first = Talk.begin(SHUFFLE, person).press("1H")
    rest = Talk.begin(SHUFFLE, person, answers=dict(first.state.answers)).press("111")
    assert [question for question, _ in first.stored + rest.stored] == whole


def test_a_shuffle_can_ask_only_some() -> None:
    source = SHUFFLE.replace("next: z}", "pick: 2, next: z}")
    assert len(Talk.begin(source).press("111").stored) == 3


def test_shuffled_options_keep_their_meaning() -> None:
    source = survey_of(
        "  a:\n    kind: choice\n    say: {en: A}\n    random_options: yes\n    options:\n"
        "      1: {value: x, say: {en: X}}\n      2: {value: y, say: {en: Y}}\n"
        "      3: {value: none-of-them, fixed: yes, say: {en: N}}\n"
    )
    heard = set()
    for seed in range(20):
        talk = Talk.begin(source, Person("en", seed=str(seed)))
        first = talk.played[1].removeprefix("a__")
        heard.add(first)
        assert talk.played[2] == "press_1" and talk.played[-2:] == ["a__none-of-them", "press_3"]
        assert talk.press("1").stored == [("a", first)]
    assert heard == {"x", "y"}


def test_every_order_is_equally_likely() -> None:
    counts: dict[str, int] = {}
    for seed in range(6000):
        order = "".join(shuffled("abc", str(seed)))
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    assert all(850 < count < 1150 for count in counts.values())


# --- type-ahead and progress ------------------------------------------------------------------


def test_keys_during_information_count_only_where_the_survey_says_so() -> None:
    assert isinstance(Talk.begin(THREE).last, Play)
    assert Talk.begin(THREE).last.stop_keys == "*#9"  # type: ignore[attr-defined]
    ahead = THREE.replace("survey: test\n", "survey: test\ntype_ahead: yes\n")
    assert Talk.begin(ahead).press("1").stored == [("a", "yes")]


def test_a_prompt_that_must_be_heard_yields_only_to_the_opt_out_key() -> None:
    talk = Talk.begin(survey_of("  a: {kind: yes_no, say: {en: A}, barge_in: no}\n"))
    assert isinstance(talk.last, Play) and talk.last.stop_keys == "9"


def test_progress_counts_the_questions_of_this_persons_way() -> None:
    talk = Talk.begin(BRANCH)
    assert talk.interpreter.progress(talk.state) == (0, 3)
    assert Talk.begin(BRANCH).press("2").interpreter.progress(talk.press("2").state) == (1, 2)
    done = talk.press("5#")
    assert done.interpreter.progress(done.state) == (2, 2)
