"""Keep the event loop from being held up by what else goes on in its process."""

from __future__ import annotations

import gc
import sys

_SWITCH_SECONDS = 0.000_5


def allow_quick_turns() -> None:
    """Set this process up for an event loop that somebody waits for; call it when everything is imported."""
    # A thread that works keeps the interpreter this much longer once another one wants it; by default it is 5 ms.
    sys.setswitchinterval(_SWITCH_SECONDS)
    # What is loaded by now stays until the end. A full garbage collection that walks through it takes 50 ms.
    gc.freeze()
