"""The pages' templates, compiled when they are first wanted."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dialer.web.assets import asset_address

if TYPE_CHECKING:
    from jinja2 import Environment, Template

_FOLDER: Final = Path(__file__).parent / "templates"


def template(name: str) -> Template:
    """A page of ours, or a part of one, ready to be filled; ``name`` is its file."""
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    # Jinja is large: a daemon whose pages nobody opens goes without.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset_address"] = asset_address
    return environment
