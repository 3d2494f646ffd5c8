"""``dialer survey results``: what a survey found, on the terminal, as JSON, or in files."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.cli.console import (
    JsonOption,
    _,
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
    from dialer.reports.survey_results import SurveyReport
    from dialer.reports.survey_weights import WeightsFile
    from dialer.reports.survey_words import Words

SCHEME = "scheme"
GROUPINGS = (SCHEME, *(each.value for each in Dimension))
MARK_NAMES = (*(mark.value for mark in Mark), "all")
EXPORTS = (".csv", ".xlsx", ".png", ".svg")


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
    as_json: JsonOption = False,
) -> None:
    """Counted at the moment of asking, while calls go on too."""
    from dialer.contacts.places import load_constituencies
    from dialer.reports.survey_tables import report_json
    from dialer.reports.survey_weights import read_weights
    from dialer.reports.survey_words import Words

    _check(by, without or (), export or ())
    known = None if weights is None else read_weights(weights)
    report = _count(name, version, by, known, without or ())
    words = Words(report.survey, current_language(), load_constituencies(config().data))
    if as_json:
        print_json(report_json(report, words, _dimensions(by)))
    elif not export:
        from dialer.cli.survey_results_view import show

        show(report, words, by, known.source if known else "")
    for file in export or ():
        _write(file, report, words, by, known)
        note(_("written to {file}").format(file=file))


def _check(by: str, without: Sequence[str], export: Sequence[Path]) -> None:
    if by and by not in GROUPINGS:
        text = N_("--by {by}: choose one of {known}")
        raise InputError(text, by=by, known=", ".join(GROUPINGS))
    for mark in without:
        if mark not in MARK_NAMES:
            text = N_("--without {mark}: choose one of {known}")
            raise InputError(text, mark=mark, known=", ".join(MARK_NAMES))
    for file in export:
        if file.suffix not in EXPORTS:
            text = N_("--export {file}: the name must end in one of {known}")
            raise InputError(text, file=file, known=", ".join(EXPORTS))


def _dimensions(by: str) -> tuple[Dimension, ...]:
    return (Dimension(by),) if by and by != SCHEME else ()


def _count(
    name: str, version: int | None, by: str, known: WeightsFile | None, without: Sequence[str]
) -> SurveyReport:
    from dialer.reports.survey_results import Question, survey_report
    from dialer.reports.survey_tables import marks_of

    asked = Question(
        name=name,
        version=version,
        # Pictures and spreadsheets show schemes by constituency, whatever else is asked.
        by=tuple(dict.fromkeys((*_dimensions(by), Dimension.CONSTITUENCY))),
        weights=known.weights if known else None,
        leave_out=marks_of(without) or frozenset(Mark),
        filtered=bool(without),
    )

    async def work() -> SurveyReport:
        async with database() as opened:
            return await survey_report(opened, asked, time.time())

    with busy(_("Counting")):
        return run_async(work())


def _write(file: Path, report: SurveyReport, words: Words, by: str, known: WeightsFile | None) -> None:
    from dialer.reports.survey_files import write_csv, write_picture, write_workbook

    dimension = next(iter(_dimensions(by)), None)
    source = known.source if known else ""
    try:
        match file.suffix:
            case ".csv":
                write_csv(file, report, words, dimension)
            case ".xlsx":
                write_workbook(file, report, words, dimension, source)
            case _:
                write_picture(file, report, words, source)
    except OSError as fault:
        text = N_("--export {file}: cannot be written: {why}")
        raise InputError(text, file=file, why=fault.strerror or fault) from fault
