"""What is said at a node, and which keys stop it."""

from __future__ import annotations

from dialer.core.survey_model import (
    Kind,
    Node,
    Prompt,
    Survey,
    message_prompt,
    option_prompt,
    press_prompt,
)
from dialer.core.survey_path import Person, ordered_options

ALL_KEYS = "0123456789*#"


class Speech:
    """The words of one survey for one person."""

    def __init__(self, survey: Survey, person: Person) -> None:
        self._survey = survey
        self._person = person
        self._controls = "".join(survey.keys.named())

    def stop_keys(self, node: Node) -> str:
        """Keys that interrupt the node's prompts. A wrong key interrupts too, so that it can be put right."""
        if not node.barge_in:
            return self._survey.keys.opt_out
        if node.kind is Kind.VOICE or (node.kind is Kind.INFO and not self._survey.type_ahead):
            return self._controls
        return ALL_KEYS

    def message(self, name: str, language: str) -> tuple[Prompt, ...]:
        """The survey's own words for a message, else the office's, which has none for ``resume``."""
        if name in self._survey.messages:
            return (Prompt(message_prompt(name), language),)
        return () if name == "resume" else (Prompt(name, language, shared=True),)

    def prompts(self, node: Node, language: str) -> tuple[Prompt, ...]:
        """The node's own prompt, then each option that speaks for itself.

        A language question is put in every language, one after the other.
        """
        if node.kind is Kind.LANGUAGE:
            return tuple(Prompt(node.name, code) for code in self._survey.languages)
        prompts = [Prompt(node.name, language)]
        for option in ordered_options(node, self._person):
            if option.say:
                prompts.append(Prompt(option_prompt(node.name, option.value), language))
                prompts.append(Prompt(press_prompt(option.key), language, shared=True))
        return tuple(prompts)
