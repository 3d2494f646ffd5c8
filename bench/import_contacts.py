"""100,000 people from a CSV and from an XLSX file onto a list: at least 1,667 rows/s in at most 300 MB.

Measured is the whole command ``dialer contacts import`` in a process of its own, from its start to its exit:
reading, judging every number, looking for duplicates, the report, and one committed transaction. The baseline
in the same run is the obvious way: a row at a time through ``phonenumbers``, a SELECT and an INSERT for each,
here for 5,000 rows.
"""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import phonenumbers
import xlsxwriter

ROWS = 100_000
NAIVE_ROWS = 5_000
LEAST_ROWS_PER_S = 1667.0
MOST_MB = 300.0

_HEADINGS = ("क्र.", "नाम", "मोबाइल नंबर", "विधानसभा", "बूथ", "योजना", "पता")
_FIRST = "राम सीता मोहन गीता लक्ष्मण सुनीता रमेश कविता दिनेश पूजा".split()
_LAST = "साहू वर्मा यादव देवांगन निषाद पटेल ठाकुर सिन्हा".split()
_PLACES = ("62 पाटन", "दुर्ग शहर", "६५", "67", "वैशाली नगर")
_SCHEMES = ("PMAY; PM-KISAN", "", "उज्ज्वला")


def people(count: int) -> Iterator[tuple[object, ...]]:
    """Rows as an office sends them; every thousandth number came before."""
    dice = random.Random(62)
    for number in range(count):
        phone = 9_800_000_000 + (number - 1 if number % 1000 == 999 else number) * 7919 % 199_999_999
        name = f"{dice.choice(_FIRST)} {dice.choice(_LAST)}"
        place, scheme = dice.choice(_PLACES), dice.choice(_SCHEMES)
        address = f"वार्ड {dice.randint(1, 60)}, दुर्ग"
        yield number + 1, name, phone, place, dice.randint(1, 250), scheme, address


def write_csv(file: Path) -> Path:
    """The people as CSV."""
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(_HEADINGS)
        writer.writerows(people(ROWS))
    return file


def write_xlsx(file: Path) -> Path:
    """The people as XLSX, their numbers as numbers."""
    book = xlsxwriter.Workbook(str(file), {"constant_memory": True})
    sheet = book.add_worksheet("सूची")
    for number, row in enumerate((_HEADINGS, *people(ROWS))):
        sheet.write_row(number, 0, row)
    book.close()
    return file


def run(folder: Path, *words: str) -> tuple[Mapping[str, object], float, float]:
    """One command in the office ``folder``: its JSON, seconds from start to exit, peak memory in MB."""
    command = [sys.executable, "-m", "dialer", "--lang", "en", *words]
    environment = {**os.environ, "SAMPARK_CONFIG": str(folder / "config.yaml"), "SAMPARK_DATABASE": ""}
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    printed = process.stdout.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"dialer {' '.join(words)} ended with {process.returncode}")
    result = json.loads(printed) if printed.startswith(b"{") else {}
    return result, seconds, usage.ru_maxrss / 1024


def import_file(folder: Path, file: Path) -> tuple[float, float, float]:
    """Rows per second and peak MB of a first import, and rows per second of the same again."""
    terms = ("--purpose", "bench", "--source", "bench", "--consent", "bench", "--json")
    words = ("contacts", "import", str(file), "--list", file.name, *terms)
    first, seconds, peak = run(folder, *words)
    assert first["new"] == first["people"] == ROWS - ROWS // 1000 and first["duplicates"] == ROWS // 1000
    again, seconds_again, peak_again = run(folder, *words)
    assert again["new"] == 0 and again["known"] == first["people"]
    return ROWS / seconds, max(peak, peak_again), ROWS / seconds_again


def import_naively(file: Path, database: Path) -> float:
    """Rows per second of the obvious way."""
    connection = sqlite3.connect(database)
    columns = "id INTEGER PRIMARY KEY, phone TEXT UNIQUE, name TEXT, rest TEXT"
    connection.execute(f"CREATE TABLE contact ({columns})")
    began = time.perf_counter()
    with file.open(encoding="utf-8", newline="") as source:
        for number, row in enumerate(csv.DictReader(source)):
            if number == NAIVE_ROWS:
                break
            _take(connection, row)
    seconds = time.perf_counter() - began
    connection.close()
    return NAIVE_ROWS / seconds


def _take(connection: sqlite3.Connection, row: Mapping[str, str]) -> None:
    parsed = phonenumbers.parse(row["मोबाइल नंबर"], "IN")
    if not phonenumbers.is_valid_number(parsed):
        return
    phone = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if connection.execute("SELECT id FROM contact WHERE phone = ?", (phone,)).fetchone():
        return
    rest = json.dumps(row, ensure_ascii=False)
    connection.execute("INSERT INTO contact (phone, name, rest) VALUES (?, ?, ?)", (phone, row["नाम"], rest))
    connection.commit()


def measure(folder: Path) -> dict[str, float]:
    """All figures."""
    figures: dict[str, float] = {}
    for kind, write in (("", write_csv), ("xlsx_", write_xlsx)):
        office = folder / (kind or "csv")
        office.mkdir()
        run(office, "init")
        file = write(office / f"people.{kind.strip('_') or 'csv'}")
        names = (f"{kind}rows_per_s", f"{kind}peak_mb", f"{kind}again_rows_per_s")
        figures |= dict(zip(names, import_file(office, file), strict=True))
    figures["naive_rows_per_s"] = import_naively(folder / "csv" / "people.csv", folder / "naive.sqlite3")
    return {name: round(value, 1) for name, value in figures.items()}


def main(arguments: Sequence[str] = ()) -> int:
    """Measure and print the figures."""
    folder = Path(tempfile.mkdtemp(prefix="sampark-bench-"))
    try:
        figures = measure(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    targets = {"rows_per_s": LEAST_ROWS_PER_S, "peak_mb": MOST_MB}
    holds = all(
        figures[f"{kind}rows_per_s"] >= LEAST_ROWS_PER_S and figures[f"{kind}peak_mb"] <= MOST_MB
        for kind in ("", "xlsx_")
    )
    print(json.dumps({"bench": "import", "figures": figures, "targets": targets, "holds": holds}))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
