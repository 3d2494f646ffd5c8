"""Makes the report of a day from the database and the call records."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from db.session import Database
from dialer.campaigns.reconciling import reconcile_scope
from dialer.config import Config
from dialer.contacts.places import load_constituencies
from dialer.core.words import N_
from dialer.daily.figures import DayReport, Figure, book_figures, compared, day_figures, room_figures
from dialer.daily.reading import PLACES, Known, count_day, read_room
from dialer.errors import InputError
from dialer.i18n import LANGUAGES, catalog
from dialer.store.reporting import Scope
from dialer.warroom.tallies import day_bounds

SOURCES: Final[Mapping[str, str]] = {
    "attempts": N_("attempts claimed on this day, midnight to midnight in India, by what became of them"),
    "answers": N_("answers in this day's calls to the first question about each scheme"),
    "dispositions": N_("what operators recorded of this day's talks"),
    "rings": N_("missed calls to our lines on this day, and our calls after them until its end"),
    "suppressions": N_("entries made in the suppression list on this day"),
    "refusals": N_("people whom a calling rule kept from being dialled on this day"),
    "seat_periods": N_("the seats' states on this day"),
    "responsibilities": N_("the war room's responsibilities: given and done on this day, open at its end"),
    "daemon_runs": N_("starts of the daemon, and lives of it that ended without a word"),
    "troubles": N_("what the daemon noted of its link to Asterisk and of its trunks on this day"),
    "call_records": N_("this day's attempts against the call records of Asterisk, line by line"),
    PLACES: N_("booths, posts and people in the war room as of this day"),
}


async def make_report(
    config: Config, database: Database, day: str, constituency: int | None, now: float
) -> DayReport:
    """The report of ``day`` (ISO) of the district, or of one constituency; revision 1.

    ``InputError`` for a day that has not begun.
    """
    since, until = day_bounds(day)
    if since > now:
        raise InputError(N_("{day} has not begun; there is nothing to report"), day=day)
    scope = Scope(since, until, now, constituency=constituency)
    yesterday = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    earlier = replace(scope, since=day_bounds(yesterday)[0], until=since)
    counted, before, books = await _beside_each_other(
        count_day(database, scope),
        count_day(database, earlier),
        _books(config, database, scope),
    )
    figures = compared(day_figures(counted, constituency), day_figures(before, constituency))
    known = await read_room(database, day, constituency, config.warroom.stale_days)
    figures += [*room_figures(known.places), *books]
    used = {figure.source for figure in figures}
    return DayReport(
        district=config.reports.district,
        office={"hi": config.office.name_hi, "en": config.office.name_en},
        day=day,
        constituency=constituency,
        made_at=int(now),
        day_over=now >= until,
        figures=figures,
        sources={key: text for key, text in _sources(known).items() if key in used},
        names=_names(config, known, {figure.where for figure in figures} | {constituency}),
    )


async def _books(config: Config, database: Database, scope: Scope) -> list[Figure]:
    """None of one constituency: the call records do not tell places apart."""
    if scope.constituency is not None:
        return []
    return book_figures(await reconcile_scope(config, database, scope))


async def _beside_each_other(*work: Coroutine[Any, Any, Any]) -> list[Any]:
    """What all of them found; a fault is raised when none of them runs any more."""
    done = await asyncio.gather(*work, return_exceptions=True)
    for one in done:
        if isinstance(one, BaseException):
            raise one
    return done


def _sources(known: Known) -> dict[str, dict[str, str]]:
    ours = {
        key: {language: catalog(language).gettext(text) for language in LANGUAGES}
        for key, text in SOURCES.items()
    }
    facts = {key: dict.fromkeys(LANGUAGES, text) for key, text in known.fact_sources.items()}
    return ours | facts


def _names(
    config: Config, known: Known, numbers: set[int | None]
) -> dict[str, dict[str, Mapping[str, str]]]:
    """Names of what the figures speak of, so that a reader far away needs no table of ours."""
    listed = load_constituencies(config.data)
    places: dict[str, Mapping[str, str]] = {}
    for number in sorted(each for each in numbers if each):
        other = {language: listed.name(number, language) for language in LANGUAGES}
        places[str(number)] = known.place_names.get(number, other)
    return {"constituencies": places, "schemes": dict(known.scheme_names)}
