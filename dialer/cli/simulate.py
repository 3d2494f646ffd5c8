"""``dialer simulate``: try ways of pacing on a simulated call centre, without a telephone."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from dialer.cli import console
from dialer.core.baselines import METHODS, play, predictive
from dialer.core.calibration import CheckedPacer, Row
from dialer.core.comparison import Summary, summarise
from dialer.core.scenario import Scenario, scenario_from
from dialer.core.simulation import Shift, ShiftResult
from dialer.errors import ConfigError
from dialer.i18n import translate as _

app = typer.Typer()

EVERY_METHOD = (*METHODS, "oracle")


def read_scenario(file: Path | None) -> Scenario:
    """The scenario of a YAML file over the defaults; ``ConfigError`` names file and key."""
    if file is None:
        return Scenario()
    try:
        raw: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{file}: cannot be read: {fault}") from fault
    except yaml.YAMLError as fault:
        raise ConfigError(f"{file}: is not YAML: {fault}") from fault
    if not isinstance(raw, dict):
        raise ConfigError(f"{file}: holds no scenario; write lines like `operators: 36`")
    try:
        return scenario_from({"name": file.stem, **raw})
    except (TypeError, ValueError) as fault:
        raise ConfigError(f"{file}: {fault}") from fault


@app.command()
def simulate(
    scenario: Annotated[
        Path | None,
        typer.Argument(metavar="[SCENARIO]", help=_("YAML file; without it 36 operators, two hours.")),
    ] = None,
    method: Annotated[
        list[str] | None, typer.Option("--method", help=_("Only this way of pacing; may be given again."))
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=1000, help=_("Shifts per method."))] = 3,
    picture: Annotated[
        Path | None, typer.Option("--picture", help=_("Write a picture (PNG or SVG) to this file."))
    ] = None,
    calibration: Annotated[
        bool, typer.Option("--calibration", help=_("Set our forecasts against what came of them."))
    ] = False,
    as_json: console.JsonOption = False,
) -> None:
    """Compare ways of pacing on the same simulated people: utilisation, abandonment, waiting."""
    room = read_scenario(scenario)
    methods = method or list(EVERY_METHOD)
    if unknown := [name for name in methods if name not in EVERY_METHOD]:
        raise ConfigError(f"no method is named {unknown[0]!r}; there are: {', '.join(EVERY_METHOD)}")
    shifts = {name: [play(room, name, seed) for seed in range(seeds)] for name in methods}
    results = {name: summarise(played, room.cap) for name, played in shifts.items()}
    if picture is not None:
        _draw(picture, room, results, shifts)
    rows = _calibration(room) if calibration else []
    if as_json:
        told = {"scenario": room.name, "methods": {name: asdict(one) for name, one in results.items()}}
        console.print_json(told | ({"calibration": [asdict(row) for row in rows]} if calibration else {}))
        return
    console.out.print(_table(room, results))
    if calibration:
        console.out.print(_reliability(rows))


def _draw(
    picture: Path, room: Scenario, results: dict[str, Summary], shifts: dict[str, list[ShiftResult]]
) -> None:
    from dialer.reports.pacing_picture import draw_comparison

    shown = "predictive" if "predictive" in shifts else next(iter(shifts))
    draw_comparison(picture, room, results, shifts[shown][0].timeline, shown)


def _calibration(room: Scenario) -> list[Row]:
    pacer = CheckedPacer(predictive(room))
    Shift(room, 1, pacer).run()
    return pacer.reliability()


def _reliability(rows: list[Row]) -> Any:
    from rich.table import Table

    table = Table(title=_("forecast and what came"))
    for heading in ("of", "forecast between", "samples", "forecast", "came"):
        table.add_column(_(heading), justify="right")
    for row in rows:
        between = f"{row.low:g}-{row.high:g}" if row.high < 1e9 else f"{row.low:g} and more"
        table.add_row(_(row.what), between, str(row.samples), f"{row.forecast:.2f}", f"{row.came:.2f}")
    return table


def _table(room: Scenario, results: dict[str, Summary]) -> Any:
    from rich.table import Table

    table = Table(title=room.name)
    table.add_column(_("method"))
    for heading in ("utilisation %", "lowest", "abandoned %", "highest", "over the cap", "idle s", "dials"):
        table.add_column(_(heading), justify="right")
    for name, one in sorted(results.items(), key=lambda item: -item[1].utilisation):
        table.add_row(
            name,
            f"{one.utilisation * 100:.1f}",
            f"{one.utilisation_low * 100:.1f}",
            f"{one.abandonment * 100:.2f}",
            f"{one.abandonment_high * 100:.2f}",
            f"{one.shifts_over}/{one.shifts}",
            f"{one.mean_wait_s:.1f}",
            f"{one.dials:.0f}",
        )
    return table
