"""``python -m dialer`` and the ``dialer`` program."""

from __future__ import annotations

import sys


def main() -> None:
    """Run one command; the process ends with its exit code."""
    from dialer.cli.root import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
