"""Where the migrations lie, and the last of them."""

from pathlib import Path

MIGRATIONS = Path(__file__).with_name("migrations")
SCHEMA_VERSION = "0001"
"""What a database must be at for this program to use it."""
