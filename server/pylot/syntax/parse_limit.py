"""What ends a parse that never returns: the process it runs in."""

from __future__ import annotations

import contextlib
import faulthandler
import os
from collections.abc import Iterator


@contextlib.contextmanager
def ending_process_after(seconds: float) -> Iterator[None]:
    """End this process, with status 1 and without any cleaning up, when what is inside takes longer.

    A grammar's scanner is C that holds Python's lock and knows no budget; one that loops cannot be stopped from
    Python (COBOL's of the language pack does). The timer is a thread in C, and there is one of it per process:
    a worker that nobody waits for may use it, who starts it again leaves out the file that it was at.
    """
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, not a file of anybody's
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
