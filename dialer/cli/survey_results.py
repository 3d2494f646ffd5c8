"""``dialer survey results``: what a survey found, on the terminal, as JSON, or in files."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.cli.console import (
    JsonOption,
    _,
    actor,
    busy,
    config,
    current_language,
    database,
    note,
    print_json,
    run_async,
)
from dialer.core.survey_quality import Mark
from dialer.core.survey_results import Dimension
from dialer.errors import InputError
from dialer.i18n import N_

if TYPE_CHECKING:
    from dialer.core.survey_model import Survey
    from dialer.reports.survey_people import People
    from dialer.reports.survey_results import SurveyReport
    from dialer.reports.survey_weights import WeightsFile
    from dialer.reports.survey_words import Words

SCHEME = "scheme"
GROUPINGS = (SCHEME, *(each.value for each in Dimension))
MARK_NAMES = (*(mark.value for mark in Mark), "all")
TABLES = (".csv", ".xlsx")
EXPORTS = (*TABLES, ".png", ".svg")


def results(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("The survey."))],
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="N", help=_("Which version; the newest with answers if not said.")),
    ] = None,
    by: Annotated[
        str,
        typer.Option("--by", metavar="|".join(GROUPINGS), help=_("Tell the answers apart by this.")),
    ] = "",
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights", metavar="FILE.yaml", help=_("Known population shares, for post-stratification.")
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without", metavar="|".join(MARK_NAMES), help=_("Leave out people with this mark.")
        ),
    ] = None,
    export: Annotated[
        list[Path] | None,
        typer.Option(
            "--export", metavar="FILE.csv|.xlsx|.png|.svg", help=_("Write a file instead; may be repeated.")
        ),
    ] = None,
    respondents: Annotated[
        Path | None,
        typer.Option(
            "--respondents",
            metavar="FILE.csv|.xlsx",
            help=_("Write one row a person, without name and number; the audit log keeps that you did."),
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Counted at the moment of asking, while calls go on too."""
    from dialer.contacts.places import load_constituencies
    from dialer.reports.survey_tables import report_json
    from dialer.reports.survey_weights import read_weights
    from dialer.reports.survey_words import Words

    _check(by, without or (), export or (), respondents)
    known = None if weights is None else read_weights(weights)
    report, people = _count(name, version, by, known, without or (), respondents)
    words = Words(report.survey, current_language(), load_constituencies(config().data))
    if as_json:
        print_json(report_json(report, words, _dimensions(by)))
    elif not export and respondents is None:
        from dialer.cli.survey_results_view import show

        show(report, words, by, known.source if known else "")
    for file in export or ():
        _write(file, report, words, by, known)
        note(_("written to {file}").format(file=file))
    if respondents is not None and people is not None:
        _write_people(respondents, people, report)
        note(_("written to {file}").format(file=respondents))


def _check(by: str, without: Sequence[str], export: Sequence[Path], respondents: Path | None) -> None:
    if by and by not in GROUPINGS:
        text = N_("--by {by}: choose one of {known}")
        raise InputError(text, by=by, known=", ".join(GROUPINGS))
    for mark in without:
        if mark not in MARK_NAMES:
            text = N_("--without {mark}: choose one of {known}")
            raise InputError(text, mark=mark, known=", ".join(MARK_NAMES))
    named: list[tuple[str, Path, Sequence[str]]] = [("--export", file, EXPORTS) for file in export]
    named += [("--respondents", respondents, TABLES)] if respondents else []
    for option, file, known in named:
        if file.suffix not in known:
            text = N_("{option} {file}: the name must end in one of {known}")
            raise InputError(text, option=option, file=file, known=", ".join(known))


def _dimensions(by: str) -> tuple[Dimension, ...]:
    return (Dimension(by),) if by and by != SCHEME else ()


def _count(
    name: str,
    version: int | None,
    by: str,
    known: WeightsFile | None,
    without: Sequence[str],
    respondents: Path | None,
) -> tuple[SurveyReport, People | None]:
    from dialer.reports.survey_people import People
    from dialer.reports.survey_results import Note, Question, survey_report
    from dialer.reports.survey_tables import marks_of
    from dialer.store.access import AuditEntry
    from dialer.store.sessions import Sessions

    asked = Question(
        name=name,
        version=version,
        # Pictures and spreadsheets show schemes by constituency, whatever else is asked.
        by=tuple(dict.fromkeys((*_dimensions(by), Dimension.CONSTITUENCY))),
        weights=known.weights if known else None,
        leave_out=marks_of(without) or frozenset(Mark),
        filtered=bool(without),
    )

    people: list[People] = []

    def note(survey: Survey) -> Note:
        people.append(People(survey, asked.weights))
        return people[0].add

    async def work() -> SurveyReport:
        async with database() as opened:
            if respondents is None:
                return await survey_report(opened, asked, time.time())
            report = await survey_report(opened, asked, time.time(), note)
            subject = f"{name} v{report.stored.version}"
            looked = AuditEntry(time.time(), actor(), "survey respondents", subject)
            await Sessions(opened).audit([looked])
            return report

    with busy(_("Counting")):
        report = run_async(work())
    return report, next(iter(people), None)


def _write(file: Path, report: SurveyReport, words: Words, by: str, known: WeightsFile | None) -> None:
    from dialer.reports.survey_files import write_csv, write_picture, write_workbook

    dimension = next(iter(_dimensions(by)), None)
    source = known.source if known else ""
    with _writing("--export", file):
        match file.suffix:
            case ".csv":
                write_csv(file, report, words, dimension)
            case ".xlsx":
                write_workbook(file, report, words, dimension, source)
            case _:
                write_picture(file, report, words, source)


def _write_people(file: Path, people: People, report: SurveyReport) -> None:
    from dialer.reports.survey_people import write_people

    with _writing("--respondents", file):
        write_people(file, people, f"{report.stored.name} v{report.stored.version}")


@contextmanager
def _writing(option: str, file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        text = N_("{option} {file}: cannot be written: {why}")
        raise InputError(text, option=option, file=file, why=fault.strerror or fault) from fault
