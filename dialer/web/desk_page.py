"""The built front end: ``web/dist`` as ``make setup`` leaves it, and the texts of its catalog."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

DIST: Final = Path(__file__).parents[2] / "web" / "dist"
ROOM: Final = "desk"
"""The catalog of the front end: everything that is marked below ``web/src``."""

TYPES: Final = {".js": "text/javascript", ".css": "text/css"}
FOR_EVER: Final = "public, max-age=31536000, immutable"
"""A built file's name holds the hash of its content: another content has another name."""

NOT_BUILT: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Sampark</title></head>
<body>
<h1>The desk is not built / डेस्क अभी बना नहीं है</h1>
<p>On the server, run <code>make setup</code> and load this page again.</p>
<p lang="hi">सर्वर पर <code>make setup</code> चलाएँ, फिर यह पेज दोबारा खोलें।</p>
</body>
</html>
"""

_NAME: Final = re.compile(r"[A-Za-z0-9_-]+-[A-Z0-9]{8}\.(?:js|css)")


def shell() -> str | None:
    """The page that loads the desk; None while nothing is built."""
    try:
        return (DIST / "index.html").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def asset(name: str) -> tuple[bytes, str] | None:
    """A built file and its media type; None for any name that the build did not make."""
    if not _NAME.fullmatch(name):
        return None
    file = DIST / name
    try:
        return file.read_bytes(), TYPES[file.suffix]
    except FileNotFoundError:
        return None


@cache
def hindi_texts() -> dict[str, str]:
    """English text -> Hindi text of everything the front end says."""
    from dialer.catalogs import texts_of  # Babel is heavy and seldom needed

    return texts_of("hi", ROOM)
