"""Files of known population shares, by which a survey's answers are weighted.

    by: constituency          # or booth (62/114: 800), language (hi: 0.9)
    population:
      62: 216917              # inhabitants, electors or shares: only their proportions count
      63: 233480
    source: electoral roll 2023
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from dialer.core.survey_results import WEIGHABLE, Dimension, Weights
from dialer.errors import InputError
from dialer.i18n import N_

LARGEST_FILE: Final = 1_000_000
_KEYS: Final = ("by", "population", "source")


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """The weights and where their figures come from."""

    weights: Weights
    source: str


def read_weights(file: Path) -> WeightsFile:
    """The file's weights; ``InputError`` names file and key."""
    content = _content(file)
    for key in content:
        if key not in _KEYS:
            text = N_("{file}: {key!r} is not known here; the keys are by, population and source")
            raise InputError(text, file=file, key=key)
    by = content.get("by")
    if by not in tuple(each.value for each in WEIGHABLE):
        text = N_("{file}: by: {by!r} is none of constituency, booth, language")
        raise InputError(text, file=file, by=by)
    population = content.get("population")
    if not isinstance(population, dict) or not population:
        raise InputError(N_("{file}: population: name each group and its size, like 62: 216917"), file=file)
    sizes = {str(group): _size(file, group, size) for group, size in population.items()}
    return WeightsFile(Weights(Dimension(by), sizes), str(content.get("source") or file.name))


def _size(file: Path, group: object, size: object) -> float:
    is_number = isinstance(size, (int, float)) and not isinstance(size, bool)
    if not is_number or not math.isfinite(number := float(str(size))) or number <= 0:
        text = N_("{file}: population: {group}: {size!r} is not a number above 0")
        raise InputError(text, file=file, group=group, size=size)
    return number


def _content(file: Path) -> dict[str, object]:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise InputError(N_("{file}: larger than 1 MB; that is no file of weights"), file=file)
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        raise InputError(N_("{file}: cannot be read: {why}"), file=file, why=fault.strerror) from fault
    except UnicodeDecodeError as fault:
        raise InputError(N_("{file}: is not UTF-8; save it as UTF-8"), file=file) from fault
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        text = N_("{file}: line {line}: is not YAML")
        raise InputError(text, file=file, line=mark.line + 1 if mark else 1) from fault
    if not isinstance(content, dict):
        raise InputError(N_("{file}: needs the keys by and population"), file=file)
    return {str(key): value for key, value in content.items()}
