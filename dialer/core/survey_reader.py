"""From the tree of a survey's file to a ``Survey``; every fault is collected with its line and node."""

from __future__ import annotations

import re
from datetime import date

from dialer.core.survey_model import (
    END,
    NONE,
    PLACEHOLDERS,
    SKIP,
    Condition,
    Keys,
    Kind,
    Node,
    OperatorRule,
    Option,
    Rule,
    Survey,
    Texts,
)
from dialer.core.survey_tree import LONGEST_NAME, FieldReader, Item, Row, SurveyFaults, Table, Text, rows_of

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LANGUAGE = re.compile(r"[a-z]{2,3}")
KEY = re.compile(r"[0-9*#]")
VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,38}[A-Za-z0-9])?")
IN_BRACES = re.compile(r"\{([^}]*)\}?")
LONGEST_TEXT = 1000
LONGEST_CAMPAIGN = 80
MESSAGES = ("wrong_key", "no_key", "goodbye", "opted_out", "resume", "no_operator")
"""What a survey may say in its own words instead of the office's."""


def read_tree(tree: Item) -> Survey:
    """The survey that the tree describes; ``SurveyFaults`` when a field is missing, unknown or wrong.

    Only the fields are looked at; whether the nodes fit together is ``survey_check``'s question.
    """
    reader = _Reader()
    survey = reader.survey(tree)
    if reader.faults or survey is None:
        raise SurveyFaults(reader.faults)
    return survey


_OF_NODE = {"kind", "say", "next", "skip_when"}
_OF_QUESTION = _OF_NODE | {"timeout", "asks", "no_answer", "known", "scheme", "barge_in"}
FIELDS = {
    Kind.INFO: _OF_NODE | {"barge_in", "scheme"},
    Kind.LANGUAGE: _OF_QUESTION | {"options"},
    Kind.YES_NO: _OF_QUESTION | {"options", "random_options"},
    Kind.CHOICE: _OF_QUESTION | {"options", "random_options"},
    Kind.RATING: _OF_QUESTION | {"min", "max"},
    Kind.MENU: _OF_QUESTION - {"known"} | {"options"},
    Kind.NUMBER: _OF_QUESTION | {"min", "max"},
    Kind.DATE: _OF_QUESTION | {"min", "max"},
    Kind.VOICE: _OF_QUESTION - {"known"} | {"max_seconds"},
    Kind.SHUFFLE: {"kind", "of", "pick", "next", "skip_when"},
}
OF_SURVEY = {
    "survey", "title", "languages", "start", "keys", "operator", "defaults", "messages", "patience",
    "repeats", "max_minutes", "type_ahead", "certified", "nodes",
}  # fmt: skip
OF_DEFAULTS = {"timeout", "asks"}
OF_KEYS = {"repeat", "back", "opt_out", "operator"}
OF_OPERATOR = {"campaign", "wait", "nobody"}
OF_OPTION = {"value", "say", "fixed", "go"}
OF_RULE = {"when", "go"}
OF_LIMITS = {"min", "max"}


