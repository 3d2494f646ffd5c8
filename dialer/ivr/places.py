"""Where prompts lie. Only the standard library and the core: the fallback script imports this."""

from __future__ import annotations

from pathlib import Path

from dialer.core.survey_model import Prompt

SYSTEM = "system"


def survey_folder(version_id: int) -> str:
    """The folder of a survey version's prompts, below the root."""
    return f"survey-{version_id}"


def prompt_file(root: Path, version_id: int, prompt: Prompt) -> str:
    """The path of a prompt without its ending, as Asterisk wants it."""
    folder = SYSTEM if prompt.shared else survey_folder(version_id)
    return f"{root}/{folder}/{prompt.language}/{prompt.name}"


def compiled_survey_file(root: Path, version_id: int) -> Path:
    """The survey as JSON, for the script that works while the daemon does not."""
    return root / survey_folder(version_id) / "survey.json"
