"""Names in the audit log of what went wrong by itself."""

from __future__ import annotations

from typing import Final

LINK_LOST: Final = "link lose"
"""The link to Asterisk broke."""
TRUNK_FAILED: Final = "trunk fail"
"""A trunk, which the line names, does not answer or refuses calls."""
