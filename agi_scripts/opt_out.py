"""No more calls to this person: kept on the disk before the caller hears that it is.

Run by Asterisk, with the daemon alive or dead. Argument: the attempt's id; without one the number that
called us is meant.
"""

from __future__ import annotations

import sys
import time

from agi_call import Call, Gone, data_folder

from dialer.ivr.spool_record import opt_out_record, write_record


def main() -> None:
    """Spool the opt-out; a call without attempt and number leaves nothing to keep."""
    call = Call()
    attempt_id = sys.argv[1] if len(sys.argv) > 1 else ""
    if attempt_id or call.caller not in ("", "unknown"):
        write_record(data_folder() / "spool", opt_out_record(attempt_id, call.caller, time.time()))
    try:
        call.set_variable("SAMPARK_OPTED_OUT", "1")
    except Gone:
        return


if __name__ == "__main__":
    main()
