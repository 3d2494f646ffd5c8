"""Every error the product raises on purpose: one root, few leaves."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class SamparkError(Exception):
    """A fault with a message that a supervisor understands.

    The message names the thing (file, line, field, setting), what is wrong with it, and the fix.
    Given with ``values`` it is a template, and ``in_words`` says it in another language.
    ``retryable`` says whether the same call may succeed later without a change.
    """

    retryable = False
    exit_code = 1

    def __init__(self, message: str = "", **values: object) -> None:
        super().__init__(message.format(**values) if values else message)
        self.template = message
        self.values = values

    def in_words(self, translate: Callable[[str], str]) -> str:
        """The message: its template translated, and values that are words of ours."""
        text = translate(self.template)
        if not self.values:
            return text
        return text.format(**{name: _said(value, translate) for name, value in self.values.items()})


def _said(value: object, translate: Callable[[str], str]) -> object:
    return translate(value.value) if isinstance(value, StrEnum) else value


class ConfigError(SamparkError):
    """A setting is missing, unknown or unusable; the message holds the key's path."""

    exit_code = 2


class InputError(SamparkError):
    """A file or value given by a person is unusable; nothing of it was stored."""

    exit_code = 2


class SignatureWrong(SamparkError):
    """A signed report is not what its signer signed, or nobody knows its signer."""


class DeliveryFailed(SamparkError):
    """A report did not arrive; it is tried again."""

    retryable = True


class DeliveryRefused(DeliveryFailed):
    """A destination answered that it does not take the report; trying soon cannot help."""

    retryable = False


class NotFoundError(SamparkError):
    """A named campaign, list, contact, operator or survey does not exist."""

    exit_code = 3


class RuleRefusal(SamparkError):
    """A calling rule forbids what was asked."""

    exit_code = 4


class IllegalTransition(SamparkError):
    """An event does not fit the state; the state is unchanged."""


class TelephonyError(SamparkError):
    """Asterisk refused or did not answer an action."""

    retryable = True


class LinkDown(TelephonyError):
    """The manager link to Asterisk is down; nothing more was sent."""


class LinkRefused(TelephonyError):
    """Asterisk does not accept the manager user or its secret; trying again cannot help."""

    retryable = False
    exit_code = 2


class AgiHangup(TelephonyError):
    """The citizen's channel is gone; the keypad session on it is over."""

    retryable = False


class StoreError(SamparkError):
    """The database refused a statement."""


class StoreBusy(StoreError):
    """The database is locked, full or away; the same call may succeed later."""

    retryable = True


class AlreadyRunning(SamparkError):
    """Another daemon holds this database or this port."""

    exit_code = 5


class DaemonAway(SamparkError):
    """A command needs the daemon and none answers."""

    retryable = True
    exit_code = 6
