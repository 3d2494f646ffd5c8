"""Run the benchmarks: ``python -m bench [NAME ...]``; each ends with one line of JSON.

Exit status 1 when a benchmark fails or one of its targets does not hold.
"""

from __future__ import annotations

import json
import subprocess
import sys

MODULES = {
    "originate": "bench.originate",
    "join": "bench.join",
    "minutes": "bench.minutes",
    "claim": "bench.claim",
    "import": "bench.import_contacts",
    "pacing": "bench.pacing",
    "shift": "bench.shift",
    "survey": "bench.survey",
    "desk": "bench.desk",
    "warroom": "bench.warroom",
    "report": "bench.report",
}
PARTS = ("report",)
"""Measured by another one too; alone only when asked for."""
LONGEST_S = 1500


def run(name: str) -> bool:
    """Run one benchmark in its own process, print what it prints, and say whether it holds."""
    print(f"--- {name}", flush=True)
    process = subprocess.Popen([sys.executable, "-m", MODULES[name]], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    last = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        last = line.strip() or last
    try:
        process.wait(LONGEST_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    try:
        return process.returncode == 0 and bool(json.loads(last)["holds"])
    except (ValueError, KeyError, TypeError):
        print(f"{name}: did not end with its figures (exit status {process.returncode})")
        return False


def main() -> int:
    """Run the named benchmarks, or all."""
    names = sys.argv[1:] or [name for name in MODULES if name not in PARTS]
    unknown = [name for name in names if name not in MODULES]
    if unknown:
        print(f"no benchmark is named {', '.join(unknown)}; there are: {', '.join(MODULES)}")
        return 2
    failed = [name for name in names if not run(name)]
    if failed:
        print(f"does not hold: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
