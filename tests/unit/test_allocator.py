"""Large blocks are given back to the system."""

from __future__ import annotations

import subprocess
import sys

KEPT = """
import threading
from dialer.allocator import give_large_blocks_back

def resident():
    with open("/proc/self/statm") as told:
        return int(told.read().split()[1]) * 4096

def take():
    bytearray(b"x") * 19_000_000

give_large_blocks_back()
before = resident()
for _ in range(5):
    thread = threading.Thread(target=take)
    thread.start()
    thread.join()
print(resident() - before)
"""


def test_what_a_thread_took_for_an_instant_is_not_kept() -> None:
    told = subprocess.run([sys.executable, "-c", KEPT], capture_output=True, text=True, check=True)
    assert int(told.stdout) < 5_000_000
