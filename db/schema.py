"""Where the migrations lie, and the last of them."""

from pathlib import Path

MIGRATIONS = Path(__file__).with_name("migrations")
SCHEMA_VERSION = "attempt_of_place"
"""What a database must be at for this program to use it."""
EARLIER_VERSIONS = (
    "0001", "warroom", "certificates", "callbacks", "call_notes", "seat_checks", "totp", "quotas",
    "own_callbacks", "daily_reports", "inbound", "sample_checks", "rings", "callbacks_and_codes",
    "warroom_version", "notes_of_each",
)  # fmt: skip
"""What came before it, from which ``dialer init`` leads here."""