class _Reader(FieldReader):
    def __init__(self) -> None:
        super().__init__()
        self.languages: tuple[str, ...] = ()
        self.defaults = Row(0)

    # --- the whole --------------------------------------------------------------------------------

    def survey(self, tree: Item) -> Survey | None:
        row = self.row(tree, "the file", OF_SURVEY)
        self.languages = self.read_languages(row)
        nothing = Table(row.line, ())
        self.defaults = self.row(row.fields.get("defaults", nothing), "defaults", OF_DEFAULTS)
        nodes = self.nodes(row)
        if not nodes:
            self.fault(row.line, "nodes: a survey needs at least one node")
            return None
        name = self.word(row, "survey", NAME, "a name of small letters, digits and single _")
        return Survey(
            name=name,
            title=self.texts(row.fields.get("title"), row.line, "title"),
            languages=self.languages,
            start=self.text(row, "start", next(iter(nodes))),
            nodes=nodes,
            keys=self.keys(row.fields.get("keys")),
            operator=self.operator(row),
            messages=self.messages(row.fields.get("messages")),
            patience=self.whole(row, "patience", 2, 1, 20),
            repeats=self.whole(row, "repeats", 3, 0, 10),
            max_minutes=self.number(row, "max_minutes", 10.0, 1.0, 60.0),
            type_ahead=self.truth(row, "type_ahead", False),
            certified=self.truth(row, "certified", False),
        )

    def read_languages(self, row: Row) -> tuple[str, ...]:
        item = row.fields.get("languages")
        if item is None:
            self.fault(row.line, "languages: missing; name at least one, like [hi, en]")
            return ()
        codes = [part for part in self.words(item, "languages") if part]
        for code in codes:
            if not LANGUAGE.fullmatch(code):
                self.fault(item.line, f"languages: {code!r} is no language code like hi or en")
        if len(set(codes)) != len(codes):
            self.fault(item.line, "languages: a language stands twice")
        return tuple(codes)

    def nodes(self, row: Row) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        item = row.fields.get("nodes")
        if not isinstance(item, Table):
            self.fault(item.line if item else row.line, "nodes: missing, or not a mapping of names to nodes")
            return nodes
        for name, body in item.rows:
            self.node = name.text
            if name.text in nodes:
                self.fault(name.line, "this node stands twice")
            elif name.text in (END, NONE) or not NAME.fullmatch(name.text) or len(name.text) > LONGEST_NAME:
                form = f"small letters, digits and single _, at most {LONGEST_NAME}"
                self.fault(name.line, f"a node's name has {form}, and is not {END} or {NONE}")
            else:
                nodes[name.text] = self.read_node(name, body)
        self.node = ""
        return nodes

    # --- one node ---------------------------------------------------------------------------------

    def read_node(self, name: Text, body: Item) -> Node:
        kind = self.kind(name.line, body)
        row = self.row(body, f"a node of kind {kind}", FIELDS[kind], name.line)
        self.inherit(row, kind)
        minimum, maximum = self.limits(row, kind)
        return Node(
            name=name.text,
            kind=kind,
            line=name.line,
            say={} if kind is Kind.SHUFFLE else self.texts(row.fields.get("say"), name.line, "say"),
            options=self.options(row, kind, minimum, maximum),
            next=self.next(row),
            timeout_s=self.number(row, "timeout", 6.0, 1.0, 60.0),
            asks=self.whole(row, "asks", 3, 1, 10),
            no_answer=self.no_answer(row, kind),
            known=self.known(row),
            skip_when=self.conditions(row.fields.get("skip_when"), "skip_when"),
            scheme=self.text(row, "scheme", ""),
            minimum=minimum,
            maximum=maximum,
            random_options=self.truth(row, "random_options", False),
            members=tuple(self.words(row.fields["of"], "of")) if "of" in row.fields else (),
            pick=self.whole(row, "pick", 0, 1, 99) if "pick" in row.fields else 0,
            barge_in=self.truth(row, "barge_in", True),
            record_s=self.number(row, "max_seconds", 30.0, 2.0, 180.0),
        )

    def kind(self, line: int, body: Item) -> Kind:
        word = next((v.text for k, v in rows_of(body) if k.text == "kind" and isinstance(v, Text)), "")
        kinds = ", ".join(Kind)
        if word in list(Kind):
            return Kind(word)
        self.fault(line, f"kind: {word!r} is none of {kinds}" if word else f"kind: missing; one of {kinds}")
        return Kind.INFO

    def inherit(self, row: Row, kind: Kind) -> None:
        for name, item in self.defaults.fields.items():
            if name in FIELDS[kind]:
                row.fields.setdefault(name, item)

    def no_answer(self, row: Row, kind: Kind) -> str:
        word = self.text(row, "no_answer", END if kind is Kind.MENU else SKIP)
        if not VALUE.fullmatch(word):
            line = row.fields["no_answer"].line
            self.fault(line, f"no_answer: {word!r} is not skip, end or a short answer")
        return word

    def known(self, row: Row) -> str:
        word = self.text(row, "known", "")
        if word and not word.startswith("contact."):
            self.fault(row.fields["known"].line, f"known: {word!r} is not an attribute like contact.village")
        return word

    def limits(self, row: Row, kind: Kind) -> tuple[int, int]:
        if kind is Kind.DATE:
            return self.day(row, "min", date(1900, 1, 1)), self.day(row, "max", date(2100, 12, 31))
        first, last = (1, 5) if kind is Kind.RATING else (0, 999_999)
        top = 9 if kind is Kind.RATING else 999_999_999
        minimum, maximum = self.whole(row, "min", first, 0, top), self.whole(row, "max", last, 0, top)
        if minimum >= maximum:
            self.fault(row.line, f"min {minimum} is not below max {maximum}")
        return minimum, maximum

    def day(self, row: Row, name: str, default: date) -> int:
        word = self.text(row, name, default.isoformat())
        try:
            return date.fromisoformat(word).toordinal()
        except ValueError:
            self.fault(row.fields[name].line, f"{name}: {word!r} is not a date like 2026-01-31")
            return default.toordinal()

    # --- options ----------------------------------------------------------------------------------

    def options(self, row: Row, kind: Kind, minimum: int, maximum: int) -> tuple[Option, ...]:
        item = row.fields.get("options")
        if kind is Kind.RATING:
            return tuple(Option(str(mark), str(mark)) for mark in range(minimum, maximum + 1))
        if item is None and kind is Kind.YES_NO:
            return (Option("1", "yes"), Option("2", "no"))
        if item is None and kind.selects:
            self.fault(row.line, "options: missing; name a key for each answer, like {1: used, 2: heard}")
        if item is None:
            return ()
        if not isinstance(item, Table):
            self.fault(item.line, "options: a mapping of keys to answers is needed")
            return ()
        return tuple(self.option(key, body, kind) for key, body in item.rows)

    def option(self, key: Text, body: Item, kind: Kind) -> Option:
        if not KEY.fullmatch(key.text):
            self.fault(key.line, f"options: {key.text!r} is not one key of 0-9, * or #")
        if isinstance(body, Text):
            value, row = body.text, Row(body.line)
        else:
            row = self.row(body, f"option {key.text}", OF_OPTION, key.line)
            value = self.text(row, "value", "")
            if not value and kind is Kind.MENU:
                value = self.text(row, "go", "")
        if not VALUE.fullmatch(value):
            self.fault(key.line, f"option {key.text}: {value!r} is no answer of letters, digits, - and _")
        say: Texts = {}
        if "say" in row.fields:
            say = self.texts(row.fields["say"], row.line, f"option {key.text}: say")
        go = self.text(row, "go", value if kind is Kind.MENU else "")
        return Option(key.text, value, say, self.truth(row, "fixed", False), go)

    # --- where to go --------------------------------------------------------------------------------

    def next(self, row: Row) -> tuple[Rule, ...]:
        item = row.fields.get("next")
        if item is None:
            return (Rule(END),)
        if isinstance(item, Text):
            return (Rule(item.text),)
        if isinstance(item, Table):
            return self.by_answer(item)
        rules = tuple(self.rule(part) for part in item.items)
        if not rules or rules[-1].when:
            self.fault(item.line, "next: the last rule needs no `when`: where does everybody else go?")
        return rules

    def by_answer(self, item: Table) -> tuple[Rule, ...]:
        """``next: {yes: a, else: b}`` is by the answer to this question."""
        rules, rest = [], None
        for answer, target in item.rows:
            if not isinstance(target, Text):
                self.fault(answer.line, f"next: {answer.text}: the name of a node is needed")
            elif answer.text == "else":
                rest = Rule(target.text)
            else:
                rules.append(Rule(target.text, (Condition(self.node, frozenset({answer.text})),)))
        if rest is None:
            self.fault(item.line, "next: `else` is missing: where does everybody else go?")
            rest = Rule(END)
        return (*rules, rest)

    def rule(self, item: Item) -> Rule:
        row = self.row(item, "a rule of next", OF_RULE)
        target = self.text(row, "go", "")
        if not target:
            self.fault(item.line, "next: `go` is missing")
        return Rule(target or END, self.conditions(row.fields.get("when"), "when"))

    def conditions(self, item: Item | None, name: str) -> tuple[Condition, ...]:
        if item is None:
            return ()
        if not isinstance(item, Table) or not item.rows:
            self.fault(item.line, f"{name}: a mapping like {{contact.kind: worker}} is needed")
            return ()
        return tuple(self.condition(subject, wanted) for subject, wanted in item.rows)

    def condition(self, subject: Text, wanted: Item) -> Condition:
        if isinstance(wanted, Table):
            row = self.row(wanted, subject.text, OF_LIMITS)
            return Condition(subject.text, frozenset(), self.bound(row, "min"), self.bound(row, "max"))
        return Condition(subject.text, frozenset(self.words(wanted, subject.text)))

    # --- smaller parts --------------------------------------------------------------------------------

    def keys(self, item: Item | None) -> Keys:
        if item is None:
            return Keys()
        row = self.row(item, "keys", OF_KEYS)
        chosen = {name: self.text(row, name, getattr(Keys(), name)) for name in OF_KEYS}
        chosen = {name: "" if key in ("no", "") else key for name, key in chosen.items()}
        for name, key in chosen.items():
            if key and not KEY.fullmatch(key):
                self.fault(row.line, f"keys: {name}: {key!r} is not one key of 0-9, * or #, or no")
        offered = [key for key in chosen.values() if key]
        if len(set(offered)) != len(offered):
            self.fault(row.line, "keys: two of them are the same key")
        if not chosen["opt_out"]:
            self.fault(row.line, "keys: opt_out: a person must always be able to stop the calls")
        return Keys(**chosen)

    def operator(self, row: Row) -> OperatorRule:
        item = row.fields.get("operator")
        if item is None:
            return OperatorRule()
        own = self.row(item, "operator", OF_OPERATOR)
        nobody = self.text(own, "nobody", "continue")
        if nobody not in ("continue", "goodbye"):
            self.fault(own.line, f"operator: nobody: {nobody!r} is not continue or goodbye")
        if not self.keys_offer_an_operator(row):
            self.fault(own.line, "operator: no key leads to one; name it in keys, like {operator: 0}")
        campaign = self.text(own, "campaign", "")
        if len(campaign) > LONGEST_CAMPAIGN or any(sign in campaign for sign in ",()\"\\$"):
            self.fault(own.line, "operator: campaign: is not the name of a campaign")
        return OperatorRule(campaign, self.whole(own, "wait", 45, 5, 600), nobody == "goodbye")

    def keys_offer_an_operator(self, row: Row) -> bool:
        keys = {name.text: key for name, key in rows_of(row.fields.get("keys", Text(0, "")))}
        key = keys.get("operator")
        return isinstance(key, Text) and key.text not in ("", "no")

    def messages(self, item: Item | None) -> dict[str, Texts]:
        if item is None:
            return {}
        row = self.row(item, "messages", set(MESSAGES))
        return {name: self.texts(part, part.line, f"messages: {name}") for name, part in row.fields.items()}

    def texts(self, item: Item | None, line: int, name: str) -> Texts:
        if item is None:
            self.fault(line, f"{name}: missing")
            return {}
        if not isinstance(item, Table):
            self.fault(item.line, f"{name}: a text for each language is needed, like {{hi: ..., en: ...}}")
            return {}
        texts = {}
        for language, part in item.rows:
            said = part.text.strip() if isinstance(part, Text) else ""
            if language.text not in self.languages:
                self.fault(language.line, f"{name}: {language.text!r} is none of the survey's languages")
            elif not said or len(said) > LONGEST_TEXT:
                self.fault(language.line, f"{name}: {language.text}: 1 to {LONGEST_TEXT} characters, please")
            elif unknown := set(IN_BRACES.findall(said)) - set(PLACEHOLDERS):
                allowed = ", ".join(f"{{{word}}}" for word in PLACEHOLDERS)
                self.fault(language.line, f"{name}: {{{min(unknown)}}} is not one of {allowed}")
            elif language.text in texts:
                self.fault(language.line, f"{name}: {language.text} stands twice")
            texts[language.text] = " ".join(said.split())
        for language_code in self.languages:
            if language_code not in texts:
                self.fault(item.line, f"{name}: the text in {language_code} is missing")
        return texts
