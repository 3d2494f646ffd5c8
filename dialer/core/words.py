"""Marks the sentences of the core for the catalogs; they are translated where they are shown."""

from __future__ import annotations


def N_(text: str) -> str:
    """``text`` itself; the extractor of the catalogs knows this function by its name."""
    return text
