"""What the daemon loads before anybody asked for anything: large libraries wait until they are needed."""

from __future__ import annotations

import subprocess
import sys

LATER = {
    "alembic",
    "asyncpg",
    "babel",
    "cryptography",
    "dialer.daily",
    "dialer.demo",
    "dialer.simulated_operators",
    "jinja2",
    "matplotlib",
    "PIL",
    "pydub",
    "python_calamine",
    "qrcode",
    "weasyprint",
    "xlsxwriter",
}
"""For migrations, a PostgreSQL server, pages that somebody opens, files, pictures and sounds."""
LOADED = "import sys, dialer.cli.serve, dialer.daemon; print(*sys.modules)"


def test_what_is_seldom_needed_is_not_loaded_at_the_start() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"dialer.web.app", "dialer.engine", "numpy"} <= loaded
    assert not LATER & loaded
