"""All checks, one after the other; one that breaks is a finding too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

from dialer.cli.checks import calls, machine, office
from dialer.cli.checks.finding import Finding, fail
from dialer.config import Config
from dialer.i18n import N_, translate

_ = translate

Check = Callable[[Config], Iterator[Finding] | AsyncIterator[Finding]]

CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    (N_("settings"), office.check_settings),
    (N_("data folder"), office.check_data_folder),
    (N_("secrets"), office.check_secrets),
    (N_("database"), office.check_database),
    (N_("disk"), machine.check_disk),
    (N_("clock"), machine.check_clock),
    (N_("open files"), machine.check_limits),
    (N_("programs"), machine.check_programs),
    (N_("prompts"), office.check_prompts),
    (N_("Asterisk program"), calls.check_program),
    (N_("Asterisk"), calls.check_asterisk),
    (N_("daemon"), calls.check_daemon),
)


async def examine(config: Config) -> AsyncIterator[Finding]:
    """Every finding, as it comes. Nothing is changed, nothing is downloaded, nobody is called."""
    for name, check in CHECKS:
        try:
            found = check(config)
            if isinstance(found, AsyncIterator):
                async for finding in found:
                    yield finding
            else:
                for finding in found:
                    yield finding
        except Exception as fault:
            text = _("the check itself broke: {kind}").format(kind=type(fault).__name__)
            yield fail(_(name), text, _("tell whoever maintains this installation"))
