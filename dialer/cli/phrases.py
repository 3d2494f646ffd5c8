"""The command-line parser's own phrases, in our catalogs and in one line."""

from __future__ import annotations

from typing import Any, Final

import typer

from dialer.i18n import N_, translate

_ = translate

PARSER_PHRASES: Final = (
    N_("Arguments"),
    N_("Options"),
    N_("Commands"),
    N_("[default: {}]"),
    N_("[required]"),
    N_("[env var: {}]"),
    N_("(dynamic)"),
    N_("Missing command."),
    N_("No such command {name!r}."),
)
"""Texts the parser looks up by itself through the standard ``gettext``."""


COMPLETION_OPTIONS: Final = {
    "install_completion": N_("Let the shell complete commands by the Tab key."),
    "show_completion": N_("Print what --install-completion would install."),
}
"""Options that the parser adds to every app; they belong to the first level only."""


def localise(command: Any) -> None:
    """Give a command and all below it help and a usage line in the selected language."""
    own_help_option, own_usage = command.get_help_option, command.get_usage

    def help_option(ctx: typer.Context) -> Any:
        option = own_help_option(ctx)
        if option is not None:
            option.help, option.metavar = _("Show this help."), ""
        return option

    def usage(ctx: typer.Context) -> str:
        return str(own_usage(ctx)).replace("Usage: ", _("Usage: "), 1)

    command.get_help_option, command.get_usage = help_option, usage
    for parameter in command.params:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""  # a switch takes no value
        if parameter.name in COMPLETION_OPTIONS:
            parameter.help = _(COMPLETION_OPTIONS[parameter.name])
    for below in (getattr(command, "commands", None) or {}).values():
        localise(below)


def sentence_of(fault: typer.TyperException) -> str:
    """What is wrong with a command line, and where to look."""
    parameter = getattr(fault, "param", None)
    name = parameter.get_error_hint() if parameter is not None else ""
    kind = type(fault).__name__
    if kind == "MissingParameter":
        text = _("{name} is missing").format(name=name)
    elif kind == "NoSuchOption":
        text = _("there is no option {name}").format(name=getattr(fault, "option_name", ""))
        if possible := getattr(fault, "possibilities", None):
            text += " " + _("(perhaps {names})").format(names=", ".join(sorted(possible)))
    elif name:
        text = f"{name}: {fault.message}"
    else:
        text = fault.message
    context = getattr(fault, "ctx", None)
    path = context.command_path if context is not None else "dialer"
    return f"{text.rstrip('.।')}; " + _("see `{command} --help`").format(command=path)
