"""A survey as data: nodes, keys, branching. Read by ``survey_reader``, walked by ``survey``.

Texts are by language code (``hi``, ``en``). Times are seconds. ``line`` is the line in the survey's file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

END = "end"
"""The target that ends the survey; no node may have this name."""
NONE = "none"
"""In a condition: the question is open, the person has no such attribute."""
SKIP = "skip"
"""For ``no_answer``: leave the question open and go on."""

HEARD = "heard"
"""What is stored of information on a scheme, once it was heard or passed by key; it is no answer."""

Texts = Mapping[str, str]


class Kind(StrEnum):
    """What a node does. ``MENU`` listens like a choice but stores nothing; ``SHUFFLE`` only orders others."""

    INFO = "info"
    LANGUAGE = "language"
    YES_NO = "yes_no"
    CHOICE = "choice"
    RATING = "rating"
    MENU = "menu"
    NUMBER = "number"
    DATE = "date"
    VOICE = "voice"
    SHUFFLE = "shuffle"

    @property
    def stores(self) -> bool:
        """Whether it is a question, whose answer is kept."""
        return self not in (Kind.INFO, Kind.MENU, Kind.SHUFFLE)

    @property
    def selects(self) -> bool:
        """Whether one key is the whole answer."""
        return self in (Kind.LANGUAGE, Kind.YES_NO, Kind.CHOICE, Kind.RATING, Kind.MENU)

    @property
    def types_digits(self) -> bool:
        """Whether several digits are typed."""
        return self in (Kind.NUMBER, Kind.DATE)

    @property
    def waits(self) -> bool:
        """Whether it waits for the person."""
        return self.stores or self is Kind.MENU


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys that work at every question; an empty one is not offered.

    Where digits are typed, one that is a digit is preceded by a star: ``*9``.
    """

    repeat: str = "*"
    back: str = "#"
    opt_out: str = "9"
    operator: str = ""

    def named(self) -> dict[str, str]:
        """Key -> its role, of those that are offered."""
        roles = {
            "repeat": self.repeat, "back": self.back, "opt_out": self.opt_out, "operator": self.operator,
        }  # fmt: skip
        return {key: role for role, key in roles.items() if key}


@dataclass(frozen=True, slots=True)
class OperatorRule:
    """What the operator key leads to.

    ``campaign``: whose operators take these people, empty: those who take the survey's own campaign.
    ``wait_s``: how long a person waits for one. ``goodbye``: what follows when nobody is free, else the
    survey goes on where it was.
    """

    campaign: str = ""
    wait_s: int = 45
    goodbye: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """An answer that one key stands for. ``say`` is spoken before "press KEY"; empty: the question tells it.

    ``fixed``: keeps its place when options are shuffled. ``go``: the next node, empty: as the node says.
    """

    key: str
    value: str
    say: Texts = field(default_factory=dict)
    fixed: bool = False
    go: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when the value of ``subject`` is one of ``one_of``, or lies in ``[minimum, maximum]``.

    ``subject``: a question's name, ``language``, or ``contact.ATTRIBUTE`` (which may have several values).
    """

    subject: str
    one_of: frozenset[str] = frozenset()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Go to ``go`` when all conditions hold."""

    go: str
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a survey; which fields count depends on ``kind``.

    ``asks``: how often a question is asked before ``no_answer`` decides: ``skip`` leaves it open, ``end``
    says goodbye, any other word is stored as the answer. ``known``: an attribute that answers it.
    ``skip_when``: not asked when all hold. ``minimum``, ``maximum``: numbers, or ISO dates as ordinals.
    ``members``, ``pick``: the nodes that a shuffle leads through, and how many of them.
    """

    name: str
    kind: Kind
    line: int = 0
    say: Texts = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    next: tuple[Rule, ...] = (Rule(END),)
    timeout_s: float = 6.0
    asks: int = 3
    no_answer: str = SKIP
    known: str = ""
    skip_when: tuple[Condition, ...] = ()
    scheme: str = ""
    minimum: int = 0
    maximum: int = 0
    random_options: bool = False
    members: tuple[str, ...] = ()
    pick: int = 0
    barge_in: bool = True
    record_s: float = 30.0

    def targets(self) -> tuple[str, ...]:
        """Every name this node may lead to, ``END`` included."""
        of_options = tuple(option.go for option in self.options if option.go)
        return tuple(dict.fromkeys((*self.members, *of_options, *(rule.go for rule in self.next))))


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey that passed every check. ``languages[0]`` is spoken to people whose language it does not know.

    ``patience``: questions in a row without any key before the line counts as deserted.
    ``type_ahead``: keys pressed during information answer the next question. ``certified``: nothing is
    played but audio for which an authority issued a certificate, the office's own prompts included.
    """

    name: str
    title: Texts
    languages: tuple[str, ...]
    start: str
    nodes: Mapping[str, Node]
    keys: Keys = Keys()
    operator: OperatorRule = OperatorRule()
    messages: Mapping[str, Texts] = field(default_factory=dict)
    patience: int = 2
    repeats: int = 3
    max_minutes: float = 10.0
    type_ahead: bool = False
    certified: bool = False

    def questions(self) -> tuple[Node, ...]:
        """The nodes whose answers are kept, in the order of the file."""
        return tuple(node for node in self.nodes.values() if node.kind.stores)

    def attributes(self) -> frozenset[str]:
        """The attributes of a person that the survey asks about."""
        subjects = {
            condition.subject
            for node in self.nodes.values()
            for condition in (*node.skip_when, *(part for rule in node.next for part in rule.when))
        } | {node.known for node in self.nodes.values()}
        return frozenset(name.removeprefix("contact.") for name in subjects if name.startswith("contact."))

    def is_the_same_for_all(self) -> bool:
        """Whether nothing but the language and the answers decides what a person hears."""
        shuffles = any(node.random_options or node.kind is Kind.SHUFFLE for node in self.nodes.values())
        return not shuffles and not self.attributes()


@dataclass(frozen=True, slots=True)
class Prompt:
    """One sound to play. ``shared``: the office's own (``press_1``, ``wrong_key``), not the survey's."""

    name: str
    language: str
    shared: bool = False


def option_prompt(node: str, value: str) -> str:
    """The name of an option's prompt."""
    return f"{node}__{value}"


def message_prompt(message: str) -> str:
    """The name of a survey's own version of a shared message."""
    return f"message__{message}"


PLACEHOLDERS = ("office", "callback")
"""What a text may hold in braces: the office's name and its telephone number, spoken digit by digit."""
KEY_WORDS = {"*": "star", "#": "hash"}


def press_prompt(key: str) -> str:
    """The shared prompt that says "press KEY"."""
    return f"press_{KEY_WORDS.get(key, key)}"
