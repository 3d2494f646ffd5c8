"""Quotas on the command line: read from options, shown as rows and as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from dialer.cli import wording
from dialer.cli.console import N_, _
from dialer.contacts.people import KINDS, LANGUAGES
from dialer.core.model import QuotaBy
from dialer.core.quotas import Progress, Standings
from dialer.errors import InputError

QuotaOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--quota",
        metavar="GROUP=N",
        help=_("Interviews wanted of a group, like constituency:62=200, language:hi=500 or kind:worker=50."),
    ),
]

OFF = "off"
"""Instead of a number: the group has no quota any more."""
_FORM = re.compile(rf"(?P<by>\w+):(?P<group>\w+)=(?P<wanted>[1-9]\d{{0,8}}|{OFF})", re.ASCII)
_KNOWN = {QuotaBy.LANGUAGE: LANGUAGES, QuotaBy.KIND: KINDS}


def read_quotas(texts: Sequence[str] | None) -> dict[str, int | None]:
    """``["constituency:62=200", "language:hi=off"]`` -> ``{"constituency:62": 200, "language:hi": None}``.

    ``InputError`` for another form, an unknown group, and a group named twice.
    """
    read: dict[str, int | None] = {}
    for text in texts or ():
        name, wanted = _read(text.strip())
        if name in read:
            raise InputError(N_("--quota names {group} twice"), group=name)
        read[name] = wanted
    return read


def _read(text: str) -> tuple[str, int | None]:
    found = _FORM.fullmatch(text)
    if found is None or found["by"] not in set(QuotaBy):
        raise InputError(
            N_("--quota {text!r} is not like {example}; groups are by {by}"),
            text=text,
            example="constituency:62=200",
            by=", ".join(QuotaBy),
        )
    by, group = QuotaBy(found["by"]), found["group"]
    if by is QuotaBy.CONSTITUENCY:
        if not group.isdecimal():
            raise InputError(N_("--quota {text!r}: a constituency is a number"), text=text)
        group = str(int(group))
    elif group not in _KNOWN[by]:
        raise InputError(N_("--quota {text!r}: choose {known}"), text=text, known=", ".join(_KNOWN[by]))
    return f"{by.value}:{group}", None if found["wanted"] == OFF else int(found["wanted"])


def quota_rows(standings: Standings) -> Iterator[tuple[str, str]]:
    """For each quota its group, and how far it is."""
    for each in standings.progress:
        yield wording.group(each.quota.by, each.quota.group), _progress(each)


def _progress(progress: Progress) -> str:
    text = _("{complete} of {wanted} interviews, {under_way} calls under way")
    if progress.is_full:
        text = _("{complete} of {wanted} interviews: full")
    return text.format(
        complete=wording.count(progress.complete),
        wanted=wording.count(progress.quota.wanted),
        under_way=progress.under_way,
    )


def quotas_json(standings: Standings) -> list[dict[str, Any]]:
    """The same for machines."""
    return [
        {
            "by": each.quota.by.value,
            "group": each.quota.group,
            "wanted": each.quota.wanted,
            "complete": each.complete,
            "under_way": each.under_way,
            "full": each.is_full,
        }
        for each in standings.progress
    ]
