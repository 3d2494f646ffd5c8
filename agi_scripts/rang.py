"""Somebody rang a line: kept on the disk, with the daemon dead. Argument: the line's number.

The caller may be gone already: the ring counts all the same.
"""

from __future__ import annotations

import sys
import time

from agi_call import Call, Gone, data_folder

from dialer.ivr.handover import RANG
from dialer.ivr.spool_record import ring_record, write_record


def main() -> None:
    """Spool the ring, then tell the call that it is kept."""
    call = Call()
    record = ring_record(call.channel_id, sys.argv[1], call.caller, time.time())
    write_record(data_folder() / "spool", record)
    try:
        call.set_variable(RANG, "1")
    except Gone:
        return


if __name__ == "__main__":
    main()
